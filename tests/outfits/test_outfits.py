"""Saved outfits over HTTP."""

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
from outfits.canvas import height_of
from outfits.models import Outfit, Piece
from tests.outfits.saved import OUTFITS, log, named, names, of, outfit
from tests.wardrobe.rows import found, item
from wardrobe.models import Care, CareDay, Item

OnCommit = Callable[..., Any]
ClientOf = Callable[[User], APIClient]


@pytest.fixture
def api(user: User, client_of: ClientOf) -> APIClient:
    return client_of(user)


@pytest.fixture
def other(make_user: Callable[[str], User]) -> User:
    return make_user("eve@example.org")


def at(one: Outfit | str, *more: object) -> str:
    pk = one.pk if isinstance(one, Outfit) else one
    return f"{OUTFITS}{pk}/" + "".join(f"{part}/" for part in more)


# ── Made ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_items_become_an_outfit_and_each_gets_a_place(api: APIClient, user: User) -> None:
    top, trousers = of(user, "tops"), of(user, "trousers")
    answer = api.post(OUTFITS, {"items": named(top, trousers)})
    assert answer.status_code == 201
    body = answer.json()
    garment = trousers.pictures.get().garment
    thumbnail = body["items"][0]["cover"]["thumbnail"]
    assert thumbnail.startswith(f"http://testserver/api/v1/images/{garment.image_id}/thumbnail/?token=")
    made = Outfit.objects.get()
    box = {"x": 0.1, "y": 0.2, "width": 0.5, "height": 0.6}  # of a picture of 240 × 320 pixels: 1.6 times as high
    lower, upper = body.pop("items")
    assert body == {
        "id": str(made.pk), "name": "", "occasion": "", "seasons": [], "notes": "", "cover": None, "wears": 0,
        "last_worn_on": None, "created_at": body["created_at"], "updated_at": body["updated_at"],
    }  # fmt: skip
    frame = {name: lower.pop(name) for name in ("x", "y", "width", "height")}
    assert lower == {
        "item": str(trousers.pk), "name": "a trousers", "category": "trousers", "archived": False, "rotation": 0.0,
        "layer": 0, "cover": {"garment": str(garment.uid), "image": str(garment.image_id), "thumbnail": thumbnail,
                              "box": box, "cut_out": None},
    }  # fmt: skip
    assert frame["height"] == pytest.approx(height_of(frame["width"], 1.6), abs=1e-5)
    assert upper["item"] == str(top.pk)
    assert upper["y"] + upper["height"] < frame["y"]
    assert frame["y"] + frame["height"] <= 1
    assert api.get(at(made)).json() == {**body, "items": [{**lower, **frame}, upper]}


def test_what_the_owner_says_is_kept_to_the_letter(api: APIClient, user: User) -> None:
    first, second = of(user), of(user, "trousers")
    said = {"name": "Mondays", "occasion": "office", "seasons": ["autumn", "winter"], "notes": "brown shoes"}
    placed = [
        {"item": str(first.pk), "x": -0.5, "y": 1.5, "width": 1, "rotation": -180, "layer": 3},
        {"item": str(second.pk), "x": 0.125, "y": 0.25, "width": 0.5},
    ]
    body = api.post(OUTFITS, {**said, "items": placed}).json()
    assert {name: body[name] for name in said} == said
    shown = [[one[name] for name in ("item", "x", "y", "width", "rotation", "layer")] for one in body["items"]]
    assert shown == [[str(second.pk), 0.125, 0.25, 0.5, 0.0, 0], [str(first.pk), -0.5, 1.5, 1.0, -180.0, 3]]


