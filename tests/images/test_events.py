"""How far a picture is, told while it happens: by real Redis, a real worker and a real web server."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.conf import LazySettings
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from images import event_views, events, links, services, stages
from images.event_views import Stream, places
from images.models import Image
from tests.conftest import database_url
from tests.environment import FOLDER
from tests.images.conftest import MakeImage
from tests.images.test_services import add
from tests.servers import Server

Said = list[tuple[str, dict[str, Any]]]
committed = pytest.mark.django_db(transaction=True)


def url(image: Image) -> str:
    return f"/api/v1/images/{image.pk}/events/"


def read(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Events as EventSource reads them: (event, data)."""
    found: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        if not line:
            if "data" in found:
                yield found.get("event", "message"), json.loads(found["data"])
            found = {}
        elif name:
            found[name] = value.removeprefix(" ")


def said_by(answer: Any) -> Said:
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/event-stream")
    assert answer["Cache-Control"] == "no-store"
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    answer.close()
    return list(read(iter(content.decode().split("\n"))))


@pytest.fixture(autouse=True)
def _no_place_is_left_taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nor is anything queued: a worker that runs for other tests would take it."""
    monkeypatch.setattr(services, "queue_description", lambda images: None)
    yield
    assert places.taken() == 0


@pytest.fixture
def stream(queue: object) -> Iterator[Callable[[Image], Stream]]:
    """Opens streams as the view does, and reads the head of each."""
    opened: list[Stream] = []

    def opens(image: Image, watcher: str = "somebody") -> Stream:
        opened.append(Stream(image.pk, watcher))
        assert next(opened[-1]) == b"retry: 2000\n\n"
        return opened[-1]

    yield opens
    for one in opened:
        one.close()


def status(event: bytes) -> str:
    return str(json.loads(event.decode().split("data: ")[1])["status"])


# What is said --------------------------------------------------------------------------------------------------------


@committed
def test_each_state_is_said_once_and_the_end_ends_it(
    make_image: MakeImage, prepared: object, stream: Callable[[Image], Stream], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "index", lambda ids: None)
    image = make_image()
    told = stream(image)
    assert status(next(told)) == "queued"
    prepared.meanwhile = lambda: seen.append(status(next(told)))  # type: ignore[attr-defined]
    seen: list[str] = []
    stages.describe([image.pk])
    assert seen == ["processing"]
    stages.transitions.settle({image.pk: Image.objects.get(pk=image.pk).claimed_until})
    assert [status(event) for event in told] == ["ready"]


@committed
def test_a_failure_is_said_with_its_reason(user: User, stream: Callable[[Image], Stream]) -> None:
    image, _ = add(user)
    told = stream(image)
    next(told)
    stages.default_storage.delete(image.file_name)
    stages.describe([image.pk])
    [event] = list(told)
    body = json.loads(event.decode().split("data: ")[1])
    assert body == {
        "id": str(image.pk), "status": "failed", "garments": 0,
        "error": "the picture's file is not in the storage any more",
    }  # fmt: skip


@committed
def test_a_picture_that_is_erased_is_gone(user: User, stream: Callable[[Image], Stream]) -> None:
    image, _ = add(user)
    told = stream(image)
    next(told)
    services.erase_images(images=[image])
    assert list(told) == [b"event: gone\ndata: {}\n\n"]


@committed
def test_what_changes_between_the_subscription_and_the_first_look_is_not_lost(
    user: User, prepared: object, queue: object
) -> None:
    image, _ = add(user)
    told = Stream(image.pk, "somebody")
    stages.describe([image.pk])
    assert [status(event) for event in list(told)[1:]] == ["ready"]
    told.close()


@committed
def test_a_change_that_redis_lost_is_seen_at_the_next_heartbeat(
    user: User, prepared: object, stream: Callable[[Image], Stream], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_views, "HEARTBEAT_S", 0.1)
    monkeypatch.setattr(events, "_publish", lambda ids: None)
    image, _ = add(user)
    told = stream(image)
    next(told)
    assert next(told) == b":\n\n"
    stages.describe([image.pk])
    assert [status(event) for event in told if event != b":\n\n"] == ["ready"]


@committed
def test_nothing_is_said_of_what_was_rolled_back(user: User, queue: object) -> None:
    image, _ = add(user)
    watch = events.Watch(image.pk)
    with pytest.raises(ZeroDivisionError), stages.transaction.atomic():
        events.announce([image.pk])
        raise ZeroDivisionError
    assert not watch.wait(timeout_s=0.1)
    with stages.transaction.atomic():
        events.announce([image.pk])
        assert not watch.wait(timeout_s=0.1)
    assert watch.wait(timeout_s=2)
    watch.close()


@committed
def test_a_stream_ends_in_time_and_holds_no_database_connection(
    user: User, stream: Callable[[Image], Stream], settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SSE_MAX_S = 0.3
    monkeypatch.setattr(event_views, "HEARTBEAT_S", 0.1)
    image, _ = add(user)
    told = stream(image)
    assert status(next(told)) == "queued"
    assert connection.connection is None
    start = time.monotonic()
    assert set(told) == {b":\n\n"}
    assert 0.2 < time.monotonic() - start < 1
    assert connection.connection is None


# Over HTTP -----------------------------------------------------------------------------------------------------------


@committed
@pytest.mark.usefixtures("prepared", "queue")
def test_of_a_finished_picture_the_state_is_said_once_and_then_there_is_nothing_more(
    user: User, client_of: Callable[[User], APIClient]
) -> None:
    image, _ = add(user)
    stages.describe([image.pk])
    client = client_of(user)
    expected = {"id": str(image.pk), "status": "ready", "error": None, "garments": 1}
    assert said_by(client.get(url(image), HTTP_ACCEPT="text/event-stream")) == [("state", expected)]
    assert said_by(client.get(url(image), HTTP_LAST_EVENT_ID="processing")) == [("state", expected)]
    assert client.get(url(image), HTTP_LAST_EVENT_ID="ready").status_code == 204  # EventSource stays away


def test_while_it_is_on_its_way_the_picture_says_when_to_ask_again(
    user: User, client_of: Callable[[User], APIClient], prepared: object, queue: object
) -> None:
    image, _ = add(user)
    detail, client = f"/api/v1/images/{image.pk}/", client_of(user)
    assert client.get(detail)["Retry-After"] == "2"
    stages.transitions.claim([image.pk])
    assert client.get(detail)["Retry-After"] == "1"
    Image.objects.update(claim=None, claimed_until=None)
    stages.describe([image.pk])
    assert "Retry-After" not in client.get(detail)


def test_for_nobody_and_for_another_user_there_is_nothing_to_watch(
    user: User, make_user: Callable[[str], User], client_of: Callable[[User], APIClient], queue: object
) -> None:
    image, _ = add(user)
    for client in (APIClient(), client_of(make_user("grace@example.org"))):
        answer = client.get(url(image), HTTP_ACCEPT="text/event-stream")
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    Image.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client_of(user).get(url(image)).status_code == 404


@committed
def test_over_the_bound_a_stream_is_refused_and_polling_is_not(
    user: User, client_of: Callable[[User], APIClient], settings: LazySettings, queue: object
) -> None:
    settings.SSE_STREAMS_PER_USER, settings.SSE_STREAMS = 2, 3
    image, _ = add(user)
    client = client_of(user)
    opened = [client.get(url(image)) for _ in range(2)]
    refused = client.get(url(image))
    by_address = APIClient().get(links.events_url(image, None))  # who has the address counts as its owner
    for answer in (refused, by_address):
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert "2 streams open" in answer.json()["detail"]
    places.take("somebody else")
    places_left = client.get(url(image))
    assert "too many streams" in places_left.json()["detail"]
    places.free("somebody else")
    assert client.get(f"/api/v1/images/{image.pk}/").status_code == 200
    opened[0].close()
    again = client.get(url(image))
    assert again.status_code == 200
    for answer in (again, opened[1]):
        answer.close()


def test_without_redis_there_is_no_stream_and_the_place_is_free_again(
    user: User, client_of: Callable[[User], APIClient], settings: LazySettings, queue: object
) -> None:
    image, _ = add(user)
    events._redis.cache_clear()
    settings.REDIS_URL = f"unix://{FOLDER}/nobody.sock"
    try:
        answer = client_of(user).get(url(image))
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert "Redis is away" in answer.json()["detail"]
    finally:
        events._redis.cache_clear()


# The real thing ------------------------------------------------------------------------------------------------------


@pytest.fixture
def web(queue: object, transactional_db: None) -> Iterator[str]:
    """Gunicorn with one process, as `make run` starts it; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--no-control-socket"]
    command += ["--worker-class", "gthread", "--workers", "1", "--threads", "20", "--graceful-timeout", "1"]
    server = Server("web", command, FOLDER, DATABASE_URL=database_url(), SSE_STREAMS_PER_USER="12")
    address = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        with contextlib.suppress(requests.ConnectionError):
            return requests.get(f"{address}/health/live", timeout=5).status_code == 200
        return False

    server.start(answers)
    yield address
    server.stop()


