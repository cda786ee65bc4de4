"""What a taste is made of: the newest that a user liked, searched, owns, wore, looked at or said, with its vectors.

A constant number of queries, however much there is. What others may not see any more says nothing more either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from catalog.models import Like
from images.models import Descriptor
from images.selectors import public
from mlcore.types import Category, Vector
from recommendations.models import Event, Signal
from recommendations.taste import Kind
from recommendations.taste import Signal as Said
from search.models import Search
from wardrobe.models import Care, CareDay, Item, ItemPicture

NEWEST: Final = 1_000
SPOKEN: Final[Mapping[str, Kind]] = {
    Signal.VIEW: Kind.VIEWED,
    Signal.CLICK: Kind.CLICKED,
    Signal.UNLIKE: Kind.UNLIKED,
    Signal.MORE: Kind.MORE,
    Signal.LESS: Kind.LESS,
    Signal.WRONG_COLOUR: Kind.WRONG_COLOUR,
}
"""Events that tell of taste. That a photograph is hidden tells of the photograph."""


@dataclass(frozen=True, slots=True)
class _Act:
    """One thing done, before its garments are known. `shown`: by what they are found."""

    kind: Kind
    at: datetime
    source: str
    shown: tuple[str, Any]
    category: str = ""
    """Only garments of it were meant."""


@dataclass(frozen=True, slots=True)
class _Garment:
    name: str
    category: Category
    vector: Vector
    colour: str


def signals_of(user_id: int, *, since: datetime | None, model_version: str) -> list[Said]:
    """Of the newest 1,000 acts after `since`, all garments that a vector of this model is there of."""
    after = Q(created_at__gt=since) if since is not None else Q()
    searches = {row.pk: row for row in _searches(user_id, after, model_version)}
    covers = _covers(user_id)
    acts = [
        *_likes(user_id, after),
        *(_Act(Kind.SEARCHED, row.created_at, f"search:{row.pk}", ("search", row.pk)) for row in searches.values()),
        *_owned(covers, since),
        *_worn(user_id, after, covers),
        *_events(user_id, after),
    ]
    now = timezone.now()
    newest = sorted(acts, key=lambda act: (act.at, act.kind, act.source), reverse=True)[:NEWEST]
    garments = _garments(newest, model_version)
    for pk, row in searches.items():
        if (garment := _searched(row)) is not None:
            garments["search", pk] = [garment]
    # A clock that was wrong, or a file that was imported, may have put something into the future.
    return [said for act in newest for said in _said(act, garments.get(act.shown, ()), min(act.at, now))]


def _said(act: _Act, garments: Iterable[_Garment], at: datetime) -> Iterator[Said]:
    for garment in garments:
        if not act.category or garment.category == act.category:
            yield Said(act.kind, act.source, garment.name, garment.category, garment.vector, at, colour=garment.colour)


def _likes(user_id: int, after: Q) -> list[_Act]:
    rows = Like.objects.filter(after, user=user_id).values_list("photo", "product", "created_at")[:NEWEST]
    return [
        _Act(Kind.LIKED, at, f"photo:{photo}", ("photo", photo))
        if photo is not None
        else _Act(Kind.LIKED, at, f"product:{product}", ("product", product))
        for photo, product, at in rows
    ]


def _searches(user_id: int, after: Q, model_version: str) -> QuerySet[Search]:
    rows = Search.objects.filter(after, user=user_id, model_version=model_version).select_related("garment")
    return rows.only("created_at", "category", "colours", "vector", "garment__uid")[:NEWEST]


def _searched(row: Search) -> _Garment | None:
    """Its own copy: the picture that was searched with is gone after a day."""
    packed = bytes(row.vector)
    if not packed or row.category not in list(Category):
        return None
    name = str(row.garment.uid) if row.garment is not None else f"search:{row.pk}"
    colour = row.colours[0]["hex"] if row.colours else ""
    return _Garment(name, Category(row.category), Descriptor(data=packed).vector, colour)


def _covers(user_id: int) -> dict[UUID, tuple[datetime, int]]:
    """(when it came, the garment of its cover) of each item that is still worn."""
    cover = ItemPicture.objects.filter(item=OuterRef("pk")).order_by("position", "pk").values("garment")[:1]
    rows = Item.objects.filter(owner=user_id, archived_at__isnull=True).annotate(cover=Subquery(cover))
    ordered = rows.filter(cover__isnull=False).order_by("-created_at", "pk")
    return {pk: (at, garment) for pk, at, garment in ordered.values_list("pk", "created_at", "cover")[:NEWEST]}


def _owned(covers: Mapping[UUID, tuple[datetime, int]], since: datetime | None) -> Iterator[_Act]:
    for pk, (at, garment) in covers.items():
        if since is None or at > since:
            yield _Act(Kind.WARDROBE, at, f"item:{pk}", ("cover", garment))


def _worn(user_id: int, after: Q, covers: Mapping[UUID, tuple[datetime, int]]) -> Iterator[_Act]:
    """On the day that was told, however late it was told."""
    rows = CareDay.objects.filter(after, item__owner=user_id, care=Care.WEAR).order_by("-day", "-pk")
    for item, day in rows.values_list("item", "day")[:NEWEST]:
        if item in covers:
            at = datetime.combine(day, time(12), UTC)
            yield _Act(Kind.WORN, at, f"item:{item}", ("cover", covers[item][1]))


def _events(user_id: int, after: Q) -> list[_Act]:
    """What was taken back says nothing: an unlike of what is liked again."""
    liked_again = Like.objects.filter(user=user_id, photo=OuterRef("photo"))
    rows = Event.objects.filter(after, user=user_id, signal__in=list(SPOKEN)).annotate(again=Exists(liked_again))
    said = rows.exclude(signal=Signal.UNLIKE, again=True).order_by("-created_at", "-pk")
    columns = said.values_list("signal", "photo", "garment_category", "created_at")[:NEWEST]
    return [
        _Act(SPOKEN[signal], at, f"photo:{photo}", ("photo", photo), category)
        for signal, photo, category, at in columns
    ]


def _garments(acts: Iterable[_Act], model_version: str) -> dict[tuple[str, Any], list[_Garment]]:
    """What they show: three queries, by photographs, products and garments."""
    wanted: dict[str, set[Any]] = {"photo": set(), "product": set(), "cover": set(), "search": set()}
    for act in acts:
        wanted[act.shown[0]].add(act.shown[1])
    rows = Descriptor.objects.filter(garment__due_at__isnull=True, model_version=model_version)
    of_photos = rows.filter(public("garment__image__"), garment__image__photo__in=wanted["photo"])
    of_products = rows.filter(
        garment__image__visible=True,
        garment__image__product_picture__position=0,
        garment__image__product_picture__product__in=wanted["product"],
    )
    found: dict[tuple[str, Any], list[_Garment]] = {}
    for by, selected, name in (
        ("photo", of_photos, "garment__image__photo"),
        ("product", of_products, "garment__image__product_picture__product"),
        ("cover", rows.filter(garment__in=wanted["cover"]), "garment"),
    ):
        for key, uid, category, colour, data in selected.order_by().values_list(
            name, "garment__uid", "garment__category", "garment__colours__0__hex", "data"
        ):
            garment = _Garment(str(uid), Category(category), Descriptor(data=data).vector, colour or "")
            found.setdefault((by, key), []).append(garment)
    return found
