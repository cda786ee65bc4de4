"""The words that the whole project shares. Frozen values with their shapes and units; no behaviour beyond geometry."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

EMBEDDING_SIZE = 512

Vector = NDArray[np.float32]
"""An embedding: float32, shape (512,), unit length."""

Pixels = NDArray[np.uint8]
"""An upright picture: uint8, shape (height, width, 3), sRGB."""


class Category(StrEnum):
    """The six kinds of garment, in the order of the detector's classes. Each is a partition of a collection."""

    TOPS = "tops"
    OUTERWEAR = "outerwear"
    TROUSERS = "trousers"
    SKIRTS = "skirts"
    DRESSES = "dresses"
    ROMPERS = "rompers"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle relative to the upright picture: every value in 0..1, origin at the top left."""

    x: float
    y: float
    width: float
    height: float

    @property
    def area(self) -> float:
        """Share of the picture, 0..1."""
        return self.width * self.height

    def intersection_over_union(self, other: Box) -> float:
        """0 (apart) to 1 (the same box)."""
        wide = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        high = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        if wide <= 0 or high <= 0:
            return 0.0
        shared = wide * high
        return shared / (self.area + other.area - shared)


WHOLE_PICTURE = Box(0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Detection:
    """One garment found in a picture.

    `score`: how sure the detector is of `category`, 0..1. `runner_up` is the category it would have named next, with
    `runner_up_score`: a search looks in both when the two are close.
    """

    box: Box
    category: Category
    score: float
    runner_up: Category | None = None
    runner_up_score: float = 0.0


@dataclass(frozen=True, slots=True)
class Colour:
    """A dominant colour of a garment. `hex` is `#rrggbb`, `share` the part of the garment's pixels, 0..1."""

    name: str
    hex: str
    share: float


@dataclass(frozen=True, slots=True)
class Label:
    """A key label such as sleeve length: its value and how sure the model is, 0..1."""

    value: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Description:
    """One garment, described: where it is, what it is, and the numbers that search compares."""

    detection: Detection
    embedding: Vector
    colours: tuple[Colour, ...]
    quality: float
    """0..1; how useful the garment's picture is to look at: sharpness, exposure, size, completeness, detector score."""
    labels: dict[str, Label] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything found in one picture. `garments` are in order of prominence, the most prominent first."""

    width: int
    height: int
    garments: tuple[Description, ...]
    timings_ms: dict[str, float] = field(default_factory=dict)
    """Milliseconds by step (decode, detect, embed, colours, quality), this picture's share of its batch."""
