"""A contact sheet of searches: each row a query with the garments found in it, and the best results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.core.files.storage import default_storage
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont, ImageOps

import mlcore.images
from images.models import Garment
from mlcore.types import Pixels
from search.services import Answer

CELL = (190, 250)
CAPTION = 34
MARGIN = 10
SEARCHED, FOUND = "#e4002b", "#3b6ea5"


@dataclass(frozen=True, slots=True)
class Row:
    """A query's pixels, and what came back; None: nothing was found in it."""

    pixels: Pixels
    title: str
    answer: Answer | None


def draw_sheet(rows: Sequence[Row], *, columns: int) -> Pillow.Image:
    """The query at the left, then the results, the best first, with similarity and title."""
    width = MARGIN + (columns + 1) * (CELL[0] + MARGIN) + MARGIN
    height = MARGIN + len(rows) * (CELL[1] + CAPTION + MARGIN)
    sheet = Pillow.new("RGB", (width, height), "#f4f2ee")
    for number, row in enumerate(rows):
        top = MARGIN + number * (CELL[1] + CAPTION + MARGIN)
        _put(sheet, _with_boxes(row), MARGIN, top, row.title, bold=True)
        results = row.answer.found[0].page.results[:columns] if row.answer else []
        for place, result in enumerate(results):
            candidate = result.candidate
            left = 2 * MARGIN + (place + 1) * (CELL[0] + MARGIN)
            picture = _stored(candidate.garment)
            _put(sheet, picture, left, top, f"{candidate.ranked.similarity:.2f}  {candidate.shown}")
    return sheet


def _with_boxes(row: Row) -> Pillow.Image:
    picture = Pillow.fromarray(row.pixels)
    if row.answer is None:
        return picture
    pen = ImageDraw.Draw(picture)
    line = max(2, picture.width // 120)
    searched = row.answer.found[0].garment
    for garment in sorted(row.answer.garments, key=lambda g: g == searched):
        colour = SEARCHED if garment == searched else FOUND
        pen.rectangle(_corners(garment, picture), outline=colour, width=line)
    return picture


def _corners(garment: Garment, picture: Pillow.Image) -> tuple[float, float, float, float]:
    box = garment.box
    left, top = box.x * picture.width, box.y * picture.height
    return left, top, left + box.width * picture.width, top + box.height * picture.height


def _stored(garment: Garment) -> Pillow.Image:
    with default_storage.open(garment.image.file_name) as file:
        return Pillow.fromarray(np.asarray(mlcore.images.decode(file, long_side=2 * CELL[1])))


def _put(sheet: Pillow.Image, picture: Pillow.Image, left: int, top: int, text: str, *, bold: bool = False) -> None:
    fitted = ImageOps.contain(picture, CELL)
    sheet.paste(fitted, (left + (CELL[0] - fitted.width) // 2, top + (CELL[1] - fitted.height) // 2))
    font = ImageFont.load_default(13)
    pen = ImageDraw.Draw(sheet)
    words, lines = text.split(" "), [""]
    for word in words:
        longer = f"{lines[-1]} {word}".strip()
        if pen.textlength(longer, font) <= CELL[0]:
            lines[-1] = longer
        else:
            lines.append(word)
    pen.text((left, top + CELL[1] + 2), "\n".join(lines[:2]), fill=SEARCHED if bold else "#222", font=font)
