"""How does an installation hold under fifty people at once, who look, search, like and open their wardrobes?

    python -m benchmarks.load [--engine lite|server] [--photos N] [--products N] [--users 50] [--seconds 60]

Starts an installation as `make run` does, fills it (benchmarks/populated.py), signs in users who have done and own
much, and lets Locust be these users for so many seconds (benchmarks/locustfile.py).
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from benchmarks.installation import ROOT, Installation
from benchmarks.machine import machine
from benchmarks.populated import ENGINES, keep, known, populate, running
from benchmarks.visits import sign_in, users

GARMENTS: Final = 200
EVENTS: Final = 300  # of each user
ITEMS: Final = 60
STARTED_S: Final = 10  # in which all users have come
COLUMNS: Final = {
    "requests": "Request Count",
    "failures": "Failure Count",
    "per_s": "Requests/s",
    "p50_ms": "50%",
    "p95_ms": "95%",
    "p99_ms": "99%",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load")
    parser.add_argument("--engine", choices=ENGINES, default="lite")
    parser.add_argument("--photos", type=int, default=40_000, help="photographs, of two garments on average")
    parser.add_argument("--products", type=int, default=20_000)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # the processes end and their folders go
    result: dict[str, Any] = {"machine": machine(), "engine": options.engine, "users": options.users}
    with running(options.engine) as there:
        result["filled"] = populate(there, products=options.products, photos=options.photos)
        emails = users(there, options.users)
        result["events"] = there.call("benchmarks.users.add_events", emails=emails, number=EVENTS)
        result["items"] = there.call("benchmarks.wardrobes.add_items", emails=emails, number=ITEMS)
        facts = {
            "tokens": [sign_in(there, email) for email in emails],
            "garments": [one.uid for kind in ("product", "photo") for one in known(there, kind, GARMENTS)],
        }
        result["calls"] = _locust(there, facts, users=options.users, seconds=options.seconds)
        result["resident_mb"] = there.resident_mb()
    keep(result, f"load-{options.engine}")
    _show(result)


def _locust(there: Installation, facts: dict[str, Any], *, users: int, seconds: int) -> dict[str, dict[str, float]]:
    """By call what was measured."""
    written = there.folder / "facts.json"
    written.write_text(json.dumps(facts))
    figures = there.folder / "load"
    command = [
        sys.executable, "-m", "locust", "--headless", "--locustfile", str(ROOT / "benchmarks" / "locustfile.py"),
        "--host", f"http://127.0.0.1:{there.port}", "--users", str(users), "--spawn-rate", str(users / STARTED_S),
        "--run-time", f"{seconds + STARTED_S}s", "--reset-stats", "--csv", str(figures), "--only-summary",
        "--exit-code-on-error", "0",
    ]  # fmt: skip
    environment = {**os.environ, "LOAD_FACTS": str(written)}
    subprocess.run(command, check=True, cwd=ROOT, env=environment, stdout=sys.stderr, timeout=seconds + 120)
    return _read(Path(f"{figures}_stats.csv"))


def _read(file: Path) -> dict[str, dict[str, float]]:
    with file.open(newline="") as table:
        return {
            row["Name"]: {name: round(float(row[column] or 0), 1) for name, column in COLUMNS.items()}
            for row in csv.DictReader(table)
        }


def _show(result: dict[str, Any]) -> None:
    print(
        f"\n{result['users']} users, Milvus {result['engine']}, {result['filled']['rows']['photographs']:,} photographs"
    )
    print(f"{'':<20}" + "".join(f"{name:>11}" for name in COLUMNS))
    for name, figures in result["calls"].items():
        print(f"{name:<20}" + "".join(f"{figures[column]:>11,.1f}" for column in COLUMNS))


if __name__ == "__main__":
    main()
