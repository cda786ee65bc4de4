"""Where the embedded parts of one installation live: the defaults when no REDIS_URL and no MILVUS_URI are given.

Redis and Milvus Lite listen on Unix sockets: no port to clash with another installation, none open to the network.
A socket's path may be 107 bytes long, a checkout's may be longer, so the sockets have a short folder of their own.
"""

import hashlib
import os
from pathlib import Path

from dotenv import load_dotenv

BASE = Path(__file__).resolve().parent.parent
load_dotenv(BASE / ".env")  # before anything else reads the environment; what is set there already stays


def data_folder() -> Path:
    """GARDEROBE_DATA, or var/ in the checkout: database, pictures, index, logs."""
    return Path(os.environ.get("GARDEROBE_DATA", BASE / "var")).resolve()


def socket_folder() -> Path:
    """A folder that only this user may enter; the same for every process of the installation, whatever its TMPDIR."""
    name = hashlib.sha256(str(data_folder()).encode()).hexdigest()[:12]
    return Path(f"/tmp/garderobe-{os.getuid()}-{name}")  # noqa: S108  # run.py checks whose it is


def redis_socket() -> Path:
    return socket_folder() / "redis.sock"


def milvus_socket() -> Path:
    return socket_folder() / "milvus.sock"
