"""One MilvusClient per process, with bounded patience: what stands between MilvusIndex and the wire."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from mlcore.index import library
from mlcore.index.base import IndexAway, IndexMissing

CONNECT_S: Final = 3.0
PAUSES_S: Final = (0.05, 0.1, 0.2, 0.4, 0.8)  # between tries; the last one repeats
MISSING: Final = frozenset({4, 100, 101})  # collection not found (old and new numbering), not loaded
REFUSED: Final = frozenset({6, 1100, 1101, 1102})  # our request is wrong: waiting will not help


@dataclass
class _Own:
    """What belongs to one process and must not be used in its children."""

    pid: int = field(default_factory=os.getpid)
    lock: threading.Lock = field(default_factory=threading.Lock)
    client: Any = None


class Connection:
    """Calls MilvusClient methods by name. Thread-safe; after a fork the child opens its own client.

    `patience`: seconds of retrying before IndexAway. Both engines answer at once while they are away, and a client
    reconnects by itself, so the retrying is ours; a call's own `timeout` bounds one that hangs.
    """

    def __init__(self, uri: str, token: str = "", patience: float = 5.0) -> None:
        self._uri, self._token, self._patience = uri, token, patience
        self._own = _Own()
        self._lite: bool | None = None

    def call(self, method: str, *args: Any, timeout: float, **kwargs: Any) -> Any:
        """Raises IndexAway, IndexMissing, or MilvusException when the request itself is refused."""
        return self.retry(lambda client: getattr(client, method)(*args, timeout=timeout, **kwargs), method)

    def retry(self, work: Callable[[Any], Any], name: str) -> Any:
        """`work(client)`, again until it succeeds or patience ends."""
        milvus = library.pymilvus()
        import grpc

        give_up, tries = time.monotonic() + self._patience, 0
        while True:
            try:
                return work(self.client())
            except (milvus.MilvusException, grpc.RpcError, grpc.FutureTimeoutError) as error:
                code = getattr(error, "code", None)
                if code in MISSING:
                    raise IndexMissing(f"{name}: {error}; ensure() creates and loads collections") from error
                if code in REFUSED or isinstance(error, milvus.exceptions.ParamError):
                    raise
                pause = PAUSES_S[min(tries, len(PAUSES_S) - 1)]
                tries += 1
                if time.monotonic() + pause >= give_up:
                    raise IndexAway(f"{name} at {self._uri}, {tries} tries: {error}") from error
            time.sleep(pause)

    def client(self) -> Any:
        """This process's MilvusClient, connecting if it has none. Raises what pymilvus raises."""
        if self._own.pid != os.getpid():
            self._own = _Own()  # inherited through fork: its threads are gone and its lock may be held for ever
        own = self._own
        if own.client is None:
            with own.lock:
                if own.client is None:
                    # dedicated: pymilvus's own pool is inherited through fork too and would hand out the dead channel
                    own.client = library.pymilvus().MilvusClient(
                        self._uri, token=self._token, timeout=CONNECT_S, dedicated=True
                    )
        return own.client

    def is_lite(self) -> bool:
        """Whether the engine is milvus-lite, which needs other search settings than a server."""
        if self._lite is None:
            version = str(self.call("get_server_version", timeout=CONNECT_S))
            self._lite = version.startswith("milvus_lite")  # a server of the PyPI package says v2.3.5-lite
        return self._lite

    def close(self) -> None:
        """Hang up; the next call connects again."""
        own, self._own = self._own, _Own()
        if own.client is not None and own.pid == os.getpid():
            own.client.close()
