"""Average precision of the detector by the rules of COCO, computed by pycocotools.

Measured on the detector's candidates, category by category, as every published figure of a YOLO is. What is served is
stricter: of two categories for one garment the surer alone (`Detector.detect`).
"""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from tqdm import tqdm

from mlcore.detection import Detector
from mlcore.evaluation.files import FULL_SIZE, BadFile, read_json, read_picture
from mlcore.types import Category, Detection

FAINTEST: Final = 0.005  # average precision wants the unsure detections too


def evaluate(detector: Detector, images: Path, annotations: Path) -> dict[str, Any]:
    """`{map50_95, map50, per_category: {name: {ap50_95, ap50, n}}, images, ms_per_image}`. Raises BadFile."""
    truth = read_annotations(annotations)
    found, seconds = [], 0.0
    for row in tqdm(truth["images"], unit="picture", mininterval=5, disable=None):
        picture = read_picture(images / row["file_name"], long_side=FULL_SIZE)
        start = time.perf_counter()
        (detections,) = detector.candidates([picture], score=FAINTEST)
        seconds += time.perf_counter() - start
        found += list(_rows(detections, row, picture.shape))
    return {
        **score(truth, found),
        "images": len(truth["images"]),
        "ms_per_image": round(1000 * seconds / max(1, len(truth["images"])), 1),
    }


def read_annotations(path: Path) -> dict[str, Any]:
    """A COCO file whose categories carry our six names, under whatever ids. Raises BadFile."""
    content = read_json(path)
    try:
        names = {row["id"]: row["name"] for row in content["categories"]}
        ids = {row["id"] for row in content["images"]}
        for row in content["images"]:
            if not isinstance(row["file_name"], str):
                raise BadFile(f"{path}: an image without a file name")
        for row in content["annotations"]:
            if row["image_id"] not in ids or row["category_id"] not in names or len(row["bbox"]) != 4:
                raise BadFile(f"{path}: annotation {row['id']} names no image or category of this file, or has no box")
            row.setdefault("area", row["bbox"][2] * row["bbox"][3])
            row.setdefault("iscrowd", 0)
    except (KeyError, TypeError) as error:
        raise BadFile(f"{path}: not a COCO file: {error!r}") from error
    unknown = set(names.values()) - set(Category)
    if unknown:
        raise BadFile(f"{path}: no category {', '.join(sorted(map(str, unknown)))}; there are {', '.join(Category)}")
    if not content["images"]:
        raise BadFile(f"{path}: no image")
    return {key: content[key] for key in ("images", "annotations", "categories")}


def score(truth: Mapping[str, Any], found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """`map50_95`, `map50` over the categories that occur, and `per_category`.

    `truth`: a COCO file's content; `found`: rows of `image_id`, `category` (name), `bbox` in pixels, `score`.
    """
    ids = {row["name"]: row["id"] for row in truth["categories"]}
    rows = [
        {key: row[key] for key in ("image_id", "bbox", "score")} | {"category_id": ids[row["category"]]}
        for row in found
        if row["category"] in ids
    ]
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools reports each of its steps
        reference = COCO()
        reference.dataset = dict(truth)
        reference.createIndex()
        run = COCOeval(reference, _loaded(reference, rows), "bbox")
        run.evaluate()
        run.accumulate()
    # (overlaps, recalls, categories, areas, most per picture); −1 where a category does not occur
    precision = run.eval["precision"][:, :, :, 0, -1]
    per_category = {}
    for place, category in enumerate(map(int, run.params.catIds)):
        name = next(row["name"] for row in truth["categories"] if row["id"] == category)
        garments = sum(row["category_id"] == category and not row["iscrowd"] for row in truth["annotations"])
        if garments:
            per_category[name] = {
                "ap50_95": round(float(precision[:, :, place].mean()), 4),
                "ap50": round(float(precision[0, :, place].mean()), 4),
                "n": garments,
            }
    if not per_category:
        raise BadFile("no garment is boxed: there is nothing to find")
    return {
        "map50_95": round(float(np.mean([row["ap50_95"] for row in per_category.values()])), 4),
        "map50": round(float(np.mean([row["ap50"] for row in per_category.values()])), 4),
        "per_category": {name: per_category[name] for name in Category if name in per_category},
    }


def _loaded(reference: COCO, rows: list[dict[str, Any]]) -> COCO:
    if rows:
        return reference.loadRes(rows)
    nothing = COCO()  # loadRes cannot read an empty list
    nothing.dataset = {**reference.dataset, "annotations": []}
    nothing.createIndex()
    return nothing


def _rows(detections: Sequence[Detection], row: Mapping[str, Any], shape: tuple[int, ...]) -> Iterator[dict[str, Any]]:
    height, width = shape[:2]
    for detection in detections:
        box = detection.box
        yield {
            "image_id": row["id"],
            "category": detection.category.value,
            "bbox": [box.x * width, box.y * height, box.width * width, box.height * height],
            "score": detection.score,
        }


def table(result: Mapping[str, Any]) -> str:
    lines = [f"{'':10} {'garments':>8} {'AP50-95':>8} {'AP50':>6}"]
    for name, row in result["per_category"].items():
        lines.append(f"{name:10} {row['n']:8d} {row['ap50_95']:8.3f} {row['ap50']:6.3f}")
    total = sum(row["n"] for row in result["per_category"].values())
    lines.append(f"{'mean':10} {total:8d} {result['map50_95']:8.3f} {result['map50']:6.3f}")
    lines.append(f"{result['images']} images, {result['ms_per_image']:.1f} ms each")
    return "\n".join(lines)
