"""Where an outfit's pieces lie on its canvas. No Django here.

The canvas is 3 wide and 4 high. `x` and `width` are shares of its width, `y` and `height` of its height. A piece has a
frame: `width` wide, and as high as the shape of its part of the photograph makes it (`height_of`). What is drawn, a
cut-out mostly, stands in the middle of the frame, as large as it fits; both are turned about the frame's centre.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mlcore.types import Box, Category

RATIO: Final = 3 / 4  # of the canvas: width by height
FLATTEST, STEEPEST = 0.2, 5.0  # shapes beyond are taken for these: a sliver's frame would be larger than any canvas
MARGIN: Final = 0.03  # around everything, and between two pieces
SIDE_BY_SIDE: Final = 3  # of a kind, in one row; more may take a second, if that leaves them larger

SHAPES: Final = {
    Category.TOPS: 1.0,
    Category.OUTERWEAR: 1.25,
    Category.TROUSERS: 2.0,
    Category.SKIRTS: 1.3,
    Category.DRESSES: 1.8,
    Category.ROMPERS: 1.8,
}
"""Height by width, of what has no picture."""

_UPPER, _LOWER = (Category.TOPS,), (Category.TROUSERS, Category.SKIRTS)
_WHOLE, _OUTER = (Category.DRESSES, Category.ROMPERS), (Category.OUTERWEAR,)
_COLUMNS: Final = ((_UPPER, _LOWER), (_WHOLE,), (_OUTER,))
"""From left to right; each a stack, from top to bottom. So a dress among others is in the middle."""
_TALLER: Final = 1.3  # the lower part of a stack, to the upper one
_LAYERS: Final = (*_LOWER, *_WHOLE, *_UPPER, *_OUTER)
"""From the skin outwards, and what is tucked in lies below."""


Frame = tuple[float, float, float]
"""x and y of the upper left corner, and the width, as shares of the canvas."""


@dataclass(frozen=True, slots=True)
class Place:
    """A frame, how many degrees it is turned clockwise, and its layer: the higher one lies on top."""

    x: float
    y: float
    width: float
    rotation: float = 0.0
    layer: int = 0


@dataclass(frozen=True, slots=True)
class Shape:
    """`aspect`: height by width of the picture, in pixels."""

    category: Category
    aspect: float


@dataclass(frozen=True, slots=True)
class _Rectangle:
    x: float
    y: float
    width: float
    height: float


def aspect_of(box: Box, *, width: int, height: int) -> float:
    """Height by width of what a box shows of a picture of so many pixels."""
    return _bounded(box.height * height / max(box.width * width, 1e-6))


def height_of(width: float, aspect: float) -> float:
    """Of a frame, as a share of the canvas's height."""
    return width * aspect * RATIO


def laid_out(shapes: Sequence[Shape]) -> list[Frame]:
    """A frame for each, in the order given: tops above trousers and skirts, a dress in the middle, outerwear beside.

    Nothing lies outside the canvas, and nothing on anything else.
    """
    present = {shape.category for shape in shapes}
    columns = [[group for group in stack if present & set(group)] for stack in _COLUMNS]
    columns = [stack for stack in columns if stack]
    weights = [max(math.sqrt(len(_members(shapes, group))) for group in stack) for stack in columns]
    whole = _Rectangle(MARGIN / 2, MARGIN / 2 * RATIO, 1 - MARGIN, 1 - MARGIN * RATIO)
    frames: dict[int, Frame] = {}
    for column, stack in zip(_across(whole, weights), columns, strict=True):
        for row, group in zip(_down(column, [_TALLER if g is _LOWER else 1.0 for g in stack]), stack, strict=True):
            members = _members(shapes, group)
            for index, cell in zip(members, _cells(row, [shapes[i].aspect for i in members]), strict=True):
                fitted = _fitted(cell, _bounded(shapes[index].aspect))
                frames[index] = fitted.x, fitted.y, fitted.width
    return [frames[index] for index in range(len(shapes))]


def layers(categories: Sequence[Category]) -> list[int]:
    """Of each, in the order given: 0 lies below all others, and no two are the same."""
    upwards = sorted(range(len(categories)), key=lambda index: _LAYERS.index(categories[index]))
    return [upwards.index(index) for index in range(len(categories))]


def _members(shapes: Sequence[Shape], group: Collection[Category]) -> list[int]:
    """Categories of a group do not mix: both trousers come before the skirt."""
    found = [index for index, shape in enumerate(shapes) if shape.category in group]
    return sorted(found, key=lambda index: tuple(group).index(shapes[index].category))


def _cells(row: _Rectangle, aspects: Sequence[float]) -> list[_Rectangle]:
    """Equal ones, from left to right and top to bottom: in one row, or in so many that the pieces come out largest."""
    number = len(aspects)

    def grid(columns: int) -> list[_Rectangle]:
        rows = math.ceil(number / columns)
        bands = _down(row, [1.0] * rows)
        return [cell for band in bands for cell in _across(band, [1.0] * columns)][:number]

    if number <= SIDE_BY_SIDE:
        return grid(number)

    def smallest(cells: Sequence[_Rectangle]) -> float:
        frames = [_fitted(cell, _bounded(aspect)) for cell, aspect in zip(cells, aspects, strict=True)]
        return min(frame.width * frame.height for frame in frames)

    return max((grid(columns) for columns in range(number, 1, -1)), key=smallest)


def _fitted(cell: _Rectangle, aspect: float) -> _Rectangle:
    """As large as fits, in the middle, MARGIN apart from the next cell's."""
    aside, above = MARGIN / 2, MARGIN / 2 * RATIO
    width = min(cell.width - 2 * aside, (cell.height - 2 * above) / height_of(1.0, aspect))
    height = height_of(width, aspect)
    return _Rectangle(
        cell.x + (cell.width - width) / 2, cell.y + (cell.height - height) / 2, width=width, height=height
    )


def _across(whole: _Rectangle, weights: Sequence[float]) -> list[_Rectangle]:
    return [_Rectangle(whole.x + start, whole.y, size, whole.height) for start, size in _parts(whole.width, weights)]


def _down(whole: _Rectangle, weights: Sequence[float]) -> list[_Rectangle]:
    return [_Rectangle(whole.x, whole.y + start, whole.width, size) for start, size in _parts(whole.height, weights)]


def _parts(length: float, weights: Sequence[float]) -> Iterator[tuple[float, float]]:
    """(start, size) of each."""
    start = 0.0
    for weight in weights:
        size = length * weight / sum(weights)
        yield start, size
        start += size


def _bounded(aspect: float) -> float:
    return min(max(aspect, FLATTEST), STEEPEST)
