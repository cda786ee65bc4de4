"""The calendar: the only writers of plans and of the address of its feed.

Whoever writes a plan locks its outfit first: no two plans of one outfit for one day, and no deadlock with the
deletion of an outfit, which goes the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from outfits.models import CalendarLink, Outfit, Plan, new_nonce
from outfits.services import CannotWear, wear_outfit
from wardrobe import wearing
from wardrobe.services import Refused, UnknownThing

MOST_A_DAY: Final = 20
FURTHEST: Final = timedelta(days=5 * 365 + 1)  # five years, one of which at least is a leap year


class PlannedAlready(Exception):
    """The outfit is planned for that day already, by another plan."""

    def __init__(self) -> None:
        super().__init__("the outfit is planned for that day already")


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of a plan. None: stays as it is."""

    day: date | None = None
    notes: str | None = None
    outfit: UUID | None = None


def is_plannable(day: date) -> bool:
    """From 1970 to five years ahead."""
    return wearing.FIRST_DAY <= day <= wearing.today() + FURTHEST


@transaction.atomic
def plan_outfit(*, owner: User, outfit_id: UUID, day: date, notes: str = "") -> tuple[Plan, bool]:
    """The plan, and whether it is new. The outfit is planned for that day: the plan that is there, unchanged.

    Raises UnknownThing, and Refused for a day that is full.
    """
    _lock(owner, {outfit_id})
    there = Plan.objects.filter(outfit=outfit_id, day=day).first()
    if there is not None:
        return there, False
    _check_room(owner, day)
    return Plan.objects.create(owner=owner, outfit_id=outfit_id, day=day, notes=notes), True


@transaction.atomic
def change_plan(*, owner: User, plan_id: UUID, change: Change) -> Plan | None:
    """None: the owner has no such plan. Raises UnknownThing, PlannedAlready, and Refused for a day that is full."""
    found = Plan.objects.filter(owner=owner, pk=plan_id).values_list("outfit", flat=True).first()
    if found is None:
        return None
    _lock(owner, {found, change.outfit or found})
    plan = Plan.objects.select_for_update().filter(owner=owner, pk=plan_id).first()
    if plan is None:
        return None
    outfit_id, day = change.outfit or plan.outfit_id, change.day or plan.day
    if day != plan.day:
        _check_room(owner, day)
    plan.outfit_id, plan.day = outfit_id, day
    if change.notes is not None:
        plan.notes = change.notes
    plan.updated_at = timezone.now()
    try:
        with transaction.atomic():
            plan.save()
    except IntegrityError as error:
        raise PlannedAlready from error
    return plan


def delete_plan(*, owner: User, plan_id: UUID) -> bool:
    """Of what was worn the log stays. False: the owner has no such plan."""
    gone, _ = Plan.objects.filter(owner=owner, pk=plan_id).delete()
    return gone > 0


@transaction.atomic
def wear_plan(*, owner: User, plan_id: UUID) -> bool | None:
    """All items of the plan's outfit were worn on its day; whether one of them was not known to be.

    None: the owner has no such plan. Raises CannotWear, also for a day that has not come, and UnknownThing if an item
    goes this moment.
    """
    plan = Plan.objects.filter(owner=owner, pk=plan_id).first()
    if plan is None:
        return None
    if not wearing.is_loggable(plan.day):
        raise CannotWear(f"{plan.day.isoformat()} has not begun anywhere on earth")
    worn = wear_outfit(owner=owner, outfit_id=plan.outfit_id, day=plan.day)
    return None if worn is None else bool(worn[1])


@transaction.atomic
def new_calendar_link(*, owner: User, renew: bool = False) -> tuple[CalendarLink, bool]:
    """The feed's address, and whether it is a new one. `renew`: in place of the one that is there, which ends."""
    link, is_new = CalendarLink.objects.get_or_create(owner=owner)
    if is_new or not renew:
        return link, is_new
    link.nonce, link.created_at = new_nonce(), timezone.now()
    link.save()
    return link, True


def end_calendar_link(*, owner: User) -> bool:
    """The feed's address leads nowhere from now on. False: there was none."""
    gone, _ = CalendarLink.objects.filter(owner=owner).delete()
    return gone > 0


def _lock(owner: User, outfit_ids: set[UUID]) -> None:
    """In the order of their ids: two requests never wait for each other. Raises UnknownThing."""
    locked = Outfit.objects.select_for_update().filter(owner=owner, pk__in=outfit_ids).order_by("pk")
    found = {outfit.pk for outfit in locked}
    if missing := [str(pk) for pk in sorted(outfit_ids - found)]:
        raise UnknownThing(f"no outfit of yours: {', '.join(missing)}")


def _check_room(owner: User, day: date) -> None:
    """Against a loop gone wild: two requests at the same moment may pass together. Raises Refused."""
    if Plan.objects.filter(owner=owner, day=day).count() >= MOST_A_DAY:
        raise Refused("day", f"a day has {MOST_A_DAY} outfits at most")
