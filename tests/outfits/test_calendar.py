"""The feed of plans for phones' calendars: its private address, and the file itself, as a calendar reads it."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import pytest
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from icalendar import Calendar
from rest_framework.test import APIClient

import privacy.services
from accounts.models import User
from config.log import WithoutSecrets
from config.throttling import Throttle
from outfits import calendar_links, calendars
from outfits.models import CalendarLink, Outfit, Piece, Plan
from privacy import archive
from privacy.restoring import BadExport
from rest.models import IdempotentRequest
from tests.outfits.planned import NOW, outfit, plan
from tests.privacy.conftest import garment, picture
from tests.privacy.test_restoring import zipped
from tests.wardrobe.rows import item
from wardrobe.models import Item

ADDRESS = "/api/v1/outfits/calendar/"
DAY = date(2026, 3, 11)
PLAN = UUID("6e0b7c92-3f4d-4a1b-8c5e-9d2f7a6b1c77")
HOSTILE = (
    "a\nBEGIN:VEVENT", "a\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:b", "a\rEND:VCALENDAR", "a\\nb", "a\\,b\\;c\\",
    "a;b,c:d", 'a"b^n', "SUMMARY;X=1:b", "a\u2028BEGIN:VEVENT\u2029b\x85c\x0bd\x0ce", "汉字" * 90,
    "🧥🧵 café naïve " * 12, "a\x00\x07\x1b\x7f\x9fb", "\tindented", " ", "=?utf-8?q?x?=", "%0D%0ABEGIN:VEVENT",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def api(user: User, client_of: Callable[[User], APIClient]) -> APIClient:
    return client_of(user)


@pytest.fixture
def feed(user: User) -> str:
    """The path of the user's feed."""
    return path_of(CalendarLink.objects.create(owner=user))


def path_of(link: CalendarLink) -> str:
    return f"/api/v1/calendars/{calendar_links.token(link)}.ics"


def events_in(content: bytes) -> list[Any]:
    return list(Calendar.from_ical(content).walk("VEVENT"))


def event(**fields: Any) -> calendars.Event:
    given = {"outfit": "Friday", "items": ("jacket", "jeans"), "notes": "", "changed_at": NOW, **fields}
    return calendars.Event(plan=PLAN, day=DAY, **given)


# The file ------------------------------------------------------------------------------------------------------------


def test_an_event_is_written_as_the_standard_has_it() -> None:
    changed = datetime(2026, 3, 9, 8, 30, 15, 999_999, tzinfo=UTC)
    assert calendars.written([event(notes="with Kim, at 8", changed_at=changed)]).decode() == "\r\n".join([
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Garderobe//Outfits//EN",
        "METHOD:PUBLISH",
        "X-WR-CALNAME:Outfits",
        "REFRESH-INTERVAL;VALUE=DURATION:PT4H",
        "X-PUBLISHED-TTL:PT4H",
        "BEGIN:VEVENT",
        "SUMMARY:Friday",
        "DTSTART;VALUE=DATE:20260311",
        "DTEND;VALUE=DATE:20260312",
        "DTSTAMP:20260309T083015Z",
        "UID:6e0b7c92-3f4d-4a1b-8c5e-9d2f7a6b1c77@garderobe",
        "DESCRIPTION:jacket\\njeans\\n\\nwith Kim\\, at 8",
        "LAST-MODIFIED:20260309T083015Z",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ])  # fmt: skip


def test_a_calendar_without_plans_is_one_too() -> None:
    content = calendars.written([])
    assert content.startswith(b"BEGIN:VCALENDAR\r\n")
    assert (events_in(content), Calendar.from_ical(content)["x-wr-calname"]) == ([], "Outfits")


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_a_text_holds_it_stays_the_text_of_one_event(text: str) -> None:
    content = calendars.written([event(outfit=f"x{text}", items=(f"y{text}", "jeans"), notes=f"z{text}")])
    [read] = events_in(content)
    assert read["summary"] == one_line(f"x{text}")
    assert read["description"] == f"{one_line(f'y{text}')}\njeans\n\n{lines(f'z{text}')}"
    assert (read["uid"], read["dtstart"].dt) == (f"{PLAN}@garderobe", DAY)
    assert set(read) == {"SUMMARY", "DESCRIPTION", "UID", "DTSTART", "DTEND", "DTSTAMP", "LAST-MODIFIED", "TRANSP"}
    assert {line.partition(b":")[0] for line in content.split(b"\r\n") if line.startswith((b"BEGIN", b"END"))} == {
        b"BEGIN", b"END"
    }  # fmt: skip
    assert content.count(b"\r\nBEGIN:VEVENT\r\n") == content.count(b"\r\nEND:VEVENT\r\n") == 1


