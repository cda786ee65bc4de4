"""GET recommendations/photos/: what a user does changes it, what may not be shown never comes, and reasons are true."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

import images.services
from accounts.models import User
from catalog.models import Photo
from images.models import Garment, Image, Review
from mlcore.index.base import IndexAway
from recommendations import likeness, stages
from recommendations.models import Event, Impression, Taste
from tests.recommendations.conftest import (
    API,
    FEED,
    MINE,
    OTHER,
    TASTE,
    add_garment,
    ids,
    item,
    kinds,
    like,
    look,
    reasons_of,
    shot,
    shown,
    style,
)
from tests.search.conftest import product
from wardrobe.models import Care, CareDay

pytestmark = pytest.mark.usefixtures("stocked")


# What a user does changes what they see ------------------------------------------------------------------------------


def test_a_like_changes_the_next_page(api: APIClient, street: list[Photo]) -> None:
    assert not ids(street) & set(shown(api.get(FEED, {"limit": 10}).json()))
    assert api.put(f"{API}photos/{street[0].pk}/like/").status_code == 204
    after = shown(api.get(FEED, {"limit": 10}).json())
    assert set(after[:3]) <= ids(street[1:])
    assert ids(street[1:]) <= set(after)
    assert street[0].pk not in after


def test_a_like_changes_the_next_page_of_the_same_series_too(api: APIClient, street: list[Photo]) -> None:
    first = api.get(FEED, {"limit": 10}).json()
    api.put(f"{API}photos/{street[0].pk}/like/")
    assert set(shown(api.get(first["next"]).json())[:3]) <= ids(street[1:])


def test_an_unlike_turns_the_page_away_again(api: APIClient, user: User, street: list[Photo]) -> None:
    for method in (api.put, api.delete):
        assert method(f"{API}photos/{street[0].pk}/like/").status_code == 204
    assert [(event.signal, event.photo) for event in Event.objects.filter(user=user)] == [("unlike", street[0])]
    assert not ids(street) & set(shown(api.get(FEED, {"limit": 10}).json()))
    api.put(f"{API}photos/{street[0].pk}/like/")
    assert ids(street[1:]) <= set(shown(api.get(FEED, {"limit": 10}).json()))


def test_an_unlike_of_what_was_not_liked_says_nothing(api: APIClient, street: list[Photo]) -> None:
    assert api.delete(f"{API}photos/{street[0].pk}/like/").status_code == 204
    assert not Event.objects.exists()


@pytest.mark.parametrize("deed", ["liked product", "searched", "owned", "clicked", "asked for more"])
def test_whatever_a_user_does_is_learnt_from(api: APIClient, user: User, street: list[Photo], deed: str) -> None:
    api.get(FEED, {"limit": 1})
    if deed == "liked product":
        api.put(f"{API}products/{product('sku', alike_to_street(street)).pk}/like/")
    elif deed == "searched":
        garment = street[0].image.garments.get()
        assert api.post(f"{API}search/", {"garment": str(garment.uid)}).status_code == 200
    elif deed == "owned":
        item(user, MINE)
    elif deed == "asked for more":
        assert api.post(f"{FEED}{street[0].pk}/feedback/", {"signal": "more"}).status_code == 204
    else:
        seen = {"photo": street[0].pk, "signal": "click"}
        assert api.post(f"{API}recommendations/events/", {"events": [seen]}).json() == {"recorded": 1}
    assert ids(street[1:]) <= set(shown(api.get(FEED, {"limit": 10}).json()))


def test_what_is_looked_at_is_learnt_from_when_a_worker_has_added_it(
    api: APIClient, user: User, street: list[Photo]
) -> None:
    api.get(FEED, {"limit": 1})
    api.post(f"{API}recommendations/events/", {"events": [{"photo": street[0].pk, "signal": "view"}]})
    assert not ids(street) & set(shown(api.get(FEED, {"limit": 10}).json()))
    stages.learn(user.pk)
    assert ids(street[1:]) <= set(shown(api.get(FEED, {"limit": 10}).json()))


def test_what_is_worn_is_learnt_from(api: APIClient, user: User) -> None:
    owned = item(user, MINE)
    [before] = api.get(TASTE).json()["medoids"]
    assert kinds(before["origins"]) == ["wardrobe"]
    CareDay.objects.create(item=owned, care=Care.WEAR, day=timezone.now().date())
    [after] = api.get(TASTE).json()["medoids"]
    assert kinds(after["origins"]) == ["wardrobe", "worn"]
    assert after["importance"] == pytest.approx(before["importance"] + 0.5, abs=0.01)


def alike_to_street(street: list[Photo]) -> Any:
    return street[0].image.garments.get().descriptor.vector


def test_not_my_style_pushes_the_like_of_it_down(api: APIClient, user: User, street: list[Photo]) -> None:
    other = [shot(OTHER, category="tops", lean=0.3) for _ in range(5)]
    like(user, street[0], other[0])
    api.post(f"{FEED}{street[1].pk}/feedback/", {"signal": "less"})
    results = api.get(FEED, {"limit": 12}).json()["results"]
    by_taste = [entry["photo"]["id"] for entry in results if "liked" in kinds(entry["reasons"])]
    assert set(by_taste[:4]) == ids(other[1:])
    assert street[1].pk not in [entry["photo"]["id"] for entry in results]


def test_another_users_doings_have_no_effect(
    api: APIClient, eve: User, client_of: Callable[[User], APIClient], street: list[Photo]
) -> None:
    theirs = client_of(eve)
    item(eve, MINE)
    theirs.post(f"{API}recommendations/events/", {"events": [{"photo": street[2].pk, "signal": "click"}]})
    theirs.post(f"{FEED}{street[1].pk}/feedback/", {"signal": "more"})
    theirs.post(f"{FEED}{street[3].pk}/feedback/", {"signal": "hide"})
    theirs.post(f"{FEED}{street[4].pk}/feedback/", {"signal": "hide_photographer"})
    assert ids(street[:3]) <= set(shown(theirs.get(FEED, {"limit": 10}).json()))
    body = api.get(FEED, {"limit": 50}).json()
    assert not ids(street) & set(shown(body))
    assert {kind for entry in body["results"] for kind in kinds(entry["reasons"])} <= {"fresh", "popular", "different"}
    like(User.objects.get(email="ada@example.org"), street[0])
    assert ids(street[1:]) <= set(shown(api.get(FEED, {"limit": 10}).json()))


# What may not be shown -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["hidden by the user", "its photographer hidden", "invisible", "erased", "rejected"])
def test_what_may_not_be_shown_never_comes_back(
    api: APIClient, user: User, eve: User, street: list[Photo], how: str
) -> None:
    away = look(eve, MINE) if how == "rejected" else street[1]
    like(user, street[0])
    Photo.objects.filter(pk=away.pk).update(photographer="Somebody")
    assert api.get(FEED, {"limit": 1}).json()["results"]  # the shared pools are read
    Impression.objects.all().delete()
    cache_of_seen_is_gone(user)
    if how == "hidden by the user":
        api.post(f"{FEED}{away.pk}/feedback/", {"signal": "hide"})
    elif how == "its photographer hidden":
        api.post(f"{FEED}{away.pk}/feedback/", {"signal": "hide_photographer"})
    elif how == "invisible":
        images.services.set_visible(images=[away.image], visible=False)
    elif how == "erased":
        images.services.erase_images(images=[away.image])
    else:
        Image.objects.filter(pk=away.image_id).update(review=Review.REJECTED)
    seen: list[int] = []
    page = api.get(FEED, {"limit": 20}).json()
    while True:
        seen += shown(page)
        if page["next"] is None:
            break
        page = api.get(page["next"]).json()
    assert away.pk not in seen
    assert ids(street[2:]) <= set(seen)


def cache_of_seen_is_gone(user: User) -> None:
    from recommendations import seen

    seen.forget(user.pk)


def test_what_was_hidden_after_a_page_is_not_on_it_when_it_is_asked_for_again(
    api: APIClient, street: list[Photo]
) -> None:
    second = api.get(FEED, {"limit": 5}).json()["next"]
    first, last, *_ = shown(api.get(second).json())
    api.post(f"{FEED}{first}/feedback/", {"signal": "hide"})
    images.services.set_visible(images=[Photo.objects.get(pk=last).image], visible=False)
    again = shown(api.get(second).json())
    assert len(again) == 3
    assert not {first, last} & set(again)


def test_ones_own_look_is_not_recommended_to_oneself(api: APIClient, user: User, eve: User) -> None:
    own, hers = look(user, MINE), look(eve, MINE)
    assert shown(api.get(FEED).json()) == [hers.pk]
    like(user, own)
    assert own.pk not in shown(api.get(FEED).json())


def test_a_photograph_in_which_no_garment_is_known_is_not_recommended(api: APIClient) -> None:
    bare = shot(MINE)
    Garment.objects.filter(image=bare.image).delete()
    assert api.get(FEED).json() == {"results": [], "next": None, "all_seen": True}


# Reasons -------------------------------------------------------------------------------------------------------------


def test_a_reason_names_the_like_the_item_and_the_search_and_how_alike_it_is(
    api: APIClient, user: User, street: list[Photo]
) -> None:
    liked, owned = shot(OTHER, category="skirts"), item(user, 9, category="tops", name="striped shirt")
    like(user, liked)
    like_other, like_owned = shot(OTHER, category="skirts", lean=0.6), shot(9, category="tops", lean=0.6)
    assert api.post(f"{API}search/", {"garment": str(street[0].image.garments.get().uid)}).status_code == 200
    [searched] = api.get(f"{API}search/history/").json()["results"]
    body = api.get(FEED, {"limit": 50}).json()
    assert reasons_of(body, like_other)[0] == {
        "kind": "liked",
        "source": {"photo": liked.pk, "product": None, "search": None, "item": None},
        "similarity": pytest.approx(0.8, abs=0.002),
        "text": "Like a photograph that you liked",
    }
    assert reasons_of(body, like_owned)[0] == {
        "kind": "wardrobe",
        "source": {"photo": None, "product": None, "search": None, "item": str(owned.pk)},
        "similarity": pytest.approx(0.8, abs=0.002),
        "text": "Like your striped shirt",
    }
    of_search = reasons_of(body, street[1])[0]
    assert (of_search["kind"], of_search["source"]["search"]) == ("searched", searched["id"])
    assert of_search["similarity"] == pytest.approx(0.91, abs=0.002)


def test_what_can_be_worn_with_the_own_wardrobe_says_with_what(api: APIClient, user: User) -> None:
    owned = item(user, 9, category="skirts", name="red skirt")
    photo = shot(MINE, category="tops")
    add_garment(photo.image, style(9), category="skirts")
    [wearable] = [one for one in reasons_of(api.get(FEED).json(), photo) if one["kind"] == "wearable"]
    assert wearable["source"]["item"] == str(owned.pk)
    assert wearable["similarity"] == pytest.approx(1.0, abs=0.002)
    assert wearable["text"] == "You could wear this with your red skirt"


def test_a_photograph_is_found_by_what_one_owns_of_it(api: APIClient, user: User, street: list[Photo]) -> None:
    """Though so much else was liked that the wardrobe has no part in the taste."""
    for number in range(60, 75):
        like(user, shot(number, category="dresses"))
    item(user, MINE, category="dresses")
    Taste.objects.filter(user=user).update(medoids=[])
    assert ids(street) & set(shown(api.get(FEED, {"limit": 50}).json()))


def test_an_item_that_is_gone_is_no_reason(api: APIClient, user: User, street: list[Photo]) -> None:
    owned = item(user, MINE)
    assert "wardrobe" in kinds(reasons_of(api.get(FEED, {"limit": 1}).json(), street_first(api, street)))
    owned.delete()
    body = api.get(FEED, {"limit": 50}).json()
    assert "wardrobe" not in {kind for entry in body["results"] for kind in kinds(entry["reasons"])}


def street_first(api: APIClient, street: list[Photo]) -> Photo:
    return next(photo for photo in street if Impression.objects.filter(photo=photo).exists())


def test_what_is_new_and_what_is_popular_is_said_to_be(api: APIClient, make_user: Callable[[str], User]) -> None:
    popular, fresh, plain = shot(MINE), shot(OTHER), shot(9)
    Photo.objects.filter(pk__in=[popular.pk, plain.pk]).update(created_at=timezone.now() - timedelta(days=40))
    for number in range(5):
        like(make_user(f"{number}@example.org"), popular)
    body = api.get(FEED).json()
    assert [kinds(reasons_of(body, one)) for one in (popular, fresh, plain)] == [["popular"], ["fresh"], []]
    assert reasons_of(body, popular)[0]["source"] is None
    assert shown(body)[0] == popular.pk


def test_a_score_is_the_sum_of_its_parts(api: APIClient, user: User, street: list[Photo]) -> None:
    like(user, street[0])
    for entry in api.get(FEED, {"limit": 50}).json()["results"]:
        assert entry["score"] == pytest.approx(sum(entry["parts"].values()), abs=1e-5)
        assert set(entry["parts"]) == {"similarity", "quality", "freshness", "popularity", "coverage", "away"}


# Cold, away, off -----------------------------------------------------------------------------------------------------


def test_who_has_done_nothing_yet_sees_what_is_popular_and_new(api: APIClient, eve: User) -> None:
    first, second, third = shot(1), shot(2), shot(3)
    for photo, days in ((first, 60), (second, 50), (third, 20)):
        Photo.objects.filter(pk=photo.pk).update(created_at=timezone.now() - timedelta(days=days))
    like(eve, second)
    assert shown(api.get(FEED).json()) == [second.pk, third.pk, first.pk]


@pytest.fixture
def index_away(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often it was asked."""
    asked: list[int] = []

    def away() -> None:
        asked.append(1)
        raise IndexAway("gone")

    monkeypatch.setattr(likeness, "vector_index", away)
    return asked


