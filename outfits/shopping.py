"""What shops have that is like a part of an outfit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from images.index import vector_index
from mlcore.index.base import CollectionName, Where
from outfits.fitting import Wanted

PRODUCTS: Final = 4  # shown for a part
SPARE: Final = 4  # looked for beyond them: further views, and what is hidden


def in_shops(wanted: Mapping[str, Wanted], *, model_version: str) -> dict[str, tuple[int, ...]]:
    """For each, by its key, garments of products in stock and of its main colour by name, the most alike first. SQL has
    to say later which of them may be shown. Raises IndexAway."""
    index = vector_index().at(model_version)
    found = {}
    for key, part in wanted.items():
        colour = (str(part.colours[0]["name"]),) if part.colours else ()
        hits = index.search(
            CollectionName.PRODUCTS,
            part.vector,
            categories=(part.category,),
            where=Where(colour=colour, in_stock=True),
            limit=PRODUCTS + SPARE,
        )
        found[key] = tuple(hit.garment_id for hit in hits)
    return found
