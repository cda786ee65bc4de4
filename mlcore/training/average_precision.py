"""Average precision by the rules of COCO (Lin et al., 2014; cocodataset.org/#detection-eval), for all sizes of garment.

Detections take boxes greedily, the surest first; a detection in an ignore region counts neither way; precision is made
monotone and read at 101 recalls. pycocotools gives the same figures (a test compares them) and is not needed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlcore.types import Box

OVERLAPS = tuple(np.linspace(0.5, 0.95, 10).round(2).tolist())
"""Intersection over union from which a detection counts as right."""
RECALLS = np.linspace(0.0, 1.0, 101)
MOST_PER_PICTURE = 100


@dataclass(frozen=True, slots=True)
class Truth:
    """What lies in one picture, of one category. `ignored`: regions without a verdict."""

    boxes: Sequence[Box]
    ignored: Sequence[Box] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What was detected in that picture, of that category: boxes with their scores, in the same order."""

    boxes: Sequence[Box]
    scores: Sequence[float]


def average_precision(truths: Sequence[Truth], found: Sequence[Found]) -> NDArray[np.float64]:
    """AP at each of OVERLAPS, 0..1, over pictures in the same order; nan where nothing of the category was there."""
    there = sum(len(truth.boxes) for truth in truths)
    if not there:
        return np.full(len(OVERLAPS), np.nan)
    return np.array([_at(overlap, truths, found, there) for overlap in OVERLAPS])


def _at(overlap: float, truths: Sequence[Truth], found: Sequence[Found], there: int) -> float:
    verdicts = [verdict for truth, one in zip(truths, found, strict=True) for verdict in _judge(overlap, truth, one)]
    verdicts.sort(key=lambda verdict: -verdict[0])
    right = np.cumsum([is_right for _, is_right in verdicts])
    recall = right / there
    precision = right / np.arange(1, len(verdicts) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    reached = np.searchsorted(recall, RECALLS, side="left")
    return float(np.mean(np.append(precision, 0.0)[np.minimum(reached, len(precision))]))


def _judge(overlap: float, truth: Truth, found: Found) -> list[tuple[float, bool]]:
    """(score, right?) of the detections that count."""
    free = list(truth.boxes)
    verdicts = []
    ranked = sorted(zip(found.scores, found.boxes, strict=True), key=lambda pair: -pair[0])[:MOST_PER_PICTURE]
    for score, box in ranked:
        best = max(free, key=box.intersection_over_union, default=None)
        if best is not None and box.intersection_over_union(best) >= overlap:
            free.remove(best)
            verdicts.append((score, True))
        elif not any(_share_inside(box, region) >= overlap for region in truth.ignored):
            verdicts.append((score, False))
    return verdicts


def _share_inside(box: Box, region: Box) -> float:
    """COCO measures ignore regions by the share of the detection that lies in them: they may be far larger."""
    union = box.intersection_over_union(region)
    shared = union / (1 + union) * (box.area + region.area)
    return shared / box.area if box.area else 0.0
