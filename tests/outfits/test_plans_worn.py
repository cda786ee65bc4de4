"""Plans over HTTP: what of them comes again too soon, and what was worn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from outfits.models import Plan
from tests.outfits.planned import NOW, PLANS, at, on, outfit, plan, wear
from tests.wardrobe.rows import item
from wardrobe.models import Care, CareDay, Item


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def api(user: User, client_of: Callable[[User], APIClient]) -> APIClient:
    return client_of(user)


@pytest.fixture
def eve(make_user: Callable[[str], User]) -> User:
    return make_user("eve@example.org")


# Repeats -------------------------------------------------------------------------------------------------------------


def test_what_is_worn_again_too_soon_is_told(api: APIClient, user: User) -> None:
    jacket, jeans, hat = (item(user, name) for name in ("jacket", "jeans", "hat"))
    friday = plan(outfit(user, jacket, jeans), 3)
    plan(outfit(user, jeans, hat, name="Other"), 5)
    plan(outfit(user, jeans, name="Far"), 11)
    wear(0, jacket, hat)
    wear(-5, jacket, jeans)
    CareDay.objects.create(item=jeans, care=Care.WASH, day=on(2))
    repeats = api.get(at(friday)).json()["repeats"]
    assert repeats == [
        {
            "item": str(jeans.pk), "name": "jeans", "kind": "planned", "day": "2026-03-15", "days_apart": 2,
            "text": "planned again 2 days later",
        },
        {
            "item": str(jacket.pk), "name": "jacket", "kind": "worn", "day": "2026-03-10", "days_apart": -3,
            "text": "worn 3 days before",
        },
    ]  # fmt: skip
    [listed] = [one for one in api.get(PLANS).json()["results"] if one["id"] == str(friday.pk)]
    assert listed["repeats"] == repeats


def test_the_whole_outfit_that_comes_again_is_told_as_one(api: APIClient, user: User) -> None:
    jacket, jeans = item(user, "jacket"), item(user, "jeans")
    friday = plan(outfit(user, jacket, jeans), 3)
    wear(0, jacket, jeans)
    whole, *parts = api.get(at(friday)).json()["repeats"]
    assert whole == {
        "item": None, "name": "Friday", "kind": "worn", "day": "2026-03-10", "days_apart": -3,
        "text": "the whole outfit was worn 3 days before",
    }  # fmt: skip
    assert {part["name"] for part in parts} == {"jacket", "jeans"}


@pytest.mark.parametrize(("days", "apart"), [("0", []), ("1", []), ("2", [-2]), ("7", [-2]), ("60", [-2, 59])])
def test_the_window_is_as_wide_as_asked_for_wherever_a_plan_is_answered(
    api: APIClient, user: User, days: str, apart: list[int]
) -> None:
    jacket = item(user)
    friday = plan(outfit(user, jacket), 0)
    wear(-2, jacket)
    plan(outfit(user, jacket, name="Later"), 59)
    query = f"?repeat_days={days}"
    answers = [
        api.get(at(friday) + query),
        api.patch(at(friday) + query, {"notes": "x"}),
        api.post(PLANS + query, {"outfit": str(friday.outfit_id), "day": str(friday.day)}),
        api.post(at(friday, "wears") + query),
    ]
    for answer in answers:
        assert [one["days_apart"] for one in answer.json()["repeats"]] == apart
    listed = api.get(PLANS + query).json()["results"][0]
    assert [one["days_apart"] for one in listed["repeats"]] == apart


def test_a_parameter_that_does_not_fit_changes_nothing(api: APIClient, user: User) -> None:
    friday = plan(outfit(user), 0)
    query = "?repeat_days=61"
    answers = [
        api.post(PLANS + query, {"outfit": str(friday.outfit_id), "day": "2026-03-20"}),
        api.patch(at(friday) + query, {"notes": "x"}),
        api.post(at(friday, "wears") + query),
    ]
    assert [answer.status_code for answer in answers] == [400] * 3
    assert (Plan.objects.count(), Plan.objects.get().notes, CareDay.objects.count()) == (1, "", 0)


def test_what_others_wear_and_plan_is_no_repeat(api: APIClient, user: User, eve: User) -> None:
    jacket, hers = item(user), item(eve)
    friday = plan(outfit(user, jacket), 0)
    plan(outfit(eve, hers, jacket), 1)  # no request makes such an outfit
    wear(-1, hers)
    assert api.get(at(friday)).json()["repeats"] == []


# Worn ----------------------------------------------------------------------------------------------------------------


def test_a_plan_that_was_carried_out_is_logged_once(api: APIClient, user: User) -> None:
    jacket, jeans = item(user, "jacket"), item(user, "jeans")
    friday = plan(outfit(user, jacket, jeans), -2)
    first, second = (api.post(at(friday, "wears")) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json() == api.get(at(friday)).json()
    assert (first.json()["worn"], first.json()["repeats"]) == (True, [])
    assert set(CareDay.objects.values_list("item", "care", "day")) == {
        (jacket.pk, "wear", on(-2)), (jeans.pk, "wear", on(-2))
    }  # fmt: skip


def test_a_plan_is_worn_when_its_last_item_is_logged_wherever_that_happened(api: APIClient, user: User) -> None:
    jacket, jeans = item(user, "jacket"), item(user, "jeans")
    friday = plan(outfit(user, jacket, jeans), 0)
    wear(0, jacket)
    wear(-1, jeans)
    assert api.get(at(friday)).json()["worn"] is False
    api.post("/api/v1/wardrobe/wears/", {"items": [str(jeans.pk)], "day": "2026-03-10"})
    assert api.get(at(friday)).json()["worn"] is True
    assert [one["worn"] for one in api.get(PLANS).json()["results"]] == [True]
    api.delete(f"/api/v1/wardrobe/items/{jeans.pk}/wears/2026-03-10/")
    assert api.get(at(friday)).json()["worn"] is False
    assert api.post(at(friday, "wears")).status_code == 201


@pytest.mark.parametrize(
    ("now", "status"),
    [(datetime(2026, 3, 10, 9, 59, tzinfo=UTC), 409), (datetime(2026, 3, 10, 10, 0, tzinfo=UTC), 201)],
)
def test_a_day_is_worn_from_when_it_begins_on_the_date_line(
    api: APIClient, user: User, monkeypatch: pytest.MonkeyPatch, now: datetime, status: int
) -> None:
    friday = plan(outfit(user), 1)
    monkeypatch.setattr(timezone, "now", lambda: now)
    answer = api.post(at(friday, "wears"))
    assert answer.status_code == status
    assert CareDay.objects.exists() == (status == 201)
    if status == 409:
        assert answer.json()["detail"] == "2026-03-11 has not begun anywhere on earth"


def test_an_outfit_that_has_lost_its_items_is_not_worn(api: APIClient, user: User) -> None:
    friday = plan(outfit(user), 0)
    friday.outfit.pieces.get().item.delete()
    answer = api.post(at(friday, "wears"))
    assert (answer.status_code, answer.json()["detail"]) == (409, "no item is left in this outfit")
    body = api.get(at(friday)).json()
    assert (body["worn"], body["repeats"], body["outfit"]["items"]) == (False, [], [])


def test_what_was_archived_before_the_day_was_not_worn(api: APIClient, user: User) -> None:
    jacket, jeans = item(user, "jacket"), item(user, "jeans")
    friday = plan(outfit(user, jacket, jeans), 0)
    Item.objects.filter(pk=jacket.pk).update(archive_reason="sold", archived_at=NOW - timedelta(days=3))
    answer = api.post(at(friday, "wears"))
    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert "archived before 2026-03-10: jacket" in answer.json()["detail"]
    assert not CareDay.objects.exists()
    assert [one["archived"] for one in api.get(at(friday)).json()["outfit"]["items"]] == [True, False]
