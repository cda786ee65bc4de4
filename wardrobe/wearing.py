"""The log of wear and wash: its only writers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from wardrobe.models import Care, CareDay, Item
from wardrobe.services import UnknownThing

FIRST_DAY = date(1970, 1, 1)
FURTHEST_EAST = timedelta(hours=14)  # where a day begins first: what is tomorrow in UTC is today there


def today() -> date:
    """In UTC."""
    return timezone.now().date()


def is_loggable(day: date, *, now: datetime | None = None) -> bool:
    """From 1970 to the day that has begun somewhere."""
    return FIRST_DAY <= day <= ((now or timezone.now()) + FURTHEST_EAST).date()


@transaction.atomic
def log_day(*, owner: User, item_id: UUID, care: Care, day: date) -> tuple[CareDay, bool] | None:
    """The day, and whether it is new. None: the owner has no such item."""
    # Locked, so that the item does not go meanwhile.
    item = Item.objects.select_for_update().filter(owner=owner, pk=item_id).first()
    if item is None:
        return None
    return CareDay.objects.get_or_create(item=item, care=care, day=day)


@transaction.atomic
def log_outfit(*, owner: User, items: Sequence[UUID], day: date) -> set[UUID]:
    """All of these items were worn that day; the ones that were not known to be. Raises UnknownThing, and logs none."""
    wanted = list(dict.fromkeys(items))
    # In the order of their ids: two requests never wait for each other.
    locked = Item.objects.select_for_update().filter(owner=owner, pk__in=wanted).order_by("pk")
    found = {item.pk for item in locked}
    if missing := [str(pk) for pk in wanted if pk not in found]:
        raise UnknownThing(f"no item of yours: {', '.join(missing)}")
    there = CareDay.objects.filter(item__in=wanted, care=Care.WEAR, day=day).values_list("item", flat=True)
    new = found - set(there)
    rows = [CareDay(item_id=pk, care=Care.WEAR, day=day) for pk in wanted if pk in new]
    CareDay.objects.bulk_create(rows, ignore_conflicts=True)
    return new


def forget_day(*, owner: User, item_id: UUID, care: Care, day: date) -> bool:
    """False: the item was not logged that day, or is not the owner's."""
    gone, _ = CareDay.objects.filter(item=item_id, item__owner=owner, care=care, day=day).delete()
    return gone > 0
