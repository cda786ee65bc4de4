"""For load balancers and monitoring: is the process alive, can it serve, and what does it count."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from images.index import vector_index
from images.models import Image
from images.queueing import lists
from mlcore.index.base import CollectionName, IndexAway
from mlcore.manifest import ModelMissing


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 if database, Redis and Milvus answer; else 503, and which does not."""
    parts = {name: _answers(check) for name, check in CHECKS.items()}
    ok = all(parts.values())
    return JsonResponse({"status": "ok" if ok else "away", "parts": parts}, status=200 if ok else 503)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus: pictures by kind and stage, and what waits in the queues."""
    registry = CollectorRegistry()
    pictures = Gauge("garderobe_pictures", "Pictures by kind and stage", ["kind", "stage"], registry=registry)
    for row in Image.objects.values("kind", "stage").annotate(n=Count("pk")):
        pictures.labels(row["kind"], row["stage"]).set(row["n"])
    waiting = Gauge("garderobe_queue_length", "Tasks that wait for a worker", ["queue"], registry=registry)
    with contextlib.suppress(redis.RedisError), _redis() as client:  # no number rather than no metrics
        for queue in ("online", "uploads", "index"):
            length = sum(client.llen(name) for name in lists(queue))
            waiting.labels(queue).set(length)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def _ask_database() -> None:
    with connection.cursor() as cursor:  # of this thread; and a query, as a connection stays open when its server dies
        cursor.execute("SELECT 1")


def _ask_redis() -> None:
    with _redis() as client:
        client.ping()


def _ask_milvus() -> None:
    vector_index().live(CollectionName.PRODUCTS)


CHECKS: dict[str, Callable[[], None]] = {
    "database": _ask_database,
    "redis": _ask_redis,
    "milvus": _ask_milvus,
}


def _answers(check: Callable[[], None]) -> bool:
    try:
        check()
    except (DatabaseError, redis.RedisError, IndexAway, ModelMissing):
        return False
    return True
