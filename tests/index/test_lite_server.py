"""The process around milvus-lite: how it starts, refuses, flushes and ends."""

from __future__ import annotations

import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mlcore.index import lite_server
from mlcore.index.milvus import MilvusIndex
from tests.index.conftest import LiteServer
from tests.index.helpers import PRODUCTS, at_cosine, entry, ids, scattered, towards


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mlcore.index.lite_server", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_second_server_on_the_same_data_refuses_and_leaves_the_first_alone(lite: LiteServer, tmp_path: Path) -> None:
    done = run("--data", str(lite.data), "--socket", str(lite.socket))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{lite.data} is in use by another process; one server per data folder\n"
    assert MilvusIndex(lite.uri, version="a1").live(PRODUCTS) is None


def test_a_port_that_is_taken_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run("--data", str(tmp_path / "data"), "--port", str(taken.getsockname()[1]))
    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot listen on 127.0.0.1:" in done.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org"])
def test_only_this_machine_may_be_served(host: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        lite_server.main(["--data", str(tmp_path), "--host", host, "--port", "19530"])
    assert ended.value.code == 2
    assert "invalid choice" in capsys.readouterr().err


def test_a_socket_or_a_port_is_needed_and_not_both(tmp_path: Path) -> None:
    for address in ([], ["--socket", "a.sock", "--port", "1"]):
        with pytest.raises(SystemExit):
            lite_server.main(["--data", str(tmp_path), *address])


def test_socket_and_data_belong_to_the_owner_alone(lite: LiteServer) -> None:
    for path in (lite.socket, lite.data):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_a_polite_end_flushes_frees_the_data_and_removes_the_socket(lite: LiteServer) -> None:
    index = MilvusIndex(lite.uri, version="a1", patience=20.0)
    index.ensure()
    index.upsert(PRODUCTS, [entry(1), entry(2)])
    assert lite.stop() == 0
    assert not lite.socket.exists()
    assert list((lite.data / "collections" / "products_2_a1" / "partitions" / "tops").rglob("*.parquet"))
    lite.start()
    assert ids(index.search(PRODUCTS, towards(1), limit=9)) == [1, 2]


def test_the_server_flushes_by_itself_what_would_slow_searching(tmp_path: Path) -> None:
    server = LiteServer(tmp_path, "--flush-every", "0.5").start()
    try:
        index = MilvusIndex(server.uri, version="a1")
        index.ensure()
        index.upsert(PRODUCTS, [entry(n, v) for n, v in enumerate(scattered(lite_server.FLUSH_ROWS + 50, seed=1))])
        folder = server.data / "collections" / "products_2_a1" / "partitions" / "tops"
        give_up = time.monotonic() + 10
        while not list(folder.rglob("*.idx")) and time.monotonic() < give_up:
            time.sleep(0.1)
        assert list(folder.rglob("*.idx")), "neither flushed nor indexed"
        assert index.count(PRODUCTS) == lite_server.FLUSH_ROWS + 50
    finally:
        server.stop()


def test_a_collection_whose_creation_was_cut_off_does_not_block_its_name(lite: LiteServer) -> None:
    lite.kill()
    (lite.data / "collections" / "products_2_a1").mkdir(parents=True)
    lite.start()
    index = MilvusIndex(lite.uri, version="a1")
    index.ensure()
    assert index.count(PRODUCTS) == 0


def test_a_search_that_a_flush_overtakes_still_finds_what_is_flushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = lite_server.Database(tmp_path / "data")
    server, servicer = lite_server.build(db, f"unix:{tmp_path}/lite.sock")
    server.start()
    try:
        index = MilvusIndex(f"unix:{tmp_path}/lite.sock", version="a1")
        index.ensure()
        index.upsert(PRODUCTS, [entry(1_000 + n, at_cosine(0.1)) for n in range(lite_server.FLUSH_ROWS)])
        servicer.flush_buffers()
        index.upsert(PRODUCTS, [entry(n) for n in range(lite_server.FLUSH_ROWS)])
        collection = db.get_collection("products_2_a1")
        looked, read = threading.Event(), collection._read_snapshot

        def slowly() -> object:
            """Between what is flushed and what is in the buffer, a search loses its turn."""
            snapshot = read()
            looked.set()
            time.sleep(0.5)
            return snapshot

        monkeypatch.setattr(collection, "_read_snapshot", slowly)
        flusher = threading.Thread(target=lambda: looked.wait(5) and servicer.flush_buffers())
        flusher.start()
        found = ids(index.search(PRODUCTS, towards(1), limit=10))
        flusher.join()
        assert found == list(range(10))
        assert collection._memtable.size() == 0, "the flush happened"
        index.close()
    finally:
        server.stop(1).wait()
        db.close()


def test_readers_share_a_turnstile_and_a_writer_has_it_alone() -> None:
    turnstile, seen = lite_server.Turnstile(), []
    both_in = threading.Barrier(2)

    def read() -> None:
        with turnstile.shared():
            both_in.wait(5)
            seen.append("read")

    def write() -> None:
        with turnstile.alone(), turnstile.alone():
            seen.append("write")

    readers = [threading.Thread(target=read) for _ in range(2)]
    with turnstile.alone():
        writer = threading.Thread(target=write)
        for thread in (writer, *readers):
            thread.start()
            time.sleep(0.05)
        assert seen == []
    for thread in (writer, *readers):
        thread.join(5)
    assert seen == ["write", "read", "read"]