def test_what_has_no_place_lies_where_it_would_if_nothing_had_one(api: APIClient, user: User) -> None:
    coat, top = of(user, "outerwear"), of(user, "tops")
    dragged = {"item": str(coat.pk), "x": 0, "y": 0, "width": 0.2, "layer": 9}
    body = api.post(OUTFITS, {"items": [dragged, {"item": str(top.pk)}]}).json()
    assert [(one["item"], one["layer"]) for one in body["items"]] == [(str(top.pk), 0), (str(coat.pk), 9)]
    laid_out = api.post(OUTFITS, {"items": named(coat, top)}).json()["items"]
    assert [one["item"] for one in laid_out] == [str(top.pk), str(coat.pk)]
    assert body["items"][0] == laid_out[0]
    assert laid_out[0]["x"] + laid_out[0]["width"] < laid_out[1]["x"]


def test_an_item_without_a_picture_has_the_shape_of_its_kind(api: APIClient, user: User) -> None:
    bare = Item.objects.create(owner=user, category="trousers")
    [shown] = api.post(OUTFITS, {"items": named(bare)}).json()["items"]
    assert shown["cover"] is None
    assert shown["height"] == pytest.approx(height_of(shown["width"], 2.0), abs=1e-5)


def test_a_cut_out_is_shown_and_only_the_first_picture(api: APIClient, user: User) -> None:
    first, second = found(user), found(user)
    Garment.objects.filter(pk=first.pk).update(cut_out=CutOut.READY)
    made = outfit(user, item(user, garments=[first, second]))
    [shown] = api.get(at(made)).json()["items"]
    assert shown["cover"]["garment"] == str(first.uid)
    assert shown["cover"]["cut_out"].startswith(f"http://testserver/api/v1/garments/{first.uid}/cut-out/?token=")


