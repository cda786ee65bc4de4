"""A contact sheet of formulas: each row a garment on somebody, and the photographs of what the first formula says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont, ImageOps

from mlcore.evaluation.files import read_picture
from mlcore.types import Box
from outfits.kinds import Worn

CELL: Final = (200, 290)
CAPTION: Final = 36
MARGIN: Final = 10
ASKED, PART = "#e4002b", "#3b6ea5"


@dataclass(frozen=True, slots=True)
class Row:
    """`shown`: photographs, each with the garments of the formula that it shows."""

    asked: Worn
    title: str
    figures: str
    shown: Sequence[tuple[UUID, Sequence[Worn]]]


def draw_sheet(rows: Sequence[Row], pictures: Mapping[UUID, Path], *, columns: int) -> Pillow.Image:
    """`pictures`: by photograph. Raises mlcore.evaluation.files.BadFile."""
    size = (MARGIN + (columns + 1) * (CELL[0] + MARGIN), MARGIN + len(rows) * (CELL[1] + CAPTION + MARGIN))
    sheet = Pillow.new("RGB", size, "#f4f2ee")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for number, row in enumerate(rows):
        top = MARGIN + number * (CELL[1] + CAPTION + MARGIN)
        cells = [(row.asked.photograph, [(row.asked.box, ASKED)])]
        cells += [(photo, [(garment.box, PART) for garment in worn]) for photo, worn in row.shown[:columns]]
        for place, (photo, boxes) in enumerate(cells):
            left = MARGIN + place * (CELL[0] + MARGIN)
            sheet.paste(_cell(pictures[photo], boxes), (left, top + CAPTION))
        pen.text(
            (MARGIN, top), f"with a {row.asked.colour} garment ({row.asked.category.value}): {row.title}", "black", font
        )
        pen.text((MARGIN, top + 16), row.figures, "#555555", font)
    return sheet


def _cell(path: Path, boxes: Sequence[tuple[Box, str]]) -> Pillow.Image:
    picture = Pillow.fromarray(read_picture(path))
    pen = ImageDraw.Draw(picture)
    for box, colour in boxes:
        x, y = box.x * picture.width, box.y * picture.height
        corners = (x, y, x + box.width * picture.width, y + box.height * picture.height)
        pen.rectangle(corners, outline=colour, width=max(3, picture.width // 90))
    return ImageOps.pad(picture, CELL, color="#f4f2ee")
