"""From candidates to an order, with what it is made of."""

from __future__ import annotations

import math
from typing import Any

import pytest

from mlcore.types import Category
from recommendations.ranking import (
    FRESH_HALF_LIFE_DAYS,
    SOFTNESS,
    Candidate,
    Ranked,
    Reason,
    Weights,
    Worn,
    popularity_of,
    rank,
)
from recommendations.taste import Away, Kind, Medoid, Origin, Taste
from tests.recommendations.conftest import style

RED, DARK_RED, BLUE = "#c51928", "#b01020", "#2040c0"


def worn(number: int = 1, lean: float = 0.0, *, category: Category = Category.TOPS, colour: str = "") -> Worn:
    return Worn(f"garment {number} {lean}", category, style(number, lean), colour)


def candidate(*garments: Worn, photo: int = 1, **values: Any) -> Candidate:
    return Candidate(photo, garments, **{"age_days": 1000.0, **values})


def medoid(number: int = 1, importance: float = 1.0, *, kind: Kind = Kind.LIKED, **values: Any) -> Medoid:
    return Medoid(**{
        "category": Category.TOPS, "garment": f"own {number}", "vector": style(number), "centre": style(number),
        "importance": importance, "origins": (Origin(kind, f"photo:{number}", f"own {number}", importance, 1.0),),
        **values,
    })  # fmt: skip


def photos(ranked: list[Ranked]) -> list[int]:
    return [one.candidate.photo for one in ranked]


def test_a_score_is_the_sum_of_its_parts_and_a_part_its_weight_times_its_feature():
    taste = Taste((medoid(),), (Away(Category.TOPS, "no", style(1, 0.9), 0.7),))
    weights = Weights(similarity=0.9, quality=0.2, freshness=0.3, popularity=0.4, coverage=0.5, away=0.6)
    shown = candidate(worn(1, 0.5), quality=0.7, age_days=FRESH_HALF_LIFE_DAYS, popularity=0.8, coverage=0.25)
    [one] = rank([shown], taste, weights=weights)
    assert one.score == sum(one.parts.values())
    assert list(one.parts) == ["similarity", "quality", "freshness", "popularity", "coverage", "away"]
    assert one.features == pytest.approx(
        {"similarity": 0.75**0.5, "quality": 0.7, "freshness": 0.5, "popularity": 0.8, "coverage": 0.25}
        | {"away": 0.7 * (0.75**0.5 * 0.19**0.5 + 0.45 - 0.5) / 0.5},
        rel=1e-5,
    )
    for name, value in one.features.items():
        assert one.parts[name] == (-1 if name == "away" else 1) * getattr(weights, name) * value


def test_what_is_more_alike_comes_first():
    shown = [candidate(worn(1, lean), photo=photo) for photo, lean in enumerate((0.9, 0.1, 0.5))]
    assert photos(rank(shown, Taste((medoid(),)))) == [1, 2, 0]


def test_the_best_garment_of_a_photograph_counts():
    shown = [candidate(worn(1, 0.3), photo=1), candidate(worn(7), worn(1, 0.2), worn(8), photo=2)]
    assert photos(rank(shown, Taste((medoid(),)))) == [2, 1]


def test_a_garment_of_another_category_is_not_like_it():
    [one] = rank([candidate(worn(1, category=Category.SKIRTS))], Taste((medoid(),)))
    assert (one.features["similarity"], one.medoid, one.reasons) == (0.0, None, ())


def test_a_lesser_taste_comes_after_a_greater_one_by_a_known_step():
    taste = Taste((medoid(1, 4.0), medoid(2, 1.0, category=Category.SKIRTS)))
    great, small = rank([candidate(worn(1)), candidate(worn(2, category=Category.SKIRTS))], taste)
    assert great.features["similarity"] == pytest.approx(1.0)
    assert small.features["similarity"] == pytest.approx(1.0 - SOFTNESS * math.log(4))
    assert (great.medoid, small.medoid) == (0, 1)


def test_what_two_tastes_share_is_better_than_what_is_as_near_to_one():
    taste = Taste((medoid(1), medoid(2)))
    both, one = worn(1), worn(3)
    half = 0.5**0.5
    both = Worn("both", Category.TOPS, (style(1) + style(2)) * half)
    one = Worn("one", Category.TOPS, (style(1) + style(3)) * half)
    first, second = rank([candidate(one, photo=1), candidate(both, photo=2)], taste)
    assert first.candidate.photo == 2
    assert first.features["similarity"] - second.features["similarity"] < 0.2


def test_by_the_centre_photographs_are_ranked_by_the_garment_they_are_compared():
    taste = Taste((medoid(1, centre=style(2)),))
    first, second = rank([candidate(worn(1), photo=1), candidate(worn(2), photo=2)], taste)
    assert (first.candidate.photo, first.medoid, first.reasons) == (2, None, ())
    assert second.reasons == (Reason("liked", "photo:1", 1.0),)


def test_what_is_like_a_dislike_falls_behind():
    away = Away(Category.TOPS, "no", style(1, 0.6), 2.0)
    shown = [candidate(worn(1, 0.6), photo=1), candidate(worn(1, -0.6), photo=2)]
    first, second = rank(shown, Taste((medoid(),), (away,)))
    assert (first.candidate.photo, second.candidate.photo) == (2, 1)
    assert second.parts["away"] == pytest.approx(-0.5)


