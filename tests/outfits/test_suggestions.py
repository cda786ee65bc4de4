"""GET outfits/suggestions/: what goes with a garment, by photographs and by what one owns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from catalog.models import Photo
from images.models import Garment, Image
from outfits.models import Census
from tests.outfits.dressed import LIKE_IT, UNLIKE, Thing, own, photograph, product, thing
from tests.search.conftest import alike

COAT: Thing = ("outerwear", "camel", alike(1.0))
LIKE: Thing = ("outerwear", "camel", LIKE_IT)
OTHER: Thing = ("outerwear", "black", UNLIKE)
JEANS, TEE, SKIRT = thing("trousers", "blue"), thing("tops", "white"), thing("skirts", "red")
ADDRESS = "/api/v1/outfits/suggestions/"

Ask = Callable[..., Any]


@pytest.fixture
def coat(db: None, queue: object, vectors: object, user: User) -> Garment:
    """A coat of the user's, and an empty index."""
    cache.clear()
    return own(user, COAT, "the coat").pictures.get().garment


@pytest.fixture
def ask(api: APIClient, coat: Garment) -> Ask:
    def asked(**parameters: Any) -> Any:
        answer = api.get(ADDRESS, parameters or {"garment": str(coat.uid)})
        assert answer.status_code == 200, answer.json()
        return answer.json()

    return asked


def worn_together(times: int) -> list[Photo]:
    return [photograph([LIKE, JEANS, TEE]) for _ in range(times)]


def test_people_who_wear_the_like_say_what_goes_with_it(ask: Ask, coat: Garment):
    worn_together(4)
    photograph([LIKE, SKIRT])
    photograph([OTHER, SKIRT])
    body = ask()
    assert (body["garment"], body["photographs"], body["reason"]) == (str(coat.uid), 5, None)
    [formula] = body["results"]
    assert formula["title"] == "white top + blue trousers"
    assert [(part["category"], part["colour"]) for part in formula["parts"]] == [
        ("tops", "white"),
        ("trousers", "blue"),
    ]
    assert (formula["support"], formula["photos_count"], formula["confidence"]) == (4, 4, 0.8)
    assert formula["lift"] == pytest.approx(0.8 / (4 / 6), abs=1e-3)


def test_an_item_asks_with_its_cover(ask: Ask, coat: Garment):
    worn_together(3)
    item = coat.item_picture.item_id
    assert ask(item=str(item)) == ask()


def test_what_is_worn_by_the_neighbour_in_the_picture_is_not_counted(ask: Ask):
    for _ in range(3):
        photograph([LIKE, JEANS], [OTHER, SKIRT])
    assert [formula["title"] for formula in ask()["results"]] == ["blue trousers"]


def test_nobody_wears_the_like(ask: Ask):
    photograph([OTHER, JEANS])
    body = ask()
    assert (body["photographs"], body["reason"], body["results"]) == (0, "no_similar_photographs", [])


def test_too_few_wear_the_like(ask: Ask):
    worn_together(2)
    body = ask()
    assert (body["photographs"], body["reason"], body["results"]) == (2, "too_few_photographs", [])


def test_its_own_photograph_proves_nothing(ask: Ask, user: User):
    worn_together(3)
    photo = photograph([LIKE, JEANS, TEE])
    garment = photo.image.garments.get(category="outerwear")
    assert ask(garment=str(garment.uid))["results"][0]["support"] == 3


def test_one_of_an_empty_wardrobe_learns_what_is_missing(ask: Ask):
    worn_together(3)
    [formula] = ask()["results"]
    assert formula["wearable"] == {
        "owned": 1, "of": 3, "missing": ["white top", "blue trousers"],
        "text": "you can wear 1 of 3 parts of this today; missing: white top, blue trousers",
    }  # fmt: skip
    assert [part["own_items"] for part in formula["parts"]] == [[], []]


def test_own_items_of_the_colour_can_be_worn_others_are_only_the_nearest(ask: Ask, user: User):
    worn_together(3)
    jeans = own(user, ("trousers", "blue", alike(0.3, axis=90)), "my jeans")
    red = own(user, ("tops", "red", TEE[2]), "a red top")
    top, trousers = ask()["results"][0]["parts"]
    assert [(fit["item"], fit["name"], fit["fits"]) for fit in trousers["own_items"]] == [
        (str(jeans.pk), "my jeans", True)
    ]
    assert [(fit["item"], fit["fits"], fit["similarity"]) for fit in top["own_items"]] == [(str(red.pk), False, 1.0)]
    assert ask()["results"][0]["wearable"]["text"] == "you can wear 2 of 3 parts of this today; missing: white top"


def test_all_of_it_is_there(ask: Ask, user: User):
    worn_together(3)
    own(user, JEANS)
    own(user, TEE)
    assert ask()["results"][0]["wearable"]["text"] == "you can wear all of this today"


def test_another_users_items_are_nobodys_business(ask: Ask, eve: User):
    worn_together(3)
    own(eve, JEANS)
    assert ask()["results"][0]["wearable"]["owned"] == 1


def test_what_was_given_away_cannot_be_worn(ask: Ask, user: User):
    worn_together(3)
    jeans = own(user, JEANS)
    jeans.archive_reason, jeans.archived_at = "sold", jeans.created_at
    jeans.save()
    assert ask()["results"][0]["wearable"]["owned"] == 1


