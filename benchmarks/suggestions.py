"""How long does an outfit suggestion take, asked for the first time and again?

    python -m benchmarks.suggestions [--engine lite|server] [--photos N] [--garments 50]

Starts an installation as `make run` does, fills it with photographs of people (benchmarks/populated.py) and some
products, and asks as an ordinary user what goes with a garment of the catalogue: another garment each time, and then
all of them again.
"""

from __future__ import annotations

import argparse
import signal
import statistics
import sys
from typing import Any, Final

from benchmarks.machine import machine
from benchmarks.populated import ENGINES, keep, known, populate, running
from benchmarks.report import show_visits
from benchmarks.visits import PROCESSES, Call, Visitor, ask_all, sign_in, users, warm

PHOTOS: Final = 100_000
PRODUCTS: Final = 2_000
AIMS_MS: Final = {"first": 1000.0, "again": 50.0}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.suggestions")
    parser.add_argument("--engine", choices=ENGINES, default="lite")
    parser.add_argument("--photos", type=int, default=PHOTOS, help="photographs, of two garments on average")
    parser.add_argument("--garments", type=int, default=50, help="that are asked for")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # the processes end and their folders go
    result: dict[str, Any] = {"machine": machine(), "engine": options.engine}
    with running(options.engine) as there:
        result["filled"] = populate(there, products=PRODUCTS, photos=options.photos)
        token = sign_in(there, *users(there, 1))
        calls = [
            Call(f"outfits/suggestions/?garment={one.uid}")
            for one in known(there, "product", options.garments + PROCESSES)
        ]
        warm(there, calls[options.garments :], token)
        visitor = Visitor(there.port, token)
        asked = [(visitor, call) for call in calls[: options.garments]]
        answers, first = ask_all(there, asked)
        _, again = ask_all(there, asked)
        result["over_http"] = {"first": first, "again": again}
        found = [len(reply.json["results"]) for reply in answers if reply.status == 200]
        result["suggestions_median"] = statistics.median(found) if found else None
        result["resident_mb"] = there.resident_mb()
    keep(result, f"suggestions-{options.engine}")
    show_visits(result, AIMS_MS)
    print(f"  suggestions in an answer, median: {result['suggestions_median']}")


if __name__ == "__main__":
    main()