def test_a_wrong_colour_falls_behind_and_the_same_thing_in_another_does_not():
    away = Away(Category.TOPS, "red", style(1), 1.0, RED)
    shown = [candidate(worn(1, colour=colour), photo=n) for n, colour in enumerate((RED, DARK_RED, BLUE))]
    disliked = {one.candidate.photo: one.features["away"] for one in rank(shown, Taste((medoid(),), (away,)))}
    assert disliked == {0: pytest.approx(1.0), 1: pytest.approx(1.0), 2: 0.0}


def test_without_a_taste_what_is_popular_and_fresh_comes_first():
    shown = [
        candidate(worn(1), photo=1),
        candidate(worn(2), photo=2, popularity=0.9),
        candidate(worn(3), photo=3, age_days=0.0),
    ]
    ranked = rank(shown, Taste())
    assert photos(ranked) == [3, 2, 1]
    assert [[reason.kind for reason in one.reasons] for one in ranked] == [["fresh"], ["popular"], []]


def test_of_equals_the_newer_comes_first():
    assert photos(rank([candidate(worn(1), photo=photo) for photo in (3, 9, 5)], Taste((medoid(),)))) == [9, 5, 3]


def test_a_reason_names_the_heaviest_signal_on_the_medoids_own_garment_and_how_like_it_this_is():
    said = (
        Origin(Kind.MORE, "photo:8", "another", 1.5, 0.8),
        Origin(Kind.SEARCHED, "search:3", "own 1", 0.6, 1.0),
        Origin(Kind.VIEWED, "photo:1", "own 1", 0.1, 1.0),
    )
    [one] = rank([candidate(worn(1, 0.6))], Taste((medoid(origins=said),)))
    assert one.reasons == (Reason("searched", "search:3", 0.8),)


def test_each_garment_gives_its_reason_the_most_alike_first():
    taste = Taste((medoid(1), medoid(2, kind=Kind.WORN), medoid(3), medoid(4)))
    [one] = rank([candidate(worn(2, 0.3), worn(1, 0.2), worn(3, 0.5), worn(4, 0.6), worn(1, 0.4))], taste)
    assert [(reason.kind, reason.source) for reason in one.reasons] == [
        ("liked", "photo:1"),
        ("worn", "photo:2"),
        ("liked", "photo:3"),
    ]


def test_what_is_hardly_alike_is_no_reason():
    taste = Taste((medoid(),))
    [near] = rank([candidate(worn(1, (1 - 0.41**2) ** 0.5))], taste)
    [far] = rank([candidate(worn(1, (1 - 0.39**2) ** 0.5))], taste)
    assert ([reason.similarity for reason in near.reasons], near.medoid) == ([0.41], 0)
    assert (far.reasons, far.medoid) == ((), None)
    assert far.features["similarity"] == pytest.approx(0.39)


def test_what_can_be_worn_is_popular_or_fresh_says_so():
    kinds = [one.kind for one in rank([candidate(age_days=7, popularity=0.6, coverage=0.5)], Taste())[0].reasons]
    assert kinds == ["wearable", "popular", "fresh"]
    assert rank([candidate(age_days=7.1, popularity=0.59, coverage=0.49)], Taste())[0].reasons == ()


def test_numbers_that_cannot_be_move_nothing():
    wild = candidate(worn(1), quality=math.nan, popularity=7.0, coverage=-1.0, age_days=-5.0)
    [one] = rank([wild], Taste())
    assert one.features == {
        "similarity": 0.0, "quality": 0.0, "freshness": 1.0, "popularity": 1.0, "coverage": 0.0, "away": 0.0,
    }  # fmt: skip


def test_nothing_to_rank_is_nothing():
    assert rank([], Taste((medoid(),))) == []


def test_popularity_is_a_half_for_what_is_as_popular_as_most_and_for_what_nobody_was_shown():
    assert popularity_of(shown=0, opened=0, liked=0) == 0.5
    assert popularity_of(shown=1000, opened=50, liked=0) == pytest.approx(0.5)
    assert popularity_of(shown=1000, opened=0, liked=0) < 0.05
    assert 0.5 < popularity_of(shown=1, opened=1, liked=0) < popularity_of(shown=100, opened=50, liked=0) < 1
    assert popularity_of(shown=100, opened=0, liked=2) > popularity_of(shown=100, opened=2, liked=0)


def test_weights_are_taken_from_settings_and_the_others_stay():
    assert Weights.of({"popularity": 0.3, "away": 0}) == Weights(popularity=0.3, away=0.0)
    assert Weights.of({}) == Weights()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"colour": 1.0}, "no weight 'colour'"),
        ({"away": -0.1}, "from 0 to 10"),
        ({"away": 10.5}, "from 0 to 10"),
        ({"away": math.nan}, "from 0 to 10"),
        ({"away": math.inf}, "from 0 to 10"),
        ({"away": "0.5"}, "from 0 to 10"),
        ({"away": True}, "from 0 to 10"),
        ({"away": None}, "from 0 to 10"),
    ],
)
def test_weights_that_cannot_be_are_refused(values: dict[str, Any], words: str):
    with pytest.raises(ValueError, match=words):
        Weights.of(values)
