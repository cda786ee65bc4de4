"""Which of a user's own items make outfits, as tables of pairs: combinations are counted, never listed.

An outfit is a top with trousers or a skirt, or a dress or romper; each as it is, or with one outerwear over it. Every
two of it go together (harmony.py).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from mlcore.types import Category
from outfits.harmony import GOES, Basis, PairLift, Scores, said_by, scores
from outfits.owned import BOTTOMS, WHOLES, OwnItem

Places = NDArray[np.intp]
"""Of items, in the order given."""
Goes = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """The items by the place they have in an outfit, and how well those of different places go together.

    `tops_bottoms` (tops, bottoms), `tops_outers`, `bottoms_outers`, `wholes_outers`: scores 0..1.
    """

    items: tuple[OwnItem, ...]
    tops: Places
    bottoms: Places
    wholes: Places
    outers: Places
    tops_bottoms: Scores
    tops_outers: Scores
    bottoms_outers: Scores
    wholes_outers: Scores
    bases: frozenset[Basis]
    """What says of any two of them how well they go together."""

    def formulas(self) -> NDArray[np.int64]:
        """In how many outfits each item takes part. Products of tables: 2,000 items would make 10⁸ outfits."""
        # float64 counts exactly up to 2⁵³, and only floats are multiplied by BLAS.
        core, top, bottom, whole = (
            (table >= GOES).astype(np.float64)
            for table in (self.tops_bottoms, self.tops_outers, self.bottoms_outers, self.wholes_outers)
        )
        of_core = core * (1 + top @ bottom.T)
        found = np.zeros(len(self.items))
        found[self.tops] = of_core.sum(axis=1)
        found[self.bottoms] = of_core.sum(axis=0)
        found[self.wholes] = 1 + whole.sum(axis=1)
        found[self.outers] = (top * (core @ bottom)).sum(axis=0) + whole.sum(axis=0)
        return found.astype(np.int64)

    def total(self) -> int:
        """How many outfits the items make: each has one top or one whole."""
        found = self.formulas()
        return int(found[self.tops].sum() + found[self.wholes].sum())


def pairs(items: Sequence[OwnItem], lifts: PairLift) -> Pairs:
    own = tuple(items)
    tops, bottoms, wholes, outers = (
        np.array([place for place, item in enumerate(own) if item.category in categories], dtype=np.intp)
        for categories in ({Category.TOPS}, BOTTOMS, WHOLES, {Category.OUTERWEAR})
    )

    bases: set[Basis] = set()

    def between(one: Places, other: Places) -> Scores:
        of_one, of_other = [own[place] for place in one], [own[place] for place in other]
        bases.update(said_by(of_one, of_other, lifts))
        return scores(of_one, of_other, lifts)

    return Pairs(
        items=own,
        tops=tops,
        bottoms=bottoms,
        wholes=wholes,
        outers=outers,
        tops_bottoms=between(tops, bottoms),
        tops_outers=between(tops, outers),
        bottoms_outers=between(bottoms, outers),
        wholes_outers=between(wholes, outers),
        bases=frozenset(bases),
    )


def most_useful(found: Pairs, most: int, *, keep: Collection[UUID] = ()) -> list[OwnItem]:
    """The items that are looked at where all would be too many: those to `keep`, then half of them by place, so that
    no place is left without.

    Favourites first, then what takes part in most outfits, then by id. In the order given.
    """
    if len(found.items) <= most:
        return list(found.items)
    formulas = found.formulas()
    ranked = sorted(
        range(len(found.items)), key=lambda n: (not found.items[n].favourite, -formulas[n], found.items[n].id)
    )
    kept = {n for n in ranked if found.items[n].id in keep}
    for of_place in (found.tops, found.bottoms, found.wholes, found.outers):
        members = set(of_place.tolist())
        kept.update([n for n in ranked if n in members][: most // 8])
    kept.update([n for n in ranked if n not in kept][: max(0, most - len(kept))])
    return [item for n, item in enumerate(found.items) if n in kept]