def test_without_the_index_what_is_popular_and_new_is_shown_and_it_is_not_asked_again_at_once(
    api: APIClient, user: User, street: list[Photo], index_away: list[int]
) -> None:
    like(user, street[0])
    for _ in range(3):
        answer = api.get(FEED, {"limit": 5})
        assert answer.status_code == 200
        assert len(answer.json()["results"]) == 5
    assert index_away == [1]


def test_off_means_off_and_stores_nothing(api: APIClient, user: User, street: list[Photo]) -> None:
    like(user, street[0])
    assert api.patch(TASTE, {"personal": False}).json()["personal"] is False
    for _ in range(2):
        page = api.get(FEED, {"limit": 10}).json()
        assert not ids(street) & set(shown(page))
        assert {kind for entry in page["results"] for kind in kinds(entry["reasons"])} == {"fresh"}
    seen = {"events": [{"photo": street[1].pk, "signal": signal} for signal in ("view", "click")]}
    assert api.post(f"{API}recommendations/events/", seen).json() == {"recorded": 0}
    for signal in ("more", "less", "wrong_colour"):
        assert api.post(f"{FEED}{street[1].pk}/feedback/", {"signal": signal}).status_code == 409
    api.delete(f"{API}photos/{street[0].pk}/like/")
    stages.learn(user.pk)
    assert not Event.objects.exists()
    assert not Impression.objects.exists()
    assert Taste.objects.get(user=user).medoids == []


