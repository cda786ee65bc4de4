"""What a result must have beside likeness, and what is given up first when nothing has all of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final

import numpy as np

from images.models import Garment
from mlcore.index.base import ColourBox, Hit, Range, Where
from mlcore.palette import PROTOTYPES, delta_e, lab_of, lookup

JUST_SIMILAR: Final = 12.0  # ΔE00: docs/search.md shows how far one garment's colour lies apart in two photographs
DROPPED_FIRST: Final = ("collar_style", "garment_length", "sleeve_length", "pattern", "colour")
"""What is given up when nothing fits, in this order: what the models read worst, and what people miss least. Price,
stock, text and category are never given up."""
GRID: Final = 33  # steps a channel, over which a box around a colour is searched
SLACK: Final = 4.0  # CIELAB units that two neighbours of the grid may be apart

Lab = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour that is asked for: by its name, or within `tolerance` (ΔE00) of a value."""

    lab: Lab
    name: str = ""
    tolerance: float | None = None
    """None: garments that carry the name."""

    def fits(self, hit: Hit) -> bool:
        return self.tolerance is None or self.distance(hit.colours) <= self.tolerance

    def distance(self, colours: tuple[Lab, ...]) -> float:
        """ΔE00 to the nearest of a garment's colours; infinite if it has none."""
        return float(np.min(delta_e(self.lab, np.array(colours)))) if colours else float("inf")


@dataclass(frozen=True, slots=True)
class Filters:
    """All that are given must hold. A label's values are alternatives."""

    colour: Colour | None = None
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    price: Range | None = None
    in_stock: bool | None = None
    text: str = ""
    """Words of a product's title, brand or description; SQL finds them."""

    def where(self) -> Where:
        """The part that the index applies: all of it, but a box for a colour's ball and nothing for the text."""
        where = Where(price=self.price, in_stock=self.in_stock, **dict[str, Any](self.labels))
        if self.colour is None:
            return where
        if self.colour.tolerance is None:
            return replace(where, colour=(self.colour.name,))
        return replace(where, near=box_around(self.colour.lab, self.colour.tolerance))

    def fits(self, hit: Hit) -> bool:
        """The part that the index's box leaves open."""
        return self.colour is None or self.colour.fits(hit)

    def without(self, name: str) -> Filters:
        if name == "colour":
            return replace(self, colour=None)
        return replace(self, labels={label: values for label, values in self.labels.items() if label != name})

    def relaxed(self) -> Iterator[tuple[Filters, tuple[str, ...]]]:
        """(filters, what was given up): first all of them, then one less at a time."""
        filters = self
        dropped: tuple[str, ...] = ()
        yield filters, dropped
        for name in DROPPED_FIRST:
            fewer = filters.without(name)
            if fewer != filters:
                filters, dropped = fewer, (*dropped, name)
                yield filters, dropped


@dataclass(frozen=True, slots=True)
class AsInPicture:
    """Filters whose values are those of the garment that is searched with."""

    tolerance: float | None = None
    """ΔE00 around its main colour; None: its colour is no filter."""
    labels: tuple[str, ...] = ()

    def applied(self, filters: Filters, garment: Garment) -> tuple[Filters, tuple[str, ...]]:
        """(the filters with the garment's values, names of those that the garment has none for)."""
        unknown = [name for name in self.labels if name not in garment.labels]
        own = {name: (garment.labels[name]["value"],) for name in self.labels if name in garment.labels}
        filters = replace(filters, labels={**filters.labels, **own})
        if self.tolerance is not None:
            if garment.colours:
                filters = replace(filters, colour=Colour(lab(garment.colours[0]["hex"]), tolerance=self.tolerance))
            else:
                unknown.append("colour")
        return filters, tuple(unknown)


def colour(spelled: str, tolerance: float | None) -> Colour:
    """`#rrggbb`, or a name (then of garments that carry it, unless a tolerance is given). Raises ValueError."""
    value = lab(spelled)
    name = spelled.strip().lower()
    if name in PROTOTYPES:
        return Colour(value, name, tolerance)
    return Colour(value, tolerance=JUST_SIMILAR if tolerance is None else tolerance)


@lru_cache(maxsize=4096)  # a page of results asks for some sixty, most of which were asked for before
def lab(name_or_hex: str) -> Lab:
    """Raises ValueError for what is neither."""
    lightness, a, b = lookup(name_or_hex)
    return float(lightness), float(a), float(b)


@lru_cache(maxsize=256)
def box_around(centre: Lab, tolerance: float) -> ColourBox:
    """A box in CIELAB that holds every sRGB colour within `tolerance` of `centre`, and others."""
    gamut = _gamut()
    near = gamut[delta_e(centre, gamut) <= tolerance]
    points = np.vstack([near, np.array([centre], np.float32)])
    low, high = points.min(axis=0) - SLACK, points.max(axis=0) + SLACK
    return ColourBox(*(Range(float(a), float(b)) for a, b in zip(low, high, strict=True)))


@lru_cache(maxsize=1)
def _gamut() -> np.ndarray:
    """CIELAB float32 (GRID³, 3) of an even grid of sRGB."""
    steps = np.linspace(0, 255, GRID).round().astype(np.uint8)
    return lab_of(np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3))
