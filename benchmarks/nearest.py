"""Recall, and what one search costs: VectorIndex beside the bare call it makes, hnswlib and numpy."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final
from unittest import mock

import numpy as np
from tqdm import tqdm

from benchmarks.clients import Answer, Answers, Clients, Query
from benchmarks.filling import COLLECTION, connect
from benchmarks.garments import FILTERS, Catalogue
from benchmarks.graphs import Graph, build
from benchmarks.mixture import Mixture
from mlcore.index import milvus
from mlcore.index.milvus import MilvusIndex
from mlcore.types import Category, Vector

LIMIT: Final = 20
WARM: Final = 12  # searches before the first that counts
BY_NUMPY: Final = 10  # of a shelf's queries: each reads the whole shelf

Truth = dict[str, list[list[int]]]
"""By filter, for each query the ids of the nearest, best first."""


def queries(made: Mixture, per_shelf: int, seed: int) -> list[Query]:
    """Drawn like the garments, none of them one; the shelves take turns."""
    rng = np.random.default_rng([seed, 4])
    vectors = {category: made.draw(category, per_shelf, rng)[0] for category in Category}
    return [Query(category, vectors[category][place]) for place in range(per_shelf) for category in Category]


def truth(entries: Catalogue, asked: Sequence[Query]) -> Truth:
    """Exact answers."""
    answers: Truth = {name: [[] for _ in asked] for name in FILTERS}
    for category in tqdm(Category, desc="comparing with every garment", unit="shelf"):
        places = [place for place, query in enumerate(asked) if query.category == category]
        matrix = np.array([asked[place].vector for place in places])
        shelf = entries.shelves[category]
        for name in FILTERS:
            found = shelf.nearest(matrix, shelf.fitting(name), LIMIT)
            for place, ids in zip(places, found, strict=True):
                answers[name][place] = ids
    return answers


def recall(ids: Sequence[int], nearest: Sequence[int], count: int) -> float | None:
    """Share of the nearest that were found. Garments from `count` on came by an import meanwhile: each that is found
    leaves one place fewer to the others. None if no place is left."""
    strangers = sum(garment_id >= count for garment_id in ids)
    wanted = nearest[: LIMIT - strangers]
    return len(set(wanted).intersection(ids)) / len(wanted) if wanted else None


class Bare:
    """MilvusClient.search, called with what VectorIndex passes to it where it leaves the filter to the engine."""

    def __init__(self, uri: str, index: MilvusIndex) -> None:
        self._client = connect(uri)
        self._index = index
        self._calls: dict[tuple[Category, str], tuple[tuple[Any, ...], dict[str, Any]]] = {}

    def search(self, query: Query, name: str, ef: int | None = None) -> list[int]:
        """The ids that are returned; `ef`: instead of the one that VectorIndex chooses."""
        (collection, _, *others), options = self._call(query, name)
        if ef is not None:
            options = {**options, "search_params": {**options["search_params"], "params": {"ef": ef}}}
        (found,) = self._client.search(collection, [query.vector], *others, **options)
        return [hit.id for hit in found][:LIMIT]

    def ef(self, query: Query, name: str) -> int:
        return int(self._call(query, name)[1]["search_params"]["params"]["ef"])

    def close(self) -> None:
        self._client.close()

    def _call(self, query: Query, name: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Overheard once for each shelf and filter: the first search that VectorIndex makes there."""
        key = (query.category, name)
        if key not in self._calls:
            kind, heard = type(self._client), []
            original = kind.search

            def overhear(client: Any, *arguments: Any, **options: Any) -> Any:
                heard.append((arguments, options))
                return original(client, *arguments, **options)

            kind.search = overhear
            try:
                with mock.patch.object(milvus, "OVER_FETCH_LIMIT", 0):
                    search(self._index, query, name)
            finally:
                kind.search = original
            self._calls[key] = heard[0]
        return self._calls[key]


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """What the measurements share."""

    index: MilvusIndex
    bare: Bare
    entries: Catalogue
    graphs: dict[Category, Graph]
    """hnswlib's; none where it is not compared."""
    asked: Sequence[Query]
    nearest: Truth

    def by_graph(self, place: int, name: str, ef: int) -> list[int]:
        query = self.asked[place]
        return self.graphs[query.category].search(query.vector, name, ef, LIMIT)

    def graph(self, name: str, ef: int) -> dict[str, Callable[[int], list[int]]]:
        """hnswlib's way, where it is compared."""
        return {"hnswlib": lambda place: self.by_graph(place, name, ef)} if self.graphs else {}


def search(index: MilvusIndex, query: Query, name: str) -> list[int]:
    hits = index.search(COLLECTION, query.vector, categories=(query.category,), where=FILTERS[name], limit=LIMIT)
    return [hit.garment_id for hit in hits]


def one_client(bench: Bench) -> dict[str, Any]:
    """By filter and way: p50 and p99 in ms, recall by shelf. The ways take turns, and turns in going first."""
    result: dict[str, Any] = {}
    for name in FILTERS:
        ef = bench.bare.ef(bench.asked[0], name)
        ways: dict[str, Callable[[int], list[int]]] = {
            "VectorIndex": lambda place, name=name: search(bench.index, bench.asked[place], name),  # type: ignore[misc]
            "MilvusClient": lambda place, name=name: bench.bare.search(bench.asked[place], name),  # type: ignore[misc]
            **bench.graph(name, ef),
        }
        answers = _in_turns(ways, len(bench.asked), f"one client, filter {name}")
        measured = {way: _summary(bench, name, found) for way, found in answers.items()}
        measured["numpy"] = _by_numpy(bench, name)
        ratio = measured["VectorIndex"]["p50_ms"] / measured["MilvusClient"]["p50_ms"]
        result[name] = {"ef": ef, "ways": measured, "index_over_client": round(ratio, 3)}
    return result


