"""What a wardrobe holds, what it is worth, and what of it is worn: in five queries, whatever its size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery

from accounts.models import User
from images.models import Garment, Image
from wardrobe.figures import cost_per_wear
from wardrobe.models import SEASONS, Care, CareDay, Item, ItemPicture

MONTHS: Final = 12
TOP: Final = 10  # of each ranking
MOST_UNWORN: Final = 50  # that are named; all are counted
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Amount:
    """What `count` items with a price in this currency cost together."""

    currency: str
    amount: Decimal
    count: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart. `key` None: of these items it is not known."""

    key: str | None
    label: str
    count: int
    value: tuple[Amount, ...]


@dataclass(frozen=True, slots=True)
class Worn:
    """An item in a ranking. `since`: the day it was last worn, or came into the wardrobe."""

    id: UUID
    name: str
    category: str
    cover: Image | None
    wears: int
    last_worn_on: date | None
    since: date
    price: Decimal | None
    currency: str
    cost_per_wear: Decimal | None


@dataclass(frozen=True, slots=True)
class Costs:
    """Cost per wear in one currency, of what was worn."""

    currency: str
    best: tuple[Worn, ...]
    worst: tuple[Worn, ...]


@dataclass(frozen=True, slots=True)
class Statistics:
    items: int
    archived: int
    """Items that are worn no more, whether they are part of the other figures or not."""
    favourites: int
    never_worn: int
    wears: int
    washes: int
    value: tuple[Amount, ...]
    by_category: tuple[Bar, ...]
    by_colour: tuple[Bar, ...]
    by_season: tuple[Bar, ...]
    by_brand: tuple[Bar, ...]
    most_worn: tuple[Worn, ...]
    least_worn: tuple[Worn, ...]
    cost_per_wear: tuple[Costs, ...]
    unworn: int
    unworn_longest: tuple[Worn, ...]
    wears_by_month: tuple[Bar, ...]
    wears_by_weekday: tuple[Bar, ...]


def statistics(
    owner: User, *, today: date, unworn_days: int = 90, archived: bool = False, currency: str = ""
) -> Statistics:
    """Of what hangs there, or (`archived`) of what is worn no more; wears by month and weekday are those of all items.

    `currency`: money in this one alone. Sums of different currencies are never added up.
    """
    scope = Item.objects.filter(owner=owner, archived_at__isnull=not archived)
    rows = list(_counted(scope))
    colours = _cover_colours(scope)
    days = _wears_by_day(owner, today)
    states = Item.objects.filter(owner=owner).aggregate(archived=Count("pk", filter=Q(archived_at__isnull=False)))
    listed = [_worn(item) for item in rows]
    money = _Money(rows, currency)

    worn = [item for item in listed if item.wears]
    limit = today - timedelta(days=unworn_days)
    unworn = sorted((item for item in listed if item.since < limit), key=lambda i: (i.since, i.name, str(i.id)))
    most = sorted(worn, key=lambda i: (-i.wears, -(i.last_worn_on or i.since).toordinal(), i.name, str(i.id)))[:TOP]
    least = sorted(listed, key=lambda i: (i.wears, i.since, i.name, str(i.id)))[:TOP]
    costs = _costs(worn, currency)
    covers = _covers({item.id for part in _parts(most, least, unworn[:MOST_UNWORN], costs) for item in part})
    named = _named(covers)
    return Statistics(
        items=len(rows),
        archived=states["archived"],
        favourites=sum(item.favourite for item in rows),
        never_worn=len(listed) - len(worn),
        wears=sum(item.wears for item in listed),
        washes=sum(item.washes for item in rows),  # type: ignore[attr-defined]
        value=money.of(item.pk for item in rows),
        by_category=_bars(((item.category, item.category, item.pk) for item in rows), money),
        by_colour=_bars(_by_colour(rows, colours), money),
        by_season=_by_season(rows, money),
        by_brand=_bars(_by_brand(rows), money),
        most_worn=named(most),
        least_worn=named(least),
        cost_per_wear=tuple(Costs(c.currency, named(c.best), named(c.worst)) for c in costs),
        unworn=len(unworn),
        unworn_longest=named(unworn[:MOST_UNWORN]),
        wears_by_month=_by_month(days, today),
        wears_by_weekday=_by_weekday(days),
    )


class _Money:
    """What items cost, by currency."""

    def __init__(self, items: Iterable[Item], currency: str) -> None:
        self._prices = {
            item.pk: (item.currency, item.price)
            for item in items
            if item.price is not None and currency in ("", item.currency)
        }

    def of(self, ids: Iterable[UUID]) -> tuple[Amount, ...]:
        sums: dict[str, Decimal] = {}
        counts: Counter[str] = Counter()
        for pk in ids:
            if pk in self._prices:
                code, price = self._prices[pk]
                sums[code] = sums.get(code, Decimal(0)) + price
                counts[code] += 1
        return tuple(Amount(code, sums[code], counts[code]) for code in sorted(sums))


def _counted(scope: QuerySet[Item]) -> QuerySet[Item]:
    wear, wash = Q(care_days__care=Care.WEAR), Q(care_days__care=Care.WASH)
    return scope.annotate(
        wears=Count("care_days", filter=wear),
        washes=Count("care_days", filter=wash),
        last_worn_on=Max("care_days__day", filter=wear),
    ).defer("notes")