def test_shops_offer_what_is_missing_in_its_colour_and_in_stock(ask: Ask, user: User):
    worn_together(3)
    own(user, TEE)
    product("blue jeans", JEANS)
    product("red jeans", ("trousers", "red", JEANS[2]))
    product("sold out", JEANS, in_stock=False)
    top, trousers = ask()["results"][0]["parts"]
    assert [offer["product"]["sku"] for offer in trousers["products"]] == ["blue jeans"]
    assert top["products"] == []


def test_a_deleted_photograph_is_not_counted_any_more_though_the_answer_was_kept(ask: Ask):
    photos = worn_together(4)
    photograph([LIKE, SKIRT])
    assert ask()["results"][0]["support"] == 4
    photos[0].image.delete()
    formula = ask()["results"][0]
    assert (formula["support"], formula["confidence"]) == (3, 0.75)
    photos[1].image.delete()
    assert (ask()["results"], ask()["reason"], ask()["photographs"]) == ([], "too_few_photographs", 3)


def test_a_hidden_photograph_is_neither_counted_nor_shown(ask: Ask, api: APIClient):
    photos = worn_together(4)
    formula = ask()["results"][0]
    Image.objects.filter(pk=photos[0].image_id).update(visible=False)
    assert ask()["results"][0]["support"] == 3
    shown = api.get(f"{ADDRESS}{formula['id']}/photos/").json()
    assert {result["photo"]["id"] for result in shown["results"]} == {photo.pk for photo in photos[1:]}


def test_a_garment_that_is_corrected_no_longer_proves_what_it_was_taken_for(ask: Ask):
    photos = worn_together(4)
    assert ask()["results"][0]["support"] == 4
    photos[0].image.garments.filter(category="trousers").update(category="skirts")
    assert ask()["results"][0]["support"] == 3


def test_an_asked_garment_that_is_corrected_asks_anew(ask: Ask, coat: Garment):
    worn_together(3)
    for _ in range(3):
        photograph([("tops", "white", LIKE_IT), SKIRT])
    assert ask()["results"][0]["title"] == "white top + blue trousers"
    Garment.objects.filter(pk=coat.pk).update(category="tops")
    # The white tops are like it now, and are asked for no more.
    assert [formula["title"] for formula in ask()["results"]] == ["camel jacket + blue trousers", "red skirt"]


def test_the_second_answer_needs_no_index_and_no_model(ask: Ask, monkeypatch: pytest.MonkeyPatch):
    worn_together(3)
    first = ask()

    def away(*_: object, **__: object) -> None:
        raise AssertionError("the index was asked")

    monkeypatch.setattr("outfits.shopping.vector_index", away)
    monkeypatch.setattr("outfits.street.vector_index", away)
    assert ask() == first


def test_the_number_of_queries_does_not_grow(ask: Ask, user: User):
    worn_together(3)
    own(user, JEANS)
    product("a white tee", TEE)
    ask()
    few = _queries(ask)
    for _ in range(4):
        photograph([LIKE, SKIRT])
        own(user, JEANS)
        own(user, SKIRT)
    product("blue jeans", JEANS)
    cache.clear()
    ask()
    assert _queries(ask) == few


def _queries(ask: Ask) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        ask()
    return len(captured)


def test_photographs_of_a_formula_come_in_pages(ask: Ask, api: APIClient):
    worn_together(5)
    address = f"{ADDRESS}{ask()['results'][0]['id']}/photos/"
    first = api.get(address, {"limit": 3}).json()
    second = api.get(address, {"limit": 3, "offset": first["next"]}).json()
    assert (len(first["results"]), first["next"], len(second["results"]), second["next"]) == (3, 3, 2, None)
    ids = [result["photo"]["id"] for result in first["results"] + second["results"]]
    assert len(set(ids)) == 5
    assert [garment["category"] for garment in first["results"][0]["garments"]] == ["tops", "trousers"]


def test_no_such_formula(ask: Ask, api: APIClient, coat: Garment):
    worn_together(3)
    for address in (f"{coat.uid}.0000000000000000", "nonsense", f"{coat.uid}", "x.y"):
        assert api.get(f"{ADDRESS}{address}/photos/").status_code == 404


@pytest.mark.parametrize(
    "parameters",
    [{}, {"garment": "x"}, {"item": "x"}, {"colour": "red"}],
    ids=["nothing", "no garment", "no item", "unknown"],
)
def test_a_question_is_of_one_garment_or_of_one_item(api: APIClient, coat: Garment, parameters: dict[str, str]):
    assert api.get(ADDRESS, parameters).status_code == 400


def test_both_at_once_is_no_question(api: APIClient, coat: Garment):
    both = {"garment": str(coat.uid), "item": str(coat.item_picture.item_id)}
    assert api.get(ADDRESS, both).status_code == 400


def test_another_users_garment_is_not_there(api: APIClient, coat: Garment, eve: User):
    theirs = own(eve, COAT)
    assert api.get(ADDRESS, {"item": str(theirs.pk)}).status_code == 404
    assert api.get(ADDRESS, {"garment": str(theirs.pictures.get().garment.uid)}).status_code == 404


def test_an_item_without_a_picture_cannot_be_asked_with(api: APIClient, coat: Garment):
    item = coat.item_picture.item
    item.pictures.all().delete()
    assert api.get(ADDRESS, {"item": str(item.pk)}).status_code == 422


def test_the_census_is_taken_again_when_the_collection_has_doubled(ask: Ask):
    worn_together(2)
    ask()
    cache.clear()
    worn_together(1)
    ask()
    assert Census.objects.count() == 1
    cache.clear()
    worn_together(2)
    assert ask()["results"][0]["lift"] == 1.0
    assert list(Census.objects.order_by("pk").values_list("photographs", flat=True)) == [2, 5]
