"""What a result must have: pure rules with exact values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from images.models import Garment
from mlcore.index.base import Range, Where
from mlcore.palette import PROTOTYPES, delta_e, lab_of
from search.filters import DROPPED_FIRST, JUST_SIMILAR, AsInPicture, Colour, Filters, box_around, colour, lab

RED = lab("#ff0000")


def test_a_name_means_garments_that_carry_it_and_a_value_means_a_shade() -> None:
    assert colour("Navy", None) == Colour(lab(PROTOTYPES["navy"][0]), "navy", None)
    assert colour("navy", 8.0) == Colour(lab(PROTOTYPES["navy"][0]), "navy", 8.0)
    assert colour("#FF0000", None) == Colour(RED, tolerance=JUST_SIMILAR)
    assert colour("maroon", None) == Colour(lab("burgundy"), tolerance=JUST_SIMILAR)  # a shop's word, not one of ours


@pytest.mark.parametrize("spelled", ["", "#ff00", "#ff00000", "reddish", "#gg0000", "ff0000"])
def test_what_is_no_colour_is_an_error(spelled: str) -> None:
    with pytest.raises(ValueError, match="colour"):
        colour(spelled, None)


@pytest.mark.parametrize("tolerance", [0.5, 3.0, JUST_SIMILAR, 30.0])
def test_the_box_around_a_colour_holds_every_colour_within_the_tolerance(tolerance: float) -> None:
    dice = np.random.default_rng(7)
    for centre in dice.integers(0, 256, (12, 3)).astype(np.uint8):
        around = np.clip(centre.astype(int) + dice.integers(-60, 61, (3_000, 3)), 0, 255).astype(np.uint8)
        labs = lab_of(around)
        middle = tuple(float(value) for value in lab_of(centre))
        box = box_around(middle, tolerance)
        near = labs[delta_e(middle, labs) <= tolerance]
        outside = [value for value in near.tolist() if tuple(value) not in box]
        assert not outside, f"{centre}: {len(outside)} of {len(near)} fall out of {box}"


def test_the_box_is_small_enough_to_be_of_use() -> None:
    gamut = lab_of(np.random.default_rng(1).integers(0, 256, (20_000, 3)).astype(np.uint8))
    kept = np.mean([tuple(value) in box_around(RED, JUST_SIMILAR) for value in gamut.tolist()])
    assert kept < 0.1


def test_what_the_index_can_apply_is_pushed_down() -> None:
    filters = Filters(
        colour("navy", None), {"pattern": ("stripe", "check")}, price=Range(0, 80), in_stock=True, text="linen"
    )
    assert filters.where() == Where(colour=("navy",), pattern=("stripe", "check"), price=Range(0, 80), in_stock=True)
    shade = Filters(colour("#ff0000", 6.0))
    assert shade.where() == Where(near=box_around(RED, 6.0))
    assert Filters().where() == Where()


def test_filters_are_given_up_one_by_one_the_least_important_first() -> None:
    everything = Filters(
        colour("red", None),
        dict.fromkeys(("sleeve_length", "garment_length", "collar_style", "pattern"), ("any",)),
        price=Range(0, 80),
        in_stock=True,
        text="linen",
    )
    steps = list(everything.relaxed())
    assert [dropped for _, dropped in steps] == [DROPPED_FIRST[:n] for n in range(6)]
    last = steps[-1][0]
    assert last == Filters(price=Range(0, 80), in_stock=True, text="linen")  # these are never given up


def test_only_what_was_given_is_given_up() -> None:
    steps = list(Filters(labels={"pattern": ("dot",)}).relaxed())
    assert steps == [(Filters(labels={"pattern": ("dot",)}), ()), (Filters(), ("pattern",))]
    assert list(Filters(in_stock=True).relaxed()) == [(Filters(in_stock=True), ())]


def garment(**fields: Any) -> Garment:
    return Garment(category="tops", quality=0.5, **fields)


def test_a_filter_takes_its_value_from_the_searched_garment() -> None:
    searched = garment(
        colours=[{"name": "red", "hex": "#ff0000", "share": 0.8}],
        labels={"pattern": {"value": "dot", "confidence": 0.9}, "collar_style": {"value": "v", "confidence": 0.4}},
    )
    asked = AsInPicture(tolerance=7.0, labels=("pattern",))
    filters, unknown = asked.applied(Filters(labels={"sleeve_length": ("long",)}, in_stock=True), searched)
    assert unknown == ()
    assert filters == Filters(
        Colour(RED, tolerance=7.0), {"sleeve_length": ("long",), "pattern": ("dot",)}, in_stock=True
    )


def test_what_the_searched_garment_has_no_value_for_is_said() -> None:
    asked = AsInPicture(tolerance=7.0, labels=("sleeve_length", "pattern"))
    filters, unknown = asked.applied(Filters(), garment())
    assert (filters, unknown) == (Filters(), ("sleeve_length", "pattern", "colour"))
