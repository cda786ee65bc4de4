"""Outfits and plans as rows alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from accounts.models import User
from outfits.models import Outfit, Piece, Plan
from tests.wardrobe.rows import item
from wardrobe.models import Care, CareDay, Item

PLANS = "/api/v1/plans/"
NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
TODAY = NOW.date()


def on(days_apart: int) -> date:
    """A day before or after TODAY."""
    return TODAY + timedelta(days=days_apart)


def outfit(owner: User, *items: Item, name: str = "Friday", **fields: Any) -> Outfit:
    made = Outfit.objects.create(owner=owner, name=name, **fields)
    worn = items or (item(owner),)
    for layer, one in enumerate(worn):
        Piece.objects.create(outfit=made, item=one, x=0.1, y=0.1, width=0.5, layer=layer)
    return made


def plan(of: Outfit, days_apart: int, **fields: Any) -> Plan:
    return Plan.objects.create(owner=of.owner, outfit=of, day=on(days_apart), **fields)


def wear(days_apart: int, *items: Item) -> None:
    for one in items:
        CareDay.objects.create(item=one, care=Care.WEAR, day=on(days_apart))


def at(one: Plan | str, *more: str) -> str:
    """The path of a plan, or of one with this id."""
    return f"{PLANS}{one.pk if isinstance(one, Plan) else one}/" + "".join(f"{part}/" for part in more)
