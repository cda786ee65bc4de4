"""Clients and an importer, each a process with a connection of its own."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from typing import Final

import numpy as np

from benchmarks.filling import COLLECTION
from benchmarks.garments import FILTERS, newcomers
from benchmarks.mixture import Mixture
from mlcore.index.milvus import MilvusIndex
from mlcore.types import Category, Vector

SPAWN: Final = multiprocessing.get_context("spawn")
PATIENCE_S: Final = 60.0
IMPORT_BATCH: Final = 40  # what the offline flow writes at a time: 16 pictures of 2.45 garments
WARM_S: Final = 3.0  # of importing before anything is measured


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    category: Category
    vector: Vector


@dataclass(frozen=True, slots=True)
class Answer:
    """`query`: its place. `ms`: what the client waited."""

    query: int
    ms: float
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """Of all clients together."""

    answers: tuple[Answer, ...]
    per_second: float


class Clients:
    """Up to four searchers, started once: importing pymilvus takes longer than a measurement."""

    def __init__(self, uri: str, version: str, queries: Sequence[Query], limit: int, number: int) -> None:
        self._ends = []
        self._processes = []
        for place in range(number):
            ours, theirs = SPAWN.Pipe()
            first = place * len(queries) // number  # no two ask the same at the same time
            process = SPAWN.Process(
                target=_answer, args=(theirs, uri, version, list(queries), limit, first), daemon=True
            )
            process.start()
            theirs.close()
            self._ends.append(ours)
            self._processes.append(process)
        for end in self._ends:
            end.recv()

    def run(self, number: int, name: str, seconds: float) -> Answers:
        """Let `number` of them search with a filter for so long."""
        for end in self._ends[:number]:
            end.send((name, seconds))
        parts = [end.recv() for end in self._ends[:number]]
        rate = sum(len(answers) / elapsed for answers, elapsed in parts)
        return Answers(tuple(answer for answers, _ in parts for answer in answers), rate)

    def close(self) -> None:
        for end in self._ends:
            end.send(None)
        for process in self._processes:
            process.join()


@contextmanager
def clients(uri: str, version: str, queries: Sequence[Query], limit: int, number: int) -> Iterator[Clients]:
    them = Clients(uri, version, queries, limit, number)
    try:
        yield them
    finally:
        them.close()


@contextmanager
def importing(
    uri: str, version: str, made: Mixture, first_id: int, rate: float, reached: dict[str, float]
) -> Iterator[None]:
    """An import under way: new garments, `rate` a second (0: as fast as the engine takes them). What it `reached` is
    filled in when it ends."""
    stop = SPAWN.Event()
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=_import, args=(theirs, stop, uri, version, made, first_id, rate), daemon=True)
    process.start()
    theirs.close()
    try:
        ours.recv()
        time.sleep(WARM_S)
        yield
    finally:
        stop.set()
        rows, elapsed = ours.recv()
        process.join()
        reached.update(rows=rows, rows_per_s=round(rows / elapsed, 1))


def _answer(end: Connection, uri: str, version: str, queries: list[Query], limit: int, first: int) -> None:
    index = MilvusIndex(uri, version=version, patience=PATIENCE_S)
    index.count(COLLECTION)
    end.send(None)
    place = first
    while (order := end.recv()) is not None:
        name, seconds = order
        answers: list[Answer] = []
        start = time.perf_counter()
        while time.perf_counter() - start < seconds:
            query = queries[place]
            asked = time.perf_counter()
            hits = index.search(
                COLLECTION, query.vector, categories=(query.category,), where=FILTERS[name], limit=limit
            )
            ms = 1000 * (time.perf_counter() - asked)
            answers.append(Answer(place, ms, tuple(hit.garment_id for hit in hits)))
            place = (place + 1) % len(queries)
        end.send((answers, time.perf_counter() - start))


def _import(end: Connection, stop: Event, uri: str, version: str, made: Mixture, first_id: int, rate: float) -> None:
    index = MilvusIndex(uri, version=version, patience=PATIENCE_S)
    rng = np.random.default_rng(first_id)
    rows = 0
    index.count(COLLECTION)
    end.send(None)
    start = time.perf_counter()
    while not stop.is_set():
        index.upsert(COLLECTION, newcomers(made, first_id + rows, IMPORT_BATCH, rng))
        rows += IMPORT_BATCH
        if rate:
            stop.wait(max(0.0, start + rows / rate - time.perf_counter()))
    end.send((rows, time.perf_counter() - start))
