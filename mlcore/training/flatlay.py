"""Turn a folder of garments photographed at home into a COCO folder: the box comes from the foreground."""

from __future__ import annotations

import csv
import shutil
from dataclasses import dataclass
from pathlib import Path

from mlcore.training import coco
from mlcore.training.foreground import find_foreground
from mlcore.types import WHOLE_PICTURE, Box, Category, Pixels

SMALLEST_SHARE = 0.16
"""A smaller foreground is not the garment: of 2,263 home photographs the two below were a print and a half shirt."""


@dataclass(frozen=True, slots=True)
class Report:
    pictures: int
    whole: int
    """Pictures whose foreground could not be trusted: their box is the whole picture."""


def prepare(source: Path, target: Path) -> Report:
    """Read `source/labels.csv` (file, category, sender_id) and `source/images`, write `target` in the COCO format.

    Pictures of one sender share a `group`, so that validation never sees a sender, floor or hanger of the training.
    """
    (target / "images").mkdir(parents=True, exist_ok=True)
    with (source / "labels.csv").open(newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["file"])
    pictures, whole = [], 0
    for row in rows:
        path = source / "images" / row["file"]
        pixels = coco.pixels(path)
        box = garment_box(pixels)
        whole += box == WHOLE_PICTURE
        height, width = pixels.shape[:2]
        garment = coco.Garment(
            Category(row["category"]), box.x * width, box.y * height, box.width * width, box.height * height
        )
        copy = target / "images" / row["file"]
        shutil.copyfile(path, copy)
        pictures.append(coco.Picture(copy, width, height, (garment,), group=f"sender {row['sender_id']}"))
    coco.write(target, pictures)
    return Report(pictures=len(pictures), whole=whole)


def garment_box(pixels: Pixels) -> Box:
    """Bounds of the garment; the whole picture where the foreground is too small to be one."""
    found = find_foreground(pixels)
    return found.box if found and found.box.area >= SMALLEST_SHARE else WHOLE_PICTURE
