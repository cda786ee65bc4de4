"""A series of pages of a feed, in the cache for a while by a name that nobody guesses.

It knows what it has shown, so that no page of it repeats another, and its answers, so that a page that is asked for
twice is the same one.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final
from uuid import UUID

import redis
from django.conf import settings
from django.core.cache import cache

from images.replies import NobodyAnswered
from recommendations.wording import Said
from search.pages import NoSuchPage

LONGEST: Final = 2_000  # photographs in one series
CURSOR: Final = re.compile(r"([0-9a-f]{32})\.([1-9][0-9]{0,3})")


@dataclass(frozen=True, slots=True)
class Row:
    """A photograph of a page. `parts`: what its score is the sum of. `seen_before`: it was shown of late, and there is
    nothing new."""

    photo: int
    score: float
    parts: Mapping[str, float]
    reasons: Sequence[Said]
    seen_before: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """`all_seen`: less that is new was left than a page holds. `next`: the cursor of the page after it, None at the
    end."""

    rows: Sequence[Row]
    next: str | None
    all_seen: bool


@dataclass(frozen=True, slots=True)
class Series:
    """Where a series stands before a page. `shown`: on the pages before. `answer`: what was answered already."""

    user: int
    name: str
    number: int = 1
    shown: tuple[int, ...] = ()
    answer: Answered | None = None

    @property
    def cursor(self) -> str:
        return f"{self.name}.{self.number}"

    @property
    def seed(self) -> int:
        return int(self.name, 16) % 2**32 + self.number


def begun(user_id: int) -> Series:
    return Series(user_id, uuid.uuid4().hex)


def taken(user_id: int, cursor: str) -> Series:
    """Raises NoSuchPage, also for another user's, and NobodyAnswered where the cache is away."""
    match = CURSOR.fullmatch(cursor)
    if match is None:
        raise NoSuchPage("not a cursor of a feed")
    try:
        kept = cache.get(_key(cursor))
    except redis.RedisError as error:
        raise NobodyAnswered("the cache is away") from error
    if kept is None or kept["user"] != user_id:
        raise NoSuchPage("this feed is not kept any more; begin anew, without a cursor")
    return Series(user_id, match[1], int(match[2]), tuple(kept["shown"]), _unpacked(kept["answer"]))


def kept(series: Series, rows: Sequence[Row], *, limit: int, all_seen: bool) -> Answered:
    """Keep what is answered to a page, and where the series stands after it; both are forgotten after a while.

    A first page is not kept: who asks for one begins a new series.
    """
    shown = (*series.shown, *(row.photo for row in rows))
    after = replace(series, number=series.number + 1, shown=shown)
    more = len(rows) == limit and len(shown) < LONGEST
    answer = Answered(rows, after.cursor if more else None, all_seen)
    values = {}
    if series.number > 1:
        values[_key(series.cursor)] = _packed(replace(series, answer=answer))
    if more:
        values[_key(after.cursor)] = _packed(after)
    try:
        cache.set_many(values, timeout=settings.RESULTS_KEPT_S)
    except redis.RedisError:
        return replace(answer, next=None)  # this page is worth more than the next
    return answer


def _packed(series: Series) -> dict[str, Any]:
    """As JSON."""
    answer = None if series.answer is None else asdict(series.answer)
    for row in answer["rows"] if answer else ():
        for reason in row["reasons"]:
            reason["item"] = str(reason["item"]) if reason["item"] else None
    return {"user": series.user, "shown": list(series.shown), "answer": answer}


def _unpacked(answer: dict[str, Any] | None) -> Answered | None:
    if answer is None:
        return None
    rows = [Row(**{**row, "reasons": [_reason(reason) for reason in row["reasons"]]}) for row in answer["rows"]]
    return Answered(rows, answer["next"], answer["all_seen"])


def _reason(kept: dict[str, Any]) -> Said:
    return Said(**{**kept, "item": UUID(kept["item"]) if kept["item"] else None})


def _key(cursor: str) -> str:
    return f"feed:{cursor}"
