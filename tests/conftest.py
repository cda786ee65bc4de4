"""What tests share: real servers for the session, pictures drawn by the project, clients."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import override_settings
from rest_framework.test import APIClient

from accounts.models import User
from images.index import vector_index
from mlcore.index.base import CollectionName, VectorIndex
from tests import servers
from tests.environment import FOLDER
from tests.servers import Server


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite in a file, where a worker process reads the same rows; on PostgreSQL one for each process of tests."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(FOLDER / "test.sqlite3")


@pytest.fixture(scope="session", autouse=True)
def _passwords_are_cheap() -> Iterator[None]:
    """Hashing one costs a third of a second by design, and most tests make a user."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session", autouse=True)
def _folder_is_removed() -> Iterator[None]:
    yield
    shutil.rmtree(FOLDER, ignore_errors=True)


@pytest.fixture(autouse=True)
def _storage_is_empty() -> Iterator[None]:
    """Each test starts without stored pictures."""
    yield
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Server]:
    server = servers.redis_server(FOLDER)
    client = redis.Redis.from_url(settings.REDIS_URL)

    def answers() -> bool:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False

    server.start(answers)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def milvus_server() -> Iterator[Server]:
    server = servers.milvus_server(FOLDER)
    server.start(lambda: "ready" in server.tail())
    yield server
    server.stop()


@pytest.fixture
def queue(redis_server: Server) -> Iterator[redis.Redis]:
    """Redis, empty at the start."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.flushdb()
    cache.clear()
    yield client
    client.close()


Sent = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def sent(queue: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> Sent:
    """The tasks that are queued, with their arguments; none arrives. Redis cannot be asked for them: once a test of the
    file has had a worker, it may have taken them."""
    sent: Sent = []

    def noted(task: Any, args: object = None, kwargs: dict[str, Any] | None = None, **_: object) -> None:
        sent.append((task.name, kwargs or {}))

    monkeypatch.setattr("images.queueing.Task.apply_async", noted)
    return sent


@pytest.fixture
def vectors(milvus_server: Server) -> VectorIndex:
    """The index of the installation, empty at the start."""
    there = vector_index()
    for collection in CollectionName:
        there.delete(collection, list(there.ids(collection)))
    return there


@pytest.fixture(scope="module")
def _worker(redis_server: Server, milvus_server: Server, django_db_setup: None) -> Iterator[Server]:
    # No longer than the file: ids come back after each test, and a worker that still takes the tasks of one removes
    # from the index what the next has just put there.
    server = servers.worker(FOLDER, DATABASE_URL=database_url())
    server.start(lambda: " ready." in server.tail())
    yield server
    server.stop()


@pytest.fixture
def worker(_worker: Server, queue: redis.Redis, vectors: VectorIndex, transactional_db: None) -> Server:
    """A real Celery worker for both queues, on the test database; it sees committed rows only."""
    return _worker


def database_url() -> str:
    """Where a process beside the tests finds the test database."""
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['TEST']['NAME'] or facts['NAME']}"
    return f"postgres://{facts['USER']}:{facts['PASSWORD']}@{facts['HOST']}:{facts['PORT']}/{connection.settings_dict['NAME']}"


@pytest.fixture
def anonymous() -> APIClient:
    return APIClient()


@pytest.fixture
def make_user(db: None) -> Callable[[str], User]:
    """With looks allowed, which a new user has to switch on."""
    return lambda email: User.objects.create_user(email, "a long pass phrase", public_looks=True)


@pytest.fixture
def user(make_user: Callable[[str], User]) -> User:
    return make_user("ada@example.org")


@pytest.fixture
def client_of() -> Callable[[User], APIClient]:
    def client(user: User) -> APIClient:
        api = APIClient()
        api.force_authenticate(user)
        return api

    return client
