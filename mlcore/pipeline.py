"""analyse(pictures): find every garment and describe it. The one path that uploads, imports and queries all take."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mlcore.colours import dominant_colours
from mlcore.detection import FAINT, INSIDE, LONE, SCORE, Detector
from mlcore.embedding import Embedder, Reading
from mlcore.engine import Hint, Model
from mlcore.images import crop
from mlcore.labels import CATEGORY, labels_of, reconsidered
from mlcore.manifest import model
from mlcore.masks import garment_mask
from mlcore.quality import quality
from mlcore.types import WHOLE_PICTURE, Analysis, Box, Category, Description, Detection, Pixels

SUBJECT = 0.06  # of the picture: a sleeve or a print below it was taken for the garment of a shop's picture
PLAIN = 2.0  # standard deviation of 0..255 up to which a picture is one flat colour; a JPEG of one stays below 1


class Pipeline:
    """Both models and the steps between them. Cheap to make; the models load on first use."""

    def __init__(self, detector: Detector, embedder: Embedder) -> None:
        self._detector = detector
        self._embedder = embedder

    def analyse(
        self, pictures: Sequence[Pixels], *, subjects: Sequence[Category | None] | None = None
    ) -> list[Analysis]:
        """Describe the garments of each picture, the most prominent first.

        `subjects`: for each picture the category that it is known to show (a shop's own word). Then exactly one garment
        comes back: the most prominent of that category, else the whole picture. It has no runner-up: nobody doubts.
        """
        subjects = subjects if subjects is not None else [None] * len(pictures)
        clock = _Clock()
        with clock.step("detect"):
            detections = self._detect(pictures, subjects)
        described = self._describe(pictures, detections, clock, known=[s is not None for s in subjects])
        timings = clock.per_picture(len(pictures))
        return [
            Analysis(width=p.shape[1], height=p.shape[0], garments=tuple(garments), timings_ms=timings)
            for p, garments in zip(pictures, described, strict=True)
        ]

    def describe_box(self, picture: Pixels, box: Box, *, category: Category | None = None) -> Description | None:
        """The garment inside a box that a person drew, described as it is framed there.

        Its category, unless given, is that of a garment found at that place, else what the detector makes of the crop
        alone. None: it sees no garment in the crop at all.
        """
        detection = _at(self._detector.detect([picture], score=FAINT)[0], box)
        if detection is None:
            framed = crop(picture, box)
            inside = [] if _plain(framed) else self._detector.detect([framed], score=INSIDE)[0]
            detection = inside[0] if inside else None
        if category is not None:
            detection = Detection(
                box, category, detection.score if detection and detection.category == category else 0.0
            )
        if detection is None:
            return None
        [[description]] = self._describe(
            [picture], [[replace(detection, box=box)]], _Clock(), known=[category is not None]
        )
        return description

    def describe_known(self, picture: Pixels, garments: Sequence[Detection]) -> list[Description]:
        """Garments of which a person, or an earlier run, has said what and where they are: no detector has a say."""
        [described] = self._describe([picture], [garments], _Clock(), known=[True])
        return described

    def embed(self, crops: Sequence[Pixels]) -> NDArray[np.float32]:
        """Vectors (n, 512) of garments that are cut out already; no detector has a say."""
        return self._embedder.embed(crops)

    def _detect(self, pictures: Sequence[Pixels], subjects: Sequence[Category | None]) -> list[Sequence[Detection]]:
        """What is to be described of each picture, in order."""
        untold = [p for p, subject in zip(pictures, subjects, strict=True) if subject is None]
        told = [p for p, subject in zip(pictures, subjects, strict=True) if subject is not None]
        # FAINT for all: a faint rival may be a garment's runner-up.
        found = iter(self._detector.detect(untold, score=FAINT))
        candidates = iter(self._detector.candidates(told, score=FAINT))
        return [
            [subject_of(next(candidates), subject)]
            if subject is not None
            else _in_order_of_prominence(_believed(next(found), picture))
            for picture, subject in zip(pictures, subjects, strict=True)
        ]

    def _describe(
        self,
        pictures: Sequence[Pixels],
        detections: Sequence[Sequence[Detection]],
        clock: _Clock,
        *,
        known: Sequence[bool],
    ) -> list[list[Description]]:
        """`known`: of which pictures the category was told, so that nobody's opinion is asked."""
        with clock.step("embed"):
            crops = [crop(p, d.box) for p, of_one in zip(pictures, detections, strict=True) for d in of_one]
            readings = self._embedder.read(crops)
        place = iter(range(len(crops)))
        return [
            [self._description(p, d, readings.of(next(place)), clock, known=told) for d in of_one]
            for p, of_one, told in zip(pictures, detections, known, strict=True)
        ]

    def _description(
        self, picture: Pixels, detection: Detection, reading: Reading, clock: _Clock, *, known: bool
    ) -> Description:
        if not known and CATEGORY in reading.labels:
            detection = reconsidered(detection, reading.labels[CATEGORY])
        with clock.step("colours"):
            foreground = garment_mask(picture, detection.box)
            colours = dominant_colours(foreground)
        with clock.step("quality"):
            grade = quality(picture, detection.box, detection.score)
        return Description(detection, reading.vector, colours, grade, labels_of(reading.labels, detection.category))


@functools.cache
def pipeline(hint: Hint = "latency") -> Pipeline:
    """The pipeline of the shipped models, one per process. `throughput` for batches, `latency` for a waiting user.

    Raises ModelMissing, also if a file is not the one that the manifest describes.
    """
    detection, embedding = model("detection"), model("embedding")
    for entry in (detection, embedding):
        entry.check()
    return Pipeline(
        Detector(detection, Model(detection.path, hint=hint)), Embedder(embedding, Model(embedding.path, hint=hint))
    )


def prominence(detection: Detection) -> float:
    """How much a picture is about this garment: large, sure and central. A garment in a corner counts half."""
    box = detection.box
    off_centre = math.hypot(box.x + box.width / 2 - 0.5, box.y + box.height / 2 - 0.5) / math.hypot(0.5, 0.5)
    return detection.score * math.sqrt(box.area) * (1.0 - 0.5 * off_centre)


def subject_of(candidates: Iterable[Detection], category: Category) -> Detection:
    """Where a picture's known subject is: the most prominent candidate of its category, else the whole picture at 0.

    Of candidates, not of what is served: a hooded jacket that the detector takes for a top is where the top is. The
    most prominent, not the surest: a passer-by behind the garment may be seen more surely than what is held up.
    """
    of_category = [d for d in candidates if d.category == category and d.box.area >= SUBJECT]
    return max(of_category, key=prominence, default=Detection(WHOLE_PICTURE, category, 0.0))


def _believed(detections: Sequence[Detection], picture: Pixels) -> list[Detection]:
    """Those from SCORE on; if there are none, the surest alone, from LONE on, unless the picture is plain."""
    sure = [d for d in detections if d.score >= SCORE]
    return sure or [d for d in detections[:1] if d.score >= LONE and not _plain(picture)]


def _plain(pixels: Pixels) -> bool:
    """One flat colour, in which the detector may see a pair of trousers (.21 for mid-grey)."""
    return bool(pixels.reshape(-1, 3).std(axis=0).max() < PLAIN)


def _in_order_of_prominence(detections: Iterable[Detection]) -> list[Detection]:
    return sorted(detections, key=prominence, reverse=True)


def _at(detections: Iterable[Detection], box: Box) -> Detection | None:
    """The detection that a drawn box means: the one that overlaps it most, from half on."""
    best = max(detections, key=lambda d: d.box.intersection_over_union(box), default=None)
    return best if best and best.box.intersection_over_union(box) >= 0.5 else None


class _Clock:
    """Milliseconds by step."""

    def __init__(self) -> None:
        self._ms: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self._ms[name] = self._ms.get(name, 0.0) + (time.perf_counter() - start) * 1000

    def per_picture(self, pictures: int) -> dict[str, float]:
        return {name: round(ms / max(1, pictures), 3) for name, ms in self._ms.items()}
