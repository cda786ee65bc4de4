"""An installation of a test's own: database, pictures, Redis, Milvus, worker and beat, each killed by its own pid."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import redis

from mlcore.index.base import CollectionName, IndexAway
from mlcore.index.milvus import MilvusIndex
from mlcore.manifest import model
from tests import servers
from tests.servers import ROOT, Server

POINTERS = ("REDIS_URL", "MILVUS_URI", "DATABASE_URL", "STORAGE_URL", "MEDIA_ROOT", "PORT")


def eventually(true: Callable[[], bool], what: str, *, within_s: float = 60.0) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, f"after {within_s:g} s still not: {what}"
        time.sleep(0.1)


def short_folder() -> Path:
    """The path of a Unix socket may be 107 bytes long; pytest's own folders may be longer."""
    return Path(tempfile.mkdtemp(prefix="garderobe-flow-"))


def environment_of(folder: Path, **more: str) -> dict[str, str]:
    """The environment of an installation that knows nothing of the tests' own servers."""
    inherited = {name: value for name, value in os.environ.items() if name not in POINTERS}
    return {**inherited, "GARDEROBE_DATA": str(folder), **more}


class Database:
    """The SQLite file of an installation, read from outside, as a person with a shell would."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self.file, timeout=20)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def stages(self) -> Counter[str]:
        return Counter(stage for (stage,) in self.rows("SELECT stage FROM images_image"))

    def claimed(self) -> int:
        [(number,)] = self.rows("SELECT count(*) FROM images_image WHERE claim IS NOT NULL")
        return int(number)

    def garment_ids(self, kind: str) -> list[int]:
        """Of the garments that have a vector, ascending."""
        query = (
            "SELECT d.garment_id FROM images_descriptor d JOIN images_garment g ON g.id = d.garment_id "
            "JOIN images_image i ON i.id = g.image_id WHERE i.kind = ? ORDER BY 1"
        )
        return [garment_id for (garment_id,) in self.rows(query, kind)]


class Installation:
    """Its parts are started one by one; `stop` ends whatever still runs and removes the folder."""

    def __init__(self, **environment: str) -> None:
        self.folder = short_folder()
        self.environment = environment_of(
            self.folder,
            REDIS_URL=f"unix://{self.folder}/redis.sock",
            MILVUS_URI=f"unix:{self.folder}/milvus.sock",
            LOG_LEVEL="INFO",
            **environment,
        )
        self.database = Database(self.folder / "garderobe.sqlite3")
        self.client = redis.Redis.from_url(self.environment["REDIS_URL"])
        self.index = MilvusIndex(self.environment["MILVUS_URI"], version=model("embedding").version, patience=1.0)
        self.redis = servers.redis_server(self.folder)
        self.milvus = servers.milvus_server(self.folder)
        self.worker = servers.worker(self.folder)
        self.beat = Server("beat", [sys.executable, "-m", "celery", "--app", "config", "beat"], self.folder)
        for server in self._servers:
            server.environment = self.environment

    @property
    def _servers(self) -> tuple[Server, ...]:
        return (self.beat, self.worker, self.milvus, self.redis)

    def start(self) -> None:
        self.redis.start(self._redis_answers)
        self.milvus.start(self.milvus_answers)
        self.beat.start(lambda: True)
        self.start_worker()

    def start_worker(self) -> None:
        """Not waited for: its start is part of what a recovery takes."""
        self.worker.start(lambda: True)

    def restart_milvus(self) -> None:
        self.milvus.start(self.milvus_answers)

    def milvus_answers(self) -> bool:
        try:
            self.index.live(CollectionName.PRODUCTS)
        except IndexAway:
            return False
        return True

    def manage(self, *arguments: str) -> str:
        """The standard error of a management command that succeeds."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stderr

    def stop(self) -> None:
        for server in self._servers:
            if server.process is not None and server.process.poll() is None:
                server.kill()
        self.client.close()
        self.index.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _redis_answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False
