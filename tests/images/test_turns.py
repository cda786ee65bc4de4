"""Whose picture is described next, when two users and an import want theirs described."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
import redis

from accounts.models import User
from images import services, tasks
from images.models import Image, Kind
from images.queueing import lists


def stored(count: int, *, owner: User | None = None) -> list[Image]:
    """Rows of pictures that wait to be described."""
    return Image.objects.bulk_create(
        Image(
            kind=Kind.USER if owner else Kind.PRODUCT, owner=owner, purpose="wardrobe" if owner else "",
            digest=uuid4().hex, size=1, format="JPEG", width=100, height=100, file="missing.jpg",
        )
        for _ in range(count)
    )  # fmt: skip


class Turns:
    """What was queued, in the order in which one worker for uploads and imports takes it."""

    def __init__(self) -> None:
        self._queued: list[tuple[int, int, list[str]]] = []

    def add(self, *, kwargs: dict[str, list[str]], queue: str, priority: int) -> None:
        assert queue in ("uploads", "index")
        self._queued.append((priority, len(self._queued), kwargs["image_ids"]))

    @property
    def ids(self) -> list[str]:
        return [pk for _, _, ids in sorted(self._queued) for pk in ids]


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> Turns:
    turns = Turns()
    monkeypatch.setattr(tasks.describe, "apply_async", turns.add)
    return turns


@pytest.mark.django_db(transaction=True)
def test_who_sends_one_picture_does_not_wait_for_two_hundred_of_somebody_else(
    turns: Turns, make_user: Callable[[str], User]
) -> None:
    ada, eve = make_user("ada@example.org"), make_user("eve@example.org")
    many = []
    for _ in range(200):  # one by one, as a phone sends them
        many += stored(1, owner=ada)
        services.queue_description(many[-1:])
    one = stored(1, owner=eve)
    services.queue_description(one)
    order = turns.ids
    assert len(order) == 201
    assert order.index(str(one[0].pk)) == 8


@pytest.mark.django_db(transaction=True)
def test_two_users_who_send_many_take_turns(turns: Turns, make_user: Callable[[str], User]) -> None:
    ada, eve = make_user("ada@example.org"), make_user("eve@example.org")
    first, second = [], []
    for mine, owner in ((first, ada), (second, eve)):  # all of the first before the second comes
        for _ in range(100):
            mine += stored(1, owner=owner)
            services.queue_description(mine[-1:])
    order = turns.ids
    halfway = order[:100]
    assert sum(str(image.pk) in halfway for image in second) == 32


@pytest.mark.django_db(transaction=True)
def test_an_import_comes_after_users(turns: Turns, user: User) -> None:
    products, mine = stored(40), stored(20, owner=user)
    services.queue_description(products)
    services.queue_description(mine)
    order = turns.ids
    assert order[:20] == [str(image.pk) for image in mine]
    assert len(order) == 60


def test_a_priority_is_a_list_of_its_own_in_redis(queue: redis.Redis) -> None:
    for priority in (0, 3):
        tasks.describe.apply_async(kwargs={"image_ids": []}, queue="nobody-takes-these", priority=priority)
    assert [queue.llen(name) for name in lists("nobody-takes-these")] == [1, 0, 0, 1]
