"""The engines that pass one contract: memory, milvus-lite as a process, and a Milvus server where one is given."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlcore.index.base import CollectionName, VectorIndex
from mlcore.index.memory import MemoryIndex
from mlcore.index.milvus import MilvusIndex

ENGINES = ["memory", "lite", *(["server"] if "MILVUS_TEST_URI" in os.environ else [])]
_version_numbers = itertools.count(1)


class LiteServer:
    """mlcore.index.lite_server as a process that a test may kill and start again on the same data."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.data, self.socket, self.options = folder / "data", folder / "lite.sock", options
        self.process: subprocess.Popen[str] | None = None

    @property
    def uri(self) -> str:
        return f"unix:{self.socket}"

    def start(self) -> LiteServer:
        command = [sys.executable, "-m", "mlcore.index.lite_server", "--data", str(self.data)]
        self.process = subprocess.Popen(
            [*command, "--socket", str(self.socket), *self.options], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("milvus-lite ready at unix:"), line
        return self

    def kill(self) -> None:
        """As the kernel does when memory runs out: no goodbye, nothing flushed."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        return self._end(signal.SIGTERM)

    def _end(self, number: int) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


@pytest.fixture(scope="session")
def shared_lite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiteServer]:
    server = LiteServer(tmp_path_factory.mktemp("lite")).start()
    yield server
    server.stop()


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[LiteServer]:
    """A server of the test's own, empty."""
    server = LiteServer(tmp_path).start()
    yield server
    if server.process is not None and server.process.poll() is None:
        server.kill()


@pytest.fixture(params=ENGINES)
def index(request: pytest.FixtureRequest) -> Iterator[VectorIndex]:
    """An index with empty collections that are live."""
    version = f"test{os.getpid()}_{next(_version_numbers)}"
    if request.param == "memory":
        memory = MemoryIndex(version)
        memory.ensure()
        yield memory
        return
    uri = os.environ["MILVUS_TEST_URI"] if request.param == "server" else request.getfixturevalue("shared_lite").uri
    milvus = MilvusIndex(uri, version=version, patience=30.0)
    milvus.ensure()
    milvus.switch(version)
    for collection in CollectionName:
        for old in milvus.versions(collection):
            if old != version and old.startswith("test"):
                milvus.drop(old)
    yield milvus
    milvus.close()
