"""What users say of a photograph: kept once, taken back, and hidden for good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

import images.services
from accounts.models import User
from catalog.looks import NAMELESS
from recommendations import services
from recommendations.models import Event, HiddenPhotographer, Taste
from tests.recommendations.conftest import API, FEED, TASTE, add_garment, look, shot, shown, style

pytestmark = pytest.mark.usefixtures("stocked")
HIDDEN = f"{API}recommendations/hidden/photos/"
ALL = ("more", "less", "wrong_colour", "hide", "hide_photographer")


def say(api: APIClient, photo: Any, signal: str, **more: Any) -> int:
    pk = getattr(photo, "pk", photo)
    status: int = api.post(f"{FEED}{pk}/feedback/", {"signal": signal, **more}).status_code
    return status


def said(user: User) -> list[tuple[str, str]]:
    return sorted(Event.objects.filter(user=user).values_list("signal", "garment_category"))


@pytest.mark.parametrize("signal", ["more", "less", "wrong_colour", "hide"])
def test_what_is_said_twice_is_kept_once(api: APIClient, user: User, signal: str) -> None:
    photo = shot(1)
    assert [say(api, photo, signal) for _ in range(3)] == [204, 204, 204]
    assert said(user) == [(signal, "")]


def test_a_photographer_is_hidden_once_by_name(api: APIClient, user: User) -> None:
    for photo in (shot(1, by="Ada"), shot(2, by="Ada")):
        assert say(api, photo, "hide_photographer") == 204
    assert list(HiddenPhotographer.objects.values_list("user", "photographer")) == [(user.pk, "Ada")]
    assert not Event.objects.exists()


def test_more_and_less_replace_each_other_and_a_wrong_colour_stands_beside_them(api: APIClient, user: User) -> None:
    photo = shot(1)
    for signal in ("more", "wrong_colour", "less"):
        say(api, photo, signal)
    assert said(user) == [("less", ""), ("wrong_colour", "")]
    say(api, photo, "more")
    assert said(user) == [("more", ""), ("wrong_colour", "")]


def test_a_garment_of_the_photograph_may_be_meant(api: APIClient, user: User) -> None:
    photo = shot(1, category="tops")
    add_garment(photo.image, style(2), category="skirts")
    assert say(api, photo, "wrong_colour", category="skirts") == 204
    assert say(api, photo, "wrong_colour", category="tops") == 204
    assert said(user) == [("wrong_colour", "skirts"), ("wrong_colour", "tops")]
    away = api.get(TASTE).json()["away"]
    assert {(one["category"], one["colour"]) for one in away} == {("skirts", "#c51928"), ("tops", "#c51928")}
    say(api, photo, "more", category="skirts")
    assert [one["category"] for one in api.get(TASTE).json()["medoids"]] == ["skirts"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"signal": "view"},
        {"signal": "unlike"},
        {"signal": ""},
        {"signal": ["more"]},
        {"signal": "more", "category": "hats"},
        {"signal": "more", "category": "rompers"},
        {"signal": "hide", "category": "dresses"},
        {"signal": "hide_photographer", "category": "dresses"},
        {"signal": "more", "why": "x"},
    ],
    ids=str,
)
def test_what_cannot_be_said_is_refused(api: APIClient, body: dict[str, Any]) -> None:
    assert api.post(f"{FEED}{shot(1).pk}/feedback/", body).status_code == 400
    assert not Event.objects.exists()


@pytest.mark.parametrize("name", ["", NAMELESS])
def test_who_is_not_named_cannot_be_hidden(api: APIClient, name: str) -> None:
    photo = shot(1)
    type(photo).objects.filter(pk=photo.pk).update(photographer=name)
    answer = api.post(f"{FEED}{photo.pk}/feedback/", {"signal": "hide_photographer"})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["signal"])
    assert not HiddenPhotographer.objects.exists()


def test_so_many_photographers_are_hidden_and_no_more(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_HIDDEN", 2)
    assert [say(api, shot(n, by=f"p{n}"), "hide_photographer") for n in range(3)] == [204, 204, 409]
    assert say(api, shot(1, by="p1"), "hide_photographer") == 204


@pytest.mark.parametrize("signal", ALL)
def test_of_a_photograph_that_is_not_shown_nothing_is_said(api: APIClient, user: User, eve: User, signal: str) -> None:
    hidden, rejected = shot(1), look(eve, 2)
    images.services.set_visible(images=[hidden.image], visible=False)
    type(rejected.image).objects.filter(pk=rejected.image_id).update(review="rejected")
    for pk in (hidden.pk, rejected.pk, 4711, 0, 2**63, 10**30):
        assert say(api, pk, signal) == 404, pk
        assert api.delete(f"{FEED}{pk}/feedback/").status_code == 404, pk
    assert not Event.objects.exists()
    assert not HiddenPhotographer.objects.exists()


def test_what_was_said_is_taken_back_and_a_hidden_photograph_is_shown_again(api: APIClient, user: User) -> None:
    photo = shot(1)
    for signal in ("hide", "wrong_colour", "less"):
        say(api, photo, signal)
    assert shown(api.get(FEED).json()) == []
    assert [api.delete(f"{FEED}{photo.pk}/feedback/").status_code for _ in range(2)] == [204, 204]
    assert said(user) == []
    assert shown(api.get(FEED).json()) == [photo.pk]


def test_it_can_be_taken_back_of_a_photograph_that_is_not_shown_any_more(api: APIClient, user: User) -> None:
    photo = shot(1)
    say(api, photo, "hide")
    images.services.set_visible(images=[photo.image], visible=False)
    assert [api.delete(f"{FEED}{photo.pk}/feedback/").status_code for _ in range(2)] == [204, 404]
    assert said(user) == []


def test_taking_back_leaves_what_was_observed(api: APIClient, user: User) -> None:
    photo = shot(1)
    Event.objects.create(user=user, photo=photo, signal="click")
    say(api, photo, "more")
    api.delete(f"{FEED}{photo.pk}/feedback/")
    assert said(user) == [("click", "")]


def test_a_photographer_is_shown_again(api: APIClient, user: User) -> None:
    photo = shot(1, by="Ada")
    say(api, photo, "hide_photographer")
    assert shown(api.get(FEED).json()) == []
    [hidden] = api.get(TASTE).json()["hidden_photographers"]
    assert hidden["photographer"] == "Ada"
    at = f"{API}recommendations/hidden/photographers/{hidden['id']}/"
    assert [api.delete(at).status_code for _ in range(2)] == [204, 404]
    assert api.get(TASTE).json()["hidden_photographers"] == []
    assert shown(api.get(FEED).json()) == [photo.pk]


def test_another_users_hidden_photographer_is_not_there(
    api: APIClient, user: User, eve: User, client_of: Callable[[User], APIClient]
) -> None:
    say(api, shot(1, by="Ada"), "hide_photographer")
    pk = HiddenPhotographer.objects.get().pk
    for wrong in (pk, 4711, 2**63):
        at = f"{API}recommendations/hidden/photographers/{wrong}/"
        assert client_of(eve).delete(at).status_code == 404
    assert HiddenPhotographer.objects.count() == 1


def test_hidden_photographs_are_listed_the_last_first_while_they_may_be_shown(
    api: APIClient, eve: User, client_of: Callable[[User], APIClient], django_assert_num_queries: Any
) -> None:
    photos = [shot(number) for number in range(4)]
    for photo in photos:
        say(api, photo, "hide")
    say(client_of(eve), photos[0], "hide")
    images.services.set_visible(images=[photos[1].image], visible=False)
    with django_assert_num_queries(2):
        rows = api.get(HIDDEN).json()["results"]
    assert [row["photo"]["id"] for row in rows] == [photos[3].pk, photos[2].pk, photos[0].pk]
    assert rows[0]["photo"]["liked"] is False


def test_to_hide_is_a_wish_that_is_kept_where_nothing_personal_is(api: APIClient, user: User) -> None:
    hidden, whose, other = shot(1), shot(2, by="Ada"), shot(3)
    api.patch(TASTE, {"personal": False})
    assert [say(api, hidden, "hide"), say(api, whose, "hide_photographer")] == [204, 204]
    assert shown(api.get(FEED).json()) == [other.pk]
    assert Taste.objects.get(user=user).due_at is None
    api.patch(TASTE, {"personal": True})
    api.patch(TASTE, {"personal": False})
    api.delete(TASTE)
    assert shown(api.get(FEED).json()) == [other.pk]


def test_a_retry_with_a_key_is_the_same_answer(api: APIClient, user: User) -> None:
    photo = shot(1)
    answers = [
        api.post(f"{FEED}{photo.pk}/feedback/", {"signal": "more"}, headers={"Idempotency-Key": "k"}) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [204, 204]
    assert answers[1]["Idempotent-Replayed"] == "true"
    assert said(user) == [("more", "")]
