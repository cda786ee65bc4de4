"""What a user's feed has shown of late, in Redis: the log of impressions is the truth, of which this is a copy.

One value a user, to which each page appends: (photograph, second at which it was shown), eight bytes each, the oldest
first. What it lacks is known by the newest impression, which SQL names with the taste; it is then read from the log
again.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import redis
from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from recommendations.models import Impression

WAIT_S: Final = 1
AS_FLOAT_S: Final = 0.001  # more than what a time loses on its way through a float
OVERDUE_S: Final = 86_400  # what is older than asked for is left in for so long, then the log is read anew
RECORD: Final = np.dtype([("photo", "<i8"), ("at", "<f8")])


@functools.cache
def _redis() -> Any:
    """One pool per process; redis-py notices a fork by itself."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=WAIT_S, socket_connect_timeout=WAIT_S)


def seen_by(user_id: int, *, last: datetime | None) -> dict[int, float]:
    """Photographs shown within RECOMMENDATION_SEEN_DAYS, and when (seconds since 1970). `last`: the newest impression.

    While Redis is away from SQL, one query.
    """
    since = time.time() - _kept_s()
    if last is None or last.timestamp() <= since:
        return {}
    try:
        kept = _unpacked(_redis().get(_key(user_id)))
    except redis.RedisError:
        return _logged(user_id)
    if len(kept) and kept["at"][-1] >= last.timestamp() - AS_FLOAT_S and kept["at"][0] > since - OVERDUE_S:
        fresh = kept[kept["at"] > since]
        return dict(zip(fresh["photo"].tolist(), fresh["at"].tolist(), strict=True))
    logged = _logged(user_id)
    _write(user_id, logged)
    return logged


def note(user_id: int, photo_ids: Collection[int], at: datetime) -> None:
    """Once the impressions are committed. A value that is not there is not begun: it would lack what was before."""
    try:
        if photo_ids and _redis().expire(_key(user_id), _kept_s()):
            _redis().append(_key(user_id), _packed(dict.fromkeys(photo_ids, at.timestamp())))
    except redis.RedisError:
        return  # the next page sees that this is missing


def forget(user_id: int) -> None:
    """With the log."""
    try:
        _redis().delete(_key(user_id))
    except redis.RedisError:
        return  # without a log nobody asks for it, and it expires by itself


def _write(user_id: int, seen: Mapping[int, float]) -> None:
    if not seen:
        return
    try:
        _redis().set(_key(user_id), _packed(seen), ex=_kept_s())
    except redis.RedisError:
        return


def _packed(seen: Mapping[int, float]) -> bytes:
    return np.array(sorted(seen.items(), key=lambda one: one[1]), RECORD).tobytes()


def _unpacked(kept: bytes | None) -> np.ndarray[Any, Any]:
    whole = kept or b""
    return np.frombuffer(whole[: len(whole) // RECORD.itemsize * RECORD.itemsize], RECORD)


def _logged(user_id: int) -> dict[int, float]:
    since = timezone.now() - timedelta(seconds=_kept_s())
    rows = Impression.objects.filter(user=user_id, shown_at__gt=since).order_by()
    return {photo: at.timestamp() for photo, at in rows.values_list("photo").annotate(last=Max("shown_at"))}


def _kept_s() -> int:
    return int(settings.RECOMMENDATION_SEEN_DAYS) * 86_400


def _key(user_id: int) -> str:
    return f"seen:{user_id}"
