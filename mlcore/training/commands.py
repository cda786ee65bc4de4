"""What the commands do that need torch or OpenCV: arguments in, files and a line out."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from mlcore import manifest as weights
from mlcore.detection import Detector
from mlcore.engine import Model
from mlcore.training import (
    coco,
    crops,
    detector,
    embedder,
    flatlay,
    holdout,
    labels,
    manifest,
    parity,
    paste,
    phone,
    pseudo,
)
from mlcore.training import export as exporting


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
        best = embedder.train(embedder.Settings(**_chosen(arguments, embedder.Settings)), arguments.folder)
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


def hold_out(arguments: argparse.Namespace) -> int:
    count = holdout.hold_out(
        arguments.source, arguments.into, share=arguments.held_out, seed=arguments.seed, senders=arguments.senders
    )
    print(f"{count} held out in {arguments.into}")
    if arguments.rest:
        images = arguments.source.parent / "images"
        rest = holdout.link_rest(
            arguments.source, images, arguments.rest, share=arguments.held_out, seed=arguments.seed
        )
        print(f"{rest} pictures of the others in {arguments.rest}")
    return 0


def take_by_phone(arguments: argparse.Namespace) -> int:
    count = phone.prepare(arguments.items, arguments.images, arguments.scenes, arguments.into, seed=arguments.seed)
    print(f"{count} views taken again in {arguments.into}")
    return 0


def pseudo_label(arguments: argparse.Namespace) -> int:
    by_hand = {row["file_name"] for path in arguments.boxed for row in json.loads(path.read_text())["images"]}
    report = pseudo.prepare(arguments.source, arguments.into, detector=_detector(), leave_out=by_hand)
    print(f"{report.boxed} pictures boxed, {report.left_out} left out: a tagged garment was not found")
    return 0


def prepare_crops(arguments: argparse.Namespace) -> int:
    rows = crops.prepare(
        arguments.into,
        detector=_detector(),
        shop=arguments.shop,
        products=arguments.products,
        wardrobe=arguments.wardrobe,
        worn=arguments.worn,
        labels=arguments.labels,
    )
    print(f"{len(rows)} crops, {sum(bool(row.labels) for row in rows)} of them with key labels")
    return 0


def _detector() -> Detector:
    entry = weights.model("detection")
    entry.check()
    return Detector(entry, Model(entry.path, hint="throughput"))


def _chosen(arguments: argparse.Namespace, settings: type) -> dict[str, Any]:
    """What was asked for of a settings class; the rest keeps its defaults."""
    names = {field.name for field in dataclasses.fields(settings)}
    return {name: value for name, value in vars(arguments).items() if name in names and value is not None}


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
        card["metrics"] = {
            name: value
            for path in arguments.metrics
            for name, value in manifest.figures(path.stem, json.loads(path.read_text())).items()
        }
    manifest.write_entry(arguments.into / "manifest.toml", arguments.name, facts | card)
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")
    return 0


def _export_detector(arguments: argparse.Namespace, target: Path) -> dict[str, Any]:
    size = arguments.size or 416
    model = exporting.load_detector(arguments.weights)
    exporting.export(model, target, size=size, source="images", outputs=["predictions"])
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
    model = exporting.load_embedder(arguments.weights, arguments.arch, arguments.labels)
    values = model.heads.values if model.heads else {}
    exporting.export(model, target, size=size, source="images", outputs=["embeddings", *values])
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
        "output_is": "float32 [N, 512], unit length; then for each label float32 [N, values], probabilities",
        "labels": [f"{name}: {', '.join(words)}" for name, words in values.items()],
        "stored": "float16 weights, computed in float32",
    }


EXPORTS = {"detector": _export_detector, "embedder": _export_embedder}


def _fail(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 2
