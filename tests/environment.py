"""A pytest plugin, loaded before Django: every path and server of the settings lies in a folder of this run."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="garderobe-test-"))

os.environ.update(
    GARDEROBE_DATA=str(FOLDER),
    SECRET_KEY="only for tests",
    REDIS_URL=f"unix://{FOLDER}/redis.sock",
    MILVUS_URI=f"unix:{FOLDER}/milvus.sock",
    DESCRIBE_LEASE_S="10",
    ONLINE_TIMEOUT_S="20",
    THROTTLE_READ="100000/min",
    THROTTLE_PICTURE="100000/min",
    THROTTLE_ANONYMOUS_PICTURE="100000/min",
)
# One database file that workers in other processes see too; PostgreSQL through DATABASE_URL.
os.environ.setdefault("DATABASE_URL", f"sqlite:///{FOLDER}/main.sqlite3")
