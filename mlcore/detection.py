"""Find the garments of pictures: YOLO's raw output to boxes relative to the picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mlcore.engine import Model
from mlcore.images import letterbox
from mlcore.manifest import ModelEntry
from mlcore.types import Box, Category, Detection, Pixels

SCORE: Final = 0.25  # of garments seen at this score about every second is right on held-out street photographs
LONE: Final = 0.15  # good enough where nothing better is seen: who photographs a garment on a loud carpet means it
INSIDE: Final = 0.05  # enough within a box that a person drew around something; plain walls stay below
FAINT: Final = 0.02  # still worth believing when the category is known beforehand
SAME_CLASS_OVERLAP: Final = 0.60
CANDIDATE_OVERLAP: Final = 0.65  # of .5, .6 and .7 alike; the middle of what YOLO's own validation uses
SAME_CLASS_INSIDE: Final = 0.85  # a trouser leg proposed once more within the trousers
ANY_CLASS_OVERLAP: Final = 0.80  # a shirt under an open jacket overlaps it by up to .75 on real photographs

MOST: Final = 300  # anchors per picture, or per category, that are looked at
AT_ONCE: Final = 4  # pictures in one run of the model: as fast per picture as 16, with 450 MB less memory

Floats = NDArray[np.float32]


class Detector:
    """Loads on first use; safe to call from several threads."""

    def __init__(self, entry: ModelEntry, model: Model) -> None:
        self._entry = entry
        self._model = model

    def detect(self, pictures: Sequence[Pixels], *, score: float = SCORE) -> list[list[Detection]]:
        """The garments of each picture whose score reaches `score`, each once, the surest first."""
        return [_detections(raw, self._entry.classes, score) for raw in self._run(pictures)]

    def candidates(self, pictures: Sequence[Pixels], *, score: float) -> list[list[Detection]]:
        """For each category by itself what may be one of its garments, the surest first.

        A garment of doubtful category comes back under each: so it is found under one that is known beforehand, and
        average precision wants to know how well the right answer ranks, also where another one is served.
        """
        return [_candidates(raw, self._entry.classes, score) for raw in self._run(pictures)]

    def _run(self, pictures: Sequence[Pixels]) -> Iterator[tuple[Floats, Floats]]:
        """By picture: corners (anchors, 4) relative to the picture, clipped to it, and scores (anchors, classes)."""
        for start in range(0, len(pictures), AT_ONCE):
            part = pictures[start : start + AT_ONCE]
            squares = [letterbox(p, self._entry.input_size, fill=self._entry.pad) for p in part]
            batch = np.stack([square for square, *_ in squares]).transpose(0, 3, 1, 2).astype(np.float32)
            outputs = self._model.run(np.ascontiguousarray((batch - self._entry.mean) / self._entry.std))
            for output, picture, (_, scale, left, top) in zip(outputs, part, squares, strict=True):
                yield _corners(output[:4].T, picture.shape, scale, left, top), output[4:].T


def _corners(boxes: Floats, shape: tuple[int, ...], scale: float, left: int, top: int) -> Floats:
    """`boxes`: (anchors, 4), centre x and y, width, height in pixels of the square."""
    corners = np.concatenate([boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2], axis=1)
    corners = (corners - np.array([left, top, left, top], np.float32)) / scale
    height, width = shape[:2]
    return np.asarray((corners / np.array([width, height, width, height], np.float32)).clip(0.0, 1.0), np.float32)


def _detections(raw: tuple[Floats, Floats], classes: Sequence[Category], score: float) -> list[Detection]:
    corners, scores = raw
    keep = scores.max(axis=1) >= score
    corners, scores = corners[keep], scores[keep]
    order = np.argsort(-scores.max(axis=1), kind="stable")[:MOST]
    corners, scores = corners[order], scores[order]
    return [_detection(corners[i], scores[i], classes) for i in _suppress(corners, scores) if _has_area(corners[i])]


def _candidates(raw: tuple[Floats, Floats], classes: Sequence[Category], score: float) -> list[Detection]:
    corners, scores = raw
    found = []
    for number, category in enumerate(classes):
        own = scores[:, number]
        order = np.argsort(-own, kind="stable")[:MOST]
        order = order[own[order] >= score]
        while len(order):
            best, order = order[0], order[1:]
            if _has_area(corners[best]):
                left, top, right, bottom = (float(v) for v in corners[best])
                found.append(Detection(Box(left, top, right - left, bottom - top), category, float(own[best])))
            overlap, _ = _overlaps(corners[order], corners[best])
            order = order[overlap <= CANDIDATE_OVERLAP]
    return sorted(found, key=lambda detection: -detection.score)


def _has_area(corner: Floats) -> bool:
    return bool((corner[2:] > corner[:2]).all())


def _overlaps(many: Floats, one: Floats) -> tuple[Floats, Floats]:
    """Of each of `many` (n, 4) with `one` (4,): intersection over union, and over the smaller of the two; both (n,)."""
    shared = (np.minimum(many[:, 2:], one[2:]) - np.maximum(many[:, :2], one[:2])).clip(0).prod(axis=1)
    areas, area = (many[:, 2:] - many[:, :2]).prod(axis=1), (one[2:] - one[:2]).prod()
    return shared / np.maximum(areas + area - shared, 1e-9), shared / np.maximum(np.minimum(areas, area), 1e-9)


def _suppress(corners: Floats, scores: Floats) -> list[int]:
    """Greedy: a box goes if a surer one of its class overlaps it, or one of any class covers nearly the same place.

    What is merged leaves a trace: the surer box takes over the higher score for the other class, so that an unsure
    category shows as a close runner-up.
    """
    kept: list[int] = []
    classes = scores.argmax(axis=1)
    for i in range(len(corners)):
        rival = None
        if kept:
            ours = np.array(kept)
            overlap, inside = _overlaps(corners[ours], corners[i])
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
