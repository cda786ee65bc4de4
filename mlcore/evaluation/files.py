"""The labelled sets that evaluations read. What is wrong with a file is said in one line, with its name."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mlcore import images
from mlcore.types import Box, Category, Pixels

FULL_SIZE = 1 << 16
"""A long side above that of any picture that is decoded: boxes are measured in the picture as it is stored."""
PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".heic"}


class BadFile(ValueError):
    """A file that an evaluation was given is not what it should be."""


def read_json(path: Path) -> Any:
    """Raises BadFile."""
    try:
        return json.loads(path.read_text())
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadFile(f"{path}: {error}") from error


def read_csv(path: Path, columns: Iterable[str]) -> list[dict[str, str]]:
    """The rows of a CSV with a heading. Raises BadFile, also where a column is missing or there is no row."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
            missing = set(columns) - set(reader.fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadFile(f"{path}: {error}") from error
    if missing:
        raise BadFile(f"{path}: no column {', '.join(sorted(missing))}")
    if not rows:
        raise BadFile(f"{path}: no row")
    if any(row[column] is None for row in rows for column in columns):
        raise BadFile(f"{path}: a row is cut short")
    return rows


def category_of(word: str, source: Path) -> Category:
    """Raises BadFile for anything but the six."""
    try:
        return Category(word)
    except ValueError as error:
        raise BadFile(f"{source}: no category {word!r}; there are {', '.join(Category)}") from error


def read_picture(path: Path, *, long_side: int = images.WORKING_SIDE) -> Pixels:
    """The upright picture as serving decodes it. Raises BadFile."""
    try:
        with path.open("rb") as file:
            return images.decode(file, long_side=long_side)
    except (OSError, images.Unreadable, images.TooLarge, images.TooSmall) as error:
        raise BadFile(f"{path}: {error}") from error


def pictures_below(folder: Path) -> list[Path]:
    """Every picture in a folder and the folders in it, by name. Raises BadFile where there is none."""
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)
    if not found:
        raise BadFile(f"{folder}: no picture in it")
    return found


def box_of(row: dict[str, str], picture: Pixels, source: Path) -> Box | None:
    """`x`, `y`, `w`, `h` in pixels of the picture, as a relative box; None: all empty, the whole picture."""
    sides = [row[name] for name in ("x", "y", "w", "h")]
    if not any(sides):
        return None
    height, width = picture.shape[:2]
    try:
        x, y, w, h = (float(side) for side in sides)
    except ValueError as error:
        raise BadFile(f"{source}: {row['file']}: not a box: {sides}") from error
    if w <= 0 or h <= 0:
        raise BadFile(f"{source}: {row['file']}: an empty box: {sides}")
    return Box(x / width, y / height, w / width, h / height)
