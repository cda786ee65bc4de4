"""How well two own items go together, and what says so."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from mlcore.types import Category
from outfits.harmony import GOES, Basis, Harmony, PairLift, Uncounted, pair, said_by, scores, worn_together
from outfits.owned import OwnItem
from tests.outfits.owned import Counted, own


def of(first: OwnItem, second: OwnItem, lifts: PairLift | None = None) -> Harmony:
    return pair(first, second, lifts or Uncounted())


@pytest.mark.parametrize("neutral", ["black", "charcoal", "grey", "white", "cream", "beige", "camel", "brown", "navy"])
@pytest.mark.parametrize("other", ["red", "green", "yellow", "black"])
def test_a_neutral_goes_with_everything(neutral: str, other: str) -> None:
    found = of(own(1, "tops", neutral), own(2, "skirts", other))
    assert (found.score, found.basis, found.lift) == (0.75, Basis.COLOURS, None)
    assert found.why == f"{neutral} goes with everything"


def test_vivid_colours_a_quarter_of_the_circle_apart_do_not_go_together() -> None:
    found = of(own(1, "tops", "red"), own(2, "skirts", "green"))
    assert (round(found.score, 6), found.goes) == (0.4, False)
    assert found.why == "red and green are neither close nor opposites"


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ("red", "pink", "red and pink are close"),
        ("red", "red", "both are red"),
        ("teal", "red", "teal and red are opposites"),
        ("burgundy", "olive", "burgundy and olive are muted"),
        ("light blue", "pink", "light blue and pink are apart, and light blue is muted"),
    ],
)
def test_close_opposite_and_muted_colours_go_together(one: str, other: str, why: str) -> None:
    found = of(own(1, "tops", one), own(2, "skirts", other))
    assert found.goes
    assert found.why == why


def test_hues_on_both_sides_of_nought_degrees_are_close() -> None:
    """Burgundy at 15°, fuchsia at 353°: 22° apart."""
    assert of(own(1, "tops", "burgundy"), own(2, "skirts", "fuchsia")).score == pytest.approx(0.674, abs=0.002)


def test_denim_is_a_neutral_below_the_waist_and_over_it_alone() -> None:
    washed, royal = "#4b7893", "#1238e6"
    blue = replace(own(2, "trousers", washed).colours[0], name="blue")
    jeans = replace(own(2, "trousers"), colours=(blue,))
    assert of(own(1, "tops", "red"), jeans).score == 0.75
    assert of(own(1, "dresses", "red"), replace(jeans, category=Category.OUTERWEAR)).score == 0.75
    assert of(own(1, "skirts", "red"), replace(jeans, category=Category.TOPS)).score < 0.75
    assert of(own(1, "tops", "red"), replace(jeans, colours=(replace(blue, hex=royal),))).score < 0.75


def test_a_second_colour_counts_by_its_share() -> None:
    half = own(1, "tops", "white", "red")
    assert of(half, own(2, "skirts", "green")).score == pytest.approx(0.5 * 0.75 + 0.5 * 0.4, abs=1e-6)
    white, red = half.colours
    mostly = replace(half, colours=(replace(white, share=0.3), replace(red, share=0.6)))
    assert of(mostly, own(2, "skirts", "green")).score == pytest.approx(1 / 3 * 0.75 + 2 / 3 * 0.4, abs=1e-6)


def test_unknown_colours_go_with_everything_just_so() -> None:
    found = of(replace(own(1, "tops"), colours=()), own(2, "skirts", "red"), Counted({("red", "red"): 3.0}))
    assert found == Harmony(GOES, Basis.NOTHING, None, "the colours of one are not known")
    assert found.goes


@pytest.mark.parametrize(("lift", "score"), [(0.0, 0.0), (0.25, 1 / 3), (0.5, 0.5), (1.0, 2 / 3), (2.0, 0.8)])
def test_what_photographs_say_counts_in_place_of_the_rules(lift: float, score: float) -> None:
    found = of(own(1, "tops", "red"), own(2, "skirts", "green"), Counted({("green", "red"): lift}))
    assert (found.score, found.basis, found.lift) == (pytest.approx(score, abs=1e-6), Basis.PHOTOGRAPHS, lift)
    said = f"in the photographs red tops and green skirts are worn together {lift:.1f} times as often as by chance"
    assert found.why == said
    assert found.goes is (lift >= 0.5)


@pytest.mark.parametrize("broken", [math.nan, math.inf, -1.0])
def test_a_lift_that_is_none_is_not_believed(broken: float) -> None:
    found = of(own(1, "tops", "red"), own(2, "skirts", "green"), Counted({("green", "red"): broken}))
    assert (round(found.score, 6), found.basis) == (0.4, Basis.COLOURS)


def test_two_patterns_do_not_go_together_whatever_else_is_said() -> None:
    striped, dotted = own(1, "tops", pattern="stripe"), own(2, "skirts", pattern="dot")
    assert of(striped, dotted).score == pytest.approx(0.4)
    assert of(striped, dotted, Counted({("black", "black"): 9.0})).score == pytest.approx(0.4)
    assert of(striped, dotted).why == "two patterns at once"
    assert of(striped, own(2, "skirts", pattern="solid")).score == 0.75
    unsure = replace(dotted, labels={"pattern": {"value": "dot", "confidence": 0.5}})
    assert of(striped, unsure).score == 0.75


def test_items_for_different_seasons_do_not_go_together() -> None:
    summer, winter = (own(n, c, seasons=frozenset({s})) for n, c, s in ((1, "tops", "summer"), (2, "skirts", "winter")))
    assert (of(summer, winter).score, of(summer, winter).why) == (0.0, "no season in common")
    assert of(summer, replace(winter, seasons=frozenset({"summer", "winter"}))).goes
    assert of(summer, replace(winter, seasons=frozenset())).goes


def test_an_outfit_has_one_of_each_place() -> None:
    together = {(a, b) for a, b in product(Category, Category) if worn_together(a, b)}
    below = {(Category.TOPS, Category.TROUSERS), (Category.TOPS, Category.SKIRTS)}
    over = {(one, Category.OUTERWEAR) for one in Category if one != Category.OUTERWEAR}
    assert together == {pair for one in below | over for pair in (one, one[::-1])}


def test_a_table_says_what_each_of_its_pairs_says() -> None:
    colours = ("red", "green", "black", "pink", "light blue")
    tops = [own(n, "tops", c, pattern="dot" if n % 2 else "") for n, c in enumerate(colours)]
    skirts = [own(n, "skirts", c, pattern="dot" if n % 2 else "") for n, c in enumerate(colours, start=9)]
    lifts = Counted({("red", "pink"): 0.1, ("green", "black"): 5.0})
    table = scores(tops, skirts, lifts)
    assert (table.shape, table.dtype) == ((5, 5), np.float32)
    assert [[pair(t, s, lifts).score for s in skirts] for t in tops] == table.tolist()
    assert scores([], skirts, lifts).shape == (0, 5)


def test_kinds_are_asked_for_once_however_many_items_are_of_them() -> None:
    lifts = Counted({})
    scores([own(n, "tops", ("red", "green")[n % 2]) for n in range(40)], [own(99, "skirts"), own(98, "skirts")], lifts)
    assert lifts.asked == 2


def test_what_says_so_is_told_of_many_pairs_too() -> None:
    lifts = Counted({("red", "black"): 1.0})
    plain, red = own(1, "tops"), own(2, "tops", "red")
    assert said_by([red], [own(3, "skirts")], lifts) == {Basis.PHOTOGRAPHS}
    assert said_by([red, plain], [own(3, "skirts")], lifts) == {Basis.PHOTOGRAPHS, Basis.COLOURS}
    assert said_by([replace(red, colours=())], [own(3, "skirts")], lifts) == {Basis.NOTHING}
