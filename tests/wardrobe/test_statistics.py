"""Statistics with exact figures, and at what price in SQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from images.models import Garment, Image, Kind, Purpose, Stage
from tests.wardrobe.rows import NAVY, RED, WHITE, found, item, worn_in_public
from wardrobe import statistics_views
from wardrobe.models import ArchiveReason, Care, CareDay, Item, ItemPicture

PATH = "/api/v1/wardrobe/statistics/"
TODAY = date(2025, 11, 20)  # a Thursday


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics_views, "today", lambda: TODAY)


@pytest.fixture
def api(user: User, client_of: Callable[[User], APIClient]) -> APIClient:
    return client_of(user)


def owned(
    user: User, name: str, category: str = "tops", *colours: tuple[str, str], ago: int = 10, **fields: Any
) -> Item:
    if "price" in fields:
        fields = {"currency": "EUR", **fields, "price": Decimal(fields["price"])}
    created = datetime.combine(TODAY - timedelta(days=ago), datetime.min.time(), UTC)
    return item(user, name, garments=[found(user, category, *colours)], created_at=created, **fields)


def worn(one: Item, *days_ago: int, care: Care = Care.WEAR) -> None:
    for ago in days_ago:
        CareDay.objects.create(item=one, care=care, day=TODAY - timedelta(days=ago))


def get(api: APIClient, **query: object) -> dict[str, Any]:
    answer = api.get(PATH, query)
    assert answer.status_code == 200, answer.json()
    body: dict[str, Any] = answer.json()
    return body


def counts(bars: list[dict[str, Any]]) -> list[tuple[str | None, int]]:
    return [(bar["key"], bar["count"]) for bar in bars]


def names(items: list[dict[str, Any]]) -> list[str]:
    return [one["name"] for one in items]


def euros(amount: str, count: int) -> dict[str, Any]:
    return {"currency": "EUR", "amount": amount, "count": count}


def test_an_empty_wardrobe_has_statistics_too(api: APIClient) -> None:
    body = get(api)
    assert body["totals"] == {
        "items": 0, "archived": 0, "favourites": 0, "never_worn": 0, "wears": 0, "washes": 0, "value": []
    }  # fmt: skip
    assert counts(body["by_season"]) == [("spring", 0), ("summer", 0), ("autumn", 0), ("winter", 0)]
    for name in ("by_category", "by_colour", "by_brand", "most_worn", "least_worn", "cost_per_wear"):
        assert body[name] == []
    assert body["unworn"] == {"days": 90, "count": 0, "items": []}


def test_items_are_counted_and_valued_by_what_they_are(api: APIClient, user: User) -> None:
    owned(user, "a", "tops", RED, NAVY, brand="Northfold", price="10.00", spring=True, summer=True, favourite=True)
    owned(user, "b", "tops", RED, brand="NORTHFOLD", price="5.50", winter=True)
    owned(user, "c", "skirts", WHITE, price="7", currency="USD")
    bare = owned(user, "d", "skirts")
    ItemPicture.objects.filter(item=bare).delete()
    body = get(api)
    assert body["by_category"] == [
        {"key": "skirts", "label": "skirts", "count": 2, "value": [{"currency": "USD", "amount": "7.00", "count": 1}]},
        {"key": "tops", "label": "tops", "count": 2, "value": [euros("15.50", 2)]},
    ]
    assert counts(body["by_colour"]) == [("red", 2), ("navy", 1), ("white", 1), (None, 1)]
    assert body["by_colour"][1]["value"] == [euros("10.00", 1)]
    assert counts(body["by_season"]) == [("spring", 1), ("summer", 1), ("autumn", 0), ("winter", 1), (None, 2)]
    brands = [(bar["key"], bar["count"], bar["value"]) for bar in body["by_brand"]]
    assert brands[0] == ("northfold", 2, [euros("15.50", 2)])
    assert (body["by_brand"][0]["label"].casefold(), brands[1][:2]) == ("northfold", (None, 2))
    assert body["totals"]["value"] == [euros("15.50", 2), {"currency": "USD", "amount": "7.00", "count": 1}]
    assert (body["totals"]["items"], body["totals"]["favourites"], body["totals"]["never_worn"]) == (4, 1, 4)


def test_one_currency_may_be_asked_for(api: APIClient, user: User) -> None:
    for currency in ("EUR", "USD"):
        worn(owned(user, currency, price="8", currency=currency), 1)
    body = get(api, currency="usd")
    assert body["totals"]["value"] == [{"currency": "USD", "amount": "8.00", "count": 1}]
    assert [costs["currency"] for costs in body["cost_per_wear"]] == ["USD"]
    assert [costs["currency"] for costs in get(api)["cost_per_wear"]] == ["EUR", "USD"]
    assert body["totals"]["items"] == 2


def test_what_is_worn_most_and_least_is_named(api: APIClient, user: User) -> None:
    often, twice, lately = owned(user, "often"), owned(user, "twice", price="9.99"), owned(user, "lately")
    owned(user, "never", ago=3)
    owned(user, "long never", ago=30)
    worn(often, 1, 2, 3)
    worn(twice, 4, 5)
    worn(lately, 1, 6)
    worn(often, 7, care=Care.WASH)
    body = get(api)
    assert names(body["most_worn"]) == ["often", "lately", "twice"]
    assert names(body["least_worn"]) == ["long never", "never", "twice", "lately", "often"]
    totals = body["totals"]
    assert (totals["wears"], totals["washes"], totals["never_worn"]) == (7, 1, 2)
    cover = twice.pictures.get().garment.image_id
    thumbnail = body["most_worn"][2].pop("thumbnail")
    assert thumbnail.startswith(f"http://testserver/api/v1/images/{cover}/thumbnail/")
    assert body["most_worn"][2] == {
        "id": str(twice.pk), "name": "twice", "category": "tops", "wears": 2, "last_worn_on": "2025-11-16",
        "since": "2025-11-16", "price": "9.99", "currency": "EUR", "cost_per_wear": "5.00",
    }  # fmt: skip


def test_cost_per_wear_has_its_best_and_its_worst(api: APIClient, user: User) -> None:
    for name, price, wears in (("cheap", "10", 10), ("middle", "10", 2), ("dear", "100", 1)):
        worn(owned(user, name, price=price), *range(wears))
    owned(user, "never worn", price="500")
    worn(owned(user, "given"), 1)
    [costs] = get(api)["cost_per_wear"]
    assert [(one["name"], one["cost_per_wear"]) for one in costs["best"]] == [
        ("cheap", "1.00"), ("middle", "5.00"), ("dear", "100.00")
    ]  # fmt: skip
    assert names(costs["worst"]) == ["dear", "middle", "cheap"]


def test_rankings_name_ten(api: APIClient, user: User) -> None:
    for number in range(12):
        worn(owned(user, f"{number:02}", price="1"), *range(number + 1))
    body = get(api)
    assert names(body["most_worn"]) == [f"{number:02}" for number in range(11, 1, -1)]
    assert names(body["least_worn"]) == [f"{number:02}" for number in range(10)]
    assert len(body["cost_per_wear"][0]["best"]) == 10


def test_unworn_is_what_nobody_wore_or_bought_for_so_long(api: APIClient, user: User) -> None:
    worn(owned(user, "worn yesterday", ago=400), 1)
    worn(owned(user, "worn long ago", ago=400), 91, 300)
    worn(owned(user, "on the day", ago=400), 90)
    owned(user, "old and never", ago=200)
    owned(user, "new and never", ago=5)
    owned(user, "bought long ago", ago=5, bought_on=TODAY - timedelta(days=1_000))
    unworn = get(api)["unworn"]
    assert (unworn["count"], names(unworn["items"])) == (3, ["bought long ago", "old and never", "worn long ago"])
    assert names(get(api, unworn_days=250)["unworn"]["items"]) == ["bought long ago"]
    assert get(api, unworn_days=4)["unworn"]["count"] == 5


def test_wears_are_counted_by_month_and_weekday(api: APIClient, user: User) -> None:
    first, second = owned(user, "first"), owned(user, "second")
    worn(first, 0, 7, 30, 365)  # 365 days ago is November of last year: a month too far
    worn(second, 0, 1, 20)
    worn(first, 0, care=Care.WASH)
    body = get(api)
    months = counts(body["wears_by_month"])
    assert [key for key, _ in months] == ["2024-12", *(f"2025-{month:02}" for month in range(1, 12))]
    assert [(key, number) for key, number in months if number] == [("2025-10", 2), ("2025-11", 4)]
    assert [(bar["label"], bar["count"]) for bar in body["wears_by_weekday"]] == [
        ("Monday", 0), ("Tuesday", 1), ("Wednesday", 1), ("Thursday", 3), ("Friday", 1), ("Saturday", 0), ("Sunday", 0)
    ]  # fmt: skip


def test_what_is_archived_is_counted_by_itself(api: APIClient, user: User) -> None:
    sold = owned(user, "sold", price="20", archive_reason=ArchiveReason.SOLD, archived_at=datetime.now(UTC))
    kept = owned(user, "kept", price="30")
    worn(sold, 3)
    worn(kept, 3)
    body, archived = get(api), get(api, archived=True)
    assert (names(body["least_worn"]), names(archived["least_worn"])) == (["kept"], ["sold"])
    assert (body["totals"]["value"], archived["totals"]["value"]) == ([euros("30.00", 1)], [euros("20.00", 1)])
    assert (body["totals"]["archived"], archived["totals"]["archived"]) == (1, 1)
    # What was worn in March stays worn when it is sold in May.
    assert body["wears_by_month"] == archived["wears_by_month"]
    assert body["wears_by_month"][-1]["count"] == 2


def test_others_are_not_counted(api: APIClient, make_user: Callable[[str], User], anonymous: APIClient) -> None:
    worn(owned(make_user("eve@example.org"), "theirs", price="1"), 1)
    body = get(api)
    assert (body["totals"]["items"], body["totals"]["archived"]) == (0, 0)
    assert sum(bar["count"] for bar in body["wears_by_month"]) == 0
    assert anonymous.get(PATH).status_code == 401


@pytest.mark.parametrize(
    "query",
    [
        "unworn_days=0", "unworn_days=x", "unworn_days=99999999999", "currency=XYZ", "currency=%00", "archived=maybe",
        "more=1", "currency=EUR&currency=USD",
    ],
)  # fmt: skip
def test_a_parameter_that_cannot_be_is_refused(api: APIClient, query: str) -> None:
    assert api.get(f"{PATH}?{query}").status_code == 400


def test_an_answer_that_still_fits_is_not_sent_again(api: APIClient, user: User) -> None:
    made = owned(user, "a")
    etag = api.get(PATH).headers["ETag"]
    assert api.get(PATH, headers={"If-None-Match": etag}).status_code == 304
    worn(made, 0)
    assert api.get(PATH, headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("number", [1, 1_000])
def test_any_number_of_items_costs_five_queries(
    api: APIClient, user: User, django_assert_num_queries: Callable[[int], object], number: int
) -> None:
    image = Image.objects.create(
        kind=Kind.USER, purpose=Purpose.WARDROBE, owner=user, digest=uuid4().hex, size=1, format="JPEG", width=9,
        height=9, stage=Stage.READY, file="user/00/a.jpg",
    )  # fmt: skip
    items = Item.objects.bulk_create(
        Item(owner=user, category="tops", price=Decimal(n % 9), currency=("EUR", "USD", "CHF")[n % 3], brand=f"b{n}")
        for n in range(number)
    )
    garments = Garment.objects.bulk_create(
        Garment(
            image=image, position=n, category="tops", score=1, quality=1, x=0, y=0, width=1, height=1,
            colours=[{"name": "red", "hex": "#ff0000", "share": 1.0}],
        )
        for n in range(number)
    )  # fmt: skip
    ItemPicture.objects.bulk_create(
        ItemPicture(item=one, garment=shown) for one, shown in zip(items, garments, strict=True)
    )
    CareDay.objects.bulk_create(
        CareDay(item=one, care=Care.WEAR, day=TODAY - timedelta(days=n)) for one in items for n in range(20)
    )
    with django_assert_num_queries(5):  # type: ignore[attr-defined]
        body = get(api)
    assert (body["totals"]["items"], body["totals"]["wears"]) == (number, 20 * number)
    assert counts(body["by_colour"]) == [("red", number)]


@pytest.mark.parametrize("number", [1, 5])
def test_items_that_public_looks_show_cost_five_queries(
    api: APIClient, user: User, django_assert_num_queries: Callable[[int], object], number: int
) -> None:
    for _ in range(number):
        worn(item(user, garments=[worn_in_public(user)]), 1)
    with django_assert_num_queries(5):  # type: ignore[attr-defined]
        body = get(api)
    assert ["token" in one["thumbnail"] for one in body["most_worn"]] == [False] * number
