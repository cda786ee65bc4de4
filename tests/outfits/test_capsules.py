"""What to pack, of small wardrobes that can be reckoned by hand."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise

import numpy as np
import pytest

from mlcore.types import Category
from outfits.capsule_answer import Asked, Capsule, Obstacle
from outfits.capsule_board import Board, Choice, Demand, Value
from outfits.capsule_bounds import most_outfits
from outfits.capsule_search import choose
from outfits.capsules import pack
from outfits.harmony import Basis, PairLift, Uncounted, pair, worn_together
from outfits.owned import OwnItem
from outfits.pairing import most_useful, pairs
from tests.outfits.owned import Counted, numbers, only, own

FOUR = [own(1, "tops"), own(2, "tops"), own(3, "trousers"), own(4, "skirts")]
JACKET, DRESS = own(5, "outerwear"), own(6, "dresses")


def packed(items: Iterable[OwnItem], lifts: PairLift | None = None, **asked: object) -> Capsule:
    return pack(list(items), Asked(**asked), lifts or Uncounted())  # type: ignore[arg-type]


def chosen(capsule: Capsule) -> list[int]:
    return sorted(one.item.id.int for one in capsule.items)


def worn(capsule: Capsule) -> list[list[int]]:
    return [numbers(day.items) for day in capsule.plan]


def obstacles(capsule: Capsule) -> list[Obstacle]:
    return [one.obstacle for one in capsule.missing]


def says(capsule: Capsule) -> list[str]:
    return [one.says for one in capsule.missing]


def test_two_tops_and_two_bottoms_dress_for_four_days() -> None:
    capsule = packed(FOUR, days=4)
    assert (chosen(capsule), capsule.outfits, capsule.bound, capsule.fewest) == ([1, 2, 3, 4], 4, 4, True)
    assert worn(capsule) == [[1, 3], [2, 4], [1, 4], [2, 3]]
    assert [one.reason for one in capsule.items] == [
        "goes with 2 of the other 3; without it 2 of 4 outfits are lost"
    ] * 4
    assert [(one.goes_with, one.outfits, one.days) for one in capsule.items] == [
        (2, 2, (1, 3)), (2, 2, (2, 4)), (2, 2, (1, 4)), (2, 2, (2, 3))
    ]  # fmt: skip
    assert capsule.missing == ()


def test_a_jacket_makes_two_outfits_of_each() -> None:
    """Three items make two at most. Of four, two tops with two bottoms make as many as one of them under a jacket."""
    capsule = packed([FOUR[0], *FOUR[2:], JACKET], days=3)
    assert (chosen(capsule), capsule.outfits, capsule.fewest) == ([1, 3, 4, 5], 4, True)
    assert worn(capsule) == [[1, 3], [1, 4], [1, 3, 5]]
    assert chosen(packed([*FOUR, JACKET], days=3)) == [1, 2, 3, 4]


def test_a_dress_is_enough_for_a_day() -> None:
    capsule = packed([*FOUR, JACKET, DRESS], days=1)
    assert (chosen(capsule), capsule.outfits, capsule.bound, capsule.fewest) == ([6], 1, 1, True)
    assert capsule.items[0].reason == "is an outfit by itself; without it 1 of 1 outfit is lost"
    (day,) = capsule.plan
    assert (day.score, day.basis, day.why, day.again) == (1.0, frozenset(), (), False)


def test_as_many_outfits_as_possible_where_they_are_asked_for() -> None:
    capsule = packed([*FOUR, JACKET, DRESS], days=4, most_items=5, fill=True)
    assert (chosen(capsule), capsule.outfits, capsule.bound) == ([1, 2, 3, 4, 5], 8, 8)
    everything = packed([*FOUR, JACKET, DRESS], days=4, fill=True)
    assert (chosen(everything), everything.outfits, everything.fewest) == ([1, 2, 3, 4, 5, 6], 10, False)


def test_where_outfits_are_asked_for_nothing_is_packed_that_makes_none() -> None:
    alone = own(9, "skirts", "green")
    capsule = packed([own(1, "tops", "red"), own(3, "trousers"), alone], days=1, fill=True)
    assert chosen(capsule) == [1, 3]


def test_what_does_not_go_together_is_no_outfit() -> None:
    red, green = own(1, "tops", "red"), own(2, "skirts", "green")
    capsule = packed([red, green], days=2)
    assert (chosen(capsule), capsule.outfits, capsule.bound, capsule.plan) == ([], 0, 0, ())
    assert says(capsule) == [
        "no top (of 1) goes with any trousers or skirts (of 1)", "0 different outfits for 2 days"
    ]  # fmt: skip


def test_every_two_of_three_must_go_together() -> None:
    """The jacket goes with the top and not with the skirt."""
    items = [own(1, "tops", "red"), own(2, "skirts", "yellow"), own(3, "outerwear", "blue")]
    capsule = packed(items, only(("red", "yellow"), ("red", "blue")), days=2)
    assert worn(capsule) == [[1, 2], [1, 2]]
    assert [day.again for day in capsule.plan] == [False, True]


def test_one_does_not_wear_the_same_top_more_than_three_days_where_there_are_others() -> None:
    """Nine days: 3 tops × 3 bottoms would do with 6 items, and so would 1 top, 2 bottoms and 4 jackets with 7."""
    tops, below = [own(n, "tops") for n in range(1, 8)], [own(n, "trousers") for n in range(11, 15)]
    coats = [own(n, "outerwear") for n in range(21, 25)]
    capsule = packed([*tops, *below, *coats], days=9)
    of = Counter(one.item.category for one in capsule.items)
    assert (of[Category.TOPS], sum(of.values()), capsule.outfits) == (3, 6, 12)
    assert Counter(day.items[0].id.int for day in capsule.plan) == {1: 3, 2: 3, 3: 3}


def test_the_same_top_more_often_is_said_where_there_are_no_others() -> None:
    capsule = packed([own(1, "tops"), *[own(n, "trousers") for n in range(2, 9)]], days=7)
    assert says(capsule) == ["one top, dress or romper for 7 days: one is worn on 7 of them"]
    assert len({tuple(day) for day in worn(capsule)}) == 7


def test_no_outfit_twice_while_others_are_left_and_then_again_in_turn() -> None:
    capsule = packed(FOUR, days=6)
    assert [day.again for day in capsule.plan] == [False, False, False, False, True, True]
    assert (capsule.outfits, says(capsule)) == (4, ["4 different outfits for 6 days"])


def test_every_day_after_the_last_rests_what_was_worn() -> None:
    capsule = packed([*FOUR, own(7, "tops"), own(8, "trousers")], days=9)
    tops = [day[0] for day in worn(capsule)]
    assert Counter(tops) == {1: 3, 2: 3, 7: 3}
    assert all(one != other for one, other in pairwise(tops))


def test_what_must_be_packed_is_packed_and_what_is_left_out_is_not() -> None:
    capsule = packed([*FOUR, DRESS], days=1, must_have=frozenset({own(2, "tops").id}))
    assert (chosen(capsule), capsule.plan[0].occasions) == ([2, 3], ())
    assert next(one for one in capsule.items if one.must_have).reason == (
        "you asked for it; goes with 1 of the other 1; without it 1 of 1 outfit is lost"
    )
    without = packed([*FOUR, DRESS], days=1, leave_out=frozenset({DRESS.id, FOUR[0].id}))
    assert chosen(without) == [2, 3]


def test_what_must_be_packed_and_goes_with_nothing_says_so() -> None:
    capsule = packed([*FOUR[2:], DRESS], days=1, must_have=frozenset({FOUR[2].id}))
    assert chosen(capsule) == [3, 6]
    assert capsule.items[-1].reason == "you asked for it; makes no outfit with the other 1"
    assert says(capsule) == ["trousers 3 is packed as you asked, and is in none of the outfits"]


def test_each_occasion_has_its_outfit_even_if_it_takes_more_items() -> None:
    office = [own(1, "tops", tags=("Office",)), own(2, "trousers", tags=("office", "blue"))]
    party = own(3, "dresses", tags=("party",))
    capsule = packed([*office, party], days=1, occasions=("office", "party"))
    assert chosen(capsule) == [1, 2, 3]
    first, second = capsule.occasions
    assert (first.occasion, first.fitting, first.outfits, first.days) == ("office", 2, 1, (1,))
    assert (second.occasion, second.fitting, second.outfits, second.days) == ("party", 1, 1, ())
    two = packed([*office, party], days=2, occasions=("office", "party"))
    assert [day.occasions for day in two.plan] == [("office",), ("party",)]
    assert two.items[-1].reason == (
        "is an outfit by itself; without it 1 of 2 outfits is lost; no outfit would be left for party"
    )


def test_what_no_tag_gives_an_occasion_fits_all_of_them() -> None:
    """Tags that name none say nothing of it; "sport" does, though nobody asks for it."""
    everyday = own(1, "dresses", tags=("from Mum",))
    assert chosen(packed([everyday], days=1, occasions=("office", "party"))) == [1]
    tracksuit = own(2, "rompers", tags=("sport",))
    capsule = packed([tracksuit], days=1, occasions=("office",))
    assert (chosen(capsule), says(capsule)) == ([], ["none of 1 item fits office"])
    assert chosen(packed([tracksuit], days=1)) == [2]


def test_what_is_tagged_for_an_occasion_is_packed_for_it_though_other_things_would_fit() -> None:
    everyday = [own(1, "tops"), own(2, "trousers"), own(3, "skirts")]
    gown, coat = own(4, "dresses", tags=("party",)), own(5, "outerwear", tags=("office",))
    capsule = packed([*everyday, gown, coat], days=2, occasions=("party", "office"))
    assert (chosen(capsule), worn(capsule)) == ([1, 2, 4, 5], [[4], [1, 2, 5]])
    assert [(one.outfits, one.tagged, one.days) for one in capsule.occasions] == [(2, 1, (1,)), (2, 1, (2,))]
    reasons = {one.item.id.int: one.reason for one in capsule.items}
    assert reasons[4] == (
        "is an outfit by itself; without it 1 of 3 outfits is lost; "
        "no outfit that is tagged for it would be left for party"
    )
    assert reasons[5].endswith("no outfit that is tagged for it would be left for office")
    assert reasons[1].endswith("no outfit would be left for office")


def test_an_outfit_of_items_for_different_occasions_is_for_none() -> None:
    items = [own(1, "tops", tags=("office",)), own(2, "skirts", tags=("party",))]
    capsule = packed(items, days=1, occasions=("office", "party"))
    assert (capsule.outfits, obstacles(capsule)) == (0, [
        Obstacle.NOTHING_GOES_TOGETHER, Obstacle.OCCASION, Obstacle.OCCASION, Obstacle.TOO_FEW_OUTFITS
    ])  # fmt: skip


def test_an_occasion_is_compared_as_people_write_it_and_answered_as_asked() -> None:
    capsule = packed([own(1, "dresses", tags=("  SUMMER  Fête",))], days=1, occasions=("Summer fête", "summer FÊTE"))
    assert [one.occasion for one in capsule.occasions] == ["Summer fête"]
    assert capsule.occasions[0].days == (1,)


def test_too_few_items_for_all_occasions_say_which_is_not_covered() -> None:
    items = [own(1, "tops", tags=("office",)), own(2, "trousers", tags=("office",)), own(3, "dresses", tags=("party",))]
    capsule = packed(items, days=2, occasions=("office", "party"), most_items=2)
    assert chosen(capsule) == [3]
    assert says(capsule) == [
        "no outfit for office: 2 items fit it, but 2 items at most is too little for all that is asked",
        "1 different outfit for 2 days: 2 items at most, of 3 that make 2",
    ]


def test_only_what_is_for_the_season_is_packed() -> None:
    summer, winter, any_time = (
        own(n, "dresses", seasons=frozenset(s)) for n, s in ((1, {"summer"}), (2, {"winter", "autumn"}), (3, ()))
    )
    capsule = packed([summer, winter, any_time], days=3, season="summer")
    assert (chosen(capsule), capsule.fitting) == ([1, 3], 2)
    kept = packed([summer, winter], days=1, season="summer", must_have=frozenset({winter.id}))
    assert chosen(kept) == [2]


def test_in_winter_an_outfit_needs_a_coat_if_there_is_any() -> None:
    capsule = packed([DRESS, JACKET], days=2, season="winter")
    assert (chosen(capsule), capsule.outfits, worn(capsule)) == ([5, 6], 1, [[6, 5], [6, 5]])
    bare = packed([DRESS], days=1, season="winter")
    assert (chosen(bare), says(bare)) == ([6], ["no outerwear that goes over anything: planned without"])
    clashing = packed([own(1, "dresses", "red"), own(2, "outerwear", "green")], days=1, season="winter")
    assert (chosen(clashing), obstacles(clashing)) == ([1], [Obstacle.NO_OUTERWEAR])


def test_an_empty_wardrobe_has_an_empty_capsule() -> None:
    capsule = packed([], days=7, occasions=("office",))
    assert (capsule.items, capsule.plan, capsule.outfits, capsule.bound) == ((), (), 0, 0)
    assert (capsule.occasions[0].outfits, capsule.occasions[0].days) == (0, ())
    assert (obstacles(capsule), capsule.fewest) == ([Obstacle.EMPTY_WARDROBE], False)


@pytest.mark.parametrize(
    ("categories", "said"),
    [
        (["tops", "tops"], "no trousers or skirts: 2 tops cannot be worn without"),
        (["trousers", "skirts"], "no tops: 2 trousers or skirts cannot be worn without"),
        (["skirts"], "no tops: 1 piece for the legs cannot be worn without"),
        (["outerwear"], "no tops, dresses or rompers: a coat needs something under it"),
    ],
)
def test_what_a_wardrobe_lacks_is_named(categories: list[str], said: str) -> None:
    capsule = packed([own(n, category) for n, category in enumerate(categories)], days=1)
    assert says(capsule) == [said, "0 different outfits for 1 day"]


def test_what_is_liked_is_packed_of_what_is_equal_and_then_the_first_by_id() -> None:
    dresses = [own(n, "dresses") for n in (4, 2, 7)]
    assert chosen(packed(dresses, days=1)) == [2]
    assert chosen(packed([*dresses, own(9, "dresses", favourite=True)], days=1)) == [9]
    versatile = [*dresses, own(8, "dresses", "red"), own(1, "outerwear", "green")]
    assert chosen(packed(versatile, days=1)) == [2]  # the green coat goes over black and not over red


def test_a_day_says_what_says_that_its_items_go_together() -> None:
    items = [own(1, "tops", "red"), own(2, "skirts", "green"), own(3, "outerwear", "black")]
    capsule = packed(items, Counted({("red", "green"): 2.0}), days=2)
    long = max(capsule.plan, key=lambda day: len(day.items))
    assert numbers(long.items) == [1, 2, 3]
    assert long.basis == {Basis.PHOTOGRAPHS, Basis.COLOURS}
    assert long.score == pytest.approx((0.8 + 0.75 + 0.75) / 3)
    assert long.why == (
        "in the photographs red tops and green skirts are worn together 2.0 times as often as by chance",
        "black goes with everything",
    )


COLOURS = ("red", "green", "blue", "yellow", "purple", "black")
KINDS = ("tops", "tops", "tops", "trousers", "skirts", "dresses", "outerwear")


def drawn(seed: int, size: int = 10) -> list[OwnItem]:
    luck = random.Random(seed)
    return [
        own(
            number,
            luck.choice(KINDS),
            luck.choice(COLOURS),
            pattern=luck.choice(("", "", "dot")),
            tags=luck.choice(((), (), ("office",), ("party",))),
            favourite=luck.random() < 0.2,
        )
        for number in luck.sample(range(1000), size)
    ]


def outfits_of(items: Sequence[OwnItem]) -> int:
    """Counted one by one, from the definition alone."""
    found = 0
    for size in (1, 2, 3):
        for worn_ones in combinations(items, size):
            places = [one.category for one in worn_ones]
            whole = sum(place in (Category.DRESSES, Category.ROMPERS) for place in places)
            tops = places.count(Category.TOPS)
            below = sum(place in (Category.TROUSERS, Category.SKIRTS) for place in places)
            over = places.count(Category.OUTERWEAR)
            dressed = (whole, tops, below) in ((1, 0, 0), (0, 1, 1)) and over <= 1
            found += dressed and all(
                worn_together(a.category, b.category) and pair(a, b, Uncounted()).goes
                for a, b in combinations(worn_ones, 2)
            )
    return found


def board_of(items: Sequence[OwnItem], days: int, fresh: int) -> Board:
    found = pairs(sorted(items, key=lambda item: item.id), Uncounted())
    none = np.ones((0, len(items)), bool)
    return Board(found, none, none, [0] * len(items), Demand(days, fresh))


@pytest.mark.parametrize("seed", range(30))
def test_a_choice_is_as_good_as_the_best_of_all_choices_and_within_its_bound(seed: int) -> None:
    """Every choice of ten items is tried: 1,023 of them."""
    board = board_of(drawn(seed), days=4, fresh=2)
    choices = [frozenset(c) for n in range(11) for c in combinations(range(10), n)]
    values: dict[Choice, Value] = {choice: board.value(choice) for choice in choices}

    fewest = choose(board, must_have=frozenset(), most=6, fill=False)
    best = max((values[c].level, -len(c), values[c].outfits) for c in choices if len(c) <= 6)
    assert (values[fewest].level, -len(fewest), values[fewest].outfits) == best

    most = choose(board, must_have=frozenset(), most=6, fill=True)
    best_filled = max((values[c].level, values[c].outfits, -len(c)) for c in choices if len(c) <= 6)
    assert (values[most].level, values[most].outfits, -len(most)) == best_filled

    for size in range(11):
        reached = max(values[c].outfits for c in choices if len(c) == size)
        assert reached <= most_outfits(board, size)
        for fresh in range(1, 4):
            with_fresh = [values[c].outfits for c in choices if len(c) == size and _next_to_the_skin(board, c) >= fresh]
            assert max(with_fresh, default=-1) <= most_outfits(board, size, fresh=fresh)


@pytest.mark.parametrize("seed", range(20))
def test_a_choice_for_occasions_is_the_best_of_all_choices_too(seed: int) -> None:
    items = sorted(drawn(seed), key=lambda item: item.id)
    fits = np.array([[not one.tags or name in one.tags for one in items] for name in ("office", "party")])
    tagged = np.array([[name in one.tags for one in items] for name in ("office", "party")])
    board = Board(pairs(items, Uncounted()), fits, tagged, [0] * 10, Demand(3, 1))
    chosen_ones = choose(board, must_have=frozenset(), most=7, fill=False)
    values = {c: board.value(frozenset(c)) for n in range(8) for c in combinations(range(10), n)}
    best = max((value.level, -len(c), value.outfits) for c, value in values.items())
    value = board.value(chosen_ones)
    assert (value.level, -len(chosen_ones), value.outfits) == best


def _next_to_the_skin(board: Board, choice: Choice) -> int:
    return sum(place in board.pairs.tops or place in board.pairs.wholes for place in choice)


@pytest.mark.parametrize("seed", range(10))
def test_what_is_said_of_a_capsule_is_true(seed: int) -> None:
    items = drawn(seed, 14)
    capsule = packed(items, days=5, most_items=8)
    chosen_items = [one.item for one in capsule.items]
    assert capsule.outfits == outfits_of(chosen_items) <= capsule.bound
    for one in capsule.items:
        rest = [item for item in chosen_items if item != one.item]
        assert capsule.outfits - outfits_of(rest) == one.outfits
        assert (f"without it {one.outfits} of {capsule.outfits} " in one.reason) is (one.outfits > 0)
        beside = {numbers([item])[0] for day in capsule.plan if one.item in day.items for item in day.items}
        assert len(beside - {one.item.id.int}) <= one.goes_with
        assert one.days == tuple(day.number for day in capsule.plan if one.item in day.items)
    assert len({tuple(day) for day in worn(capsule)}) == min(5, capsule.outfits)
    if capsule.fewest:
        smaller = [c for n in range(len(chosen_items)) for c in combinations(items, n)]
        assert not any(outfits_of(c) >= 5 and _skins(c) >= 2 for c in smaller)


def test_what_the_bound_does_not_rule_out_is_not_said_to_be_proved() -> None:
    """Six outfits of five items cannot be ruled out by the degrees of the pairs, though no five items make them."""
    items = drawn(2)
    capsule = packed(items, days=6)
    assert (len(capsule.items), capsule.outfits, capsule.fewest) == (6, 7, False)
    assert most_outfits(board_of(items, days=6, fresh=2), 5, fresh=2) == 6
    assert max(outfits_of(five) for five in combinations(items, 5)) == 5


def test_for_a_goal_only_outfits_with_an_item_that_is_tagged_for_it_count() -> None:
    items = [own(0, "tops"), own(1, "skirts", tags=("party",)), own(2, "skirts"), own(3, "dresses", tags=("office",))]
    fits, tagged = np.array([[True, True, True, False]]), np.array([[False, True, False, False]])
    board = Board(pairs(items, Uncounted()), fits, tagged, [0] * 4, Demand(1, 1))
    assert board.meant == [0]
    assert board.gains(frozenset({0})).tolist() == [0, 1, 1, 0]  # the dress fits no occasion: it is no outfit here
    assert board.gains(frozenset({0}), 0).tolist() == [0, 1, 0, 0]
    assert board.gains(frozenset({0}), 1).tolist() == [0, 1, 1, 0]
    assert board.gains(frozenset({1, 2}), 0).tolist() == [1, 0, 0, 0]
    assert (board.core(frozenset(), 2, 0), board.core(frozenset(), 1, 0)) == (frozenset({0, 1}), frozenset())
    assert [board.unmet(frozenset(c)) for c in ((), (0, 2), (0, 1))] == [[0, 1], [0], []]


def _skins(items: Iterable[OwnItem]) -> int:
    return sum(item.category in (Category.TOPS, Category.DRESSES, Category.ROMPERS) for item in items)


def test_the_order_of_the_items_changes_nothing() -> None:
    items = drawn(3, 40)
    first = packed(items, days=9, occasions=("office", "party"))
    for seed in range(3):
        random.Random(seed).shuffle(items)
        assert packed(items, days=9, occasions=("office", "party")) == first


def test_of_many_items_the_most_useful_are_looked_at_and_the_answer_says_so() -> None:
    tops = [own(n, "tops", "red", tags=("office",)) for n in range(1, 400)]
    loved, asked = own(500, "tops", "green", favourite=True), own(501, "tops", "green")
    party = [own(502, "tops", "green", tags=("party",)), own(503, "trousers", "green", tags=("party",))]
    capsule = packed(
        [*tops, loved, asked, *party, *[own(n, "skirts", "red", tags=("office",)) for n in range(600, 700)]],
        days=2, occasions=("party", "office"), must_have=frozenset({asked.id}),
    )  # fmt: skip
    assert (capsule.looked_at, capsule.fitting) == (300, 503)
    assert chosen(capsule) == [1, 501, 503, 600]
    assert [one.days for one in capsule.occasions] == [(1,), (2,)]
    kept = most_useful(pairs([*tops, loved, own(504, "dresses")], Uncounted()), 100)
    assert len(kept) == 100
    assert {500, 504} <= set(numbers(kept))
    assert numbers(kept)[:3] == [1, 2, 3]
