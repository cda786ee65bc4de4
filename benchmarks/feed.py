"""How long does a page of the personal feed take, for users who have done much?

    python -m benchmarks.feed [--engine lite|server] [--photos N] [--events 1000] [--users 10] [--pages 30]

Starts an installation as `make run` does, fills it with photographs of people (benchmarks/populated.py), gives users so
many events each, and asks for pages of twenty: the first of each user, for which their taste is made, and then by
turns, so that no user's page follows at once on their last.
"""

from __future__ import annotations

import argparse
import signal
import sys
from typing import Any, Final

from benchmarks.machine import machine
from benchmarks.populated import ENGINES, keep, populate, running
from benchmarks.report import show_visits
from benchmarks.visits import PROCESSES, Call, Visitor, ask_all, sign_in, users, warm

PHOTOS: Final = 100_000
CALL: Final = Call("recommendations/photos/?limit=20")
AIMS_MS: Final = {"then": 60.0}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.feed")
    parser.add_argument("--engine", choices=ENGINES, default="lite")
    parser.add_argument("--photos", type=int, default=PHOTOS, help="photographs, of two garments on average")
    parser.add_argument("--events", type=int, default=1000, help="of each user")
    parser.add_argument("--users", type=int, default=10)
    parser.add_argument("--pages", type=int, default=30, help="for each user")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # the processes end and their folders go
    result: dict[str, Any] = {"machine": machine(), "engine": options.engine, "users": options.users}
    with running(options.engine) as there:
        result["filled"] = populate(there, products=0, photos=options.photos)
        emails = users(there, options.users + 1)
        result["events"] = there.call("benchmarks.users.add_events", emails=emails, number=options.events)
        warming, *tokens = [sign_in(there, email) for email in emails]
        warm(there, [CALL] * PROCESSES, warming)
        visitors = [Visitor(there.port, token) for token in tokens]
        _, first = ask_all(there, [(visitor, CALL) for visitor in visitors])
        pages, then = ask_all(there, [(visitor, CALL) for _ in range(options.pages) for visitor in visitors])
        result["over_http"] = {"first": first, "then": then}
        result["photographs_least"] = min((len(r.json["results"]) for r in pages if r.status == 200), default=None)
        result["resident_mb"] = there.resident_mb()
    keep(result, f"feed-{options.engine}")
    show_visits(result, AIMS_MS)
    print(f"  photographs in a page, least: {result['photographs_least']}")


if __name__ == "__main__":
    main()
