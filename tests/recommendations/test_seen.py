"""No photograph twice within two weeks, whether Redis remembers or not; and what comes when nothing new is left."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from catalog.models import Photo
from recommendations import seen, services, stages
from recommendations.models import Impression, Rollup
from tests.recommendations.conftest import FEED, like, shot, shown

pytestmark = pytest.mark.usefixtures("stocked")


@pytest.fixture(autouse=True)
def _committed(django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a commit would do is done at once."""
    monkeypatch.setattr(services.transaction, "on_commit", lambda work, **_: work())


@pytest.fixture
def twelve(db: None) -> list[Photo]:
    return [shot(number, indexed=False) for number in range(12)]


def ids(photos: list[Photo]) -> list[int]:
    return sorted(photo.pk for photo in photos)


def passed(days: float) -> None:
    """So much time, as far as the log of impressions is concerned."""
    for row in Impression.objects.all():
        Impression.objects.filter(pk=row.pk).update(shown_at=row.shown_at - timedelta(days=days))


def test_pages_of_a_series_hold_everything_once(api: APIClient, twelve: list[Photo]) -> None:
    page = api.get(FEED, {"limit": 5}).json()
    found = [shown(page)]
    while page["next"]:
        page = api.get(page["next"]).json()
        found.append(shown(page))
    assert [len(part) for part in found] == [5, 5, 2]
    assert sorted(pk for part in found for pk in part) == ids(twelve)
    assert page["all_seen"] is True


def test_new_series_go_on_where_the_last_one_stopped(api: APIClient, twelve: list[Photo]) -> None:
    found = [shown(api.get(FEED, {"limit": 4}).json()) for _ in range(3)]
    assert sorted(pk for part in found for pk in part) == ids(twelve)


def test_a_page_that_is_asked_for_twice_is_the_same_and_is_noted_once(api: APIClient, twelve: list[Photo]) -> None:
    following = api.get(FEED, {"limit": 4}).json()["next"]
    first, second = api.get(following).json(), api.get(following).json()
    assert first == second
    assert Impression.objects.count() == 8
    third = shown(api.get(second["next"]).json())
    assert not set(third) & set(shown(first))


def test_what_redis_has_lost_is_read_from_the_log(api: APIClient, twelve: list[Photo], queue: redis.Redis) -> None:
    found = shown(api.get(FEED, {"limit": 4}).json())
    found += shown(api.get(FEED, {"limit": 4}).json())
    queue.flushdb()
    assert sorted(found + shown(api.get(FEED, {"limit": 4}).json())) == ids(twelve)


