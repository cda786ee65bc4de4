"""`make run` for a test: `python -m config.run` on a data folder of its own, and what it leaves running."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from tests.flows.installation import environment_of, eventually
from tests.servers import ROOT

BOUNDARY = "----garderobe"


class Running:
    """`python -m config.run` on a data folder, with what it prints."""

    def __init__(self, folder: Path, port: int, **more: str) -> None:
        self.folder, self.port = folder, port
        self.printed = folder.with_suffix(".txt")
        with self.printed.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.run", "--port", str(port)],
                stdout=out, stderr=out, cwd=ROOT, env={**environment(folder), **more}, start_new_session=True,
            )  # fmt: skip

    @property
    def text(self) -> str:
        return self.printed.read_text()

    def wait_until_it_serves(self, within_s: float = 60) -> None:
        def serves() -> bool:
            assert self.process.poll() is None, self.text
            return "Garderobe serves at" in self.text

        eventually(serves, f"it serves\n{self.text}", within_s=within_s)

    def get(self, path: str) -> tuple[int, dict[str, object]]:
        with contextlib.closing(urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10)) as response:
            return response.status, json.load(response)

    def search(self, picture: bytes) -> tuple[int, dict[str, object]]:
        body = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n'.encode()
            + picture
            + f"\r\n--{BOUNDARY}--\r\n".encode()
        )
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1/search/",
            body,
            {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def stop(self) -> int:
        """Ctrl-C; the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


def environment(folder: Path) -> dict[str, str]:
    return environment_of(folder, QUEUE_PATIENCE_S="1", SWEEP_EVERY_S="1")


def processes_of(folder: Path) -> dict[int, str]:
    """Command lines by pid of everything that was started with this data folder."""
    wanted, found = f"GARDEROBE_DATA={folder}".encode(), {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and wanted in (entry / "environ").read_bytes().split(b"\0"):
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    return found


def pids_of(folder: Path, part: str) -> set[int]:
    return {pid for pid, command in processes_of(folder).items() if part in command}


def cpu_seconds(folder: Path) -> float:
    """What the processes of a data folder have used, with their children that ended."""
    ticks = 0
    for pid in processes_of(folder):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(int(value) for value in fields[11:15])  # utime, stime, cutime, cstime
    return ticks / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def sockets_of(folder: Path) -> Path:
    """The short folder of Unix sockets that belongs to a data folder."""
    code = "from config import embedded; print(embedded.socket_folder())"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environment(folder), capture_output=True, text=True, check=True)
    return Path(done.stdout.strip())
