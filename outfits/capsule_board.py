"""The board on which a capsule is chosen: which items make outfits, for which occasions, and what a choice is worth."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from outfits.harmony import GOES
from outfits.pairing import Pairs

ALONE: Final = 0
"""The layer of an outfit without outerwear; the n-th outerwear is layer n + 1."""

Choice = frozenset[int]
"""Places of items, in the order in which they were given."""
Counts = NDArray[np.int64]


class Value(NamedTuple):
    """What a choice is worth: the first that differs decides. Everything up to `fresh` ends where it is enough."""

    occasions: int
    """For which there is an outfit."""
    meant: int
    """For which there is one with an item that is tagged for it, of those for which the wardrobe has such an outfit."""
    days: int
    """With an outfit that no other day has."""
    fresh: int
    """Items next to the skin (tops, dresses, rompers) that are part of an outfit."""
    outfits: int
    liking: int

    @property
    def level(self) -> tuple[int, int, int, int]:
        return self.occasions, self.meant, self.days, self.fresh


@dataclass(frozen=True, slots=True)
class Demand:
    """Days to dress for, and how many items next to the skin they take. `covered`: an outfit needs outerwear."""

    days: int
    fresh: int
    covered: bool = False


class _Part(NamedTuple):
    """The items of one choice, by their places in the tables. `layers`: of the tables' last axis."""

    tops: list[int]
    bottoms: list[int]
    wholes: list[int]
    layers: list[int]