def test_streams_of_a_web_server_are_bounded_disturb_nobody_and_free_their_places(
    web: str, user: User, prepared: object
) -> None:
    image, _ = add(user)
    address = web + links.events_url(image, None)
    opened = [requests.get(address, stream=True, timeout=30) for _ in range(20)]
    try:
        assert sorted(answer.status_code for answer in opened) == [200] * 12 + [503] * 8
        assert {answer.headers.get("Retry-After") for answer in opened if answer.status_code == 503} == {"5"}
        waited = []
        for _ in range(20):
            start = time.monotonic()
            assert requests.get(f"{web}/api/v1/products/", timeout=10).status_code == 200
            waited.append(time.monotonic() - start)
        assert sorted(waited)[10] < 0.5, waited
        streams = [answer for answer in opened if answer.status_code == 200]
        said: list[Said] = [[] for _ in streams]

        def listens(number: int) -> None:
            said[number] = list(read(streams[number].iter_lines(chunk_size=1, decode_unicode=True)))

        listeners = [threading.Thread(target=listens, args=(number,)) for number in range(len(streams))]
        for listener in listeners:
            listener.start()
        stages.describe([image.pk])
        for listener in listeners:
            listener.join(10)
        assert {tuple(body["status"] for _, body in one)[-1] for one in said} == {"ready"}
    finally:
        for answer in opened:
            answer.close()


def test_a_client_that_leaves_frees_its_place(web: str, user: User) -> None:
    image, _ = add(user)
    address = web + links.events_url(image, None)
    opened = [requests.get(address, stream=True, timeout=30) for _ in range(12)]
    assert [answer.status_code for answer in opened] == [200] * 12
    assert requests.get(address, stream=True, timeout=30).status_code == 503
    for answer in opened:
        answer.close()
    deadline = time.monotonic() + 3 * event_views.HEARTBEAT_S
    while (again := requests.get(address, stream=True, timeout=30)).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    again.close()