def widths(bench: Bench, efs: Iterable[int]) -> dict[str, Any]:
    """By filter and ef: the engine and hnswlib side by side."""
    result: dict[str, Any] = {}
    for name in FILTERS:
        result[name] = {}
        for ef in efs:
            ways: dict[str, Callable[[int], list[int]]] = {
                "engine": lambda place, name=name, ef=ef: bench.bare.search(bench.asked[place], name, ef),  # type: ignore[misc]
                **bench.graph(name, ef),
            }
            answers = _in_turns(ways, len(bench.asked), f"ef {ef}, filter {name}")
            result[name][ef] = {way: _summary(bench, name, found) for way, found in answers.items()}
    return result


def many_clients(bench: Bench, them: Clients, numbers: Sequence[int], seconds: float) -> dict[str, Any]:
    """By filter, way and number of clients: searches a second, p50 and p99, recall. hnswlib's clients are threads."""
    result: dict[str, Any] = {name: {} for name in FILTERS}
    runs = [(name, number) for name in FILTERS for number in numbers]
    for name, number in tqdm(runs, desc="clients", unit="run"):
        ef = bench.bare.ef(bench.asked[0], name)
        found = {"VectorIndex": them.run(number, name, seconds)}
        if bench.graphs:
            found["hnswlib"] = _by_threads(bench, name, ef, number, seconds)
        for way, answers in found.items():
            rate = {"per_s": round(answers.per_second, 1)}
            result[name].setdefault(way, {})[number] = rate | _summary(bench, name, answers.answers)
    return result


def graph_alone(bench: Bench, category: Category, m: int, ef_construction: int, efs: Iterable[int]) -> dict[str, Any]:
    """hnswlib's graph of one shelf with other parameters, without a filter."""
    graph = build(bench.entries.shelves[category], m, ef_construction)
    places = [place for place, query in enumerate(bench.asked) if query.category == category]
    found: dict[int, Any] = {}
    for ef in efs:
        way: dict[str, Callable[[int], list[int]]] = {
            "hnswlib": lambda turn, ef=ef: graph.search(bench.asked[places[turn]].vector, "none", ef, LIMIT)  # type: ignore[misc]
        }
        (answers,) = _in_turns(way, len(places), f"M {m}, efConstruction {ef_construction}, ef {ef}").values()
        there = [Answer(places[answer.query], answer.ms, answer.ids) for answer in answers]
        found[ef] = _summary(bench, "none", there)
    return {"m": m, "ef_construction": ef_construction, "build_s": round(graph.seconds, 1), "ef": found}


def _in_turns(ways: dict[str, Callable[[int], list[int]]], number: int, title: str) -> dict[str, list[Answer]]:
    names = list(ways)
    answers: dict[str, list[Answer]] = {way: [] for way in names}
    for turn in tqdm(range(-WARM, number), desc=title, unit="query", leave=False):
        shift = turn % len(names)
        for way in names[shift:] + names[:shift]:
            start = time.perf_counter()
            found = ways[way](turn % number)
            ms = 1000 * (time.perf_counter() - start)
            if turn >= 0:
                answers[way].append(Answer(turn, ms, tuple(found)))
    return answers


def _by_numpy(bench: Bench, name: str) -> dict[str, Any]:
    """Every garment of the shelf compared with one query, on all cores."""
    fitting = {category: bench.entries.shelves[category].fitting(name) for category in Category}
    times = []
    for query in bench.asked[: BY_NUMPY * len(Category)]:
        start = time.perf_counter()
        _exact(bench.entries.shelves[query.category].vectors, query.vector, fitting[query.category])
        times.append(1000 * (time.perf_counter() - start))
    return _times(times)


def _exact(vectors: np.ndarray, vector: Vector, fitting: np.ndarray | None) -> np.ndarray:
    scores = vectors @ vector
    if fitting is not None:
        scores[~fitting] = -np.inf
    best = np.argpartition(-scores, min(LIMIT, len(scores) - 1))[:LIMIT]
    return np.asarray(best[np.argsort(-scores[best])])


def _by_threads(bench: Bench, name: str, ef: int, number: int, seconds: float) -> Answers:
    def client(place: int) -> tuple[list[Answer], float]:
        answers = []
        start = time.perf_counter()
        while (asked := time.perf_counter()) - start < seconds:
            found = bench.by_graph(place, name, ef)
            answers.append(Answer(place, 1000 * (time.perf_counter() - asked), tuple(found)))
            place = (place + 1) % len(bench.asked)
        return answers, time.perf_counter() - start

    with ThreadPoolExecutor(number) as pool:
        parts = list(pool.map(client, (n * len(bench.asked) // number for n in range(number))))
    rate = sum(len(answers) / elapsed for answers, elapsed in parts)
    return Answers(tuple(answer for answers, _ in parts for answer in answers), rate)


def _summary(bench: Bench, name: str, answers: Sequence[Answer]) -> dict[str, Any]:
    by_shelf: dict[Category, list[float]] = {category: [] for category in Category}
    for answer in answers:
        share = recall(answer.ids, bench.nearest[name][answer.query], len(bench.entries))
        if share is not None:
            by_shelf[bench.asked[answer.query].category].append(share)
    recalls = {category.value: round(float(np.mean(shares)), 4) for category, shares in by_shelf.items() if shares}
    return {**_times([answer.ms for answer in answers]), "recall": recalls}


def _times(ms: Sequence[float]) -> dict[str, float]:
    return {f"p{part}_ms": round(float(np.percentile(ms, part)), 3) for part in (50, 99)}
