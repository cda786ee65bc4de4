"""Where pieces lie when nobody has said where."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from mlcore.types import Box, Category
from outfits.canvas import SHAPES, Frame, Shape, aspect_of, height_of, laid_out, layers

TOPS, OUTERWEAR, TROUSERS, SKIRTS, DRESSES, ROMPERS = Category
Corners = tuple[float, float, float, float]


def corners(frame: Frame, aspect: float) -> Corners:
    """Left, top, right, bottom."""
    x, y, width = frame
    return x, y, x + width, y + height_of(width, aspect)


def of(*categories: Category) -> list[Corners]:
    shapes = [Shape(category, SHAPES[category]) for category in categories]
    return [corners(frame, shape.aspect) for frame, shape in zip(laid_out(shapes), shapes, strict=True)]


def middle(one: Corners) -> tuple[float, float]:
    """To a millionth."""
    return round((one[0] + one[2]) / 2, 6), round((one[1] + one[3]) / 2, 6)


def test_one_piece_is_in_the_middle_and_as_large_as_the_canvas_lets_it_be() -> None:
    [top] = of(TOPS)
    assert top == pytest.approx((0.03, 0.1475, 0.97, 0.8525))
    [trousers] = of(TROUSERS)
    assert middle(trousers) == (0.5, 0.5)
    assert trousers[1] == pytest.approx(0.0225)
    assert trousers[3] == pytest.approx(0.9775)


def test_a_top_lies_above_trousers_or_a_skirt_whatever_the_order() -> None:
    for lower in (TROUSERS, SKIRTS):
        top, below = of(TOPS, lower)
        assert of(lower, TOPS) == [below, top]
        assert top[3] < below[1]
        assert [(one[0] + one[2]) / 2 for one in (top, below)] == pytest.approx([0.5, 0.5])


def test_outerwear_lies_beside() -> None:
    top, trousers, coat = of(TOPS, TROUSERS, OUTERWEAR)
    assert top[3] < trousers[1]
    assert max(top[2], trousers[2]) < coat[0]
    dress, coat = of(DRESSES, OUTERWEAR)
    assert dress[2] < coat[0]
    assert (dress[1] + dress[3]) / 2 == pytest.approx((coat[1] + coat[3]) / 2)


def test_a_dress_lies_in_the_middle() -> None:
    for whole in (DRESSES, ROMPERS):
        assert middle(of(whole)[0]) == (0.5, 0.5)
        top, dress, coat = of(TOPS, whole, OUTERWEAR)
        assert middle(dress) == (0.5, 0.5)
        assert top[2] < dress[0] < dress[2] < coat[0]


def test_several_of_a_category_lie_side_by_side() -> None:
    first, second, third, trousers = of(TOPS, TOPS, TOPS, TROUSERS)
    assert first[2] < second[0] < second[2] < third[0]
    assert first[1] == second[1] == third[1]
    assert first[3] < trousers[1]
    skirt, jeans, chinos = of(SKIRTS, TROUSERS, TROUSERS)
    assert jeans[2] < chinos[0] < chinos[2] < skirt[0]


def test_many_of_a_category_take_more_than_one_row() -> None:
    assert len({round(top, 6) for _, top, _, _ in of(*[TOPS] * 9)}) == 3
    assert len({round(left, 6) for left, _, _, _ in of(*[TOPS] * 9)}) == 3


def test_nothing_lies_outside_or_on_anything_else() -> None:
    source = random.Random(7)
    for _ in range(400):
        shapes = [
            Shape(source.choice(list(Category)), source.choice((0.0, 0.2, 0.7, 1.0, 2.0, 5.0, 90.0)))
            for _ in range(source.randint(1, 20))
        ]
        placed = [
            corners(frame, min(max(shape.aspect, 0.2), 5.0))
            for frame, shape in zip(laid_out(shapes), shapes, strict=True)
        ]
        for left, top, right, bottom in placed:
            assert 0 <= left < right <= 1
            assert 0 <= top < bottom <= 1
        for a, b in combinations(placed, 2):
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (a, b)


def test_nothing_has_no_place() -> None:
    assert laid_out([]) == []


def test_layers_go_from_the_skin_outwards() -> None:
    assert layers([OUTERWEAR, TOPS, TROUSERS]) == [2, 1, 0]
    assert layers([TOPS, TOPS, DRESSES]) == [1, 2, 0]


def test_a_frame_has_the_shape_of_what_the_box_shows() -> None:
    assert aspect_of(Box(0.1, 0.2, 0.5, 0.6), width=240, height=320) == pytest.approx(1.6)
    assert height_of(0.5, 1.6) == pytest.approx(0.6)  # 300 pixels wide and 480 high, of 600 × 800
    assert aspect_of(Box(0, 0, 0.001, 1), width=100, height=100) == 5.0
    assert aspect_of(Box(0, 0, 1, 0.001), width=100, height=100) == 0.2
