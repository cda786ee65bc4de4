"""Plans as they may be shown, in a constant number of queries, however many there are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from accounts.models import User
from outfits import calendars, selectors
from outfits.models import CalendarLink, Outfit, Piece, Plan
from outfits.repeats import Around, Planned, Repeat, is_worn, repeats
from wardrobe.models import Care, CareDay
from wardrobe.wearing import today

SHOWN_PAST: Final = timedelta(days=90)  # in a calendar's feed
SHOWN_AHEAD: Final = timedelta(days=400)
MOST_EVENTS: Final = 2_000  # in a feed, the earliest first: four a day, and half a second to write


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan that `plans` has read, with what the log and the other plans say of its items."""

    plan: Plan
    worn: bool
    repeats: tuple[Repeat, ...]


def plans(owner: User) -> QuerySet[Plan]:
    """With their outfits, the items of these and the items' covers; four queries."""
    outfits = selectors.with_pieces(Outfit.objects.all())
    return Plan.objects.filter(owner=owner).prefetch_related(Prefetch("outfit", outfits))


def viewed(shown: Sequence[Plan], *, within: int) -> list[PlanView]:
    """Of one owner's plans. `within`: how many days before and after count as a repeat. Two queries."""
    if not shown:
        return []
    items = {plan.pk: [piece.item_id for piece in plan.outfit.pieces.all()] for plan in shown}
    days = [plan.day for plan in shown]
    since, until = min(days) - timedelta(days=within), max(days) + timedelta(days=within)
    worn = _worn({item for some in items.values() for item in some}, since, until)
    around = Around(worn, _planned(shown[0].owner_id, since, until))
    return [
        PlanView(
            plan,
            is_worn(items[plan.pk], plan.day, worn),
            tuple(repeats(Planned(plan.pk, plan.day, tuple(items[plan.pk])), around, within=within)),
        )
        for plan in shown
    ]


def calendar_link(owner: User) -> CalendarLink | None:
    return CalendarLink.objects.filter(owner=owner).first()


def events(owner: User) -> list[calendars.Event]:
    """What stands in the owner's calendar feed, the earliest first. Two queries."""
    pieces = Piece.objects.select_related("item")
    found = Plan.objects.filter(owner=owner, day__range=(today() - SHOWN_PAST, today() + SHOWN_AHEAD))
    shown = found.select_related("outfit").prefetch_related(Prefetch("outfit__pieces", pieces))
    return [_event(plan) for plan in shown[:MOST_EVENTS]]


def _event(plan: Plan) -> calendars.Event:
    items = [piece.item for piece in plan.outfit.pieces.all()]
    return calendars.Event(
        plan=plan.pk,
        day=plan.day,
        outfit=plan.outfit.name,
        items=tuple(item.name or item.category for item in items),
        notes=plan.notes,
        changed_at=max([plan.updated_at, plan.outfit.updated_at, *(item.updated_at for item in items)]),
    )


def _worn(items: Collection[UUID], since: date, until: date) -> dict[UUID, set[date]]:
    logged = CareDay.objects.filter(item__in=items, care=Care.WEAR, day__range=(since, until))
    found: dict[UUID, set[date]] = {}
    for item, day in logged.order_by().values_list("item", "day"):
        found.setdefault(item, set()).add(day)
    return found


def _planned(owner_id: int, since: date, until: date) -> dict[date, list[Planned]]:
    rows = Plan.objects.filter(owner=owner_id, day__range=(since, until), outfit__pieces__isnull=False)
    items: dict[tuple[UUID, date], list[UUID]] = {}
    for plan, day, item in rows.order_by().values_list("pk", "day", "outfit__pieces__item"):
        items.setdefault((plan, day), []).append(item)
    found: dict[date, list[Planned]] = {}
    for (plan, day), some in items.items():
        found.setdefault(day, []).append(Planned(plan, day, tuple(some)))
    return found
