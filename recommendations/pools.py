"""What all users share: the photographs that are popular and those that are new, read anew every few minutes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import redis
from django.core.cache import cache
from django.db.models import Count, Sum
from django.utils import timezone

from catalog.models import Like
from catalog.selectors import photos
from recommendations.models import Rollup
from recommendations.ranking import popularity_of

KEPT_S: Final = 300
RECENT: Final = timedelta(days=30)  # what counts as popular
POPULAR, FRESH = 500, 2_000  # photographs
_POPULAR_KEY, _FRESH_KEY = "feed:popular", "feed:fresh"


@dataclass(frozen=True, slots=True)
class Pools:
    """Ids of photographs, the most popular and the newest first. SQL says later which of them may be shown still."""

    popular: Sequence[int]
    fresh: Sequence[int]


def pools() -> Pools:
    kept = from_cache((_POPULAR_KEY, _FRESH_KEY))
    if len(kept) == 2:
        return Pools(kept[_POPULAR_KEY], kept[_FRESH_KEY])
    read = Pools(_popular(), _fresh())
    to_cache({_POPULAR_KEY: read.popular, _FRESH_KEY: read.fresh}, KEPT_S)
    return read


def popularity(photo_ids: Collection[int], now: datetime) -> dict[int, float]:
    """Of those that were shown, opened or liked of late; see ranking.popularity_of. Two queries."""
    since = now - RECENT
    days = Rollup.objects.filter(photo__in=photo_ids, day__gte=since.date()).order_by().values_list("photo")
    counted = {photo: (shown, opened) for photo, shown, opened in days.annotate(Sum("shown"), Sum("opened"))}
    likes = Like.objects.filter(photo__in=photo_ids, created_at__gte=since).order_by().values_list("photo")
    liked = dict(likes.annotate(Count("pk")))
    return {
        photo: popularity_of(
            shown=counted.get(photo, (0, 0))[0], opened=counted.get(photo, (0, 0))[1], liked=liked.get(photo, 0)
        )
        for photo in {*counted, *liked}
    }


def from_cache(keys: Collection[str]) -> dict[str, Any]:
    """Nothing while the cache is away: it is then read each time."""
    try:
        return dict(cache.get_many(keys))
    except redis.RedisError:
        return {}


def to_cache(values: Mapping[str, object], seconds: int) -> None:
    try:
        cache.set_many(dict(values), timeout=seconds)
    except redis.RedisError:
        return


def _popular() -> list[int]:
    """Liked or opened of late."""
    now = timezone.now()
    since = now - RECENT
    likes = Like.objects.filter(photo__isnull=False, created_at__gte=since).order_by().values_list("photo")
    liked = [photo for photo, _ in likes.annotate(number=Count("pk")).order_by("-number", "-photo")[:POPULAR]]
    clicks = Rollup.objects.filter(day__gte=since.date(), opened__gt=0).order_by().values_list("photo")
    opened = [photo for photo, _ in clicks.annotate(number=Sum("opened")).order_by("-number", "-photo")[:POPULAR]]
    found = popularity({*liked, *opened}, now)
    return sorted(found, key=lambda photo: (-found[photo], -photo))[:POPULAR]


def _fresh() -> list[int]:
    return list(photos().order_by("-created_at", "-pk").values_list("pk", flat=True)[:FRESH])
