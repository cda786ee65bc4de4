"""Browsing products and photographs over HTTP: what is listed, what is not, and at what price in SQL."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

import images.services
from catalog.models import Photo, Product, ProductPicture
from images.models import Garment, Image, Kind, Stage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_throttles(queue: object) -> None:
    """The throttle counts in Redis."""


def picture(kind: Kind, *categories: str, visible: bool = True) -> Image:
    image = Image.objects.create(
        kind=kind, digest=uuid4().hex, size=1, format="JPEG", width=240, height=320, stage=Stage.READY, visible=visible,
        file="product/00/a.jpg",
    )  # fmt: skip
    for position, category in enumerate(categories):
        Garment.objects.create(
            image=image, position=position, category=category, score=0.9, quality=0.5,
            x=0.1, y=0.2, width=0.5, height=0.6, colours=[{"name": "red", "hex": "#ff0000", "share": 1.0}],
        )  # fmt: skip
    return image


def product(sku: str, category: str = "dresses", *, pictures: int = 1, **fields: object) -> Product:
    made = Product.objects.create(sku=sku, title=f"Product {sku}", category=category, **fields)
    for position in range(pictures):
        ProductPicture.objects.create(product=made, image=picture(Kind.PRODUCT, category), position=position)
    return made


def photo(title: str, *categories: str) -> Photo:
    return Photo.objects.create(image=picture(Kind.PHOTO, *categories), title=title, photographer="Ada", licence="CC0")


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
    garment = Garment.objects.get()
    assert (body["description"], body["licence"], body["source"]) == ("Long.", "CC0", "a shop")
    assert body["images"][0]["garments"] == [
        {
            "id": str(garment.uid),
            "category": "dresses",
            "score": 0.9,
            "box": {"x": 0.1, "y": 0.2, "width": 0.5, "height": 0.6},
            "colours": [{"name": "red", "hex": "#ff0000", "share": 1.0}],
            "labels": {},
            "quality": 0.5,
        }
    ]


def test_a_photograph_in_detail_has_its_garments_and_whom_it_is_owed_to(anonymous: APIClient) -> None:
    made = photo("In Paris", "outerwear", "trousers")
    body = get(anonymous, f"photos/{made.pk}/").json()
    assert (body["title"], body["photographer"], body["licence"]) == ("In Paris", "Ada", "CC0")
    assert [garment["category"] for garment in body["image"]["garments"]] == ["outerwear", "trousers"]


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
        ({"colour": "red"}, {"colour": ["unknown field"]}),
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


@pytest.mark.parametrize("pictures", [1, 5])
def test_a_detail_takes_as_many_queries_for_five_pictures_as_for_one(
    anonymous: APIClient, django_assert_num_queries: Callable[[int], object], pictures: int
) -> None:
    made = product("D1", pictures=pictures)
    with django_assert_num_queries(3):  # type: ignore[attr-defined]
        assert len(get(anonymous, f"products/{made.pk}/").json()["images"]) == pictures
