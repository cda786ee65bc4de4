"""Top-k from the index, decided and filled in by SQL."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

import catalog.selectors
import images.selectors
from images.index import vector_index
from mlcore.index.base import MAX_LIMIT, CollectionName, Hit
from mlcore.types import Category, Vector
from search.postprocess import Candidate, candidates, one_each


class Target(StrEnum):
    """What is searched for."""

    PRODUCTS = "products"
    PHOTOS = "photos"


def nearest(
    target: Target, vector: Vector, *, model_version: str, categories: Collection[Category], limit: int
) -> list[Candidate]:
    """The `limit` most similar products or photographs that may be shown, each once. Raises IndexAway.

    More is fetched than asked, for hidden and double ones; if that was too little, once more and wider. Three SQL
    queries a round, whatever the limit.
    """
    collection = vector_index().at(model_version)
    fetch = limit + 20
    while True:
        hits = collection.search(
            CollectionName(target.value), vector, categories=categories, limit=min(fetch, MAX_LIMIT)
        )
        found = one_each(_hydrated(target, hits))
        if len(found) >= limit or len(hits) < fetch or fetch >= MAX_LIMIT:
            return found[:limit]
        fetch *= 5


def _hydrated(target: Target, hits: list[Hit]) -> list[Candidate]:
    garments = images.selectors.public_garments([hit.garment_id for hit in hits])
    image_ids = {garment.image_id for garment in garments.values()}
    if target is Target.PRODUCTS:
        return candidates(hits, garments, catalog.selectors.products_by_image(image_ids))
    return candidates(hits, garments, catalog.selectors.photos_by_image(image_ids))
