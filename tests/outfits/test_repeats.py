"""What is worn or planned again, and how that is said. No database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from outfits.repeats import Around, Kind, Planned, Repeat, is_worn, repeats

SHIRT, JEANS, COAT, HAT = (UUID(int=number) for number in range(1, 5))
DAY = date(2026, 3, 10)
WORN, PLANNED = Kind.WORN, Kind.PLANNED


def on(days_apart: int) -> date:
    return DAY + timedelta(days=days_apart)


def plan(number: int, days_apart: int, *items: UUID) -> Planned:
    return Planned(UUID(int=100 + number), on(days_apart), items)


def found(
    of: Planned, *, worn: Mapping[UUID, Iterable[int]] | None = None, plans: Iterable[Planned] = (), within: int = 7
) -> list[tuple[Any, ...]]:
    """`worn`: by item the days apart from DAY."""
    planned: dict[date, list[Planned]] = {}
    for one in (of, *plans):
        planned.setdefault(one.day, []).append(one)
    days = {item: {on(apart) for apart in some} for item, some in (worn or {}).items()}
    shown = repeats(of, Around(days, planned), within=within)
    assert all(one.day == on(one.days_apart) for one in shown)
    return [(one.item, one.kind, one.days_apart) for one in shown]


def test_what_was_worn_or_is_planned_within_the_days_is_told_the_nearest_first() -> None:
    today = plan(0, 0, SHIRT, JEANS)
    plans = [plan(1, 2, JEANS, COAT), plan(2, 7, SHIRT), plan(3, 8, SHIRT), plan(4, -8, JEANS)]
    assert found(today, worn={SHIRT: [-3, -8], COAT: [-1]}, plans=plans) == [
        (JEANS, PLANNED, 2),
        (SHIRT, WORN, -3),
        (SHIRT, PLANNED, 7),
    ]


def test_nothing_near_is_nothing() -> None:
    assert found(plan(0, 0, SHIRT), worn={SHIRT: [-8, 8]}, plans=[plan(1, 8, SHIRT)]) == []


@pytest.mark.parametrize(
    ("within", "days"), [(0, []), (1, [-1]), (2, [-1, 2]), (60, [-1, 2])], ids=lambda value: str(value)
)
def test_the_window_counts_its_last_day(within: int, days: list[int]) -> None:
    shown = found(plan(0, 0, SHIRT), worn={SHIRT: [-1, 2]}, within=within)
    assert shown == [(SHIRT, WORN, apart) for apart in days]


def test_of_each_item_the_nearest_before_and_after_is_enough() -> None:
    daily = {SHIRT: [*range(-7, 0), *range(1, 8)]}
    plans = [plan(10 + n, n, SHIRT, HAT) for n in (-7, -6, 5, 6)]
    assert found(plan(0, 0, SHIRT), worn=daily, plans=plans) == [(SHIRT, WORN, -1), (SHIRT, WORN, 1)]
    assert found(plan(0, 0, SHIRT), plans=plans) == [(SHIRT, PLANNED, 5), (SHIRT, PLANNED, -6)]


def test_a_plan_that_was_carried_out_is_worn_and_not_planned_too() -> None:
    plans = [plan(1, -2, SHIRT)]
    assert found(plan(0, 0, SHIRT), worn={SHIRT: [-2]}, plans=plans) == [(SHIRT, WORN, -2)]


def test_worn_on_the_day_itself_is_the_plan_and_no_repeat() -> None:
    assert found(plan(0, 0, SHIRT, JEANS), worn={SHIRT: [0], JEANS: [0]}) == []


def test_another_plan_of_the_same_day_is_a_repeat_and_the_plan_itself_is_none() -> None:
    assert found(plan(0, 0, SHIRT, JEANS), plans=[plan(1, 0, SHIRT, COAT)]) == [(SHIRT, PLANNED, 0)]
    assert found(plan(0, 0, SHIRT, JEANS), plans=[plan(1, 0, SHIRT, COAT)], within=0) == [(SHIRT, PLANNED, 0)]
    assert found(plan(0, 0, SHIRT, JEANS), plans=[]) == []


def test_the_whole_outfit_is_told_before_its_items() -> None:
    worn = {SHIRT: [-3], JEANS: [-3, -1]}
    assert found(plan(0, 0, SHIRT, JEANS), worn=worn) == [
        (JEANS, WORN, -1),
        (None, WORN, -3),
        (SHIRT, WORN, -3),
    ]


def test_a_part_of_the_outfit_is_not_the_whole() -> None:
    shown = found(
        plan(0, 0, SHIRT, JEANS), worn={SHIRT: [-3], JEANS: [-2]}, plans=[plan(1, 1, SHIRT), plan(2, 1, JEANS)]
    )
    assert None not in [item for item, _, _ in shown]


def test_an_outfit_that_holds_all_of_it_and_more_is_the_whole() -> None:
    assert found(plan(0, 0, SHIRT, JEANS), plans=[plan(1, 2, SHIRT, JEANS, COAT)]) == [
        (None, PLANNED, 2),
        (SHIRT, PLANNED, 2),
        (JEANS, PLANNED, 2),
    ]


def test_of_one_item_the_item_says_it_all() -> None:
    assert found(plan(0, 0, SHIRT), worn={SHIRT: [-1]}) == [(SHIRT, WORN, -1)]


def test_an_outfit_without_items_repeats_nothing() -> None:
    assert found(plan(0, 0), worn={SHIRT: [-1]}, plans=[plan(1, 1), plan(2, 1, SHIRT)]) == []


@pytest.mark.parametrize(
    ("kind", "days_apart", "text"),
    [
        (WORN, -1, "worn the day before"),
        (WORN, -2, "worn 2 days before"),
        (WORN, 1, "worn again the next day"),
        (WORN, 3, "worn again 3 days later"),
        (PLANNED, 0, "planned again the same day"),
        (PLANNED, -1, "planned the day before"),
        (PLANNED, -7, "planned 7 days before"),
        (PLANNED, 1, "planned again the next day"),
        (PLANNED, 2, "planned again 2 days later"),
    ],
)
def test_a_repeat_in_plain_words(kind: Kind, days_apart: int, text: str) -> None:
    assert Repeat(SHIRT, kind, on(days_apart), days_apart).text == text


def test_a_repeat_of_the_whole_outfit_is_a_sentence() -> None:
    assert Repeat(None, WORN, on(-3), -3).text == "the whole outfit was worn 3 days before"
    assert Repeat(None, PLANNED, on(2), 2).text == "the whole outfit is planned again 2 days later"


def test_worn_is_what_is_logged_to_the_last_item() -> None:
    worn = {SHIRT: {DAY}, JEANS: {DAY, on(1)}}
    assert is_worn([SHIRT, JEANS], DAY, worn)
    assert not is_worn([SHIRT, JEANS], on(1), worn)
    assert not is_worn([SHIRT, JEANS, COAT], DAY, worn)
    assert not is_worn([], DAY, worn)
