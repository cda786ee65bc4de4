"""From an order to a page."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mlcore.types import Category
from recommendations.diversity import PAGE, Page, Shown, look_of, page_of
from recommendations.ranking import Candidate, Ranked, Worn
from tests.recommendations.conftest import style

STRICT = Page(explored=0.0)


def ranked(photo: int, score: float, *, number: int | None = None, by: str = "", outside: bool = False) -> Ranked:
    """A photograph of a style, of one of its own unless a number is given."""
    shown = Worn(f"garment {photo}", Category.TOPS, style(photo if number is None else number))
    return Ranked(Candidate(photo, [shown], photographer=by), score, {}, {}, medoid=None if outside else 0)


def photos(shown: list[Shown]) -> list[int]:
    return [one.ranked.candidate.photo for one in shown]


def page(size: int = 20, **values: Any) -> Page:
    return Page(**{"size": size, "explored": 0.0, **values})


def test_what_has_nothing_in_common_keeps_the_order_of_its_scores():
    shown = page_of([ranked(n, score) for n, score in enumerate((0.3, 0.9, 0.5))], seed=1, page=STRICT)
    assert photos(shown) == [1, 2, 0]


def test_a_second_photograph_of_the_same_waits_for_another():
    alike, other = [ranked(n, 0.9 - n / 1000, number=400) for n in range(3)], ranked(7, 0.85)
    assert photos(page_of([*alike, other], seed=1, page=page())) == [0, 7, 1, 2]
    assert photos(page_of([*alike, other], seed=1, page=page(trade_off=1.0))) == [0, 1, 2, 7]


def test_what_is_much_better_comes_although_it_is_the_same():
    alike, other = [ranked(n, 0.9, number=400) for n in range(2)], ranked(7, 0.2)
    assert photos(page_of([*alike, other], seed=1, page=page(trade_off=0.7))) == [0, 1, 7]


def test_the_trade_off_is_between_score_and_the_likeness_to_the_most_alike_on_the_page():
    first, twin, other = ranked(0, 1.0, number=400), ranked(1, 0.9, number=400), ranked(2, 0.5)
    # λ 0.9 − (1 − λ) 1 = λ 0.5 where λ is 1 / 1.4.
    assert photos(page_of([first, twin, other], seed=1, page=page(trade_off=0.72))) == [0, 1, 2]
    assert photos(page_of([first, twin, other], seed=1, page=page(trade_off=0.71))) == [0, 2, 1]


def test_no_photographer_has_more_than_two_on_a_page():
    everything = [ranked(n, 1 - n / 100, by="Ann" if n < 5 else f"another {n}") for n in range(10)]
    assert photos(page_of(everything, seed=1, page=STRICT)) == [0, 1, 5, 6, 7, 8, 9]


def test_photographs_of_nobody_known_are_not_of_one_person():
    assert len(page_of([ranked(n, 0.5) for n in range(10)], seed=1, page=STRICT)) == 10


def test_exploring_keeps_to_two_a_photographer_too():
    inside = [ranked(n, 1.0, by="Ann") for n in range(2)] + [ranked(n, 0.9) for n in range(10, 40)]
    outside = [ranked(n, 0.1, by="Ann", outside=True) for n in range(50, 80)]
    shown = page_of([*inside, *outside], seed=1, page=page(explored=0.5))
    assert {0, 1} <= set(photos(shown))
    assert not any(one.exploring for one in shown)


@pytest.mark.parametrize("seed", range(20))
def test_a_tenth_of_a_page_is_outside_the_taste_and_never_its_beginning(seed: int):
    inside = [ranked(n, 1.0 - n / 1000) for n in range(40)]
    outside = [ranked(n, 0.1, outside=True) for n in range(50, 90)]
    shown = page_of([*inside, *outside], seed=seed, page=page(explored=0.1))
    places = [place for place, one in enumerate(shown) if one.exploring]
    assert len(places) == 2
    assert places[0] >= 3
    assert [one.ranked.medoid is None for one in shown] == [one.exploring for one in shown]


def test_a_short_page_explores_as_often_over_many_pages():
    inside, outside = [ranked(n, 1.0) for n in range(20)], [ranked(n, 0.1, outside=True) for n in range(50, 60)]
    explored = [
        sum(one.exploring for one in page_of([*inside, *outside], seed=seed, page=page(6, explored=0.1)))
        for seed in range(300)
    ]
    assert sum(explored) / (300 * 6) == pytest.approx(0.1, abs=0.025)


def test_the_better_of_what_is_outside_comes_more_often():
    inside = [ranked(n, 1.0) for n in range(20)]
    outside = [ranked(50, 0.3, outside=True), ranked(51, 0.1, outside=True)]
    drawn = [
        one.ranked.candidate.photo
        for seed in range(200)
        for one in page_of([*inside, *outside], seed=seed, page=page(10, explored=0.1))
        if one.exploring
    ]
    assert 0.8 < drawn.count(50) / len(drawn) < 0.95  # e² to 1


def test_without_a_taste_nothing_is_explored():
    shown = page_of([ranked(n, n / 100, outside=True) for n in range(30)], seed=1, page=PAGE)
    assert not any(one.exploring for one in shown)
    assert photos(shown) == list(range(29, 9, -1))


def test_the_same_seed_gives_the_same_page_and_another_seed_another():
    inside, outside = [ranked(n, 1.0) for n in range(40)], [ranked(n, 0.1, outside=True) for n in range(50, 90)]
    pages = [photos(page_of([*inside, *outside], seed=seed)) for seed in (1, 1, 2)]
    assert pages[0] == pages[1] != pages[2]


def test_a_page_holds_no_photograph_twice_and_no_more_than_there_are():
    few = [ranked(n, 0.5, outside=n > 2) for n in range(5)]
    assert sorted(photos(page_of(few, seed=1, page=page(20, explored=0.5)))) == [0, 1, 2, 3, 4]
    assert page_of([], seed=1) == []
    assert page_of(few, seed=1, page=page(0)) == []


def test_a_look_is_the_mean_of_its_garments():
    one, two = (Worn(str(n), Category.TOPS, style(n)) for n in (1, 2))
    look = look_of(Candidate(1, [one, two]))
    assert np.linalg.norm(look) == pytest.approx(1)
    assert look[1] == look[2] == pytest.approx(0.5**0.5)
    assert not look_of(Candidate(1, [])).any()
    assert not look_of(Candidate(1, [one, Worn("3", Category.TOPS, -style(1))])).any()
