"""What a drawing is: its pixels, and the exact truth about every garment in it."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image as Pillow

from mlcore.types import Box, Category, Colour, Pixels


@dataclass(frozen=True, slots=True)
class DrawnGarment:
    """One garment as it can be seen in a drawing.

    `box` is tight around the visible pixels: what a later layer hides, and what lies outside the picture, is not in it.
    `colour_hex` is the dyed cloth before light and shadow, `colour_share` its part of the cloth, 0..1; `secondary` are
    the pattern's other inks. `labels` holds sleeve_length, garment_length, collar_style and pattern, "na" where the
    category has none. `person` numbers the figures of a picture from 0.
    """

    category: Category
    box: Box
    colour_name: str
    colour_hex: str
    colour_share: float
    secondary: tuple[Colour, ...]
    labels: dict[str, str]
    person: int = 0
    kind: str = ""
    """The shop's word for it, such as `trench coat`."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture, the garments in it from the figure outwards, and for a look the formula it was drawn from."""

    pixels: Pixels
    garments: tuple[DrawnGarment, ...]
    title: str
    formula: str = ""
    """The planted outfit, such as `camel coat + blue jeans + white tee`; empty for products and chance combinations."""
    brand: str = ""
    price: str = ""
    """Decimal digits, such as `49.95`; no currency."""
    sku: str = ""

    def png(self) -> bytes:
        return self._encoded("PNG")

    def jpeg(self, quality: int = 88) -> bytes:
        return self._encoded("JPEG", quality=quality)

    def _encoded(self, form: str, **options: int) -> bytes:
        file = io.BytesIO()
        Pillow.fromarray(self.pixels).save(file, form, **options)
        return file.getvalue()
