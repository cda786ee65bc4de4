"""What owners have put right, as a folder of labelled examples that `python -m mlcore train` reads."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.utils.crypto import salted_hmac

import mlcore.images
from images import selectors
from images.models import Garment, Image
from mlcore.labels import LABELS, applies
from mlcore.training import coco
from mlcore.types import Category, Pixels

QUALITY = 92  # of the JPEGs: they are looked at once more, by a trainer
NONE = "na"  # in labels.csv: the garment has no such label
COLUMNS = ("file", "category", "x", "y", "w", "h", *LABELS)
AT_ONCE = 500  # pictures whose rows are read together


@dataclass(slots=True)
class Done:
    """What was written. `gone`: pictures whose files cannot be read."""

    pictures: int = 0
    garments: int = 0
    ignored: int = 0
    labelled: int = 0
    gone: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)


def export(folder: Path, *, since: datetime | None, believe: float | None) -> Done:
    """`images/`, `train.json` and, if a label was said, `labels.csv`. Raises OSError if the folder cannot be written.

    `since`: pictures that were corrected then or later. `believe`: the score from which on garments that nobody touched
    are taken for right; without it they count neither way.
    """
    (folder / "images").mkdir(parents=True, exist_ok=True)
    done = Done()
    coco.write(folder, _pictures(folder, done, since, believe))
    if done.rows:
        with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(done.rows)
    return done


def _pictures(folder: Path, done: Done, since: datetime | None, believe: float | None) -> Iterator[coco.Picture]:
    for image in selectors.corrected(since=since).iterator(chunk_size=AT_ONCE):
        pixels = _pixels(image)
        if pixels is None:
            done.gone += 1
            continue
        path = folder / "images" / f"{image.pk}.jpg"
        path.write_bytes(mlcore.images.encode_jpeg(pixels, long_side=mlcore.images.WORKING_SIDE, quality=QUALITY))
        height, width = pixels.shape[:2]
        garments = []
        for garment in image.garments.all():
            boxed = _boxed(garment, width, height, ignore=not _teaches(garment, believe))
            garments.append(boxed)
            if boxed.ignore:
                done.ignored += 1
                continue
            done.garments += 1
            if labels := _labels_said(garment):
                done.labelled += 1
                done.rows.append(_row(path.name, boxed, labels))
        done.pictures += 1
        yield coco.Picture(path, width, height, tuple(garments), _group(image))


def _pixels(image: Image) -> Pixels | None:
    """Upright, as the models see them. None: the file is gone, or is no picture any more."""
    try:
        with default_storage.open(image.file_name) as file:
            return mlcore.images.decode(file)
    except (OSError, mlcore.images.Unreadable, mlcore.images.TooLarge, mlcore.images.TooSmall):
        return None


def _teaches(garment: Garment, believe: float | None) -> bool:
    """Who corrects one thing has the others before their eyes; what nobody has named yet has no category to teach."""
    if garment.corrected:
        return "category" in garment.corrected or garment.due_at is None
    return believe is not None and garment.score >= believe


def _boxed(garment: Garment, width: int, height: int, *, ignore: bool) -> coco.Garment:
    box = garment.box
    return coco.Garment(
        Category(garment.category),
        round(box.x * width, 1),
        round(box.y * height, 1),
        round(box.width * width, 1),
        round(box.height * height, 1),
        ignore=ignore,
    )


def _labels_said(garment: Garment) -> dict[str, str]:
    """Only what the owner said of them: the others are the models' own guesses."""
    category = Category(garment.category)
    said = [name for name in LABELS if name in garment.corrected and applies(name, category)]
    return {name: garment.labels[name]["value"] if name in garment.labels else NONE for name in said}


def _row(file: str, boxed: coco.Garment, labels: dict[str, str]) -> dict[str, Any]:
    place = {"x": boxed.left, "y": boxed.top, "w": boxed.width, "h": boxed.height}
    return {"file": file, "category": str(boxed.category), **place, **{name: labels.get(name, "") for name in LABELS}}


def _group(image: Image) -> str:
    """Of the owner, and the same in each export; it does not say who it is."""
    return salted_hmac("images.examples", str(image.owner_id), algorithm="sha256").hexdigest()[:16]
