"""The labelled sets that evaluations read. What is wrong with a file is said in one line, with its name."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Mapping
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
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:  # ValueError: not UTF-8, not JSON, a number of 5,000 digits
        raise BadFile(f"{path}: {_line(error)}") from error


def read_csv(path: Path, columns: Iterable[str]) -> list[dict[str, str]]:
    """The rows of a CSV with a heading. Raises BadFile, also where a column is missing or there is no row."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
            missing = set(columns) - set(reader.fieldnames or ())
    except (OSError, ValueError, csv.Error) as error:
        raise BadFile(f"{path}: {_line(error)}") from error
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
    except (OSError, ValueError) as error:  # ValueError: images.Unreadable and its like; a file name with a NUL
        raise BadFile(f"{path}: {_line(error)}") from error


def picture_path(folder: Path, file: object, source: Path) -> Path:
    """Where a file that `source` names lies below `folder`. Raises BadFile for a name that leads out of it."""
    if not isinstance(file, str) or not file.isprintable():
        raise BadFile(f"{source}: not a file name: {file!r}")
    path = Path(file)
    if path.is_absolute() or ".." in path.parts:
        raise BadFile(f"{source}: {file} leads out of {folder}")
    return folder / path


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())


def pictures_below(folder: Path) -> list[Path]:
    """Every picture in a folder and the folders in it, by name. Raises BadFile where there is none."""
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES and path.is_file())
    if not found:
        raise BadFile(f"{folder}: no picture in it")
    return found


def box_of(row: Mapping[str, str], picture: Pixels, source: Path) -> Box | None:
    """`x`, `y`, `w`, `h` in pixels of the picture, as a relative box; None: all empty, the whole picture.

    Raises BadFile for anything but a box that shows some of the picture.
    """
    sides = [row[name] for name in ("x", "y", "w", "h")]
    if not any(sides):
        return None
    height, width = picture.shape[:2]
    try:
        x, y, w, h = (float(side) for side in sides)
    except ValueError as error:
        raise BadFile(f"{source}: {row['file']}: not a box: {sides}") from error
    if (
        not all(map(math.isfinite, (x, y, w, h)))
        or w <= 0
        or h <= 0
        or x >= width
        or y >= height
        or min(x + w, y + h) <= 0
    ):
        raise BadFile(f"{source}: {row['file']}: not a box within {width} × {height}: {sides}")
    left, top, right, bottom = max(0.0, x), max(0.0, y), min(width, x + w), min(height, y + h)
    return Box(left / width, top / height, (right - left) / width, (bottom - top) / height)
