"""What each item is good for: in how many outfits of one's own it takes part, beside how often it is worn. Pure.

The verdict goes by the days since an item was last worn or, before it is worn, since it came into the wardrobe:

- `keep`: worn within IDLE_DAYS; also what was worn within LONG_DAYS and is for some seasons only: its time will come;
- `unknown`: without a photograph, so that its colours are not known and its outfits say nothing; never worn and here
  for less than IDLE_DAYS, or LONG_DAYS if it is for some seasons only;
- `let_go`: not worn for LONG_DAYS, no favourite, and in few outfits: in none, or in less than FEW of those that the
  middle item of its place (tops, bottoms, dresses and rompers, outerwear) is in;
- `wear_more`: everything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from statistics import median
from typing import Final

from outfits.harmony import Basis, PairLift
from outfits.owned import OwnItem
from outfits.pairing import Pairs, pairs

IDLE_DAYS: Final = 90
LONG_DAYS: Final = 365
FEW: Final = 0.5
ALL_YEAR: Final = 4  # seasons


class Verdict(StrEnum):
    """What to do about an item."""

    LET_GO = "let_go"
    WEAR_MORE = "wear_more"
    KEEP = "keep"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Versatile:
    """`formulas`: outfits of own items that it is in. `middle`: of how many the middle item of its place is.
    `idle_days`: since it was worn, or came."""

    item: OwnItem
    formulas: int
    middle: float
    idle_days: int
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class Versatility:
    """`formulas`: all outfits of the items. `bases`: what says of any two of them how well they go together."""

    items: tuple[Versatile, ...]
    formulas: int
    bases: frozenset[Basis]


def versatility(own: Sequence[OwnItem], lifts: PairLift, *, today: date) -> Versatility:
    """The most versatile item first, then what was worn most, then by id."""
    found = pairs(own, lifts)
    formulas = found.formulas().tolist()
    middles = _middles(found, formulas)
    judged = [_judged(item, number, middle, today) for item, number, middle in zip(own, formulas, middles, strict=True)]
    judged.sort(key=lambda one: (-one.formulas, -one.item.wears, one.item.id))
    return Versatility(tuple(judged), found.total(), found.bases)


def _middles(found: Pairs, formulas: Sequence[int]) -> list[float]:
    """Of each item, in how many outfits the middle one of its place is."""
    middles = [0.0] * len(formulas)
    for places in (found.tops, found.bottoms, found.wholes, found.outers):
        of_place = places.tolist()
        middle = float(median([formulas[place] for place in of_place])) if of_place else 0.0
        for place in of_place:
            middles[place] = middle
    return middles


def _judged(item: OwnItem, formulas: int, middle: float, today: date) -> Versatile:
    last = item.last_worn_on or item.since or today
    idle = max((today - last).days, 0)
    few = not formulas or formulas < FEW * middle
    verdict, reason = _verdict(item, idle, few=few)
    outfits = "in no outfit" if not formulas else f"in {formulas} {'outfit' if formulas == 1 else 'outfits'}"
    if few and middle:
        outfits += f", half of what is worn in its place in {middle:g} or more"
    return Versatile(
        item=item,
        formulas=formulas,
        middle=middle,
        idle_days=idle,
        verdict=verdict,
        reason=f"{reason}; {outfits}",
    )


def _verdict(item: OwnItem, idle: int, *, few: bool) -> tuple[Verdict, str]:
    since = f"not worn for {idle} days" if item.wears else f"never worn in {idle} days"
    if item.wears and idle < IDLE_DAYS:
        return Verdict.KEEP, f"worn {_ago(idle)}"
    if not item.colours:
        return Verdict.UNKNOWN, f"{since}; it has no photograph"
    if idle < IDLE_DAYS:
        return Verdict.UNKNOWN, f"here {_for(idle)} only"
    if 0 < len(item.seasons) < ALL_YEAR and idle < LONG_DAYS:
        return Verdict.KEEP if item.wears else Verdict.UNKNOWN, f"{since}, but it is not for all seasons"
    if idle >= LONG_DAYS and few and not item.favourite:
        return Verdict.LET_GO, since
    return Verdict.WEAR_MORE, f"{since}, though a favourite" if item.favourite else since


def _ago(days: int) -> str:
    return "today" if days == 0 else "yesterday" if days == 1 else f"{days} days ago"


def _for(days: int) -> str:
    return "since today" if days == 0 else f"for {days} {'day' if days == 1 else 'days'}"
