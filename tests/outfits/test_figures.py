"""Garments to people, on drawn pictures whose people are known."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from catalog.drawn import draw_look
from mlcore.types import Box, Category
from outfits.figures import figures, fit


@dataclass(frozen=True)
class Worn:
    category: Category
    box: Box


def worn(category: str, x: float, y: float, width: float = 0.2, height: float = 0.3) -> Worn:
    return Worn(Category(category), Box(x, y, width, height))


def test_a_shirt_over_trousers_is_one_person():
    shirt, trousers = worn("tops", 0.4, 0.2), worn("trousers", 0.42, 0.5)
    assert [figure.garments for figure in figures([shirt, trousers])] == [(shirt, trousers)]


def test_two_people_side_by_side_are_two_though_their_boxes_overlap():
    left = [worn("tops", 0.20, 0.2), worn("trousers", 0.22, 0.5)]
    right = [worn("tops", 0.37, 0.2), worn("trousers", 0.35, 0.5)]
    mixed = [left[0], right[0], right[1], left[1]]
    assert [figure.garments for figure in figures(mixed)] == [(left[0], left[1]), (right[0], right[1])]


def test_a_garment_between_two_people_goes_to_the_one_whom_it_fits_better():
    left, right = worn("tops", 0.20, 0.2), worn("tops", 0.40, 0.2)
    trousers = worn("trousers", 0.38, 0.5)
    assert [figure.garments for figure in figures([left, right, trousers])] == [(left,), (right, trousers)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (worn("tops", 0.4, 0.2), worn("tops", 0.4, 0.22)),
        (worn("dresses", 0.4, 0.2), worn("skirts", 0.4, 0.4)),
        (worn("trousers", 0.4, 0.4), worn("skirts", 0.4, 0.4)),
        (worn("dresses", 0.4, 0.2), worn("rompers", 0.4, 0.2)),
        (worn("tops", 0.4, 0.6), worn("trousers", 0.4, 0.2)),
        (worn("tops", 0.1, 0.2), worn("trousers", 0.25, 0.5)),
        (worn("tops", 0.4, 0.0, height=0.2), worn("trousers", 0.4, 0.6, height=0.2)),
    ],
    ids=["tops", "skirt to a dress", "skirt to trousers", "dress and romper", "upside down", "beside", "far below"],
)  # fmt: skip
def test_nobody_wears_both(one: Worn, other: Worn):
    assert fit(one, other) == fit(other, one) == 0.0
    assert len(figures([one, other])) == 2


def test_a_coat_hangs_over_what_is_worn_under_it():
    coat = worn("outerwear", 0.35, 0.2, width=0.3, height=0.6)
    shirt, skirt = worn("tops", 0.42, 0.22, width=0.1), worn("skirts", 0.4, 0.5)
    assert [len(figure.garments) for figure in figures([coat, shirt, skirt])] == [3]


def test_no_garments_are_nobody():
    assert figures([]) == []


@pytest.mark.parametrize("seed", range(50_000, 50_040))
def test_two_drawn_people_are_never_mixed(seed: int):
    drawn = draw_look(seed, figures=2).garments
    found = figures(drawn)
    assert all(len({garment.person for garment in figure.garments}) == 1 for figure in found)
    assert sum(len(figure.garments) for figure in found) == len(drawn)
