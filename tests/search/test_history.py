"""The search history: kept, listed, deleted and switched off by its owner, and by nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from images import stages
from images.models import Garment, Image, Kind, Purpose, Review
from privacy.services import erase_user
from search import services
from search.models import Search
from tests.search.conftest import alike, described, product, skus

HISTORY = "/api/v1/search/history/"


@pytest.fixture
def ada(user: User, client_of: Callable[[User], APIClient], stocked: None) -> APIClient:
    return client_of(user)


@pytest.fixture
def dress(stocked: None) -> Garment:
    made = product("dress", alike(1.0), pattern="dot", colours=[("red", "#c51928", 1.0)])
    return made.pictures.get().image.garments.get()


def listed(client: APIClient) -> list[dict[str, Any]]:
    response = client.get(HISTORY)
    assert response.status_code == 200
    results: list[dict[str, Any]] = response.json()["results"]
    return results


def published(owner: User) -> Image:
    """A look that moderators let pass."""
    look = described(Kind.USER, ("dresses", alike(1.0)), owner=owner)
    Image.objects.filter(pk=look.pk).update(purpose=Purpose.LOOK, review=Review.APPROVED)
    return look


def test_a_search_is_remembered_with_what_was_searched_and_asked(ada: APIClient, dress: Garment) -> None:
    ada.post("/api/v1/search/", {"garment": str(dress.uid), "target": "photos", "pattern": "dot", "match_colour": True})
    ada.post("/api/v1/search/", {"category": "skirts", "colour": "navy"})
    by_words, by_garment = listed(ada)
    assert by_garment["target"] == "photos"
    assert by_garment["filters"] == {"pattern": ["dot"], "match_colour": True}
    assert by_garment["garment"]["id"] == str(dress.uid)
    assert by_garment["garment"]["colours"] == [{"name": "red", "hex": "#c51928", "share": 1.0}]
    assert by_garment["garment"]["labels"]["pattern"]["value"] == "dot"
    assert by_garment["image"]["id"] == str(dress.image_id)
    assert (by_words["category"], by_words["filters"]) == ("skirts", {"colour": "navy"})
    assert (by_words["garment"], by_words["image"]) == (None, None)
    assert Search.objects.get(pk=by_garment["id"]).vector == bytes(dress.descriptor.data)


def test_a_search_outlives_its_picture(ada: APIClient, user: User) -> None:
    image = described(Kind.USER, ("dresses", alike(1.0)), owner=user)
    ada.post("/api/v1/search/", {"image": str(image.pk)})
    stages.erase(Image.objects.get(pk=image.pk))
    (entry,) = listed(ada)
    assert entry["image"] is None
    assert entry["garment"]["id"] is None
    assert entry["garment"]["category"] == "dresses"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("gone", ["picture", "garment"])
@pytest.mark.parametrize("every", [{}, {"garments": "all"}])
def test_a_picture_that_goes_while_the_index_is_asked_is_answered_and_remembered_without_it(
    ada: APIClient, user: User, dress: Garment, monkeypatch: pytest.MonkeyPatch, gone: str, every: dict[str, str]
) -> None:
    image = described(Kind.USER, ("dresses", alike(1.0)), ("skirts", alike(0.5)), owner=user)
    packed = bytes(image.garments.get(position=0).descriptor.data)
    asks = services.ranked_batches

    def asks_as_it_goes(*args: Any, **kwargs: Any) -> Any:
        if gone == "picture":
            stages.erase(image)
        else:
            image.garments.all().delete()
        return asks(*args, **kwargs)

    monkeypatch.setattr(services, "ranked_batches", asks_as_it_goes)
    answer = ada.post("/api/v1/search/", {"image": str(image.pk), **every})
    assert (answer.status_code, skus(answer.json())) == (200, ["dress"])
    entries = listed(ada)
    assert [entry["category"] for entry in entries] == (["skirts", "dresses"] if every else ["dresses"])
    assert {(entry["image"], entry["garment"]["id"]) for entry in entries} == {(None, None)}
    assert bytes(Search.objects.get(category="dresses").vector) == packed


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("asked", ["image", "filters"])
def test_a_user_who_goes_while_the_index_is_asked_leaves_no_history(
    ada: APIClient, user: User, dress: Garment, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    image = described(Kind.USER, ("dresses", alike(1.0)), owner=user)
    record = services.history.record

    def goes_before(**kwargs: Any) -> None:
        erase_user(user=user)
        record(**kwargs)

    monkeypatch.setattr(services.history, "record", goes_before)
    body = {"image": str(image.pk)} if asked == "image" else {"category": "dresses"}
    assert ada.post("/api/v1/search/", body).status_code == 200
    assert not Search.objects.exists()


@pytest.mark.parametrize("how", ["garment", "image"])
@pytest.mark.parametrize("withdrawn", ["by its owner", "from review", "by a moderator"])
def test_a_look_that_is_private_again_is_no_longer_shown_to_who_searched_with_it(
    ada: APIClient, make_user: Callable[[str], User], how: str, withdrawn: str
) -> None:
    look = published(make_user("eve@example.org"))
    ada.post("/api/v1/search/", {how: str(look.pk if how == "image" else look.garments.get().uid)})
    (entry,) = listed(ada)
    assert (entry["image"]["id"], entry["garment"]["id"]) == (str(look.pk), str(look.garments.get().uid))
    assert "token" not in entry["image"]["url"]
    if withdrawn == "by its owner":
        User.objects.filter(pk=look.owner_id).update(public_looks=False)
    else:
        values: dict[str, Any] = {"review": ""} if withdrawn == "from review" else {"visible": False}
        Image.objects.filter(pk=look.pk).update(**values)
    (entry,) = listed(ada)
    assert (entry["image"], entry["garment"]["id"], entry["garment"]["category"]) == (None, None, "dresses")


def test_an_own_picture_is_shown_with_a_token_until_it_expires(ada: APIClient, user: User) -> None:
    image = described(Kind.USER, ("dresses", alike(1.0)), owner=user)
    ada.post("/api/v1/search/", {"image": str(image.pk)})
    (entry,) = listed(ada)
    assert "token" in entry["image"]["url"]
    Image.objects.filter(pk=image.pk).update(expires_at=timezone.now())
    (entry,) = listed(ada)
    assert (entry["image"], entry["garment"]["id"]) == (None, None)


def test_nothing_is_remembered_of_who_is_not_signed_in_or_wants_it_so(
    ada: APIClient, anonymous: APIClient, dress: Garment
) -> None:
    anonymous.post("/api/v1/search/", {"garment": str(dress.uid)})
    assert ada.patch("/api/v1/me/", {"keeps_history": False}).json()["keeps_history"] is False
    ada.post("/api/v1/search/", {"garment": str(dress.uid)})
    assert Search.objects.count() == 0
    ada.patch("/api/v1/me/", {"keeps_history": True})
    client = APIClient()  # the user as the next request reads it
    client.force_authenticate(User.objects.get())
    client.post("/api/v1/search/", {"garment": str(dress.uid)})
    assert Search.objects.count() == 1


def test_one_search_and_all_of_them_are_forgotten(ada: APIClient, dress: Garment) -> None:
    for _ in range(3):
        ada.post("/api/v1/search/", {"garment": str(dress.uid)})
    first, second, third = listed(ada)
    assert ada.delete(f"{HISTORY}{second['id']}/").status_code == 204
    assert [entry["id"] for entry in listed(ada)] == [first["id"], third["id"]]
    assert ada.delete(f"{HISTORY}{second['id']}/").status_code == 404
    assert ada.delete(HISTORY).status_code == 204
    assert listed(ada) == []


def test_a_history_is_its_owners_alone(
    ada: APIClient,
    dress: Garment,
    make_user: Callable[[str], User],
    client_of: Callable[[User], APIClient],
    anonymous: APIClient,
) -> None:
    ada.post("/api/v1/search/", {"garment": str(dress.uid)})
    (entry,) = listed(ada)
    bob = client_of(make_user("bob@example.org"))
    assert listed(bob) == []
    assert bob.delete(f"{HISTORY}{entry['id']}/").status_code == 404
    assert bob.delete(HISTORY).status_code == 204
    assert len(listed(ada)) == 1
    for call in (anonymous.get, anonymous.delete):
        assert call(HISTORY).status_code == 401
    assert anonymous.delete(f"{HISTORY}{entry['id']}/").status_code == 401


def test_the_history_goes_with_its_user(ada: APIClient, user: User, dress: Garment) -> None:
    ada.post("/api/v1/search/", {"garment": str(dress.uid)})
    user.delete()
    assert Search.objects.count() == 0


def test_a_long_history_costs_as_many_queries_as_a_short_one(
    ada: APIClient, dress: Garment, django_assert_num_queries: Callable[[int], Any]
) -> None:
    for _ in range(12):
        ada.post("/api/v1/search/", {"garment": str(dress.uid)})
    with django_assert_num_queries(1):
        assert len(listed(ada)) == 12


def test_a_history_of_looks_costs_as_many_queries_as_another(
    ada: APIClient, make_user: Callable[[str], User], django_assert_num_queries: Callable[[int], Any]
) -> None:
    eve = make_user("eve@example.org")
    for _ in range(3):
        ada.post("/api/v1/search/", {"image": str(published(eve).pk)})
    with django_assert_num_queries(1):
        entries = listed(ada)
    assert ["token" in entry["image"]["url"] for entry in entries] == [False] * 3


@pytest.mark.parametrize("body", [{"email": "x@example.org"}, {"keeps_history": "perhaps"}, {"is_staff": True}])
def test_a_user_changes_nothing_but_the_own_settings(ada: APIClient, body: dict[str, Any]) -> None:
    assert ada.patch("/api/v1/me/", body).status_code == 400
    assert ada.get("/api/v1/me/").json() == {
        "email": "ada@example.org", "name": "", "keeps_history": True, "public_looks": True,
    }  # fmt: skip


def test_the_settings_need_a_user(anonymous: APIClient, db: None) -> None:
    assert anonymous.get("/api/v1/me/").status_code == 401
