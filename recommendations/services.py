"""The only writers of what users do with photographs and say of them, of what they want, and of what they were shown.

All of them take the row of the user's taste first, so that nothing is written beside a switch that was turned off.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from catalog import liking
from catalog.looks import NAMELESS
from catalog.models import Like, Photo
from catalog.selectors import photos
from recommendations import seen, selectors, tasks
from recommendations.models import Event, HiddenPhotographer, Impression, Signal, Taste
from wardrobe.services import Refused

LOOKED_AT_S: Final = 2.0  # a shorter view is scrolling past
MOST_A_DAY: Final = 2_000  # views and clicks of one user that are kept
MOST_HIDDEN: Final = 500  # photographers
LEARN_AFTER_S: Final = 20  # what is looked at in one go is learnt in one go; what weighs more, the next page learns
OBSERVED: Final = (Signal.VIEW, Signal.CLICK)
SAID: Final = (Signal.MORE, Signal.LESS, Signal.WRONG_COLOUR, Signal.HIDE)
OPPOSITE: Final[Mapping[str, Signal]] = {Signal.MORE: Signal.LESS, Signal.LESS: Signal.MORE}


class PersonalIsOff(Exception):
    """The user wants nothing to be learnt of them."""

    def __init__(self) -> None:
        super().__init__("personal recommendations are switched off, so this would not be remembered")


class TooManyHidden(Exception):
    def __init__(self) -> None:
        super().__init__(f"{MOST_HIDDEN} photographers are hidden already; show some again first")


@dataclass(frozen=True, slots=True)
class Seen:
    """That a user looked at a photograph (`seconds`: for how long, if that is known) or opened it."""

    photo: int
    signal: Signal
    at: datetime
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A photograph in its place of a feed."""

    photo: int
    position: int
    score: float
    features: Mapping[str, float]


def taste_of(*, user: User) -> selectors.State:
    """What is stored, made if there is nothing yet. One query, but for the first time."""
    state = selectors.state(user.pk)
    if state is None:
        Taste.objects.get_or_create(user=user)
        state = selectors.state(user.pk)
    if state is None:
        raise Taste.DoesNotExist  # the user was erased in between
    return state


@transaction.atomic
def record_events(*, user: User, events: Sequence[Seen]) -> int:
    """How many were new. A photograph is viewed, and opened, once a day: what is sent twice counts once.

    Passed over: short views, photographs that are not shown to all, and everything of who wants nothing personal.
    """
    taste = _locked(user)
    if not taste.personal:
        return 0
    long = [one for one in events if one.seconds is None or one.seconds >= LOOKED_AT_S]
    shown = {photo.pk for photo in _held(photos().filter(pk__in={one.photo for one in long}))}
    by_day = {(one.photo, one.signal, one.at.date()): one for one in long if one.photo in shown}
    known = Event.objects.filter(user=user, signal__in=OBSERVED)
    oldest = min((one.at for one in by_day.values()), default=timezone.now()) - timedelta(days=1)
    there = known.filter(photo__in=shown, created_at__gte=oldest).values_list("photo", "signal", "created_at")
    for photo, signal, at in there:
        by_day.pop((photo, Signal(signal), at.date()), None)
    room = MOST_A_DAY - known.filter(created_at__gt=timezone.now() - timedelta(days=1)).count()
    new = list(by_day.values())[: max(0, room)]
    Event.objects.bulk_create(Event(user=user, photo_id=one.photo, signal=one.signal, created_at=one.at) for one in new)
    if new:
        _owe(taste)
    return len(new)


@transaction.atomic
def give_feedback(*, user: User, photo_id: int, signal: Signal, category: str = "") -> bool:
    """What a user says of a photograph, once however often; more and less of it replace each other.

    To hide is a wish and no observation: it is kept where nothing personal is. False: there is no such photograph, or
    it is not shown. Raises Refused, PersonalIsOff and TooManyHidden.
    """
    taste = _locked(user)
    photo = _held(photos().filter(pk=photo_id)).first()
    if photo is None:
        return False
    if signal == Signal.HIDE_PHOTOGRAPHER:
        _hide_photographer(user, photo)
        return True
    if not taste.personal and signal != Signal.HIDE:
        raise PersonalIsOff
    if category and not photo.image.garments.filter(category=category).exists():
        raise Refused("category", "no such garment is seen in the photograph")
    said = Event.objects.filter(user=user, photo=photo)
    if signal in OPPOSITE:
        said.filter(signal=OPPOSITE[signal]).delete()
    if not said.filter(signal=signal, garment_category=category).exists():
        Event.objects.create(user=user, photo=photo, signal=signal, garment_category=category)
        if taste.personal:
            _owe(taste)
    return True


