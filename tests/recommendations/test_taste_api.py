"""recommendations/taste/: what is known and why, for its owner alone; switched off and begun anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

import images.services
from accounts.models import User
from catalog.models import Like
from images.models import Garment, Kind
from recommendations.models import Event, Impression, Taste
from recommendations.taste import SIGNALS
from search.models import Search
from tests.recommendations.conftest import API, CATEGORIES, EVENTS, FEED, TASTE, item, kinds, like, shot, shown, style
from tests.search.conftest import described

pytestmark = pytest.mark.usefixtures("stocked")


def nothing(**more: Any) -> dict[str, Any]:
    return {"photo": None, "product": None, "search": None, "item": None, **more}


def test_who_has_done_nothing_has_no_taste_yet(api: APIClient) -> None:
    body = api.get(TASTE).json()
    assert (body["personal"], body["learnt_from"]) == (True, None)
    assert (body["medoids"], body["away"], body["hidden_photographers"]) == ([], [], [])
    assert body["signals"]["less"] == {"weight": SIGNALS["less"].weight, "half_life_days": 180}  # type: ignore[index]
    assert set(body["weights"]) == {"similarity", "quality", "freshness", "popularity", "coverage", "away"}


def test_a_taste_names_its_garments_and_what_made_them(api: APIClient, user: User) -> None:
    photo, owned = shot(1, category="tops"), item(user, 2, category="skirts")
    like(user, photo)
    body = api.get(TASTE).json()
    first, second = body["medoids"]
    assert (first["category"], second["category"]) == ("tops", "skirts")
    garment = photo.image.garments.get()
    assert first["garment"] == {
        "id": str(garment.uid),
        "image": str(photo.image_id),
        "thumbnail": f"http://testserver{API}images/{photo.image_id}/thumbnail/",
        "box": {"x": 0.1, "y": 0.2, "width": 0.3, "height": 0.3},
    }
    assert first["importance"] == pytest.approx(1.0, abs=0.001)
    assert first["origins"] == [
        {"kind": "liked", "source": nothing(photo=photo.pk), "weight": pytest.approx(1.0, abs=0.001), "similarity": 1.0}
    ]
    assert second["origins"][0]["source"] == nothing(item=str(owned.pk))
    assert "?token=" in second["garment"]["thumbnail"]


def test_a_search_is_remembered_by_its_own_copy_when_its_picture_is_gone(api: APIClient, user: User) -> None:
    image = described(Kind.USER, ("dresses", style(3)), owner=user)
    garment = image.garments.get()
    assert api.post(f"{API}search/", {"garment": str(garment.uid)}).status_code == 200
    images.services.erase_images(images=[image])
    [medoid] = api.get(TASTE).json()["medoids"]
    assert medoid["garment"] is None
    assert medoid["origins"][0]["source"] == nothing(search=Search.objects.get().pk)


def test_a_garment_that_is_not_shown_any_more_is_not_shown_here_either(api: APIClient, user: User) -> None:
    photo = shot(1)
    like(user, photo)
    api.get(TASTE)
    images.services.set_visible(images=[photo.image], visible=False)
    [medoid] = api.get(TASTE).json()["medoids"]
    assert medoid["garment"] is None


def test_a_medoid_lists_at_most_twenty_of_its_origins(api: APIClient, user: User) -> None:
    like(user, *(shot(1) for _ in range(25)))
    [medoid] = api.get(TASTE).json()["medoids"]
    assert len(medoid["origins"]) == 20
    assert medoid["importance"] == pytest.approx(25, rel=0.01)


def test_a_taste_that_was_read_still_stands_until_something_is_done(api: APIClient, user: User) -> None:
    like(user, shot(1))
    etag = api.get(TASTE).headers["ETag"]
    assert api.get(TASTE, headers={"If-None-Match": etag}).status_code == 304
    like(user, shot(2))
    assert api.get(TASTE, headers={"If-None-Match": etag}).status_code == 200
    assert api.patch(TASTE, {"personal": False}, headers={"If-Match": etag}).status_code == 412


def test_nobody_reads_or_changes_anothers_taste(
    api: APIClient, user: User, eve: User, client_of: Callable[[User], APIClient], anonymous: APIClient
) -> None:
    like(user, shot(1))
    theirs = client_of(eve)
    assert theirs.get(TASTE).json()["medoids"] == []
    theirs.patch(TASTE, {"personal": False})
    theirs.delete(TASTE)
    assert api.get(TASTE).json()["personal"] is True
    assert len(api.get(TASTE).json()["medoids"]) == 1
    assert [getattr(anonymous, m)(TASTE).status_code for m in ("get", "patch", "delete")] == [401] * 3


@pytest.mark.parametrize("body", [{}, {"personal": None}, {"personal": "maybe"}, {"personal": True, "x": 1}, []])
def test_a_change_that_is_none_is_refused(api: APIClient, body: Any) -> None:
    assert api.patch(TASTE, body).status_code == 400


def test_a_taste_costs_the_same_queries_however_rich(
    api: APIClient, user: User, django_assert_num_queries: Any
) -> None:
    for number in range(12):
        like(user, shot(number, category=CATEGORIES[number % 6]))
        item(user, number + 20, category=CATEGORIES[number % 6])
    api.get(TASTE)
    with django_assert_num_queries(3):  # the row, garments with their pictures, hidden photographers
        assert {medoid["category"] for medoid in api.get(TASTE).json()["medoids"]} == set(CATEGORIES)


# Off -----------------------------------------------------------------------------------------------------------------


def test_switched_off_what_was_stored_is_erased_and_what_is_hidden_stays(api: APIClient, user: User, eve: User) -> None:
    photos = [shot(number, by=f"p{number}") for number in range(5)]
    like(user, photos[0])
    api.post(EVENTS, {"events": [{"photo": photos[1].pk, "signal": "click"}]})
    for photo, signal in (
        (photos[1], "more"),
        (photos[2], "less"),
        (photos[3], "hide"),
        (photos[4], "hide_photographer"),
    ):
        api.post(f"{FEED}{photo.pk}/feedback/", {"signal": signal})
    Event.objects.create(user=eve, photo=photos[0], signal="click")
    Impression.objects.create(user=eve, photo=photos[0], page=photos[0].image_id, position=0, score=0)
    api.get(FEED)
    assert Impression.objects.filter(user=user).exists()
    body = api.patch(TASTE, {"personal": False}).json()
    assert (body["personal"], body["medoids"], body["away"]) == (False, [], [])
    assert [one["photographer"] for one in body["hidden_photographers"]] == ["p4"]
    assert [(event.user, event.signal) for event in Event.objects.all()] == [(eve, "click"), (user, "hide")]
    assert [row.user for row in Impression.objects.all()] == [eve]
    taste = Taste.objects.get(user=user)
    assert (taste.medoids, taste.watermark, taste.made_at, taste.due_at) == ([], "", None, None)
    assert Like.objects.filter(user=user).count() == 1
    assert sorted(shown(api.get(FEED).json())) == sorted(photo.pk for photo in photos[:3])


def test_off_twice_is_off(api: APIClient) -> None:
    assert [api.patch(TASTE, {"personal": False}).json()["personal"] for _ in range(2)] == [False, False]


# Begun anew ----------------------------------------------------------------------------------------------------------


def test_begun_anew_nothing_of_before_counts_and_what_comes_then_does(api: APIClient, user: User) -> None:
    like(user, shot(1))
    item(user, 2, category="skirts")
    api.post(EVENTS, {"events": [{"photo": shot(3, category="tops").pk, "signal": "click"}]})
    api.post(f"{FEED}{shot(4).pk}/feedback/", {"signal": "less"})
    api.post(f"{FEED}{shot(5).pk}/feedback/", {"signal": "hide"})
    assert len(api.get(TASTE).json()["medoids"]) == 3
    before = timezone.now()
    assert api.delete(TASTE).status_code == 204
    body = api.get(TASTE).json()
    assert (body["medoids"], body["away"], body["personal"]) == ([], [], True)
    assert body["learnt_from"] >= before.isoformat().replace("+00:00", "Z")[:19]
    assert [event.signal for event in Event.objects.all()] == ["hide"]
    assert Like.objects.count() == 1
    like(user, shot(6, category="tops"))
    api.post(EVENTS, {"events": [{"photo": shot(7, category="skirts").pk, "signal": "click"}]})
    assert sorted(kinds(m["origins"])[0] for m in api.get(TASTE).json()["medoids"]) == ["clicked", "liked"]


def test_begun_anew_an_event_that_a_phone_sends_late_was_before(api: APIClient) -> None:
    api.delete(TASTE)
    late = (timezone.now() - timedelta(hours=1)).isoformat()
    api.post(EVENTS, {"events": [{"photo": shot(1).pk, "signal": "click", "at": late}]})
    assert api.get(TASTE).json()["medoids"] == []


def test_begun_anew_what_was_shown_of_late_is_still_not_shown_again(api: APIClient) -> None:
    photos = [shot(number) for number in range(4)]
    first = shown(api.get(FEED, {"limit": 2}).json())
    api.delete(TASTE)
    assert sorted(first + shown(api.get(FEED, {"limit": 2}).json())) == [photo.pk for photo in photos]


# Hostile rows --------------------------------------------------------------------------------------------------------


def test_a_taste_of_another_release_is_made_anew(api: APIClient, user: User) -> None:
    like(user, shot(1))
    api.get(TASTE)
    Taste.objects.filter(user=user).update(medoids=[{"category": "hats"}])
    assert len(api.get(TASTE).json()["medoids"]) == 1


def test_rows_that_an_import_brought_with_odd_times_and_categories_do_no_harm(api: APIClient, user: User) -> None:
    photo = shot(1)
    far = timezone.now() + timedelta(days=3000)
    Event.objects.create(user=user, photo=photo, signal="more", garment_category="hats", created_at=far)
    Event.objects.create(user=user, photo=photo, signal="click", created_at=far)
    Search.objects.create(user=user, target="photos", category="hats", vector=b"", created_at=far)
    [medoid] = api.get(TASTE).json()["medoids"]
    assert kinds(medoid["origins"]) == ["clicked"]
    assert medoid["origins"][0]["weight"] == pytest.approx(SIGNALS["clicked"].weight, abs=0.001)  # type: ignore[index]
    assert api.get(FEED).status_code == 200


def test_a_garment_that_is_being_described_anew_says_nothing_for_now(api: APIClient, user: User) -> None:
    photo = shot(1)
    like(user, photo)
    Garment.objects.filter(image=photo.image).update(due_at=timezone.now())
    assert api.get(TASTE).json()["medoids"] == []
