"""The same POST twice: what it made is made once, and the second hears what the first heard."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.response import Response
from rest_framework.test import APIClient

from accounts.models import ApiKey, User
from rest.models import IdempotentRequest
from rest.tasks import forget_requests
from tests.wardrobe.rows import found
from wardrobe.models import Item

ITEMS = "/api/v1/wardrobe/items/"
KEYS = "/api/v1/me/api-keys/"
Clients = Callable[[User], APIClient]


def make_item(client: APIClient, garment: object, key: str = "1f7c", **more: Any) -> Response:
    answer: Response = client.post(ITEMS, {"garment": str(garment), **more}, headers={"Idempotency-Key": key})
    return answer


def test_a_retry_makes_nothing_again_and_is_answered_the_same(user: User, client_of: Clients) -> None:
    garment = found(user)
    first = make_item(client_of(user), garment.uid)
    again = make_item(client_of(user), garment.uid)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again["Content-Type"] == "application/json"
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert Item.objects.count() == 1


def test_the_first_answer_stays_whatever_happened_since(user: User, client_of: Clients) -> None:
    garment = found(user)
    first = make_item(client_of(user), garment.uid)
    Item.objects.all().delete()
    assert make_item(client_of(user), garment.uid).json() == first.json()
    assert not Item.objects.exists()


def test_without_a_key_each_request_counts(user: User, client_of: Clients) -> None:
    garment = found(user)
    answers = [client_of(user).post(ITEMS, {"garment": str(garment.uid)}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 409]  # the garment shows an item already
    assert not IdempotentRequest.objects.exists()


def test_the_same_key_with_another_request_is_refused(user: User, client_of: Clients) -> None:
    first, second = found(user), found(user)
    make_item(client_of(user), first.uid)
    refused = make_item(client_of(user), second.uid)
    assert (refused.status_code, refused["Content-Type"]) == (422, "application/problem+json")
    assert refused.json()["detail"] == "this Idempotency-Key came with another request before"
    elsewhere = client_of(user).post(
        "/api/v1/wardrobe/wears/", {"items": [str(uuid4())]}, headers={"Idempotency-Key": "1f7c"}
    )
    assert elsewhere.status_code == 422


def test_order_and_spaces_of_the_json_make_no_other_request(user: User, client_of: Clients) -> None:
    uid = found(user).uid
    bodies = (f'{{"garment": "{uid}", "name": "coat"}}', f'{{"name":"coat",\n"garment":"{uid}"}}')
    answers = [
        client_of(user).post(ITEMS, body, content_type="application/json", headers={"Idempotency-Key": "k"})
        for body in bodies
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert "Idempotent-Replayed" in answers[1]


def test_a_key_is_one_users_own(user: User, make_user: Callable[[str], User], client_of: Clients) -> None:
    grace = make_user("grace@example.org")
    mine = make_item(client_of(user), found(user).uid)
    theirs = make_item(client_of(grace), found(grace).uid)
    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert mine.json()["id"] != theirs.json()["id"]


def test_what_was_refused_is_not_kept_so_a_retry_is_a_new_try(user: User, client_of: Clients) -> None:
    garment = found(user)
    assert make_item(client_of(user), garment.uid, name="x" * 201).status_code == 400
    assert make_item(client_of(user), uuid4()).status_code in (400, 404)
    assert not IdempotentRequest.objects.exists()
    assert make_item(client_of(user), garment.uid).status_code == 201


def test_a_defect_half_way_leaves_neither_the_item_nor_the_key(
    user: User, client_of: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    garment = found(user)

    def breaks(*args: object, **kwargs: object) -> None:
        raise RuntimeError("after the item was made")

    client = client_of(user)
    client.raise_request_exception = False
    with monkeypatch.context() as patched:
        patched.setattr("wardrobe.views._shown", breaks)
        assert make_item(client, garment.uid).status_code == 500
    assert not Item.objects.exists()
    assert not IdempotentRequest.objects.exists()
    assert make_item(client, garment.uid).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_make_one_and_hear_the_same(user: User, client_of: Clients) -> None:
    garment = found(user)
    together, answers = threading.Barrier(4), []

    def send() -> None:
        try:
            together.wait(10)
            answers.append(make_item(client_of(user), garment.uid))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sorted("Idempotent-Replayed" in answer for answer in answers) == [False, True, True, True]
    assert Item.objects.count() == 1


def test_a_secret_is_neither_kept_nor_told_twice(user: User, client_of: Clients) -> None:
    body = {"name": "a website", "scopes": ["search"]}
    first = client_of(user).post(KEYS, body, headers={"Idempotency-Key": "k"})
    again = client_of(user).post(KEYS, body, headers={"Idempotency-Key": "k"})
    assert (first.status_code, again.status_code) == (201, 409)
    assert "key" in first.json()
    assert "shown only once" in again.json()["detail"]
    assert ApiKey.objects.count() == 1
    assert IdempotentRequest.objects.get().body == ""


@pytest.mark.parametrize("key", ["x" * 101, "schlüssel", "a\tb"])
def test_a_key_that_is_none_is_malformed(key: str, user: User, client_of: Clients) -> None:
    answer = client_of(user).post(ITEMS, {"garment": str(uuid4())}, HTTP_IDEMPOTENCY_KEY=key)
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {"Idempotency-Key"}


def test_nobody_signed_in_is_401_and_leaves_no_key(db: None, anonymous: APIClient) -> None:
    assert make_item(anonymous, uuid4()).status_code == 401
    assert not IdempotentRequest.objects.exists()


def test_keys_are_forgotten_after_a_day(user: User, client_of: Clients) -> None:
    make_item(client_of(user), found(user).uid)
    make_item(client_of(user), found(user).uid, key="new")
    IdempotentRequest.objects.filter(key="1f7c").update(created_at=timezone.now() - timedelta(hours=24, minutes=1))
    forget_requests()
    assert [row.key for row in IdempotentRequest.objects.all()] == ["new"]


def test_who_leaves_takes_the_keys_along(user: User, client_of: Clients) -> None:
    make_item(client_of(user), found(user).uid)
    user.delete()
    assert not IdempotentRequest.objects.exists()