class Board:
    """`fits`, `tagged` (occasions, items): whether an item may be worn to an occasion, and is meant for it. `liking`:
    of each item, less than there are items.

    A goal is an outfit for an occasion: first those with an item that is tagged for it, of the occasions for which
    there is one, then those that just fit, of each occasion.
    """

    def __init__(
        self,
        pairs: Pairs,
        fits: NDArray[np.bool_],
        tagged: NDArray[np.bool_],
        liking: Sequence[int],
        demand: Demand,
    ) -> None:
        self.pairs, self.fits, self.tagged, self.demand = pairs, fits, tagged, demand
        self.liking = np.asarray(liking, np.int64)
        self.size = len(pairs.items)
        self._places = (pairs.tops, pairs.bottoms, pairs.wholes, pairs.outers)
        self._at = {int(n): (slot, place) for slot, of in enumerate(self._places) for place, n in enumerate(of)}
        occasion = fits if len(fits) else np.ones((1, self.size), bool)
        top, bottom, whole, outer = (occasion[:, of] for of in self._places)
        layer = np.concatenate([np.ones((len(occasion), 1), bool), outer], axis=1)
        shape = len(pairs.tops), len(pairs.bottoms), 1 + len(pairs.outers)
        self.dressed = np.zeros(shape, bool)
        """(tops, bottoms, layers): what makes an outfit that may be worn to one of the occasions at least."""
        self.whole = np.zeros((len(pairs.wholes), shape[2]), bool)
        """(wholes, layers)."""
        for t, b, w, over in zip(top, bottom, whole, layer, strict=True):
            self.dressed |= t[:, None, None] & b[None, :, None] & over
            self.whole |= w[:, None] & over
        self.dressed &= (pairs.tops_bottoms >= GOES)[:, :, None]
        self.dressed[:, :, 1:] &= (pairs.tops_outers >= GOES)[:, None] & (pairs.bottoms_outers >= GOES)[None]
        self.whole[:, 1:] &= pairs.wholes_outers >= GOES
        if demand.covered:
            self.dressed[:, :, ALONE] = self.whole[:, ALONE] = False
        self.potential = self._potential()
        """Of each item: the outfits of all items that have it."""
        self._layers = np.concatenate([[-1], pairs.outers])
        """The item of each layer; -1, without one, is the last of `_fitting` and `_tagged`: it fits everything."""
        powers = 1 << np.arange(len(fits), dtype=np.int64)[:, None]
        self._fitting = np.append((fits * powers).sum(axis=0), powers.sum()).astype(np.int64)
        self._tagged = np.append((tagged * powers).sum(axis=0), 0).astype(np.int64)
        """Of each item the occasions that it fits, and is tagged for: bit n for the n-th."""
        self._wanted = self._occasions(self._part(range(self.size)))[1]
        self.meant = [n for n in range(len(fits)) if self._wanted >> n & 1]
        """Occasions for which there is an outfit with an item that is tagged for it: the first goals, in this order."""
        self._goals = [(fits[n], tagged[n]) for n in self.meant] + [(one, np.ones(self.size, bool)) for one in fits]
        self.goals = len(self._goals)
        self.enough = (len(fits), len(self.meant), demand.days, demand.fresh)
        """The level above which nothing is wanted."""

    def value(self, chosen: Choice) -> Value:
        part = self._part(chosen)
        dressed, whole = self._of(part)
        fresh = int(dressed.any(axis=(1, 2)).sum()) + int(whole.any(axis=1).sum())
        outfits = int(dressed.sum()) + int(whole.sum())
        fitting, meant = self._occasions(part)
        return Value(
            occasions=fitting.bit_count(),
            meant=(meant & self._wanted).bit_count(),
            days=min(outfits, self.demand.days),
            fresh=min(fresh, self.demand.fresh),
            outfits=outfits,
            liking=int(self.liking[list(chosen)].sum()) if chosen else 0,
        )

    def counts(self, chosen: Choice) -> dict[int, int]:
        """Of each item of a choice, how many of its outfits have it."""
        part = self._part(chosen)
        dressed, whole = self._of(part)
        found = dict.fromkeys(chosen, 0)
        tops, bottoms, wholes, outers = self._places
        layers = [int(outers[layer - 1]) if layer else None for layer in part.layers]
        sums = (
            (tops[part.tops].tolist(), dressed.sum(axis=(1, 2))),
            (bottoms[part.bottoms].tolist(), dressed.sum(axis=(0, 2))),
            (wholes[part.wholes].tolist(), whole.sum(axis=1)),
            (layers, dressed.sum(axis=(0, 1)) + whole.sum(axis=0)),
        )
        for items, numbers in sums:
            found.update({n: int(number) for n, number in zip(items, numbers, strict=True) if n is not None})
        return found

    def outfits(self, chosen: Choice) -> Iterator[tuple[int, ...]]:
        """Every outfit of a choice, as places of its items."""
        part = self._part(chosen)
        tops, bottoms, wholes, outers = (of.tolist() for of in self._places)
        dressed, whole = self._of(part)
        for t, b, layer in np.argwhere(dressed).tolist():
            yield (tops[part.tops[t]], bottoms[part.bottoms[b]], *self._over(part.layers[layer], outers))
        for w, layer in np.argwhere(whole).tolist():
            yield (wholes[part.wholes[w]], *self._over(part.layers[layer], outers))

    def gains(self, chosen: Choice, goal: int | None = None) -> Counts:
        """(items,): how many outfits more each would make, of those for a goal or of all; 0 of the chosen."""
        if goal is None:
            found = self._gains(chosen)
        else:
            fits, needed = self._goals[goal]
            found = self._gains([n for n in chosen if fits[n]])
            found[~needed] -= self._gains([n for n in chosen if fits[n] and not needed[n]])[~needed]
            found[~fits] = 0
        found[list(chosen)] = 0
        return found

    def _gains(self, chosen: Collection[int]) -> Counts:
        part = self._part(chosen)
        found = np.zeros(self.size, np.int64)
        tops, bottoms, wholes, outers = self._places
        found[tops] = self.dressed[np.ix_(range(len(tops)), part.bottoms, part.layers)].sum(axis=(1, 2))
        found[bottoms] = self.dressed[np.ix_(part.tops, range(len(bottoms)), part.layers)].sum(axis=(0, 2))
        found[wholes] = self.whole[:, part.layers].sum(axis=1)
        over = self.dressed[np.ix_(part.tops, part.bottoms)].sum(axis=(0, 1)) + self.whole[part.wholes].sum(axis=0)
        found[outers] = over[1:]
        return found

    def core(
        self, chosen: Choice, room: int, goal: int | None = None, *, whole: bool | None = None, rank: int = 0
    ) -> Choice:
        """The items of a whole new outfit that the choice lacks: as few as possible, at most `room`, then those that
        have the greatest potential. Nothing: there is none.

        `whole`: only with a dress or romper, or only without. `rank`: 0 for the best such outfit, 1 for the next.
        """
        every = np.ones(self.size, bool)
        fits, needed = (every, every) if goal is None else self._goals[goal]
        wanted = np.append(needed, False)
        lacks = np.ones(self.size, np.int64)
        lacks[list(chosen)] = 0
        tops, bottoms, wholes, outers = self._places
        worth = self.potential * self.size + self.liking  # ties of potential are decided by what is liked
        layer_lacks = np.concatenate([[0], np.where(fits[outers], lacks[outers], 9)])
        layer_worth = np.concatenate([[0], worth[outers]])
        order = np.lexsort((-layer_worth, layer_lacks))  # the best layer first
        found: list[tuple[int, int, tuple[int, ...]]] = []
        for table, sides in ((self.dressed, (tops, bottoms)), (self.whole, (wholes,))):
            if not table.size or whole is (len(sides) == 2):
                continue
            if not needed.all():
                table = table & reduce(np.logical_or, [wanted[items] for items in np.ix_(*sides, self._layers)])
            best = order[table[..., order].argmax(axis=-1)]
            new = np.where(table.any(axis=-1), layer_lacks[best], 9)
            sum_of = layer_worth[best]
            for axis, of in enumerate(sides):
                shape = [-1 if n == axis else 1 for n in range(len(sides))]
                new = new + np.where(fits[of], lacks[of], 9).reshape(shape)
                sum_of = sum_of + worth[of].reshape(shape)
            usable = np.flatnonzero((new >= 1) & (new <= room))
            flat = usable[np.lexsort((-sum_of.ravel()[usable], new.ravel()[usable]))][: rank + 1]
            for place in flat.tolist():
                at = np.unravel_index(place, new.shape)
                items = [int(of[n]) for of, n in zip(sides, at, strict=True)]
                items += [int(outers[best[at] - 1])] if best[at] else []
                found.append((int(new[at]), -int(sum_of[at]), tuple(items)))
        found.sort()
        return frozenset(found[rank][2]) - chosen if len(found) > rank else frozenset()

    def score(self, one: int, other: int) -> float:
        """Of two items of different places."""
        (slot, row), (next_slot, column) = sorted((self._at[one], self._at[other]))
        tables = {(0, 1): "tops_bottoms", (0, 3): "tops_outers", (1, 3): "bottoms_outers", (2, 3): "wholes_outers"}
        return float(getattr(self.pairs, tables[slot, next_slot])[row, column])

    def makes(self, chosen: Choice, occasion: int) -> bool:
        """Whether it has an outfit for an occasion, tagged for it or not."""
        return bool(self._occasions(self._part(chosen))[0] >> occasion & 1)

    def unmet(self, chosen: Choice) -> list[int]:
        """The goals that it does not meet."""
        fitting, meant = self._occasions(self._part(chosen))
        without_tag = [goal for goal, n in enumerate(self.meant) if not meant >> n & 1]
        return without_tag + [len(self.meant) + n for n in range(len(self.fits)) if not fitting >> n & 1]

    def _occasions(self, part: _Part) -> tuple[int, int]:
        """The occasions for which there is an outfit, and one with an item tagged for it: bit n for the n-th."""
        if not len(self.fits):
            return 0, 0
        tops, bottoms, wholes = (of[at] for of, at in zip(self._places[:3], part[:3], strict=True))
        dressed, whole = self._of(part)
        over = self._layers[part.layers]
        fitting = meant = 0
        for table, mesh in ((dressed, np.ix_(tops, bottoms, over)), (whole, np.ix_(wholes, over))):
            fits = np.where(table, reduce(np.bitwise_and, [self._fitting[items] for items in mesh]), 0)
            tags = reduce(np.bitwise_or, [self._tagged[items] for items in mesh])
            fitting |= int(np.bitwise_or.reduce(fits, axis=None))
            meant |= int(np.bitwise_or.reduce(fits & tags, axis=None))
        return fitting, meant

    def _of(self, part: _Part) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        return (
            self.dressed[np.ix_(part.tops, part.bottoms, part.layers)],
            self.whole[np.ix_(part.wholes, part.layers)],
        )

    def _part(self, chosen: Collection[int]) -> _Part:
        by_slot: tuple[list[int], ...] = ([], [], [], [])
        for item in sorted(chosen):
            slot, place = self._at[item]
            by_slot[slot].append(place)
        tops, bottoms, wholes, outers = by_slot
        return _Part(tops, bottoms, wholes, [ALONE, *(n + 1 for n in outers)])

    def _potential(self) -> Counts:
        found = np.zeros(self.size, np.int64)
        tops, bottoms, wholes, outers = self._places
        found[tops] = self.dressed.sum(axis=(1, 2))
        found[bottoms] = self.dressed.sum(axis=(0, 2))
        found[wholes] = self.whole.sum(axis=1)
        found[outers] = (self.dressed.sum(axis=(0, 1)) + self.whole.sum(axis=0))[1:]
        return found

    @staticmethod
    def _over(layer: int, outers: Sequence[int]) -> tuple[int, ...]:
        return (outers[layer - 1],) if layer else ()
