"""Result sets that are paged through: kept in the cache for a while, so that a later page belongs to the first."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import redis
from django.conf import settings
from django.core.cache import cache

from images.replies import NobodyAnswered
from search.postprocess import Likeness, Picture, Ranked, Shown
from search.query import Target

CURSOR: Final = re.compile(r"([0-9a-f]{32})\.([1-9][0-9]{0,3})")


class NoSuchPage(Exception):
    """No cursor of ours, or its result set was forgotten."""


@dataclass(frozen=True, slots=True)
class Rest:
    """What of a result set is still to be shown."""

    target: Target
    left: Sequence[Ranked]
    shown: Shown
    """By the pages before."""
    likeness: Likeness
    text: str
    limit: int


def keep(rest: Rest, *, after: str = "") -> str | None:
    """The cursor of the page after this one (`after`: this one's own), None where nothing is left.

    A page that is asked for twice leads to the same next one.
    """
    if not rest.left:
        return None
    name, number = _parts(after) if after else (uuid.uuid4().hex, 1)
    cursor = f"{name}.{number + 1}"
    try:
        cache.set(_key(cursor), _packed(rest), timeout=settings.RESULTS_KEPT_S)
    except redis.RedisError:
        return None  # the first page is worth more than the second
    return cursor


def take(cursor: str) -> Rest:
    """Raises NoSuchPage, and NobodyAnswered where the cache is away."""
    _parts(cursor)
    try:
        packed = cache.get(_key(cursor))
    except redis.RedisError as error:
        raise NobodyAnswered("the cache is away") from error
    if packed is None:
        raise NoSuchPage("these results are not kept any more; search again")
    return _unpacked(packed)


def _parts(cursor: str) -> tuple[str, int]:
    match = CURSOR.fullmatch(cursor)
    if match is None:
        raise NoSuchPage("not a cursor of a search")
    return match[1], int(match[2])


def _key(cursor: str) -> str:
    return f"search:{cursor}"


def _packed(rest: Rest) -> dict[str, Any]:
    """As JSON; nothing in it is private: garments of the catalogue, and labels and colour of the searched one."""
    return {
        "target": rest.target.value,
        "left": [[r.garment_id, r.similarity, r.score, r.rank_before] for r in rest.left],
        "things": sorted(rest.shown.things),
        "pictures": [asdict(picture) for picture in rest.shown.pictures],
        "labels": dict(rest.likeness.labels),
        "colour": rest.likeness.colour,
        "text": rest.text,
        "limit": rest.limit,
    }


def _unpacked(packed: dict[str, Any]) -> Rest:
    pictures = [
        Picture(p["fingerprint"], p["similarity"], tuple(p["colour"]) if p["colour"] else None)
        for p in packed["pictures"]
    ]
    return Rest(
        Target(packed["target"]),
        [Ranked(*row) for row in packed["left"]],
        Shown(set(packed["things"]), pictures),
        Likeness(packed["labels"], tuple(packed["colour"]) if packed["colour"] else None),
        packed["text"],
        packed["limit"],
    )
