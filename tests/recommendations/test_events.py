"""POST recommendations/events/: what a phone saw, once a day, and nothing that cannot be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

import images.services
from accounts.models import User
from recommendations import services, stages, tasks
from recommendations.models import Event, Taste
from recommendations.taste import Kind
from tests.conftest import Sent
from tests.recommendations.conftest import CATEGORIES, EVENTS, FEED, like, shot

pytestmark = pytest.mark.usefixtures("stocked")


def send(api: APIClient, *events: dict[str, Any]) -> Any:
    return api.post(EVENTS, {"events": list(events)})


def stored() -> list[tuple[int, str]]:
    return sorted(Event.objects.values_list("photo", "signal"))


def test_views_and_clicks_are_kept_with_the_moment_at_which_they_were(api: APIClient, user: User) -> None:
    first, second = shot(1), shot(2)
    at = timezone.now() - timedelta(hours=5)
    answer = send(
        api,
        {"photo": first.pk, "signal": "view", "seconds": 2.0, "at": at.isoformat()},
        {"photo": second.pk, "signal": "click"},
    )
    assert (answer.status_code, answer.json()) == (200, {"recorded": 2})
    assert stored() == [(first.pk, "view"), (second.pk, "click")]
    assert Event.objects.get(photo=first).created_at == at
    assert {event.user for event in Event.objects.all()} == {user}


def test_a_view_of_less_than_two_seconds_does_not_count(api: APIClient) -> None:
    photo = shot(1)
    assert send(api, {"photo": photo.pk, "signal": "view", "seconds": 1.99}).json() == {"recorded": 0}
    assert send(api, {"photo": photo.pk, "signal": "view", "seconds": 2}).json() == {"recorded": 1}
    assert stored() == [(photo.pk, "view")]


def test_a_batch_that_is_sent_again_counts_once_and_so_does_a_photograph_on_a_day(api: APIClient) -> None:
    photo = shot(1)
    noon = datetime.combine(timezone.now().date() - timedelta(days=1), datetime.min.time(), UTC) + timedelta(hours=12)
    batch = [
        {"photo": photo.pk, "signal": signal, "at": at.isoformat()}
        for signal in ("view", "click")
        for at in (noon, noon + timedelta(hours=3), noon - timedelta(days=1))
    ]
    assert send(api, *batch).json() == {"recorded": 4}
    assert send(api, *batch).json() == {"recorded": 0}
    assert len(stored()) == 4


def test_photographs_that_are_not_shown_are_passed_over(api: APIClient) -> None:
    gone, hidden, there = shot(1), shot(2), shot(3)
    images.services.erase_images(images=[gone.image])
    images.services.set_visible(images=[hidden.image], visible=False)
    batch = [{"photo": pk, "signal": "click"} for pk in (gone.pk, hidden.pk, there.pk, 2**63 - 1)]
    assert send(api, *batch).json() == {"recorded": 1}
    assert stored() == [(there.pk, "click")]


def test_a_day_holds_so_many_and_no_more(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_A_DAY", 3)
    batch = [{"photo": shot(number).pk, "signal": "click"} for number in range(5)]
    assert send(api, *batch).json() == {"recorded": 3}
    assert send(api, *batch).json() == {"recorded": 0}


@pytest.mark.parametrize(
    "event",
    [
        {"signal": "view"},
        {"photo": 1},
        {"photo": 0, "signal": "view"},
        {"photo": 2**63, "signal": "view"},
        {"photo": "x", "signal": "view"},
        {"photo": None, "signal": "view"},
        {"photo": 1, "signal": "like"},
        {"photo": 1, "signal": "hide"},
        {"photo": 1, "signal": "click", "seconds": 3},
        {"photo": 1, "signal": "view", "seconds": -1},
        {"photo": 1, "signal": "view", "seconds": 86_401},
        {"photo": 1, "signal": "view", "seconds": "nan"},
        {"photo": 1, "signal": "view", "seconds": "inf"},
        {"photo": 1, "signal": "view", "at": "yesterday"},
        {"photo": 1, "signal": "view", "at": "0001-01-01T00:00:00Z"},
        {"photo": 1, "signal": "view", "at": "9999-12-31T23:59:59Z"},
        {"photo": 1, "signal": "view", "user": 2},
        [],
        "view",
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_and_nothing_of_its_batch_is_kept(api: APIClient, event: Any) -> None:
    photo = shot(1)
    assert send(api, {"photo": photo.pk, "signal": "view"}, event).status_code == 400
    assert stored() == []


@pytest.mark.parametrize("body", [{}, {"events": []}, {"events": {}}, {"events": None}, {"events": [], "at": 1}, []])
def test_a_body_without_events_is_refused(api: APIClient, body: Any) -> None:
    assert api.post(EVENTS, body).status_code == 400


def test_a_hundred_at_once_and_no_more(api: APIClient) -> None:
    event = {"photo": shot(1).pk, "signal": "view"}
    assert send(api, *[event] * 100).json() == {"recorded": 1}
    assert send(api, *[event] * 101).status_code == 400


def test_events_of_eight_days_ago_or_of_tomorrow_are_refused_and_a_fast_clock_is_set_back(api: APIClient) -> None:
    photo, now = shot(1), timezone.now()
    for at in (now - timedelta(days=8), now + timedelta(days=1)):
        assert send(api, {"photo": photo.pk, "signal": "view", "at": at.isoformat()}).status_code == 400
    ahead = now + timedelta(minutes=4)
    assert send(api, {"photo": photo.pk, "signal": "view", "at": ahead.isoformat()}).json() == {"recorded": 1}
    assert Event.objects.get().created_at <= timezone.now()


def test_who_is_not_signed_in_is_not_observed(anonymous: APIClient) -> None:
    assert send(anonymous, {"photo": shot(1).pk, "signal": "view"}).status_code == 401


# Learning ------------------------------------------------------------------------------------------------------------


def test_events_owe_a_taste_and_one_message_is_sent_for_what_comes_in_one_go(
    api: APIClient, user: User, sent: Sent, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        for number in range(3):
            send(api, {"photo": shot(number, category=CATEGORIES[number]).pk, "signal": "click"})
    assert [name for name, _ in sent] == ["recommendations.learn"]
    assert Taste.objects.get(user=user).due_at is not None
    stages.learn(user.pk)
    taste = Taste.objects.get(user=user)
    assert taste.due_at is None
    assert len(taste.medoids) == 3
    with django_capture_on_commit_callbacks(execute=True):
        send(api, {"photo": shot(9).pk, "signal": "click"})
    assert [name for name, _ in sent] == ["recommendations.learn"] * 2


def test_what_comes_while_a_taste_is_made_is_not_lost(
    api: APIClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = [shot(1, category="tops"), shot(2, category="skirts")]
    send(api, {"photo": photos[0].pk, "signal": "click"})
    gather = stages.signals_of
    late = [photos[1]]

    def meanwhile(*args: Any, **kwargs: Any) -> Any:
        said = gather(*args, **kwargs)
        while late:
            send(api, {"photo": late.pop().pk, "signal": "click"})
        return said

    monkeypatch.setattr(stages, "signals_of", meanwhile)
    stages.learn(user.pk)
    taste = Taste.objects.get(user=user)
    assert (len(taste.medoids), taste.due_at) == (2, None)


def test_what_was_reset_while_a_taste_is_made_stays_reset(
    api: APIClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    like(user, shot(1))
    gather = stages.signals_of
    todo = [lambda: services.reset_taste(user=user)]

    def meanwhile(*args: Any, **kwargs: Any) -> Any:
        said = gather(*args, **kwargs)
        while todo:
            todo.pop()()
        return said

    monkeypatch.setattr(stages, "signals_of", meanwhile)
    api.get(FEED)
    assert Taste.objects.get(user=user).medoids == []


def test_a_taste_is_learnt_twice_to_the_same_end_and_nobodys_not_at_all(api: APIClient, user: User) -> None:
    send(api, {"photo": shot(1).pk, "signal": "click"})
    stages.learn(user.pk)
    first = Taste.objects.get(user=user)
    stages.learn(user.pk)
    stages.learn(user.pk + 1)
    second = Taste.objects.get(user=user)
    assert (second.medoids, second.made_at) == (first.medoids, first.made_at)
    assert Taste.objects.count() == 1


def test_the_sweeper_queues_what_is_owed_for_a_minute(api: APIClient, user: User, sent: Sent, make_user: Any) -> None:
    send(api, {"photo": shot(1).pk, "signal": "click"})
    tasks.sweep()
    assert sent == []
    Taste.objects.filter(user=user).update(due_at=timezone.now() - timedelta(minutes=2))
    tasks.sweep()
    assert [name for name, _ in sent] == ["recommendations.learn"]


def test_what_an_old_taste_was_made_of_has_faded(api: APIClient, user: User) -> None:
    """A day later it is made anew though nothing has happened, and a month later a click counts half."""
    send(api, {"photo": shot(1).pk, "signal": "click"})
    stages.learn(user.pk)
    Event.objects.update(created_at=timezone.now() - timedelta(days=30))
    stages.learn(user.pk)
    [before] = Taste.objects.get(user=user).medoids
    Taste.objects.update(made_at=timezone.now() - timedelta(hours=25))
    stages.learn(user.pk)
    [after] = Taste.objects.get(user=user).medoids
    assert before["reasons"][0]["kind"] == Kind.CLICKED
    assert after["importance"] == pytest.approx(before["importance"] / 2, rel=0.01)
