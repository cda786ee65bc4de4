"""Which garments of a picture one person wears. Pure geometry of boxes.

A person's garments lie on one upright line: their boxes overlap from left to right, what is worn on the legs begins
below what is worn on the trunk, and nobody wears two of one category where both can be seen. Neighbours in a street
picture overlap as well, a little: so figures are joined from the surest pair on, and only where all their garments fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from mlcore.types import Box, Category

BESIDE: Final = 0.5
"""Of the narrower box, from which on two boxes are one above the other. Looked at: docs/outfits.md."""
APART: Final = 0.25
"""Of the taller box's height: a gap between garments that is more than a bare midriff."""
LEGS: Final = frozenset({Category.TROUSERS, Category.SKIRTS})
TRUNK: Final = frozenset({Category.TOPS, Category.OUTERWEAR})
WHOLE: Final = frozenset({Category.DRESSES, Category.ROMPERS})
"""Worn instead of a garment for the legs."""


class Worn(Protocol):
    """A garment with its place in the picture."""

    @property
    def category(self) -> str: ...
    @property
    def box(self) -> Box: ...


G = TypeVar("G", bound=Worn)


@dataclass(frozen=True, slots=True)
class Figure(Generic[G]):
    """What one person wears, in the order given."""

    garments: tuple[G, ...]


def figures(garments: Sequence[G]) -> list[Figure[G]]:
    """Every garment in exactly one figure; figures in the order of their first garments.

    Complete linkage: two figures become one where the worst pair of their garments is still a good one, the best first.
    """
    fits = {(a, b): fit(garments[a], garments[b]) for b in range(len(garments)) for a in range(b)}
    groups = [[place] for place in range(len(garments))]
    while True:
        best, pair = 0.0, None
        for second in range(len(groups)):
            for first in range(second):
                worst = min(fits[min(a, b), max(a, b)] for a in groups[first] for b in groups[second])
                if worst > best:
                    best, pair = worst, (first, second)
        if pair is None:
            return [Figure(tuple(garments[place] for place in sorted(group))) for group in groups]
        groups[pair[0]] += groups.pop(pair[1])


def fit(one: Worn, other: Worn) -> float:
    """How well two garments sit on one person, 0 (not at all) to 1: their overlap from left to right."""
    kinds = {Category(one.category), Category(other.category)}
    if len(kinds) == 1 or len(kinds & (LEGS | WHOLE)) > 1:
        return 0.0
    a, b = one.box, other.box
    beside = _overlap(a.x, a.width, b.x, b.width) / max(min(a.width, b.width), 1e-9)
    gap = max(a.y, b.y) - min(a.y + a.height, b.y + b.height)
    if beside < BESIDE or gap > APART * max(a.height, b.height):
        return 0.0
    if kinds & LEGS and kinds & TRUNK:
        legs, trunk = (a, b) if Category(one.category) in LEGS else (b, a)
        if trunk.y + trunk.height / 2 >= legs.y + legs.height / 2:
            return 0.0
    return beside


def _overlap(start: float, length: float, other: float, other_length: float) -> float:
    return max(0.0, min(start + length, other + other_length) - max(start, other))
