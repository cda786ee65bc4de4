"""What an engine in another process adds: it may be away, restarted or killed, and many processes use it at once."""

from __future__ import annotations

import multiprocessing
import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from mlcore.index.base import CollectionName, Entry, IndexAway, IndexMissing
from mlcore.index.connection import Connection
from mlcore.index.milvus import MilvusIndex
from mlcore.types import Category
from tests.index.conftest import LiteServer
from tests.index.helpers import PHOTOS, PRODUCTS, SKIRTS, TOPS, at_cosine, entry, ids, scattered, towards

spawn = multiprocessing.get_context("spawn")


def opened(server: LiteServer, *, patience: float = 10.0) -> MilvusIndex:
    index = MilvusIndex(server.uri, version="a1", patience=patience)
    index.ensure()
    return index


@pytest.mark.parametrize(("version", "lite"), [("milvus_lite-3.2.2", True), ("v2.3.5-lite", False), ("v2.6.1", False)])
def test_only_milvus_lite_is_taken_for_it(version: str, lite: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server of the PyPI package `milvus` is a whole one, whatever it calls itself."""
    monkeypatch.setattr(Connection, "call", lambda *args, **kwargs: version)
    assert Connection("http://127.0.0.1:1").is_lite() is lite


# Away ---------------------------------------------------------------------------------------------------------------


def test_where_nothing_listens_the_index_is_away_within_its_patience(tmp_path: Path) -> None:
    index = MilvusIndex(f"unix:{tmp_path}/nobody.sock", version="a1", patience=1.0)
    for call in (
        index.ensure,
        lambda: index.search(PRODUCTS, towards(1), limit=1),
        lambda: index.upsert(PRODUCTS, [entry(1)]),
        lambda: index.count(PRODUCTS),
        lambda: list(index.ids(PRODUCTS)),
    ):
        began = time.monotonic()
        with pytest.raises(IndexAway) as caught:
            call()
        assert time.monotonic() - began < 6.0
        assert not isinstance(caught.value, IndexMissing)


def test_a_server_that_accepts_and_never_answers_is_away_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        index = MilvusIndex(f"http://127.0.0.1:{silent.getsockname()[1]}", version="a1", patience=1.0)
        began = time.monotonic()
        with pytest.raises(IndexAway):
            index.search(PRODUCTS, towards(1), limit=1)
        assert time.monotonic() - began < 8.0


def test_a_client_that_had_a_connection_is_told_soon_that_the_server_is_gone(lite: LiteServer) -> None:
    index = opened(lite, patience=1.0)
    index.upsert(PRODUCTS, [entry(1)])
    lite.kill()
    began = time.monotonic()
    with pytest.raises(IndexAway):
        index.search(PRODUCTS, towards(1), limit=1)
    assert time.monotonic() - began < 6.0


def test_after_a_kill_and_a_restart_the_same_client_finds_every_row(lite: LiteServer) -> None:
    index = opened(lite)
    index.upsert(PRODUCTS, [entry(n, at_cosine(0.9 - n / 1_000)) for n in range(200)])
    index.flush(PRODUCTS)
    index.upsert(PRODUCTS, [entry(n, at_cosine(0.9 - n / 1_000), SKIRTS) for n in range(150, 250)])
    index.delete(PRODUCTS, [0, 249])
    lite.kill()
    lite.start()
    assert ids(index.search(PRODUCTS, towards(1), limit=300)) == list(range(1, 249))
    assert [index.count(PRODUCTS, category) for category in (TOPS, SKIRTS)] == [149, 99]
    assert index.live(PRODUCTS) == "a1"


def test_a_search_waits_out_a_restart(lite: LiteServer) -> None:
    index = opened(lite, patience=20.0)
    index.upsert(PRODUCTS, [entry(1)])
    lite.kill()
    back = threading.Timer(1.0, lite.start)
    back.start()
    assert ids(index.search(PRODUCTS, towards(1), limit=1)) == [1]
    back.join()


def test_before_anyone_called_ensure_the_collections_are_missing(lite: LiteServer) -> None:
    index = MilvusIndex(lite.uri, version="a1")
    with pytest.raises(IndexMissing, match="ensure"):
        index.search(PRODUCTS, towards(1), limit=1)
    assert index.live(PRODUCTS) is None
    index.ensure()
    assert index.live(PRODUCTS) == index.live(PHOTOS) == "a1"


# Many processes -----------------------------------------------------------------------------------------------------


def _ensure(uri: str, start: float) -> None:
    index = MilvusIndex(uri, version="a1", patience=20.0)
    index.live(PRODUCTS)  # connected: now only creating is timed
    time.sleep(max(0.0, start - time.time()))
    index.ensure()
    index.upsert(PRODUCTS, [entry(os.getpid())])


def test_several_processes_may_ensure_at_the_same_moment(lite: LiteServer) -> None:
    start = time.time() + 8.0
    workers = [spawn.Process(target=_ensure, args=(lite.uri, start)) for _ in range(4)]
    pids = _run(workers)
    index = MilvusIndex(lite.uri, version="a1")
    assert list(index.ids(PRODUCTS)) == sorted(pids)
    assert index.versions(PRODUCTS) == index.versions(PHOTOS) == {"a1"}


def _write(uri: str, first: int, last: int, seed: int) -> None:
    index, vectors = MilvusIndex(uri, version="a1", patience=20.0), scattered(last - first, seed)
    for start in range(first, last, 50):
        index.upsert(PRODUCTS, [entry(n, vectors[n - first]) for n in range(start, min(start + 50, last))])
        if start % 200 == 0:
            index.flush(PRODUCTS)


def test_two_processes_that_write_the_same_garments_leave_each_once(lite: LiteServer) -> None:
    index = opened(lite)
    _run([spawn.Process(target=_write, args=(lite.uri, 0, 1_000, seed)) for seed in (1, 1)])
    assert index.count(PRODUCTS) == index.count(PRODUCTS, TOPS) == 1_000
    assert list(index.ids(PRODUCTS)) == list(range(1_000))
    found = Counter(ids(index.search(PRODUCTS, scattered(1, 9)[0], categories=[TOPS], limit=1_000)))
    assert found == Counter(range(1_000))
    for number, vector in list(enumerate(scattered(1_000, 1)))[::97]:
        assert ids(index.search(PRODUCTS, vector, limit=1)) == [number]


def _log_acknowledged(uri: str, first: int, path: str) -> None:
    index, vectors = MilvusIndex(uri, version="a1", patience=1.0), scattered(100, first)
    with open(path, "a", buffering=1) as acknowledged:  # noqa: PTH123
        for start in range(first, first + 1_000_000, 100):
            batch = [entry(start + n, vector, list(Category)[n % 6]) for n, vector in enumerate(vectors)]
            index.upsert(PRODUCTS, batch)
            acknowledged.write(f"{start}\n")


def test_a_kill_in_the_middle_of_an_import_keeps_every_acknowledged_row(lite: LiteServer, tmp_path: Path) -> None:
    index = opened(lite)
    logs = [tmp_path / "first.log", tmp_path / "second.log"]
    workers = [
        spawn.Process(target=_log_acknowledged, args=(lite.uri, 1_000_000 * n, str(log)))
        for n, log in enumerate(logs, start=1)
    ]
    for worker in workers:
        worker.start()
    while sum(log.read_text().count("\n") for log in logs if log.exists()) < 40:
        time.sleep(0.05)
        if any(worker.exitcode is not None for worker in workers):
            pytest.fail("a writer ended early")
    lite.kill()
    for worker in workers:
        worker.join(30)  # ends with IndexAway
        assert worker.exitcode == 1
    acknowledged = {int(line) + n for log in logs for line in log.read_text().split() for n in range(100)}
    lite.start()
    kept = set(index.ids(PRODUCTS))
    assert len(acknowledged) >= 4_000
    assert acknowledged - kept == set()
    assert len(kept - acknowledged) <= 200, "at most the batch that was on its way, per writer"
    assert index.count(PRODUCTS) == len(kept)


def _in_child(check: Callable[[], bool]) -> bool:
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if check() else 1)
        finally:
            os._exit(2)
    give_up = time.monotonic() + 15.0
    while time.monotonic() < give_up:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.02)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return False


FORKING = """
import sys
from mlcore.index.connection import Connection
from mlcore.index.milvus import MilvusIndex
from tests.index.helpers import PRODUCTS, entry, ids, towards
from tests.index.test_milvus import _in_child
index = MilvusIndex(sys.argv[1], version="a1", patience=5.0)
index.ensure()
index.upsert(PRODUCTS, [entry(1)])
mine = index._milvus.client()
look = lambda: ids(index.search(PRODUCTS, towards(1), limit=1)) == [1]
print(sum(_in_child(lambda: look() and index._milvus.client()._handler is not mine._handler) for _ in range(8)), look())
assert index._milvus.client() is mine
"""


def test_after_a_fork_each_child_opens_a_client_of_its_own_and_the_parent_keeps_its(lite: LiteServer) -> None:
    """Forked between calls. While another thread is inside one, gRPC itself is lost in 2 of 8 children."""
    done = subprocess.run(
        [sys.executable, "-c", FORKING, lite.uri], capture_output=True, text=True, timeout=150, check=False
    )
    assert done.stdout == "8 True\n", done.stderr[-2_000:]


# Threads ------------------------------------------------------------------------------------------------------------


def test_searches_beside_an_import_that_flushes_find_all_that_was_there(lite: LiteServer) -> None:
    index = opened(lite)
    index.upsert(PRODUCTS, [entry(n, at_cosine(0.99 - n / 10_000)) for n in range(50)])
    stop, found = threading.Event(), Counter[tuple[int, ...]]()

    def search() -> None:
        while not stop.is_set():
            found[tuple(ids(index.search(PRODUCTS, towards(1), categories=[TOPS], limit=50)))] += 1

    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    for start in range(1_000, 2_000, 100):
        index.upsert(PRODUCTS, [entry(start + n, vector) for n, vector in enumerate(scattered(100, start))])
        index.flush(PRODUCTS)
    stop.set()
    for thread in threads:
        thread.join()
    assert list(found) == [tuple(range(50))]
    assert found.total() > 20


# Manners ------------------------------------------------------------------------------------------------------------


def test_importing_the_index_does_not_import_pymilvus() -> None:
    code = (
        "import sys, mlcore.index.milvus as m; m.MilvusIndex('http://x', version='a'); print('pymilvus' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("module", ["library; library.pymilvus()", "lite_server"])
def test_a_socket_in_the_environment_does_not_break_the_import_of_pymilvus(module: str) -> None:
    """pymilvus reads MILVUS_URI itself, at import, and takes no `unix:` there."""
    code = f"import os; from mlcore.index import {module}; print(os.environ['MILVUS_URI'])"
    environment = {**os.environ, "MILVUS_URI": "unix:/tmp/x.sock"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    assert done.stdout == "unix:/tmp/x.sock\n", done.stderr[-1_000:]


def test_pymilvus_neither_reads_env_files_nor_prints_errors_that_it_raises(tmp_path: Path) -> None:
    code = (
        "import os, sys\n"
        "import dotenv.main\n"
        "dotenv.main.find_dotenv = lambda *a, **k: sys.argv[1]\n"
        "from mlcore.index.milvus import MilvusIndex\n"
        "from mlcore.index.base import CollectionName, IndexAway\n"
        "try: MilvusIndex('unix:' + sys.argv[1], version='a', patience=0.2).count(CollectionName.PRODUCTS)\n"
        "except IndexAway: print(os.environ.get('LEAKED'))\n"
    )
    (tmp_path / ".env").write_text("LEAKED=yes\n")
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / ".env")], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("None\n", "")


def _run(workers: list[multiprocessing.context.SpawnProcess]) -> list[int]:
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(90)
    assert [worker.exitcode for worker in workers] == [0] * len(workers)
    return [worker.pid or 0 for worker in workers]


def test_a_view_of_one_version_shares_the_connection(lite: LiteServer) -> None:
    index = opened(lite)
    view = index.at("b2")
    view.ensure()
    view.upsert(PRODUCTS, [Entry(1, TOPS, towards(1))])
    assert view._milvus is index._milvus
    assert [index.at(version).count(CollectionName.PRODUCTS) for version in ("a1", "b2")] == [0, 1]
