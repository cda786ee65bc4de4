"""What to pack and what each item is good for, over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from images.models import Garment, Image, Kind, Purpose, Stage
from outfits import capsule_views, packing
from outfits.closet import MOST_READ, closet
from outfits.harmony import PairLift, Uncounted
from tests.outfits.owned import Counted
from tests.wardrobe.rows import NAVY, RED, WHITE, found, garment, item, picture, worn_in_public
from wardrobe.models import ArchiveReason, Care, CareDay, Item, ItemPicture, Tag

CAPSULES, VERSATILITY = "/api/v1/outfits/capsules/", "/api/v1/outfits/versatility/"
TODAY = date(2026, 3, 10)
GREEN = ("green", "#2f8a45")


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capsule_views, "today", lambda: TODAY)


def say(monkeypatch: pytest.MonkeyPatch, lifts: PairLift) -> None:
    """What the photographs say of two kinds of garment."""
    for module in (packing, capsule_views):
        monkeypatch.setattr(module, "pair_lift", lambda: lifts)


@pytest.fixture
def api(user: User, client_of: Callable[[User], APIClient]) -> APIClient:
    return client_of(user)


def owned(
    user: User, name: str, category: str, *colours: tuple[str, str], tags: tuple[str, ...] = (), **fields: Any
) -> Item:
    made = item(user, name, garments=[found(user, category, *colours)], **fields)
    Tag.objects.bulk_create(Tag(item=made, name=tag) for tag in tags)
    return made


def post(api: APIClient, **body: Any) -> dict[str, Any]:
    answer = api.post(CAPSULES, body)
    assert answer.status_code == 200, answer.json()
    made: dict[str, Any] = answer.json()
    return made


def get(api: APIClient, **query: Any) -> dict[str, Any]:
    answer = api.get(VERSATILITY, query)
    assert answer.status_code == 200, answer.json()
    made: dict[str, Any] = answer.json()
    return made


def names(body: list[dict[str, Any]]) -> list[str]:
    return [one["name"] for one in body]


@pytest.fixture
def wardrobe(user: User) -> dict[str, Item]:
    """For the office 2 tops and 2 trousers, for parties a dress, and a tracksuit."""
    made = [
        owned(user, "shirt", "tops", WHITE, tags=("Office",)),
        owned(user, "jumper", "tops", NAVY, tags=("office", "wool")),
        owned(user, "suit trousers", "trousers", NAVY, tags=("office",)),
        owned(user, "jeans", "trousers", NAVY, tags=("office",)),
        owned(user, "party dress", "dresses", RED, tags=("party",)),
        owned(user, "tracksuit", "rompers", GREEN, tags=("sport",)),
    ]
    return {one.name: one for one in made}


def test_a_capsule_says_what_to_pack_why_and_what_to_wear(api: APIClient, wardrobe: dict[str, Item]) -> None:
    body = post(api, days=3, occasions=["office", "party"])
    assert set(body) == {"items", "outfits", "bound", "fewest", "plan", "occasions", "missing", "chosen_from"}
    assert (len(body["items"]), body["outfits"], body["bound"], body["fewest"], body["missing"]) == (4, 3, 4, True, [])
    dress = next(one for one in body["items"] if one["name"] == "party dress")
    assert dress["id"] == str(wardrobe["party dress"].pk)
    assert dress["thumbnail"].startswith("http://testserver/api/v1/images/")
    assert (dress["category"], dress["goes_with"], dress["outfits"], dress["days"]) == ("dresses", 0, 1, [2])
    assert dress["reason"] == (
        "is an outfit by itself; without it 1 of 3 outfits is lost; no outfit would be left for party"
    )
    packed = {one["id"] for one in body["items"]}
    assert [day["day"] for day in body["plan"]] == [1, 2, 3]
    assert set().union(*(day["items"] for day in body["plan"])) == packed
    assert len({tuple(day["items"]) for day in body["plan"]}) == 3
    assert body["plan"][0]["why"][0].endswith("goes with everything")
    assert (body["plan"][0]["score"], body["plan"][0]["basis"]) == (0.75, ["colours"])
    assert body["occasions"] == [
        {"occasion": "office", "covered": True, "fitting": 4, "outfits": 2, "tagged": 2, "days": [1, 3]},
        {"occasion": "party", "covered": True, "fitting": 1, "outfits": 1, "tagged": 1, "days": [2]},
    ]
    assert body["chosen_from"] == {"looked_at": 5, "fitting": 5, "owned": 6}


def test_an_empty_wardrobe_is_answered_and_said_to_be_empty(api: APIClient) -> None:
    assert post(api, days=7, occasions=["office"]) == {
        "items": [], "outfits": 0, "bound": 0, "fewest": False, "plan": [],
        "occasions": [{"occasion": "office", "covered": False, "fitting": 0, "outfits": 0, "tagged": 0, "days": []}],
        "missing": [{"obstacle": "empty_wardrobe", "says": "there is nothing in the wardrobe to pack"}],
        "chosen_from": {"looked_at": 0, "fitting": 0, "owned": 0},
    }  # fmt: skip


def test_nothing_is_stored_and_the_same_question_has_the_same_answer(api: APIClient, wardrobe: dict[str, Item]) -> None:
    before = list(Item.objects.order_by("pk").values())
    assert post(api, days=5) == post(api, days=5)
    assert list(Item.objects.order_by("pk").values()) == before


def test_what_must_be_packed_what_is_left_out_and_how_many(api: APIClient, wardrobe: dict[str, Item]) -> None:
    must, out = str(wardrobe["jeans"].pk), str(wardrobe["shirt"].pk)
    body = post(api, days=1, must_have=[must, must.upper()], leave_out=[out], max_items=2)
    assert sorted(names(body["items"])) == ["jeans", "jumper"]
    assert [one["must_have"] for one in body["items"]] == [one["name"] == "jeans" for one in body["items"]]
    most = post(api, days=1, aim="most", max_items=4)
    assert sorted(names(most["items"])) == ["jeans", "jumper", "shirt", "suit trousers"]
    assert (most["outfits"], most["bound"], most["fewest"]) == (4, 4, False)


def test_in_winter_a_coat_goes_over(api: APIClient, user: User) -> None:
    owned(user, "dress", "dresses", RED, winter=True)
    owned(user, "sun dress", "dresses", RED, summer=True)
    owned(user, "coat", "outerwear", NAVY)
    assert sorted(names(post(api, days=1, season="winter")["items"])) == ["coat", "dress"]
    assert names(post(api, days=1, season="summer")["items"]) == ["sun dress"]


def test_what_is_archived_is_left_where_it_is(api: APIClient, wardrobe: dict[str, Item]) -> None:
    Item.objects.exclude(name="party dress").update(archive_reason=ArchiveReason.SOLD, archived_at=datetime.now(UTC))
    sold = str(wardrobe["jeans"].pk)
    assert names(post(api, days=1, leave_out=[sold])["items"]) == ["party dress"]
    answer = api.post(CAPSULES, {"days": 1, "must_have": [sold]})
    assert (answer.status_code, answer.json()["errors"]) == (400, {"must_have": [f"archived: {sold}"]})


@pytest.mark.parametrize("field", ["must_have", "leave_out"])
def test_an_item_that_is_not_there_or_anothers_is_404(
    api: APIClient, make_user: Callable[[str], User], field: str
) -> None:
    for pk in (uuid4(), owned(make_user("eve@example.org"), "theirs", "tops").pk):
        answer = api.post(CAPSULES, {"days": 1, field: [str(pk)]})
        assert (answer.status_code, answer.json()["detail"]) == (404, f"no item of yours: {pk}")


ID = str(uuid4())


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "days"),
        ({"days": 0}, "days"),
        ({"days": 61}, "days"),
        ({"days": "three"}, "days"),
        ({"days": 10**400}, "days"),
        ({"days": 1, "max_items": 0}, "max_items"),
        ({"days": 1, "max_items": 61}, "max_items"),
        ({"days": 1, "max_items": 1, "must_have": [ID, str(uuid4())]}, "max_items"),
        ({"days": 1, "occasions": ["a"] * 11}, "occasions"),
        ({"days": 1, "occasions": ["a" * 51]}, "occasions.0"),
        ({"days": 1, "occasions": [" "]}, "occasions.0"),
        ({"days": 1, "occasions": ["a\0"]}, "occasions.0"),
        ({"days": 1, "occasions": "office"}, "occasions"),
        ({"days": 1, "season": "monsoon"}, "season"),
        ({"days": 1, "aim": "some"}, "aim"),
        ({"days": 1, "must_have": ["x"]}, "must_have.0"),
        ({"days": 1, "must_have": [ID] * 61}, "must_have"),
        ({"days": 1, "leave_out": [ID] * 201}, "leave_out"),
        ({"days": 1, "leave_out": [ID], "must_have": [ID]}, "leave_out"),
        ({"days": 1, "weather": "rain"}, "weather"),
    ],
)
def test_a_request_that_cannot_be_is_refused(api: APIClient, body: dict[str, Any], field: str) -> None:
    answer = api.generic("POST", CAPSULES, json.dumps(body), "application/json")
    assert (answer.status_code, [*answer.json()["errors"]]) == (400, [field])


def test_a_number_that_is_none_is_refused(api: APIClient) -> None:
    answer = api.generic("POST", CAPSULES, '{"days": NaN}', "application/json")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_others_things_are_not_packed(
    api: APIClient, make_user: Callable[[str], User], anonymous: APIClient, wardrobe: dict[str, Item]
) -> None:
    owned(make_user("eve@example.org"), "theirs", "dresses")
    assert post(api, days=60, aim="most")["chosen_from"]["owned"] == 6
    assert get(api)["owned"] == 6
    assert anonymous.post(CAPSULES, {"days": 1}).status_code == 401
    assert anonymous.get(VERSATILITY).status_code == 401


def test_what_photographs_say_is_told(
    api: APIClient, wardrobe: dict[str, Item], monkeypatch: pytest.MonkeyPatch
) -> None:
    say(monkeypatch, Counted({("white", "navy"): 2.0, ("navy", "navy"): 0.1}))
    body = post(api, days=4, occasions=["office"])
    assert {tuple(day["basis"]) for day in body["plan"]} == {("photographs",)}
    assert {day["score"] for day in body["plan"]} == {0.8}
    assert (body["outfits"], len(body["items"])) == (2, 3)
    assert get(api)["basis"] == ["photographs"]


def test_versatility_tells_how_many_outfits_each_item_makes(api: APIClient, user: User) -> None:
    day = datetime(2024, 1, 1, tzinfo=UTC)
    shirt = owned(user, "shirt", "tops", WHITE, created_at=day, price=Decimal("30.00"), currency="EUR")
    owned(user, "red top", "tops", RED, created_at=day)
    owned(user, "skirt", "skirts", GREEN, created_at=day, favourite=True)
    owned(user, "jacket", "outerwear", NAVY, created_at=datetime(2026, 3, 1, tzinfo=UTC))
    for n in (1, 2, 400):
        CareDay.objects.create(item=shirt, care=Care.WEAR, day=TODAY - timedelta(days=n))
    CareDay.objects.create(item=shirt, care=Care.WASH, day=TODAY)
    body = get(api)
    assert {name: body[name] for name in ("items", "owned", "formulas", "basis")} == {
        "items": 4, "owned": 4, "formulas": 2, "basis": ["colours"]
    }  # fmt: skip
    assert body["verdicts"] == {"keep": 1, "wear_more": 1, "let_go": 1, "unknown": 1}
    shown = {one["name"]: one for one in body["results"]}
    assert names(body["results"])[0] == "shirt"
    assert names(body["results"])[-1] == "red top"
    thumbnail = shown["shirt"].pop("thumbnail")
    assert thumbnail.startswith("http://testserver/api/v1/images/")
    assert shown["shirt"] == {
        "id": str(shirt.pk), "name": "shirt", "category": "tops", "favourite": False, "formulas": 2, "wears": 3,
        "last_worn_on": "2026-03-09", "idle_days": 1, "price": "30.00", "currency": "EUR", "cost_per_wear": "10.00",
        "verdict": "keep", "reason": "worn yesterday; in 2 outfits",
    }  # fmt: skip
    assert {name: (one["formulas"], one["verdict"]) for name, one in shown.items()} == {
        "shirt": (2, "keep"), "red top": (0, "let_go"), "skirt": (2, "wear_more"), "jacket": (1, "unknown")
    }  # fmt: skip
    assert (shown["red top"]["cost_per_wear"], shown["red top"]["price"], shown["red top"]["currency"]) == (None,) * 3


def test_versatility_is_narrowed_ordered_and_cut(api: APIClient, wardrobe: dict[str, Item]) -> None:
    Item.objects.update(created_at=datetime(2024, 1, 1, tzinfo=UTC))
    CareDay.objects.create(item=wardrobe["jeans"], care=Care.WEAR, day=TODAY)
    assert names(get(api, verdict="keep")["results"]) == ["jeans"]
    assert get(api, verdict="keep")["verdicts"]["wear_more"] == 5
    counts = [one["formulas"] for one in get(api, ordering="formulas")["results"]]
    assert counts == [1, 1, 2, 2, 2, 2]
    assert names(get(api, ordering="-idle_days")["results"])[-1] == "jeans"
    assert (len(get(api, limit=2)["results"]), get(api, limit=2)["items"]) == (2, 6)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=2001", "limit=x", "verdict=burn", "ordering=name", "more=1", "limit=1&limit=2"]
)
def test_a_parameter_that_cannot_be_is_refused(api: APIClient, query: str) -> None:
    assert api.get(f"{VERSATILITY}?{query}").status_code == 400


def test_an_answer_that_still_fits_is_not_sent_again(api: APIClient, user: User) -> None:
    made = owned(user, "a", "tops")
    etag = api.get(VERSATILITY).headers["ETag"]
    assert api.get(VERSATILITY, headers={"If-None-Match": etag}).status_code == 304
    CareDay.objects.create(item=made, care=Care.WEAR, day=TODAY)
    assert api.get(VERSATILITY, headers={"If-None-Match": etag}).status_code == 200


def test_a_closet_says_what_is_known_of_each_item(user: User) -> None:
    image = picture(user)
    two = garment(image, "tops", RED, NAVY, labels={"pattern": {"value": "dot", "confidence": 0.9}})
    behind = garment(image, "tops", WHITE)
    made = item(user, "top", garments=[two, behind], summer=True, favourite=True, bought_on=date(2025, 5, 1))
    Tag.objects.bulk_create(Tag(item=made, name=name) for name in ("party", "blue"))
    bare = Item.objects.create(owner=user, category="skirts")
    one, other = closet(user).items
    assert (one.id, one.category, one.kind, one.patterned) == (made.pk, "tops", ("tops", "red"), True)
    assert [(colour.name, colour.hex, colour.share) for colour in one.colours] == [(*RED, 0.5), (*NAVY, 0.5)]
    assert (one.tags, one.seasons, one.favourite, one.since) == (
        ("blue", "party"), {"summer"}, True, date(2025, 5, 1)
    )  # fmt: skip
    assert (other.id, other.colours, other.kind, other.patterned) == (bare.pk, (), None, False)
    assert {pk: cover.pk for pk, cover in closet(user).covers.items()} == {made.pk: two.pk}


def test_of_very_many_items_favourites_and_what_is_worn_are_read(user: User) -> None:
    rows = Item.objects.bulk_create(Item(owner=user, category="tops") for _ in range(6))
    Item.objects.filter(pk=rows[0].pk).update(favourite=True)
    CareDay.objects.create(item=rows[1], care=Care.WEAR, day=TODAY)
    CareDay.objects.create(item=rows[2], care=Care.WEAR, day=TODAY - timedelta(days=1))
    read = closet(user, most=3)
    assert ([one.id for one in read.items], read.owned) == ([row.pk for row in rows[:3]], 6)
    also = closet(user, most=3, also=[rows[5].pk, rows[0].pk, uuid4()])
    assert ([one.id for one in also.items], also.owned) == ([rows[n].pk for n in (0, 1, 2, 5)], 6)


@pytest.mark.parametrize("number", [1, 40])
def test_any_number_of_items_costs_three_queries(
    api: APIClient,
    user: User,
    django_assert_num_queries: Callable[[int], Any],
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    """Beside those of what the photographs say."""
    say(monkeypatch, Uncounted())
    fill(user, number)
    with django_assert_num_queries(3):
        body = get(api)
    assert (body["items"], body["results"][0]["wears"]) == (number, 2)
    with django_assert_num_queries(3):
        post(api, days=7, occasions=["office"])


@pytest.mark.parametrize("number", [1, 5])
def test_items_that_public_looks_show_cost_three_queries(
    api: APIClient,
    user: User,
    django_assert_num_queries: Callable[[int], Any],
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    say(monkeypatch, Uncounted())
    for _ in range(number):
        item(user, garments=[worn_in_public(user, "dresses")])
    with django_assert_num_queries(3):
        body = get(api)
    assert ["token" in one["thumbnail"] for one in body["results"]] == [False] * number
    with django_assert_num_queries(3):
        assert len(post(api, days=7)["items"]) == number


def test_a_wardrobe_of_2000_items_and_more_is_answered_in_time(
    api: APIClient, user: User, django_assert_num_queries: Callable[[int], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    say(monkeypatch, Uncounted())
    fill(user, MOST_READ + 5)
    last = Item.objects.latest("created_at")
    Item.objects.filter(pk=last.pk).update(created_at=datetime(2020, 1, 1, tzinfo=UTC))
    CareDay.objects.filter(item=last).delete()
    started = time.process_time()
    with django_assert_num_queries(5):
        body = post(api, days=14, occasions=["office"], must_have=[str(last.pk)])
    assert body["chosen_from"] == {"looked_at": 300, "fitting": MOST_READ + 1, "owned": MOST_READ + 5}
    assert str(last.pk) in [one["id"] for one in body["items"]]
    assert (len(body["plan"]), body["missing"]) == (14, [])
    assert time.process_time() - started < 20  # about 1 s, without the noise of a busy machine
    body = get(api, limit=MOST_READ)
    assert (body["items"], body["owned"], len(body["results"])) == (MOST_READ, MOST_READ + 5, MOST_READ)


def fill(user: User, number: int) -> None:
    """Items by rows alone: every fifth outerwear, every fifth a dress, of two colours and worn on two days."""
    image = Image.objects.create(
        kind=Kind.USER, purpose=Purpose.WARDROBE, owner=user, digest=uuid4().hex, size=1, format="JPEG", width=9,
        height=9, stage=Stage.READY, file="user/00/a.jpg",
    )  # fmt: skip
    kinds = ("tops", "trousers", "outerwear", "dresses", "tops")
    now = datetime(2025, 1, 1, tzinfo=UTC)
    items = Item.objects.bulk_create(
        Item(owner=user, category=kinds[n % 5], name=f"{n}", created_at=now + timedelta(minutes=n))
        for n in range(number)
    )
    garments = Garment.objects.bulk_create(
        Garment(
            image=image, position=n, category=one.category, score=1, quality=1, x=0, y=0, width=1, height=1,
            colours=[{"name": name, "hex": value, "share": 1.0} for name, value in ((RED, NAVY)[n % 2],)],
        )
        for n, one in enumerate(items)
    )  # fmt: skip
    ItemPicture.objects.bulk_create(ItemPicture(item=i, garment=g) for i, g in zip(items, garments, strict=True))
    Tag.objects.bulk_create(Tag(item=one, name="office") for one in items)
    CareDay.objects.bulk_create(
        CareDay(item=one, care=Care.WEAR, day=TODAY - timedelta(days=n)) for one in items for n in (3, 5)
    )
