"""`train evaluate`: the detector's figures as a table and as JSON. Runs where serving runs, without torch."""

from __future__ import annotations

import argparse
import dataclasses
import json
from typing import Any

from mlcore import manifest
from mlcore.detection import Detector
from mlcore.engine import Model
from mlcore.training import coco
from mlcore.training.evaluate import Evaluation
from mlcore.training.evaluate import evaluate as evaluate_detector


def run(arguments: argparse.Namespace) -> int:
    entry = manifest.model("detection")
    model = Detector(entry, Model(entry.path, hint="throughput"))
    results = {}
    for data in arguments.data:
        pictures = coco.read(data)
        if not arguments.all:
            _, pictures = coco.split(pictures, share=arguments.held_out, seed=arguments.seed)
        result = evaluate_detector(model, pictures)
        print(f"{data.name}\n{table(result)}\n")
        results[data.name] = dataclasses.asdict(result)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2))
    return 0


def table(result: Evaluation) -> str:
    lines = [f"{'':10} {'garments':>8} {'mAP50-95':>8} {'mAP50':>6} {'found':>6}"]
    lines += [
        f"{category:10} {row.garments:8d} {row.ap50_95:8.3f} {row.ap50:6.3f} {row.found:6.3f}"
        for category, row in result.categories.items()
        if row.garments
    ]
    garments = sum(row.garments for row in result.categories.values())
    lines.append(f"{'all':10} {garments:8d} {result.map50_95:8.3f} {result.map50:6.3f} {result.found:6.3f}")
    lines.append(
        f"{result.pictures} pictures: leading category right {result.leading:.3f}, "
        f"{result.false_alarms:.2f} false alarms per picture"
    )
    return "\n".join(lines)


def metrics(evaluation: dict[str, Any]) -> dict[str, float]:
    """The figures of `train evaluate --json` that a manifest shows: by folder, rounded."""
    shown = ("map50_95", "map50", "found", "leading")
    return {f"{folder}_{name}": round(result[name], 3) for folder, result in evaluation.items() for name in shown}
