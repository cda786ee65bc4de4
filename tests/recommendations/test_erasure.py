"""Whoever leaves takes everything about them along: rows, and what Redis remembers."""

from __future__ import annotations

from typing import Any

import pytest
import redis
from rest_framework.test import APIClient

import privacy.services
from accounts.models import User
from privacy.tables import TABLES
from recommendations.models import Event, HiddenPhotographer, Impression, Rollup, Taste
from tests.recommendations.conftest import API, EVENTS, FEED, TASTE, like, look, shot, shown

pytestmark = pytest.mark.usefixtures("stocked")


@pytest.fixture
def busy(api: APIClient, user: User, eve: User, client_of: Any) -> list[APIClient]:
    """Ada and Eve, who have done a bit of everything."""
    photos = [shot(number, by=f"p{number}") for number in range(6)]
    both = [api, client_of(eve)]
    for who, client in ((user, both[0]), (eve, both[1])):
        like(who, photos[0])
        client.post(EVENTS, {"events": [{"photo": photos[1].pk, "signal": "click"}]})
        client.post(f"{FEED}{photos[2].pk}/feedback/", {"signal": "less"})
        client.post(f"{FEED}{photos[3].pk}/feedback/", {"signal": "hide_photographer"})
        client.get(FEED, {"limit": 1})
        client.get(FEED, {"limit": 1})
    return both


def test_everything_goes_with_the_user_and_nothing_of_anybody_else(
    busy: list[APIClient], user: User, eve: User, queue: redis.Redis, django_capture_on_commit_callbacks: Any
) -> None:
    for who, client in ((user, busy[0]), (eve, busy[1])):
        with django_capture_on_commit_callbacks(execute=True):
            client.get(FEED, {"limit": 1})
        assert queue.exists(f"seen:{who.pk}")
    before = {model: model.objects.filter(user=eve).count() for model in (Event, HiddenPhotographer, Impression, Taste)}
    pk = user.pk
    with django_capture_on_commit_callbacks(execute=True):
        receipt = privacy.services.erase_user(user=user)
    for name in ("event", "hiddenphotographer", "impression", "taste"):
        assert receipt.counts["rows"][f"recommendations.{name}"] > 0
    for model, number in before.items():
        assert not model.objects.filter(user_id=pk).exists()
        assert model.objects.filter(user=eve).count() == number > 0
    assert not queue.exists(f"seen:{pk}")
    assert queue.exists(f"seen:{eve.pk}")


def test_a_look_that_goes_takes_along_what_others_did_with_it(
    api: APIClient, user: User, eve: User, django_capture_on_commit_callbacks: Any
) -> None:
    hers, other = look(eve, 1), shot(2)
    api.post(EVENTS, {"events": [{"photo": hers.pk, "signal": "click"}]})
    assert sorted(shown(api.get(FEED).json())) == sorted([hers.pk, other.pk])
    Rollup.objects.create(photo=hers, day="2026-11-25", shown=4)
    assert len(api.get(TASTE).json()["medoids"]) == 1
    privacy.services.erase_user(user=eve)
    assert not Event.objects.exists()
    assert not Rollup.objects.exists()
    assert [row.photo for row in Impression.objects.all()] == [other]
    assert api.get(TASTE).json()["medoids"] == []


def test_an_export_names_what_is_kept(busy: list[APIClient], user: User) -> None:
    counts = {table.label: table.rows(user).count() for table in TABLES}
    assert counts["recommendations.event"] == 2
    assert counts["recommendations.hiddenphotographer"] == 1
    assert counts["recommendations.impression"] == 2
    assert counts["recommendations.taste"] == 1
    assert busy[0].delete(f"{API}me/").status_code == 200
    assert {model.objects.filter(user_id=user.pk).count() for model in (Event, Impression, Taste)} == {0}
