"""The only writers of outfits. Covers are made by workers (stages.py), which this queues."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from images.cut_outs import remove_on_commit
from mlcore.types import Category
from outfits import canvas, selectors, tasks
from outfits.canvas import Frame, Place, Shape
from outfits.cover_parts import shape_of
from outfits.models import Outfit, Piece
from wardrobe import wearing
from wardrobe.models import SEASONS, Item
from wardrobe.services import Refused, UnknownThing

MOST_ITEMS = 20
LONGEST_NAME = 200
COPY = " (copy)"


class CannotWear(Exception):
    """The outfit has no item left, or one that was put away before that day."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An item of an outfit. What is None is worked out: the frame (x, y, width) and the layer by its category."""

    item: UUID
    frame: Frame | None = None
    rotation: float = 0.0
    layer: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What an owner says of an outfit. `values`: columns by name, only what is given. None: not given."""

    values: dict[str, Any] = field(default_factory=dict)
    seasons: tuple[str, ...] | None = None
    pieces: tuple[Placed, ...] | None = None


@transaction.atomic
def create_outfit(*, owner: User, facts: Facts) -> Outfit:
    """Raises Refused and UnknownThing."""
    outfit = Outfit(owner=owner)
    _apply(outfit, facts)
    outfit.save(force_insert=True)
    _put_on(outfit, facts.pieces or ())
    return outfit


@transaction.atomic
def change_outfit(*, owner: User, outfit_id: UUID, facts: Facts) -> Outfit | None:
    """Pieces that are given are all that it has then. None: the owner has no such outfit.

    Raises Refused and UnknownThing.
    """
    outfit = _locked(owner, outfit_id)
    if outfit is None:
        return None
    _apply(outfit, facts)
    outfit.updated_at = timezone.now()
    outfit.save()
    if facts.pieces is not None:
        Piece.objects.filter(outfit=outfit).delete()  # before the items are locked, as whoever deletes an item does it
        _put_on(outfit, facts.pieces)
    return outfit


@transaction.atomic
def delete_outfit(*, owner: User, outfit_id: UUID) -> bool:
    """The outfit, its plans and its cover. Its items stay. False: the owner has no such outfit."""
    outfit = _locked(owner, outfit_id)
    if outfit is None:
        return False
    if outfit.cover:
        remove_on_commit([outfit.cover_name])
    outfit.delete()
    return True


@transaction.atomic
def clone_outfit(*, owner: User, outfit_id: UUID, name: str | None = None) -> Outfit | None:
    """Another one of the same items in the same places. None: the owner has no such outfit."""
    outfit = _locked(owner, outfit_id)
    if outfit is None:
        return None
    pieces = list(Piece.objects.filter(outfit=outfit))
    values = {column: getattr(outfit, column) for column in ("occasion", "notes", *SEASONS)}
    copy = Outfit(owner=owner, name=_name_of_copy(outfit) if name is None else name, **values)
    copy.save(force_insert=True)
    places = ("item_id", "x", "y", "width", "rotation", "layer")
    there = _locked_items(owner.pk, [piece.item_id for piece in pieces])
    Piece.objects.bulk_create(
        Piece(outfit=copy, **{column: getattr(piece, column) for column in places})
        for piece in pieces
        if piece.item_id in there  # one may have gone this moment
    )
    _owe_cover(copy)
    return copy


@transaction.atomic
def wear_outfit(*, owner: User, outfit_id: UUID, day: date) -> tuple[list[UUID], set[UUID]] | None:
    """All of its items were worn that day: these, and those of them that were not known to be.

    None: the owner has no such outfit. Raises CannotWear, and UnknownThing if an item goes this moment; nothing is
    logged then.
    """
    outfit = _locked(owner, outfit_id)
    if outfit is None:
        return None
    items = [piece.item for piece in Piece.objects.filter(outfit=outfit).select_related("item")]
    if not items:
        raise CannotWear("no item is left in this outfit")
    if away := [item for item in items if _was_put_away(item, day)]:
        names = ", ".join(f"{item.name or item.category} ({item.pk})" for item in away)
        raise CannotWear(f"archived before {day.isoformat()}: {names}; take it out of the outfit, or bring it back")
    ids = [item.pk for item in items]
    return ids, wearing.log_outfit(owner=owner, items=ids, day=day)


def _apply(outfit: Outfit, facts: Facts) -> None:
    for column, value in facts.values.items():
        setattr(outfit, column, value)
    if facts.seasons is not None:
        for season in SEASONS:
            setattr(outfit, season, season in facts.seasons)


def _put_on(outfit: Outfit, pieces: Sequence[Placed]) -> None:
    """Raises Refused and UnknownThing."""
    wanted = [piece.item for piece in pieces]
    if not 1 <= len(wanted) <= MOST_ITEMS:
        raise Refused("items", f"an outfit has 1 to {MOST_ITEMS} items")
    if len(set(wanted)) < len(wanted):
        raise Refused("items", "an item is there twice")
    found = _locked_items(outfit.owner_id, wanted)
    if missing := [str(pk) for pk in wanted if pk not in found]:
        raise UnknownThing(f"no item of yours: {', '.join(missing)}")
    places = _places(pieces, found)
    Piece.objects.bulk_create(
        Piece(outfit=outfit, item=found[piece.item], x=place.x, y=place.y, width=place.width,
              rotation=place.rotation, layer=place.layer)
        for piece, place in zip(pieces, places, strict=True)
    )  # fmt: skip
    _owe_cover(outfit)


def _places(pieces: Sequence[Placed], items: Mapping[UUID, Item]) -> list[Place]:
    """Without a frame a piece lies where it would if none had one: what others are dragged to moves it nowhere."""
    put_on = [items[piece.item] for piece in pieces]
    shapes = [Shape(Category(item.category), shape_of(item)) for item in put_on]
    frames, layers = canvas.laid_out(shapes), canvas.layers([shape.category for shape in shapes])
    return [
        Place(*(piece.frame or frame), rotation=piece.rotation, layer=layer if piece.layer is None else piece.layer)
        for piece, frame, layer in zip(pieces, frames, layers, strict=True)
    ]


def _owe_cover(outfit: Outfit) -> None:
    due = timezone.now() + timedelta(seconds=settings.QUEUE_PATIENCE_S)
    Outfit.objects.filter(pk=outfit.pk).update(cover_due_at=due)
    tasks.compose_cover.delay_on_commit(outfit_id=str(outfit.pk))  # type: ignore[attr-defined]  # queueing.Task


def _was_put_away(item: Item, day: date) -> bool:
    """Before the day; on the day itself it may have been worn, wherever on earth that was."""
    return item.archived_at is not None and day > (item.archived_at + wearing.FURTHEST_EAST).date()


def _name_of_copy(outfit: Outfit) -> str:
    return f"{outfit.name[: LONGEST_NAME - len(COPY)]}{COPY}" if outfit.name else ""


def _locked_items(owner_id: int, ids: Collection[UUID]) -> dict[UUID, Item]:
    """Those that are there, with their covers. None goes until the transaction ends. In the order of their ids: two
    requests never wait for each other."""
    rows = Item.objects.select_for_update().filter(owner=owner_id, pk__in=ids).order_by("pk")
    return {item.pk: item for item in selectors.with_covers(rows)}


def _locked(owner: User, outfit_id: UUID) -> Outfit | None:
    return Outfit.objects.select_for_update().filter(owner=owner, pk=outfit_id).first()
