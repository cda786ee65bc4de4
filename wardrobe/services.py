"""The only writers of items. Uploads are in uploading.py."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils import timezone

from accounts.models import User
from images.models import Garment
from mlcore.types import Category
from wardrobe import selectors
from wardrobe.models import SEASONS, CareDay, Item, ItemPicture, Tag
from wardrobe.naming import suggested_name

MOST_PICTURES = 50
MOST_TAGS = 20
CLOSE_UP = 1_000  # position from which gaps are closed; the column ends at 32,767


class Refused(ValueError):
    """What was asked for cannot be, and `field` of the request is why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


class UnknownThing(Exception):
    """There is no such thing, or it is another user's."""


class InUse(Exception):
    """The garment shows another item already."""


class LastPicture(Exception):
    """An item keeps one picture at least."""

    def __init__(self) -> None:
        super().__init__("the last picture of an item stays; delete the item, or add another picture first")


@dataclass(frozen=True, slots=True)
class Facts:
    """What an owner says of an item. `values`: columns by name, only what is given. None: not given."""

    values: dict[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] | None = None
    seasons: tuple[str, ...] | None = None
    archive_reason: str | None = None
    cover: UUID | None = None


@transaction.atomic
def create_item(*, owner: User, garments: Sequence[UUID], facts: Facts) -> Item:
    """An item of these garments, the first of which is the cover. Raises Refused, UnknownThing and InUse."""
    shown = _free(owner, garments)
    first = shown[0]
    values = dict(facts.values)
    category = values.pop("category", first.category)
    values.setdefault("name", suggested_name(Category(category), first.colours, first.labels))
    item = Item(owner=owner, category=category, **values)
    _apply(item, facts)
    item.save(force_insert=True)
    _add_pictures(item, shown)
    _set_tags(item, facts.tags or ())
    _set_cover(item, facts)
    return item


@transaction.atomic
def change_item(*, owner: User, item_id: UUID, facts: Facts) -> Item | None:
    """Raises Refused. None: the owner has no such item."""
    item = _locked(owner, item_id)
    if item is None:
        return None
    for name, value in facts.values.items():
        setattr(item, name, value)
    _apply(item, facts)
    item.updated_at = timezone.now()
    item.save()
    if facts.tags is not None:
        _set_tags(item, facts.tags)
    _set_cover(item, facts)
    return item


@transaction.atomic
def delete_item(*, owner: User, item_id: UUID) -> bool:
    """The item and its log. Its photographs stay: their garments may become an item again."""
    gone, _ = Item.objects.filter(owner=owner, pk=item_id).delete()
    return gone > 0


@transaction.atomic
def add_picture(*, owner: User, item_id: UUID, garment: UUID) -> Item | None:
    """One more garment that shows the item. What it shows already changes nothing.

    Raises Refused, UnknownThing and InUse. None: the owner has no such item.
    """
    item = _locked(owner, item_id)
    if item is None:
        return None
    if not ItemPicture.objects.filter(item=item, garment__uid=garment).exists():
        if item.pictures.count() >= MOST_PICTURES:
            raise Refused("garment", f"an item has {MOST_PICTURES} pictures at most")
        _add_pictures(item, _free(owner, [garment]))
        _touch(item)
    return item


@transaction.atomic
def remove_picture(*, owner: User, item_id: UUID, garment: UUID) -> Item | None:
    """The garment no longer shows the item, and may become another. None: no such item, or it is not shown so.

    Raises LastPicture.
    """
    item = _locked(owner, item_id)
    if item is None:
        return None
    picture = ItemPicture.objects.filter(item=item, garment__uid=garment).first()
    if picture is None:
        return None
    if item.pictures.count() == 1:
        raise LastPicture
    picture.delete()
    _touch(item)
    return item


@transaction.atomic
def merge_items(*, owner: User, item_id: UUID, others: Collection[UUID]) -> Item | None:
    """The others become part of the item: pictures, tags and days worn or washed; what it does not say of itself, the
    first of them that does says. They are gone then. None: the owner has no such item. Raises Refused and
    UnknownThing.
    """
    wanted = [pk for pk in dict.fromkeys(others) if pk != item_id]
    rows = Item.objects.select_for_update().filter(owner=owner, pk__in=[item_id, *wanted]).order_by("pk")
    found = {item.pk: item for item in rows}  # locked in the order of their ids: two merges never wait for each other
    if item_id not in found:
        return None
    if len(wanted) != len(others):
        raise Refused("items", "an item is named twice, or is to be merged with itself")
    if missing := [str(pk) for pk in wanted if pk not in found]:
        raise UnknownThing(f"no item of yours: {', '.join(missing)}")
    item = found[item_id]
    merged = [found[pk] for pk in wanted]
    _check_sum(item, merged)
    for other in merged:
        _take_over(item, other)
    Item.objects.filter(pk__in=wanted).delete()
    item.updated_at = timezone.now()
    item.save()
    return item


