"""Who wears a garment like this one: the photographs of the index, and the people in them."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

import images.selectors
from images.index import vector_index
from images.queries import Query
from mlcore.index.base import CollectionName, Hit
from mlcore.types import Category
from outfits.census import worn_in
from outfits.formulas import Seen
from outfits.kinds import Worn
from search.query import categories

MOST: Final = 300  # garments that are looked at: beyond some hundreds they are less and less like it
ALIKE: Final = MappingProxyType(
    {
        Category.TOPS: 0.27,
        Category.OUTERWEAR: 0.35,
        Category.TROUSERS: 0.33,
        Category.SKIRTS: 0.25,
        Category.DRESSES: 0.27,
        Category.ROMPERS: 0.34,
    }
)
"""The cosine from which on a garment counts as like the one asked with: one pair in five of its category is as alike.
Of the shipped embedder (docs/outfits.md, `manage.py evaluate_outfits` prints them): each has its own scale."""


def seen_with(query: Query) -> list[Seen]:
    """Who wears something like the garment, with what. Its own picture does not count. Raises IndexAway."""
    index = vector_index().at(query.model_version)
    wanted = categories(query.garment, None)
    hits = index.search(CollectionName.PHOTOS, query.vector, categories=wanted, limit=MOST)
    alike = {hit.garment_id: hit for hit in hits if hit.similarity >= ALIKE[hit.category]}
    shown = images.selectors.public_garments(list(alike))
    pictures = {garment.image_id for garment in shown.values()} - {query.image.pk}
    people = worn_in(sorted(pictures), model_version=query.model_version)
    return [seen for person in people if (seen := _seen(person, alike)) is not None]


def _seen(person: tuple[Worn, ...], alike: dict[int, Hit]) -> Seen | None:
    """By the person's most similar garment; None where they wear none that is alike."""
    wearing = [garment for garment in person if garment.garment in alike]
    if not wearing:
        return None
    best = max(wearing, key=lambda garment: (alike[garment.garment].similarity, -garment.garment))
    companions = tuple(garment for garment in person if garment is not best)
    return Seen(best.photograph, alike[best.garment].similarity, companions)
