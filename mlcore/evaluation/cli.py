"""`evaluate …` at the command line: the figures as a table, and as JSON for other programs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mlcore import manifest
from mlcore.detection import Detector
from mlcore.engine import Model
from mlcore.evaluation import confusions, detection, labels, retrieval
from mlcore.evaluation.files import BadFile
from mlcore.pipeline import pipeline

Result = dict[str, Any]


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `evaluate …`. Exit status 2, with the reason, for a file that is not what it should be."""
    parser = commands.add_parser(
        "evaluate", help="measure the models on labelled pictures (GARDEROBE_WEIGHTS: those of another folder)"
    )
    kinds = parser.add_subparsers(required=True, metavar="WHAT")

    one = _add(kinds, "detection", "average precision of boxes and categories", _detection, detection.table)
    one.add_argument("--images", type=Path, required=True, metavar="DIR")
    one.add_argument("--annotations", type=Path, required=True, metavar="COCO.json")

    one = _add(kinds, "retrieval", "does another view of an item find the item?", _retrieval, retrieval.table)
    one.add_argument("--items", type=Path, required=True, metavar="items.json")
    one.add_argument("--images", type=Path, required=True, metavar="DIR")
    one.add_argument("--distractors", type=Path, nargs="+", default=[], metavar="DIR", help="more pictures to confuse")

    one = _add(kinds, "labels", "sleeve length, garment length, collar style, pattern", _labels, labels.table)
    one.add_argument("--labels", type=Path, required=True, metavar="labels.csv")
    one.add_argument("--root", type=Path, required=True, metavar="DIR", help="below it: SET/images/FILE")

    one = _add(kinds, "colours", "is the base colour among the first two names?", _colours, confusions.table)
    one.add_argument("--labels", type=Path, required=True, metavar="labels.csv")
    one.add_argument("--images", type=Path, required=True, metavar="DIR")

    one = _add(kinds, "categories", "the category of the most prominent garment", _categories, confusions.table)
    one.add_argument("--labels", type=Path, required=True, metavar="labels.csv")
    one.add_argument("--images", type=Path, required=True, metavar="DIR")


def _add(
    kinds: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    help: str,
    measure: Callable[[argparse.Namespace], Result],
    table: Callable[[Result], str],
) -> argparse.ArgumentParser:
    parser = kinds.add_parser(name, help=help)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here as well")

    def run(arguments: argparse.Namespace) -> int:
        try:
            if arguments.json and not arguments.json.parent.is_dir():  # before a measurement of minutes, not after it
                raise BadFile(f"{arguments.json}: no such folder")
            result = measure(arguments)
            if arguments.json:
                arguments.json.write_text(json.dumps(result, indent=2) + "\n")
        except (BadFile, OSError) as error:
            print(error, file=sys.stderr)
            return 2
        print(table(result))
        return 0

    parser.set_defaults(run=run)
    return parser


def _detection(arguments: argparse.Namespace) -> Result:
    entry = manifest.model("detection")
    entry.check()
    return detection.evaluate(
        Detector(entry, Model(entry.path, hint="throughput")), arguments.images, arguments.annotations
    )


def _retrieval(arguments: argparse.Namespace) -> Result:
    return retrieval.evaluate(pipeline("throughput"), arguments.items, arguments.images, arguments.distractors)


def _labels(arguments: argparse.Namespace) -> Result:
    return labels.evaluate(pipeline("throughput"), arguments.labels, arguments.root)


def _colours(arguments: argparse.Namespace) -> Result:
    return confusions.colours(pipeline("throughput"), arguments.labels, arguments.images)


def _categories(arguments: argparse.Namespace) -> Result:
    return confusions.categories(pipeline("throughput"), arguments.labels, arguments.images)
