"""The work of recommendations: taste made anew, the log rolled up. Callable without Celery, safe to run twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, Max, Min, OuterRef, QuerySet
from django.utils import timezone

from catalog.models import Like, Photo
from images.index import model_version
from recommendations import selectors
from recommendations.models import OLDEST_EVENT, Event, Impression, Rollup, Signal
from recommendations.models import Taste as Row
from recommendations.selectors import State
from recommendations.signals import signals_of
from recommendations.taste import Medoid, Taste, as_rows, from_rows, taste_of

TRIES: Final = 3
ORIGINS_KEPT: Final = 20  # of each medoid, the heaviest: enough to explain it, and a row stays below 100 KB
AT_ONCE: Final = 1_000
ROLLUPS_KEPT: Final = timedelta(days=400)


def learn(user_id: int) -> None:
    """Make a user's taste anew if it is out of date, and note that nothing is owed. What comes meanwhile is looked at
    again, a few times; then it is the sweeper's."""
    for _ in range(TRIES):
        state = selectors.state(user_id)
        if state is None or _is_done(state):
            return


def current(state: State) -> Taste:
    """The taste as of now: the stored one, or a new one, which is stored then."""
    if not state.row.personal:
        return Taste()
    if state.is_current:
        try:
            return from_rows(state.row.medoids)
        except ValueError:  # of another release
            pass
    made = _made(state)
    _store(state, made)
    return made


def roll_up(now: datetime) -> None:
    """Count what was shown, opened and liked, day by day up to yesterday; forget what is older than the log is kept.

    Each day is counted whole and written over, so twice is as good as once; it goes on a week before where it stopped,
    for the clicks that apps have sent late.
    """
    today = now.astimezone(UTC).date()
    for day in _to_count(today):
        _count(day)
    before = _start_of(today - timedelta(days=settings.RECOMMENDATION_LOG_DAYS))
    _forget(Impression.objects.filter(shown_at__lt=before))
    _forget(Event.objects.filter(created_at__lt=before, signal__in=(Signal.VIEW, Signal.CLICK)))
    _forget(Rollup.objects.filter(day__lt=today - ROLLUPS_KEPT))


def _is_done(state: State) -> bool:
    """False: something came in between."""
    if state.row.personal and (state.row.due_at or not state.is_current):
        return _store(state, _made(state))
    owed = Row.objects.filter(pk=state.row.pk, due_at=state.row.due_at)
    return bool(owed.update(due_at=None))


def _made(state: State) -> Taste:
    said = signals_of(state.row.pk, since=state.row.learnt_from, model_version=model_version())
    made = taste_of(said, now=timezone.now())
    return replace(made, medoids=tuple(_shortened(medoid) for medoid in made.medoids))


def _store(state: State, made: Taste) -> bool:
    """Compare-and-swap: nothing has been owed since, the user has not had it reset and not switched it off."""
    row = state.row
    same = Row.objects.filter(pk=row.pk, personal=True, learnt_from=row.learnt_from, due_at=row.due_at)
    return bool(
        same.update(
            medoids=as_rows(made),
            model_version=model_version(),
            watermark=state.watermark,
            made_at=timezone.now(),
            due_at=None,
        )
    )


def _shortened(medoid: Medoid) -> Medoid:
    """With what was said of its own garment, and the heaviest of the rest."""
    own = [origin for origin in medoid.origins if origin.garment == medoid.garment][:1]
    rest = [origin for origin in medoid.origins if origin not in own]
    kept = {id(origin) for origin in [*own, *rest[: ORIGINS_KEPT - len(own)]]}
    return replace(medoid, origins=tuple(origin for origin in medoid.origins if id(origin) in kept))


def _to_count(today: date) -> Iterator[date]:
    """From as long before the last day that was counted as clicks may be late, or from the first of the log; to
    yesterday."""
    last = Rollup.objects.aggregate(last=Max("day"))["last"]
    first = last - OLDEST_EVENT if last else _day_of(Impression.objects.aggregate(first=Min("shown_at"))["first"])
    oldest = today - timedelta(days=settings.RECOMMENDATION_LOG_DAYS)
    day = max(first, oldest) if first else today
    while day < today:
        yield day
        day += timedelta(days=1)


def _count(day: date) -> None:
    for tries_left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                counted = _counted(day)
                Rollup.objects.filter(day=day).delete()
                Rollup.objects.bulk_create(counted, batch_size=AT_ONCE)
                return
        except IntegrityError:  # a photograph was erased after it was counted
            if not tries_left:
                raise


def _counted(day: date) -> list[Rollup]:
    """No less than was counted before: that names no user, and stays when who did it takes it back or is erased."""
    start = _start_of(day)
    counted = {row.photo_id: row for row in Rollup.objects.filter(day=day)}
    for name, rows, at in (
        ("shown", Impression.objects.all(), "shown_at"),
        ("opened", Event.objects.filter(signal=Signal.CLICK), "created_at"),
        ("liked", Like.objects.filter(photo__isnull=False), "created_at"),
    ):
        there = Exists(Photo.objects.filter(pk=OuterRef("photo")))
        within: QuerySet[Any] = rows.filter(there, **{f"{at}__gte": start, f"{at}__lt": start + timedelta(days=1)})
        for photo, number in within.order_by().values_list("photo").annotate(number=Count("pk")):
            row = counted.setdefault(photo, Rollup(photo_id=photo, day=day))
            setattr(row, name, max(getattr(row, name), number))
    return list(counted.values())


def _forget(rows: QuerySet[Any]) -> None:
    """A part at a time: others write in between."""
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        rows.model._default_manager.filter(pk__in=ids).delete()


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _day_of(at: datetime | None) -> date | None:
    return at.astimezone(UTC).date() if at else None