def test_off_pages_of_a_series_do_not_repeat_each_other_either(api: APIClient) -> None:
    for number in range(9):
        shot(number)
    api.patch(TASTE, {"personal": False})
    page = api.get(FEED, {"limit": 4}).json()
    seen = shown(page)
    while page["next"]:
        page = api.get(page["next"]).json()
        seen += shown(page)
    assert len(seen) == len(set(seen)) == 9
    assert not Impression.objects.exists()


def test_on_again_what_was_liked_counts_again(api: APIClient, user: User, street: list[Photo]) -> None:
    like(user, street[0])
    for personal in (False, True):
        api.patch(TASTE, {"personal": personal})
    assert ids(street[1:]) <= set(shown(api.get(FEED, {"limit": 10}).json()))


# The request ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=51", "limit=x", "limit=1&limit=2", "page=2", "limit=nan", "cursor=" + "x" * 41, "cursor="],
)
def test_parameters_that_cannot_be_are_refused(api: APIClient, query: str) -> None:
    assert api.get(f"{FEED}?{query}").status_code == 400


@pytest.mark.parametrize("cursor", ["x", "0" * 32, f"{'0' * 32}.2", f"{'0' * 32}.0", f"{'7' * 32}.99999"])
def test_a_cursor_of_nowhere_is_not_found(api: APIClient, cursor: str) -> None:
    assert api.get(FEED, {"cursor": cursor}).status_code == 404


def test_a_cursor_is_its_owners_alone(
    api: APIClient, eve: User, client_of: Callable[[User], APIClient], street: list[Photo]
) -> None:
    following = api.get(FEED, {"limit": 5}).json()["next"]
    assert client_of(eve).get(following).status_code == 404
    assert api.get(following).status_code == 200


def test_who_is_not_signed_in_has_no_feed(anonymous: APIClient) -> None:
    assert anonymous.get(FEED).status_code == 401


def test_no_cache_hands_a_feed_to_another(api: APIClient, street: list[Photo]) -> None:
    assert {"Authorization", "Cookie", "X-Session-Token"} <= set(api.get(FEED).headers["Vary"].split(", "))