def _check_sum(item: Item, merged: Sequence[Item]) -> None:
    every = [item, *merged]
    if ItemPicture.objects.filter(item__in=every).count() > MOST_PICTURES:
        raise Refused("items", f"an item has {MOST_PICTURES} pictures at most")
    if Tag.objects.filter(item__in=every).values("name").distinct().count() > MOST_TAGS:
        raise Refused("items", f"an item has {MOST_TAGS} tags at most")


def _take_over(item: Item, other: Item) -> None:
    ItemPicture.objects.filter(item=other).update(item=item, position=F("position") + _next_position(item))
    tags = set(Tag.objects.filter(item=item).values_list("name", flat=True))
    Tag.objects.filter(item=other).exclude(name__in=tags).update(item=item)
    there = set(item.pieces.values_list("outfit", flat=True))
    other.pieces.exclude(outfit__in=there).update(item=item)  # outfits keep the item, under its new name
    days = CareDay.objects.filter(item=other).values_list("care", "day")
    # Both worn on one day were one thing worn once.
    CareDay.objects.bulk_create(
        [CareDay(item=item, care=care, day=day) for care, day in days], batch_size=500, ignore_conflicts=True
    )
    for name in ("name", "brand", "size", "bought_on"):
        if not getattr(item, name):
            setattr(item, name, getattr(other, name))
    if item.price is None and other.price is not None:
        item.price, item.currency = other.price, other.currency
    for season in SEASONS:
        setattr(item, season, getattr(item, season) or getattr(other, season))
    item.notes = "\n\n".join(dict.fromkeys(text for text in (item.notes, other.notes) if text))
    item.favourite = item.favourite or other.favourite


def _apply(item: Item, facts: Facts) -> None:
    """What is more than a column. Raises Refused."""
    if item.price is not None and not item.currency:
        raise Refused("currency", "a price needs a currency")
    if facts.seasons is not None:
        for season in SEASONS:
            setattr(item, season, season in facts.seasons)
    if facts.archive_reason is not None and facts.archive_reason != item.archive_reason:
        was_archived = item.archived_at is not None
        item.archive_reason = facts.archive_reason
        if not facts.archive_reason:
            item.archived_at = None
        elif not was_archived:
            item.archived_at = timezone.now()


def _free(owner: User, uids: Sequence[UUID]) -> list[Garment]:
    """Raises UnknownThing where one is not of a wardrobe picture of the owner's, and InUse where one shows an item."""
    found = selectors.confirmable(owner, uids)
    if missing := {str(uid) for uid in uids} - {str(garment.uid) for garment in found}:
        raise UnknownThing(f"no garment in a wardrobe picture of yours: {', '.join(sorted(missing))}")
    used = [garment for garment in found if hasattr(garment, "item_picture")]
    if used:
        raise InUse(", ".join(f"garment {garment.uid} shows item {garment.item_picture.item_id}" for garment in used))
    return found


def _add_pictures(item: Item, garments: Iterable[Garment]) -> None:
    start = _next_position(item)
    rows = [ItemPicture(item=item, garment=garment, position=start + n) for n, garment in enumerate(garments)]
    try:
        with transaction.atomic():
            ItemPicture.objects.bulk_create(rows)
    except IntegrityError as error:  # the same garment a moment ago, in another request
        raise InUse("the garment shows another item already") from error


def _next_position(item: Item) -> int:
    last = ItemPicture.objects.filter(item=item).aggregate(last=Max("position"))["last"]
    if last is None:
        return 0
    if last >= CLOSE_UP:  # whoever adds and removes pictures for years does not reach the column's end
        last = _renumber(list(ItemPicture.objects.filter(item=item)))
    return int(last) + 1


def _renumber(pictures: Sequence[ItemPicture]) -> int:
    """In this order, without gaps; the last position."""
    for place, picture in enumerate(pictures):
        picture.position = place
    ItemPicture.objects.bulk_update(pictures, ["position"])
    return len(pictures) - 1


def _set_tags(item: Item, names: Iterable[str]) -> None:
    wanted = set(names)
    there = set(Tag.objects.filter(item=item).values_list("name", flat=True))
    Tag.objects.filter(item=item, name__in=there - wanted).delete()
    Tag.objects.bulk_create(Tag(item=item, name=name) for name in sorted(wanted - there))


def _set_cover(item: Item, facts: Facts) -> None:
    if facts.cover is None:
        return
    pictures = list(ItemPicture.objects.filter(item=item).select_related("garment"))
    chosen = [picture for picture in pictures if picture.garment.uid == facts.cover]
    if not chosen:
        raise Refused("cover", "no picture of this item shows that garment")
    _renumber([*chosen, *(picture for picture in pictures if picture not in chosen)])


def _locked(owner: User, item_id: UUID) -> Item | None:
    return Item.objects.select_for_update().filter(owner=owner, pk=item_id).first()


def _touch(item: Item) -> None:
    item.updated_at = timezone.now()
    item.save(update_fields=["updated_at"])