def test_a_retry_with_the_same_key_makes_one_outfit(api: APIClient, user: User) -> None:
    body = {"items": named(of(user))}
    first, second = (api.post(OUTFITS, body, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert Outfit.objects.count() == 1


PLACE = {"x": 0.1, "y": 0.1, "width": 0.5}
NONSENSE: list[tuple[str, Any]] = [
    ("name", "n" * 201), ("name", "a\x00b"), ("name", ["list"]), ("name", None), ("occasion", "o" * 51),
    ("occasion", {}), ("seasons", ["monsoon"]), ("seasons", "summer"), ("seasons", ["spring"] * 5),
    ("notes", "n" * 5001), ("notes", 5 * [1]), ("items", []), ("items", "x"), ("items", None), ("items", {}),
    ("items", ["x"]), ("items", [{}]), ("items", [None]), ("items", [[]]), ("items", [{"item": "x"}]),
    ("items", [{"item": None}]), ("cover", "x"), ("id", str(uuid4())), ("wears", 3), ("owner", 1),
]  # fmt: skip
FALSE_PLACES: list[dict[str, Any]] = [
    {"x": -0.6}, {"x": 1.6}, {"y": -0.51}, {"y": 2}, {"width": 0}, {"width": 0.009}, {"width": 1.01}, {"width": -1},
    {"rotation": 180.5}, {"rotation": -181}, {"layer": -1}, {"layer": 100}, {"layer": 1.5}, {"layer": "top"},
    {"x": "nan"}, {"y": "inf"}, {"width": "-inf"}, {"rotation": "nan"}, {"x": None}, {"x": []}, {"width": {}},
    {"layer": None}, {"height": 0.5}, {"category": "tops"},
]  # fmt: skip


def test_nonsense_is_refused_by_its_field(api: APIClient, user: User) -> None:
    one = of(user)
    made = outfit(user, one, name="as it was")
    for field, value in NONSENSE:
        for answer in (api.patch(at(made), {field: value}), api.post(OUTFITS, {"items": named(one), field: value})):
            assert answer.status_code == 400, (field, value, answer.json())
            assert any(name.startswith(field) for name in answer.json()["errors"]), (field, value)
    for false in FALSE_PLACES:
        answer = api.post(OUTFITS, {"items": [{"item": str(one.pk), **PLACE, **false}]})
        assert answer.status_code == 400, false
        assert list(answer.json()["errors"]) == [f"items.0.{next(iter(false))}"], (false, answer.json())
    assert Outfit.objects.count() == 1
    made.refresh_from_db()
    assert (made.name, made.pieces.count()) == ("as it was", 1)


def test_numbers_that_are_none_in_json_are_refused(api: APIClient, user: User) -> None:
    one = of(user)
    for number in ("NaN", "Infinity", "-Infinity", "1e999", "9" * 400):
        body = f'{{"items": [{{"item": "{one.pk}", "x": {number}, "y": 0, "width": 0.5}}]}}'
        assert api.post(OUTFITS, body, content_type="application/json").status_code == 400, number
    assert not Outfit.objects.exists()


def test_x_y_and_width_go_together(api: APIClient, user: User) -> None:
    one = of(user)
    for given, missing in (({"x": 0.1}, "y"), ({"x": 0.1, "y": 0.1}, "width"), ({"width": 0.5, "y": 0.0}, "x")):
        answer = api.post(OUTFITS, {"items": [{"item": str(one.pk), **given}]})
        assert answer.status_code == 400
        assert answer.json()["errors"] == {f"items.0.{missing}": ["`x`, `y` and `width` go together"]}


def test_a_body_is_an_object_with_items(api: APIClient) -> None:
    for body in ({}, [], "text", None, {"name": "no items"}):
        assert api.post(OUTFITS, body, format="json").status_code == 400, body


def test_an_item_is_there_once_and_twenty_are_enough(api: APIClient, user: User) -> None:
    one = of(user)
    twice = api.post(OUTFITS, {"items": named(one, one)})
    assert (twice.status_code, twice.json()["errors"]) == (400, {"items": ["an item is there twice"]})
    many = [Item.objects.create(owner=user, category="tops") for _ in range(21)]
    assert api.post(OUTFITS, {"items": named(*many)}).status_code == 400
    assert api.post(OUTFITS, {"items": named(*many[:20])}).status_code == 201
    assert Piece.objects.count() == 20


def test_an_item_of_somebody_else_or_of_nobody_is_not_there(api: APIClient, user: User, other: User) -> None:
    mine, theirs = of(user), of(other)
    made = outfit(user, mine)
    for stranger in (theirs.pk, uuid4()):
        body = {"items": [*named(mine), {"item": str(stranger)}]}
        for answer in (api.post(OUTFITS, body), api.patch(at(made), body)):
            assert answer.status_code == 404
            assert answer.json()["detail"] == f"no item of yours: {stranger}"
    assert Outfit.objects.count() == 1
    assert [piece.item for piece in made.pieces.all()] == [mine]


# ── Changed ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_what_is_given_is_changed(api: APIClient, user: User) -> None:
    made = outfit(user, of(user), name="Mondays", occasion="office", winter=True, notes="wool")
    before = api.get(at(made)).json()
    after = api.patch(at(made), {"name": "Tuesdays", "seasons": ["spring"]}).json()
    assert after["updated_at"] > before["updated_at"]
    assert after == {**before, "name": "Tuesdays", "seasons": ["spring"], "updated_at": after["updated_at"]}
    assert api.patch(at(made), {"occasion": "", "notes": "", "seasons": []}).json()["seasons"] == []
    assert api.patch(at(made), {}).status_code == 200


def test_items_that_are_given_are_all_that_it_has(api: APIClient, user: User) -> None:
    coat, top, skirt = of(user), of(user, "tops"), of(user, "skirts")
    made = outfit(user, coat, top)
    body = api.patch(at(made), {"items": [{"item": str(top.pk), **PLACE}, {"item": str(skirt.pk)}]}).json()
    assert [one["item"] for one in body["items"]] == [str(skirt.pk), str(top.pk)]
    assert [body["items"][1][name] for name in PLACE] == list(PLACE.values())
    assert Item.objects.count() == 3


def test_who_has_seen_an_older_state_changes_nothing(api: APIClient, user: User) -> None:
    made = outfit(user, of(user), name="first")
    etag = api.get(at(made))["ETag"]
    assert api.get(at(made), headers={"If-None-Match": etag}).status_code == 304
    assert api.patch(at(made), {"name": "second"}, headers={"If-Match": etag}).status_code == 200
    assert api.patch(at(made), {"name": "third"}, headers={"If-Match": etag}).status_code == 412
    assert api.delete(at(made), headers={"If-Match": etag}).status_code == 412
    assert Outfit.objects.get().name == "second"


def test_an_outfit_is_deleted_and_its_items_stay(api: APIClient, user: User) -> None:
    one = of(user)
    made = outfit(user, one)
    log("2025-11-20", one)
    assert api.delete(at(made)).status_code == 204
    assert api.delete(at(made)).status_code == 404
    assert (Piece.objects.count(), Item.objects.count(), CareDay.objects.count()) == (0, 1, 1)


def test_an_outfit_outlives_its_items(api: APIClient, user: User) -> None:
    coat, top = of(user), of(user, "tops")
    made = outfit(user, coat, top)
    assert api.delete(f"/api/v1/wardrobe/items/{coat.pk}/").status_code == 204
    assert [one["item"] for one in api.get(at(made)).json()["items"]] == [str(top.pk)]
    assert api.delete(f"/api/v1/wardrobe/items/{top.pk}/").status_code == 204
    body = api.get(at(made)).json()
    assert (body["items"], body["cover"], body["wears"], body["last_worn_on"]) == ([], None, 0, None)
    assert names(api.get(OUTFITS)) == [""]


def test_an_archived_item_stays_and_is_said_to_be(api: APIClient, user: User) -> None:
    one = of(user, archive_reason="sold", archived_at=timezone.now())
    made = api.post(OUTFITS, {"items": named(one)})
    assert made.status_code == 201
    assert made.json()["items"][0]["archived"] is True


def test_a_copy_has_the_same_items_in_the_same_places(api: APIClient, user: User) -> None:
    made = outfit(user, of(user), of(user, "tops"), name="Mondays", occasion="office", summer=True, notes="linen")
    first = api.get(at(made)).json()
    answer = api.post(at(made, "clone"), {})
    assert answer.status_code == 201
    copy = answer.json()
    assert copy["id"] != first["id"]
    assert copy == {
        **first, "id": copy["id"], "name": "Mondays (copy)", "created_at": copy["created_at"],
        "updated_at": copy["updated_at"],
    }  # fmt: skip
    assert api.patch(at(copy["id"]), {"items": [copy["items"][0] | {}]}).status_code == 400  # an answer is no request
    assert api.post(at(made, "clone"), {"name": "With a scarf"}).json()["name"] == "With a scarf"
    assert api.get(at(made)).json() == first


def test_the_name_of_a_copy_fits(api: APIClient, user: User) -> None:
    long, nameless = outfit(user, of(user), name="n" * 200), outfit(user, of(user))
    assert api.post(at(long, "clone"), {}).json()["name"] == "n" * 193 + " (copy)"
    assert api.post(at(nameless, "clone"), {}).json()["name"] == ""
    assert api.post(at(long, "clone"), {"name": "n" * 201}).status_code == 400
    assert api.post(at(long, "clone"), {"items": []}).status_code == 400


# ── Worn ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_all_items_are_worn_on_a_day_and_twice_counts_once(api: APIClient, user: User) -> None:
    coat, top = of(user), of(user, "tops")
    made = outfit(user, coat, top)
    log("2025-11-20", coat)
    first, second = (api.post(at(made, "wears"), {"day": "2025-11-20"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    items = [str(coat.pk), str(top.pk)]
    facts = {"day": "2025-11-20", "items": items, "wears": 1, "last_worn_on": "2025-11-20"}
    assert first.json() == {**facts, "new": [str(top.pk)]}
    assert second.json() == {**facts, "new": []}
    assert sorted(CareDay.objects.values_list("item", "care")) == sorted([(coat.pk, "wear"), (top.pk, "wear")])
    assert api.get(at(made)).json()["wears"] == 1


def test_the_day_is_today_unless_given(api: APIClient, user: User) -> None:
    before = timezone.now().date()
    day = api.post(at(outfit(user, of(user)), "wears"), {}).json()["day"]
    assert day in {str(before), str(timezone.now().date())}


@pytest.mark.parametrize("day", ["1969-12-31", str(timezone.now().date() + timedelta(days=3)), "9999-12-31", None, "x"])
def test_a_day_that_cannot_be_is_refused(api: APIClient, user: User, day: object) -> None:
    assert api.post(at(outfit(user, of(user)), "wears"), {"day": day}, format="json").status_code == 400
    assert not CareDay.objects.exists()


def test_what_was_archived_before_the_day_was_not_worn_then(api: APIClient, user: User) -> None:
    away = of(user, archive_reason="sold", archived_at="2025-11-10T12:00:00Z")
    made = outfit(user, of(user, "tops"), away)
    refused = api.post(at(made, "wears"), {"day": "2025-11-20"})
    assert (refused.status_code, refused.json()["title"]) == (409, "Conflict")
    assert refused.json()["detail"] == (
        f"archived before 2025-11-20: a outerwear ({away.pk}); take it out of the outfit, or bring it back"
    )
    assert not CareDay.objects.exists()
    assert api.post(at(made, "wears"), {"day": "2025-11-10"}).status_code == 201
    assert CareDay.objects.count() == 2


def test_an_outfit_of_nothing_is_not_worn(api: APIClient, user: User) -> None:
    answer = api.post(at(outfit(user), "wears"), {})
    assert (answer.status_code, answer.json()["detail"]) == (409, "no item is left in this outfit")


def test_wears_are_the_days_on_which_every_item_was_worn(api: APIClient, user: User, other: User) -> None:
    coat, top, dress = of(user), of(user, "tops"), of(user, "dresses")
    both, alone, never = outfit(user, coat, top, name="both"), outfit(user, coat, name="alone"), outfit(user, dress)
    log("2025-11-01", coat)
    log("2025-11-02", coat, top)
    log("2025-11-03", top, dress)
    log("2025-11-04", top, coat)
    log("2025-11-05", coat)
    CareDay.objects.create(item=top, care=Care.WASH, day="2025-11-05")
    log("2025-11-06", of(other))
    for made, wears, last in ((both, 2, "2025-11-04"), (alone, 4, "2025-11-05"), (never, 1, "2025-11-03")):
        body = api.get(at(made)).json()
        assert (body["wears"], body["last_worn_on"]) == (wears, last), body["name"]
    listed = {row["name"]: (row["wears"], row["last_worn_on"]) for row in api.get(OUTFITS).json()["results"]}
    assert listed == {"both": (2, "2025-11-04"), "alone": (4, "2025-11-05"), "": (1, "2025-11-03")}


# ── Whose they are ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_another_users_is_not_there(user: User, other: User, client_of: ClientOf) -> None:
    made = outfit(user, of(user), name="hers")
    eve = client_of(other)
    for answer in (
        eve.get(at(made)), eve.patch(at(made), {"name": "mine"}), eve.delete(at(made)),
        eve.patch(at(made), {"items": named(of(other))}), eve.post(at(made, "clone"), {}),
        eve.post(at(made, "wears"), {}), eve.get(at(made, "cover")),
    ):  # fmt: skip
        assert answer.status_code == 404
    made.refresh_from_db()
    assert (made.name, made.pieces.count(), Outfit.objects.count(), CareDay.objects.count()) == ("hers", 1, 1, 0)


def test_who_is_not_signed_in_sees_nothing(anonymous: APIClient, user: User) -> None:
    made = outfit(user, of(user))
    for method, path in (("get", OUTFITS), ("post", OUTFITS), ("get", at(made)), ("patch", at(made)),
                         ("delete", at(made)), ("post", at(made, "clone")), ("post", at(made, "wears"))):  # fmt: skip
        assert getattr(anonymous, method)(path).status_code == 401
    assert anonymous.get(at(made, "cover")).status_code == 404
