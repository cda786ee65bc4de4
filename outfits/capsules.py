"""A capsule to pack: the fewest own items that dress somebody differently every day. Pure.

What counts, in this order: each occasion has an outfit, and one with an item that is tagged for it if the wardrobe has
such an outfit; each day has one that no other day has; enough items are worn next to the skin (one for FRESH_DAYS days,
counted up to LAUNDRY_DAYS: then one washes); few items; many outfits; liked items (favourites, then those that go into
most outfits). With `fill` many outfits come before few items.

An item fits an occasion if one of its tags names it, or if it has no tag that names any occasion: one of those asked
for or of OCCASIONS. An outfit fits it if all its items do, and counts if it fits one of those asked for. An item fits a
season if its owner says so, or has said nothing of seasons. In winter an outfit needs outerwear, if any makes one. What
must be packed counts as what fits the season.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from math import ceil
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from outfits.capsule_answer import WINTER, Answer, Asked, Capsule
from outfits.capsule_board import Board, Demand
from outfits.capsule_search import choose
from outfits.harmony import PairLift
from outfits.owned import OwnItem
from outfits.pairing import Pairs, most_useful, pairs

MOST_LOOKED_AT: Final = 300  # items: a table of 100³ outfits, which a choice reads in milliseconds
KEPT_FOR_AN_OCCASION: Final = 12  # of these, however many other items there are
FRESH_DAYS: Final = 3
LAUNDRY_DAYS: Final = 14
OCCASIONS: Final = frozenset(
    {
        "beach", "business", "casual", "cocktail", "date", "evening", "everyday", "festival", "formal", "gala", "gym",
        "hiking", "home", "interview", "lounge", "office", "outdoor", "party", "running", "school", "skiing", "sleep",
        "sport", "sports", "swimming", "theatre", "travel", "university", "wedding", "weekend", "work", "workout",
        "yoga",
    }
)  # fmt: skip
"""Tags that name an occasion, whether it is asked for or not: a tracksuit tagged "sport" does not fit "office"."""


def pack(own: Sequence[OwnItem], asked: Asked, lifts: PairLift) -> Capsule:
    """Choose from a user's items. The same question has the same answer, in whatever order the items come."""
    own = sorted((item for item in own if item.id not in asked.leave_out), key=lambda item: item.id)
    spelt = {_word(occasion): occasion for occasion in reversed(asked.occasions)}
    occasions = tuple(dict.fromkeys(map(_word, asked.occasions)))
    in_season = [item for item in own if item.id in asked.must_have or _in_season(item, asked.season)]
    suited = _fits(in_season, occasions)
    candidates = [
        item
        for item, fits in zip(in_season, suited.T, strict=True)
        if fits.any() or not occasions or item.id in asked.must_have
    ]
    all_pairs = pairs(candidates, lifts)
    looked_at = most_useful(all_pairs, MOST_LOOKED_AT, keep=_kept(all_pairs, asked.must_have, occasions))
    found = all_pairs if len(looked_at) == len(candidates) else pairs(looked_at, lifts)
    fresh = ceil(min(asked.days, LAUNDRY_DAYS) / FRESH_DAYS)
    fits, tagged, liking = _fits(looked_at, occasions), _tagged(looked_at, occasions), _liking(found)
    board = Board(found, fits, tagged, liking, Demand(asked.days, fresh, covered=asked.season == WINTER))
    if board.demand.covered and not board.potential.any():
        board = Board(found, fits, tagged, liking, Demand(asked.days, fresh))
    must_have = frozenset(n for n, item in enumerate(looked_at) if item.id in asked.must_have)
    chosen = choose(board, must_have=must_have, most=asked.most_items, fill=asked.fill)
    names = [spelt[occasion] for occasion in occasions]
    return Answer(asked, names, own, candidates, suited, board, chosen, must_have, lifts).capsule()


def _word(text: str) -> str:
    """As tags are compared: whatever their case and spaces."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _in_season(item: OwnItem, season: str) -> bool:
    return not season or not item.seasons or season in item.seasons


def _fits(items: Sequence[OwnItem], occasions: Sequence[str]) -> NDArray[np.bool_]:
    """(occasions, items)."""
    known = OCCASIONS | set(occasions)
    of = [{word for tag in item.tags if (word := _word(tag)) in known} for item in items]
    found = [[not tags or occasion in tags for tags in of] for occasion in occasions]
    return np.array(found, bool).reshape(len(occasions), len(items))


def _tagged(items: Sequence[OwnItem], occasions: Sequence[str]) -> NDArray[np.bool_]:
    """(occasions, items)."""
    of = [set(map(_word, item.tags)) for item in items]
    return np.array([[n in tags for tags in of] for n in occasions], bool).reshape(len(occasions), len(items))


def _kept(found: Pairs, must_have: Collection[UUID], occasions: Sequence[str]) -> set[UUID]:
    """What is looked at however many items there are: also the best of those that are tagged for an occasion."""
    formulas = found.formulas()
    kept = set(must_have)
    for tagged in _tagged(found.items, occasions):
        ranked = sorted(np.flatnonzero(tagged).tolist(), key=lambda n: (not found.items[n].favourite, -formulas[n], n))
        kept.update(found.items[n].id for n in ranked[:KEPT_FOR_AN_OCCASION])
    return kept


def _liking(found: Pairs) -> list[int]:
    """Favourites, then what goes into most outfits, each above all that come after it."""
    formulas = found.formulas()
    kinds = sorted({(item.favourite, int(n)) for item, n in zip(found.items, formulas, strict=True)})
    rank = {kind: place for place, kind in enumerate(kinds)}
    return [rank[item.favourite, int(n)] for item, n in zip(found.items, formulas, strict=True)]
