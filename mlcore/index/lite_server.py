"""milvus-lite as a server of its own: `python -m mlcore.index.lite_server --data DIR --socket PATH`.

The server that milvus-lite ships binds 0.0.0.0, loses acknowledged rows under concurrent writers (1,500 of 22,500 after
kill -9), and leaves its collections unloaded after a restart. This one serialises writes, listens on this machine only,
loads at start, and mends three smaller faults that the tests show: a garment that changes partition keeps its flushed
old copy, a search during a flush misses what is being flushed, and a count ignores the partition.

Written against milvus-lite 3.2.2; the parts of it that are used and not public are `_trigger_flush`, `_memtable`,
`_read_snapshot`, `_num_entities` and `_collections`.
"""

# ruff: noqa: E402 - what is set before an import must stand before it

from __future__ import annotations

import argparse
import contextlib
import functools
import logging
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from pathlib import Path
from typing import Any

# Before milvus_lite is imported: what is not flushed is searched row by row in Python (35 µs each), so the buffer is
# small: 16 MB is about 7,000 garments.
os.environ.setdefault("MILVUS_LITE_MEMTABLE_MEMORY_LIMIT_BYTES", str(16 * 1024 * 1024))

from mlcore.index import library

library.pymilvus()  # before milvus_lite imports it

import grpc
from milvus_lite.adapter.grpc.servicer import MilvusServicer
from milvus_lite.db import MilvusLite
from milvus_lite.exceptions import DataDirLockedError
from pymilvus.grpc_gen import common_pb2, milvus_pb2, milvus_pb2_grpc, schema_pb2

logger = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 64 * 1024 * 1024  # the largest we send: 1,000 entries with vectors, 3 MB
THREADS = 8  # searching is Python under one interpreter lock: more only wait
FLUSH_EVERY_S = 10.0
FLUSH_ROWS = 100  # unflushed rows that may stay: 3.5 ms per search
LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")

ALONE = (
    "CreateCollection", "DropCollection", "RenameCollection", "AlterCollection", "CreatePartition", "DropPartition",
    "CreateIndex", "DropIndex", "LoadCollection", "ReleaseCollection", "CreateAlias", "AlterAlias", "DropAlias",
)  # fmt: skip
WRITES = ("Insert", "Upsert", "Delete", "Flush")
READS = ("Search", "HybridSearch", "Query", "GetCollectionStatistics")


class Turnstile:
    """Many readers or one writer. A waiting writer goes before readers that come later."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._readers = 0
        self._waiting = 0
        self._owner: int | None = None
        self._depth = 0

    @contextlib.contextmanager
    def shared(self) -> Iterator[None]:
        with self._turn:
            self._turn.wait_for(lambda: self._owner is None and not self._waiting)
            self._readers += 1
        try:
            yield
        finally:
            with self._turn:
                self._readers -= 1
                self._turn.notify_all()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Reentrant in one thread. Never inside `shared`."""
        me = threading.get_ident()
        with self._turn:
            if self._owner != me:
                self._waiting += 1
                self._turn.wait_for(lambda: self._owner is None and not self._readers)
                self._waiting -= 1
                self._owner = me
            self._depth += 1
        try:
            yield
        finally:
            with self._turn:
                self._depth -= 1
                if not self._depth:
                    self._owner = None
                    self._turn.notify_all()


class Database(MilvusLite):  # type: ignore[misc]
    """The engine, with every flush (its own included) waiting for the reads that are under way."""

    def __init__(self, data_dir: Path) -> None:
        self.reads = Turnstile()
        super().__init__(str(data_dir))
        for folder in (data_dir / "collections").iterdir():
            if folder.is_dir() and not (folder / "schema.json").exists():
                shutil.rmtree(folder)  # a kill between two steps of creation: empty, and would block the name for ever

    def get_collection(self, *args: Any, **kwargs: Any) -> Any:
        return self._guarded(super().get_collection(*args, **kwargs))

    def create_collection(self, *args: Any, **kwargs: Any) -> Any:
        return self._guarded(super().create_collection(*args, **kwargs))

    def load_all(self) -> int:
        """Open and load every collection; returns how many."""
        names = self.list_collections()
        for name in names:
            self.get_collection(name).load()
        return len(names)

    def opened(self) -> list[Any]:
        return list(self._collections.values())

    def _guarded(self, collection: Any) -> Any:
        if "_trigger_flush" not in vars(collection):
            # It swaps the buffer first and shows the new segment last; a read in between misses the rows.
            collection._trigger_flush = functools.partial(self._flush_alone, collection._trigger_flush)
        return collection

    def _flush_alone(self, flush: Callable[[], None]) -> None:
        with self.reads.alone():
            flush()


