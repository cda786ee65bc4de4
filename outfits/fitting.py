"""What of one's own could be worn for a part of an outfit: of its category, in its colour, as like it as may be.

A garment on a hanger at home and the same on somebody in the street look less alike to the embedder than two coats in
one street do, so no cosine says "this is such a coat". Category and colour do; of those, the most alike is best.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from accounts.models import User
from images.models import Descriptor
from mlcore.palette import delta_e, lookup
from mlcore.types import Category, Vector

ALMOST: Final = 10.0  # ΔE00: black and the darkest navy are 11 apart
SAME_NAME: Final = 20.0  # the same where both have one name: "blue" is wide
COLOUR_WEIGHT: Final = 0.01  # of a ΔE00 in the order; the ten between two blues count as .1 of a cosine
NO_COLOUR: Final = (np.nan, np.nan, np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """A part of an outfit. `colours`: as stored, the main one first."""

    category: Category
    vector: Vector
    colours: Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Fit:
    """An own item for a part, by the picture of it that is most alike. `colour_delta_e`: None where one has no colour.

    `fits`: whether it can be worn for the part; else it is the nearest there is.
    """

    item: UUID
    garment: UUID
    similarity: float
    colour_delta_e: float | None
    fits: bool


def best_fits(owner: User, wanted: Sequence[Wanted], *, model_version: str, most: int) -> list[list[Fit]]:
    """For each part up to `most` items of the owner's, the best first; one query. What is archived is left out."""
    rows = list(
        Descriptor.objects.filter(
            garment__item_picture__item__owner=owner,
            garment__item_picture__item__archived_at__isnull=True,
            garment__item_picture__item__category__in={part.category.value for part in wanted},
            garment__due_at__isnull=True,
            model_version=model_version,
        )
        .order_by("garment_id")
        .values_list(
            "data",
            "garment__uid",
            "garment__colours",
            "garment__item_picture__item",
            "garment__item_picture__item__category",
        )
    )
    if not rows or not wanted:
        return [[] for _ in wanted]
    cosines = np.array([part.vector for part in wanted]) @ Descriptor.unpack([data for data, *_ in rows]).T
    apart = delta_e(
        _labs([part.colours for part in wanted])[:, None], _labs([colours for _, _, colours, *_ in rows])[None]
    )
    categories = np.array([category for *_, category in rows])
    names = np.array([_name(colours) for _, _, colours, *_ in rows])
    found = []
    for part, similar, differ in zip(wanted, cosines, apart, strict=True):
        near = (differ <= ALMOST) | ((differ <= SAME_NAME) & (names == _name(part.colours)))
        fits: dict[UUID, Fit] = {}
        worth = similar - COLOUR_WEIGHT * np.nan_to_num(differ, nan=100.0)
        # What can be worn comes before what cannot, however alike.
        order = np.lexsort((-worth, ~near))
        for place in order[categories[order] == part.category.value].tolist():
            _, garment, _, item, _ = rows[place]
            colour = None if np.isnan(differ[place]) else round(float(differ[place]), 2)
            fits.setdefault(item, Fit(item, garment, round(float(similar[place]), 4), colour, bool(near[place])))
            if len(fits) == most:
                break
        found.append(list(fits.values()))
    return found


def vectors_of(garment_ids: Collection[int]) -> dict[int, Vector]:
    """Of garments that are described. One query."""
    return {row.garment_id: row.vector for row in Descriptor.objects.filter(garment__in=set(garment_ids))}


def _name(colours: Sequence[dict[str, Any]]) -> str:
    return str(colours[0]["name"]) if colours else ""


def _labs(of_garments: Sequence[Sequence[dict[str, Any]]]) -> NDArray[np.float64]:
    """CIELAB (n, 3) of the main colours."""
    labs = [tuple(lookup(colours[0]["hex"])) if colours else NO_COLOUR for colours in of_garments]
    return np.array(labs, np.float64).reshape(len(labs), 3)
