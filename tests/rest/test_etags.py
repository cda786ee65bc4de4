"""A phone that asks whether what it holds still stands, and that changes only what it has seen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import User
from images import links
from rest.etags import etag_of, state_of
from tests.catalog.rows import product
from tests.wardrobe.rows import item
from wardrobe.models import Item


@pytest.fixture
def jacket(user: User) -> Item:
    return item(user)


@pytest.fixture
def phone(user: User, client_of: Callable[[User], APIClient]) -> APIClient:
    return client_of(user)


def path(of: Item) -> str:
    return f"/api/v1/wardrobe/items/{of.pk}/"


def test_what_still_stands_is_304_without_a_body(phone: APIClient, jacket: Item) -> None:
    first = phone.get(path(jacket))
    assert first["ETag"].startswith('"')
    assert first["Cache-Control"] == "private, no-cache"
    again = phone.get(path(jacket), headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (again["ETag"], again["Cache-Control"]) == (first["ETag"], first["Cache-Control"])


@pytest.mark.parametrize("asked", ['"another", {etag}', "W/{etag}", "*"])
def test_any_of_a_list_fits_and_what_a_proxy_has_made_weak(asked: str, phone: APIClient, jacket: Item) -> None:
    etag = phone.get(path(jacket))["ETag"]
    answer = phone.get(path(jacket), headers={"If-None-Match": asked.format(etag=etag)})
    assert answer.status_code == 304


def test_what_changed_is_answered_anew_with_another_etag(phone: APIClient, jacket: Item) -> None:
    etag = phone.get(path(jacket))["ETag"]
    Item.objects.update(name="coat")
    answer = phone.get(path(jacket), headers={"If-None-Match": etag})
    assert (answer.status_code, answer.json()["name"]) == (200, "coat")
    assert answer["ETag"] != etag


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Callable[[int], None]:
    """Sets the clock to so many seconds after addresses were signed anew."""
    settings.MEDIA_URL_LIFETIME_S = 3600
    start = 1_800_000_000  # a multiple of half the lifetime
    return lambda s: monkeypatch.setattr(links.time, "time", lambda: start + s)


@pytest.mark.parametrize(("asked_s", "status"), [(1799, 304), (1800, 200), (7200, 200)])
def test_a_304_confirms_only_addresses_that_are_still_given(
    asked_s: int, status: int, phone: APIClient, jacket: Item, at: Callable[[int], None]
) -> None:
    at(0)
    first = phone.get(path(jacket))
    at(asked_s)
    later = phone.get(path(jacket), headers={"If-None-Match": first["ETag"]})
    assert later.status_code == status
    if status == 200:
        assert later.json()["cover"]["thumbnail"] != first.json()["cover"]["thumbnail"]
        assert phone.get(path(jacket), headers={"If-None-Match": later["ETag"]}).status_code == 304


def test_addresses_that_are_signed_anew_are_no_change_to_who_has_seen_the_thing(
    phone: APIClient, jacket: Item, at: Callable[[int], None]
) -> None:
    at(0)
    etag = phone.get(path(jacket))["ETag"]
    at(7200)
    assert phone.patch(path(jacket), {"name": "coat"}, headers={"If-Match": etag}).status_code == 200
    assert phone.patch(path(jacket), {"name": "cape"}, headers={"If-Match": etag}).status_code == 412


def test_an_etag_from_before_it_told_of_tokens_fits_a_change_and_confirms_no_address(
    phone: APIClient, jacket: Item
) -> None:
    old = f'"{state_of(phone.get(path(jacket))["ETag"])}"'
    assert phone.get(path(jacket), headers={"If-None-Match": old}).status_code == 200
    assert phone.patch(path(jacket), {"name": "coat"}, headers={"If-Match": f"W/{old}"}).status_code == 412
    assert phone.patch(path(jacket), {"name": "coat"}, headers={"If-Match": old}).status_code == 200


@pytest.mark.parametrize(
    "data", [{"a": "x?token=1"}, {"a": "x?w=1&token=1", "b": 2}, [{"url": "x?token=1&w=2"}, {"url": "y?token=3"}]]
)
def test_only_the_tokens_value_is_no_part_of_the_state(data: Any) -> None:
    def with_token(value: str, inner: Any) -> Any:
        if isinstance(inner, dict):
            return {name: with_token(value, one) for name, one in inner.items()}
        if isinstance(inner, list):
            return [with_token(value, one) for one in inner]
        return inner.replace("token=1", f"token={value}") if isinstance(inner, str) else inner

    signed_anew, more = etag_of(with_token("68f1.9dQz", data)), etag_of({"more": data})
    assert signed_anew != etag_of(data)
    assert state_of(signed_anew) == state_of(etag_of(data))
    assert state_of(more) != state_of(etag_of(data))


def test_what_has_no_tokens_is_told_by_its_state_alone() -> None:
    etag = etag_of({"a": "x?w=1"})
    assert etag == f'"{state_of(etag)}"'


def test_a_change_of_what_was_seen_is_made(phone: APIClient, jacket: Item) -> None:
    etag = phone.get(path(jacket))["ETag"]
    answer = phone.patch(path(jacket), {"name": "coat"}, headers={"If-Match": etag})
    assert (answer.status_code, answer.json()["name"]) == (200, "coat")


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_a_change_of_what_was_not_seen_is_412_and_not_made(method: str, phone: APIClient, jacket: Item) -> None:
    etag = phone.get(path(jacket))["ETag"]
    Item.objects.update(name="coat")
    body = {"name": "mine"} if method == "patch" else None
    answer = getattr(phone, method)(path(jacket), body, headers={"If-Match": etag})
    assert (answer.status_code, answer["Content-Type"]) == (412, "application/problem+json")
    assert answer.json()["title"] == "Changed meanwhile"
    assert Item.objects.get().name == "coat"


def test_a_star_matches_whatever_is_there(phone: APIClient, jacket: Item) -> None:
    assert phone.patch(path(jacket), {"name": "coat"}, headers={"If-Match": "*"}).status_code == 200


def test_another_users_thing_is_404_and_not_412(
    make_user: Callable[[str], User], client_of: Callable[[User], APIClient], jacket: Item
) -> None:
    stranger = client_of(make_user("grace@example.org"))
    assert stranger.patch(path(jacket), {"name": "x"}, headers={"If-Match": '"a"'}).status_code == 404
    assert stranger.get(path(jacket), headers={"If-None-Match": "*"}).status_code == 404


def test_the_catalogue_has_etags_too(db: None, anonymous: APIClient) -> None:
    address = f"/api/v1/products/{product('sku-1').pk}/"
    etag = anonymous.get(address)["ETag"]
    assert anonymous.get(address, headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_at_the_same_moment_one_is_made(
    user: User, client_of: Callable[[User], APIClient], jacket: Item
) -> None:
    etag = client_of(user).get(path(jacket))["ETag"]
    together, statuses = threading.Barrier(2), []

    def change(name: str) -> None:
        try:
            together.wait(10)
            answer = client_of(user).patch(path(jacket), {"name": name}, headers={"If-Match": etag})
            statuses.append(answer.status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=change, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(statuses) == [200, 412]
