"""From signals to medoids."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import numpy as np
import pytest

from mlcore.types import Category
from recommendations.taste import RULES, SIGNALS, Kind, Signal, Strength, Taste, as_rows, from_rows, taste_of
from tests.recommendations.conftest import style

NOW = datetime(2026, 5, 1, tzinfo=UTC)
_NUMBERS = count()


def signal(number: int = 1, kind: Kind = Kind.LIKED, *, lean: float = 0.0, days: float = 0.0, **values: Any) -> Signal:
    """On a garment of a style, `days` ago; a photograph of its own unless a source is named."""
    own = next(_NUMBERS)
    return Signal(**{
        "kind": kind, "source": f"photo:{own}", "garment": f"garment {own:05}", "category": Category.TOPS,
        "vector": style(number, lean, 100 + own % 400), "at": NOW - timedelta(days=days), **values,
    })  # fmt: skip


def importances(taste: Taste) -> list[float]:
    return [medoid.importance for medoid in taste.medoids]


def test_two_tastes_in_one_category_are_two_medoids_and_not_their_mean():
    florals, stripes = [signal(1, lean=0.3) for _ in range(4)], [signal(2, lean=0.3) for _ in range(3)]
    first, second = taste_of([*florals, *stripes], now=NOW).medoids
    assert {origin.garment for origin in first.origins} == {one.garment for one in florals}
    assert {origin.garment for origin in second.origins} == {one.garment for one in stripes}
    assert first.garment in {one.garment for one in florals}
    assert (first.importance, second.importance) == (4.0, 3.0)
    assert first.vector @ style(1) > 0.95
    assert second.vector @ style(1) < 0.1


def test_what_is_alike_in_two_categories_is_apart():
    taste = taste_of([signal(1), signal(1, category=Category.DRESSES)], now=NOW)
    assert [medoid.category for medoid in taste.medoids] == [Category.DRESSES, Category.TOPS]


def test_a_medoid_is_the_garment_that_is_nearest_to_the_heaviest_of_its_cluster():
    middle, left, right = (signal(1, vector=style(1, lean, 300), garment=str(lean)) for lean in (0.0, -0.4, 0.4))
    assert taste_of([left, middle, right], now=NOW).medoids[0].garment == "0.0"
    again = [signal(1, vector=left.vector, garment=left.garment) for _ in range(5)]
    medoid = taste_of([left, middle, right, *again], now=NOW).medoids[0]
    assert medoid.garment == "-0.4"
    assert -0.4 < medoid.centre[300] < 0
    assert np.linalg.norm(medoid.centre) == pytest.approx(1)


def test_what_is_too_far_apart_is_not_one_taste():
    near, far = 0.3, 0.98  # lean; two garments lean in directions of their own
    assert len(taste_of([signal(1, lean=near), signal(1, lean=near)], now=NOW).medoids) == 1
    assert len(taste_of([signal(1, lean=far), signal(1, lean=far)], now=NOW).medoids) == 2


@pytest.mark.parametrize("kind", [kind for kind in Kind if SIGNALS[kind].weight > 0])
def test_a_signal_weighs_half_after_its_half_life(kind: Kind):
    strength = SIGNALS[kind]
    assert importances(taste_of([signal(1, kind)], now=NOW)) == [strength.weight]
    old = signal(1, kind, days=strength.half_life_days)
    assert importances(taste_of([old], now=NOW)) == pytest.approx([strength.weight / 2])


def test_a_signal_from_the_future_weighs_what_one_of_today_does():
    assert importances(taste_of([signal(days=-400)], now=NOW)) == [1.0]


def test_the_garments_of_one_photograph_share_its_weight():
    shown = [signal(n, source="photo:7", category=category) for n, category in enumerate(Category)][:3]
    assert importances(taste_of(shown, now=NOW)) == pytest.approx([1 / 3] * 3)


def test_looking_at_one_photograph_again_and_again_says_less_each_time():
    looked = [signal(1, Kind.VIEWED, source="photo:7", garment="one", vector=style(1), days=day / 1000)
              for day in range(3)]  # fmt: skip
    assert importances(taste_of(looked, now=NOW)) == pytest.approx([0.15 * (1 + 1 / 2 + 1 / 3)], rel=1e-3)


def test_what_was_looked_at_and_liked_is_one_garment_for_two_reasons():
    shared = {"source": "photo:7", "garment": "one", "vector": style(1)}
    [medoid] = taste_of([signal(1, Kind.VIEWED, **shared), signal(1, Kind.LIKED, **shared)], now=NOW).medoids
    assert [(one.kind, one.source, one.weight, one.similarity) for one in medoid.origins] == [
        ("liked", "photo:7", 1.0, 1.0),
        ("viewed", "photo:7", 0.15, 1.0),
    ]


def test_only_the_newest_events_count():
    many = [signal(1, source=f"photo:{n}", garment=f"{n:04}", vector=style(1), days=n / 100) for n in range(1200)]
    [medoid] = taste_of(many, now=NOW).medoids
    assert len(medoid.origins) == RULES.events
    assert {origin.garment for origin in medoid.origins} == {f"{n:04}" for n in range(RULES.events)}


def test_no_more_than_five_medoids_a_category_and_twelve_in_all():
    said = [signal(10 * place + n, category=category) for place, category in enumerate(Category) for n in range(7)]
    taste = taste_of(said, now=NOW)
    assert len(taste.medoids) == 12
    tops = [one for one in said if one.category is Category.TOPS]
    assert len(taste_of(tops, now=NOW).medoids) == 5


def test_the_heaviest_tastes_are_kept():
    small = [signal(number, Kind.VIEWED) for number in range(10, 30)]
    great = [signal(number) for number in range(3)]
    kept = taste_of([*small, *great], now=NOW).medoids[:3]
    assert {medoid.garment for medoid in kept} == {one.garment for one in great}


def test_a_dislike_takes_importance_from_what_is_near_it_and_is_kept():
    liked, other = [signal(1), signal(1)], signal(2)
    taste = taste_of([*liked, other, signal(1, Kind.UNLIKED, garment="no")], now=NOW)
    assert importances(taste) == [1.0, 1.0]
    assert [(away.garment, away.weight, away.colour) for away in taste.away] == [("no", 1.0, "")]


def test_a_taste_that_was_disliked_away_is_none():
    taste = taste_of([signal(1), signal(1, Kind.LESS)], now=NOW)
    assert not taste
    assert [away.weight for away in taste.away] == [1.5]


def test_half_a_likeness_to_a_dislike_costs_nothing():
    assert importances(taste_of([signal(1), signal(1, Kind.LESS, vector=style(1, 0.8**0.5, 300))], now=NOW)) == [1.0]


def test_a_wrong_colour_says_nothing_against_the_rest():
    wrong = signal(1, Kind.WRONG_COLOUR, colour="#c51928", garment="red")
    taste = taste_of([signal(1), wrong], now=NOW)
    assert importances(taste) == [1.0]
    assert [(away.garment, away.weight, away.colour) for away in taste.away] == [("red", 0.5, "#c51928")]


def test_a_wrong_colour_of_what_is_disliked_anyway_is_no_excuse():
    no = {"garment": "red", "source": "photo:7", "vector": style(1), "colour": "#c51928"}
    for order in (1, -1):
        said = [signal(1, Kind.WRONG_COLOUR, days=order, **no), signal(1, Kind.LESS, **no)]
        [away] = taste_of(said, now=NOW).away
        assert away.colour == ""


def test_dislikes_fade_and_the_heaviest_are_kept():
    said = [signal(n, Kind.LESS, days=n, garment=f"{n:02}") for n in range(30)]
    taste = taste_of(said, now=NOW)
    assert [away.garment for away in taste.away] == [f"{n:02}" for n in range(RULES.away)]
    assert taste.away[5].weight == pytest.approx(1.5 * 0.5 ** (5 / 180), rel=1e-4)
    assert taste_of(said, now=NOW + timedelta(days=3000)).away == ()


def test_the_order_of_the_signals_does_not_matter():
    chance = np.random.default_rng(1)
    kinds = list(Kind)
    said = [
        signal(n % 7, kinds[n % len(kinds)], lean=0.4, days=float(n % 5), source=f"photo:{n // 2}", colour="#c51928")
        for n in range(80)
    ]
    expected = as_rows(taste_of(said, now=NOW))
    for _ in range(3):
        assert as_rows(taste_of([said[place] for place in chance.permutation(len(said))], now=NOW)) == expected


def test_nothing_said_is_no_taste():
    taste = taste_of([], now=NOW)
    assert not taste
    assert (taste.medoids, taste.away) == ((), ())


def test_other_strengths_are_another_taste():
    calm = {**SIGNALS, Kind.LIKED: Strength(3.0, 1.0)}
    assert importances(taste_of([signal(days=1)], now=NOW, strengths=calm)) == [1.5]


def test_a_taste_comes_back_from_its_rows_as_it_was():
    said = [signal(1, lean=0.3), signal(1, Kind.VIEWED, lean=0.3), signal(5, Kind.WRONG_COLOUR, colour="#c51928")]
    taste = taste_of(said, now=NOW)
    back = from_rows(json.loads(json.dumps(as_rows(taste))))
    for one, other in zip((*taste.medoids, *taste.away), (*back.medoids, *back.away), strict=True):
        assert (one.category, one.garment) == (other.category, other.garment)
        assert np.abs(one.vector - other.vector).max() < 1e-3
    assert back.medoids[0].origins == taste.medoids[0].origins
    assert back.medoids[0].importance == taste.medoids[0].importance
    assert np.abs(back.medoids[0].centre - taste.medoids[0].centre).max() < 1e-3
    assert (back.away[0].weight, back.away[0].colour) == (0.5, "#c51928")


@pytest.mark.parametrize(
    "change",
    [
        {"category": "hats"},
        {"vector": "AAAA"},
        {"vector": "no base 64!"},
        {"vector": None},
        {"centre": "AAAA"},
        {"importance": "much"},
        {"reasons": [{"kind": "loved"}]},
        {"reasons": None},
    ],
)
def test_rows_that_are_no_taste_are_refused(change: dict[str, Any]):
    [row] = as_rows(taste_of([signal(1)], now=NOW))
    with pytest.raises(ValueError):
        from_rows([row | change])
