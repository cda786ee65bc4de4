"""The log, rolled up day by day: twice is as good as once, half-way is gone on with, and then it is forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError

from accounts.models import User
from catalog.models import Like, Photo
from recommendations import services, stages, tasks
from recommendations.models import Event, Impression, Rollup
from tests.recommendations.conftest import shot

NOW = datetime(2026, 11, 26, 3, 30, tzinfo=UTC)


@pytest.fixture
def photos(stocked: None) -> list[Photo]:
    return [shot(number, indexed=False) for number in range(2)]


def at(days_ago: int, hour: int = 12) -> datetime:
    return datetime(2026, 11, 26, hour, tzinfo=UTC) - timedelta(days=days_ago)


def showing(user: User, photo: Photo, when: datetime) -> None:
    Impression.objects.create(user=user, photo=photo, page=uuid4(), position=0, score=0.5, shown_at=when)


def rollups() -> list[tuple[int, str, int, int, int]]:
    rows = Rollup.objects.order_by("day", "photo")
    return [(row.photo_id, row.day.isoformat(), row.shown, row.opened, row.liked) for row in rows]


@pytest.fixture
def log(user: User, eve: User, photos: list[Photo]) -> list[Photo]:
    first, second = photos
    for who in (user, eve):
        showing(who, first, at(2))
        showing(who, first, at(1, hour=0))
    showing(user, second, at(1, hour=23))
    showing(user, second, at(0, hour=1))
    Event.objects.create(user=user, photo=first, signal="click", created_at=at(1))
    Event.objects.create(user=user, photo=first, signal="view", created_at=at(1))
    Event.objects.create(user=eve, photo=second, signal="click", created_at=at(0, hour=1))
    Like.objects.create(user=eve, photo=second, created_at=at(2))
    return photos


def expected(photos: list[Photo]) -> list[tuple[int, str, int, int, int]]:
    first, second = photos
    return [
        (first.pk, "2026-11-24", 2, 0, 0),
        (second.pk, "2026-11-24", 0, 0, 1),
        (first.pk, "2026-11-25", 2, 1, 0),
        (second.pk, "2026-11-25", 1, 0, 0),
    ]


def test_what_was_shown_opened_and_liked_is_counted_by_day_up_to_yesterday(log: list[Photo]) -> None:
    stages.roll_up(NOW)
    assert rollups() == expected(log)
    assert Impression.objects.count() == 6


def test_twice_is_as_good_as_once(log: list[Photo]) -> None:
    for _ in range(2):
        stages.roll_up(NOW)
    assert rollups() == expected(log)


def test_one_that_died_half_way_is_gone_on_with(log: list[Photo], monkeypatch: pytest.MonkeyPatch) -> None:
    count = stages._count

    def dies(day: Any) -> None:
        if day.isoformat() == "2026-11-25":
            raise KeyboardInterrupt
        count(day)

    with monkeypatch.context() as patched:
        patched.setattr(stages, "_count", dies)
        with pytest.raises(KeyboardInterrupt):
            stages.roll_up(NOW)
    assert rollups() == expected(log)[:2]
    stages.roll_up(NOW)
    assert rollups() == expected(log)


def test_a_day_that_was_counted_too_early_is_counted_anew(user: User, log: list[Photo]) -> None:
    stages.roll_up(NOW)
    showing(user, log[0], at(1, hour=20))
    stages.roll_up(NOW + timedelta(days=1))
    assert (log[0].pk, "2026-11-25", 3, 1, 0) in rollups()
    assert (log[1].pk, "2026-11-26", 1, 1, 0) in rollups()


def test_a_click_that_is_sent_a_week_late_counts_on_its_day(user: User, log: list[Photo]) -> None:
    first, second = log
    stages.roll_up(NOW)
    for days_ago in (2, 7):
        Event.objects.create(user=user, photo=second, signal="click", created_at=at(days_ago))
    for _ in range(2):
        stages.roll_up(NOW + timedelta(days=1))
        assert rollups() == [
            (second.pk, "2026-11-19", 0, 1, 0),
            (first.pk, "2026-11-24", 2, 0, 0),
            (second.pk, "2026-11-24", 0, 1, 1),
            *expected(log)[2:],
            (second.pk, "2026-11-26", 1, 1, 0),
        ]


def test_a_day_that_is_counted_anew_keeps_what_was_erased_since(user: User, eve: User, log: list[Photo]) -> None:
    stages.roll_up(NOW)
    eve.delete()
    services.reset_taste(user=user)
    showing(user, log[1], at(2))
    stages.roll_up(NOW + timedelta(days=1))
    first, second, *yesterday = expected(log)
    assert rollups() == [first, (*second[:2], 1, 0, 1), *yesterday, (log[1].pk, "2026-11-26", 1, 0, 0)]


def test_a_photograph_that_is_erased_while_it_is_counted_is_left_out(
    log: list[Photo], monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = stages._counted
    failed: list[int] = []

    def at_first_not(day: Any) -> Any:
        if not failed:
            failed.append(1)
            raise IntegrityError
        return counted(day)

    monkeypatch.setattr(stages, "_counted", at_first_not)
    stages.roll_up(NOW)
    assert rollups() == expected(log)


def test_the_log_is_forgotten_once_it_is_counted_and_old(
    user: User, photos: list[Photo], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(stages, "AT_ONCE", 2)
    settings.RECOMMENDATION_LOG_DAYS = 30
    first = photos[0]
    for days_ago in (31, 30, 29):
        for _ in range(3):
            showing(user, first, at(days_ago))
    for signal in ("click", "view", "more", "hide"):
        Event.objects.create(user=user, photo=first, signal=signal, created_at=at(40))
    Rollup.objects.create(photo=first, day=at(500).date(), shown=1)
    stages.roll_up(NOW)
    assert sorted(Impression.objects.values_list("shown_at", flat=True)) == [at(30)] * 3 + [at(29)] * 3
    assert sorted(Event.objects.values_list("signal", flat=True)) == ["hide", "more"]
    assert [(row[1], row[2]) for row in rollups()] == [("2026-10-27", 3), ("2026-10-28", 3)]


def test_an_installation_in_which_nothing_was_shown_has_nothing_to_count(db: None) -> None:
    tasks.roll_up()
    assert rollups() == []
