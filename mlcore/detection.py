"""Find the garments of pictures: YOLO's raw output to boxes relative to the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mlcore.engine import Model
from mlcore.images import letterbox
from mlcore.manifest import ModelEntry
from mlcore.types import Box, Category, Detection, Pixels

SCORE: Final = 0.25  # a garment at this score is right more often than wrong on held-out photographs
LONE: Final = 0.15  # good enough where nothing better is seen: who photographs a garment on a loud carpet means it
INSIDE: Final = 0.05  # enough within a box that a person drew around something; plain walls stay below
FAINT: Final = 0.02  # still worth believing when the category is known beforehand
SAME_CLASS_OVERLAP: Final = 0.60
SAME_CLASS_INSIDE: Final = 0.85  # a trouser leg proposed once more within the trousers
ANY_CLASS_OVERLAP: Final = 0.80  # a shirt under an open jacket overlaps it by up to .75 on real photographs

AT_ONCE: Final = 4  # pictures in one run of the model: as fast per picture as 16, with 450 MB less memory

Floats = NDArray[np.float32]


class Detector:
    """Loads on first use; safe to call from several threads."""

    def __init__(self, entry: ModelEntry, model: Model) -> None:
        self._entry = entry
        self._model = model

    def detect(self, pictures: Sequence[Pixels], *, score: float = SCORE) -> list[list[Detection]]:
        """The garments of each picture whose score reaches `score`, the surest first."""
        found: list[list[Detection]] = []
        for start in range(0, len(pictures), AT_ONCE):
            found += self._detect(pictures[start : start + AT_ONCE], score)
        return found

    def _detect(self, pictures: Sequence[Pixels], score: float) -> list[list[Detection]]:
        squares = [letterbox(p, self._entry.input_size, fill=self._entry.pad) for p in pictures]
        batch = np.stack([square for square, *_ in squares]).transpose(0, 3, 1, 2).astype(np.float32)
        outputs = self._model.run(np.ascontiguousarray((batch - self._entry.mean) / self._entry.std))
        return [
            _detections(output, self._entry.classes, score, picture.shape, scale, left, top)
            for output, picture, (_, scale, left, top) in zip(outputs, pictures, squares, strict=True)
        ]


def _detections(
    output: Floats,
    classes: Sequence[Category],
    score: float,
    shape: tuple[int, ...],
    scale: float,
    left: int,
    top: int,
) -> list[Detection]:
    """`output`: (4 + classes, anchors); rows: centre x and y, width, height in pixels of the square, class scores."""
    scores = output[4:].T
    keep = scores.max(axis=1) >= score
    scores, boxes = scores[keep], output[:4].T[keep]
    order = np.argsort(-scores.max(axis=1), kind="stable")[:300]
    scores, boxes = scores[order], boxes[order]

    corners = np.concatenate([boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2], axis=1)
    corners = (corners - np.array([left, top, left, top], np.float32)) / scale
    height, width = shape[:2]
    corners = (corners / np.array([width, height, width, height], np.float32)).clip(0.0, 1.0)

    return [
        _detection(corners[i], scores[i], classes)
        for i in _suppress(corners, scores)
        if (corners[i, 2:] > corners[i, :2]).all()
    ]


def _suppress(corners: Floats, scores: Floats) -> list[int]:
    """Greedy: a box goes if a surer one of its class overlaps it, or one of any class covers nearly the same place.

    What is merged leaves a trace: the surer box takes over the higher score for the other class, so that an unsure
    category shows as a close runner-up.
    """
    kept: list[int] = []
    classes = scores.argmax(axis=1)
    areas = (corners[:, 2] - corners[:, 0]) * (corners[:, 3] - corners[:, 1])
    for i in range(len(corners)):
        rival = None
        if kept:
            ours = np.array(kept)
            upper = np.maximum(corners[ours, :2], corners[i, :2])
            lower = np.minimum(corners[ours, 2:], corners[i, 2:])
            shared = (lower - upper).clip(0).prod(axis=1)
            overlap = shared / np.maximum(areas[ours] + areas[i] - shared, 1e-9)
            inside = shared / np.maximum(np.minimum(areas[ours], areas[i]), 1e-9)
            same = classes[ours] == classes[i]
            beaten = np.flatnonzero(
                (same & ((overlap > SAME_CLASS_OVERLAP) | (inside > SAME_CLASS_INSIDE))) | (overlap > ANY_CLASS_OVERLAP)
            )
            rival = int(ours[beaten[0]]) if len(beaten) else None
        if rival is None:
            kept.append(i)
        else:
            scores[rival] = np.maximum(scores[rival], np.minimum(scores[i], scores[rival].max()))
    return kept


def _detection(corner: Floats, scores: Floats, classes: Sequence[Category]) -> Detection:
    best, second = np.argsort(-scores, kind="stable")[:2]
    left, top, right, bottom = (float(v) for v in corner)
    return Detection(
        box=Box(left, top, right - left, bottom - top),
        category=classes[best],
        score=float(scores[best]),
        runner_up=classes[second],
        runner_up_score=float(scores[second]),
    )
