"""What the commands do that need torch or OpenCV: arguments in, files and a line out."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from mlcore.training import coco, detector, evaluate_command, flatlay, manifest, parity, paste
from mlcore.training import export as exporting

SETTINGS = {field.name for field in dataclasses.fields(detector.Settings)}


def train_detector(arguments: argparse.Namespace) -> int:
    if arguments.resume:
        best = detector.resume(arguments.folder)
    elif arguments.data is None:
        return _fail("--data is needed, unless a run is resumed")
    else:
        chosen = {name: value for name, value in vars(arguments).items() if name in SETTINGS and value is not None}
        chosen["extra"] = tuple(arguments.extra)
        best = detector.train(detector.Settings(**chosen), arguments.folder)
    print(f"best weights: {best}")
    return 0


def prepare_flatlay(arguments: argparse.Namespace) -> int:
    report = flatlay.prepare(arguments.source, arguments.into)
    print(f"{report.pictures} pictures, {report.whole} of them boxed as a whole for want of a foreground")
    return 0


def paste_scenes(arguments: argparse.Namespace) -> int:
    """From the training parts of both folders alone: a pasted picture must not carry a held-out garment."""
    garments, _ = coco.split(coco.read(arguments.garments), share=arguments.held_out, seed=arguments.seed)
    scenes, _ = coco.split(coco.read(arguments.scenes), share=arguments.held_out, seed=arguments.seed)
    written = paste.compose(
        arguments.into, garments=garments, scenes=scenes, count=arguments.count, seed=arguments.seed
    )
    print(f"{written} pictures")
    return 0


def export(arguments: argparse.Namespace) -> int:
    """Neither the file nor the manifest is touched before the export has been held against its original."""
    card: dict[str, Any] = tomllib.loads(arguments.card.read_text())
    target = arguments.into / f"{arguments.name}.onnx"
    unproven = target.with_suffix(".unproven.onnx")
    facts = {"file": target.name} | EXPORTS[arguments.task](arguments, unproven)
    unproven.replace(target)
    if arguments.metrics:
        card["metrics"] = evaluate_command.metrics(json.loads(arguments.metrics.read_text()))
    manifest.write_entry(arguments.into / "manifest.toml", arguments.name, facts | card)
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")
    return 0


def _export_detector(arguments: argparse.Namespace, target: Path) -> dict[str, Any]:
    size = arguments.size or 416
    model = exporting.load_detector(arguments.weights)
    exporting.export(model, target, size=size, source="images", output="predictions")
    parity.check_detector(model, target, parity.sample_pictures(size))
    return {
        "task": "detection",
        "arch": arguments.arch,
        "input": "images",
        "output": "predictions",
        "input_size": size,
        "mean": [0.0, 0.0, 0.0],
        "std": [255.0, 255.0, 255.0],
        "pad": 114,
        "resize": "bilinear",
        "classes": [str(category) for category in coco.CATEGORIES],
        "output_is": "float32 [N, 4 + classes, anchors]: centre x, centre y, width, height in pixels of the square, "
        "then a probability per class; overlaps not suppressed",
        "stored": "float16 weights, computed in float32",
    }


def _export_embedder(arguments: argparse.Namespace, target: Path) -> dict[str, Any]:
    size = arguments.size or 224
    model = exporting.load_embedder(arguments.weights, arguments.arch)
    exporting.export(model, target, size=size, source="images", output="embeddings")
    parity.check_embedder(model, target, parity.sample_pictures(size) * 2 - 1)
    return {
        "task": "embedding",
        "arch": arguments.arch,
        "input": "images",
        "output": "embeddings",
        "input_size": size,
        "mean": [127.0, 127.0, 127.0],
        "std": [128.0, 128.0, 128.0],
        "pad": 255,
        "resize": "bilinear",
        "output_is": "float32 [N, 512], unit length",
        "stored": "float16 weights, computed in float32",
    }


EXPORTS = {"detector": _export_detector, "embedder": _export_embedder}


def _fail(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 2
