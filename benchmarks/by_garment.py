"""How long does a search by garment id take in a large catalogue, with the whole web stack around it?

    python -m benchmarks.by_garment --engine lite|server [--count N] [--clients 2] [--seconds 20]

Starts an installation as `make run` does, fills it (benchmarks/populated.py), and lets clients ask for twenty products
like a garment: as users with and without an account, with garments of the catalogue, which find themselves, and of
photographs, which do not. Beside it the bare search in the index by as many clients, for the twenty that are shown and
for as many as a result set is made from.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from typing import Any, Final

from benchmarks import clients
from benchmarks.installation import Installation
from benchmarks.machine import machine
from benchmarks.populated import ENGINES, Known, keep, known, populate, running, version
from benchmarks.report import show_times, show_visits
from benchmarks.visits import Call, quantiles, sign_in, users, visit

COUNTS: Final = {"lite": 100_000, "server": 1_000_000}
PHOTOS: Final = 2_000  # to search with garments that the catalogue lacks
QUERIES: Final = 2_000
SHOWN: Final = 20
LOOKED_AT: Final = 200  # search.selectors.DEPTH
AIM_MS: Final = 50.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.by_garment")
    parser.add_argument("--engine", choices=ENGINES, default="lite")
    parser.add_argument("--count", type=int, help="products; 100,000 for lite, 1,000,000 for a server")
    parser.add_argument("--clients", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each measurement")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # the processes end and their folders go
    result: dict[str, Any] = {
        "machine": machine(),
        "engine": options.engine,
        "clients": options.clients,
        "seconds": options.seconds,
    }
    with running(options.engine) as there:
        result["filled"] = populate(there, products=options.count or COUNTS[options.engine], photos=PHOTOS)
        of_catalogue, of_photos = known(there, "product", QUERIES), known(there, "photo", QUERIES)
        token = sign_in(there, *users(there, 1))
        result["over_http"] = {
            "signed in": _over_http(there, of_catalogue, options, token),
            "anonymous": _over_http(there, of_catalogue, options, None),
            "garments of photographs": _over_http(there, of_photos, options, token),
        }
        result["bare"] = {str(limit): _bare(there, of_catalogue, options, limit) for limit in (SHOWN, LOOKED_AT)}
        result["resident_mb"] = there.resident_mb()
    keep(result, f"by-garment-{options.engine}")
    _show(result)


def _over_http(
    there: Installation, garments: Sequence[Known], options: argparse.Namespace, token: str | None
) -> dict[str, Any]:
    calls = [Call("search/", {"garment": one.uid, "target": "products", "limit": SHOWN}) for one in garments]
    return visit(there, calls, clients=options.clients, seconds=options.seconds, token=token)


def _bare(there: Installation, garments: Sequence[Known], options: argparse.Namespace, limit: int) -> dict[str, Any]:
    asked = [one.query for one in garments]
    with clients.clients(there.milvus_uri, version(), asked, limit, options.clients) as them:
        them.run(options.clients, "none", clients.WARM_S)
        found = them.run(options.clients, "none", options.seconds)
    ms = [answer.ms for answer in found.answers]
    return {"answers": len(ms), "per_s": round(found.per_second, 1), **quantiles(ms)}


def _show(result: dict[str, Any]) -> None:
    show_visits(result, {})
    print(f"  {result['clients']} clients, {result['seconds']:.0f} s each; aim for `search/`: p99 ≤ {AIM_MS:.0f} ms")
    signed_in = result["over_http"]["signed in"]
    for limit, row in result["bare"].items():
        show_times(f"bare index, {limit} hits", row)
    for limit, row in result["bare"].items():
        ratios = [f"{part} {_ratio(signed_in, row, f'{part}_ms'):.1f} ×" for part in ("p50", "p99")]
        print(f"  search/, signed in, over bare index of {limit} hits: {', '.join(ratios)}")


def _ratio(row: dict[str, Any], other: dict[str, Any], name: str) -> float:
    return float(row[name]) / float(other[name]) if row[name] and other[name] else float("nan")


if __name__ == "__main__":
    main()
