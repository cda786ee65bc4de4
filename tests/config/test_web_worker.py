"""What `make run` serves with: gunicorn, its processes and their memory."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config import run, web_worker
from tests.flows.running import free_port

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 10
ENOUGH = 8  # by chance it would be as many in one run of twenty; a busy machine may wake the idle process too late once


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
    apart = sum(_answered_by_two(server) for _ in range(ROUNDS))
    assert apart >= ENOUGH


def _answered_by_two(port: int) -> bool:
    """Whether two clients that keep their connections meet different processes."""
    time.sleep(0.2)  # until the connections before are known to be gone
    both = [http.client.HTTPConnection("127.0.0.1", port, timeout=5) for _ in range(2)]
    first, second = (ask(connection) for connection in both)
    for connection in both:
        connection.close()
    return first != second


def test_a_process_hesitates_the_longer_the_more_connections_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(web_worker.time, "sleep", slept.append)
    monkeypatch.setattr(web_worker.ThreadWorker, "accept", lambda *_: slept.append(-1.0))
    worker = object.__new__(web_worker.FewestConnections)
    with socket.socket() as listener:
        for worker.nr_conns in (0, 1, 3, 1_000):
            worker.accept(listener)
    assert slept == [0.0, -1.0, 0.002, -1.0, 0.006, -1.0, 0.01, -1.0]


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
