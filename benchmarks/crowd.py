"""What large installations are made of: products, one garment a picture, and photographs of people who wear several.

Six photographs in ten are in one of the styles, which are garments that go together: there is something to be found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.garments import SHARES
from benchmarks.mixture import HEAD, Floats, Mixture
from mlcore.types import Category

T, O, P, S, D, R = Category  # noqa: E741
SHAPES: Final = {
    (O, T, P): 0.20,
    (O, T, S): 0.07,
    (T, P): 0.33,
    (T, S): 0.12,
    (O, D): 0.10,
    (D,): 0.13,
    (O, R): 0.02,
    (R,): 0.03,
}
"""What people wear at once, and how many of them do."""
ON_FIGURE: Final = {
    T: (-0.12, 0.20, 0.24, 0.28),
    O: (-0.16, 0.18, 0.32, 0.44),
    P: (-0.11, 0.46, 0.22, 0.46),
    S: (-0.13, 0.46, 0.26, 0.26),
    D: (-0.15, 0.20, 0.30, 0.52),
    R: (-0.14, 0.20, 0.28, 0.46),
}
"""Where each is worn: x from the middle of the figure, y, width and height."""
WHOLE: Final = (0.15, 0.10, 0.70, 0.80)  # of a product's picture
STYLES: Final = 240
STYLED: Final = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Garments by picture, all arrays with one row each. `pictures`: how many there are. `picture`: the place of each
    garment's. `category`: its place in `Category`. `boxes`: (n, 4), x, y, width, height, relative."""

    pictures: int
    picture: NDArray[np.int64]
    position: NDArray[np.int64]
    category: NDArray[np.int64]
    cluster: NDArray[np.int64]
    boxes: NDArray[np.float64]

    def vectors(self, made: Mixture, rng: np.random.Generator) -> Floats:
        """(n, 512), one around the centre of each garment's cluster."""
        vectors = np.empty((len(self.cluster), made.directions.shape[1]), np.float32)
        for place, category in enumerate(Category):
            mine = self.category == place
            vectors[mine] = made.around(category, self.cluster[mine], rng)
        return vectors


@dataclass(frozen=True, slots=True, eq=False)
class Styles:
    """`shapes`: (s,), places in SHAPES. `clusters`: (s, 6), the one that is worn of each category."""

    shapes: NDArray[np.int64]
    clusters: NDArray[np.int64]
    shares: NDArray[np.float64]


def styles(made: Mixture, rng: np.random.Generator) -> Styles:
    shares = 1 / (np.arange(STYLES) + HEAD)
    return Styles(_shapes(STYLES, rng), _clusters(made, STYLES, rng), shares / shares.sum())


def products(made: Mixture, number: int, rng: np.random.Generator) -> Block:
    category = rng.choice(len(Category), size=number, p=[SHARES[category] for category in Category])
    cluster = _clusters(made, number, rng)[np.arange(number), category]
    boxes = np.tile(np.array(WHOLE), (number, 1))
    return Block(number, np.arange(number), np.zeros(number, np.int64), category, cluster, boxes)


def photographs(made: Mixture, worn: Styles, number: int, rng: np.random.Generator) -> tuple[Block, NDArray[np.int64]]:
    """One figure in each, and the style of each, −1 for none."""
    style = np.where(
        rng.random(number) < STYLED, rng.choice(len(worn.shares), size=number, p=worn.shares), np.int64(-1)
    )
    shape = np.where(style < 0, _shapes(number, rng), worn.shapes[style])
    clusters = np.where(style[:, None] < 0, _clusters(made, number, rng), worn.clusters[style])
    wears = np.array([[category in worn_at_once for category in Category] for worn_at_once in SHAPES])[shape]
    picture, category = np.nonzero(wears)
    position = (np.cumsum(wears, axis=1) - 1)[picture, category]
    boxes = np.array([ON_FIGURE[category] for category in Category])[category]
    boxes[:, 0] += rng.uniform(0.3, 0.7, number)[picture]
    boxes += rng.uniform(-0.01, 0.01, boxes.shape)
    return Block(number, picture, position, category, clusters[picture, category], boxes), style


def _shapes(number: int, rng: np.random.Generator) -> NDArray[np.int64]:
    return rng.choice(len(SHAPES), size=number, p=list(SHAPES.values()))


def _clusters(made: Mixture, number: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """(number, 6): one of each category."""
    of = [made.clusters[category].shares for category in Category]
    return np.stack([rng.choice(len(shares), size=number, p=shares) for shares in of], axis=1)
