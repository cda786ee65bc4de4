"""Clients of the HTTP API, each a process with a connection of its own that it keeps."""

from __future__ import annotations

import http.client
import itertools
import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import Any, Final

import numpy as np

from benchmarks.clients import SPAWN
from benchmarks.installation import Installation

PASSWORD: Final = "a pass phrase of the benchmark"  # noqa: S105  # of an installation that lives for an hour
TIMEOUT_S: Final = 60.0
WEB: Final = "web"
WARM_S: Final = 3.0  # of asking before anything is measured
KEPT_S: Final = 1.5  # gunicorn hangs up on who says nothing for two seconds
PROCESSES: Final = 8  # connections that reach both web processes as good as surely


@dataclass(frozen=True, slots=True)
class Call:
    """A request. `path`: after /api/v1/. A `body` is posted as JSON."""

    path: str
    body: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """`ms`: from the first byte asked to the last one answered. `status` 0: the connection broke."""

    status: int
    ms: float
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Visitor:
    """One connection, kept; anonymous without a `token`."""

    def __init__(self, port: int, token: str | None = None) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
        self._headers = {"Content-Type": "application/json"} | ({"X-Session-Token": token} if token else {})
        self._answered = 0.0

    def ask(self, call: Call, *, prefix: str = "/api/v1/") -> Reply:
        body = None if call.body is None else json.dumps(call.body)
        start = time.perf_counter()
        if start - self._answered > KEPT_S:
            self._connection.close()  # the next request connects again
        try:
            self._connection.request("GET" if body is None else "POST", prefix + call.path, body, self._headers)
            response = self._connection.getresponse()
            status, answer = response.status, response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            status, answer = 0, b""
        self._answered = time.perf_counter()
        return Reply(status, 1000 * (self._answered - start), answer)


def visit(
    there: Installation, calls: Sequence[Call], *, clients: int, seconds: float, token: str | None
) -> dict[str, Any]:
    """Let so many clients go through the calls, each from another place on, for so long. What `summary` gives, of all
    of them together, and answers a second."""
    ends, processes = [], []
    for number in range(clients):
        ours, theirs = SPAWN.Pipe()
        first = number * len(calls) // clients
        arguments = (theirs, there.port, token, [*calls[first:], *calls[:first]], seconds)
        process = SPAWN.Process(target=_go, args=arguments, daemon=True)
        process.start()
        theirs.close()
        ends.append(ours)
        processes.append(process)
    for end in ends:
        end.recv()
    before = there.processor_s(WEB)
    for end in ends:
        end.send(None)  # all at once
    parts = [end.recv() for end in ends]
    processor_s = there.processor_s(WEB) - before
    for process in processes:
        process.join()
    replies = [reply for part, _, _ in parts for reply in part]
    rate = sum(len(part) / elapsed for part, elapsed, _ in parts)
    asked = sum(asked for *_, asked in parts)
    return {"per_s": round(rate, 1), **summary(replies, processor_s / asked)}


def warm(there: Installation, calls: Sequence[Call], token: str) -> None:
    """Ask each on a connection of its own: every web process has then loaded what it needs."""
    for call in calls:
        Visitor(there.port, token).ask(call)


def ask_all(there: Installation, asked: Iterable[tuple[Visitor, Call]]) -> tuple[list[Reply], dict[str, Any]]:
    """One after the other: the answers, and their `summary`."""
    before = there.processor_s(WEB)
    replies = [visitor.ask(call) for visitor, call in asked]
    return replies, summary(replies, (there.processor_s(WEB) - before) / max(1, len(replies)))


def summary(replies: Sequence[Reply], processor_s: float) -> dict[str, Any]:
    """How long the good answers took, and how many others there were, by status. `processor_s`: of the web process for
    each."""
    ms = [reply.ms for reply in replies if reply.status == 200]
    errors = Counter(reply.status for reply in replies if reply.status != 200)
    return {"answers": len(ms), **quantiles(ms), "web_cpu_ms": round(1000 * processor_s, 1), "errors": errors}


def users(there: Installation, number: int) -> list[str]:
    """The addresses of new users, none of them staff."""
    emails: list[str] = there.call("benchmarks.users.add_users", number=number, password=PASSWORD)
    return emails


def sign_in(there: Installation, email: str) -> str:
    """The token of a device."""
    call = Call("auth/login", {"email": email, "password": PASSWORD})
    reply = Visitor(there.port).ask(call, prefix="/_allauth/app/v1/")
    if reply.status != 200:
        raise RuntimeError(f"{email} cannot sign in: {reply.status} {reply.body[:500]!r}")
    return str(reply.json["meta"]["session_token"])


def quantiles(ms: Sequence[float]) -> dict[str, float | None]:
    """p50, p95 and p99, in milliseconds; None of nothing."""
    return {f"p{part}_ms": round(float(np.percentile(ms, part)), 1) if ms else None for part in (50, 95, 99)}


def _go(end: Connection, port: int, token: str | None, calls: list[Call], seconds: float) -> None:
    visitor = Visitor(port, token)
    asked = itertools.cycle(calls)
    end.send(None)
    end.recv()
    warmed = time.perf_counter() + WARM_S
    warming = 0
    while time.perf_counter() < warmed:
        visitor.ask(next(asked))
        warming += 1
    replies: list[Reply] = []
    start = time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        replies.append(replace(visitor.ask(next(asked)), body=b""))
    end.send((replies, elapsed, warming + len(replies)))
