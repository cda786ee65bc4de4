"""One file per kind of garment: each turns a style, a body and a pose into cut pieces."""

from __future__ import annotations

from catalog.drawn.body import Body, Pose
from catalog.drawn.pieces import Cut
from catalog.drawn.silhouettes.dresses import cut_dress
from catalog.drawn.silhouettes.outerwear import cut_outerwear
from catalog.drawn.silhouettes.rompers import cut_romper
from catalog.drawn.silhouettes.skirts import cut_skirt
from catalog.drawn.silhouettes.tops import cut_top
from catalog.drawn.silhouettes.trousers import cut_trousers
from catalog.drawn.style import Style
from mlcore.types import Category

_CUTTERS = {
    Category.TOPS: cut_top,
    Category.OUTERWEAR: cut_outerwear,
    Category.TROUSERS: cut_trousers,
    Category.SKIRTS: cut_skirt,
    Category.DRESSES: cut_dress,
    Category.ROMPERS: cut_romper,
}


def cut(style: Style, body: Body, pose: Pose) -> Cut:
    return _CUTTERS[style.category](style, body, pose)
