"""In how many outfits each own item is, and what that says together with how often it is worn."""

from __future__ import annotations

import random
import time
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations

import pytest

from mlcore.types import Category
from outfits.harmony import Basis, PairLift, Uncounted, pair, worn_together
from outfits.owned import OwnItem
from outfits.pairing import pairs
from outfits.versatility import Verdict, Versatile, versatility
from tests.outfits.owned import Counted, numbers, only, own

TODAY = date(2026, 3, 10)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def judged(*items: OwnItem, lifts: PairLift | None = None) -> dict[int, Versatile]:
    found = versatility(items, lifts or Uncounted(), today=TODAY).items
    return {one.item.id.int: one for one in found}


def formulas(*items: OwnItem, lifts: PairLift | None = None) -> dict[int, int]:
    return {number: one.formulas for number, one in judged(*items, lifts=lifts).items()}


def test_outfits_are_counted_with_and_without_outerwear() -> None:
    """2 tops × (1 + 1) bottoms × (alone, either coat), and the dress × (alone, either coat)."""
    items = [own(n, category) for n, category in enumerate(
        ("tops", "tops", "trousers", "skirts", "dresses", "outerwear", "outerwear")
    )]  # fmt: skip
    assert formulas(*items) == {0: 6, 1: 6, 2: 6, 3: 6, 4: 3, 5: 5, 6: 5}
    assert versatility(items, Uncounted(), today=TODAY).formulas == 15


def test_every_two_of_an_outfit_must_go_together() -> None:
    """The coat goes with the red top and the pink skirt, and not with the yellow one."""
    items = [own(1, "tops", "red"), own(2, "skirts", "yellow"), own(3, "skirts", "pink"), own(4, "outerwear", "blue")]
    lifts = only(("red", "yellow"), ("red", "pink"), ("red", "blue"), ("pink", "blue"))
    assert formulas(*items, lifts=lifts) == {1: 3, 2: 1, 3: 2, 4: 1}


def test_what_goes_with_nothing_is_in_no_outfit_but_a_dress_is_one_by_itself() -> None:
    items = [
        own(1, "tops"),
        own(2, "tops"),
        own(3, "outerwear"),
        own(4, "rompers", "red"),
        own(5, "outerwear", "green"),
    ]
    assert formulas(*items) == {1: 0, 2: 0, 3: 1, 4: 2, 5: 0}
    assert formulas() == {}


@pytest.mark.parametrize("seed", range(8))
def test_tables_count_what_can_be_counted_one_by_one(seed: int) -> None:
    luck = random.Random(seed)
    items = [
        own(n, luck.choice([*Category]), luck.choice(("red", "green", "blue", "yellow", "black")),
            pattern=luck.choice(("", "dot")),
            seasons=frozenset(luck.sample(("summer", "winter"), luck.choice((0, 1, 2)))))
        for n in range(16)
    ]  # fmt: skip
    lifts = Counted({("red", "green"): 4.0, ("black", "blue"): 0.1})
    expected = dict.fromkeys(range(16), 0)
    for size in (1, 2, 3):
        for worn in combinations(items, size):
            alone = size == 1 and worn[0].category in (Category.DRESSES, Category.ROMPERS)
            cores = [one for one in worn if one.category != Category.OUTERWEAR]
            dressed = {one.category for one in cores} & {Category.TOPS, Category.DRESSES, Category.ROMPERS}
            whole = {one.category for one in cores} & {Category.DRESSES, Category.ROMPERS}
            together = size > 1 and dressed and (whole or len(cores) == 2) and all(
                worn_together(a.category, b.category) and pair(a, b, lifts).goes for a, b in combinations(worn, 2)
            )  # fmt: skip
            for one in worn if alone or together else ():
                expected[one.id.int] += 1
    assert formulas(*items, lifts=lifts) == expected
    assert sum(expected.values()) > 0


