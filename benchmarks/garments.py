"""A catalogue of any size, its answers known exactly: six shelves of garments, as a reindex would write them."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks.mixture import Floats, Mixture
from mlcore.index.base import ANYTHING, Attributes, Entry, Range, Where
from mlcore.labels import LABELS, WITHOUT
from mlcore.palette import BASE_COLOURS, lookup
from mlcore.types import Category

SHARES: Final = {
    Category.TOPS: 0.38,
    Category.OUTERWEAR: 0.16,
    Category.TROUSERS: 0.19,
    Category.SKIRTS: 0.08,
    Category.DRESSES: 0.16,
    Category.ROMPERS: 0.03,
}
MEDIAN_PRICE: Final = 39.0
RARE: Final = "animal"  # the pattern of one garment in a hundred, on every shelf
FILTERS: Final = {
    "none": ANYTHING,
    "half": Where(price=Range(high=MEDIAN_PRICE)),
    "rare": Where(pattern=(RARE,)),
}
ROWS: Final = 65_536  # compared at a time: 134 MB
COLOURS: Final = tuple((name, tuple(float(part) for part in lookup(name))) for name in BASE_COLOURS)


def sizes(count: int) -> dict[Category, int]:
    """How many of `count` garments lie on each shelf."""
    return {category: round(count * share) for category, share in SHARES.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """The garments of one category. All arrays have one row for each; `ids` ascend."""

    category: Category
    ids: NDArray[np.int64]
    vectors: Floats
    clusters: NDArray[np.int64]
    prices: NDArray[np.float64]
    rare: NDArray[np.bool_]

    def entry(self, row: int) -> Entry:
        return Entry(int(self.ids[row]), self.category, self.vectors[row], self._attributes(row))

    def fitting(self, name: str) -> NDArray[np.bool_] | None:
        """Which rows a filter lets through; None for all."""
        return {"none": None, "half": self.prices <= MEDIAN_PRICE, "rare": self.rare}[name]

    def nearest(self, queries: Floats, fitting: NDArray[np.bool_] | None, limit: int) -> list[list[int]]:
        """The ids of the `limit` nearest of each query, best first: every row compared."""
        best = np.full((len(queries), 0), -np.inf, np.float32)
        ids = np.zeros((len(queries), 0), np.int64)
        for first in range(0, len(self.ids), ROWS):
            part = slice(first, first + ROWS)
            scores = queries @ self.vectors[part].T
            if fitting is not None:
                scores[:, ~fitting[part]] = -np.inf
            best = np.concatenate([best, scores], axis=1)
            ids = np.concatenate([ids, np.broadcast_to(self.ids[part], scores.shape)], axis=1)
            keep = np.argpartition(-best, min(limit, best.shape[1]) - 1, axis=1)[:, :limit]
            best, ids = np.take_along_axis(best, keep, 1), np.take_along_axis(ids, keep, 1)
        order = np.argsort(-best, axis=1)
        best, ids = np.take_along_axis(best, order, 1), np.take_along_axis(ids, order, 1)
        return [found[score > -np.inf].tolist() for found, score in zip(ids, best, strict=True)]

    def _attributes(self, row: int) -> Attributes:
        """Those of its cluster, and what is its own: whether its pattern is the rare one, price, stock, quality."""
        garment_id = int(self.ids[row])
        alike = _alike(self.category, int(self.clusters[row]))
        return replace(
            alike,
            pattern=RARE if self.rare[row] else alike.pattern,
            quality=round(garment_id * 0.618 % 1, 4),
            price=float(self.prices[row]),
            in_stock=garment_id % 10 != 0,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """`owners`: the place in `Category` of the garment with each id, from 0 to their number."""

    shelves: dict[Category, Shelf]
    owners: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.owners)

    def batches(self, size: int) -> Iterator[list[Entry]]:
        """All entries by id, the categories mixed as they are in SQL."""
        rows = np.zeros(len(self.owners), np.int64)
        for place in range(len(Category)):
            mine = self.owners == place
            rows[mine] = np.arange(np.count_nonzero(mine))
        order = [self.shelves[category] for category in Category]
        for first in range(0, len(self.owners), size):
            part = slice(first, first + size)
            yield [order[owner].entry(row) for owner, row in zip(self.owners[part], rows[part], strict=True)]


def catalogue(made: Mixture, count: int, seed: int) -> Catalogue:
    """`count` garments, the same for the same arguments."""
    rng = np.random.default_rng([seed, 3])
    numbers = sizes(count)
    owners = np.repeat(np.arange(len(Category), dtype=np.int8), [numbers[category] for category in Category])
    rng.shuffle(owners)
    shelves = {}
    with tqdm(total=len(owners), desc="drawing garments", unit="garment", unit_scale=True) as bar:
        for place, category in enumerate(Category):
            shelves[category] = _shelf(made, category, np.flatnonzero(owners == place), rng, bar)
    return Catalogue(shelves, owners)


def newcomers(made: Mixture, first_id: int, number: int, rng: np.random.Generator) -> list[Entry]:
    """Garments that an import brings: of every category, none with the rare pattern."""
    drawn = rng.choice(list(SHARES), size=number, p=list(SHARES.values()))
    found = []
    for garment_id, name in enumerate(drawn, first_id):
        category = Category(str(name))
        vectors, clusters = made.draw(category, 1, rng)
        ids, prices = np.array([garment_id]), np.array([MEDIAN_PRICE])
        found.append(Shelf(category, ids, vectors, clusters, prices, np.array([False])).entry(0))
    return found


@functools.cache
def _alike(category: Category, cluster: int) -> Attributes:
    rng = np.random.default_rng([1, cluster])
    words: dict[str, Any] = {
        name: "" if category in WITHOUT.get(name, ()) else str(rng.choice([v for v in values if v != RARE]))
        for name, values in LABELS.items()
    }
    name, (lightness, a, b) = COLOURS[int(rng.integers(len(COLOURS)))]
    return replace(Attributes(colour=name, lab_l=lightness, lab_a=a, lab_b=b), **words)


def _shelf(
    made: Mixture, category: Category, ids: NDArray[np.int64], rng: np.random.Generator, bar: tqdm[None]
) -> Shelf:
    parts = []
    for first in range(0, len(ids), ROWS):
        parts.append(made.draw(category, min(ROWS, len(ids) - first), rng))
        bar.update(len(parts[-1][0]))
    clusters = np.concatenate([part[1] for part in parts])
    number = len(made.clusters[category].shares)
    # What a cluster's garments have in common and what is their own count alike, for the price and for the pattern.
    dear, wild = (rng.standard_normal(number)[clusters] + rng.standard_normal(len(ids)) for _ in range(2))
    prices = np.round(MEDIAN_PRICE * np.exp(0.4 * dear), 2)
    rare = wild > np.quantile(wild, 0.99)
    return Shelf(category, ids, np.concatenate([part[0] for part in parts]), clusters, prices, rare)