def test_a_set_that_lacks_the_last_page_is_read_anew(
    api: APIClient, user: User, twelve: list[Photo], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = shown(api.get(FEED, {"limit": 4}).json())
    found += shown(api.get(FEED, {"limit": 2}).json())
    with monkeypatch.context() as patched:
        patched.setattr(seen, "note", lambda *args: None)
        found += shown(api.get(FEED, {"limit": 3}).json())
    assert sorted(found + shown(api.get(FEED, {"limit": 3}).json())) == ids(twelve)


def test_while_redis_is_away_the_log_says_what_was_seen(
    api: APIClient, twelve: list[Photo], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> Any:
        raise redis.ConnectionError

    found = shown(api.get(FEED, {"limit": 6}).json())
    monkeypatch.setattr(seen, "_redis", away)
    body = api.get(FEED, {"limit": 6}).json()
    assert sorted(found + shown(body)) == ids(twelve)


def test_the_log_is_asked_once_and_then_redis(
    api: APIClient, user: User, twelve: list[Photo], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        api.get(FEED, {"limit": 2})
    monkeypatch.setattr(seen, "_logged", None)  # whoever calls it now fails
    for _ in range(2):
        assert api.get(FEED, {"limit": 2}).status_code == 200


def test_after_two_weeks_a_photograph_may_come_again(api: APIClient, user: User, twelve: list[Photo]) -> None:
    first = shown(api.get(FEED, {"limit": 12}).json())
    assert sorted(first) == ids(twelve)
    passed(settings.RECOMMENDATION_SEEN_DAYS - 0.5)
    seen.forget(user.pk)
    assert api.get(FEED, {"limit": 12}).json()["all_seen"] is True
    Impression.objects.filter(shown_at__gt=timezone.now() - timedelta(days=1)).delete()
    passed(1)
    seen.forget(user.pk)
    body = api.get(FEED, {"limit": 12}).json()
    assert (sorted(shown(body)), body["all_seen"]) == (ids(twelve), False)
    assert {entry["seen_before"] for entry in body["results"]} == {False}


def test_the_set_in_redis_expires_with_what_is_in_it(
    api: APIClient, user: User, twelve: list[Photo], queue: redis.Redis
) -> None:
    for _ in range(2):
        api.get(FEED, {"limit": 2})
    key = f"seen:{user.pk}"
    assert queue.strlen(key) == 4 * 16
    assert 0 < int(queue.ttl(key)) <= settings.RECOMMENDATION_SEEN_DAYS * 86_400


def test_when_nothing_new_is_left_what_was_seen_longest_ago_comes_again(api: APIClient, twelve: list[Photo]) -> None:
    pages = [shown(api.get(FEED, {"limit": 4}).json()) for _ in range(3)]
    body = api.get(FEED, {"limit": 4}).json()
    assert sorted(shown(body)) == sorted(pages[0])
    assert (body["all_seen"], {entry["seen_before"] for entry in body["results"]}) == (True, {True})
    new = shot(50, indexed=False)
    from django.core.cache import cache

    cache.delete("feed:fresh")
    body = api.get(FEED, {"limit": 4}).json()
    assert shown(body)[0] == new.pk
    assert [entry["seen_before"] for entry in body["results"]] == [False, True, True, True]
    assert set(shown(body)[1:]) <= set(pages[1])


def test_a_series_ends_when_all_has_come_again_once(api: APIClient, twelve: list[Photo]) -> None:
    api.get(FEED, {"limit": 12})
    page = api.get(FEED, {"limit": 8}).json()
    found = shown(page)
    page = api.get(page["next"]).json()
    assert sorted(found + shown(page)) == ids(twelve)
    assert page["next"] is None


def test_many_of_one_photographer_still_fill_a_page(api: APIClient) -> None:
    for number in range(10):
        shot(number, by="Ada", indexed=False)
    assert len(shown(api.get(FEED, {"limit": 8}).json())) == 8


# The log -------------------------------------------------------------------------------------------------------------


def test_what_a_page_shows_is_noted_with_its_place_in_the_series(
    api: APIClient, user: User, twelve: list[Photo], django_assert_max_num_queries: Any
) -> None:
    first = api.get(FEED, {"limit": 3}).json()
    second = api.get(first["next"]).json()
    rows = list(Impression.objects.order_by("position"))
    assert [row.photo_id for row in rows] == shown(first) + shown(second)
    assert [row.position for row in rows] == [0, 1, 2, 3, 4, 5]
    assert [row.page for row in rows] == [rows[0].page] * 3 + [rows[3].page] * 3
    assert rows[0].page != rows[3].page
    assert {row.user for row in rows} == {user}
    assert rows[0].score == pytest.approx(first["results"][0]["score"], abs=1e-5)
    assert set(rows[0].features) == {"similarity", "quality", "freshness", "popularity", "coverage", "away"}


def test_a_page_whose_user_is_erased_that_moment_is_answered_all_the_same(
    api: APIClient, user: User, twelve: list[Photo], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(**_: Any) -> None:
        raise IntegrityError

    monkeypatch.setattr(services, "log_impressions", gone)
    assert len(shown(api.get(FEED, {"limit": 3}).json())) == 3


def test_a_page_that_is_noted_while_its_photograph_is_erased_holds_up_neither(
    api: APIClient, user: User, twelve: list[Photo]
) -> None:
    gone = max(ids(twelve)) + 1
    services.taste_of(user=user)
    placed = [services.Placed(gone, 0, 0.5, {}), services.Placed(twelve[0].pk, 1, 0.5, {})]
    at = timezone.now() - timedelta(days=1)
    services.log_impressions(user=user, page=twelve[0].image_id, placed=placed, at=at)
    assert gone not in shown(api.get(FEED, {"limit": 12}).json())
    stages.roll_up(timezone.now())
    assert [row.photo_id for row in Rollup.objects.all()] == [twelve[0].pk]


def test_who_switches_off_while_a_page_is_made_has_nothing_noted(api: APIClient, user: User) -> None:
    like(user, shot(1))
    api.get(FEED)
    services.set_personal(user=user, personal=False)
    placed = [services.Placed(Photo.objects.get().pk, 0, 0.5, {})]
    services.log_impressions(user=user, page=Photo.objects.get().image_id, placed=placed, at=timezone.now())
    assert not Impression.objects.exists()
