"""What `make run` serves with: gunicorn, its processes and their memory."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config import run
from tests.flows.running import free_port

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = 6


def who_answers(_: object, start_response: Callable[..., object]) -> list[bytes]:
    """An application that names its process."""
    body = str(os.getpid()).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


@pytest.fixture
def server() -> Iterator[int]:
    """The port of two processes, started as `make run` starts them."""
    port = free_port()
    command = [word.replace("config.wsgi", f"{__name__}:who_answers") for word in run.commands(port)["web"]]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


def ask(connection: http.client.HTTPConnection) -> int:
    connection.request("GET", "/")
    return int(connection.getresponse().read())


def test_connections_that_are_kept_are_shared_out_among_the_processes(server: int) -> None:
    until = time.monotonic() + 30
    seen: set[int] = set()
    while len(seen) < 2:  # both are up
        assert time.monotonic() < until
        try:
            seen.add(ask(http.client.HTTPConnection("127.0.0.1", server, timeout=5)))
        except OSError:
            time.sleep(0.1)
    time.sleep(0.5)  # and have noticed that these connections are gone
    kept = [http.client.HTTPConnection("127.0.0.1", server, timeout=5) for _ in range(CLIENTS)]
    shares = Counter(ask(connection) for connection in kept)
    for connection in kept:
        connection.close()
    assert len(shares) == 2
    assert max(shares.values()) <= CLIENTS // 2 + 1


def test_the_garbage_collector_leaves_alone_what_was_loaded_at_the_start() -> None:
    """In a process of its own: the collector of this one is not to be touched."""
    facts = "gc.get_freeze_count(), len(gc.get_objects())"
    code = f"""
import gc
import config.wsgi
print({facts})
from mlcore.index.library import pymilvus
pymilvus()
print({facts})
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    start, with_milvus = (tuple(map(int, line.split())) for line in done.stdout.splitlines())
    assert start[0] > 50 * start[1]
    assert with_milvus[0] > start[0] + 20_000
    assert with_milvus[0] > 50 * with_milvus[1]
