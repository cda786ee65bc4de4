"""`train` and `export` at the command line. torch is imported when a command runs: serving has none."""

from __future__ import annotations

import argparse
from pathlib import Path

from mlcore.training import coco


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `train …` and `export …`. Each parser sets `run`: parsed arguments to exit status."""
    train = commands.add_parser("train", help="prepare data, train and evaluate (extra `train`)")
    training = train.add_subparsers(required=True, metavar="WHAT")
    _add_detector(training)
    _add_flatlay(training)
    _add_paste(training)
    _add_evaluate(training)
    export = commands.add_parser("export", help="trained weights to the ONNX files that serving runs (extra `train`)")
    _add_export(export)


def _add_detector(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("detector", help="fine-tune the garment detector on COCO folders")
    parser.add_argument("--data", type=Path, metavar="COCO_DIR", help="worn garments: images/ and train.json")
    parser.add_argument("--extra", type=Path, nargs="+", default=[], metavar="DIR", help="further COCO folders")
    parser.add_argument("--run", type=Path, dest="folder", required=True, metavar="DIR", help="where the run is kept")
    parser.add_argument("--resume", action="store_true", help="go on with the run in --run, with its own settings")
    parser.add_argument("--weights", type=Path, help="weights to start from; without: random")
    parser.add_argument("--arch", help="an architecture that ultralytics knows (yolo11n)")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--hours", type=float, help="stop after this time; the learning rate then falls by the clock")
    parser.add_argument("--size", type=int, help="side of the square that the detector sees, pixels (416)")
    parser.add_argument("--batch", type=int)
    parser.add_argument("--rate", type=float, help="learning rate at the start")
    parser.add_argument("--last-rate", type=float, help="learning rate at the end, as a share of --rate")
    parser.add_argument("--mosaic", type=float, help="share of pictures shown as a collage of four")
    parser.add_argument("--close-mosaic", type=int, help="final epochs without collages")
    parser.add_argument("--freeze", type=int, help="layers left as they are, from the first")
    parser.add_argument("--most", type=int, help="pictures of one category that an extra folder gives at most")
    parser.add_argument("--least", type=int, help="pictures of one category below which an extra folder repeats them")
    _add_split(parser)
    parser.add_argument("--device", help="cpu, 0 (first GPU), mps")
    parser.set_defaults(run=_train_detector)


def _add_flatlay(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("prepare-flatlay", help="box garments photographed alone by their foreground")
    parser.add_argument("--source", type=Path, required=True, metavar="DIR", help="images/ and labels.csv")
    parser.add_argument("--into", type=Path, required=True, metavar="COCO_DIR")
    parser.set_defaults(run=_prepare_flatlay)


def _add_paste(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("paste-scenes", help="paste cut-out garments onto homes and streets")
    parser.add_argument("--garments", type=Path, required=True, metavar="COCO_DIR", help="one garment per picture")
    parser.add_argument("--scenes", type=Path, required=True, metavar="COCO_DIR", help="boxed street pictures")
    parser.add_argument("--count", type=int, default=450)
    parser.add_argument("--into", type=Path, required=True, metavar="COCO_DIR")
    _add_split(parser)
    parser.set_defaults(run=_paste_scenes)


def _add_evaluate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "evaluate", help="measure the detector on the held-out part of COCO folders (GARDEROBE_WEIGHTS: another one)"
    )
    parser.add_argument("--data", type=Path, nargs="+", required=True, metavar="COCO_DIR")
    parser.add_argument("--all", action="store_true", help="every picture of the folders, not the held-out part alone")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")
    _add_split(parser)
    parser.set_defaults(run=_evaluate)


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("task", choices=("detector", "embedder"))
    parser.add_argument("--weights", type=Path, required=True, help="of a training run")
    parser.add_argument("--name", required=True, help="of the model: its file and its table in the manifest")
    parser.add_argument("--into", type=Path, required=True, metavar="DIR", help="folder with manifest.toml")
    parser.add_argument("--arch", required=True, help="yolo11n, tf_efficientnet_lite0 …")
    parser.add_argument("--size", type=int, help="side of the input square (detector 416, embedder 224)")
    parser.add_argument(
        "--card", type=Path, required=True, metavar="TOML", help="licence and trained_on, for the manifest"
    )
    parser.add_argument(
        "--metrics", type=Path, metavar="JSON", help="figures for the manifest, from train evaluate --json"
    )
    parser.set_defaults(run=_export)


def _add_split(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--held-out", type=float, default=coco.HELD_OUT, help="share of the pictures kept for validation (%(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=coco.SEED, help="of the split and of everything drawn by chance (%(default)s)"
    )


# Each command is imported when it runs: the serving environment has neither torch nor OpenCV.


def _train_detector(arguments: argparse.Namespace) -> int:
    from mlcore.training import commands

    return commands.train_detector(arguments)


def _prepare_flatlay(arguments: argparse.Namespace) -> int:
    from mlcore.training import commands

    return commands.prepare_flatlay(arguments)


def _paste_scenes(arguments: argparse.Namespace) -> int:
    from mlcore.training import commands

    return commands.paste_scenes(arguments)


def _evaluate(arguments: argparse.Namespace) -> int:
    from mlcore.training import evaluate_command

    return evaluate_command.run(arguments)


def _export(arguments: argparse.Namespace) -> int:
    from mlcore.training import commands

    return commands.export(arguments)