def test_two_thousand_items_are_counted_in_a_moment() -> None:
    """They make 95 million outfits."""
    categories = ["tops"] * 8 + ["trousers"] * 4 + ["skirts"] * 2 + ["dresses"] * 3 + ["outerwear"] * 3
    items = [own(n, categories[n % 20], ("red", "black", "white", "grey")[n // 20 % 4]) for n in range(2_000)]
    started = time.process_time()
    found = pairs(items, Uncounted())
    assert found.formulas()[:1].tolist() == [600 * 301]
    assert found.total() == 800 * 600 * 301 + 300 * 301
    assert time.process_time() - started < 10  # 0.4 s, without the noise of a busy machine


def test_the_most_versatile_comes_first_then_what_is_worn_most_then_the_first_by_id() -> None:
    items = [own(4, "trousers"), own(1, "tops"), own(2, "tops", wears=3), own(3, "tops")]
    found = versatility(items, Uncounted(), today=TODAY)
    assert numbers(one.item for one in found.items) == [4, 2, 1, 3]
    assert found.bases == {Basis.COLOURS}
    assert versatility(items, Counted({("black", "black"): 1.0}), today=TODAY).bases == {Basis.PHOTOGRAPHS}


@pytest.mark.parametrize(
    ("facts", "verdict", "reason"),
    [
        ({"wears": 4, "last_worn_on": ago(0)}, Verdict.KEEP, "worn today; in 1 outfit"),
        ({"wears": 4, "last_worn_on": ago(1)}, Verdict.KEEP, "worn yesterday; in 1 outfit"),
        ({"wears": 4, "last_worn_on": ago(89)}, Verdict.KEEP, "worn 89 days ago; in 1 outfit"),
        ({"wears": 4, "last_worn_on": ago(90)}, Verdict.WEAR_MORE, "not worn for 90 days; in 1 outfit"),
        ({"since": ago(0)}, Verdict.UNKNOWN, "here since today only; in 1 outfit"),
        ({"since": ago(89)}, Verdict.UNKNOWN, "here for 89 days only; in 1 outfit"),
        ({"since": ago(90)}, Verdict.WEAR_MORE, "never worn in 90 days; in 1 outfit"),
        ({"since": ago(500), "favourite": True}, Verdict.WEAR_MORE, "never worn in 500 days, though a favourite"),
        ({"wears": 1, "last_worn_on": ago(200), "seasons": frozenset({"winter"})}, Verdict.KEEP,
         "not worn for 200 days, but it is not for all seasons"),
        ({"since": ago(200), "seasons": frozenset({"winter"})}, Verdict.UNKNOWN,
         "never worn in 200 days, but it is not for all seasons"),
        ({"since": ago(400), "seasons": frozenset({"winter"})}, Verdict.WEAR_MORE, "never worn in 400 days"),
        ({"wears": 1, "last_worn_on": ago(200), "seasons": frozenset({"spring", "summer", "autumn", "winter"})},
         Verdict.WEAR_MORE, "not worn for 200 days"),
        ({"since": ago(400), "colours": ()}, Verdict.UNKNOWN, "never worn in 400 days; it has no photograph"),
        ({"wears": 1, "last_worn_on": ago(3), "colours": ()}, Verdict.KEEP, "worn 3 days ago"),
        ({"wears": 1, "last_worn_on": TODAY + timedelta(days=1)}, Verdict.KEEP, "worn today"),
    ],
)  # fmt: skip
def test_the_verdict_follows_from_when_it_was_worn(facts: dict[str, object], verdict: Verdict, reason: str) -> None:
    found = judged(own(1, "dresses", **facts))[1]
    assert found.verdict == verdict
    assert found.reason.startswith(reason)


def test_what_is_not_worn_for_a_year_and_in_few_outfits_may_go() -> None:
    """The middle one of three tops is in two outfits; the red one goes with neither green skirt."""
    year: dict[str, object] = {"since": ago(365)}
    skirts = [own(8, "skirts", "green"), own(9, "skirts", "green")]
    tops = [own(1, "tops", "black", **year), own(2, "tops", "white", **year), own(3, "tops", "red", **year)]
    found = judged(*tops, *skirts)
    assert [found[n].verdict for n in (1, 2, 3)] == [Verdict.WEAR_MORE, Verdict.WEAR_MORE, Verdict.LET_GO]
    assert found[3].reason == "never worn in 365 days; in no outfit, half of what is worn in its place in 2 or more"
    loved = judged(*tops[:2], own(3, "tops", "red", favourite=True, **year), *skirts)
    assert loved[3].verdict == Verdict.WEAR_MORE
    younger = judged(*tops[:2], own(3, "tops", "red", since=ago(364)), *skirts)
    assert younger[3].verdict == Verdict.WEAR_MORE


def test_cost_per_wear_is_that_of_the_item() -> None:
    assert judged(own(1, "dresses", cost_per_wear=Decimal("2.50")))[1].item.cost_per_wear == Decimal("2.50")
