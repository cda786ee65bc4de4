"""Pictures for the detector's training: the same drawings, seen every way that a photographer might."""

from __future__ import annotations

from catalog.drawn.chance import stream
from catalog.drawn.looks import draw_look
from catalog.drawn.products import draw_product
from catalog.drawn.types import Drawing
from mlcore.types import Category

TWO_FIGURES = 0.18
"""Share of the looks that show two people."""


def draw_varied(seed: int, *, size: tuple[int, int] | None = None) -> Drawing:
    """A product or a look, other in scale, place, side and crop for every seed.

    Seed modulo 12 decides: 0 to 5 the six categories as products, 6 to 11 looks. So any run of 12 seeds is balanced.
    """
    chance = stream(seed, "training")
    turn = seed % 12
    if turn < 6:
        size = size or chance.choice([(480, 640), (512, 512), (480, 480), (400, 600)])
        return draw_product(seed, category=list(Category)[turn], size=size, varied=chance.random() < 0.75)
    size = size or chance.choice([(480, 720), (480, 640), (512, 512), (640, 640)])
    figures = 2 if chance.random() < TWO_FIGURES else 1
    if figures == 2 and size[0] < size[1]:
        size = (size[1], size[1])
    return draw_look(seed, figures=figures, size=size, varied=chance.random() < 0.75)
