"""Which photographs show garments like given ones, from the index; kept for a while, for the pages that follow."""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from images.index import model_version, vector_index
from images.models import Garment
from images.selectors import public
from mlcore.index.base import CollectionName, Hit, IndexAway
from mlcore.types import Category, Vector
from recommendations.pools import KEPT_S, from_cache, to_cache

logger = logging.getLogger(__name__)

AWAY_S: Final = 15  # so long the index is not asked again: each time it would be waited for
_AWAY_KEY: Final = "feed:index-away"


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """A garment to find the like of. `name` tells it from all others of the same model."""

    name: str
    category: Category
    vector: Vector


@dataclass(frozen=True, slots=True)
class Alike:
    """`photos`: the most alike first. `cut`: there are more than were looked for."""

    photos: Sequence[int] = ()
    cut: bool = False


def alike(wanted: Sequence[Wanted], *, depth: int) -> list[Alike]:
    """For each of them the photographs like it, of the `depth` (≤ 1,000) nearest garments.

    Each is kept for some minutes. For those that are not, one call of the index for each category, and one query. SQL
    has to say later which of them may be shown still. Nothing of these while the index is away.
    """
    keys = [_key(one, depth) for one in wanted]
    kept = from_cache([*keys, _AWAY_KEY]) if wanted else {}
    missing = [place for place, key in enumerate(keys) if key not in kept]
    if missing and _AWAY_KEY not in kept:
        try:
            hits = _nearest([wanted[place] for place in missing], depth)
        except IndexAway as error:
            logger.warning("a feed without the index: %s", error)
            to_cache({_AWAY_KEY: True}, AWAY_S)
        else:
            found = zip(missing, hits, _photographs(hits), strict=True)
            new = {keys[place]: asdict(Alike(photos, len(own) == depth)) for place, own, photos in found}
            to_cache(new, KEPT_S)
            kept |= new
    return [Alike(**kept[key]) if key in kept else Alike() for key in keys]


def _nearest(wanted: Sequence[Wanted], depth: int) -> list[list[Hit]]:
    """In their order. Raises IndexAway."""
    index = vector_index().at(model_version())
    places: dict[Category, list[int]] = defaultdict(list)
    for place, one in enumerate(wanted):
        places[one.category].append(place)
    found: list[list[Hit]] = [[] for _ in wanted]
    for category, own in places.items():
        vectors = [wanted[place].vector for place in own]
        hits = index.search_many(CollectionName.PHOTOS, vectors, categories=(category,), limit=depth)
        for place, of_one in zip(own, hits, strict=True):
            found[place] = of_one
    return found


def _photographs(hits: Sequence[Sequence[Hit]]) -> list[list[int]]:
    """Each once, in their order."""
    ids = {hit.garment_id for of_one in hits for hit in of_one}
    rows = Garment.objects.filter(public("image__"), pk__in=ids, image__photo__isnull=False).order_by()
    photo_of = dict(rows.values_list("pk", "image__photo"))
    return [
        list(dict.fromkeys(photo_of[hit.garment_id] for hit in of_one if hit.garment_id in photo_of)) for of_one in hits
    ]


def _key(one: Wanted, depth: int) -> str:
    asked = f"{model_version()} {depth} {one.category} {one.name}"
    return f"feed:alike:{hashlib.sha256(asked.encode()).hexdigest()[:32]}"
