"""`make run` as a person has it: a start, a search, Ctrl-C, a start again, and what goes wrong said in words."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from catalog.drawn import demo_products
from tests.flows.installation import Database, eventually, short_folder
from tests.flows.running import Running, cpu_seconds, environment, free_port, pids_of, processes_of, sockets_of
from tests.servers import ROOT


@pytest.fixture(scope="module")
def dress() -> bytes:
    """A drawn dress that the detector sees as one."""
    return list(demo_products(5))[4].jpeg()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, dress: bytes) -> Iterator[Path]:
    """A data folder with one product, imported while nothing ran: so no demo is drawn, and the sweeper finds it."""
    folder, shop = short_folder(), tmp_path_factory.mktemp("shop")
    (shop / "dress.jpg").write_bytes(dress)
    (shop / "feed.csv").write_text("file,sku,title,category\ndress.jpg,D1,A dress,dresses\n")
    for command in (
        ("migrate", "--verbosity", "0"),
        ("import_products", str(shop / "feed.csv"), "--images", str(shop), "--no-wait"),
    ):
        done = subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=environment(folder), capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    yield folder
    shutil.rmtree(sockets_of(folder), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.with_suffix(".txt").unlink(missing_ok=True)


@pytest.fixture
def run(folder: Path) -> Iterator[Callable[[int], Running]]:
    started: list[Running] = []

    def start(port: int) -> Running:
        started.append(Running(folder, port))
        return started[-1]

    yield start
    for running in started:
        if running.process.poll() is None:
            running.stop()
    for pid in processes_of(folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def refused(folder: Path, port: int) -> tuple[int, str]:
    """Exit code and words of a start that cannot succeed."""
    command = [sys.executable, "-m", "config.run", "--port", str(port)]
    done = subprocess.run(command, cwd=ROOT, env=environment(folder), capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr.strip()


def test_it_starts_serves_survives_a_killed_worker_and_stops_without_a_trace(
    folder: Path, run: Callable[[int], Running], dress: bytes
) -> None:
    running = run(free_port())
    running.wait_until_it_serves()
    assert f"http://127.0.0.1:{running.port}/api/docs/" in running.text
    assert running.get("/health/ready") == (
        200, {"status": "ok", "parts": {"database": True, "redis": True, "milvus": True}},
    )  # fmt: skip

    eventually(lambda: Database(folder / "garderobe.sqlite3").stages() == {"ready": 1}, "the sweeper found the product")
    status, body = running.search(dress)
    assert status == 200
    assert [result["product"]["sku"] for result in body["results"]] == ["D1"]  # type: ignore[attr-defined]
    assert body["results"][0]["score"] > 0.99  # type: ignore[index]

    [supervisor] = pids_of(folder, "supervisor.supervisord")
    assert refused(folder, free_port()) == (
        1,
        f"Garderobe cannot start: it already runs on the data in {folder}. Stop it (kill {supervisor}, if no terminal "
        "shows it), or give this one GARDEROBE_DATA=another/folder.",
    )

    workers = pids_of(folder, "--hostname online@")
    assert len(workers) == 2  # the worker, and the process in which it works
    os.kill(min(workers), signal.SIGKILL)

    def replaced() -> bool:
        now = pids_of(folder, "--hostname online@")
        return len(now) == 2 and not now & workers

    eventually(replaced, "the manager started the worker again, and nothing of the old one is left")
    eventually(lambda: running.search(dress)[0] == 200, "the new worker answers")

    assert running.stop() == 0
    assert running.text.rstrip().endswith("Stopped.")
    assert processes_of(folder) == {}


def test_a_second_start_keeps_the_data_and_serves_within_15_seconds_of_two_free_cores(
    folder: Path, run: Callable[[int], Running], dress: bytes
) -> None:
    running = run(free_port())
    running.wait_until_it_serves()
    assert cpu_seconds(folder) < 2 * 15  # what it took on the clock depends on what else this machine does
    assert running.search(dress)[1]["results"][0]["score"] > 0.99  # type: ignore[index]
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(60) == 0
    assert processes_of(folder) == {}


def test_a_stop_while_the_demo_is_drawn_leaves_no_process_and_no_file_without_a_row() -> None:
    folder = short_folder()
    running = Running(folder, free_port())
    database = Database(folder / "garderobe.sqlite3")
    try:
        eventually(lambda: bool(pids_of(folder, "load_demo")), "the demo is being drawn")
        eventually(lambda: database.stages().total() > 0, "the first pictures are stored")
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(60) == 0
        assert processes_of(folder) == {}
        assert "interrupted; what is stored stays" in running.text
        assert "Traceback" not in running.text
        stored = {file for (file,) in database.rows("SELECT file FROM images_image")}
        there = {path.relative_to(folder / "pictures").as_posix() for path in (folder / "pictures").rglob("*.jpg")}
        assert {name for name in there if not name.startswith("thumbnails/")} == stored
    finally:
        for pid in processes_of(folder):
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(sockets_of(folder), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_suffix(".txt").unlink(missing_ok=True)


def test_a_taken_port_is_named_with_what_to_try() -> None:
    folder = short_folder()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, problem = refused(folder, port)
    assert status == 1
    assert problem == (
        f"Garderobe cannot start: port {port} is taken (Address already in use). Try: make run PORT={port + 1}"
    )
    assert processes_of(folder) == {}
    shutil.rmtree(folder)