class Servicer(MilvusServicer):  # type: ignore[misc]
    """One write at a time; reads beside it, except while a flush swaps what they look at."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.writes = threading.RLock()
        self.reads = db.reads
        for name in ALONE:
            setattr(self, name, self._alone(getattr(self, name)))
        for name in WRITES:
            setattr(self, name, self._write(getattr(self, name)))
        for name in READS:
            setattr(self, name, self._read(getattr(self, name)))

    def Insert(self, request: Any, context: Any) -> Any:
        self._settle_moved(request, context)
        return super().Insert(request, context)

    def Upsert(self, request: Any, context: Any) -> Any:
        self._settle_moved(request, context)
        return super().Upsert(request, context)

    def Query(self, request: Any, context: Any) -> Any:
        if list(request.output_fields) == ["count(*)"] and request.partition_names and not request.expr:
            return self._count(request, context)
        return super().Query(request, context)

    def AllocTimestamp(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        """Asked for by every new client; the stock server logs a traceback and the client goes on without."""
        return milvus_pb2.AllocTimestampResponse(status=common_pb2.Status(), timestamp=int(time.time() * 1000) << 18)

    def flush_buffers(self) -> None:
        """Flush every collection whose buffer slows searching."""
        for collection in self._db.opened():
            with self.writes:
                if collection._memtable.size() >= FLUSH_ROWS:
                    collection.flush()

    def _settle_moved(self, request: Any, context: Any) -> None:
        """Flush first if a row that is written still lies in another partition and its deletion is not flushed yet.

        The buffer knows an id either as deleted or as written. Writing it forgets the deletion, and a copy that was
        flushed in another partition would be back for good.
        """
        if not self._db.has_collection(request.collection_name):
            return  # the call itself will say so
        collection = self._get_collection(request, context)
        deleted = collection._memtable.delete_index_snapshot()
        if not deleted:
            return
        fields = (field for field in request.fields_data if field.field_name == collection.pk_field)
        ids = [pk for field in fields for pk in field.scalars.long_data.data if pk in deleted]
        segments, tombstones = collection._read_snapshot()
        for segment in segments:
            if segment.partition == request.partition_name:
                continue
            for pk in ids:
                at = segment.find_row(pk)
                if at is not None and not tombstones.is_deleted(pk, int(segment.seqs[at])):
                    collection.flush()
                    return

    def _count(self, request: Any, context: Any) -> Any:
        try:
            collection = self._get_collection(request, context)
        except Exception:  # noqa: BLE001 - the stock answer says what is wrong
            return super().Query(request, context)
        number = collection._num_entities(list(request.partition_names))
        column = schema_pb2.FieldData(field_name="count(*)", type=schema_pb2.DataType.Int64)
        column.scalars.long_data.data.append(number)
        return milvus_pb2.QueryResults(
            status=common_pb2.Status(),
            fields_data=[column],
            collection_name=collection.name,
            output_fields=["count(*)"],
        )

    def _alone(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def handler(request: Any, context: Any) -> Any:
            with self.writes, self.reads.alone():
                return call(request, context)

        return handler

    def _write(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def handler(request: Any, context: Any) -> Any:
            with self.writes:
                return call(request, context)

        return handler

    def _read(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def handler(request: Any, context: Any) -> Any:
            with self.reads.shared():
                return call(request, context)

        return handler


def build(db: Database, address: str, threads: int = THREADS) -> tuple[grpc.Server, Servicer]:
    """A server for `db`, listening but not started. Raises RuntimeError when the address is taken."""
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=threads, thread_name_prefix="rpc"),
        options=[
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
            ("grpc.so_reuseport", 0),  # a second server on this port is an error, not half of the requests
        ],
    )
    servicer = Servicer(db)
    milvus_pb2_grpc.add_MilvusServiceServicer_to_server(servicer, server)
    server.add_insecure_port(address)
    return server, servicer


def serve(data: Path, address: str, *, threads: int = THREADS, flush_every: float = FLUSH_EVERY_S) -> None:
    """Serve until SIGTERM or SIGINT. Raises DataDirLockedError, or RuntimeError when the address is taken."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    os.umask(0o077)  # the socket and the data are the owner's alone
    db = Database(data)
    try:
        loaded = db.load_all()
        server, servicer = build(db, address, threads)
        server.start()
        sys.stdout.write(f"milvus-lite ready at {address}: {loaded} collections in {data}\n")
        sys.stdout.flush()
        while not stop.wait(flush_every):
            try:
                servicer.flush_buffers()
            except Exception:  # the rows are safe in the log; searching goes on, and the next round tries again
                logger.exception("flush failed")
        server.stop(5).wait()
    finally:
        db.close()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m mlcore.index.lite_server", description="Serve milvus-lite locally."
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the collections; created when missing")
    parser.add_argument("--socket", type=Path, help="unix socket to listen on (MILVUS_URI=unix:/path)")
    parser.add_argument(
        "--host", choices=LOOPBACK, default="127.0.0.1", help="loopback only: there is no authentication"
    )
    parser.add_argument("--port", type=int, help="TCP port to listen on (MILVUS_URI=http://127.0.0.1:port)")
    parser.add_argument("--threads", type=int, default=THREADS)
    parser.add_argument("--flush-every", type=float, default=FLUSH_EVERY_S, metavar="SECONDS")
    options = parser.parse_args(arguments)
    if (options.socket is None) == (options.port is None):
        parser.error("give either --socket or --port")
    address = f"{options.host}:{options.port}" if options.socket is None else f"unix:{options.socket.absolute()}"
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        serve(options.data, address, threads=options.threads, flush_every=options.flush_every)
    except DataDirLockedError:
        sys.stderr.write(f"{options.data} is in use by another process; one server per data folder\n")
        return 1
    except RuntimeError as error:
        sys.stderr.write(f"cannot listen on {address}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
