"""What a capsule is: what is asked for, what is answered, and why, in words and numbers that can be counted after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from mlcore.types import Category
from outfits.capsule_board import Board, Choice
from outfits.capsule_bounds import most_outfits
from outfits.capsule_days import Made, for_occasions, spread
from outfits.harmony import Basis, PairLift, pair
from outfits.owned import BOTTOMS, WHOLES, OwnItem

MOST_DAYS: Final = 60
MOST_ITEMS: Final = 60
MOST_OCCASIONS: Final = 10
WINTER: Final = "winter"


class Obstacle(StrEnum):
    """What stands in the way of what was asked for."""

    EMPTY_WARDROBE = "empty_wardrobe"
    NOTHING_FITS = "nothing_fits"
    NO_TOPS = "no_tops"
    NO_BOTTOMS = "no_bottoms"
    NOTHING_GOES_TOGETHER = "nothing_goes_together"
    NO_OUTERWEAR = "no_outerwear"
    OCCASION = "occasion"
    TOO_FEW_OUTFITS = "too_few_outfits"
    FEW_TOPS = "few_tops"
    MUST_HAVE = "must_have"


@dataclass(frozen=True, slots=True)
class Missing:
    obstacle: Obstacle
    says: str


@dataclass(frozen=True, slots=True)
class Asked:
    """`fill`: as many items as make new outfits, in place of as few as dress for every day. `most_items`: not less
    than the items in `must_have`."""

    days: int
    occasions: tuple[str, ...] = ()
    most_items: int = MOST_ITEMS
    season: str = ""
    must_have: frozenset[UUID] = frozenset()
    leave_out: frozenset[UUID] = frozenset()
    fill: bool = False


@dataclass(frozen=True, slots=True)
class Packed:
    """An item of a capsule. `goes_with`: others that some outfit of the capsule has together with it.
    `outfits`: those that have it, and are lost without it. `days`: on which it is planned, from 1."""

    item: OwnItem
    must_have: bool
    goes_with: int
    outfits: int
    days: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Day:
    """`number`: from 1. `score`: the mean of its pairs', 1 of a dress alone. `basis`: what says that they go together.
    `why`: the reasons of its pairs. `again`: it is planned for an earlier day too."""

    number: int
    items: tuple[OwnItem, ...]
    score: float
    basis: frozenset[Basis]
    why: tuple[str, ...]
    occasions: tuple[str, ...]
    again: bool


@dataclass(frozen=True, slots=True)
class OccasionFigures:
    """`fitting`: items of the wardrobe that fit it, whether packed or not. `outfits`: of the capsule, that fit it;
    `tagged`: with an item that is tagged for it. `days`: with one of the latter, or of the former if there are none."""

    occasion: str
    fitting: int
    outfits: int
    tagged: int
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Capsule:
    """`outfits`: that the items make. `bound`: that no choice of as many items exceeds. `fewest`: it is proved that
    fewer items cannot dress somebody differently every day. `looked_at`, of `fitting` items: fewer where all would be
    too many."""

    items: tuple[Packed, ...]
    plan: tuple[Day, ...]
    occasions: tuple[OccasionFigures, ...]
    outfits: int
    bound: int
    fewest: bool
    looked_at: int
    fitting: int
    missing: tuple[Missing, ...]


class Answer:
    """What a choice means, in words and numbers that can be counted after."""

    def __init__(
        self,
        asked: Asked,
        occasions: Sequence[str],
        own: Sequence[OwnItem],
        candidates: Sequence[OwnItem],
        suited: NDArray[np.bool_],
        board: Board,
        chosen: Choice,
        must_have: Choice,
        lifts: PairLift,
    ) -> None:
        self.asked, self.occasions, self.own, self.candidates, self.suited = asked, occasions, own, candidates, suited
        self.board, self.chosen, self.must_have, self.lifts = board, chosen, must_have, lifts
        self.outfits = sorted(board.outfits(chosen))
        self.made = [self._made(places) for places in self.outfits]
        self.planned = spread(self.made, asked.days)
        self.worn: dict[int, list[int]] = {}
        for day, number in enumerate(self.planned, start=1):
            for place in self.outfits[number]:
                self.worn.setdefault(place, []).append(day)

    def capsule(self) -> Capsule:
        fresh = self.board.demand.fresh
        number = len(self.chosen)
        return Capsule(
            items=tuple(self._packed()),
            plan=tuple(self._plan()),
            occasions=self._occasions(),
            outfits=len(self.outfits),
            bound=max(most_outfits(self.board, number), 0),
            fewest=not self.asked.fill
            and number > 0
            and len(self.outfits) >= self.asked.days
            and most_outfits(self.board, number - 1, fresh=min(fresh, self.board.value(self.chosen).fresh))
            < self.asked.days,
            looked_at=len(self.board.pairs.items),
            fitting=len(self.candidates),
            missing=tuple(self._missing()),
        )

    def _made(self, places: tuple[int, ...]) -> Made:
        items = tuple(self.board.pairs.items[place] for place in places)
        fits = self.board.fits[:, list(places)].all(axis=1)
        scores = [self.board.score(one, other) for one, other in combinations(places, 2)]
        score = sum(scores) / len(scores) if scores else 1.0
        occasions = frozenset(np.flatnonzero(fits).tolist())
        tagged = frozenset(np.flatnonzero(self.board.tagged[:, list(places)].any(axis=1)).tolist())
        return Made(items, occasions, occasions & tagged, score)

    def _packed(self) -> list[Packed]:
        counts = self.board.counts(self.chosen)
        beside: dict[int, set[int]] = {place: set() for place in self.chosen}
        for places in self.outfits:
            for place in places:
                beside[place].update(places)
        found = []
        for place in sorted(self.chosen, key=lambda n: (-counts[n], n)):
            packed = Packed(
                item=self.board.pairs.items[place],
                must_have=place in self.must_have,
                goes_with=len(beside[place] - {place}),
                outfits=counts[place],
                days=tuple(self.worn.get(place, ())),
                reason="",
            )
            found.append(replace(packed, reason=self._reason(place, packed)))
        return found

    def _reason(self, place: int, packed: Packed) -> str:
        others, total = len(self.chosen) - 1, len(self.outfits)
        said = ["you asked for it"] if packed.must_have else []
        if not packed.outfits:
            without = f"makes no outfit with the other {others}" if others else "makes no outfit by itself"
            return "; ".join([*said, without])
        if packed.goes_with:
            said.append(f"goes with {packed.goes_with} of the other {others}")
        else:
            said.append("is an outfit by itself")
        said.append(f"without it {packed.outfits} of {total} {_plural(total, 'outfit')} {_are(packed.outfits)} lost")
        lost = sorted({*self.board.unmet(self.chosen - {place})} - {*self.board.unmet(self.chosen)})
        first = len(self.board.meant)  # the goals before it want a tag
        alone = [self.occasions[goal - first] for goal in lost if goal >= first]
        tagged = [self.occasions[self.board.meant[goal]] for goal in lost if goal < first]
        if alone and packed.outfits < total:
            said.append(f"no outfit would be left for {_listed(alone)}")
        if rest := [occasion for occasion in tagged if occasion not in alone]:
            said.append(f"no outfit that is tagged for it would be left for {_listed(rest)}")
        return "; ".join(said)

    def _plan(self) -> list[Day]:
        found, seen = [], set()
        for number, outfit in enumerate(self.planned, start=1):
            made = self.made[outfit]
            said = [pair(one, other, self.lifts) for one, other in combinations(made.items, 2)]
            day = Day(
                number=number,
                items=made.items,
                score=made.score,
                basis=frozenset(one.basis for one in said),
                why=tuple(dict.fromkeys(one.why for one in said)),
                occasions=tuple(self.occasions[n] for n in sorted(made.occasions)),
                again=outfit in seen,
            )
            found.append(day)
            seen.add(outfit)
        return found

    def _occasions(self) -> tuple[OccasionFigures, ...]:
        goals = for_occasions(self.made)
        return tuple(
            OccasionFigures(
                occasion=occasion,
                fitting=int(self.suited[n].sum()),
                outfits=sum(n in made.occasions for made in self.made),
                tagged=sum(n in made.meant for made in self.made),
                days=tuple(day for day, o in enumerate(self.planned, start=1) if n in goals[o]),
            )
            for n, occasion in enumerate(self.occasions)
        )

    def _missing(self) -> list[Missing]:
        if not self.own:
            return [Missing(Obstacle.EMPTY_WARDROBE, "there is nothing in the wardrobe to pack")]
        if not self.candidates:
            said = f"none of {len(self.own)} {_plural(len(self.own), 'item')} fits {self._circumstances()}"
            return [Missing(Obstacle.NOTHING_FITS, said)]
        return [*self._places(), *self._uncovered(), *self._shortfall(), *self._useless()]

    def _places(self) -> list[Missing]:
        number = {
            name: sum(item.category in of for item in self.candidates)
            for name, of in (("tops", {Category.TOPS}), ("bottoms", BOTTOMS), ("wholes", WHOLES))
        }
        found = []
        if self.asked.season == WINTER and not self.board.demand.covered:
            found.append(Missing(Obstacle.NO_OUTERWEAR, "no outerwear that goes over anything: planned without"))
        value = self.board.value(self.chosen)
        if value.occasions == len(self.occasions) and value.days == self.asked.days:
            return found  # what is lacking is not missed
        if not number["tops"] and number["bottoms"]:
            below = f"{number['bottoms']} {'trousers or skirts' if number['bottoms'] > 1 else 'piece for the legs'}"
            found.append(Missing(Obstacle.NO_TOPS, f"no tops: {below} cannot be worn without"))
        elif number["tops"] and not number["bottoms"]:
            above = f"{number['tops']} {_plural(number['tops'], 'top')}"
            found.append(Missing(Obstacle.NO_BOTTOMS, f"no trousers or skirts: {above} cannot be worn without"))
        elif not number["tops"] and not number["wholes"]:
            found.append(Missing(Obstacle.NO_TOPS, "no tops, dresses or rompers: a coat needs something under it"))
        elif number["tops"] and not number["wholes"] and not self.board.potential.any():
            said = f"no top (of {number['tops']}) goes with any trousers or skirts (of {number['bottoms']})"
            found.append(Missing(Obstacle.NOTHING_GOES_TOGETHER, said))
        return found

    def _uncovered(self) -> list[Missing]:
        found = []
        for number, occasion in enumerate(self.occasions):
            if self.board.makes(self.chosen, number):
                continue
            fitting = int(self.suited[number].sum())
            said = f"no outfit for {occasion}: {fitting} {_plural(fitting, 'item')} {_fit(fitting)} it"
            everything = frozenset(range(self.board.size))
            if self.board.makes(everything, number):
                said += f", but {self._at_most()} is too little for all that is asked"
            elif fitting:
                said += ", and they make none"
            found.append(Missing(Obstacle.OCCASION, said))
        return found

    def _shortfall(self) -> list[Missing]:
        days, outfits = self.asked.days, len(self.outfits)
        found = []
        if outfits < days:
            said = f"{outfits} different {_plural(outfits, 'outfit')} for {days} {_plural(days, 'day')}"
            everything = self.board.value(frozenset(range(self.board.size))).outfits
            if everything > outfits:
                said += f": {self._at_most()}, of {self.board.size} that make {everything}"
            found.append(Missing(Obstacle.TOO_FEW_OUTFITS, said))
        fresh = self.board.value(self.chosen).fresh
        if outfits and fresh < self.board.demand.fresh:
            few = f"{fresh} tops, dresses and rompers" if fresh > 1 else "one top, dress or romper"
            said = f"{few} for {days} days: one is worn on {self._longest()} of them"
            found.append(Missing(Obstacle.FEW_TOPS, said))
        return found

    def _longest(self) -> int:
        skin = {Category.TOPS, *WHOLES}
        return max(len(days) for place, days in self.worn.items() if self.board.pairs.items[place].category in skin)

    def _useless(self) -> list[Missing]:
        counts = self.board.counts(self.chosen)
        unused = [self.board.pairs.items[n] for n in sorted(self.must_have) if not counts[n]]
        said = "is packed as you asked, and is in none of the outfits"
        return [Missing(Obstacle.MUST_HAVE, f"{item.name or item.category} {said}") for item in unused]

    def _at_most(self) -> str:
        return f"{self.asked.most_items} {_plural(self.asked.most_items, 'item')} at most"

    def _circumstances(self) -> str:
        return " and ".join([*([self.asked.season] if self.asked.season else []), *self.occasions]) or "what is asked"


def _plural(number: int, word: str) -> str:
    return word if number == 1 else f"{word}s"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _fit(number: int) -> str:
    return "fits" if number == 1 else "fit"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
