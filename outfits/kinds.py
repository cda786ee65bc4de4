"""Kinds of garment among those at hand: of one category and one colour, and alike. Pure.

A kind is what a person would name in one breath ("black skinny jeans"), so its garments share the category and the name
of their main colour; among those, clusters of embeddings tell jeans from wide trousers where there are enough of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from mlcore.types import EMBEDDING_SIZE, Box, Category, Vector

Distances = NDArray[np.float64]

REACH: Final = 1.0
"""1 − cosine, from which on two garments of one category and colour are different kinds. Measured: docs/outfits.md."""


@dataclass(frozen=True, slots=True, eq=False)
class Worn:
    """A garment on somebody in a photograph. `colours`, `labels`: as the API says them.."""

    garment: int
    photograph: UUID
    category: Category
    box: Box
    vector: Vector
    colours: Sequence[Mapping[str, Any]] = ()
    labels: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    quality: float = 0.5

    @property
    def colour(self) -> str:
        """The name of its main colour, "" where it has none."""
        return str(self.colours[0]["name"]) if self.colours else ""


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """Garments that one would name alike. `middle`: the one that is nearest to all of them."""

    middle: Worn
    members: tuple[Worn, ...]

    @property
    def name(self) -> tuple[Category, str]:
        """Category and colour."""
        return self.middle.category, self.middle.colour


def kinds(garments: Sequence[Worn]) -> list[Kind]:
    """Clusters by average linkage, the largest first. A garment without a colour is of no kind."""
    found: list[Kind] = []
    for named in _by_name(garments).values():
        middles = [named[place] for place in _middles(_apart(named, named))]
        own = nearest(named, middles)
        for number, middle in enumerate(middles):
            found.append(Kind(middle, tuple(g for g, kind in zip(named, own, strict=True) if kind == number)))
    return sorted(found, key=lambda kind: (-len(kind.members), kind.middle.garment))


def nearest(garments: Sequence[Worn], middles: Sequence[Worn]) -> list[int | None]:
    """Of each garment, which of the middles has its category and colour and is the most alike; None beyond REACH."""
    found: list[int | None] = [None] * len(garments)
    places = defaultdict(list)
    for place, garment in enumerate(garments):
        places[garment.category, garment.colour].append(place)
    of_name = defaultdict(list)
    for number, middle in enumerate(middles):
        of_name[middle.category, middle.colour].append(number)
    for name, numbers in of_name.items():
        if not places[name]:
            continue
        apart = _apart([garments[place] for place in places[name]], [middles[number] for number in numbers])
        best = apart.argmin(axis=1)
        for row, place in enumerate(places[name]):
            if apart[row, best[row]] <= REACH:
                found[place] = numbers[int(best[row])]
    return found


def commonest(values: Iterable[str]) -> str:
    """The most frequent text, of equally frequent ones the first by alphabet; "" of none."""
    counted = Counter(values)
    return min(counted, key=lambda value: (-counted[value], value), default="")


def _by_name(garments: Iterable[Worn]) -> dict[tuple[Category, str], list[Worn]]:
    found = defaultdict(list)
    for garment in garments:
        if garment.colour:
            found[garment.category, garment.colour].append(garment)
    return found


def _middles(apart: Distances) -> list[int]:
    """The medoid of each cluster."""
    if len(apart) == 1:
        return [0]
    tree = linkage(squareform(apart, checks=False), method="average")
    labels = fcluster(tree, REACH, criterion="distance")
    middles = []
    for number in range(1, int(labels.max()) + 1):
        members = np.flatnonzero(labels == number)
        middles.append(int(members[apart[np.ix_(members, members)].sum(axis=1).argmin()]))
    return sorted(middles)


def _apart(one: Sequence[Worn], other: Sequence[Worn]) -> Distances:
    """1 − cosine: (n, m)."""
    return 1.0 - (_vectors(one) @ _vectors(other).T).clip(-1.0, 1.0).astype(np.float64)


def _vectors(garments: Sequence[Worn]) -> NDArray[np.float32]:
    return np.array([garment.vector for garment in garments], np.float32).reshape(len(garments), EMBEDDING_SIZE)