def lines(text: str) -> str:
    """Without controls, and with one kind of line break."""
    for other in ("\r\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\x0c"):
        text = text.replace(other, "\n")
    return "".join(letter for letter in text if letter in "\n\t" or letter.isprintable())


def one_line(text: str) -> str:
    return calendars.title_of(" ".join(lines(text).split()), ())


@pytest.mark.parametrize("text", HOSTILE)
def test_lines_end_in_crlf_and_have_75_octets_at_most_and_no_letter_is_cut(text: str) -> None:
    content = calendars.written([event(outfit=text, notes=text)])
    assert content.endswith(b"\r\n")
    for line in content.removesuffix(b"\r\n").split(b"\r\n"):
        assert len(line) <= 75
        assert not set(line) & set(b"\r\n\x00\x07\x0b\x0c\x1b\x7f")
        line.decode()


def test_a_long_text_is_cut() -> None:
    [read] = events_in(calendars.written([event(outfit="é" * 500, notes="n" * 10_000)]))
    assert read["summary"] == "é" * 199 + "…"
    assert read["description"] == "jacket\njeans\n\n" + "n" * (4_000 - len("jacket\njeans\n\n") - 1) + "…"


@pytest.mark.parametrize(
    ("name", "items", "title"),
    [
        ("Friday", ("jacket",), "Friday"), ("", (), "Outfit"), (" \n", (), "Outfit"), ("", ("jacket",), "jacket"),
        ("", ("jacket", "jeans"), "jacket and jeans"), ("", ("a", "b", "c"), "a, b and c"),
        ("", ("a", "b", "c", "d"), "a, b, c and d"), ("", ("a", "b", "c", "d", "e"), "a, b, c and 2 more"),
    ],
)  # fmt: skip
def test_an_outfit_without_a_name_is_called_after_what_it_is_made_of(
    name: str, items: tuple[str, ...], title: str
) -> None:
    assert calendars.title_of(name, items) == title


# The feed ------------------------------------------------------------------------------------------------------------


def test_the_feed_is_read_without_signing_in(anonymous: APIClient, user: User, feed: str) -> None:
    friday = plan(outfit(user, item(user, "jacket"), item(user, "")), 1, notes="with Kim")
    answer = anonymous.get(feed, headers={"Accept": "text/calendar, */*;q=0.1"})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "private, no-cache"
    [read] = events_in(answer.content)
    assert (read["uid"], read["summary"]) == (f"{friday.pk}@garderobe", "Friday")
    assert read["description"] == "jacket\nouterwear\n\nwith Kim"
    assert (read["dtstart"].dt, read["dtend"].dt) == (date(2026, 3, 11), date(2026, 3, 12))


def test_the_feed_holds_90_days_back_and_400_ahead(anonymous: APIClient, user: User, feed: str) -> None:
    friday = outfit(user)
    for apart in (401, 400, 0, -90, -91):
        plan(friday, apart)
    starts = [read["dtstart"].dt - NOW.date() for read in events_in(anonymous.get(feed).content)]
    assert starts == [timedelta(days=apart) for apart in (-90, 0, 400)]


def test_the_feed_holds_the_owners_plans_alone(
    anonymous: APIClient, user: User, feed: str, make_user: Callable[[str], User]
) -> None:
    plan(outfit(make_user("eve@example.org"), name="Hers"), 1)
    plan(outfit(user, name="Mine"), 1)
    assert [str(read["summary"]) for read in events_in(anonymous.get(feed).content)] == ["Mine"]


def test_a_change_of_the_plan_its_outfit_or_an_item_is_a_later_stamp(
    anonymous: APIClient, user: User, feed: str
) -> None:
    plan(outfit(user), 1)
    long_ago = NOW - timedelta(days=9)

    def stamps() -> set[datetime]:
        [read] = events_in(anonymous.get(feed).content)
        return {read["dtstamp"].dt, read["last-modified"].dt}

    models: tuple[Any, ...] = (Plan, Outfit, Item)
    for model in models:
        model.objects.update(updated_at=long_ago)
    assert stamps() == {long_ago}
    for days, model in enumerate(models, 1):
        model.objects.update(updated_at=long_ago + timedelta(days=days))
        assert stamps() == {long_ago + timedelta(days=days)}


