"""What goes with a garment: suggestions as they may be shown now, from the cache where they are kept.

What is kept is the same for everybody: which photographs show what. Whether a photograph may still be seen, and whether
what it shows is still what it was taken for, the database says each time. What somebody owns is never kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

import redis
from django.conf import settings
from django.core.cache import cache

import images.selectors
from images.models import Garment
from images.queries import Query
from mlcore.types import Category
from outfits.census import population
from outfits.fitting import Wanted, vectors_of
from outfits.formulas import LEAST_SUPPORT, wilson
from outfits.shopping import in_shops
from outfits.street import seen_with
from outfits.suggestions import Part, Suggestion, suggest


@dataclass(frozen=True, slots=True)
class Suggested:
    """`photographs`: those in which somebody wears such a garment. `products`: by `part_key`, the ids of garments in
    shops that are like the part, the most alike first."""

    photographs: tuple[UUID, ...]
    suggestions: tuple[Suggestion, ...]
    products: Mapping[str, tuple[int, ...]]
    garments: Mapping[int, Garment]
    """Those that stand for a part or are shown for it, with their pictures."""

    @property
    def reason(self) -> str | None:
        """Why there are no suggestions."""
        if self.suggestions:
            return None
        return "too_few_photographs" if self.photographs else "no_similar_photographs"


def suggest_outfits(*, query: Query) -> Suggested:
    """Raises IndexAway where nothing is kept of the garment."""
    key = _key(query)
    packed = _kept(key)
    if packed is None:
        seen = seen_with(query)
        found = suggest(seen, population().people, category=Category(query.garment.category))
        products = in_shops(_wanted(found), model_version=query.model_version)
        packed = _packed({person.photograph for person in seen}, found, products)
        _keep(key, packed)
    return _as_of_now(*_unpacked(packed))


def part_key(part: Part) -> str:
    return f"{part.category.value}:{part.colour}:{part.middle}"


def _as_of_now(
    photographs: Collection[UUID], found: Sequence[Suggestion], products: Mapping[str, tuple[int, ...]]
) -> Suggested:
    """Without what is gone, hidden, or corrected to be something else since; the figures are of what is left."""
    names = images.selectors.public_names({pk for one in found for _, worn in one.photographs for pk in worn})
    shown = images.selectors.public_image_ids(photographs)
    left = [_left(one, names, len(photographs), len(shown)) for one in found]
    suggestions = tuple(one for one in left if one.support >= LEAST_SUPPORT)
    standing = {pk for one in suggestions for part in one.parts for pk in (part.example, part.middle)}
    garments = images.selectors.public_garments(standing)
    there = tuple(one for one in suggestions if all(part.example in garments for part in one.parts))
    return Suggested(tuple(sorted(shown)), there, products, garments)


def _left(one: Suggestion, names: Mapping[int, tuple[str, str]], before: int, matched: int) -> Suggestion:
    """`names`: of the garments that may be seen, what they are by now."""
    photographs = tuple(
        (photo, worn)
        for photo, worn in one.photographs
        if all(names.get(pk) == part.name for pk, part in zip(worn, one.parts, strict=True))
    )
    if len(photographs) == one.support and before == matched:
        return one
    confidence = len(photographs) / max(1, matched)
    lift = None if one.lift is None else one.lift * confidence / one.confidence
    parts = tuple(
        part if part.example in names or not photographs else replace(part, example=photographs[0][1][place])
        for place, part in enumerate(one.parts)
    )
    return replace(
        one,
        parts=parts,
        photographs=photographs,
        confidence=confidence,
        confidence_low=wilson(len(photographs), matched)[0],
        lift=lift,
    )


def _wanted(suggestions: Sequence[Suggestion]) -> dict[str, Wanted]:
    """By `part_key`, what a part looks like in a shop."""
    parts = {part_key(part): part for one in suggestions for part in one.parts}
    vectors = vectors_of([part.middle for part in parts.values()])
    return {
        key: Wanted(part.category, vectors[part.middle], [{"name": part.colour}])
        for key, part in parts.items()
        if part.middle in vectors
    }


def _key(query: Query) -> str:
    """Of the garment as it is described now: corrected, it is another one."""
    garment = query.garment
    said = json.dumps([garment.category, garment.runner_up, garment.colours, query.model_version], sort_keys=True)
    return f"outfits:suggestions:{garment.pk}:{hashlib.sha256(said.encode()).hexdigest()[:16]}"


def _kept(key: str) -> dict[str, Any] | None:
    try:
        kept: dict[str, Any] | None = cache.get(key)
    except redis.RedisError:
        return None
    return kept


def _keep(key: str, packed: dict[str, Any]) -> None:
    try:
        cache.set(key, packed, timeout=settings.SUGGESTIONS_KEPT_S)
    except redis.RedisError:
        return  # they are made again


def _packed(
    photographs: Collection[UUID], found: Sequence[Suggestion], products: Mapping[str, tuple[int, ...]]
) -> dict[str, Any]:
    """As JSON."""
    return {
        "photographs": sorted(str(photo) for photo in photographs),
        "suggestions": [
            {**asdict(one), "photographs": [[str(photo), list(worn)] for photo, worn in one.photographs]}
            for one in found
        ],
        "products": {key: list(ids) for key, ids in products.items()},
    }


def _unpacked(
    packed: Mapping[str, Any],
) -> tuple[list[UUID], list[Suggestion], dict[str, tuple[int, ...]]]:
    suggestions = [
        Suggestion(
            **{
                **one,
                "parts": tuple(Part(**{**part, "category": Category(part["category"])}) for part in one["parts"]),
                "photographs": tuple((UUID(photo), tuple(worn)) for photo, worn in one["photographs"]),
            }
        )
        for one in packed["suggestions"]
    ]
    products = {key: tuple(ids) for key, ids in packed["products"].items()}
    return [UUID(photo) for photo in packed["photographs"]], suggestions, products
