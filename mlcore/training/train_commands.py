"""Arguments in, a run folder and a line out: the three trainings and means of their weights. Needs torch."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from typing import Any

from mlcore.training import average, detector, embedder, labels


def train_detector(arguments: argparse.Namespace) -> int:
    if arguments.resume:
        best = detector.resume(arguments.folder)
    elif arguments.data is None:
        return _fail("--data is needed, unless a run is resumed")
    else:
        chosen = _chosen(arguments, detector.Settings)
        chosen["extra"] = tuple(arguments.extra)
        best = detector.train(detector.Settings(**chosen), arguments.folder)
    print(f"best weights: {best}")
    return 0


def train_embedder(arguments: argparse.Namespace) -> int:
    if arguments.resume:
        best = embedder.resume(arguments.folder)
    elif arguments.crops is None:
        return _fail("--crops is needed, unless a run is resumed")
    else:
        try:
            settings = embedder.Settings(**_chosen(arguments, embedder.Settings))
        except ValueError as reason:
            return _fail(str(reason))
        best = embedder.train(settings, arguments.folder)
    print(f"weights: {best}")
    return 0


def train_labels(arguments: argparse.Namespace) -> int:
    if arguments.resume:
        best = labels.resume(arguments.folder)
    elif arguments.crops is None or arguments.embedder is None:
        return _fail("--crops and --embedder are needed, unless a run is resumed")
    else:
        best = labels.train(labels.Settings(**_chosen(arguments, labels.Settings)), arguments.folder)
    print(f"heads: {best}")
    return 0


def average_weights(arguments: argparse.Namespace) -> int:
    if arguments.task == "detector":
        written = average.detectors(arguments.weights, arguments.shares, arguments.into)
    elif arguments.task == "labels":
        written = average.labels(arguments.weights, arguments.shares, arguments.into)
    else:
        written = average.embedders(arguments.weights, arguments.shares, arguments.into, arch=arguments.arch)
    print(f"mean: {', '.join(map(str, written))}")
    return 0


def _chosen(arguments: argparse.Namespace, settings: type) -> dict[str, Any]:
    """What was asked for of a settings class; the rest keeps its defaults."""
    names = {field.name for field in dataclasses.fields(settings)}
    return {name: value for name, value in vars(arguments).items() if name in names and value is not None}


def _fail(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 2
