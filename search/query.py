"""What is searched: one garment with its vector, and where to look for it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from images.models import Garment
from mlcore.types import Category
from search.filters import AsInPicture, Filters, lab
from search.postprocess import Likeness

UNSURE = 0.20  # within it the first choice is right in 10 of 20 pictures and the second in 6: docs/performance.md
TWIN = 0.75  # what 18 % of the demo have with their nearest of another category; each embedder has its own scale
TWINS = 5  # how many of them are looked for

FILED_UNDER: Mapping[Category, frozenset[Category]] = MappingProxyType(
    {
        Category.TOPS: frozenset({Category.OUTERWEAR, Category.SKIRTS, Category.DRESSES, Category.ROMPERS}),
        Category.OUTERWEAR: frozenset({Category.TOPS, Category.DRESSES}),
        Category.TROUSERS: frozenset({Category.SKIRTS, Category.ROMPERS}),
        Category.SKIRTS: frozenset({Category.TOPS, Category.TROUSERS, Category.DRESSES}),
        Category.DRESSES: frozenset({Category.TOPS, Category.OUTERWEAR, Category.SKIRTS, Category.ROMPERS}),
        Category.ROMPERS: frozenset({Category.TOPS, Category.TROUSERS, Category.DRESSES}),
    }
)
"""What else a garment of each category may be filed under. Pairs that are left out are 8 of the detector's 126 mistakes
(docs/search.md); trousers that are as like a coat as a twin have its colour and nothing more."""


class Target(StrEnum):
    """What is searched for."""

    PRODUCTS = "products"
    PHOTOS = "photos"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted, whatever it is searched with."""

    target: Target = Target.PRODUCTS
    limit: int = 20
    category: Category | None = None
    filters: Filters = field(default_factory=Filters)
    as_in_picture: AsInPicture = field(default_factory=AsInPicture)
    asked: Mapping[str, Any] = field(default_factory=dict)
    """The filters as the client spelt them, for the history."""


def categories(garment: Garment, asked: Category | None) -> tuple[Category, ...]:
    """The partitions to search: the asked one; else the garment's own, and its runner-up when the two are close."""
    if asked is not None:
        return (asked,)
    own = Category(garment.category)
    if garment.runner_up and garment.score - garment.runner_up_score < UNSURE:
        return (own, Category(garment.runner_up))
    return (own,)


def elsewhere(searched: Collection[Category]) -> list[Category]:
    """The other categories in which a shop may have filed a garment of the searched ones."""
    other = set().union(*(FILED_UNDER[category] for category in searched))
    return [category for category in Category if category in other.difference(searched)]


def likeness(garment: Garment | None, filters: Filters) -> Likeness:
    """What results are compared with: the garment's labels (those asked for without one), and the colour."""
    if garment is None:
        labels = {name: values[0] for name, values in filters.labels.items() if len(values) == 1}
        return Likeness(labels, filters.colour.lab if filters.colour else None)
    own = lab(garment.colours[0]["hex"]) if garment.colours else None
    labels = {name: label["value"] for name, label in garment.labels.items()}
    return Likeness(labels, filters.colour.lab if filters.colour else own)
