"""What is stored of a user's taste and wishes, and whether the taste still stands."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Max, Model, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accounts.models import User
from catalog.models import Like, Photo
from catalog.selectors import photos
from images.index import model_version
from images.models import Garment
from images.selectors import readable_garments
from recommendations.models import Event, HiddenPhotographer, Impression, Signal, Taste
from recommendations.taste import Taste as Known
from search.models import Search
from wardrobe.models import Care, CareDay, Item, ItemPicture

LEARNT_FOR: Final = timedelta(days=1)  # what was said fades: a day later the weights have moved by up to 5 %
WATCHED: Final[Sequence[tuple[type[Model], str, str, Q]]] = (
    (Like, "user", "created_at", Q()),
    (Search, "user", "created_at", Q()),
    (Item, "owner", "updated_at", Q()),
    (ItemPicture, "item__owner", "pk", Q()),
    (CareDay, "item__owner", "pk", Q(care=Care.WEAR)),
    (Event, "user", "pk", ~Q(signal=Signal.VIEW)),
)
"""(model, the way to its user, what grows with each row, which rows): what a taste is made of, but for views, which are
many and weigh little: a worker adds them."""
_MARKS: Final = [f"{mark}_{place}" for place in range(len(WATCHED)) for mark in ("count", "last")]


@dataclass(frozen=True, slots=True)
class State:
    """A user's taste as it is stored, the watermark of their signals as they now are, and when their feed last showed
    something."""

    row: Taste
    watermark: str
    shown_at: datetime | None

    @property
    def is_current(self) -> bool:
        return (
            self.row.watermark == self.watermark
            and self.row.model_version == model_version()
            and self.row.made_at is not None
            and self.row.made_at > timezone.now() - LEARNT_FOR
        )


@dataclass(frozen=True, slots=True)
class Barred:
    """What a user is not to be shown: photographs by id, and whose."""

    photos: frozenset[int]
    photographers: frozenset[str]


def state(user_id: int) -> State | None:
    """One query. None: nothing was ever stored of this user."""
    row: Any = next(iter(_marked().filter(pk=user_id)), None)
    if row is None:
        return None
    said = "|".join(f"{getattr(row, name) or 0}" for name in _MARKS)
    return State(row, hashlib.sha256(said.encode()).hexdigest()[:32], row.shown_at)


def barred(user: User, *, personal: bool) -> Barred:
    """Two queries. Hidden, refused and, if the feed is `personal`, liked: what they know they need not be shown."""
    events = Event.objects.filter(user=user)
    refused = (Signal.HIDE, Signal.LESS, Signal.WRONG_COLOUR) if personal else (Signal.HIDE,)
    known = events.filter(signal__in=refused).order_by().values_list("photo", flat=True)
    if personal:
        known = known.union(
            Like.objects.filter(user=user, photo__isnull=False).order_by().values_list("photo", flat=True)
        )
    hidden = HiddenPhotographer.objects.filter(user=user).values_list("photographer", flat=True)
    return Barred(frozenset(known), frozenset(hidden))


@functools.cache
def _marked() -> QuerySet[Taste]:
    """Built once: to resolve so many subqueries takes Django longer than the database takes to answer them."""
    marks = {}
    for place, (model, owner, grows, rows) in enumerate(WATCHED):
        own = model._default_manager.filter(rows, **{owner: OuterRef("user")}).order_by().values(owner)
        marks[_MARKS[2 * place]] = Subquery(own.annotate(n=Count("pk")).values("n"))
        marks[_MARKS[2 * place + 1]] = Subquery(own.annotate(last=Max(grows)).values("last"))
    newest = Impression.objects.filter(user=OuterRef("user")).order_by("-shown_at").values("shown_at")[:1]
    return Taste.objects.annotate(shown_at=Subquery(newest), **marks)


def shown_photo(photo_id: int) -> Photo | None:
    """One that anyone may see."""
    return photos().filter(pk=photo_id).first()


def hidden_photos(user: User) -> QuerySet[Event]:
    """With the photographs that may still be shown, the last hidden first."""
    visible = photos().values("pk")
    events = Event.objects.filter(user=user, signal=Signal.HIDE, photo__in=visible)
    return events.select_related("photo__image__owner")


def hidden_photographers(user: User) -> QuerySet[HiddenPhotographer]:
    return HiddenPhotographer.objects.filter(user=user)


def shown_garments(user: User, taste: Known) -> dict[str, Garment]:
    """By uid, those garments of the taste that the user may see, with their pictures. One query."""
    named = {medoid.garment for medoid in taste.medoids} | {away.garment for away in taste.away}
    uids = {name for name in named if not name.startswith("search:")}
    garments = readable_garments(user).filter(uid__in=uids).select_related("image__owner")
    return {str(garment.uid): garment for garment in garments}


def overdue(now: datetime, *, patience: timedelta, limit: int = 1_000) -> list[int]:
    """Users whose taste should be made anew by now: a message was lost, or a worker."""
    due = Taste.objects.filter(due_at__lt=now - patience).order_by("due_at")
    return list(due.values_list("pk", flat=True)[:limit])
