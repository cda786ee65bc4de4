"""`train` and `export` at the command line. torch is imported when a command runs: serving has none."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable
from pathlib import Path

from mlcore.evaluation.files import BadFile
from mlcore.training import coco


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `train …` and `export …`. Each parser sets `run`: parsed arguments to exit status."""
    train = commands.add_parser("train", help="prepare data and train (extra `train`)")
    training = train.add_subparsers(required=True, metavar="WHAT")
    _add_detector(training)
    _add_embedder(training)
    _add_labels(training)
    _add_average(training)
    _add_flatlay(training)
    _add_paste(training)
    _add_pseudo(training)
    _add_crops(training)
    _add_mask_crops(training)
    _add_hold_out(training)
    _add_phone(training)
    export = commands.add_parser("export", help="trained weights to the ONNX files that serving runs (extra `train`)")
    _add_export(export)


def _add_detector(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("detector", help="fine-tune the garment detector on COCO folders")
    parser.add_argument("--data", type=Path, metavar="COCO_DIR", help="worn garments: images/ and train.json")
    parser.add_argument("--all-of-data", action="store_true",
                        help="hold nothing of --data out, where the weights to start from have seen it all; best.pt "
                             "is then chosen by the extras alone, last.pt by none")  # fmt: skip
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
    parser.add_argument("--least", type=int, help="pictures of one category below which a folder's are repeated (90)")
    _add_split(parser)
    parser.add_argument("--device", help="cpu, 0 (first GPU), mps")
    parser.set_defaults(run=_command("train_commands", "train_detector"))


def _add_embedder(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("embedder", help="train the network that describes a garment, on prepared crops")
    parser.add_argument("--crops", type=Path, metavar="DIR", help="of train prepare-crops")
    parser.add_argument("--run", type=Path, dest="folder", required=True, metavar="DIR", help="where the run is kept")
    parser.add_argument("--resume", action="store_true", help="go on with the run in --run, with its own settings")
    parser.add_argument("--backbone", help="any timm model (tf_efficientnet_lite0, efficientnet_b4 …)")
    parser.add_argument(
        "--weights", type=Path, help="weights to start from; without: ImageNet's where a package has them"
    )
    parser.add_argument("--loss", choices=("supcon", "multi_similarity", "proxy_anchor"))
    parser.add_argument("--temperature", type=float, help="of SupCon (0.1)")
    parser.add_argument("--memory", type=int, help="crops of earlier batches to compare with as well (0)")
    parser.add_argument("--steps", type=int, help="batches in all")
    parser.add_argument("--epoch", type=int, help="batches between two lines of the log")
    parser.add_argument("--items", type=int, help="garments in a batch, each seen twice (32)")
    parser.add_argument("--size", type=int, help="side of the square that the network sees, pixels (192)")
    parser.add_argument("--rate", type=float, help="learning rate of the backbone after warming up")
    parser.add_argument("--head-rate", type=float, help="learning rate of the 512-wide head and the label heads")
    parser.add_argument("--family-weight", type=float, help="of the loss that draws like garments together")
    parser.add_argument("--label-weight", type=float, help="of the key labels' loss")
    parser.add_argument("--frozen", type=int, help="groups of layers left as they are, from the stem")
    _add_split(parser)
    parser.add_argument("--device", help="cpu, cuda, mps")
    parser.set_defaults(run=_command("train_commands", "train_embedder"))


def _add_pseudo(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "pseudo-label", help="box tagged street photographs by the detector at hand (GARDEROBE_WEIGHTS: another one)"
    )
    parser.add_argument("--source", type=Path, required=True, metavar="DIR", help="images/ and tags.json")
    parser.add_argument("--into", type=Path, required=True, metavar="COCO_DIR")
    parser.add_argument("--except", type=Path, nargs="+", default=[], dest="boxed", metavar="JSON",
                        help="COCO files of pictures that are boxed by hand and left out here")  # fmt: skip
    parser.set_defaults(run=_command("prepare_commands", "pseudo_label"))


def _add_crops(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "prepare-crops", help="cut every garment out by the detector at hand, for the embedder and the labels"
    )
    parser.add_argument("--shop", type=Path, metavar="DIR", help="several views an item: items.json and images/")
    parser.add_argument(
        "--products", type=Path, metavar="DIR", help="labels.csv (article_type, base_colour) and images/"
    )
    parser.add_argument("--wardrobe", type=Path, metavar="DIR", help="labels.csv (sender_id) and images/")
    parser.add_argument("--worn", type=Path, nargs="+", default=[], metavar="COCO_DIR")
    parser.add_argument(
        "--labels", type=Path, nargs="+", default=[], metavar="CSV", help="key labels of pictures of these folders"
    )
    parser.add_argument("--into", type=Path, required=True, metavar="DIR")
    parser.set_defaults(run=_command("prepare_commands", "prepare_crops"))


def _add_flatlay(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("prepare-flatlay", help="box garments photographed alone by their foreground")
    parser.add_argument("--source", type=Path, required=True, metavar="DIR", help="images/ and labels.csv")
    parser.add_argument("--into", type=Path, required=True, metavar="COCO_DIR")
    parser.set_defaults(run=_command("prepare_commands", "prepare_flatlay"))


def _add_paste(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("paste-scenes", help="paste cut-out garments onto homes and streets")
    parser.add_argument("--garments", type=Path, required=True, metavar="COCO_DIR", help="one garment per picture")
    parser.add_argument("--scenes", type=Path, required=True, metavar="COCO_DIR", help="boxed street pictures")
    parser.add_argument("--count", type=int, default=450)
    parser.add_argument("--into", type=Path, required=True, metavar="COCO_DIR")
    _add_split(parser)
    parser.set_defaults(run=_command("prepare_commands", "paste_scenes"))


def _add_labels(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("labels", help="train the key labels' heads on the features of a trained embedder")
    parser.add_argument("--crops", type=Path, metavar="DIR", help="of train prepare-crops, with --labels")
    parser.add_argument("--embedder", type=Path, metavar="PT", help="weights of train embedder")
    parser.add_argument("--weights", type=Path, metavar="PT", help="labels.pt of an earlier run, to go on from")
    parser.add_argument("--run", type=Path, dest="folder", required=True, metavar="DIR", help="where the run is kept")
    parser.add_argument("--resume", action="store_true", help="go on with the run in --run, with its own settings")
    parser.add_argument("--backbone", help="that of the embedder (tf_efficientnet_lite0)")
    parser.add_argument("--size", type=int, help="side of the square of the model to be exported, pixels (192)")
    parser.add_argument("--variants", type=int, help="augmented variants of each crop (3)")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--rate", type=float)
    _add_split(parser)
    parser.set_defaults(run=_command("train_commands", "train_labels"))


def _add_average(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("average", help="the mean of several trained weights that began from the same ones")
    parser.add_argument("task", choices=("detector", "embedder", "labels"))
    parser.add_argument("--weights", type=Path, nargs="+", required=True, metavar="PT", help="of training runs")
    parser.add_argument(
        "--shares", type=float, nargs="+", required=True, help="how much of each; they need not sum to 1"
    )
    parser.add_argument("--arch", default="tf_efficientnet_lite0", help="of the embedders (%(default)s)")
    parser.add_argument("--into", type=Path, required=True, metavar="PT")
    parser.set_defaults(run=_command("train_commands", "average_weights"))


def _add_mask_crops(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("mask-crops", help="copy prepared crops with their background white, to compare")
    parser.add_argument("--crops", type=Path, required=True, metavar="DIR")
    parser.add_argument("--into", type=Path, required=True, metavar="DIR")
    parser.set_defaults(run=_command("prepare_commands", "mask_crops"))


def _add_hold_out(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("hold-out", help="write the held-out part of a labelled file, to evaluate on")
    parser.add_argument("source", type=Path, metavar="FILE", help="COCO file, items.json or labels.csv")
    parser.add_argument("--into", type=Path, required=True, metavar="FILE")
    parser.add_argument("--senders", type=Path, metavar="CSV", help="labels.csv that tells whose pictures they are")
    parser.add_argument("--rest", type=Path, metavar="DIR", help="link the other items' pictures here, as distractors")
    _add_split(parser)
    parser.set_defaults(run=_command("prepare_commands", "hold_out"))


def _add_phone(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("take-by-phone", help="copy a shop's items, further views as a phone takes them")
    parser.add_argument("--items", type=Path, required=True, metavar="items.json")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR")
    parser.add_argument("--scenes", type=Path, required=True, metavar="DIR", help="street photographs to stand in")
    parser.add_argument("--into", type=Path, required=True, metavar="DIR")
    parser.add_argument("--seed", type=int, default=coco.SEED, help="of everything drawn by chance (%(default)s)")
    parser.set_defaults(run=_command("prepare_commands", "take_by_phone"))


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("task", choices=("detector", "embedder"))
    parser.add_argument("--weights", type=Path, required=True, help="of a training run")
    parser.add_argument("--labels", type=Path, help="heads of train labels, into the embedder's file")
    parser.add_argument("--name", required=True, help="of the model: its file and its table in the manifest")
    parser.add_argument("--into", type=Path, required=True, metavar="DIR", help="folder with manifest.toml")
    parser.add_argument("--arch", required=True, help="yolo11n, tf_efficientnet_lite0 …")
    parser.add_argument("--size", type=int, help="side of the input square (detector 416, embedder 192)")
    parser.add_argument(
        "--card", type=Path, required=True, metavar="TOML", help="licence and trained_on, for the manifest"
    )
    parser.add_argument(
        "--metrics",
        type=Path,
        nargs="+",
        default=[],
        metavar="JSON",
        help="figures for the manifest, of evaluate --json",
    )
    parser.set_defaults(run=_command("export_command", "export"))


def _add_split(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--held-out", type=float, default=coco.HELD_OUT, help="share of the pictures kept for validation (%(default)s)"
    )
    parser.add_argument(
        "--split", type=int, default=coco.SEED, help="seed of the split, one for all commands (%(default)s)"
    )
    parser.add_argument("--seed", type=int, default=coco.SEED, help="of everything drawn by chance (%(default)s)")


# The commands are imported when they run: the serving environment has neither torch nor OpenCV.


def _command(module: str, name: str) -> Callable[[argparse.Namespace], int]:
    def run(arguments: argparse.Namespace) -> int:
        commands = importlib.import_module(f"mlcore.training.{module}")
        try:
            return int(getattr(commands, name)(arguments))
        except (BadFile, OSError) as error:
            print(error, file=sys.stderr)
            return 2

    return run
