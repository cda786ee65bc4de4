"""Likes over HTTP: said once, shown where products and photographs are shown, and gone with what was liked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

import images.services
from accounts.models import User
from catalog.models import Like
from tests.catalog.rows import photo, product

LIKES = "/api/v1/likes/"


@pytest.fixture(autouse=True)
def _fresh_throttles(queue: object) -> None:
    """The throttle counts in Redis."""


@pytest.fixture
def api(user: User, client_of: Callable[[User], APIClient]) -> APIClient:
    return client_of(user)


def path(kind: str, pk: object) -> str:
    return f"/api/v1/{kind}s/{pk}/like/"


@pytest.mark.parametrize(("kind", "make"), [("product", product), ("photo", photo)])
def test_a_like_is_said_once_and_taken_back_once(api: APIClient, kind: str, make: Callable[[str], object]) -> None:
    made = make("one")
    assert [api.put(path(kind, made.pk)).status_code for _ in range(2)] == [204, 204]  # type: ignore[attr-defined]
    [like] = Like.objects.all()
    assert getattr(like, kind) == made
    assert [api.delete(path(kind, made.pk)).status_code for _ in range(2)] == [204, 204]  # type: ignore[attr-defined]
    assert not Like.objects.exists()


@pytest.mark.parametrize("kind", ["product", "photo"])
@pytest.mark.parametrize("pk", [0, 4711, 2**63, 10**40])
def test_what_is_not_there_cannot_be_liked(api: APIClient, kind: str, pk: int) -> None:
    assert api.put(path(kind, pk)).status_code == 404
    assert api.delete(path(kind, pk)).status_code == 404


def test_who_is_not_signed_in_likes_nothing(anonymous: APIClient, db: None) -> None:
    made = product("one")
    at = path("product", made.pk)
    answers = [anonymous.put(at), anonymous.delete(at), anonymous.get(LIKES)]
    assert [answer.status_code for answer in answers] == [401, 401, 401]


def test_what_is_hidden_cannot_be_liked_and_leaves_the_list_until_it_is_shown_again(api: APIClient) -> None:
    liked, shot = product("one"), photo("two")
    pictures = [liked.pictures.get().image, shot.image]
    for kind, made in (("product", liked), ("photo", shot)):
        assert api.put(path(kind, made.pk)).status_code == 204
    images.services.set_visible(images=pictures, visible=False)
    assert api.get(LIKES).json()["results"] == []
    assert api.put(path("product", liked.pk)).status_code == 404
    images.services.set_visible(images=pictures, visible=True)
    assert len(api.get(LIKES).json()["results"]) == 2
    images.services.set_visible(images=pictures, visible=False)
    assert [api.delete(path("photo", shot.pk)).status_code for _ in range(2)] == [204, 404]


def test_likes_are_listed_the_newest_first_with_what_is_liked(api: APIClient) -> None:
    first, second = product("one"), photo("two")
    api.put(path("product", first.pk))
    api.put(path("photo", second.pk))
    rows = api.get(LIKES).json()["results"]
    assert [(row["kind"], row["product"] is None, row["photo"] is None) for row in rows] == [
        ("photo", True, False), ("product", False, True)
    ]  # fmt: skip
    assert rows[0]["photo"] == api.get("/api/v1/photos/").json()["results"][0]
    assert rows[1]["product"] == api.get("/api/v1/products/").json()["results"][0]
    assert (rows[0]["photo"]["liked"], rows[1]["product"]["liked"]) == (True, True)
    assert [row["kind"] for row in api.get(LIKES, {"kind": "product"}).json()["results"]] == ["product"]


@pytest.mark.parametrize("query", ["kind=look", "kind=", "kind=photo&kind=product", "more=1"])
def test_a_parameter_that_cannot_be_is_refused(api: APIClient, query: str) -> None:
    assert api.get(f"{LIKES}?{query}").status_code == 400


def test_a_cursor_of_another_making_is_not_there(api: APIClient) -> None:
    assert api.get(LIKES, {"cursor": "x"}).status_code == 404


def test_pages_of_likes_cost_a_constant_number_of_queries(
    api: APIClient, user: User, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    for number in range(40):
        Like.objects.create(user=user, product=product(str(number)))
        Like.objects.create(user=user, photo=photo(str(number)))
    with django_assert_max_num_queries(3):  # type: ignore[attr-defined]
        first = api.get(LIKES).json()
    seen = [*first["results"]]
    while first["next"]:
        first = api.get(first["next"]).json()
        seen += first["results"]
    assert len({(row["kind"], (row["product"] or row["photo"])["id"]) for row in seen}) == len(seen) == 80


@pytest.mark.parametrize(("kind", "make"), [("product", product), ("photo", photo)])
def test_an_answer_says_what_the_reader_likes_and_nobody_else(
    api: APIClient,
    anonymous: APIClient,
    make_user: Callable[[str], User],
    client_of: Callable[[User], APIClient],
    kind: str,
    make: Callable[[str], object],
) -> None:
    liked, other = make("liked"), make("other")
    api.put(path(kind, liked.pk))  # type: ignore[attr-defined]
    eve = client_of(make_user("eve@example.org"))
    for reader, said in ((api, [False, True]), (eve, [False, False]), (anonymous, [None, None])):
        listed = reader.get(f"/api/v1/{kind}s/").json()["results"]
        assert [row["liked"] for row in listed] == said
        detail = [reader.get(f"/api/v1/{kind}s/{one.pk}/").json()["liked"] for one in (other, liked)]  # type: ignore[attr-defined]
        assert detail == said


@pytest.mark.parametrize("number", [1, 20])
def test_to_say_what_is_liked_costs_a_page_one_query(
    api: APIClient, django_assert_num_queries: Callable[[int], object], number: int
) -> None:
    for n in range(number):
        photo(str(n))
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        assert len(api.get("/api/v1/photos/").json()["results"]) == number


def test_a_like_goes_with_what_was_liked_and_with_who_liked_it(api: APIClient, user: User) -> None:
    first, second, third = product("one"), photo("two"), product("three")
    for kind, made in (("product", first), ("photo", second), ("product", third)):
        api.put(path(kind, made.pk))
    first.delete()
    images.services.erase_images(images=[second.image])
    assert [like.product for like in Like.objects.all()] == [third]
    user.delete()
    assert not Like.objects.exists()


def test_a_like_is_of_one_thing_and_once(user: User) -> None:
    made, shot = product("one"), photo("two")
    Like.objects.create(user=user, product=made)
    for wrong in ({"product": made, "photo": shot}, {}, {"product": made}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Like.objects.create(user=user, **wrong)


def test_no_cache_hands_one_readers_answer_to_another(api: APIClient, anonymous: APIClient) -> None:
    made = product("one")
    for where in ("products/", f"products/{made.pk}/"):
        for reader in (api, anonymous):
            varies = reader.get(f"/api/v1/{where}").headers["Vary"]
            assert {"Authorization", "Cookie", "X-Session-Token"} <= set(varies.split(", "))


def test_a_like_changes_the_etag_of_what_is_liked(api: APIClient) -> None:
    at = f"/api/v1/products/{product('one').pk}/"
    etag = api.get(at).headers["ETag"]
    assert api.get(at, headers={"If-None-Match": etag}).status_code == 304
    api.put(f"{at}like/")
    assert api.get(at, headers={"If-None-Match": etag}).status_code == 200