def test_what_still_stands_is_304_and_what_changed_is_not(anonymous: APIClient, user: User, feed: str) -> None:
    friday = plan(outfit(user), 1)
    etag = anonymous.get(feed)["ETag"]
    again = anonymous.get(feed, headers={"If-None-Match": f'"x", W/{etag}'})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    assert again["Cache-Control"] == "private, no-cache"
    Plan.objects.filter(pk=friday.pk).update(notes="new")
    assert anonymous.get(feed, headers={"If-None-Match": etag}).status_code == 200
    friday.delete()
    assert anonymous.get(feed, headers={"If-None-Match": etag}).status_code == 200
    head = anonymous.head(feed)
    assert (head.status_code, head.content, head["Content-Type"]) == (200, b"", "text/calendar; charset=utf-8")


def test_a_full_feed_takes_as_many_queries_as_one_plan(anonymous: APIClient, user: User, feed: str) -> None:
    made = [outfit(user, item(user), item(user)) for _ in range(2)]

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert anonymous.get(feed).status_code == 200
        return len(asked)

    plan(made[0], 0)
    alone = queries()
    for apart in range(1, 40):
        for one in made:
            plan(one, apart)
    assert queries() == alone == 3


def test_a_feed_holds_so_many_events_and_no_more(
    anonymous: APIClient, user: User, feed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outfits.plan_selectors.MOST_EVENTS", 3)
    friday = outfit(user)
    for apart in (5, 4, 3, 2, 1):
        plan(friday, apart)
    assert [read["dtstart"].dt.day for read in events_in(anonymous.get(feed).content)] == [11, 12, 13]


# Its address ---------------------------------------------------------------------------------------------------------


def test_the_address_is_made_once_shown_renewed_and_ended(api: APIClient, anonymous: APIClient, user: User) -> None:
    assert (api.get(ADDRESS).status_code, api.delete(ADDRESS).status_code) == (404, 404)
    made, again, shown = api.post(ADDRESS), api.post(ADDRESS, {"renew": False}), api.get(ADDRESS)
    assert [answer.status_code for answer in (made, again, shown)] == [201, 200, 200]
    assert made.json() == again.json() == shown.json()
    body, link = made.json(), CalendarLink.objects.get()
    assert body == {
        "url": f"http://testserver{path_of(link)}",
        "webcal": f"webcal://testserver{path_of(link)}",
        "created_at": link.created_at.isoformat().replace("+00:00", "Z"),
    }
    assert {answer["Cache-Control"] for answer in (made, again, shown)} == {"private, no-store"}
    assert anonymous.get(body["url"]).status_code == 200
    renewed = api.post(ADDRESS, {"renew": True})
    assert (renewed.status_code, renewed.json()["created_at"]) == (201, "2026-03-10T12:00:00Z")
    assert [anonymous.get(url).status_code for url in (body["url"], renewed.json()["url"])] == [404, 200]
    assert api.delete(ADDRESS).status_code == 204
    assert [anonymous.get(url).status_code for url in (body["url"], renewed.json()["url"])] == [404, 404]
    assert (api.get(ADDRESS).status_code, api.post(ADDRESS).status_code) == (404, 201)
    assert [anonymous.get(url).status_code for url in (body["url"], renewed.json()["url"])] == [404, 404]


def test_the_first_renewal_makes_one_too(api: APIClient) -> None:
    assert api.post(ADDRESS, {"renew": True}).status_code == 201
    assert CalendarLink.objects.count() == 1


@pytest.mark.parametrize("body", [{"renew": "perhaps"}, {"renew": None}, {"nonce": "a"}, {"owner": 1}, [1]])
def test_what_does_not_fit_is_refused(api: APIClient, body: Any) -> None:
    assert api.post(ADDRESS, body).status_code == 400
    assert not CalendarLink.objects.exists()


@pytest.mark.parametrize("ends", ["deactivated", "erased"])
def test_the_feed_ends_with_its_user(anonymous: APIClient, user: User, feed: str, ends: str) -> None:
    assert anonymous.get(feed).status_code == 200
    if ends == "erased":
        privacy.services.erase_user(user=user)
    else:
        User.objects.filter(pk=user.pk).update(is_active=False)
    answer = anonymous.get(feed)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_no_other_token_opens_the_feed(
    anonymous: APIClient, user: User, feed: str, make_user: Callable[[str], User]
) -> None:
    mine = calendar_links.token(CalendarLink.objects.get())
    number, _, signature = mine.partition(".")
    hers = CalendarLink.objects.create(owner=make_user("eve@example.org"))
    _, _, other = calendar_links.token(hers).partition(".")
    nonce = CalendarLink.objects.get(owner=user).nonce
    plain = signing.Signer(salt="outfits").signature(f"{number}/{nonce}")
    false = (
        f"{number}.{other}", f"{hers.owner_id}.{signature}", f"{number}.{plain}", f"{number}.{nonce}", number,
        signature, f"{number}.", f".{signature}", f"0{mine}", f"+{mine}", f"{mine}=", f"{mine} ", f" {mine}", mine[:-1],
        mine.swapcase(), f"{'9' * 18}.{signature}", f"{'9' * 40}.{signature}", f"-1.{signature}", "x", "%00",
        f"٣.{signature}", f"{number}.{'é' * 43}", f"{number}:{signature}",
    )  # fmt: skip
    for token in false:
        answer = anonymous.get(f"/api/v1/calendars/{token}.ics")
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json"), token
    assert anonymous.get(feed).status_code == 200


def test_the_feed_is_only_read(api: APIClient, feed: str) -> None:
    assert {getattr(api, method)(feed).status_code for method in ("post", "put", "patch", "delete")} == {405}


def test_who_asks_too_often_waits(
    anonymous: APIClient, feed: str, queue: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Throttle, "THROTTLE_RATES", {"read": "2/min"})
    answers = [anonymous.get(feed) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0


# What it tells to nobody ---------------------------------------------------------------------------------------------


def test_no_log_holds_an_address(
    anonymous: APIClient, feed: str, queue: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Django logs the path of what is answered 4xx and 5xx."""
    [console] = [one for one in logging.getLogger().handlers if type(one) is logging.StreamHandler]
    log = io.StringIO()
    monkeypatch.setattr(console, "stream", log)
    monkeypatch.setattr(Throttle, "THROTTLE_RATES", {"read": "2/min"})
    assert anonymous.get(feed).status_code == 200
    assert anonymous.post(feed).status_code == 405
    assert anonymous.get(feed).status_code == 429
    assert anonymous.get(f"{feed}/x").status_code == 404
    assert [line.partition(" WARNING ")[2] for line in log.getvalue().splitlines()] == [
        "django.request: Method Not Allowed: /api/v1/calendars/…",
        "django.request: Too Many Requests: /api/v1/calendars/…",
        "django.request: Not Found: /api/v1/calendars/…/x",
    ]


def test_what_else_is_logged_stays_as_it_is() -> None:
    record = logging.LogRecord("a", logging.INFO, "a.py", 1, "%s: %s", ("Not Found", "/api/v1/plans/"), None)
    assert WithoutSecrets().filter(record)
    assert (record.msg, record.getMessage()) == ("%s: %s", "Not Found: /api/v1/plans/")


def test_no_remembered_answer_holds_an_address(api: APIClient) -> None:
    assert api.post(ADDRESS, {"renew": True}, headers={"Idempotency-Key": "a"}).status_code == 201
    assert not IdempotentRequest.objects.exists()


# To take along -------------------------------------------------------------------------------------------------------


@pytest.fixture
def packed(user: User) -> dict[str, bytes]:
    """An export with a plan; its user is gone."""
    jacket = item(user, garments=[garment(picture(user, shade=10))])
    Plan.objects.create(owner=user, outfit=outfit(user, jacket), day=DAY, notes="with Kim")
    link = CalendarLink.objects.create(owner=user)
    file = io.BytesIO()
    archive.write(file, user, alive=lambda: None)
    with ZipFile(file) as opened:
        contents = {name: opened.read(name) for name in opened.namelist()}
    assert not [name for name, content in contents.items() if link.nonce.encode() in content]
    assert b"created_at" in contents["rows/outfits.calendarlink.jsonl"]
    user.delete()
    return contents


def test_plans_come_back_from_an_export_and_the_feeds_address_does_not(packed: dict[str, bytes]) -> None:
    user, _ = privacy.services.import_export(file=zipped(packed), email="ada@new.example")
    back = Plan.objects.get()
    assert (back.owner, back.outfit.owner, back.outfit.name, back.day, back.notes) == (
        user, user, "Friday", DAY, "with Kim"
    )  # fmt: skip
    assert Piece.objects.get().outfit == back.outfit
    assert not CalendarLink.objects.exists()


@pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "9999-12-31", "2031-03-11", "soon", ""])
def test_a_day_that_nobody_plans_for_is_not_imported(packed: dict[str, bytes], day: str) -> None:
    name = "rows/outfits.plan.jsonl"
    packed[name] = packed[name].replace(b"2026-03-11", day.encode())
    with pytest.raises(BadExport, match=r"outfits\.plan"):
        privacy.services.import_export(file=zipped(packed), email="ada@new.example")
    assert not Plan.objects.exists()
