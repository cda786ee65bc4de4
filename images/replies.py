"""How a web request waits for the worker that does its work: a list in Redis per request, gone after a minute.

Celery's own results are not used: their consumer is shared by the threads of a process, and a row or a small JSON
object is all there is to say.
"""

from __future__ import annotations

import functools
import json
from typing import Any

import redis
from django.conf import settings

KEPT_S = 60


class NobodyAnswered(Exception):
    """No worker took the work in time, or Redis is away. Worth trying again."""


@functools.cache
def _redis() -> redis.Redis:
    """One pool per process; redis-py notices a fork by itself."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=settings.ONLINE_TIMEOUT_S + 5, socket_connect_timeout=3
    )


def send(reply_to: str, answer: dict[str, Any]) -> None:
    with _redis().pipeline() as pipe:
        pipe.lpush(_key(reply_to), json.dumps(answer))
        pipe.expire(_key(reply_to), KEPT_S)
        pipe.execute()


def wait(reply_to: str, *, timeout_s: float) -> dict[str, Any]:
    """The answer, once it is there. Raises NobodyAnswered after `timeout_s`."""
    try:
        got = _redis().blpop([_key(reply_to)], timeout=timeout_s)
    except redis.RedisError as error:
        raise NobodyAnswered("Redis is away") from error
    if got is None:
        raise NobodyAnswered(f"no worker answered within {timeout_s:g} s")
    answer: dict[str, Any] = json.loads(got[1])
    return answer


def _key(reply_to: str) -> str:
    return f"reply:{reply_to}"
