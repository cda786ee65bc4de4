"""Items over HTTP, made from garments that are found already."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from images.models import CutOut, Garment, Image, Kind, Purpose, Stage
from tests.wardrobe.rows import NAVY, RED, WHITE, found, garment, item, picture, worn_in_public
from wardrobe.models import CareDay, Item, ItemPicture, Tag

ITEMS = "/api/v1/wardrobe/items/"


@pytest.fixture
def api(user: User, client_of: Callable[[User], APIClient]) -> APIClient:
    return client_of(user)


@pytest.fixture
def other(make_user: Callable[[str], User]) -> User:
    return make_user("eve@example.org")


def at(one: Item, *more: object) -> str:
    return f"{ITEMS}{one.pk}/" + "".join(f"{part}/" for part in more)


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.json()
    return [row["name"] for row in answer.json()["results"]]


# ── Made ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_garment_becomes_an_item_with_its_category_and_a_name(api: APIClient, user: User):
    labels = {"pattern": {"value": "stripe", "confidence": 0.9}}
    shown = found(user, "tops", NAVY, labels=labels)
    answer = api.post(ITEMS, {"garment": str(shown.uid)})
    assert answer.status_code == 201
    body = answer.json()
    thumbnail = body["cover"]["thumbnail"]
    assert thumbnail.startswith(f"http://testserver/api/v1/images/{shown.image_id}/thumbnail/")
    cover = {
        "garment": str(shown.uid),
        "image": str(shown.image_id),
        "thumbnail": thumbnail,
        "box": {"x": 0.1, "y": 0.2, "width": 0.5, "height": 0.6},
        "cut_out": None,
    }
    made = Item.objects.get()
    facts = {
        "id": str(made.pk), "category": "tops", "name": "navy striped top", "brand": "", "size": "", "price": None,
        "currency": None, "bought_on": None, "seasons": [], "tags": [], "notes": "", "favourite": False,
        "archive_reason": None, "archived_at": None, "cover": cover, "pictures": [cover], "colours": shown.colours,
        "labels": labels, "wears": 0, "last_worn_on": None, "washes": 0, "last_washed_on": None,
        "wears_since_wash": 0, "cost_per_wear": None,
        "created_at": body["created_at"], "updated_at": body["updated_at"],
    }  # fmt: skip
    assert {name: body[name] for name in facts} == facts  # beside what its log says
    assert api.get(at(made)).json() == body


def test_what_the_owner_says_is_kept(api: APIClient, user: User):
    first, second = found(user), found(user)
    said = {
        "name": "Grandpa's coat", "brand": "Northfold", "size": "M", "price": "129.90", "currency": "eur",
        "bought_on": "2024-02-29", "seasons": ["autumn", "winter"], "tags": ["office", "warm"], "notes": "wool",
        "favourite": True, "category": "tops",
    }  # fmt: skip
    body = api.post(ITEMS, {"garments": [str(first.uid), str(second.uid)], **said}).json()
    assert {name: body[name] for name in said} == {**said, "currency": "EUR"}
    assert [shown["garment"] for shown in body["pictures"]] == [str(first.uid), str(second.uid)]
    assert body["cover"] == body["pictures"][0]


def test_a_garment_of_a_look_becomes_an_item_and_one_of_a_query_does_not(api: APIClient, user: User):
    look, query = garment(picture(user, purpose=Purpose.LOOK)), garment(picture(user, purpose=Purpose.SEARCH))
    assert api.post(ITEMS, {"garment": str(look.uid)}).status_code == 201
    assert api.post(ITEMS, {"garment": str(query.uid)}).status_code == 404


def test_a_garment_shows_one_item_only(api: APIClient, user: User):
    shown = found(user)
    assert api.post(ITEMS, {"garment": str(shown.uid)}).status_code == 201
    again = api.post(ITEMS, {"garment": str(shown.uid)})
    assert (again.status_code, again.json()["title"]) == (409, "Conflict")
    assert Item.objects.count() == 1


def test_a_garment_of_somebody_else_of_a_shop_or_of_nobody_is_not_there(api: APIClient, other: User):
    shop = Image.objects.create(
        kind=Kind.PRODUCT, digest="a", size=1, format="JPEG", width=9, height=9, stage=Stage.READY
    )
    for uid in (found(other).uid, garment(shop).uid, uuid4()):
        answer = api.post(ITEMS, {"garment": str(uid)})
        assert answer.status_code == 404
        assert str(uid) in answer.json()["detail"]
    assert not Item.objects.exists()


def test_of_several_garments_one_that_is_not_there_makes_no_item(api: APIClient, user: User, other: User):
    mine = found(user)
    assert api.post(ITEMS, {"garments": [str(mine.uid), str(found(other).uid)]}).status_code == 404
    assert not Item.objects.exists()


def test_a_retry_with_the_same_key_makes_one_item(api: APIClient, user: User):
    body = {"garment": str(found(user).uid)}
    first, second = (api.post(ITEMS, body, headers={"Idempotency-Key": "k1"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert Item.objects.count() == 1


NONSENSE = [
    ("name", "n" * 201), ("name", "a\x00b"), ("name", ["list"]), ("brand", "b" * 101), ("size", {"a": 1}),
    ("price", "-1"), ("price", "NaN"), ("price", "Infinity"), ("price", "1e20"), ("price", 10**12),
    ("price", "1.999"), ("currency", "EURO"), ("currency", "XXX"), ("currency", 7), ("bought_on", "1820-01-01"),
    ("bought_on", "9999-12-31"), ("bought_on", "yesterday"), ("bought_on", 20240101), ("seasons", ["monsoon"]),
    ("seasons", "summer"), ("tags", [f"t{n}" for n in range(21)]), ("tags", ["t" * 51]), ("tags", [[]]),
    ("tags", [""]), ("notes", "n" * 5001), ("favourite", "perhaps"),
    ("archive_reason", "eaten"), ("cover", "x"), ("colours", []), ("owner", 1), ("category", "hats"),
]  # fmt: skip


def test_nonsense_is_refused_by_its_field(api: APIClient, user: User):
    made, shown = item(user), found(user)
    for field, value in NONSENSE:
        answer = api.patch(at(made), {field: value})
        assert answer.status_code == 400, (field, value, answer.json())
        assert any(name.startswith(field) for name in answer.json()["errors"])
        assert api.post(ITEMS, {"garment": str(shown.uid), field: value}).status_code == 400, (field, value)
    half = api.patch(at(made), b'{"notes": "\\ud800"}', content_type="application/json")
    assert (half.status_code, list(half.json()["errors"])) == (400, ["notes"])
    assert Item.objects.count() == 1


def test_an_item_is_made_of_a_garment(api: APIClient):
    for body in ({}, [], "text", None, {"garment": None}, {"garment": "1"}, {"garments": []}, {"garments": "x"}):
        assert api.post(ITEMS, body).status_code == 400, body


def test_a_day_of_tomorrow_may_be_today_elsewhere_and_the_next_is_not(api: APIClient, user: User):
    made = item(user)
    today = timezone.now().date()
    assert api.patch(at(made), {"bought_on": str(today + timedelta(days=1))}).status_code == 200
    assert api.patch(at(made), {"bought_on": str(today + timedelta(days=2))}).status_code == 400


# ── Changed ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_change_leaves_alone_what_it_does_not_name(api: APIClient, user: User):
    made = item(user, brand="Northfold", price="10.00", currency="EUR", bought_on=date(2024, 1, 2), summer=True)
    Tag.objects.create(item=made, name="office")
    before = api.get(at(made)).json()
    after = api.patch(at(made), {"size": "XL"}).json()
    assert after == {**before, "size": "XL", "updated_at": after["updated_at"]}
    assert after["updated_at"] > before["updated_at"]


def test_null_takes_back(api: APIClient, user: User):
    made = item(user, price="10.00", currency="EUR", bought_on=date(2024, 1, 2))
    after = api.patch(at(made), {"price": None, "currency": None, "bought_on": None, "tags": [], "seasons": []}).json()
    assert (after["price"], after["currency"], after["bought_on"]) == (None, None, None)


def test_a_price_needs_a_currency(api: APIClient, user: User):
    made = item(user)
    assert api.patch(at(made), {"price": "5"}).json()["errors"] == {"currency": ["a price needs a currency"]}
    assert api.post(ITEMS, {"garment": str(found(user).uid), "price": "5"}).status_code == 400
    assert api.patch(at(made), {"price": "5", "currency": "JPY"}).json()["price"] == "5.00"
    assert api.patch(at(made), {"currency": None}).status_code == 400


def test_what_is_sold_is_put_away_and_can_come_back(api: APIClient, user: User):
    made = item(user)
    sold = api.patch(at(made), {"archive_reason": "sold"}).json()
    assert (sold["archive_reason"], sold["archived_at"] is None) == ("sold", False)
    given = api.patch(at(made), {"archive_reason": "donated"}).json()
    assert (given["archive_reason"], given["archived_at"]) == ("donated", sold["archived_at"])
    assert names(api.get(ITEMS)) == []
    assert names(api.get(ITEMS, {"archived": "true"})) == ["navy jacket"]
    back = api.patch(at(made), {"archive_reason": None}).json()
    assert (back["archive_reason"], back["archived_at"]) == (None, None)
    assert names(api.get(ITEMS)) == ["navy jacket"]


def test_tags_are_replaced_as_a_whole_and_each_once(api: APIClient, user: User):
    made = item(user)
    assert api.patch(at(made), {"tags": ["b", "a", "b"]}).json()["tags"] == ["a", "b"]
    assert api.patch(at(made), {"tags": ["c", "a"]}).json()["tags"] == ["a", "c"]


def test_another_picture_may_be_the_cover(api: APIClient, user: User):
    first, second = found(user, "outerwear", NAVY), found(user, "outerwear", RED)
    made = item(user, garments=[first, second])
    body = api.patch(at(made), {"cover": str(second.uid)}).json()
    assert [shown["garment"] for shown in body["pictures"]] == [str(second.uid), str(first.uid)]
    assert body["colours"][0]["name"] == "red"
    stranger = api.patch(at(made), {"cover": str(found(user).uid)})
    assert (stranger.status_code, list(stranger.json()["errors"])) == (400, ["cover"])


def test_a_cut_out_is_linked_once_it_is_there(api: APIClient, user: User):
    shown = found(user, cut_out=CutOut.QUEUED)
    made = item(user, garments=[shown])
    assert api.get(at(made)).json()["cover"]["cut_out"] is None
    Garment.objects.update(cut_out=CutOut.READY)
    assert f"/garments/{shown.uid}/" in api.get(at(made)).json()["cover"]["cut_out"]


def test_an_unchanged_item_is_not_sent_again_and_a_stale_change_is_refused(api: APIClient, user: User):
    made = item(user)
    tag = api.get(at(made))["ETag"]
    assert api.get(at(made), headers={"If-None-Match": tag}).status_code == 304
    assert api.patch(at(made), {"size": "M"}, headers={"If-Match": tag}).status_code == 200
    assert api.patch(at(made), {"size": "L"}, headers={"If-Match": tag}).status_code == 412
    assert api.get(at(made), headers={"If-None-Match": tag}).json()["size"] == "M"


# ── Pictures ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_picture_is_added_once_and_taken_away_again(api: APIClient, user: User):
    made, more = item(user), found(user)
    for _ in range(2):
        answer = api.post(at(made, "pictures"), {"garment": str(more.uid)})
        assert answer.status_code == 200
        assert [shown["garment"] for shown in answer.json()["pictures"]][1:] == [str(more.uid)]
    assert api.delete(at(made, "pictures", more.uid)).status_code == 204
    assert api.delete(at(made, "pictures", more.uid)).status_code == 404
    assert api.post(ITEMS, {"garment": str(more.uid)}).status_code == 201


def test_the_last_picture_stays(api: APIClient, user: User):
    made = item(user)
    assert api.delete(at(made, "pictures", made.pictures.get().garment.uid)).status_code == 409
    assert made.pictures.count() == 1


def test_a_garment_of_another_item_is_not_added(api: APIClient, user: User):
    made, there = item(user), item(user)
    taken = there.pictures.get().garment.uid
    assert api.post(at(made, "pictures"), {"garment": str(taken)}).status_code == 409


def test_an_item_has_at_most_fifty_pictures(api: APIClient, user: User):
    made = item(user, garments=[found(user) for _ in range(50)])
    assert api.post(at(made, "pictures"), {"garment": str(found(user).uid)}).status_code == 400


def test_positions_never_reach_the_end_of_their_column(api: APIClient, user: User):
    made, more = item(user), found(user)
    ItemPicture.objects.update(position=32_767)
    assert api.post(at(made, "pictures"), {"garment": str(more.uid)}).status_code == 200
    assert list(made.pictures.values_list("position", flat=True)) == [0, 1]


def test_an_item_whose_pictures_are_erased_stays_without_a_cover(api: APIClient, user: User):
    made = item(user, "the only proof")
    Image.objects.all().delete()
    body = api.get(at(made)).json()
    assert (body["name"], body["cover"], body["pictures"], body["colours"], body["labels"]) == (
        "the only proof", None, [], [], {},
    )  # fmt: skip
    assert names(api.get(ITEMS)) == ["the only proof"]
    assert api.post(at(made, "pictures"), {"garment": str(found(user).uid)}).json()["cover"] is not None


# ── Merged and deleted ───────────────────────────────────────────────────────────────────────────────────────────────


def test_merging_moves_pictures_tags_and_days(api: APIClient, user: User):
    kept = item(user, "jacket", summer=True)
    gone = [item(user, "the same", brand="Northfold", price="9.00", currency="EUR", notes="b"), item(user, winter=True)]
    shown = [one.pictures.get().garment for one in (kept, *gone)]
    for one, tags in ((kept, "ab"), (gone[0], "bc"), (gone[1], "d")):
        Tag.objects.bulk_create(Tag(item=one, name=tag) for tag in tags)
    worn = [(kept, "wear", 1), (gone[0], "wear", 1), (gone[0], "wear", 2), (gone[0], "wash", 1), (gone[1], "wear", 3)]
    for one, care, day in worn:
        CareDay.objects.create(item=one, care=care, day=date(2025, 1, day))
    body = api.post(at(kept, "merge"), {"items": [str(one.pk) for one in gone]}).json()
    assert [picture["garment"] for picture in body["pictures"]] == [str(one.uid) for one in shown]
    assert (body["name"], body["brand"], body["price"], body["currency"]) == ("jacket", "Northfold", "9.00", "EUR")
    assert (body["tags"], body["seasons"], body["notes"]) == (["a", "b", "c", "d"], ["summer", "winter"], "b")
    assert list(Item.objects.values_list("pk", flat=True)) == [kept.pk]
    days = CareDay.objects.order_by("care", "day").values_list("care", "day")
    assert [(care, day.day) for care, day in days] == [("wash", 1), ("wear", 1), ("wear", 2), ("wear", 3)]


def test_an_item_is_not_merged_with_itself_or_with_somebody_elses(api: APIClient, user: User, other: User):
    mine, theirs = item(user), item(other)
    assert api.post(at(mine, "merge"), {"items": [str(mine.pk)]}).status_code == 400
    assert api.post(at(mine, "merge"), {"items": [str(theirs.pk)]}).status_code == 404
    assert api.post(at(mine, "merge"), {"items": [str(uuid4())]}).status_code == 404
    assert api.post(at(mine, "merge"), {"items": []}).status_code == 400
    assert Item.objects.count() == 2


def test_merging_refuses_more_than_an_item_may_have(api: APIClient, user: User):
    one, two = item(user), item(user)
    for made in (one, two):
        Tag.objects.bulk_create(Tag(item=made, name=f"{made.pk.hex[:4]}{n}") for n in range(15))
    assert api.post(at(one, "merge"), {"items": [str(two.pk)]}).status_code == 400
    assert Item.objects.count() == 2


def test_a_deleted_item_leaves_its_photograph_and_garment(api: APIClient, user: User):
    made = item(user)
    assert api.delete(at(made)).status_code == 204
    assert api.delete(at(made)).status_code == 404
    assert (Image.objects.count(), Garment.objects.count(), Item.objects.count()) == (1, 1, 0)


# ── Listed ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_list_is_narrowed_by_everything_it_offers(api: APIClient, user: User):
    navy = item(user, "Éclair jacket", brand="Northfold", favourite=True, winter=True, notes="from Lyon")
    item(user, "red dress", garments=[found(user, "dresses", RED)], summer=True)
    item(user, "stripes", garments=[found(user, "tops", WHITE, NAVY)])
    Tag.objects.create(item=navy, name="office")
    for parameters, expected in (
        ({"category": "dresses"}, ["red dress"]),
        ({"colour": "navy"}, ["stripes", "Éclair jacket"]),
        ({"colour": "NAVY "}, ["stripes", "Éclair jacket"]),
        ({"colour": "#c11a2b"}, ["red dress"]),
        ({"colour": "#00ff00"}, []),
        ({"colour": "red", "colour_tolerance": 5}, ["red dress"]),
        ({"season": "winter"}, ["Éclair jacket"]),
        ({"tag": "office"}, ["Éclair jacket"]),
        ({"brand": "northfold"}, ["Éclair jacket"]),
        ({"favourite": "true"}, ["Éclair jacket"]),
        ({"favourite": "false"}, ["stripes", "red dress"]),
        ({"q": "éclair lyon"}, ["Éclair jacket"]),
        ({"q": "OFF"}, ["Éclair jacket"]),
        ({"q": "100%"}, []),
        ({"ordering": "name"}, ["red dress", "stripes", "Éclair jacket"]),
        ({"ordering": "created_at"}, ["Éclair jacket", "red dress", "stripes"]),
        ({"category": "tops", "season": "summer"}, []),
    ):
        assert names(api.get(ITEMS, parameters)) == expected, parameters


def test_a_list_refuses_parameters_that_it_does_not_know(api: APIClient):
    for query in (
        "category=hats", "colour=mud", "colour=%00", "colour_tolerance=5", "colour=red&colour_tolerance=nan",
        "season=", "tag=a%00", "favourite=maybe", "ordering=owner", "q=" + "x" * 201, "limit=5", "q=a&q=b",
        "archived=2", "brand=%00",
    ):  # fmt: skip
        assert api.get(f"{ITEMS}?{query}").status_code == 400, query


def test_a_cursor_of_nowhere_is_not_found(api: APIClient, user: User):
    item(user)
    for cursor in ("x", "cD0x", "cD1ub25zZW5zZQ==", "cD0lMDA="):
        assert api.get(ITEMS, {"cursor": cursor}).status_code == 404, cursor


def test_pages_hold_thirty_and_name_the_next(api: APIClient, user: User):
    for number in range(32):
        item(user, f"item {number:02}", garments=[found(user)])
    first = api.get(ITEMS, {"ordering": "name"}).json()
    second = api.get(first["next"]).json()
    assert [row["name"] for row in first["results"]] == [f"item {number:02}" for number in range(30)]
    assert [row["name"] for row in second["results"]] == ["item 30", "item 31"]


def test_a_page_costs_the_same_queries_however_many_items(
    api: APIClient, user: User, django_assert_num_queries: Callable[[int], Any]
):
    for _ in range(5):
        item(user, garments=[found(user), found(user)])
    with django_assert_num_queries(3):  # items, tags, pictures with garments and images
        assert len(names(api.get(ITEMS))) == 5


@pytest.mark.parametrize("number", [1, 5])
def test_a_page_of_what_public_looks_show_costs_the_same_queries(
    api: APIClient, user: User, django_assert_num_queries: Callable[[int], Any], number: int
):
    for _ in range(number):
        item(user, garments=[worn_in_public(user), worn_in_public(user)])
    with django_assert_num_queries(3):
        body = api.get(ITEMS).json()
    assert len(body["results"]) == number
    assert "token" not in body["results"][0]["cover"]["thumbnail"]


# ── Whose they are ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_another_users_is_not_there(user: User, other: User, client_of: Callable[[User], APIClient]):
    made = item(user)
    uid: UUID = made.pictures.get().garment.uid
    eve = client_of(other)
    mine = found(other)
    assert eve.get(at(made)).status_code == 404
    assert eve.patch(at(made), {"name": "mine"}).status_code == 404
    assert eve.delete(at(made)).status_code == 404
    assert eve.post(at(made, "pictures"), {"garment": str(mine.uid)}).status_code == 404
    assert eve.delete(at(made, "pictures", uid)).status_code == 404
    assert eve.post(at(made, "merge"), {"items": [str(item(other).pk)]}).status_code == 404
    assert eve.post(at(item(other), "pictures"), {"garment": str(uid)}).status_code == 404
    assert names(eve.get(ITEMS, {"ordering": "name"})) == ["navy jacket", "navy jacket"]
    made.refresh_from_db()
    assert (made.name, made.pictures.count()) == ("navy jacket", 1)


def test_who_is_not_signed_in_sees_nothing(anonymous: APIClient, user: User):
    made = item(user)
    for method, path in (("get", ITEMS), ("post", ITEMS), ("get", at(made)), ("patch", at(made)), ("delete", at(made))):
        assert getattr(anonymous, method)(path).status_code == 401
