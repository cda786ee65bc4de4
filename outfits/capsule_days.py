"""Which outfit of a capsule is worn on which day."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mlcore.types import Category
from outfits.owned import BOTTOMS, OwnItem

FINE: Final = 1_000  # steps of a score that tell two outfits apart
STEP: Final = 1 << 8  # more than there are days: what comes first counts for more than all that comes after it


@dataclass(frozen=True, slots=True)
class Made:
    """An outfit that a capsule makes. `occasions`: which of those asked for it fits, by number; `meant`: for which it
    has an item that is tagged. `score`: 0..1, of its pairs."""

    items: tuple[OwnItem, ...]
    occasions: frozenset[int]
    meant: frozenset[int]
    score: float


def for_occasions(outfits: Sequence[Made]) -> list[frozenset[int]]:
    """Of each outfit the occasions that it is for: those it is meant for, and those it fits that none is meant for."""
    meant = frozenset().union(*(one.meant for one in outfits))
    return [one.meant | (one.occasions - meant) for one in outfits]


def spread(outfits: Sequence[Made], days: int) -> list[int]:
    """Which outfit on each day: none twice while others are left, and each occasion as soon as an outfit is for it.

    Then what is next to the skin takes turns, then tops with their bottoms, then bottoms, and what was worn the day
    before rests; then the better score, and the order given. Empty without outfits. At most 60 days.
    """
    if not outfits:
        return []
    # Each part of an outfit by number, and how often it has been planned.
    parts = [
        _numbers(_skin(one).id for one in outfits),
        _numbers(tuple(item.id for item in one.items if item.category != Category.OUTERWEAR) for one in outfits),
        _numbers(next((item.id for item in one.items if item.category in BOTTOMS), _skin(one).id) for one in outfits),
    ]
    planned = [np.zeros(len(outfits), np.int64) for _ in parts]
    outers = _numbers(next((i.id for i in one.items if i.category == Category.OUTERWEAR), None) for one in outfits)
    covered = np.array([any(i.category == Category.OUTERWEAR for i in one.items) for one in outfits])
    goals = for_occasions(outfits)
    occasions = sorted(frozenset().union(*goals))
    fits = np.array([[n in goal for n in occasions] for goal in goals], np.int64).reshape(len(outfits), -1)
    waiting = np.ones(len(occasions), np.int64)
    by_score = np.argsort([-round(FINE * one.score) for one in outfits], kind="stable")
    rank = np.empty(len(outfits), np.int64)
    rank[by_score] = np.arange(len(outfits))
    times, found = np.zeros(len(outfits), np.int64), list[int]()
    for _ in range(days):
        # The most occasions that wait for a day, and of equally many the one that was asked for first.
        met = fits * waiting
        first_met = np.where(met.any(axis=1), met.argmax(axis=1) if len(occasions) else 0, len(occasions))
        key = (times * STEP + (len(occasions) - met.sum(axis=1))) * STEP + first_met
        for part, worn in zip(parts, planned, strict=True):
            key = key * STEP + worn[part]
        if found:
            before = found[-1]
            again = sum((part == part[before]).astype(np.int64) for part in (parts[0], parts[2]))
            again = again + (covered & covered[before] & (outers == outers[before]))
            key = key * STEP + again
        first = np.flatnonzero(key == key.min())
        best = int(first[rank[first].argmin()])
        for part, worn in zip(parts, planned, strict=True):
            worn[part[best]] += 1
        times[best] += 1
        waiting[fits[best] > 0] = 0
        found.append(best)
    return found


def _numbers(values: Iterable[Hashable]) -> NDArray[np.int64]:
    places: dict[Hashable, int] = {}
    return np.array([places.setdefault(value, len(places)) for value in values], np.int64)


def _skin(outfit: Made) -> OwnItem:
    """What is worn next to the skin: the top, dress or romper."""
    return next(item for item in outfit.items if item.category not in BOTTOMS | {Category.OUTERWEAR})
