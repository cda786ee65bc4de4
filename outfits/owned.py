"""A user's own item, as outfits of it are reckoned with. Pure: `closet.py` reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from mlcore.types import Category, Colour

BOTTOMS: Final = frozenset({Category.TROUSERS, Category.SKIRTS})
WHOLES: Final = frozenset({Category.DRESSES, Category.ROMPERS})
"""Worn in place of a top and a bottom."""

SURE: Final = 0.6  # a label below it is not relied on, as in wardrobe/naming.py


@dataclass(frozen=True, slots=True)
class OwnItem:
    """Something that hangs in a wardrobe.

    `colours`: one or two, what people would call its colours, by its cover; none without a photograph. `labels`: those
    of the cover, {name: {value, confidence}}. `seasons`, `tags`: as its owner says; none: nothing is said.
    `since`: the day it was bought, or became an item.
    """

    id: UUID
    category: Category
    name: str = ""
    colours: tuple[Colour, ...] = ()
    labels: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    seasons: frozenset[str] = frozenset()
    tags: tuple[str, ...] = ()
    favourite: bool = False
    wears: int = 0
    last_worn_on: date | None = None
    since: date | None = None
    price: Decimal | None = None
    currency: str = ""
    cost_per_wear: Decimal | None = None

    @property
    def kind(self) -> tuple[str, str] | None:
        """Category and name of the main colour: what photographs are counted by. None: the colour is not known."""
        return (self.category.value, self.colours[0].name) if self.colours else None

    @property
    def patterned(self) -> bool:
        """Surely anything but plain."""
        pattern = self.labels.get("pattern")
        return pattern is not None and pattern["value"] != "solid" and pattern["confidence"] >= SURE
