"""The feed, a page at a time: what is considered, ranked, mixed, said and noted down."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Final

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone

from accounts.models import User
from catalog.models import Photo
from catalog.selectors import photos
from recommendations import seen, selectors, services, stages
from recommendations import series as pages
from recommendations.candidates import Considered, Wardrobe, considered, described, wardrobe_of
from recommendations.diversity import Page, Shown, page_of
from recommendations.ranking import Ranked, Reason, Weights, rank
from recommendations.selectors import Barred
from recommendations.series import Answered, Row, Series
from recommendations.services import Placed
from recommendations.taste import Taste
from recommendations.wording import items_in, said
from wardrobe.models import Item

WEIGHTS: Final = Weights.of(settings.RECOMMENDATION_WEIGHTS)  # here, so that a process with wrong ones does not start


@dataclass(frozen=True, slots=True)
class Entry:
    """A photograph of the feed, and what is said of it."""

    photo: Photo
    row: Row


@dataclass(frozen=True, slots=True)
class Answer:
    """`next`: the cursor of the page after it. `all_seen`: less that is new was left than a page holds."""

    entries: Sequence[Entry]
    next: str | None
    all_seen: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Reader:
    """Whom a page is for. `before`: what they were shown of late, and when."""

    user: User
    personal: bool
    taste: Taste
    wardrobe: Wardrobe
    barred: Barred
    before: Mapping[int, float]


@dataclass(frozen=True, slots=True, eq=False)
class _Mixed:
    """What a page shows, in order: new things, then things that were seen before."""

    new: Sequence[Shown]
    old: Sequence[Shown]
    found: Considered


def next_page(*, user: User, limit: int, cursor: str = "") -> Answer:
    """The first page of a new series, or the one that the cursor names. Raises NoSuchPage and NobodyAnswered."""
    series = pages.taken(user.pk, cursor) if cursor else pages.begun(user.pk)
    if series.answer is not None:
        return _repeated(user, series.answer)
    at = timezone.now()
    reader = _reader(user)
    mixed = _mixed(reader, series, limit)
    rows = _rows(user, mixed)
    there = photos().in_bulk([row.photo for row in rows])
    rows = [row for row in rows if row.photo in there]
    if reader.personal:
        _log(
            user, series, [one.ranked for one in chain(mixed.new, mixed.old) if one.ranked.candidate.photo in there], at
        )
    return _answer(pages.kept(series, rows, limit=limit, all_seen=len(mixed.new) < limit), there)


def _reader(user: User) -> _Reader:
    """Whoever wants nothing personal has no taste here, owns nothing and has seen nothing."""
    state = services.taste_of(user=user)
    personal = state.row.personal
    return _Reader(
        user=user,
        personal=personal,
        taste=stages.current(state),
        wardrobe=wardrobe_of(user) if personal else Wardrobe(),
        barred=selectors.barred(user, personal=personal),
        before=seen.seen_by(user.pk, last=state.shown_at) if personal else {},
    )


def _mixed(reader: _Reader, series: Series, limit: int) -> _Mixed:
    """When nothing new is left, what was seen longest ago comes again."""
    before = reader.before
    found = considered(
        reader.user,
        reader.taste,
        reader.wardrobe,
        barred=reader.barred,
        passed={*before, *series.shown},
        limit=limit,
    )
    new = _arranged(rank(found.candidates, reader.taste, weights=WEIGHTS), limit, seed=series.seed)
    if len(new) == limit or not before:
        return _Mixed(new, (), found)
    without = reader.barred.photos.union(series.shown)
    oldest = sorted((photo for photo in before if photo not in without), key=lambda photo: (before[photo], photo))
    more = described(reader.user, oldest[: 2 * limit], reader.wardrobe, barred=reader.barred)
    longest_ago = sorted(more.candidates, key=lambda one: (before[one.photo], one.photo))[: limit - len(new)]
    old = _arranged(rank(longest_ago, reader.taste, weights=WEIGHTS), limit, seed=series.seed)
    return _Mixed(new, old, Considered((), {**found.covers, **more.covers}))


def _arranged(ranked: Sequence[Ranked], limit: int, *, seed: int) -> list[Shown]:
    """A page, and a full one if there is enough: where few photographers are, each is seen more often."""
    shown = page_of(ranked, seed=seed, page=Page(size=limit))
    if len(shown) == min(limit, len(ranked)):
        return shown
    placed = {one.ranked.candidate.photo for one in shown}
    rest = [one for one in ranked if one.candidate.photo not in placed]
    return shown + page_of(rest, seed=seed, page=Page(size=limit - len(shown), per_photographer=limit))


def _rows(user: User, mixed: _Mixed) -> list[Row]:
    """With their reasons in words. One query, for the names of own items."""
    shown = [*mixed.new, *mixed.old]
    reasons = {one.ranked.candidate.photo: _reasons(one, mixed.found) for one in shown}
    own = Item.objects.filter(owner=user, pk__in=items_in(reasons.values()))
    names = {pk: name or category for pk, name, category in own.values_list("pk", "name", "category")}
    old = {one.ranked.candidate.photo for one in mixed.old}
    rows = []
    for one in shown:
        photo, ranked = one.ranked.candidate.photo, one.ranked
        words = [text for reason in reasons[photo] if (text := said(reason, names)) is not None]
        parts = {name: round(value, 6) for name, value in ranked.parts.items()}
        rows.append(Row(photo, round(ranked.score, 6), parts, words, photo in old))
    return rows


def _reasons(one: Shown, found: Considered) -> list[Reason]:
    """Those of the ranking; what is wearable with what; and why it is there if nothing else speaks for it."""
    cover = found.covers.get(one.ranked.candidate.photo)
    given = []
    for reason in one.ranked.reasons:
        if reason.kind != "wearable":
            given.append(reason)
        elif cover is not None:
            given.append(replace(reason, source=f"item:{cover.item}", similarity=cover.similarity))
    return given or ([Reason("different")] if one.exploring else [])


def _log(user: User, series: Series, ranked: Sequence[Ranked], at: datetime) -> None:
    placed = [
        Placed(one.candidate.photo, place, one.score, {name: round(value, 4) for name, value in one.features.items()})
        for place, one in enumerate(ranked, start=len(series.shown))
    ]
    try:
        services.log_impressions(user=user, page=uuid.uuid4(), placed=placed, at=at)
    except IntegrityError:
        return  # the user was erased a moment ago


def _repeated(user: User, answer: Answered) -> Answer:
    """Less what was hidden since."""
    barred = selectors.barred(user, personal=False)
    there = photos().in_bulk([row.photo for row in answer.rows if row.photo not in barred.photos])
    left = {pk: photo for pk, photo in there.items() if photo.photographer not in barred.photographers}
    return _answer(answer, left)


def _answer(answer: Answered, there: Mapping[int, Photo]) -> Answer:
    entries = [Entry(there[row.photo], row) for row in answer.rows if row.photo in there]
    return Answer(entries, answer.next, answer.all_seen)
