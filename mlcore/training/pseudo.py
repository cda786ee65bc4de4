"""Boxes for street photographs that come with tags and no boxes: an earlier detector proposes, the tags decide.

A tag says that a garment is in the picture, not where. That settles what the detector is worst at, the category: what
is not tagged is not believed, and a picture in which a tagged garment is not found is left out, because an unboxed
garment would teach the next detector to overlook its like.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mlcore.detection import Detector
from mlcore.training import coco
from mlcore.types import Box, Category, Detection, Pixels

BELIEVED = 0.15
"""Score from which a tagged garment counts as found: with the category known, place is all that is left to doubt."""
SAME = 0.6
"""Overlap from which a detection in the mirrored picture is the same garment as one in the picture."""

MEANINGS: Mapping[str, tuple[Category, ...]] = {
    "t-shirt": (Category.TOPS,),
    "shirt": (Category.TOPS,),
    "top": (Category.TOPS,),
    "blouse": (Category.TOPS,),
    "sweater": (Category.TOPS,),
    "sweatshirt": (Category.TOPS,),
    "coat": (Category.OUTERWEAR,),
    "jacket": (Category.OUTERWEAR,),
    "blazer": (Category.OUTERWEAR,),
    "cape": (Category.OUTERWEAR,),
    "cardigan": (Category.OUTERWEAR,),
    "pants": (Category.TROUSERS,),
    "jeans": (Category.TROUSERS,),
    "shorts": (Category.TROUSERS,),
    "leggings": (Category.TROUSERS,),
    "skirt": (Category.SKIRTS,),
    "dress": (Category.DRESSES,),
    "romper": (Category.ROMPERS,),
}
DOUBTFUL: Mapping[str, tuple[Category, ...]] = {
    "vest": (Category.TOPS, Category.OUTERWEAR),
    "hoodie": (Category.TOPS, Category.OUTERWEAR),
    "jumper": (Category.TOPS, Category.DRESSES, Category.ROMPERS),
    "suit": (Category.OUTERWEAR, Category.TROUSERS, Category.ROMPERS),
    "bodysuit": (Category.TOPS, Category.ROMPERS),
}
"""Words that allow several categories and demand none of them."""


@dataclass(frozen=True, slots=True)
class Report:
    boxed: int
    left_out: int
    """Pictures in which a tagged garment was not found, or none is tagged."""


def prepare(source: Path, target: Path, *, detector: Detector, leave_out: Iterable[str] = ()) -> Report:
    """Read `source/tags.json` (file, tags) and `source/images`, write `target` in the COCO format.

    All pictures are marked as training only: a validation against guessed boxes would measure agreement, not truth.
    `leave_out`: file names that are boxed by hand elsewhere.
    """
    (target / "images").mkdir(parents=True, exist_ok=True)
    skipped = set(leave_out)
    rows = [row for row in json.loads((source / "tags.json").read_text()) if row["file"] not in skipped]
    pictures = []
    for row in sorted(rows, key=lambda row: row["file"]):
        path = source / "images" / row["file"]
        pixels = coco.pixels(path)
        found = believed(propose(detector, pixels), row["tags"])
        if not found:
            continue
        height, width = pixels.shape[:2]
        garments = tuple(
            coco.Garment(d.category, d.box.x * width, d.box.y * height, d.box.width * width, d.box.height * height)
            for d in found
        )
        copy = target / "images" / row["file"]
        shutil.copyfile(path, copy)
        pictures.append(coco.Picture(copy, width, height, garments, group=copy.name, train_only=True))
    coco.write(target, pictures)
    return Report(boxed=len(pictures), left_out=len(rows) - len(pictures))


def propose(detector: Detector, pixels: Pixels) -> list[Detection]:
    """Detections in the picture and its mirror image, the means of both where they agree; the surest first."""
    seen, mirrored = detector.detect([pixels, np.ascontiguousarray(pixels[:, ::-1])], score=BELIEVED / 2)
    other = [replace(d, box=replace(d.box, x=1 - d.box.x - d.box.width)) for d in mirrored]
    merged = []
    for one in seen:
        twin = max(other, key=lambda d: d.box.intersection_over_union(one.box), default=None)
        if twin is None or twin.box.intersection_over_union(one.box) < SAME:
            merged.append(replace(one, score=one.score / 2, runner_up_score=one.runner_up_score / 2))
            continue
        other.remove(twin)
        merged.append(_mean(one, twin))
    merged += [replace(d, score=d.score / 2, runner_up_score=d.runner_up_score / 2) for d in other]
    return sorted(merged, key=lambda d: -d.score)


def believed(proposals: Sequence[Detection], tags: Iterable[str]) -> list[Detection]:
    """What the tags allow, under the category that they allow; nothing where a garment that they demand is missing."""
    words = set(tags)
    demanded = {category for word in words for category in MEANINGS.get(word, ())}
    allowed = demanded | {category for word in words for category in DOUBTFUL.get(word, ())}
    found: list[Detection] = []
    for proposal in proposals:
        known = _under(proposal, allowed)
        if known and known.score >= BELIEVED and not any(_same_garment(known, other) for other in found):
            found.append(known)
    return found if demanded <= {detection.category for detection in found} else []


def _under(detection: Detection, allowed: set[Category]) -> Detection | None:
    if detection.category in allowed:
        return detection
    if detection.runner_up in allowed:
        return replace(detection, category=detection.runner_up, score=detection.runner_up_score)
    return None


def _same_garment(one: Detection, other: Detection) -> bool:
    return one.category == other.category and one.box.intersection_over_union(other.box) > SAME


def _mean(one: Detection, other: Detection) -> Detection:
    box = Box(*(float(np.mean(pair)) for pair in zip(_sides(one.box), _sides(other.box), strict=True)))
    scores: dict[Category, float] = {}
    for detection in (one, other):
        scores[detection.category] = scores.get(detection.category, 0.0) + detection.score / 2
        if detection.runner_up is not None:
            second = detection.runner_up
            scores[second] = scores.get(second, 0.0) + detection.runner_up_score / 2
    best, second = sorted(scores, key=lambda category: -scores[category])[:2]
    return Detection(box, best, scores[best], runner_up=second, runner_up_score=scores[second])


def _sides(box: Box) -> tuple[float, float, float, float]:
    return box.x, box.y, box.width, box.height
