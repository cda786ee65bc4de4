"""An installation of its own for a benchmark: `config.run` on a free port and a folder that goes afterwards."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = {f"THROTTLE_{scope}": "1000000/min" for scope in ("READ", "PICTURE", "ANONYMOUS_PICTURE")}
SETTINGS["THROTTLE_SIGN_IN"] = "1000000/m"  # allauth has words of its own


class Installation:
    def __init__(self, folder: Path, port: int, environment: Mapping[str, str]) -> None:
        self.folder, self.port = folder, port
        self.environment = {**os.environ, **SETTINGS, **environment, "GARDEROBE_DATA": str(folder)}
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    @property
    def milvus_uri(self) -> str:
        if given := self.environment.get("MILVUS_URI"):
            return given
        code = "from config import embedded; print(embedded.milvus_socket())"
        path = subprocess.check_output([sys.executable, "-c", code], env=self.environment, cwd=ROOT, text=True)
        return f"unix:{path.strip()}"

    def call(self, function: str, **arguments: Any) -> Any:
        """What a function gives as JSON ("benchmarks.rows.fill"), called beside the installation, with its database."""
        module, _, name = function.rpartition(".")
        code = f"import json; from {module} import {name}; print(json.dumps({name}(**{arguments!r})))"
        command = [sys.executable, str(ROOT / "manage.py"), "shell", "--no-imports", "--command", code]
        done = subprocess.run(command, check=True, env=self.environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        return json.loads(done.stdout.splitlines()[-1])

    def manage(self, *arguments: str) -> None:
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        subprocess.run(command, check=True, env=self.environment, cwd=ROOT, stdout=sys.stderr)

    def ready(self) -> int:
        """How many pictures are described and in the index."""
        with sqlite3.connect(f"file:{self.folder}/garderobe.sqlite3?mode=ro", uri=True, timeout=20) as database:
            return int(database.execute("SELECT count(*) FROM images_image WHERE stage = 'ready'").fetchone()[0])

    def search(self, **query: Any) -> dict[str, Any]:
        return self._post(json.dumps(query).encode(), "application/json")

    def search_picture(self, picture: bytes, **query: str) -> dict[str, Any]:
        mark = uuid.uuid4().hex
        head = f"--{mark}\r\nContent-Disposition: form-data; name="
        parts = [f'{head}"{name}"\r\n\r\n{value}\r\n'.encode() for name, value in query.items()]
        file = f'{head}"image"; filename="picture.jpg"\r\n\r\n'.encode()
        body = b"".join([*parts, file, picture, f"\r\n--{mark}--\r\n".encode()])
        return self._post(body, f"multipart/form-data; boundary={mark}")

    def resident_mb(self) -> dict[str, int]:
        """Resident memory of the processes of each program, the largest of a program's processes first."""
        found: dict[str, int] = {}
        for name, process in self._processes():
            with contextlib.suppress(OSError, IndexError):
                pages = int((process / "statm").read_text().split()[1])
                found[name] = max(found.get(name, 0), pages * os.sysconf("SC_PAGE_SIZE") // 2**20)
        return found

    def processor_s(self, program: str) -> float:
        """What the processes of a program have had of the processor: unlike a clock, the same on a busy machine."""
        ticks = 0
        for name, process in self._processes():
            with contextlib.suppress(OSError, IndexError):
                facts = (process / "stat").read_text().rpartition(")")[2].split()
                ticks += int(facts[11]) + int(facts[12]) if name == program else 0  # proc(5): utime, stime
        return ticks / os.sysconf("SC_CLK_TCK")

    def _processes(self) -> Iterator[tuple[str, Path]]:
        """(program, its folder in /proc), for each process of the installation."""
        for process in Path("/proc").iterdir():
            if not process.name.isdigit():
                continue
            try:
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                environment = (process / "environ").read_bytes()
            except OSError:
                continue
            if f"GARDEROBE_DATA={self.folder}".encode() in environment:
                yield from ((name, process) for name, sign in PROGRAMS.items() if sign in command)

    def _post(self, body: bytes, content_type: str) -> dict[str, Any]:
        self._connection.request("POST", "/api/v1/search/", body, {"Content-Type": content_type})
        response = self._connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
        if response.status != 200:
            raise RuntimeError(f"{response.status}: {answer}")
        return answer


PROGRAMS = {
    "web": "gunicorn",
    "worker online": "--queues online",
    "worker index": "--queues uploads,index",
    "beat": "celery --app config beat",
    "milvus lite": "mlcore.index.lite_server",
    "redis": "valkey-server",
}


@contextmanager
def installation(**environment: str) -> Iterator[Installation]:
    """`environment`: settings that differ from those of `make run`."""
    with tempfile.TemporaryDirectory(prefix="garderobe-bench-") as name:
        there = Installation(Path(name), _free_port(), environment)
        command = [sys.executable, "-m", "config.run", "--port", str(there.port), "--no-demo"]
        process = subprocess.Popen(command, env=there.environment, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            _wait(there.port, process)
            yield there
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5):
                return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError("the installation did not start; run `make run` to see why")
