"""Alive, ready, counting: what load balancers and Prometheus ask."""

from __future__ import annotations

import re
from typing import Any

import pytest
import redis
from django.db import OperationalError
from django.test import Client

from config import health
from images.index import model_version
from images.models import Kind, Stage
from images.queueing import lists
from mlcore.index.milvus import MilvusIndex
from tests.environment import FOLDER
from tests.images.conftest import MakeImage

ALL_WELL = {"database": True, "redis": True, "milvus": True}


@pytest.fixture
def milvus_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = MilvusIndex(f"unix:{FOLDER}/nobody.sock", version=model_version(), patience=0.1)
    monkeypatch.setattr(health, "vector_index", lambda: nobody)


@pytest.fixture
def redis_is_away(settings: Any) -> None:
    settings.REDIS_URL = f"unix://{FOLDER}/nobody.sock"


def test_live_answers_without_any_other_part(client: Client, redis_is_away: None, milvus_is_away: None) -> None:
    response = client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_ready_when_database_redis_and_milvus_answer(client: Client, db: None, queue: object, vectors: object) -> None:
    response = client.get("/health/ready")
    assert (response.status_code, response.json()) == (200, {"status": "ok", "parts": ALL_WELL})


def test_not_ready_without_redis(client: Client, db: None, vectors: object, redis_is_away: None) -> None:
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json() == {"status": "away", "parts": {**ALL_WELL, "redis": False}}


def test_not_ready_without_milvus(client: Client, db: None, queue: object, milvus_is_away: None) -> None:
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json() == {"status": "away", "parts": {**ALL_WELL, "milvus": False}}


def test_not_ready_without_a_database(
    client: Client, queue: object, vectors: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses() -> None:
        raise OperationalError("could not connect")

    monkeypatch.setitem(health.CHECKS, "database", refuses)
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["parts"] == {**ALL_WELL, "database": False}


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_nothing_can_be_posted(path: str, client: Client) -> None:
    assert client.post(path).status_code == 405


def test_metrics_count_pictures_by_kind_and_stage_and_what_waits(
    client: Client,
    queue: redis.Redis,
    make_image: MakeImage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Of other names than the real ones: a worker that another test has started empties those.
    monkeypatch.setattr(health, "lists", lambda queue: [f"{name} not taken" for name in lists(queue)])
    make_image(1)
    make_image(2)
    make_image(3, kind=Kind.PHOTO, stage=Stage.READY)
    queue.rpush(f"{lists('index')[0]} not taken", "one", "another")
    queue.rpush(f"{lists('index')[3]} not taken", "one of less priority")
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain")
    values = dict(re.findall(r"^(garderobe_\S+) ([\d.]+)$", response.content.decode(), re.MULTILINE))
    assert values == {
        'garderobe_pictures{kind="product",stage="stored"}': "2.0",
        'garderobe_pictures{kind="photo",stage="ready"}': "1.0",
        'garderobe_queue_length{queue="online"}': "0.0",
        'garderobe_queue_length{queue="uploads"}': "0.0",
        'garderobe_queue_length{queue="index"}': "3.0",
    }


def test_metrics_still_count_pictures_without_redis(client: Client, db: None, redis_is_away: None) -> None:
    response = client.get("/metrics")
    assert response.status_code == 200
    assert "garderobe_queue_length{" not in response.content.decode()