@transaction.atomic
def take_back_feedback(*, user: User, photo_id: int) -> bool:
    """What was said of the photograph, that it is hidden too. False: nothing was said of it, and it is not shown."""
    taste = _locked(user)
    gone, _ = Event.objects.filter(user=user, photo=photo_id, signal__in=SAID).delete()
    if gone and taste.personal:
        _owe(taste)
    return gone > 0 or selectors.shown_photo(photo_id) is not None


def show_photographer(*, user: User, hidden_id: int) -> bool:
    """Whose photographs were hidden is shown again. False: there is no such row of the user's."""
    gone, _ = HiddenPhotographer.objects.filter(user=user, pk=hidden_id).delete()
    return gone > 0


@transaction.atomic
def unlike_photo(*, user: User, photo_id: int) -> bool:
    """It is liked no more, which says something if it was liked. False: there is nothing to be liked no more."""
    taste = _locked(user)
    liked = Like.objects.filter(user=user, photo=photo_id).exists()
    if not liking.unlike_photo(user=user, photo_id=photo_id):
        return False
    if liked and taste.personal:
        Event.objects.create(user=user, photo_id=photo_id, signal=Signal.UNLIKE)
        _owe(taste)
    return True


@transaction.atomic
def set_personal(*, user: User, personal: bool) -> None:
    """Off: what was observed and learnt is erased, and nothing more is stored. What is hidden stays hidden."""
    taste = _locked(user)
    if personal == taste.personal:
        return
    if not personal:
        _forget(user)
        Impression.objects.filter(user=user).delete()
        transaction.on_commit(partial(seen.forget, user.pk), robust=True)
    _blank(taste, personal=personal)


@transaction.atomic
def reset_taste(*, user: User) -> None:
    """Begin anew: what was liked, searched, owned and worn until now counts no more. What is hidden stays hidden, and
    what was shown of late is still not shown again."""
    taste = _locked(user)
    _forget(user)
    _blank(taste, learnt_from=timezone.now())


@transaction.atomic
def log_impressions(*, user: User, page: uuid.UUID, placed: Sequence[Placed], at: datetime) -> None:
    """Append what a page shows, unless nothing may be stored of the user."""
    if not placed or not Taste.objects.select_for_update().filter(pk=user.pk, personal=True).exists():
        return
    Impression.objects.bulk_create(
        Impression(
            user=user,
            photo_id=one.photo,
            page=page,
            position=one.position,
            score=one.score,
            features=dict(one.features),
            shown_at=at,
        )
        for one in placed
    )
    transaction.on_commit(partial(seen.note, user.pk, [one.photo for one in placed], at), robust=True)


def _hide_photographer(user: User, photo: Photo) -> None:
    """By the name: there is no other way to know them. Raises Refused and TooManyHidden."""
    if photo.photographer in ("", NAMELESS):
        raise Refused("signal", "its photographer is not named; hide the photograph")
    hidden = HiddenPhotographer.objects.filter(user=user)
    if hidden.filter(photographer=photo.photographer).exists():
        return
    if hidden.count() >= MOST_HIDDEN:
        raise TooManyHidden
    HiddenPhotographer.objects.create(user=user, photographer=photo.photographer)


def _held(found: QuerySet[Photo]) -> QuerySet[Photo]:
    """So that they are not erased before the row that refers to them is there."""
    return found.select_for_update(of=("self",), no_key=True).order_by("pk")


def _locked(user: User) -> Taste:
    taste, _ = Taste.objects.select_for_update().get_or_create(user=user)
    return taste


def _owe(taste: Taste) -> None:
    """A new taste, soon. One message is enough for what comes in one go; the sweeper sends another if it is lost."""
    is_owed = taste.due_at is not None
    taste.due_at = timezone.now()
    taste.save(update_fields=["due_at"])
    if not is_owed:
        tasks.learn.apply_async_on_commit(  # type: ignore[attr-defined]  # images/queueing.py: Task
            kwargs={"user_id": taste.pk}, countdown=LEARN_AFTER_S
        )


def _forget(user: User) -> None:
    Event.objects.filter(user=user).exclude(signal=Signal.HIDE).delete()


def _blank(taste: Taste, **changed: object) -> None:
    fresh = {"medoids": [], "watermark": "", "model_version": "", "made_at": None, "due_at": None, **changed}
    Taste.objects.filter(pk=taste.pk).update(**fresh)
