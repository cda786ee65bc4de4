"""What the log of wear and wash says of items."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from wardrobe.models import Care, CareDay, Item

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Figures:
    """What the log says of one item. `cost_per_wear`: None without a price, or before it is worn."""

    wears: int
    last_worn_on: date | None
    washes: int
    last_washed_on: date | None
    wears_since_wash: int
    cost_per_wear: Decimal | None


def logged(owner: User, item_id: UUID, care: Care) -> QuerySet[CareDay] | None:
    """None: the owner has no such item."""
    if not Item.objects.filter(owner=owner, pk=item_id).exists():
        return None
    return CareDay.objects.filter(item=item_id, care=care)


def with_figures(items: QuerySet[Item]) -> QuerySet[Item]:
    """Each with what the log says of it, in the same query. What `figures_of` reads."""
    worn = CareDay.objects.filter(item=OuterRef("pk"), care=Care.WEAR)
    washed = CareDay.objects.filter(item=OuterRef("pk"), care=Care.WASH)
    last_wash = CareDay.objects.filter(item=OuterRef("item"), care=Care.WASH).order_by("-day").values("day")[:1]
    # On the day of the wash it was worn before: one puts things into the machine in the evening.
    since = worn.annotate(last_wash=Subquery(last_wash)).filter(Q(last_wash__isnull=True) | Q(day__gt=F("last_wash")))
    return items.annotate(
        wears=_number(worn),
        last_worn_on=_last(worn),
        washes=_number(washed),
        last_washed_on=_last(washed),
        wears_since_wash=_number(since),
    )


def figures_of(item: Item) -> Figures:
    """Of an item that `with_figures` has read."""
    wears: int = item.wears  # type: ignore[attr-defined]
    return Figures(
        wears=wears,
        last_worn_on=item.last_worn_on,  # type: ignore[attr-defined]
        washes=item.washes,  # type: ignore[attr-defined]
        last_washed_on=item.last_washed_on,  # type: ignore[attr-defined]
        wears_since_wash=item.wears_since_wash,  # type: ignore[attr-defined]
        cost_per_wear=cost_per_wear(item.price, wears),
    )


def cost_per_wear(price: Decimal | None, wears: int) -> Decimal | None:
    return None if price is None or not wears else (price / wears).quantize(CENT, ROUND_HALF_UP)


def _number(days: QuerySet[CareDay]) -> Coalesce:
    counted = days.order_by().values("item").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _last(days: QuerySet[CareDay]) -> Subquery:
    return Subquery(days.order_by("-day").values("day")[:1])
