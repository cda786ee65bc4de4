"""What a page of the feed costs: queries of SQL, calls of the index, and a taste that is not learnt twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from catalog.models import Like, Photo
from recommendations import candidates, likeness, stages
from recommendations.models import Event, Impression, Taste
from tests.recommendations.conftest import (
    FEED,
    ids,
    item,
    like,
    shot,
    shown,
)
from tests.search.conftest import alike, product

pytestmark = pytest.mark.usefixtures("stocked")


def queries(api: APIClient, limit: int) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert len(api.get(FEED, {"limit": limit}).json()["results"]) == limit
    return len(captured)


def test_a_page_costs_the_same_queries_whatever_there_is(api: APIClient, user: User, street: list[Photo]) -> None:
    like(user, street[0])
    item(user, 9)
    for _ in range(8):
        shot(9, lean=0.2)
    api.post(f"{FEED}{street[4].pk}/feedback/", {"signal": "less"})
    api.get(FEED, {"limit": 1})
    few = max(queries(api, 5) for _ in range(3))
    for number in range(40, 52):
        like(user, shot(number, category="tops"))
        item(user, number, category="skirts")
        shot(number, category="tops", lean=0.2)
        shot(number, category="skirts", lean=0.2)
        Event.objects.create(user=user, photo=shot(number + 20), signal="click")
        Event.objects.create(user=user, photo=shot(number + 20), signal="hide")
    cache.clear()
    api.get(FEED, {"limit": 1})  # learns, once
    many = max(queries(api, 15) for _ in range(3))
    assert many <= few <= 16


def test_learning_costs_the_same_queries_whatever_there_is(
    api: APIClient, user: User, street: list[Photo], django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for number in range(12):
        like(user, shot(number))
        Like.objects.create(user=user, product=product(f"sku {number}", alike(0.5)))
        item(user, number)
        Event.objects.create(user=user, photo=shot(number), signal="click")
    api.get(FEED, {"limit": 1})
    Taste.objects.filter(user=user).update(watermark="")
    with django_assert_max_num_queries(10):
        stages.learn(user.pk)
    assert Taste.objects.get(user=user).medoids


def test_what_is_learnt_is_not_learnt_again_while_nothing_happens(
    api: APIClient, user: User, street: list[Photo], monkeypatch: pytest.MonkeyPatch
) -> None:
    like(user, street[0])
    api.get(FEED, {"limit": 1})
    monkeypatch.setattr(stages, "signals_of", None)  # whoever calls it now fails
    assert set(shown(api.get(FEED, {"limit": 3}).json())) <= ids(street[1:])


class Counted:
    """The index, and the categories that each of its calls was about."""

    def __init__(self, index: Any, calls: list[tuple[int, tuple[str, ...]]]) -> None:
        self.index, self.calls = index, calls

    def at(self, version: str) -> Counted:
        return Counted(self.index.at(version), self.calls)

    def search_many(self, collection: Any, vectors: Any, *, categories: Any, **more: Any) -> Any:
        self.calls.append((len(vectors), tuple(categories)))
        return self.index.search_many(collection, vectors, categories=categories, **more)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, tuple[str, ...]]]:
    made: list[tuple[int, tuple[str, ...]]] = []
    index = likeness.vector_index()
    monkeypatch.setattr(likeness, "vector_index", lambda: Counted(index, made))
    return made


def test_the_index_is_asked_once_for_each_category_and_not_again_for_the_next_page(
    api: APIClient, user: User, street: list[Photo], calls: list[Any]
) -> None:
    like(user, street[0], shot(9, category="tops"))
    item(user, 10, category="skirts")
    first = api.get(FEED, {"limit": 3}).json()
    assert sorted(calls) == [(1, ("dresses",)), (1, ("tops",)), (2, ("skirts",))]
    api.get(first["next"])
    api.get(FEED, {"limit": 3})
    assert len(calls) == 3
    like(user, shot(11, category="trousers"))
    api.get(FEED, {"limit": 3})
    assert calls[3:] == [(1, ("trousers",))]  # for the new one alone


def test_who_has_seen_what_is_nearest_is_shown_what_lies_further(
    api: APIClient, user: User, street: list[Photo], calls: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "ALIKE", 3)
    like(user, street[0])
    api.get(FEED, {"limit": 2})
    assert len(calls) == 1
    seen = set(Impression.objects.values_list("photo", flat=True))
    assert seen < ids(street[1:])
    after = shown(api.get(FEED, {"limit": 5}).json())
    assert ids(street[1:]) - seen <= set(after)
    assert len(calls) == 2