def _cover_colours(scope: QuerySet[Item]) -> dict[UUID, list[str]]:
    """Names of what people would call the item's colours, by its cover."""
    first = ItemPicture.objects.filter(item=OuterRef("item")).order_by("position", "id").values("pk")[:1]
    covers = ItemPicture.objects.filter(item__in=scope.values("pk"), pk=Subquery(first)).order_by()
    rows = covers.values_list("item", "garment__colours")
    return {pk: list(dict.fromkeys(c["name"] for c in Garment(colours=found).main_colours)) for pk, found in rows}


def _wears_by_day(owner: User, today: date) -> dict[date, int]:
    """Of the last twelve months, this one included."""
    worn = CareDay.objects.filter(item__owner=owner, care=Care.WEAR, day__gte=_months(today)[0], day__lte=today)
    return dict(worn.order_by().values_list("day").annotate(number=Count("pk")))


def _covers(ids: Iterable[UUID]) -> dict[UUID, Image]:
    first = ItemPicture.objects.filter(item=OuterRef("item")).order_by("position", "id").values("pk")[:1]
    shown = ItemPicture.objects.filter(item__in=list(ids), pk=Subquery(first)).select_related("garment__image__owner")
    return {picture.item_id: picture.garment.image for picture in shown}


def _named(covers: Mapping[UUID, Image]) -> Callable[[Sequence[Worn]], tuple[Worn, ...]]:
    return lambda items: tuple(replace(item, cover=covers.get(item.id)) for item in items)


def _parts(*rankings: Sequence[Worn] | Sequence[Costs]) -> Iterable[Sequence[Worn]]:
    for ranking in rankings:
        for part in ranking:
            yield from (part.best, part.worst) if isinstance(part, Costs) else ([part],)


def _worn(item: Item) -> Worn:
    wears: int = item.wears  # type: ignore[attr-defined]  # _counted
    last: date | None = item.last_worn_on  # type: ignore[attr-defined]
    return Worn(
        id=item.pk,
        name=item.name,
        category=item.category,
        cover=None,
        wears=wears,
        last_worn_on=last,
        since=last or item.bought_on or item.created_at.date(),
        price=item.price,
        currency=item.currency,
        cost_per_wear=cost_per_wear(item.price, wears),
    )


def _costs(worn: Iterable[Worn], currency: str) -> list[Costs]:
    by_currency: dict[str, list[Worn]] = {}
    for item in worn:
        if item.cost_per_wear is not None and currency in ("", item.currency):
            by_currency.setdefault(item.currency, []).append(item)
    found = []
    for code in sorted(by_currency):
        best = sorted(by_currency[code], key=lambda i: (i.cost_per_wear, -i.wears, i.name, str(i.id)))
        found.append(Costs(code, tuple(best[:TOP]), tuple(best[::-1][:TOP])))
    return found


def _bars(rows: Iterable[tuple[str | None, str, UUID]], money: _Money) -> tuple[Bar, ...]:
    """(key, label, item) as bars, the longest first; what is not known last."""
    members: dict[str | None, list[UUID]] = {}
    labels: dict[str | None, str] = {}
    for key, label, pk in rows:
        members.setdefault(key, []).append(pk)
        labels.setdefault(key, label)
    bars = [Bar(key, labels[key], len(ids), money.of(ids)) for key, ids in members.items()]
    return tuple(sorted(bars, key=lambda bar: (bar.key is None, -bar.count, bar.key or "")))


def _by_colour(items: Iterable[Item], colours: Mapping[UUID, Sequence[str]]) -> Iterable[tuple[str | None, str, UUID]]:
    for item in items:
        for name in colours.get(item.pk) or (None,):
            yield name, name or "", item.pk


def _by_season(items: Sequence[Item], money: _Money) -> tuple[Bar, ...]:
    """In the order of the year; an item for several counts in each."""
    members: dict[str | None, list[UUID]] = {season: [] for season in SEASONS}
    for item in items:
        seasons: list[str | None] = [season for season in SEASONS if getattr(item, season)]
        for season in seasons or [None]:
            members.setdefault(season, []).append(item.pk)
    return tuple(Bar(season, season or "", len(ids), money.of(ids)) for season, ids in members.items())


def _by_brand(items: Iterable[Item]) -> Iterable[tuple[str | None, str, UUID]]:
    """Whatever the case they are written in."""
    for item in items:
        brand = " ".join(item.brand.split())
        yield brand.casefold() or None, brand, item.pk


def _months(today: date) -> list[date]:
    """First days of the last twelve months, this one included."""
    last = today.year * 12 + today.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(last - MONTHS + 1, last + 1)]


def _by_month(days: Mapping[date, int], today: date) -> tuple[Bar, ...]:
    counts: Counter[str] = Counter()
    for day, number in days.items():
        counts[f"{day:%Y-%m}"] += number
    keys = [f"{month:%Y-%m}" for month in _months(today)]
    return tuple(Bar(key, key, counts[key], ()) for key in keys)


def _by_weekday(days: Mapping[date, int]) -> tuple[Bar, ...]:
    counts: Counter[int] = Counter()
    for day, number in days.items():
        counts[day.isoweekday()] += number
    return tuple(Bar(str(n), label, counts[n], ()) for n, label in enumerate(WEEKDAYS, start=1))
