"""POST outfits/matches/: a photograph completed from the own wardrobe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from images.models import Image
from tests.outfits.dressed import Thing, own, photograph, product, thing
from tests.search.conftest import alike
from wardrobe.models import Item

COAT: Thing = ("outerwear", "camel", alike(0.8))
JEANS, TEE, SKIRT = thing("trousers", "blue"), thing("tops", "white"), thing("skirts", "red")
ADDRESS = "/api/v1/outfits/matches/"

Complete = Callable[..., Any]


@pytest.fixture
def complete(db: None, queue: object, vectors: object, api: APIClient) -> Complete:
    def completed(photo: int) -> Any:
        answer = api.post(ADDRESS, {"photo": photo})
        assert answer.status_code == 200, answer.json()
        return answer.json()

    return completed


def test_of_each_garment_the_nearest_own_one_and_products_for_the_rest(complete: Complete, user: User):
    photo = photograph([COAT, JEANS, TEE])
    jeans, coat = own(user, JEANS, "my jeans"), own(user, COAT, "my coat")
    product("a white tee", TEE)
    body = complete(photo.pk)
    [person] = body["people"]
    assert (body["coverage"], person["coverage"], person["missing"]) == (67, 67, ["white top"])
    answered = {worn["garment"]["category"]: worn for worn in person["garments"]}
    assert [fit["item"] for fit in answered["trousers"]["own_items"]] == [str(jeans.pk)]
    assert [fit["item"] for fit in answered["outerwear"]["own_items"]] == [str(coat.pk)]
    assert (answered["tops"]["owned"], answered["tops"]["own_items"]) == (False, [])
    assert [offer["product"]["sku"] for offer in answered["tops"]["products"]] == ["a white tee"]
    assert answered["trousers"]["products"] == []


def test_two_people_are_completed_apart_the_more_complete_first(complete: Complete, user: User):
    photo = photograph([COAT, JEANS], [TEE, SKIRT])
    own(user, TEE)
    body = complete(photo.pk)
    assert [(person["coverage"], len(person["garments"])) for person in body["people"]] == [(50, 2), (0, 2)]
    assert body["people"][0]["missing"] == ["red skirt"]


def test_an_empty_wardrobe_covers_nothing(complete: Complete):
    body = complete(photograph([COAT, JEANS]).pk)
    assert (body["coverage"], body["people"][0]["missing"]) == (0, ["camel jacket", "blue trousers"])


def test_the_better_of_two_own_items_comes_first(complete: Complete, user: User):
    photo = photograph([JEANS])
    far = own(user, ("trousers", "blue", alike(0.2, axis=50)), "far")
    near = own(user, JEANS, "near")
    [worn] = complete(photo.pk)["people"][0]["garments"]
    assert [fit["item"] for fit in worn["own_items"]] == [str(near.pk), str(far.pk)]


def test_an_item_of_another_colour_does_not_cover(complete: Complete, user: User):
    photo = photograph([JEANS])
    own(user, ("trousers", "red", JEANS[2]))
    [worn] = complete(photo.pk)["people"][0]["garments"]
    assert (worn["owned"], worn["own_items"][0]["fits"]) == (False, False)


def test_only_the_own_wardrobe_counts(complete: Complete, eve: User):
    own(eve, JEANS)
    assert complete(photograph([JEANS]).pk)["coverage"] == 0


def test_a_photograph_that_nobody_may_see_is_not_there(complete: Complete, api: APIClient):
    photo = photograph([JEANS])
    Image.objects.filter(pk=photo.image_id).update(visible=False)
    assert api.post(ADDRESS, {"photo": photo.pk}).status_code == 404
    assert api.post(ADDRESS, {"photo": photo.pk + 1}).status_code == 404


def test_a_photograph_without_garments_cannot_be_completed(complete: Complete, api: APIClient):
    assert api.post(ADDRESS, {"photo": photograph([]).pk}).status_code == 422


@pytest.mark.parametrize("body", [{}, {"photo": "x"}, {"photo": 0}, {"photo": 2**63}, {"photo": 1, "item": 2}])
def test_what_is_no_question(complete: Complete, api: APIClient, body: dict[str, Any]):
    assert api.post(ADDRESS, body).status_code == 400


def test_garments_that_are_described_by_another_model_are_not_compared(complete: Complete, user: User):
    own(user, JEANS)
    photo = photograph([JEANS])
    photo.image.garments.get().descriptor.__class__.objects.filter(garment__image=photo.image_id).update(
        model_version=""
    )
    assert complete(photo.pk)["coverage"] == 0
    assert Item.objects.count() == 1
