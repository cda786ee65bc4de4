"""A large installation without a picture described: rows and an index around real descriptors (benchmarks/rows.py)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from benchmarks.clients import PATIENCE_S, Query
from benchmarks.filling import settle
from benchmarks.installation import ROOT, Installation, installation
from benchmarks.seeds import seeds
from benchmarks.servers import milvus_server
from mlcore.index.base import CollectionName
from mlcore.index.milvus import MilvusIndex
from mlcore.manifest import model
from mlcore.types import Category

ENGINES: Final = ("lite", "server")


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A garment of the installation. `uid`: what the API calls it."""

    uid: str
    query: Query


@contextmanager
def running(engine: str) -> Iterator[Installation]:
    """An installation with Milvus Lite of its own, or with a Milvus 2.3.5 beside it."""
    if engine == "lite":
        with installation() as there:
            yield there
    else:
        with milvus_server() as server, installation(MILVUS_URI=server.uri) as there:
            yield there


def populate(there: Installation, *, products: int, photos: int) -> dict[str, Any]:
    """So many products, of one garment each, and photographs of people, of two on average. What it took, in seconds.

    The web process and the workers run meanwhile; the database and the index must be empty.
    """
    seeds(None)  # drawn before the clock starts
    rows = there.call("benchmarks.rows.fill", products=products, photos=photos)
    index = there.call("benchmarks.rows.fill_index")
    start = time.perf_counter()
    garments = {collection: int(index[collection.value]) for collection in CollectionName}
    mine = MilvusIndex(there.milvus_uri, version=version(), patience=PATIENCE_S)
    for collection, number in garments.items():
        if number:
            settle(mine, there.milvus_uri, collection, number)
    mine.close()
    return {"rows": rows, "index": index, "settled_s": round(time.perf_counter() - start, 1)}


def version() -> str:
    return model("embedding").version


def known(there: Installation, kind: str, number: int, seed: int = 0) -> list[Known]:
    """Garments at random of pictures of a kind: "product" or "photo"."""
    file = there.folder / f"sample-{kind}.npz"
    uids = there.call("benchmarks.rows.sample", kind=kind, number=number, vectors_to=str(file), seed=seed)
    with np.load(file) as sampled:
        queries = [
            Query(Category(str(name)), vector)
            for name, vector in zip(sampled["categories"], sampled["vectors"], strict=True)
        ]
    return [Known(uid, query) for uid, query in zip(uids, queries, strict=True)]


def keep(result: dict[str, Any], name: str) -> None:
    """Write it to bench-results/ and say where."""
    path = ROOT / "bench-results" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(result, indent=2))
    print(path)
