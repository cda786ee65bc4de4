"""The log of wear and wash over HTTP, and what it says of items."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from tests.wardrobe.rows import found, item
from wardrobe.figures import cost_per_wear
from wardrobe.models import Care, CareDay, Item
from wardrobe.wearing import is_loggable

ITEMS = "/api/v1/wardrobe/items/"
WEARS = "/api/v1/wardrobe/wears/"


@pytest.fixture
def api(user: User, client_of: Callable[[User], APIClient]) -> APIClient:
    return client_of(user)


@pytest.fixture
def other(make_user: Callable[[str], User]) -> User:
    return make_user("eve@example.org")


def at(one: Item, *more: object) -> str:
    return f"{ITEMS}{one.pk}/" + "".join(f"{part}/" for part in more)


def log(one: Item, care: Care, *days: str) -> None:
    for day in days:
        CareDay.objects.create(item=one, care=care, day=day)


def days(care: Care = Care.WEAR) -> list[str]:
    return [row.day.isoformat() for row in CareDay.objects.filter(care=care)]


@pytest.mark.parametrize(("path", "care"), [("wears", Care.WEAR), ("washes", Care.WASH)])
def test_a_day_is_logged_once_and_said_to_be_new_once(api: APIClient, user: User, path: str, care: Care) -> None:
    made = item(user)
    first, second = (api.post(at(made, path), {"day": "2025-11-20"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    row = CareDay.objects.get()
    assert (row.item, row.care, row.day) == (made, care, date(2025, 11, 20))
    assert first.json() == second.json()
    assert first.json() == {
        "item": str(made.pk), "day": "2025-11-20", "created_at": row.created_at.isoformat().replace("+00:00", "Z")
    }  # fmt: skip


def test_the_day_is_today_unless_given(api: APIClient, user: User) -> None:
    body = api.post(at(item(user), "wears"), {}).json()
    assert body["day"] in {str(timezone.now().date()), str((timezone.now() - timedelta(seconds=5)).date())}


def test_a_retry_with_a_key_gets_the_first_answer(api: APIClient, user: User) -> None:
    made = item(user)
    answers = [api.post(at(made, "wears"), {"day": "2025-11-20"}, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert CareDay.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {"day": "1969-12-31"},
        {"day": str(date.today() + timedelta(days=3))},
        {"day": "9999-12-31"},
        {"day": "2025-02-30"},
        {"day": None},
        {"day": 20251120},
        {"day": ["2025-11-20"]},
        {"day": "2025-11-20\x00"},
        {"date": "2025-11-20"},
        [],
        "2025-11-20",
    ],
)
def test_a_day_that_cannot_be_is_refused(api: APIClient, user: User, body: object) -> None:
    assert api.post(at(item(user), "wears"), body, format="json").status_code == 400
    assert not CareDay.objects.exists()


def test_today_has_begun_further_east_while_it_is_yesterday_here() -> None:
    now = datetime(2025, 11, 20, 11, 0, tzinfo=UTC)
    assert is_loggable(date(2025, 11, 21), now=now)
    assert not is_loggable(date(2025, 11, 21), now=now - timedelta(hours=2))
    assert not is_loggable(date(2025, 11, 22), now=now)


def test_days_are_listed_the_last_first_in_pages(api: APIClient, user: User) -> None:
    made = item(user)
    log(made, Care.WASH, "2025-01-01")
    log(made, Care.WEAR, *(str(date(2025, 1, 1) + timedelta(days=n)) for n in range(35)))
    first = api.get(at(made, "wears")).json()
    second = api.get(first["next"]).json()
    listed = [row["day"] for row in (*first["results"], *second["results"])]
    assert listed == [str(date(2025, 1, 1) + timedelta(days=n)) for n in reversed(range(35))]
    assert (len(first["results"]), second["next"]) == (30, None)


def test_a_day_is_taken_back_and_only_that(api: APIClient, user: User) -> None:
    made = item(user)
    log(made, Care.WEAR, "2025-11-19", "2025-11-20")
    log(made, Care.WASH, "2025-11-20")
    assert api.delete(at(made, "wears", "2025-11-20")).status_code == 204
    assert (days(), days(Care.WASH)) == (["2025-11-19"], ["2025-11-20"])
    assert api.delete(at(made, "wears", "2025-11-20")).status_code == 404
    assert api.delete(at(made, "washes", "2025-11-20")).status_code == 204


@pytest.mark.parametrize("day", ["yesterday", "2025-02-30", "0", "%00", "99999-01-01"])
def test_what_is_no_day_is_not_there(api: APIClient, user: User, day: str) -> None:
    assert api.delete(at(item(user), "wears", day)).status_code == 404


def test_another_users_item_is_not_there(api: APIClient, other: User, anonymous: APIClient) -> None:
    theirs = item(other)
    log(theirs, Care.WEAR, "2025-11-20")
    for path in ("wears", "washes"):
        assert api.get(at(theirs, path)).status_code == 404
        assert api.post(at(theirs, path), {}).status_code == 404
        assert api.delete(at(theirs, path, "2025-11-20")).status_code == 404
        assert anonymous.get(at(theirs, path)).status_code == 401
    assert anonymous.post(WEARS, {"items": [str(theirs.pk)]}).status_code == 401
    assert CareDay.objects.count() == 1


def test_an_outfit_is_logged_in_one_call(api: APIClient, user: User) -> None:
    jacket, trousers = item(user), item(user, "trousers")
    log(jacket, Care.WEAR, "2025-11-20")
    body = {"day": "2025-11-20", "items": [str(jacket.pk), str(trousers.pk), str(trousers.pk)]}
    first, second = api.post(WEARS, body), api.post(WEARS, body)
    assert (first.status_code, second.status_code) == (201, 200)
    items = [str(jacket.pk), str(trousers.pk)]
    assert first.json() == {"day": "2025-11-20", "items": items, "new": [str(trousers.pk)]}
    assert second.json() == {"day": "2025-11-20", "items": items, "new": []}
    assert CareDay.objects.count() == 2


def test_an_outfit_with_an_item_that_is_not_there_logs_none(api: APIClient, user: User, other: User) -> None:
    for stranger in (item(other).pk, uuid4()):
        answer = api.post(WEARS, {"items": [str(item(user).pk), str(stranger)]})
        assert answer.status_code == 404
        assert str(stranger) in answer.json()["detail"]
    assert not CareDay.objects.exists()


@pytest.mark.parametrize("items", [[], ["x"], "x", None, [None], {}, [str(uuid4())] * 51])
def test_an_outfit_of_nothing_or_too_much_is_refused(api: APIClient, items: object) -> None:
    assert api.post(WEARS, {"items": items}, format="json").status_code == 400


def test_an_outfit_is_logged_in_a_constant_number_of_queries(
    api: APIClient, user: User, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    items = [str(item(user).pk) for _ in range(20)]
    with django_assert_max_num_queries(6):  # type: ignore[attr-defined]
        assert api.post(WEARS, {"items": items}).status_code == 201


FIGURES = ("wears", "last_worn_on", "washes", "last_washed_on", "wears_since_wash", "cost_per_wear")


def test_an_item_says_what_its_log_says(api: APIClient, user: User, other: User) -> None:
    made = item(user, price=Decimal("100.00"), currency="EUR")
    worn_only = item(user, "worn only")
    log(made, Care.WEAR, "2025-11-01", "2025-11-05", "2025-11-06", "2025-11-09")
    log(made, Care.WASH, "2025-10-01", "2025-11-05")
    log(worn_only, Care.WEAR, "2025-11-20")
    log(item(other), Care.WEAR, "2025-11-21")
    shown = api.get(at(made)).json()
    assert [shown[name] for name in FIGURES] == [4, "2025-11-09", 2, "2025-11-05", 2, "25.00"]
    shown = api.get(at(worn_only)).json()
    assert [shown[name] for name in FIGURES] == [1, "2025-11-20", 0, None, 1, None]
    listed = {row["name"]: row for row in api.get(ITEMS).json()["results"]}
    assert [listed["worn only"][name] for name in FIGURES] == [shown[name] for name in FIGURES]


def test_what_was_never_worn_costs_nothing_a_wear(api: APIClient, user: User) -> None:
    shown = api.get(at(item(user, price=Decimal("100.00"), currency="EUR"))).json()
    assert [shown[name] for name in FIGURES] == [0, None, 0, None, 0, None]


def test_cost_per_wear_is_rounded_to_the_cent() -> None:
    assert cost_per_wear(Decimal("10.00"), 3) == Decimal("3.33")
    assert cost_per_wear(Decimal("0.05"), 2) == Decimal("0.03")
    assert cost_per_wear(Decimal("0.00"), 2) == Decimal("0.00")
    assert cost_per_wear(None, 2) is None


def test_the_log_costs_a_page_of_items_no_query(
    api: APIClient, user: User, django_assert_num_queries: Callable[[int], object]
) -> None:
    for number in range(12):
        made = item(user, str(number), garments=[found(user)])
        log(made, Care.WEAR, "2025-11-01", "2025-11-02")
        log(made, Care.WASH, "2025-11-01")
    with django_assert_num_queries(3):  # type: ignore[attr-defined]
        rows = api.get(ITEMS).json()["results"]
    assert [(row["wears"], row["wears_since_wash"]) for row in rows] == [(2, 1)] * 12
