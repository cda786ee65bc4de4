"""The list of saved outfits: what narrows it, how it is ordered, what a page costs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from images.models import CutOut, Garment
from outfits import selectors
from tests.outfits.saved import OUTFITS, log, names, of, outfit
from tests.wardrobe.rows import found, item
from wardrobe.models import Item, ItemPicture


@pytest.fixture
def other(make_user: Callable[[str], User]) -> User:
    return make_user("eve@example.org")


@pytest.fixture
def three(user: User) -> dict[str, Item]:
    """Mondays, Éclair party and beach, made in this order; two of them share a top."""
    top, skirt, dress = of(user, "tops"), of(user, "skirts"), of(user, "dresses")
    start = timezone.now() - timedelta(days=3)
    for number, (name, items, facts) in enumerate((
        ("Mondays", (top, skirt), {"occasion": "office", "autumn": True, "winter": True}),
        ("Éclair party", (top,), {"occasion": "Soirée", "winter": True, "notes": "with 100% silk"}),
        ("beach", (dress,), {"summer": True, "notes": "sun hat"}),
    )):  # fmt: skip
        moment = start + timedelta(hours=number)
        outfit(user, *items, name=name, created_at=moment, updated_at=start - timedelta(hours=number), **facts)
    return {"top": top, "skirt": skirt, "dress": dress}


def test_a_list_is_narrowed_and_ordered(
    api: APIClient, user: User, other: User, three: dict[str, Item], client_of: Callable[[User], APIClient]
) -> None:
    outfit(other, of(other), name="not mine")
    monday, party, beach = "Mondays", "Éclair party", "beach"
    for parameters, expected in (
        ({}, [beach, party, monday]),
        ({"season": "winter"}, [party, monday]),
        ({"season": "spring"}, []),
        ({"occasion": "OFFICE"}, [monday]),
        ({"occasion": "Soire\u0301e"}, [party]),
        ({"occasion": "off"}, []),
        ({"item": str(three["top"].pk)}, [party, monday]),
        ({"item": str(three["dress"].pk)}, [beach]),
        ({"item": str(uuid4())}, []),
        ({"item": str(of(other).pk)}, []),
        ({"q": "mon"}, [monday]),
        ({"q": "éclair SILK"}, [party]),
        ({"q": "sun mon"}, []),
        ({"q": "%"}, [party]),
        ({"q": "100_"}, []),
        ({"season": "winter", "item": str(three["skirt"].pk)}, [monday]),
        ({"ordering": "created_at"}, [monday, party, beach]),
        ({"ordering": "-updated_at"}, [monday, party, beach]),
        ({"ordering": "updated_at"}, [beach, party, monday]),
        ({"ordering": "name"}, [monday, beach, party]),
        ({"ordering": "-name"}, [party, beach, monday]),
    ):
        assert names(api.get(OUTFITS, parameters)) == expected, parameters
    assert names(client_of(other).get(OUTFITS)) == ["not mine"]


def test_a_list_refuses_parameters_that_it_does_not_know(api: APIClient) -> None:
    for query in ("season=", "season=monsoon", "item=x", "item=", "occasion=%00", f"q={'x' * 201}", "ordering=owner",
                  "limit=5", "q=a&q=b", "occasion=" + "x" * 51):  # fmt: skip
        assert api.get(f"{OUTFITS}?{query}").status_code == 400, query


def test_pages_hold_thirty_and_name_the_next(api: APIClient, user: User) -> None:
    one = of(user)
    for number in range(32):
        outfit(user, one, name=f"outfit {number:02}")
    first = api.get(OUTFITS, {"ordering": "name"}).json()
    second = api.get(first["next"]).json()
    assert [row["name"] for row in first["results"]] == [f"outfit {number:02}" for number in range(30)]
    assert [row["name"] for row in second["results"]] == ["outfit 30", "outfit 31"]


def test_a_page_costs_three_queries_however_much_is_on_it(
    api: APIClient, user: User, django_assert_num_queries: Callable[[int], Any]
) -> None:
    for number in range(6):
        items = [item(user, garments=[found(user, category), found(user, category)]) for category in ("tops", "skirts")]
        Garment.objects.update(cut_out=CutOut.READY)
        log(f"2025-11-0{number + 1}", *items)
        outfit(user, *items, of(user, "dresses"))
    Garment.objects.filter(category="tops").first().image.__class__.objects.update(purpose="look", review="approved")
    with django_assert_num_queries(3):  # outfits, pieces with items, their first pictures
        rows = api.get(OUTFITS).json()["results"]
    assert [len(row["items"]) for row in rows] == [3] * 6


def test_of_an_item_with_many_pictures_one_is_read(user: User) -> None:
    one = item(user, garments=[found(user) for _ in range(5)])
    ItemPicture.objects.filter(position=3).update(position=0)  # a tie: the older row comes first
    [piece] = selectors.outfits(user).get(pk=outfit(user, one).pk).pieces.all()
    assert [picture.garment for picture in piece.item.covers] == [one.pictures.order_by("position", "pk")[0].garment]
