"""`make bench-search`: search in a catalogue of any size against hnswlib in this process and exact numpy, in one run.

    python -m benchmarks.search [--engine lite|server] [--count N] [--queries 100] [--clients 1 2 4] [--ef 64 128 …]
                                [--m 8 16 32] [--ef-construction 100 200 400] [--descriptors FILE.npz]
                                [--no-hnswlib]

The garments are a mixture around real descriptors, on six shelves, with every attribute filled; --engine server starts
a Milvus 2.3.5 (Linux x86-64, 7.5 GB of memory and 20 GB of disk for a million). Several --m or --ef-construction build
hnswlib's graph of the largest shelf anew for each pair; the product's own are in mlcore/index/schema.py.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks import garments, graphs, nearest, report
from benchmarks.clients import clients, importing
from benchmarks.filling import fill
from benchmarks.installation import ROOT
from benchmarks.machine import machine
from benchmarks.mixture import Mixture, mixture, nearest_of_sample
from benchmarks.mixture import nearest as nearest_real
from benchmarks.seeds import Seeds, seeds
from benchmarks.servers import Server, lite, milvus_server
from mlcore.index import schema
from mlcore.index.milvus import MilvusIndex
from mlcore.types import EMBEDDING_SIZE, Category

COUNTS: Final = {"lite": 100_000, "server": 1_000_000}
MEMORY: Final = {"lite": 7.0, "server": 3.8}  # times the vectors: numpy 1, hnswlib 1.1, the rest is the engine's
DISK: Final = {"lite": 3.0, "server": 10.0}  # times the vectors; a server keeps what it has merged for an hour
VERSION: Final = "bench"
PATIENCE_S: Final = 60.0


def main() -> None:
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # the engine ends and its folder goes
    count = options.count or COUNTS[options.engine]
    _check_room(options.engine, count)
    real = seeds(options.descriptors)
    made = mixture(real, garments.sizes(count), options.seed)
    entries = garments.catalogue(made, count, options.seed)
    result: dict[str, Any] = {
        "machine": machine(),
        "count": len(entries),
        "shelves": {category.value: len(shelf.ids) for category, shelf in entries.shelves.items()},
        "descriptors": _described(real, made),
        "import_rate": options.import_rate,
        "hnsw": schema.HNSW,
    }
    with _server(options.engine) as server:
        result["engine"] = server.name
        index = MilvusIndex(server.uri, version=VERSION, patience=PATIENCE_S)
        result["fill"] = fill(index, entries, server)
        _measure(result, options, server, index, made, entries)
        result["fill"]["resident_mb_after"] = server.resident_mb()
        index.close()
    path = ROOT / "bench-results" / f"search-{options.engine}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(result, indent=2))
    report.show(result)
    print(f"\n{path}")


def _measure(
    result: dict[str, Any],
    options: argparse.Namespace,
    server: Server,
    index: MilvusIndex,
    made: Mixture,
    entries: garments.Catalogue,
) -> None:
    asked = nearest.queries(made, options.queries, options.seed)
    known = nearest.truth(entries, asked)
    compared = {} if options.no_hnswlib else entries.shelves
    built = {c: graphs.build(shelf, **_parameters(schema.HNSW)) for c, shelf in compared.items()}
    result["hnswlib_build_s"] = round(sum(graph.seconds for graph in built.values()), 1)
    bare = nearest.Bare(server.uri, index)
    bench = nearest.Bench(index, bare, entries, built, asked, known)
    result["one_client"] = nearest.one_client(bench)
    result["widths"] = nearest.widths(bench, options.ef)
    result["clients"] = {}
    with clients(server.uri, VERSION, asked, nearest.LIMIT, max(options.clients)) as them:
        result["clients"]["at rest"] = nearest.many_clients(bench, them, options.clients, options.seconds)
        reached: dict[str, float] = {}
        with importing(server.uri, VERSION, made, len(entries), options.import_rate, reached):
            result["clients"]["importing"] = nearest.many_clients(bench, them, options.clients, options.seconds)
        result["import"] = reached
    bare.close()
    pairs = list(itertools.product(options.m, options.ef_construction))
    if len(pairs) > 1:
        result["graphs"] = [
            nearest.graph_alone(bench, Category.TOPS, m, ef_construction, options.ef) for m, ef_construction in pairs
        ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search")
    parser.add_argument("--engine", choices=tuple(COUNTS), default="lite")
    parser.add_argument("--count", type=int, help="garments; 100,000 for lite, 1,000,000 for a server")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--queries", type=int, default=100, help="for each shelf")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--seconds", type=float, default=3.0, help="that each number of clients searches")
    parser.add_argument("--import-rate", type=float, default=100.0, help="garments a second meanwhile; 0: all it takes")
    parser.add_argument("--ef", type=int, nargs="+", default=[32, 64, 128, 256, 512, 2048])
    parser.add_argument("--no-hnswlib", action="store_true", help="save the time that its graphs take to build")
    parser.add_argument("--m", type=int, nargs="+", default=[schema.HNSW["M"]])
    parser.add_argument("--ef-construction", type=int, nargs="+", default=[schema.HNSW["efConstruction"]])
    parser.add_argument("--descriptors", type=Path, metavar="FILE.npz", help="vectors (n, 512), categories (n names)")
    return parser.parse_args()


def _server(engine: str) -> AbstractContextManager[Server]:
    return lite() if engine == "lite" else milvus_server()


def _parameters(hnsw: dict[str, int]) -> dict[str, int]:
    return {"m": hnsw["M"], "ef_construction": hnsw["efConstruction"]}


def _described(real: Seeds, made: Mixture) -> dict[str, Any]:
    """Cosine to the nearest of the same category, of the real ones and of as many drawn ones."""
    sample = nearest_of_sample(made, real, np.random.default_rng(5))
    parts = {"real": nearest_real(real), "mixture": sample}
    return {
        "source": real.source,
        "count": len(real.vectors),
        "nearest_cosine": {
            name: {f"p{p}": round(float(np.percentile(values, p)), 3) for p in (10, 50, 90)}
            for name, values in parts.items()
        },
    }


def _check_room(engine: str, count: int) -> None:
    """Refuse what this machine cannot hold, before hours are spent on it."""
    vectors = count * EMBEDDING_SIZE * 4 / 1e9
    memory = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    facts = Path("/proc/meminfo")
    if facts.exists():
        lines: Sequence[str] = [line for line in facts.read_text().splitlines() if line.startswith("MemAvailable")]
        memory = int(lines[0].split()[1]) * 1024 / 1e9
    disk = shutil.disk_usage(tempfile.gettempdir()).free / 1e9
    wanted = {"memory": vectors * MEMORY[engine], "disk": vectors * DISK[engine]}
    for name, there in (("memory", memory), ("disk", disk)):
        if wanted[name] > there:
            raise SystemExit(
                f"{count:,} garments are {vectors:.1f} GB of vectors; in numpy, hnswlib and the engine at once they "
                f"want about {wanted[name]:.0f} GB of {name}; {there:.0f} GB are free"
            )


if __name__ == "__main__":
    main()
