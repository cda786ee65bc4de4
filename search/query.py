"""What is searched: one garment with its vector, and where to look for it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from images.models import Garment, Image
from mlcore.types import Box, Category, Vector
from search.filters import AsInPicture, Filters, lab
from search.postprocess import Likeness

UNSURE = 0.20  # within it the first choice is right in 10 of 20 pictures and the second in 6: docs/performance.md
TWIN = 0.75  # what 18 % of the demo have with their nearest of another category; each embedder has its own scale
TWINS = 5  # how many of them are looked for
SAME_GARMENT = 0.85  # IoU from which a drawn box means the garment that was found there


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


@dataclass(frozen=True, slots=True)
class Query:
    """A garment to search with. `garment` is unsaved if a person drew its box."""

    image: Image
    garments: Sequence[Garment]
    """All garments of the picture, the most prominent first."""
    garment: Garment
    vector: Vector
    model_version: str
    """Of the model that made the vector: it can be compared with vectors of the same model only."""


def categories(garment: Garment, asked: Category | None) -> tuple[Category, ...]:
    """The partitions to search: the asked one; else the garment's own, and its runner-up when the two are close."""
    if asked is not None:
        return (asked,)
    own = Category(garment.category)
    if garment.runner_up and garment.score - garment.runner_up_score < UNSURE:
        return (own, Category(garment.runner_up))
    return (own,)


def chosen(garments: Sequence[Garment], asked: Category | None) -> Garment:
    """The garment that a picture is searched with: the most prominent one of the asked category, else of all."""
    return next((g for g in garments if asked is not None and g.category == asked), garments[0])


def drawn_over(garments: Sequence[Garment], box: Box) -> Garment | None:
    """The stored garment that a drawn box frames."""
    best = max(garments, key=lambda g: g.box.intersection_over_union(box), default=None)
    return best if best is not None and best.box.intersection_over_union(box) >= SAME_GARMENT else None


def likeness(garment: Garment | None, filters: Filters) -> Likeness:
    """What results are compared with: the garment's labels (those asked for without one), and the colour."""
    if garment is None:
        labels = {name: values[0] for name, values in filters.labels.items() if len(values) == 1}
        return Likeness(labels, filters.colour.lab if filters.colour else None)
    own = lab(garment.colours[0]["hex"]) if garment.colours else None
    labels = {name: label["value"] for name, label in garment.labels.items()}
    return Likeness(labels, filters.colour.lab if filters.colour else own)
