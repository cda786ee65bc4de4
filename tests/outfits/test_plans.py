"""The calendar over HTTP: which outfit on which day. What comes again too soon is in test_plans_worn.py."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from images import links
from images.models import Image, Purpose, Review
from outfits import planning, selectors
from outfits.cover_parts import digests, named, parts_of
from outfits.models import Outfit, Plan
from tests.outfits.planned import NOW, PLANS, TODAY, at, on, outfit, plan, wear
from tests.wardrobe.rows import found, garment, item, picture
from wardrobe.models import CareDay


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def api(user: User, client_of: Callable[[User], APIClient]) -> APIClient:
    return client_of(user)


@pytest.fixture
def eve(make_user: Callable[[str], User]) -> User:
    return make_user("eve@example.org")


def days_of(answer: Any) -> list[str]:
    return [one["day"] for one in answer.json()["results"]]


# Making, reading, changing -------------------------------------------------------------------------------------------


def test_a_plan_shows_its_outfit_with_the_items(api: APIClient, user: User) -> None:
    jacket, jeans = item(user, "navy jacket"), item(user, "jeans", garments=[found(user, "trousers")])
    friday = outfit(user, jacket, jeans, occasion="dinner")
    answer = api.post(PLANS, {"outfit": str(friday.pk), "day": "2026-03-13", "notes": "with Kim"})
    assert answer.status_code == 201
    made = Plan.objects.get()
    assert (made.owner, made.outfit, made.day, made.notes) == (user, friday, date(2026, 3, 13), "with Kim")
    body = api.get(at(made)).json()
    assert body == answer.json()
    shown = body["outfit"].pop("items")
    assert body == {
        "id": str(made.pk), "day": "2026-03-13", "notes": "with Kim",
        "outfit": {"id": str(friday.pk), "name": "Friday", "occasion": "dinner", "cover": None},
        "worn": False, "repeats": [],
        "created_at": made.created_at.isoformat().replace("+00:00", "Z"),
        "updated_at": made.updated_at.isoformat().replace("+00:00", "Z"),
    }  # fmt: skip
    cover = jacket.pictures.get().garment
    assert shown[0] == {
        "item": str(jacket.pk), "name": "navy jacket", "category": "outerwear",
        "archived": False, "cover": {
            "garment": str(cover.uid), "image": str(cover.image_id), "cut_out": None,
            "thumbnail": links.thumbnail_url(cover.image, answer.wsgi_request),
            "box": {"x": 0.1, "y": 0.2, "width": 0.5, "height": 0.6},
        },
    }  # fmt: skip
    assert [(one["name"], one["category"]) for one in shown] == [("navy jacket", "outerwear"), ("jeans", "trousers")]


def test_a_plan_shows_the_cover_of_its_outfit(api: APIClient, user: User) -> None:
    friday = plan(outfit(user), 1)
    assert api.get(at(friday)).json()["outfit"]["cover"] is None
    [composed] = selectors.composed([friday.outfit_id])
    Outfit.objects.update(cover=named(digests(parts_of(composed))))
    cover = api.get(at(friday)).json()["outfit"]["cover"]
    assert cover.startswith(f"http://testserver/api/v1/outfits/{friday.outfit_id}/cover/?v=")
    assert cover == api.get(f"/api/v1/outfits/{friday.outfit_id}/").json()["cover"]


def test_an_item_without_a_picture_left_is_shown_without_one(api: APIClient, user: User) -> None:
    jacket = item(user)
    friday = plan(outfit(user, jacket), 1)
    Image.objects.all().delete()
    [shown] = api.get(at(friday)).json()["outfit"]["items"]
    assert shown == {
        "item": str(jacket.pk), "name": "navy jacket", "category": "outerwear",
        "archived": False, "cover": None,
    }  # fmt: skip


def test_the_same_outfit_on_the_same_day_is_the_plan_that_is_there(api: APIClient, user: User) -> None:
    body = {"outfit": str(outfit(user).pk), "day": "2026-03-13"}
    first, second = api.post(PLANS, {**body, "notes": "first"}), api.post(PLANS, {**body, "notes": "second"})
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert Plan.objects.get().notes == "first"
    assert api.post(PLANS, {**body, "day": "2026-03-14"}).status_code == 201
    assert Plan.objects.count() == 2


def test_a_retry_with_its_key_plans_once(api: APIClient, user: User) -> None:
    body = {"outfit": str(outfit(user).pk), "day": "2026-03-13"}
    first, second = (api.post(PLANS, body, headers={"Idempotency-Key": "a"}) for _ in range(2))
    assert (first.status_code, second.status_code, second["Idempotent-Replayed"]) == (201, 201, "true")
    assert Plan.objects.count() == 1


def test_a_day_has_several_outfits_and_an_end(api: APIClient, user: User) -> None:
    made = [outfit(user, item(user)) for _ in range(planning.MOST_A_DAY + 1)]
    answers = [api.post(PLANS, {"outfit": str(one.pk), "day": "2026-03-13"}) for one in made]
    assert [answer.status_code for answer in answers] == [201] * planning.MOST_A_DAY + [400]
    assert answers[-1].json()["errors"] == {"day": ["a day has 20 outfits at most"]}
    other = plan(made[-1], 0)
    assert api.patch(at(other), {"day": "2026-03-13"}).status_code == 400
    full = Plan.objects.filter(day="2026-03-13").latest("created_at")
    assert api.patch(at(full), {"day": "2026-03-13", "notes": "stays"}).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"day": "1969-12-31"}, "day"), ({"day": "2031-03-11"}, "day"), ({"day": "tomorrow"}, "day"),
        ({"day": "0001-01-01"}, "day"), ({"day": "9999-12-31"}, "day"), ({"day": None}, "day"), ({"day": 5}, "day"),
        ({"day": "2026-03-13T00:00:00Z"}, "day"), ({"outfit": "x"}, "outfit"), ({"outfit": None}, "outfit"),
        ({"notes": "x" * 2001}, "notes"), ({"notes": None}, "notes"), ({"notes": "a\0b"}, "notes"),
        ({"worn": True}, "worn"), ({"owner": 1}, "owner"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_its_field_and_nothing_is_written(
    api: APIClient, user: User, body: dict[str, Any], field: str
) -> None:
    there = plan(outfit(user), 1)
    answer = api.post(PLANS, {"outfit": str(outfit(user, item(user)).pk), "day": "2026-03-13", **body})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    changed = api.patch(at(there), body)
    assert (changed.status_code, list(changed.json()["errors"])) == (400, [field])
    assert list(Plan.objects.values_list("pk", "day", "notes")) == [(there.pk, on(1), "")]


def test_a_text_that_cannot_be_written_is_refused(api: APIClient, user: User) -> None:
    body = f'{{"outfit": "{outfit(user).pk}", "day": "2026-03-13", "notes": "\\ud800"}}'
    answer = api.post(PLANS, body, content_type="application/json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["notes"])


@pytest.mark.parametrize(("day", "status"), [("1970-01-01", 201), ("2031-03-10", 201), ("2031-03-11", 400)])
def test_days_end_in_1970_and_five_years_ahead(api: APIClient, user: User, day: str, status: int) -> None:
    assert api.post(PLANS, {"outfit": str(outfit(user).pk), "day": day}).status_code == status


def test_a_plan_moves_changes_its_outfit_and_goes(api: APIClient, user: User) -> None:
    there, other = plan(outfit(user), 1, notes="a"), outfit(user, item(user), name="Other")
    answer = api.patch(at(there), {"day": "2026-03-20", "outfit": str(other.pk)})
    assert answer.status_code == 200
    assert (answer.json()["day"], answer.json()["outfit"]["name"], answer.json()["notes"]) == (
        "2026-03-20",
        "Other",
        "a",
    )
    assert api.patch(at(there), {"notes": ""}).json()["notes"] == ""
    assert Plan.objects.get().updated_at == NOW
    assert api.delete(at(there)).status_code == 204
    assert (api.get(at(there)).status_code, api.delete(at(there)).status_code) == (404, 404)
    assert Outfit.objects.count() == 2


def test_a_day_that_has_the_outfit_already_is_409(api: APIClient, user: User) -> None:
    friday, saturday = outfit(user), outfit(user, item(user))
    there, later, other = plan(friday, 1), plan(friday, 2), plan(saturday, 1)
    for one, body in ((later, {"day": str(there.day), "notes": "x"}), (other, {"outfit": str(friday.pk)})):
        answer = api.patch(at(one), body)
        assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
        assert answer.json()["detail"] == "the outfit is planned for that day already"
    assert set(Plan.objects.values_list("outfit", "day", "notes")) == {
        (friday.pk, on(1), ""), (friday.pk, on(2), ""), (saturday.pk, on(1), "")
    }  # fmt: skip


def test_another_users_outfit_and_plan_are_not_there(api: APIClient, user: User, eve: User) -> None:
    hers, mine = plan(outfit(eve), 1), plan(outfit(user), 1)
    for outfit_id in (str(hers.outfit_id), str(uuid4())):
        assert api.post(PLANS, {"outfit": outfit_id, "day": "2026-03-13"}).status_code == 404
        assert api.patch(at(mine), {"outfit": outfit_id}).status_code == 404
    for path in (at(hers), at(str(uuid4()))):
        answers = [api.get(path), api.patch(path, {"notes": "x"}), api.delete(path), api.post(f"{path}wears/")]
        assert [answer.status_code for answer in answers] == [404] * 4
    assert days_of(api.get(PLANS)) == ["2026-03-11"]
    assert Plan.objects.filter(notes="").count() == 2


def test_only_what_was_seen_is_changed(api: APIClient, user: User) -> None:
    there = plan(outfit(user), 1)
    etag = api.get(at(there))["ETag"]
    assert api.get(at(there), headers={"If-None-Match": etag}).status_code == 304
    assert api.patch(at(there), {"notes": "a"}, headers={"If-Match": etag}).status_code == 200
    assert api.patch(at(there), {"notes": "b"}, headers={"If-Match": etag}).status_code == 412
    assert Plan.objects.get().notes == "a"


def test_plans_go_with_their_outfit(api: APIClient, user: User) -> None:
    there = plan(outfit(user), 1)
    there.outfit.delete()
    assert api.get(at(there)).status_code == 404


# The list ------------------------------------------------------------------------------------------------------------


def test_the_list_goes_from_today_to_thirty_days_ahead(api: APIClient, user: User) -> None:
    friday = outfit(user)
    for apart in (30, 31, 0, -1):
        plan(friday, apart)
    assert days_of(api.get(PLANS)) == ["2026-03-10", "2026-04-09"]


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ({"from": "2026-03-01", "to": "2026-03-31"}, ["2026-03-01", "2026-03-31"]),
        ({"from": "2026-03-31", "to": "2026-03-31"}, ["2026-03-31"]),
        ({"from": "2026-03-02"}, ["2026-03-31", "2026-04-01"]),
        ({"from": "2026-03-01"}, ["2026-03-01", "2026-03-31"]),
        ({"to": "2026-04-01"}, ["2026-03-31", "2026-04-01"]),
        ({"from": "2026-02-28", "to": "2027-04-04"}, ["2026-02-28", "2026-03-01", "2026-03-31", "2026-04-01"]),
    ],
)
def test_both_days_are_included(api: APIClient, user: User, query: dict[str, str], days: list[str]) -> None:
    friday = outfit(user)
    for day in ("2026-02-28", "2026-03-01", "2026-03-31", "2026-04-01"):
        Plan.objects.create(owner=user, outfit=friday, day=day)
    assert days_of(api.get(PLANS, query)) == days


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2026-03-02&to=2026-03-01", "to"), ("from=2026-03-01&to=2027-04-06", "to"), ("to=2026-03-09", "to"),
        ("from=1969-12-31", "from"), ("from=9999-12-31", "from"), ("from=0001-01-01", "from"), ("from=x", "from"),
        ("to=10000-01-01", "to"), ("from=2026-03-01&from=2026-03-02", "from"), ("since=2026-03-01", "since"),
        ("repeat_days=61", "repeat_days"), ("repeat_days=-1", "repeat_days"), ("repeat_days=nan", "repeat_days"),
        ("repeat_days=", "repeat_days"), ("repeat_days=1&repeat_days=2", "repeat_days"),
        ("repeat_days=99999999999999999999999999", "repeat_days"),
    ],
)  # fmt: skip
def test_a_parameter_that_does_not_fit_is_refused(api: APIClient, user: User, query: str, field: str) -> None:
    answer = api.get(f"{PLANS}?{query}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_a_day_near_the_end_of_what_can_be_planned_shows_what_is_there(api: APIClient, user: User) -> None:
    Plan.objects.create(owner=user, outfit=outfit(user), day="2031-03-10")
    assert days_of(api.get(PLANS, {"from": "2031-02-08", "repeat_days": "60"})) == ["2031-03-10"]


def test_a_long_list_goes_on_from_page_to_page(api: APIClient, user: User) -> None:
    made = [outfit(user, item(user)) for _ in range(3)]
    for apart in range(40):
        for one in made:
            plan(one, apart)
    first = api.get(PLANS, {"to": "2026-05-01", "repeat_days": "0"}).json()
    assert (len(first["results"]), first["previous"]) == (100, None)
    second = api.get(first["next"]).json()
    assert (len(second["results"]), second["next"]) == (20, None)
    shown = [one["id"] for page in (first, second) for one in page["results"]]
    assert shown == [str(pk) for pk in Plan.objects.order_by("day", "created_at", "id").values_list("pk", flat=True)]


def test_a_month_of_sixty_plans_takes_as_many_queries_as_one_plan(
    user: User, client_of: Callable[[User], APIClient]
) -> None:
    # The address of an approved look asks what its owner wishes.
    looks = [garment(picture(user, purpose=Purpose.LOOK, review=Review.APPROVED)) for _ in range(2)]
    made = [
        outfit(user, item(user, garments=[found(user), found(user)]), item(user, garments=[look])) for look in looks
    ]
    plan(made[0], 0)

    def queries() -> int:
        client = client_of(user)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(PLANS).status_code == 200
        return len(asked)

    alone = queries()
    for apart in range(30):
        for one in made:
            if (apart, one) != (0, made[0]):
                plan(one, apart)
    wear(-1, *[piece.item for piece in made[0].pieces.all()])
    assert Plan.objects.count() == 60
    assert queries() == alone == 6


# Several at once -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_plan_and_wear_once(user: User, client_of: Callable[[User], APIClient]) -> None:
    friday = outfit(user, item(user), item(user))
    later = plan(friday, 1)
    today = str(plan(friday, 0).pk)
    start = threading.Barrier(6)
    codes: list[tuple[str, int]] = []

    def ask(what: str) -> None:
        api = client_of(user)
        start.wait()
        try:
            if what == "plan":
                answer = api.post(PLANS, {"outfit": str(friday.pk), "day": "2026-03-20"})
            elif what == "move":
                answer = api.patch(at(later), {"day": "2026-03-20"})
            else:
                answer = api.post(at(today, "wears"))
            codes.append((what, answer.status_code))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=[what]) for what in ("plan", "plan", "move", "wear", "wear", "wear")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Plan.objects.filter(outfit=friday, day="2026-03-20").count() == 1
    assert CareDay.objects.count() == 2
    assert sorted(code for what, code in codes if what == "wear") == [200, 200, 201]
    assert sorted(codes) in (
        [("move", 200), ("plan", 200), ("plan", 200), ("wear", 200), ("wear", 200), ("wear", 201)],
        [("move", 409), ("plan", 200), ("plan", 201), ("wear", 200), ("wear", 200), ("wear", 201)],
    )


def test_today_is_the_day_of_the_tests() -> None:
    assert on(0) == TODAY == date(2026, 3, 10)
