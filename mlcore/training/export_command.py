"""Trained weights in, the ONNX file and its manifest entry out. Needs torch."""

from __future__ import annotations

import argparse
import json
import tomllib
from pathlib import Path
from typing import Any

from mlcore.training import coco, manifest, parity
from mlcore.training import export as exporting


def export(arguments: argparse.Namespace) -> int:
    """Neither the file nor the manifest is touched before the export has been held against its original."""
    card: dict[str, Any] = tomllib.loads(arguments.card.read_text())
    target = arguments.into / f"{arguments.name}.onnx"
    unproven = target.with_suffix(".unproven.onnx")
    try:
        facts = {"file": target.name} | EXPORTS[arguments.task](arguments, unproven)
        unproven.replace(target)
    finally:
        unproven.unlink(missing_ok=True)
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
    size = arguments.size or 192
    model = exporting.load_embedder(arguments.weights, arguments.arch, arguments.labels)
    exporting.export(model, target, size=size, source="images", outputs=model.outputs)
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
        "output_is": "float32 [N, 512], unit length; category: float32 [N, categories]; each key label: "
        "float32 [N, categories, values], the probabilities of its values for a garment of each category",
        "outputs": model.outputs,
        "stored": "float16 weights, computed in float32",
    }


EXPORTS = {"detector": _export_detector, "embedder": _export_embedder}
