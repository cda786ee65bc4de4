"""How well the shipped detector finds garments, measured through the code that serves it. Needs no torch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from mlcore.detection import SCORE, Detector
from mlcore.pipeline import prominence
from mlcore.training import coco
from mlcore.training.average_precision import Found, Truth, average_precision
from mlcore.types import Box, Category, Detection

FAINTEST = 0.01  # average precision wants the unsure detections too
SAME_PLACE = 0.5  # intersection over union from which a garment counts as found
BATCH = 8


@dataclass(frozen=True, slots=True)
class CategoryResult:
    """Of one category. `ap50_95`, `ap50`: average precision, 0..1; nan where the pictures show none."""

    garments: int
    ap50_95: float
    ap50: float
    found: float
    """Share of its garments detected as served (score ≥ SCORE), in the right place and with the right category."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    pictures: int
    map50_95: float
    map50: float
    found: float
    false_alarms: float
    """Detections as served that lie on no garment of their category, per picture."""
    leading: float
    """Share of the pictures in which the most prominent detection has the category of a most prominent garment."""
    categories: dict[Category, CategoryResult]


def evaluate(detector: Detector, pictures: Sequence[coco.Picture]) -> Evaluation:
    """Raises ValueError without pictures."""
    if not pictures:
        raise ValueError("no pictures to evaluate on")
    batches = [pictures[start : start + BATCH] for start in range(0, len(pictures), BATCH)]
    found = [one for batch in batches for one in _detect(detector, batch)]
    truths = [[(garment, _relative(garment, picture)) for garment in picture.garments] for picture in pictures]
    categories = {category: _result(category, truths, found) for category in coco.CATEGORIES}
    there = [result for result in categories.values() if result.garments]
    served = [[d for d in one if d.score >= SCORE] for one in found]
    return Evaluation(
        pictures=len(pictures),
        map50_95=float(np.mean([result.ap50_95 for result in there])),
        map50=float(np.mean([result.ap50 for result in there])),
        found=sum(result.found * result.garments for result in there) / sum(result.garments for result in there),
        false_alarms=float(np.mean([_false_alarms(truth, one) for truth, one in zip(truths, served, strict=True)])),
        leading=float(np.mean([_leads(truth, one) for truth, one in zip(truths, served, strict=True)])),
        categories=categories,
    )


_Truth = list[tuple[coco.Garment, Box]]


def _detect(detector: Detector, pictures: Iterable[coco.Picture]) -> list[list[Detection]]:
    return detector.detect([coco.pixels(picture.path) for picture in pictures], score=FAINTEST)


def _relative(garment: coco.Garment, picture: coco.Picture) -> Box:
    return Box(
        garment.left / picture.width,
        garment.top / picture.height,
        garment.width / picture.width,
        garment.height / picture.height,
    )


def _result(category: Category, truths: Sequence[_Truth], found: Sequence[list[Detection]]) -> CategoryResult:
    own_truths, own_found, hits = [], [], 0
    for truth, detections in zip(truths, found, strict=True):
        boxes = [box for garment, box in truth if garment.category == category and not garment.ignore]
        ignored = [box for garment, box in truth if garment.category == category and garment.ignore]
        own = [detection for detection in detections if detection.category == category]
        own_truths.append(Truth(boxes, ignored))
        own_found.append(Found([d.box for d in own], [d.score for d in own]))
        hits += sum(_covered(box, [d for d in own if d.score >= SCORE]) for box in boxes)
    precision = average_precision(own_truths, own_found)
    garments = sum(len(truth.boxes) for truth in own_truths)
    return CategoryResult(
        garments, float(precision.mean()), float(precision[0]), hits / garments if garments else float("nan")
    )


def _covered(box: Box, detections: Iterable[Detection]) -> bool:
    return any(detection.box.intersection_over_union(box) >= SAME_PLACE for detection in detections)


def _false_alarms(truth: _Truth, served: Sequence[Detection]) -> int:
    return sum(
        not any(
            detection.box.intersection_over_union(box) >= SAME_PLACE
            for garment, box in truth
            if garment.ignore or garment.category == detection.category
        )
        for detection in served
    )


def _leads(truth: _Truth, served: Sequence[Detection]) -> bool:
    """Of several garments that one leads which serving would call most prominent."""
    garments = [Detection(box, garment.category, 1.0) for garment, box in truth if not garment.ignore]
    if not garments:
        return not served
    first = max(served, key=prominence, default=None)
    return first is not None and first.category == max(garments, key=prominence).category
