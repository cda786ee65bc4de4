"""What the index tests share: entries made of a few words, and patience where an engine needs it."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from mlcore.index.base import Attributes, CollectionName, Entry, Hit
from mlcore.types import EMBEDDING_SIZE, Category, Vector

PRODUCTS, PHOTOS = CollectionName.PRODUCTS, CollectionName.PHOTOS
TOPS, SKIRTS, DRESSES = Category.TOPS, Category.SKIRTS, Category.DRESSES


def towards(*parts: float) -> Vector:
    """The unit vector with these leading parts, zero elsewhere: `towards(3, 4)` is .6, .8, 0 …"""
    vector = np.zeros(EMBEDDING_SIZE, dtype=np.float32)
    vector[: len(parts)] = parts
    return vector / np.float32(np.linalg.norm(vector))


def at_cosine(cosine: float) -> Vector:
    """A unit vector whose cosine with `towards(1)` is this."""
    return towards(cosine, (1 - cosine**2) ** 0.5)


def scattered(count: int, seed: int) -> list[Vector]:
    """Unit vectors in all directions."""
    matrix = np.random.default_rng(seed).standard_normal((count, EMBEDDING_SIZE)).astype(np.float32)
    return list(matrix / np.linalg.norm(matrix, axis=1, keepdims=True))


def entry(garment_id: int, vector: Vector | None = None, category: Category = TOPS, **attributes: object) -> Entry:
    return Entry(garment_id, category, towards(1) if vector is None else vector, Attributes(**attributes))  # type: ignore[arg-type]


def ids(hits: list[Hit]) -> list[int]:
    return [hit.garment_id for hit in hits]


def soon(look: Callable[[], object], expected: object, within: float = 5.0) -> None:
    """Equal within five seconds: a server shows what was written after about 400 ms, the others at once."""
    give_up = time.monotonic() + within
    while (found := look()) != expected and time.monotonic() < give_up:
        time.sleep(0.1)
    assert found == expected, f"{found} is not {expected}"
