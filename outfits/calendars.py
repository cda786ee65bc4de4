"""Planned outfits as an iCalendar file (RFC 5545), which phones subscribe to. Escaping and folding are icalendar's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import icalendar

MIME: Final = "text/calendar; charset=utf-8"
NAME: Final = "Outfits"
DOMAIN: Final = "garderobe"  # of UIDs: the same wherever the installation moves to
ASK_AGAIN: Final = timedelta(hours=4)
LONGEST_TITLE: Final = 200
LONGEST_TEXT: Final = 4_000
NAMED: Final = 3  # items in the title of an outfit without a name
_BREAK = re.compile(r"\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")  # RFC 5545, 3.3.11: none but a tab in a text


@dataclass(frozen=True, slots=True)
class Event:
    """A plan. `items`: their names, from the bottom of the outfit's canvas to its top."""

    plan: UUID
    day: date
    outfit: str
    items: tuple[str, ...]
    notes: str
    changed_at: datetime


def written(events: Iterable[Event]) -> bytes:
    """The same events are the same bytes."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Garderobe//Outfits//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", NAME)
    # RFC 7986, and what Outlook reads in its place.
    calendar.add("refresh-interval", icalendar.vDuration(ASK_AGAIN), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", icalendar.vDuration(ASK_AGAIN))
    for event in events:
        calendar.add_component(_component(event))
    made: bytes = calendar.to_ical()
    return made


def title_of(outfit: str, items: Sequence[str]) -> str:
    """The outfit's name, or what it is made of."""
    if outfit or not items:
        return _cut(_line(outfit) or "Outfit", LONGEST_TITLE)
    named = list(items) if len(items) <= NAMED + 1 else [*items[:NAMED], f"{len(items) - NAMED} more"]
    return _cut(_line(" and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)), LONGEST_TITLE)


def _component(event: Event) -> icalendar.Event:
    made = icalendar.Event()
    made.add("uid", f"{event.plan}@{DOMAIN}")
    made.add("summary", title_of(event.outfit, event.items))
    if text := _text_of(event):
        made.add("description", text)
    made.add("dtstart", event.day)
    made.add("dtend", event.day + timedelta(days=1))  # the first day after it
    made.add("dtstamp", event.changed_at)
    made.add("last-modified", event.changed_at)
    made.add("transp", "TRANSPARENT")  # clothes keep nobody busy
    return made


def _text_of(event: Event) -> str:
    parts = ("\n".join(_line(item) for item in event.items), _CONTROL.sub("", _BREAK.sub("\n", event.notes)))
    return _cut("\n\n".join(part for part in parts if part), LONGEST_TEXT)


def _line(text: str) -> str:
    """Without breaks and controls."""
    return " ".join(_CONTROL.sub("", _BREAK.sub("\n", text)).split())


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
