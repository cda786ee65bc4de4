"""That a picture has changed, said through Redis to whoever watches it.

A message says only that something is new; what it is stands in the row. So none has to be the only one or in order,
and one that is lost costs a heartbeat.
"""

from __future__ import annotations

import functools
import logging
import threading
from collections import Counter
from collections.abc import Collection
from typing import Any
from uuid import UUID

import redis
from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)


class CannotWatch(Exception):
    """Redis is away, or too many streams are open. Worth trying again."""


def announce(image_ids: Collection[UUID]) -> None:
    """Tell who watches these pictures, once the transaction is committed. Nobody, while Redis is away."""
    if image_ids:
        transaction.on_commit(functools.partial(_publish, list(image_ids)))


class Watch:
    """Open from the start: what changes from then on is heard. Raises CannotWatch."""

    def __init__(self, image_id: UUID) -> None:
        self._pubsub: Any = _redis().pubsub()  # type: ignore[no-untyped-call]
        try:
            self._pubsub.subscribe(_channel(image_id))
            said: Any = self._pubsub.get_message(timeout=2)  # the server's word that it has taken the subscription
        except redis.RedisError as error:
            self.close()
            raise CannotWatch("Redis is away") from error
        if said is None:
            self.close()
            raise CannotWatch("Redis does not answer")

    def wait(self, *, timeout_s: float) -> bool:
        """Whether something was heard within the time. Raises CannotWatch."""
        try:
            heard = self._pubsub.get_message(timeout=timeout_s)
            while heard is not None and self._pubsub.get_message(timeout=0) is not None:
                pass  # several at once are one look at the row
        except redis.RedisError as error:
            raise CannotWatch("Redis is away") from error
        return heard is not None

    def close(self) -> None:
        self._pubsub.close()


class Places:
    """How many streams this process serves, in all and for each watcher: each holds a thread while it lasts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()

    def take(self, watcher: str) -> None:
        """Raises CannotWatch."""
        with self._lock:
            if self._taken.total() >= settings.SSE_STREAMS:
                raise CannotWatch("too many streams are open")
            if self._taken[watcher] >= settings.SSE_STREAMS_PER_USER:
                raise CannotWatch(f"you have {settings.SSE_STREAMS_PER_USER} streams open")
            self._taken[watcher] += 1

    def free(self, watcher: str) -> None:
        with self._lock:
            self._taken[watcher] -= 1
            if not self._taken[watcher]:
                del self._taken[watcher]

    def taken(self) -> int:
        with self._lock:
            return self._taken.total()


def _publish(image_ids: Collection[UUID]) -> None:
    try:
        with _redis().pipeline(transaction=False) as pipe:
            for image_id in image_ids:
                pipe.publish(_channel(image_id), b"")
            pipe.execute()
    except redis.RedisError as error:
        logger.info("nobody hears of %d pictures: Redis is away (%s)", len(image_ids), error)


@functools.cache
def _redis() -> redis.Redis:
    """One pool per process; redis-py notices a fork by itself."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def _channel(image_id: UUID) -> str:
    return f"picture:{image_id}"
