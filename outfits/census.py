"""How people dress at all: a census of the photographs that everybody may see, taken nightly.

A lift needs to know how often something is worn anywhere, and that for whatever kinds a suggestion comes upon; so it is
not counts that are kept but people: MOST photographs drawn at random, whom in them wears what. Of a collection that is
no larger the counts are exact.
"""

from __future__ import annotations

import functools
import random
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import combinations
from typing import Final
from uuid import UUID

import redis
from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from images.index import KINDS, model_version
from images.models import Descriptor, Image, Stage
from images.selectors import public
from mlcore.index.base import CollectionName
from mlcore.types import Category
from outfits.figures import figures
from outfits.kinds import Worn
from outfits.models import Census

MOST: Final = 4_000  # photographs: a share of 2 % is then known to within half a percent
KEPT: Final = 2  # of each model: the one in use, and the one before it for whoever is still reading that
AT_ONCE: Final = 500
COUNTED_S: Final = 600
OLD: Final = timedelta(hours=36)  # a night was missed
GROWN: Final = 2  # times as many photographs as when it was taken
EXPECTED: Final = 5.0  # people in whom a pair would meet by chance; below it a count of them says nothing


class Population:
    """The people of a census, each with their garments."""

    def __init__(self, people: Sequence[tuple[Worn, ...]]) -> None:
        self.people = people
        names = [{(garment.category.value, garment.colour) for garment in person} for person in people]
        self._single = Counter(name for person in names for name in person)
        self._pairs = Counter(pair for person in names for pair in combinations(sorted(person), 2))

    def lift(self, first: tuple[str, str], second: tuple[str, str]) -> float | None:
        """How much more often two garments (category, colour) are worn by one person than by chance; None: too few
        people wear them to say."""
        by_chance = self._single[first] * self._single[second] / max(1, len(self.people))
        if by_chance < EXPECTED:
            return None
        return self._pairs[min(first, second), max(first, second)] / by_chance


def population() -> Population:
    """Of the newest census. Taken now where there is none, where a night was missed, or the collection has doubled."""
    version = model_version()
    newest = Census.objects.filter(model_version=version).order_by("-taken_at").first()
    if newest is None or newest.taken_at < timezone.now() - OLD or _number() > GROWN * newest.photographs:
        newest = take_census()
    return _population(newest.pk, newest.taken_at)


def _number() -> int:
    """Of photographs; counted every ten minutes, since all of them are looked at."""
    try:
        return int(cache.get_or_set("outfits:photographs", lambda: photographs().count(), COUNTED_S) or 0)
    except redis.RedisError:
        return 0  # nothing has grown that we know of


def take_census() -> Census:
    """Twice is as good as once."""
    version = model_version()
    everyone = list(photographs().order_by("pk").values_list("pk", flat=True))
    drawn = (
        everyone if len(everyone) <= MOST else random.Random(timezone.now().date().toordinal()).sample(everyone, MOST)
    )
    people = worn_in(drawn, model_version=version)
    with transaction.atomic():
        taken = Census.objects.create(
            model_version=version,
            photographs=len(everyone),
            figures=[[garment.garment for garment in person] for person in people],
        )
        newest = Census.objects.filter(model_version=version).order_by("-taken_at", "-pk").values_list("pk", flat=True)
        Census.objects.exclude(pk__in=list(newest[:KEPT])).delete()
    return taken


def worn_in(images: Collection[UUID], *, model_version: str) -> list[tuple[Worn, ...]]:
    """Whom these photographs show, and what each wears; only what everybody may see."""
    ids = list(images)
    found: list[tuple[Worn, ...]] = []
    for start in range(0, len(ids), AT_ONCE):
        rows = _descriptors(model_version).filter(garment__image__in=ids[start : start + AT_ONCE])
        by_image: dict[UUID, list[Worn]] = {}
        for garment in _worn(rows):
            by_image.setdefault(garment.photograph, []).append(garment)
        for image in ids[start : start + AT_ONCE]:
            found += [figure.garments for figure in figures(by_image.get(image, []))]
    return found


@functools.lru_cache(maxsize=1)
def _population(census_id: int, taken_at: datetime) -> Population:
    """`taken_at`: SQLite gives the id of a row that is gone to the next one."""
    taken = Census.objects.get(pk=census_id, taken_at=taken_at)
    wanted = [pk for person in taken.figures for pk in person]
    garments: dict[int, Worn] = {}
    for start in range(0, len(wanted), AT_ONCE):
        rows = _descriptors(taken.model_version).filter(garment__in=wanted[start : start + AT_ONCE])
        garments |= {garment.garment: garment for garment in _worn(rows)}
    people = (tuple(garments[pk] for pk in person if pk in garments) for person in taken.figures)
    return Population([person for person in people if person])


def photographs() -> QuerySet[Image]:
    return Image.objects.filter(public(), kind__in=KINDS[CollectionName.PHOTOS], stage=Stage.READY)


def _descriptors(version: str) -> QuerySet[Descriptor]:
    shown = Descriptor.objects.filter(
        public("garment__image__"), garment__image__kind__in=KINDS[CollectionName.PHOTOS], garment__due_at__isnull=True
    )
    return shown.filter(model_version=version).select_related("garment").order_by("garment__position", "garment_id")


def _worn(rows: Iterable[Descriptor]) -> Iterable[Worn]:
    for row in rows:
        garment = row.garment
        yield Worn(
            garment=garment.pk,
            photograph=garment.image_id,
            category=Category(garment.category),
            box=garment.box,
            vector=row.vector,
            colours=garment.colours,
            labels=garment.labels,
            quality=garment.quality,
        )
