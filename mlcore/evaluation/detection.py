"""Average precision of the detector by the rules of COCO, computed by pycocotools.

Measured on the detector's candidates, category by category, as every published figure of a YOLO is. What is served is
stricter: of two categories for one garment the surer alone (`Detector.detect`).
"""

from __future__ import annotations

import contextlib
import io
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from tqdm import tqdm

from mlcore.detection import Detector
from mlcore.evaluation.files import FULL_SIZE, BadFile, picture_path, read_json, read_picture
from mlcore.types import Category, Detection

CATEGORIES: Final = [{"id": number, "name": category.value} for number, category in enumerate(Category, start=1)]
FAINTEST: Final = 0.005  # average precision wants the unsure detections too


def evaluate(detector: Detector, images: Path, annotations: Path) -> dict[str, Any]:
    """`{map50_95, map50, per_category: {name: {ap50_95, ap50, n}}, images, ms_per_image}`. Raises BadFile."""
    truth = parse(read_json(annotations), annotations)
    found, seconds = [], 0.0
    detector.candidates(
        [np.zeros((64, 64, 3), np.uint8)], score=1.0
    )  # loads the model, which no picture is charged for
    for row in tqdm(truth["images"], unit="picture", mininterval=5, disable=None):
        picture = read_picture(picture_path(images, row["file_name"], annotations), long_side=FULL_SIZE)
        start = time.perf_counter()
        (detections,) = detector.candidates([picture], score=FAINTEST)
        seconds += time.perf_counter() - start
        found += list(_rows(detections, row, picture.shape))
    return {
        **score(truth, found),
        "images": len(truth["images"]),
        "ms_per_image": round(1000 * seconds / max(1, len(truth["images"])), 1),
    }


def parse(content: Any, path: Path) -> dict[str, Any]:
    """The content of a COCO file whose categories carry our six names, under whatever ids. Raises BadFile.

    Everything comes back numbered from 1: pycocotools takes an annotation of id 0 for none at all.
    """
    try:
        names = {row["id"]: row["name"] for row in content["categories"]}
        unknown = {str(name) for name in names.values()} - set(Category)
        if unknown or len(set(names.values())) < len(content["categories"]):
            what = f"no category {', '.join(sorted(unknown))}" if unknown else "a category stands there twice"
            raise BadFile(f"{path}: {what}; there are {', '.join(Category)}")
        places = {row["id"]: place for place, row in enumerate(content["images"], start=1)}
        if not places:
            raise BadFile(f"{path}: no image")
        if len(places) < len(content["images"]):
            raise BadFile(f"{path}: an image id stands there twice")
        images = [{"id": places[row["id"]], "file_name": row["file_name"]} for row in content["images"]]
        annotations = [
            _annotation(row, number, places[row["image_id"]], Category(names[row["category_id"]]), path)
            for number, row in enumerate(content["annotations"], start=1)
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise BadFile(f"{path}: not a COCO file: {error!r}") from error
    return {"images": images, "annotations": annotations, "categories": CATEGORIES}


def _annotation(row: Mapping[str, Any], number: int, image: int, category: Category, path: Path) -> dict[str, Any]:
    box, crowd = row["bbox"], row.get("iscrowd", 0)
    sound = isinstance(box, list) and len(box) == 4 and all(isinstance(side, int | float) for side in box)
    if not sound or not all(map(math.isfinite, box)) or box[2] <= 0 or box[3] <= 0:
        raise BadFile(f"{path}: annotation {number}: not a box: {box}")
    if crowd not in (0, 1) or isinstance(crowd, float):
        raise BadFile(f"{path}: annotation {number}: iscrowd is {crowd!r}")
    return {
        "id": number,
        "image_id": image,
        "category_id": list(Category).index(category) + 1,
        "bbox": [float(side) for side in box],
        "area": float(box[2]) * float(box[3]),
        "iscrowd": int(crowd),
    }


def score(truth: Mapping[str, Any], found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """`map50_95`, `map50` over the categories that occur, and `per_category`.

    `truth`: of `parse`; `found`: rows of `image_id`, `category` (name), `bbox` in pixels, `score`.
    """
    order = list(Category)
    rows = [
        {key: row[key] for key in ("image_id", "bbox", "score")}
        | {"category_id": order.index(Category(row["category"])) + 1}
        for row in found
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
    for place, category in enumerate(order):
        garments = sum(row["category_id"] == place + 1 and not row["iscrowd"] for row in truth["annotations"])
        if garments:
            per_category[category.value] = {
                "ap50_95": round(float(precision[:, :, place].mean()), 4),
                "ap50": round(float(precision[0, :, place].mean()), 4),
                "n": garments,
            }
    if not per_category:
        raise BadFile("no garment is boxed: there is nothing to find")
    return {
        "map50_95": round(float(np.mean([row["ap50_95"] for row in per_category.values()])), 4),
        "map50": round(float(np.mean([row["ap50"] for row in per_category.values()])), 4),
        "per_category": per_category,
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
