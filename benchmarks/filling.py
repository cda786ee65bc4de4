"""Fill an index as the product's own rebuild does, and wait until the engine has done all that it does afterwards."""

from __future__ import annotations

import time
from typing import Any, Final

from tqdm import tqdm

from benchmarks.garments import Catalogue
from benchmarks.servers import Server
from mlcore.index import library
from mlcore.index.base import CollectionName, IndexAway
from mlcore.index.milvus import MilvusIndex

COLLECTION: Final = CollectionName.PRODUCTS
BATCH: Final = 1_000
POLL_S: Final = 5.0
QUIET_S: Final = 90.0  # a server looks once a minute for segments to merge, and then builds their index anew
TRIES: Final = 30  # of one flush: each waits two minutes
SMALL: Final = 1_024  # rows of a segment below which a server builds no index
CALL_S: Final = 60.0


def connect(uri: str) -> Any:
    """A MilvusClient of one's own, for what VectorIndex does not ask."""
    return library.pymilvus().MilvusClient(uri, timeout=CALL_S, dedicated=True)


def fill(index: MilvusIndex, entries: Catalogue, server: Server) -> dict[str, Any]:
    """Rows a second, then seconds until all is written, indexed, loaded and quiet; MB in memory and on disk."""
    index.ensure()
    start = time.perf_counter()
    with tqdm(total=len(entries), desc=f"filling {server.name}", unit="garment", unit_scale=True) as bar:
        for batch in entries.batches(BATCH):
            index.refill(COLLECTION, batch)
            bar.update(len(batch))
    written = time.perf_counter()
    flushed, ready = settle(index, server.uri, COLLECTION, len(entries))
    return {
        "rows_per_s": round(len(entries) / (written - start)),
        "flush_s": round(flushed - written, 1),
        "index_s": round(ready - flushed, 1),
        "resident_mb": server.resident_mb(),
        "disk_mb": server.disk_mb(),
    }


def settle(index: MilvusIndex, uri: str, collection: CollectionName, count: int) -> tuple[float, float]:
    """Wait until all is written, then until all is indexed, in use and quiet: when each was, by time.perf_counter().

    Raises RuntimeError if there are not `count` garments in the end.
    """
    _flush(index, collection)
    flushed = time.perf_counter()
    ready = _wait(uri, collection, count)
    if (found := index.count(collection)) != count:
        raise RuntimeError(f"{found} garments in the index instead of {count}")
    return flushed, ready


def _flush(index: MilvusIndex, collection: CollectionName) -> None:
    for _ in range(TRIES):
        try:
            index.flush(collection)
        except IndexAway as error:
            tqdm.write(f"still flushing: {error}")
        else:
            return
    raise RuntimeError("the flush does not end")


def _wait(uri: str, collection: CollectionName, count: int) -> float:
    """Until the index is built and in use, and for a server stays so. Returns when it last was not."""
    client = connect(uri)
    since: float | None = None
    with tqdm(total=count, desc="building the index", unit="garment", unit_scale=True) as bar:
        while True:
            progress = client.describe_index(collection.value, "vector", timeout=CALL_S)
            waiting, searchable = int(progress["pending_index_rows"]), _searchable(client, uri, collection)
            done = count if searchable is None else min(searchable, count)
            bar.n = max(0, min(done, count - waiting))
            bar.refresh()
            now = time.perf_counter()
            if waiting or done < count:
                since = None
            elif since is None:
                since = now
            if since is not None and (searchable is None or now - since >= QUIET_S):
                client.close()
                return since
            time.sleep(POLL_S)


def _searchable(client: Any, uri: str, collection: CollectionName) -> int | None:
    """Rows in segments that are loaded with their index; None from Milvus Lite, which builds before it answers."""
    if uri.startswith("unix:"):
        return None
    segments = client.list_loaded_segments(collection.value, timeout=CALL_S)
    return sum(int(segment.num_rows) for segment in segments if segment.index_name or segment.num_rows < SMALL)
