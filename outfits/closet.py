"""A user's own items as outfits are made of them: the one place that reads them, in three queries; in
five where there are more than are read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery

from accounts.models import User
from images.models import Garment
from mlcore.types import Category, Colour
from outfits.census import population
from outfits.harmony import PairLift
from outfits.owned import OwnItem
from wardrobe.figures import cost_per_wear
from wardrobe.models import SEASONS, Care, Item, ItemPicture, Tag

__all__ = ["MOST_READ", "Closet", "OwnItem", "closet", "pair_lift"]

MOST_READ: Final = 2_000


@dataclass(frozen=True, slots=True)
class Closet:
    """`covers`: the garment that an item's first picture shows, with its image; none of an item without a picture.
    `owned`: how many items there are to wear. Beyond MOST_READ favourites are read, then what was worn last."""

    items: tuple[OwnItem, ...]
    covers: Mapping[UUID, Garment]
    owned: int


def closet(owner: User, *, most: int = MOST_READ, also: Collection[UUID] = ()) -> Closet:
    """What the owner has and has not archived: favourites, then what was worn last, then the newest.

    `also`: items that are read however many others there are. Those that are not the owner's, or archived, are not.
    """
    worn = Q(care_days__care=Care.WEAR)
    hanging = Item.objects.filter(owner=owner, archived_at__isnull=True)
    counted = hanging.defer("notes").annotate(
        wears=Count("care_days", filter=worn), last_worn_on=Max("care_days__day", filter=worn)
    )
    ordered = counted.order_by("-favourite", F("last_worn_on").desc(nulls_last=True), "-created_at", "id")
    rows = list(ordered[:most])
    owned, read = len(rows), hanging
    if len(rows) == most:
        owned = hanging.count()
        rows += counted.filter(pk__in=set(also) - {row.pk for row in rows})
        read = hanging.filter(pk__in=[row.pk for row in rows])
    tags: dict[UUID, list[str]] = {}
    for item_id, name in Tag.objects.filter(item__in=read).order_by("name").values_list("item", "name"):
        tags.setdefault(item_id, []).append(name)
    covers = _covers(read)
    own = tuple(_own(row, tags.get(row.pk, []), covers.get(row.pk)) for row in rows)
    return Closet(own, covers, max(owned, len(own)))


def pair_lift() -> PairLift:
    """What photographs say of two kinds of garment."""
    return population()


def _covers(items: QuerySet[Item]) -> dict[UUID, Garment]:
    first = ItemPicture.objects.filter(item=OuterRef("item")).order_by("position", "id").values("pk")[:1]
    shown = ItemPicture.objects.filter(item__in=items.values("pk"), pk=Subquery(first)).order_by()
    return {picture.item_id: picture.garment for picture in shown.select_related("garment__image__owner")}


def _own(item: Item, tags: list[str], cover: Garment | None) -> OwnItem:
    colours = cover.main_colours if cover else []
    return OwnItem(
        id=item.pk,
        category=Category(item.category),
        name=item.name,
        colours=tuple(Colour(colour["name"], colour["hex"], colour["share"]) for colour in colours),
        labels=cover.labels if cover else {},
        seasons=frozenset(season for season in SEASONS if getattr(item, season)),
        tags=tuple(tags),
        favourite=item.favourite,
        wears=item.wears,  # type: ignore[attr-defined]
        last_worn_on=item.last_worn_on,  # type: ignore[attr-defined]
        since=item.bought_on or item.created_at.date(),
        price=item.price,
        currency=item.currency,
        cost_per_wear=cost_per_wear(item.price, item.wears),  # type: ignore[attr-defined]
    )
