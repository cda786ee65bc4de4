"""Browsing products and photographs over HTTP: what is listed, what is not, and at what price in SQL."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from rest_framework.test import APIClient

import images.services
from images.models import Garment
from mlcore.labels import LABELS
from tests.catalog.rows import described, garment, photo, product

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_throttles(queue: object) -> None:
    """The throttle counts in Redis."""


def get(client: APIClient, path: str, **query: object):  # type: ignore[no-untyped-def]
    return client.get(path if path.startswith("http") else f"/api/v1/{path}", query)


def test_a_product_is_listed_with_its_offer_and_pictures(anonymous: APIClient) -> None:
    made = product("D1", price=Decimal("59.90"), currency="EUR", brand="Solvane", url="https://example.org/d1")
    image = made.pictures.get().image
    assert get(anonymous, "products/").json() == {
        "next": None,
        "previous": None,
        "results": [
            {
                "id": made.pk,
                "sku": "D1",
                "title": "Product D1",
                "brand": "Solvane",
                "category": "dresses",
                "price": "59.90",
                "currency": "EUR",
                "in_stock": True,
                "url": "https://example.org/d1",
                "liked": None,
                "images": [
                    {
                        "id": str(image.pk),
                        "kind": "product",
                        "status": "ready",
                        "error": None,
                        "width": 240,
                        "height": 320,
                        "url": f"http://testserver/api/v1/images/{image.pk}/file/",
                        "thumbnail": f"http://testserver/api/v1/images/{image.pk}/thumbnail/",
                    }
                ],
            }
        ],
    }


def test_what_a_product_lacks_is_null(anonymous: APIClient) -> None:
    product("1", category="")
    [listed] = get(anonymous, "products/").json()["results"]
    assert [listed[name] for name in ("category", "price", "currency", "url")] == [None] * 4


def test_a_product_in_detail_has_the_garments_of_its_pictures(anonymous: APIClient) -> None:
    made = product("D1", description="Long.", licence="CC0", source="a shop")
    body = get(anonymous, f"products/{made.pk}/").json()
    [shown] = Garment.objects.all()
    assert (body["description"], body["licence"], body["source"]) == ("Long.", "CC0", "a shop")
    assert body["images"][0]["garments"] == [
        {
            "id": str(shown.uid),
            "status": "ready",
            "category": "dresses",
            "score": 0.9,
            "box": {"x": 0.1, "y": 0.2, "width": 0.5, "height": 0.6},
            "colours": [{"name": "red", "hex": "#ff0000", "share": 1.0}],
            "labels": {},
            "quality": 0.5,
            "cut_out": None,
        }
    ]


def test_a_photograph_in_detail_has_its_garments_and_whom_it_is_owed_to(anonymous: APIClient) -> None:
    made = photo("In Paris", "outerwear", "trousers")
    body = get(anonymous, f"photos/{made.pk}/").json()
    assert (body["title"], body["photographer"], body["licence"]) == ("In Paris", "Ada", "CC0")
    assert [worn["category"] for worn in body["image"]["garments"]] == ["outerwear", "trousers"]


def test_a_category_narrows_products_by_their_own_and_photographs_by_what_is_worn(anonymous: APIClient) -> None:
    product("D1", "dresses")
    product("T1", "tops")
    photo("A coat", "outerwear", "trousers")
    photo("Two tops", "tops", "tops")
    assert [p["sku"] for p in get(anonymous, "products/", category="tops").json()["results"]] == ["T1"]
    assert get(anonymous, "products/", category="skirts").json()["results"] == []
    assert [p["title"] for p in get(anonymous, "photos/", category="trousers").json()["results"]] == ["A coat"]
    assert [p["title"] for p in get(anonymous, "photos/", category="tops").json()["results"]] == ["Two tops"]


@pytest.mark.parametrize("path", ["products/", "photos/"])
def test_pages_follow_each_other_newest_first_without_gap_or_repetition(anonymous: APIClient, path: str) -> None:
    make: Callable[[str], object] = product if path == "products/" else photo
    for number in range(65):
        make(str(number))
    seen, sizes, url = [], [], path
    while url:
        page = get(anonymous, url).json()
        sizes.append(len(page["results"]))
        seen += [entry.get("sku") or entry["title"] for entry in page["results"]]
        url = page["next"]
    assert sizes == [30, 30, 5]
    names = [entry.removeprefix("Product ") for entry in seen]
    assert names == [str(number) for number in reversed(range(65))]


def test_a_page_keeps_its_place_while_new_products_arrive(anonymous: APIClient) -> None:
    for number in range(31):
        product(str(number))
    following = get(anonymous, "products/").json()["next"]
    product("new")
    assert [p["sku"] for p in get(anonymous, following).json()["results"]] == ["0"]


def test_a_cursor_keeps_the_category(anonymous: APIClient) -> None:
    for number in range(31):
        product(f"D{number}", "dresses")
        product(f"T{number}", "tops")
    following = get(anonymous, "products/", category="tops").json()["next"]
    assert [p["sku"] for p in get(anonymous, following).json()["results"]] == ["T0"]


@pytest.mark.parametrize("path", ["products/", "photos/"])
@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ({"color": "red"}, {"color": ["unknown field"]}),
        ({"colour": "mauve"}, {"colour": ['"mauve" is not a valid choice.']}),
        ({"pattern": "striped"}, {"pattern": ['"striped" is not a valid choice.']}),
        ({"sleeve_length": ""}, {"sleeve_length": ['"" is not a valid choice.']}),
        ({"limit": "5"}, {"limit": ["unknown field"]}),
        ({"category": "hats"}, {"category": ['"hats" is not a valid choice.']}),
    ],
)
def test_an_unknown_parameter_is_an_error(
    anonymous: APIClient, path: str, query: dict[str, str], errors: dict[str, list[str]]
) -> None:
    response = get(anonymous, path, **query)
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["errors"] == errors


def test_a_parameter_that_is_given_twice_is_an_error_as_only_one_could_count(anonymous: APIClient) -> None:
    response = anonymous.get("/api/v1/photos/?pattern=dot&pattern=check&colour=red")
    assert (response.status_code, response.json()["errors"]) == (400, {"pattern": ["given more than once"]})


@pytest.mark.parametrize("name", ["q", "price_min", "price_max", "in_stock"])
def test_photographs_have_no_offer_and_are_not_searched_by_words(anonymous: APIClient, name: str) -> None:
    assert get(anonymous, "photos/", **{name: "1"}).json()["errors"] == {name: ["unknown field"]}


def skus(client: APIClient, **query: object) -> list[str]:
    """Of the products listed, in alphabetical order."""
    return sorted(entry["sku"] for entry in get(client, "products/", **query).json()["results"])


def titles(client: APIClient, **query: object) -> list[str]:
    return sorted(entry["title"] for entry in get(client, "photos/", **query).json()["results"])


@pytest.fixture
def priced() -> None:
    product("cheap", price=Decimal("19.99"))
    product("dear", price=Decimal("60.00"), in_stock=False)
    product("unpriced")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"price_min": "19.99"}, ["cheap", "dear"]),
        ({"price_min": "20"}, ["dear"]),
        ({"price_max": "59.99"}, ["cheap"]),
        ({"price_max": "60"}, ["cheap", "dear"]),
        ({"price_min": "60", "price_max": "60.00"}, ["dear"]),
        ({"price_min": "20", "price_max": "59"}, []),
        ({"price_min": "0"}, ["cheap", "dear"]),
        ({"in_stock": "true"}, ["cheap", "unpriced"]),
        ({"in_stock": "false"}, ["dear"]),
        ({"in_stock": "false", "price_max": "20"}, []),
    ],
)
def test_products_are_narrowed_by_their_offer(
    anonymous: APIClient, priced: None, query: dict[str, str], expected: list[str]
) -> None:
    assert skus(anonymous, **query) == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"price_min": "10", "price_max": "9.99"}, "price_min"),
        ({"price_min": "-1"}, "price_min"),
        ({"price_max": "NaN"}, "price_max"),
        ({"price_max": "Infinity"}, "price_max"),
        ({"price_max": "1e400"}, "price_max"),
        ({"price_max": "9.999"}, "price_max"),
        ({"price_max": ""}, "price_max"),
        ({"price_min": "ten"}, "price_min"),
        ({"in_stock": "maybe"}, "in_stock"),
        ({"in_stock": ""}, "in_stock"),
        ({"in_stock": "null"}, "in_stock"),
        ({"q": ""}, "q"),
        ({"q": "  "}, "q"),
        ({"q": "%_!"}, "q"),
        ({"q": "a\0b"}, "q"),
        ({"q": "x" * 201}, "q"),
        ({"q": " ".join("abcdefghijklm")}, "q"),
    ],
)
def test_a_price_a_stock_or_a_text_that_is_none_is_an_error(
    anonymous: APIClient, query: dict[str, str], field: str
) -> None:
    response = get(anonymous, "products/", **query)
    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]


@pytest.mark.parametrize("query", ["q=%FF", "q=%ED%A0%80", "q=%F0%9F%91%97"])
def test_a_text_of_no_letters_is_an_error_however_it_is_encoded(anonymous: APIClient, query: str) -> None:
    response = anonymous.get(f"/api/v1/products/?{query}")
    assert response.json()["errors"] == {"q": ["there is no letter or digit in it"]}


def test_text_and_offer_and_category_narrow_together(anonymous: APIClient) -> None:
    product("D1", "dresses", title="Red silk", price=Decimal(10))
    product("D2", "dresses", title="Red silk", price=Decimal(20))
    product("D3", "dresses", title="Red wool", price=Decimal(10))
    product("T1", "tops", title="Red silk", price=Decimal(10))
    assert skus(anonymous, q="silk red") == ["D1", "D2", "T1"]
    assert skus(anonymous, q="silk red", category="dresses", price_max="15") == ["D1"]


def test_a_cursor_keeps_the_text(anonymous: APIClient) -> None:
    for number in range(31):
        product(f"S{number}", title="Silk")
        product(f"W{number}", title="Wool")
    following = get(anonymous, "products/", q="silk").json()["next"]
    assert [p["sku"] for p in get(anonymous, following).json()["results"]] == ["S0"]


@pytest.mark.parametrize("name", LABELS)
def test_each_key_label_narrows_both_lists(anonymous: APIClient, name: str) -> None:
    wanted, other = LABELS[name][:2]
    described("wanted", "tops", **{name: wanted})
    described("other", "tops", **{name: other})
    product("without", "tops")
    garment(photo("wanted").image, "tops", labels={name: wanted})
    garment(photo("other").image, "tops", labels={name: other})
    photo("without", "tops")
    for value, expected in ((wanted, ["wanted"]), (other, ["other"]), (LABELS[name][2], [])):
        assert skus(anonymous, **{name: value}) == expected
        assert titles(anonymous, **{name: value}) == expected


def test_a_colour_is_that_of_the_largest_share(anonymous: APIClient) -> None:
    described("sky", "tops", "light blue", "navy")
    described("night", "tops", "navy", "light blue")
    garment(photo("sky").image, "tops", "light blue", "navy")
    garment(photo("night").image, "tops", "navy")
    photo("nobody")
    assert skus(anonymous, colour="light blue") == titles(anonymous, colour="light blue") == ["sky"]
    assert skus(anonymous, colour="navy") == titles(anonymous, colour="navy") == ["night"]
    assert skus(anonymous, colour="teal") == titles(anonymous, colour="teal") == []


def test_category_colour_and_labels_are_those_of_one_garment(anonymous: APIClient) -> None:
    worn = photo("In Paris").image
    garment(worn, "outerwear", "camel", labels={"pattern": "solid"})
    garment(worn, "trousers", "navy", labels={"pattern": "stripe"})
    assert titles(anonymous, category="trousers", colour="navy", pattern="stripe") == ["In Paris"]
    assert titles(anonymous, colour="camel", pattern="solid") == ["In Paris"]
    assert titles(anonymous, category="trousers", colour="camel") == []
    assert titles(anonymous, category="outerwear", pattern="stripe") == []
    assert titles(anonymous, colour="navy", pattern="solid") == []


def test_of_a_product_too_they_are_those_of_one_garment_in_any_of_its_pictures(anonymous: APIClient) -> None:
    made = product("set", "tops", pictures=2)
    first, second = (each.image for each in made.pictures.all())
    garment(first, "tops", "navy", labels={"pattern": "solid"})
    garment(second, "trousers", "camel", labels={"pattern": "check"})
    assert skus(anonymous, colour="navy", pattern="solid") == ["set"]
    assert skus(anonymous, colour="camel", pattern="check") == ["set"]
    assert skus(anonymous, colour="navy", pattern="check") == []
    assert skus(anonymous, category="tops", colour="camel") == []
    assert skus(anonymous, category="trousers", colour="camel") == []  # a product's category is what its shop says


def test_a_garment_in_a_hidden_picture_finds_no_product_and_no_photograph(anonymous: APIClient) -> None:
    made = described("D1", "dresses", "teal", pattern="dot")
    shown = made.pictures.get().image
    other = product("D2", "dresses", pictures=2)
    hidden = other.pictures.first().image  # type: ignore[union-attr]
    garment(hidden, "dresses", "teal", labels={"pattern": "dot"})
    worn = photo("In Paris")
    garment(worn.image, "dresses", "teal", labels={"pattern": "dot"})
    assert skus(anonymous, colour="teal", pattern="dot") == ["D1", "D2"]
    images.services.set_visible(images=[hidden, worn.image], visible=False)
    assert skus(anonymous, colour="teal", pattern="dot") == ["D1"]
    assert titles(anonymous, colour="teal", pattern="dot") == []
    images.services.set_visible(images=[shown], visible=False)
    assert skus(anonymous, colour="teal") == []


def test_a_product_with_several_such_garments_is_listed_once(anonymous: APIClient) -> None:
    made = product("D1", pictures=3)
    for each in made.pictures.all():
        garment(each.image, "dresses", "red")
    assert skus(anonymous, colour="red", category="dresses") == ["D1"]


def test_a_cursor_that_is_none_is_not_found(anonymous: APIClient) -> None:
    assert get(anonymous, "products/", cursor="nonsense").status_code == 404


def test_a_hidden_picture_disappears_at_once_and_a_product_with_its_last(anonymous: APIClient) -> None:
    made = product("D1", pictures=2)
    first, second = (each.image for each in made.pictures.all())
    images.services.set_visible(images=[first], visible=False)
    [listed] = get(anonymous, "products/").json()["results"]
    assert [image["id"] for image in listed["images"]] == [str(second.pk)]
    detail = get(anonymous, f"products/{made.pk}/").json()
    assert [image["id"] for image in detail["images"]] == [str(second.pk)]
    images.services.set_visible(images=[second], visible=False)
    assert get(anonymous, "products/").json()["results"] == []
    assert get(anonymous, f"products/{made.pk}/").status_code == 404
    assert get(anonymous, f"images/{second.pk}/").status_code == 404
    images.services.set_visible(images=[second], visible=True)
    assert [p["sku"] for p in get(anonymous, "products/").json()["results"]] == ["D1"]


def test_a_hidden_photograph_disappears_at_once(anonymous: APIClient) -> None:
    made = photo("In Paris", "tops")
    images.services.set_visible(images=[made.image], visible=False)
    assert get(anonymous, "photos/").json()["results"] == []
    assert get(anonymous, "photos/", category="tops").json()["results"] == []
    assert get(anonymous, f"photos/{made.pk}/").status_code == 404


@pytest.mark.parametrize("path", ["products/0/", "photos/0/", f"products/{10**30}/", f"photos/{10**30}/"])
def test_what_is_not_there_is_not_found(anonymous: APIClient, path: str) -> None:
    response = get(anonymous, path)
    assert response.status_code == 404
    assert response.json()["title"] == "Not found"


@pytest.mark.parametrize("number", [1, 30])
def test_a_page_takes_two_queries_whatever_its_size(
    anonymous: APIClient, django_assert_num_queries: Callable[[int], object], number: int
) -> None:
    for place in range(number):
        product(f"D{place}", pictures=2)
        photo(str(place), "tops")
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        assert len(get(anonymous, "products/").json()["results"]) == number
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        assert len(get(anonymous, "photos/").json()["results"]) == number
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        assert len(get(anonymous, "photos/", category="tops").json()["results"]) == number


@pytest.mark.parametrize("number", [1, 30])
def test_a_narrowed_page_takes_no_more_queries_than_a_whole_one(
    anonymous: APIClient, django_assert_num_queries: Callable[[int], object], number: int
) -> None:
    seen = {"sleeve_length": "long", "garment_length": "long", "collar_style": "v", "pattern": "dot"}
    for place in range(number):
        made = product(f"D{place}", pictures=2, price=Decimal(5))
        for image in [photo(str(place)).image, *(each.image for each in made.pictures.all())]:
            garment(image, "dresses", labels=seen)
    worn = {**seen, "category": "dresses", "colour": "red"}
    offer = {"q": "product d", "price_min": "5", "price_max": "5", "in_stock": "true"}
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        assert len(get(anonymous, "products/", **worn, **offer).json()["results"]) == number
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        assert len(get(anonymous, "photos/", **worn).json()["results"]) == number


@pytest.mark.parametrize("pictures", [1, 5])
def test_a_detail_takes_as_many_queries_for_five_pictures_as_for_one(
    anonymous: APIClient, django_assert_num_queries: Callable[[int], object], pictures: int
) -> None:
    made = product("D1", pictures=pictures)
    with django_assert_num_queries(3):  # type: ignore[attr-defined]
        assert len(get(anonymous, f"products/{made.pk}/").json()["images"]) == pictures
