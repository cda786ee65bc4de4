"""The engines as processes of their own, each in a folder that goes afterwards."""

from __future__ import annotations

import importlib.util
import lzma
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.installation import ROOT

START_S = 120
STOP_S = 60
METRICS_PORT = 9091


@dataclass(frozen=True, slots=True)
class Server:
    """A running engine. `uri`: what MilvusIndex connects to."""

    name: str
    uri: str
    pid: int
    folder: Path

    def resident_mb(self) -> int:
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") // 2**20

    def disk_mb(self) -> int:
        sizes = 0
        for path in (self.folder / "data").rglob("*"):
            try:
                sizes += path.stat().st_blocks * 512 if path.is_file() else 0
            except FileNotFoundError:
                continue  # removed meanwhile: servers tidy up
        return sizes // 2**20


@contextmanager
def lite() -> Iterator[Server]:
    """mlcore.index.lite_server, as `make run` starts it."""
    with tempfile.TemporaryDirectory(prefix="garderobe-bench-") as name:
        folder = Path(name)
        socket = folder / "lite.sock"
        command = [sys.executable, "-m", "mlcore.index.lite_server", "--data", name + "/data", "--socket", str(socket)]
        with _process(command, cwd=ROOT, log=folder / "log", env=dict(os.environ)) as process:
            _wait(process, folder / "log", lambda: "ready" in (folder / "log").read_text())
            yield Server("Milvus Lite", f"unix:{socket}", process.pid, folder)


@contextmanager
def milvus_server() -> Iterator[Server]:
    """The standalone server of the package `milvus`, which exists for Linux x86-64.

    One at a time on a machine: its etcd has fixed ports. It listens on all interfaces while it runs, and has no setting
    for that.
    """
    if importlib.util.find_spec("milvus") is None:
        raise RuntimeError("the package milvus is not installed; it exists for Linux x86-64 only")
    import milvus

    with tempfile.TemporaryDirectory(prefix="garderobe-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        config = milvus.MilvusServerConfig(data_dir=name)
        # The package's own launcher leaves the server behind on SIGTERM, and stopping may take it half an hour.
        settings: dict[str, Any] = {
            "common.gracefulStopTimeout": 5,
            "common.session.ttl": 10,
            # A segment is closed at 80 % of its 512 MB, not at 23 %: it need not be merged and indexed a second time.
            "dataCoord.segment.sealProportion": 0.8,
        }
        for key, value in settings.items():
            config.set(key, value)
        config.resolve()
        _unpack(Path(milvus.__file__).parent / "data" / "bin", folder / "bin")
        environment = {
            **os.environ,
            "DEPLOY_MODE": "STANDALONE",
            "LD_LIBRARY_PATH": str(folder / "bin"),
            "METRICS_PORT": str(METRICS_PORT),
            "MILVUS_RUN_DIR": str(folder / "run"),
        }
        command = [str(folder / "bin" / "milvus"), "run", "standalone"]
        with _process(command, cwd=folder, log=Path(os.devnull), env=environment) as process:
            _wait(process, folder / "logs" / "etcd.log", _healthy)
            uri = f"http://127.0.0.1:{config.get('proxy_port')}"
            yield Server(f"Milvus {milvus.__version__}", uri, process.pid, folder)


def _unpack(packed: Path, to: Path) -> None:
    to.mkdir()
    for file in packed.glob("*.lzma"):
        program = to / file.stem
        program.write_bytes(lzma.decompress(file.read_bytes()))
        program.chmod(0o755)


def _healthy() -> bool:
    with urllib.request.urlopen(f"http://127.0.0.1:{METRICS_PORT}/healthz", timeout=5) as answer:
        return bool(answer.read() == b"OK")


@contextmanager
def _process(command: list[str], *, cwd: Path, log: Path, env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=cwd, env=env, stdout=out, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], log: Path, ready: Any) -> None:
    give_up = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < give_up:
        try:
            if ready():
                return
        except OSError:
            pass
        time.sleep(0.2)
    said = log.read_text(errors="replace")[-2000:] if log.exists() else ""
    raise RuntimeError(f"the server did not start within {START_S} s:\n{said}")
