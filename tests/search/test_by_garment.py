"""POST search/ with a stored garment: no model runs, SQL decides what is shown, and the cost does not grow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

import images.services
from accounts.models import User
from images.models import Garment, Image, Kind
from tests.search.conftest import alike, described, photo, product, sequence_of, similarities, skus, titles

Post = Callable[..., Any]


def test_results_are_the_most_similar_products_best_first_with_what_matched(query_garment: Garment, post: Post) -> None:
    far, near = product("far", alike(0.6)), product("near", alike(0.8))
    body = post(garment=str(query_garment.uid)).json()
    assert skus(body) == ["query", "near", "far"]
    assert similarities(body) == [1.0, 0.8, 0.6]
    assert sequence_of(body, "match", "rank_before") == [1, 2, 3]
    image = near.pictures.get().image
    garment = image.garments.get()
    found = body["results"][1]
    assert set(found) == {"score", "garment", "image", "product", "match"}
    assert found["garment"]["id"] == str(garment.uid)
    assert found["image"]["id"] == str(image.pk)
    assert found["product"]["id"] == near.pk
    assert found["match"] == {
        "similarity": pytest.approx(0.8, abs=1e-3),
        "colour_delta_e": None,
        "labels_agree": [],
        "labels_differ": [],
        "quality": 0.5,
        "rank_before": 2,
    }
    assert body["results"][2]["product"]["id"] == far.pk


def test_the_answer_says_what_was_searched_and_how_long_it_took(query_garment: Garment, post: Post) -> None:
    body = post(garment=str(query_garment.uid)).json()
    assert set(body) == {"query", "results", "next", "dropped_filters", "timings_ms"}
    assert body["query"]["image"] == str(query_garment.image_id)
    assert [garment["id"] for garment in body["query"]["garments"]] == [str(query_garment.uid)]
    assert body["query"]["garment"] == body["query"]["garments"][0]
    timings = body["timings_ms"]
    assert set(timings) == {"analyse", "search", "total"}
    assert 0 <= timings["analyse"] <= timings["total"]
    assert 0 < timings["search"] <= timings["total"]
    assert timings["total"] == pytest.approx(timings["analyse"] + timings["search"], abs=0.02)


def test_products_and_photographs_are_searched_apart(query_garment: Garment, post: Post) -> None:
    photo("street", ("dresses", alike(0.9)))
    assert skus(post(garment=str(query_garment.uid), target="products").json()) == ["query"]
    body = post(garment=str(query_garment.uid), target="photos").json()
    assert titles(body) == ["street"]
    assert "product" not in body["results"][0]


def test_only_the_garments_own_partition_is_searched(query_garment: Garment, post: Post) -> None:
    product("a top", alike(0.99), category="tops")
    product("a dress", alike(0.5))
    assert skus(post(garment=str(query_garment.uid)).json()) == ["query", "a dress"]
    assert skus(post(garment=str(query_garment.uid), category="tops").json()) == ["a top"]


def test_a_doubtful_category_is_searched_in_both_partitions(query_garment: Garment, post: Post) -> None:
    product("a romper", alike(0.9), category="rompers")
    product("a skirt", alike(0.95), category="skirts")
    product("a dress", alike(0.8))
    Garment.objects.filter(pk=query_garment.pk).update(score=0.5, runner_up="rompers", runner_up_score=0.4)
    assert skus(post(garment=str(query_garment.uid)).json()) == ["query", "a romper", "a dress"]
    Garment.objects.filter(pk=query_garment.pk).update(score=0.9)
    assert skus(post(garment=str(query_garment.uid)).json()) == ["query", "a dress"]


def test_a_twin_is_found_where_it_may_have_been_filed_if_nothing_is_as_like(query_garment: Garment, post: Post) -> None:
    photo("a like dress", ("dresses", alike(0.6)))
    photo("a twin among tops", ("tops", alike(0.8)))
    photo("a like top", ("tops", alike(0.7)))
    photo("trousers", ("trousers", alike(0.9)))
    search = {"garment": str(query_garment.uid), "target": "photos"}
    assert titles(post(**search).json()) == ["a twin among tops", "a like dress"]
    assert titles(post(**search, category="dresses").json()) == ["a like dress"]
    photo("a twin", ("dresses", alike(0.76)))
    assert titles(post(**search).json()) == ["a twin", "a like dress"]


def test_a_product_shows_once_though_several_of_its_pictures_match(query_garment: Garment, post: Post) -> None:
    product("three views", alike(0.7, 1), alike(0.9, 2), alike(0.8, 3))
    product("other", alike(0.75))
    body = post(garment=str(query_garment.uid)).json()
    assert skus(body) == ["query", "three views", "other"]
    assert similarities(body) == [1.0, 0.9, 0.75]
    assert sequence_of(body, "match", "rank_before") == [1, 2, 4]


def test_a_photograph_shows_once_with_its_best_garment(query_garment: Garment, post: Post) -> None:
    two = photo("two dresses", ("dresses", alike(0.6)), ("dresses", alike(0.9)))
    body = post(garment=str(query_garment.uid), target="photos").json()
    assert titles(body) == ["two dresses"]
    assert sequence_of(body, "garment", "id") == [str(two.image.garments.get(position=1).uid)]


def test_a_limit_is_reached_although_doubles_fill_the_first_hits(query_garment: Garment, post: Post) -> None:
    product("many views", *(alike(0.9, axis) for axis in range(1, 31)))
    product("second", alike(0.5))
    product("third", alike(0.4))
    assert skus(post(garment=str(query_garment.uid), limit=3).json()) == ["query", "many views", "second"]


def test_a_hidden_product_vanishes_at_once_and_leaves_its_place_to_the_next(query_garment: Garment, post: Post) -> None:
    hidden = product("hidden", alike(0.9))
    product("next", alike(0.8))
    garment = hidden.pictures.get().image.garments.get()
    images.services.set_visible(images=[hidden.pictures.get().image], visible=False)
    body = post(garment=str(query_garment.uid), limit=2).json()
    assert skus(body) == ["query", "next"]  # the index still holds it: SQL decides
    assert sequence_of(body, "match", "rank_before") == [1, 3]
    assert post(garment=str(garment.uid)).status_code == 404


def test_a_hidden_view_leaves_the_products_other_view(query_garment: Garment, post: Post) -> None:
    made = product("two views", alike(0.9, 1), alike(0.8, 2))
    images.services.set_visible(images=[made.pictures.get(position=0).image], visible=False)
    assert similarities(post(garment=str(query_garment.uid)).json()) == [1.0, 0.8]


def test_an_erased_product_that_the_index_still_holds_is_no_result(query_garment: Garment, post: Post) -> None:
    images.services.erase_images(images=[product("erased", alike(0.9)).pictures.get().image])
    assert skus(post(garment=str(query_garment.uid)).json()) == ["query"]


def test_a_users_garment_is_a_query_and_never_a_result(
    query_garment: Garment, user: User, client_of: Callable[[User], APIClient]
) -> None:
    image = described(Kind.USER, ("dresses", alike(0.95)), owner=user)
    garment = image.garments.get()
    body = client_of(user).post("/api/v1/search/", {"garment": str(garment.uid)}).json()
    assert skus(body) == ["query"]
    assert similarities(body) == [0.95]
    body = client_of(user).post("/api/v1/search/", {"garment": str(garment.uid), "target": "photos"}).json()
    assert body["results"] == []


def test_another_users_garment_and_picture_are_not_found(
    stocked: None, make_user: Callable[[str], User], client_of: Callable[[User], APIClient], anonymous: APIClient
) -> None:
    ada, ben = make_user("ada@example.org"), make_user("ben@example.org")
    image = described(Kind.USER, ("dresses", alike(0.95)), owner=ada)
    garment = image.garments.get()
    for body in ({"garment": str(garment.uid)}, {"image": str(image.pk)}):
        assert client_of(ada).post("/api/v1/search/", body).status_code == 200
        for client in (client_of(ben), anonymous):
            response = client.post("/api/v1/search/", body)
            assert response.status_code == 404
            assert str(image.pk) not in response.content.decode()


def test_an_unknown_garment_or_picture_is_not_found(stocked: None, post: Post) -> None:
    assert post(garment=str(uuid4())).json() == {
        "type": "about:blank", "title": "Not found", "status": 404, "detail": "no such garment",
    }  # fmt: skip
    assert post(image=str(uuid4())).json()["detail"] == "no such picture"


def test_a_picture_is_searched_by_its_most_prominent_garment_or_one_of_a_category(stocked: None, post: Post) -> None:
    product("a top", alike(0.9), category="tops")
    product("a skirt", alike(0.8), category="skirts")
    image = photo("street", ("tops", alike(1.0)), ("skirts", alike(1.0))).image
    top, skirt = image.garments.all()
    body = post(image=str(image.pk)).json()
    assert (body["query"]["garment"]["id"], skus(body)) == (str(top.uid), ["a top"])
    assert [garment["id"] for garment in body["query"]["garments"]] == [str(top.uid), str(skirt.uid)]
    body = post(image=str(image.pk), category="skirts").json()
    assert (body["query"]["garment"]["id"], skus(body)) == (str(skirt.uid), ["a skirt"])


def test_a_box_that_frames_a_garment_means_that_garment(stocked: None, post: Post) -> None:
    product("a skirt", alike(0.8), category="skirts")
    image = photo("street", ("tops", alike(1.0)), ("skirts", alike(1.0))).image
    skirt = image.garments.get(category="skirts")
    body = post(image=str(image.pk), box={"x": 0.5, "y": 0.21, "width": 0.35, "height": 0.59}).json()
    assert (body["query"]["garment"]["id"], skus(body)) == (str(skirt.uid), ["a skirt"])


def test_a_picture_without_garments_cannot_be_searched(stocked: None, post: Post) -> None:
    response = post(image=str(photo("empty street").image_id))
    assert response.status_code == 422
    assert "looked for tops, outerwear, trousers, skirts, dresses and rompers" in response.json()["detail"]


def test_a_picture_that_is_still_being_described_is_a_conflict(stocked: None, post: Post) -> None:
    image = photo("street").image
    Image.objects.filter(pk=image.pk).update(stage="stored")
    response = post(image=str(image.pk))
    assert (response.status_code, response.json()["detail"]) == (409, "the picture is still being described")


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"garment": str(uuid4()), "fabric": "silk"}, {"fabric": ["unknown field"]}),
        ({"garment": str(uuid4()), "colour": "reddish"}, {"colour": ["neither #rrggbb nor a colour's name"]}),
        ({"garment": str(uuid4()), "colour": "#12345"}, {"colour": ["neither #rrggbb nor a colour's name"]}),
        (
            {"garment": str(uuid4()), "colour_tolerance": 5},
            {"colour_tolerance": ["goes with `colour` or `match_colour`"]},
        ),
        (
            {"garment": str(uuid4()), "colour": "red", "colour_tolerance": 51},
            {"colour_tolerance": ["Ensure this value is less than or equal to 50.0."]},
        ),
        (
            {"garment": str(uuid4()), "colour": "red", "match_colour": True},
            {"match_colour": ["give either `colour` or `match_colour`"]},
        ),
        (
            {"garment": str(uuid4()), "sleeve_length": "long,wide"},
            {"sleeve_length": ["words out of: none, short, three_quarter, long"]},
        ),
        (
            {"garment": str(uuid4()), "sleeve_length": []},
            {"sleeve_length": ["words out of: none, short, three_quarter, long"]},
        ),
        (
            {"garment": str(uuid4()), "pattern": {"a": 1}},
            {"pattern": ["words out of: solid, stripe, check, floral, dot, animal, graphic, other"]},
        ),
        (
            {"garment": str(uuid4()), "match_labels": "pattern", "pattern": "dot"},
            {"match_labels": ["pattern is given as well"]},
        ),
        ({"garment": str(uuid4()), "price_min": 5, "price_max": 4}, {"price_min": ["more than price_max"]}),
        ({"garment": str(uuid4()), "price_max": "nan"}, {"price_max": ["A valid number is required."]}),
        (
            {"garment": str(uuid4()), "target": "photos", "in_stock": False},
            {"in_stock": ["photographs have none; target=products"]},
        ),
        (
            {"garment": str(uuid4()), "target": "photos", "q": "linen"},
            {"q": ["photographs have none; target=products"]},
        ),
        ({"garment": str(uuid4()), "garments": "all"}, {"garments": ["goes with `image`, without a box"]}),
        (
            {"category": "tops", "match_colour": True},
            {"match_colour": ["there is no picture to match; give `garment` or `image`"]},
        ),
        ({"garment": "7"}, {"garment": ["Must be a valid UUID."]}),
        ({"garment": str(uuid4()), "limit": 0}, {"limit": ["Ensure this value is greater than or equal to 1."]}),
        ({"garment": str(uuid4()), "limit": 101}, {"limit": ["Ensure this value is less than or equal to 100."]}),
        ({"garment": str(uuid4()), "target": "shops"}, {"target": ['"shops" is not a valid choice.']}),
        ({"garment": str(uuid4()), "category": "hats"}, {"category": ['"hats" is not a valid choice.']}),
        (
            {"garment": str(uuid4()), "box": {"x": 0, "y": 0, "width": 1, "height": 1}},
            {"box": ["a box goes with `image`"]},
        ),
        (
            {"image": str(uuid4()), "box": {"x": 0.6, "y": 0, "width": 0.5, "height": 1}},
            {"box": ["the box reaches outside the picture"]},
        ),
        ({"image": str(uuid4()), "box": {"x": 0, "y": 0, "width": 0, "height": 1}}, {"box": ["the box is empty"]}),
        (
            {"image": str(uuid4()), "box": {"x": -0.1, "y": 0, "width": 1, "height": 1}},
            {"box.x": ["Ensure this value is greater than or equal to 0."]},
        ),
        ({"image": str(uuid4()), "box": {"x": 0, "y": 0, "width": 1}}, {"box.height": ["This field is required."]}),
        (
            {"image": str(uuid4()), "box": {"x": 0, "y": 0, "width": 1, "height": 1, "z": 1}},
            {"box.z": ["unknown field"]},
        ),
    ],
)
def test_what_cannot_be_meant_is_an_error_by_field(
    stocked: None, post: Post, body: dict[str, Any], errors: dict[str, list[str]]
) -> None:
    response = post(**body)
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["errors"] == errors


def test_a_query_is_either_a_garment_or_a_picture(stocked: None, post: Post) -> None:
    response = post(garment=str(uuid4()), image=str(uuid4()))
    assert response.status_code == 400
    assert "give either `garment` or `image`" in response.json()["detail"]


@pytest.mark.parametrize("body", [{}, {"limit": 5}, {"in_stock": True}, {"price_max": 20}])
def test_a_query_asks_for_something(stocked: None, post: Post, body: dict[str, Any]) -> None:
    response = post(**body)
    assert response.status_code == 400
    assert "at least a category, a colour, a label or `q`" in response.json()["detail"]


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
def test_a_box_of_numbers_that_are_none_is_an_error(stocked: None, post: Post, number: str) -> None:
    box = {"x": number, "y": 0, "width": 0.5, "height": 0.5}
    response = post(image=str(photo("street").image_id), box=box)
    assert (response.status_code, response.json()["errors"]) == (400, {"box.x": ["A valid number is required."]})


@pytest.mark.parametrize("body", ["[]", "null", '"text"', "{", '{"garment": NaN}'])
def test_a_body_that_is_no_object_is_an_error(stocked: None, anonymous: APIClient, body: str) -> None:
    assert anonymous.post("/api/v1/search/", body, content_type="application/json").status_code == 400


def test_a_hundred_results_take_as_many_queries_as_one(
    query_garment: Garment, post: Post, django_assert_num_queries: Callable[[int], Any]
) -> None:
    for number in range(40):
        product(str(number), alike(0.9 - number / 100))
    with django_assert_num_queries(4):
        assert len(skus(post(garment=str(query_garment.uid), limit=1).json())) == 1
    with django_assert_num_queries(4):
        assert len(skus(post(garment=str(query_garment.uid), limit=30).json())) == 30


# All garments of a picture ------------------------------------------------------------------------------------------


def test_every_garment_of_a_picture_is_searched_at_once(
    stocked: None, user: User, client_of: Callable[[User], APIClient]
) -> None:
    image = described(Kind.USER, ("tops", alike(1.0)), ("skirts", alike(0.0, axis=2)), owner=user)
    product("a top", alike(0.9), category="tops", pattern="dot")
    product("a skirt", alike(0.0, axis=2), category="skirts", pattern="solid")
    ada = client_of(user)
    body = ada.post("/api/v1/search/", {"image": str(image.pk), "garments": "all", "pattern": "dot"}).json()
    groups = body["groups"]
    assert [group["garment"]["category"] for group in groups] == ["tops", "skirts"]
    assert [skus(group) for group in groups] == [["a top"], ["a skirt"]]
    assert [group["dropped_filters"] for group in groups] == [[], ["pattern"]]
    assert (body["results"], body["query"]["garment"]) == (groups[0]["results"], groups[0]["garment"])
    assert "groups" not in ada.post("/api/v1/search/", {"image": str(image.pk)}).json()


def test_every_garment_has_pages_of_its_own(stocked: None, user: User, client_of: Callable[[User], APIClient]) -> None:
    image = described(Kind.USER, ("tops", alike(1.0)), ("skirts", alike(1.0)), owner=user)
    for number in range(3):
        product(f"top {number}", alike(0.9 - number / 10), category="tops")
        product(f"skirt {number}", alike(0.9 - number / 10), category="skirts")
    ada = client_of(user)
    groups = ada.post("/api/v1/search/", {"image": str(image.pk), "garments": "all", "limit": 2}).json()["groups"]
    pages = [ada.get(f"/api/v1/search/pages/{group['next']}/").json() for group in groups]
    assert [skus(page) for page in pages] == [["top 2"], ["skirt 2"]]
