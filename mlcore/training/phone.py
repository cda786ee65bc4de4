"""A copy of a shop's items whose further views look as if a user had photographed them: to measure, not to train.

The white ground becomes a street, the picture tilts, the light is dim and coloured, the lens is soft, and the file is
a small JPEG. Main views stay as the shop took them: they are what is searched.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from mlcore.evaluation.files import pictures_below
from mlcore.evaluation.retrieval import read_views
from mlcore.training import augment, coco
from mlcore.types import Pixels

ROOM = (0.65, 0.95)  # of the photograph: how much of it the shop's picture fills; who photographs a garment frames it
UPRIGHT = 0.75  # width over height of what a phone takes


def prepare(items: Path, images: Path, scenes: Path, target: Path, *, seed: int) -> int:
    """Write `target/items.json` and `target/images`; return how many views were taken again."""
    (target / "images").mkdir(parents=True, exist_ok=True)
    gallery, queries = read_views(items, images)
    for view in gallery:
        _copy(view.path, images, target)
    streets = pictures_below(scenes)
    for number, view in enumerate(queries):
        dice = np.random.default_rng([seed, number])
        street = coco.pixels(streets[int(dice.integers(len(streets)))])
        place = target / "images" / view.path.relative_to(images)
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(taken(dice, coco.pixels(view.path), street)).save(place, "JPEG", quality=60)
    for path in _unused(items, images, {view.path for view in [*gallery, *queries]}):
        _copy(path, images, target)
    shutil.copyfile(items, target / "items.json")
    return len(queries)


def taken(dice: np.random.Generator, picture: Pixels, street: Pixels) -> Pixels:
    """The shop's picture in front of a street, as a phone takes it."""
    street = _upright(dice, street)
    high, wide = street.shape[:2]
    mask = augment.white_ground(picture)
    solid = np.ones(picture.shape[:2], np.float32) if mask is None else 1 - mask.astype(np.float32)
    scale = float(dice.uniform(*ROOM)) * min(high / picture.shape[0], wide / picture.shape[1])
    size = np.array([picture.shape[1], picture.shape[0]], np.float32) * scale
    corner = np.array([dice.uniform(0, wide - size[0]), dice.uniform(0, high - size[1])], np.float32)
    square = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32)
    target = corner + (square + dice.uniform(-0.08, 0.08, (4, 2)).astype(np.float32)) * size
    source = square * np.array([picture.shape[1], picture.shape[0]], np.float32)
    turn = cv2.getPerspectiveTransform(source, target.astype(np.float32))
    # Warping skips pixels where it shrinks, so the picture is softened by that much first.
    soft = cv2.GaussianBlur(picture, (0, 0), 0.5 / scale) if scale < 0.7 else picture
    front = cv2.warpPerspective(soft, turn, (wide, high), flags=cv2.INTER_LINEAR)
    cover = cv2.GaussianBlur(cv2.warpPerspective(solid, turn, (wide, high)), (0, 0), 0.8)[..., None]
    return augment.as_taken(dice, np.asarray(street * (1 - cover) + front * cover, np.uint8), augment.PHONE)


def _upright(dice: np.random.Generator, street: Pixels) -> Pixels:
    """A part of the street as high as it is, no wider than a phone's picture."""
    high, wide = street.shape[:2]
    part = min(wide, round(UPRIGHT * high))
    left = int(dice.integers(0, wide - part + 1))
    return street[:, left : left + part]


def _copy(path: Path, images: Path, target: Path) -> None:
    place = target / "images" / path.relative_to(images)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, place)


def _unused(items: Path, images: Path, used: set[Path]) -> Sequence[Path]:
    """Views that the protocol leaves out, so that the copy is complete."""
    every = {images / row["file"] for item in json.loads(items.read_text()).values() for row in item["images"]}
    return sorted(every - used)
