"""The exact index: numpy in this process. For tests, and the measure of what the engines find."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from mlcore.index.base import (
    ANYTHING,
    CollectionName,
    Entry,
    Hit,
    IndexMissing,
    Where,
    best_first,
    check_entries,
    check_ids,
    check_limit,
    check_vector,
    check_version,
    colours_of,
    cosine,
)
from mlcore.types import EMBEDDING_SIZE, Category, Vector


@dataclass
class _Store:
    """What all views of one index share; `lock` guards the rest."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    shelves: dict[tuple[CollectionName, str], dict[int, Entry]] = field(default_factory=dict)
    live: dict[CollectionName, str] = field(default_factory=dict)


class MemoryIndex:
    """VectorIndex over dictionaries. Every search compares with every entry: about 1 ms per 1,000 of them."""

    def __init__(self, version: str = "memory") -> None:
        self._version = check_version(version)
        self._bound = False
        self._store = _Store()

    @property
    def version(self) -> str:
        return self._version

    def at(self, version: str) -> MemoryIndex:
        view = MemoryIndex(version)
        view._bound, view._store = True, self._store
        return view

    def ensure(self) -> None:
        with self._store.lock:
            for collection in CollectionName:
                self._store.shelves.setdefault((collection, self._version), {})
                self._store.live.setdefault(collection, self._version)

    def live(self, collection: CollectionName) -> str | None:
        return self._store.live.get(collection)

    def versions(self, collection: CollectionName) -> frozenset[str]:
        with self._store.lock:
            return frozenset(version for name, version in self._store.shelves if name == collection)

    def switch(self, version: str) -> None:
        check_version(version)
        with self._store.lock:
            for collection in CollectionName:
                if (collection, version) not in self._store.shelves:
                    raise IndexMissing(f"{collection}_{version} does not exist")
            self._store.live.update(dict.fromkeys(CollectionName, version))

    def drop(self, version: str) -> None:
        with self._store.lock:
            if version in self._store.live.values():
                raise ValueError(f"version {version!r} is live")
            for collection in CollectionName:
                self._store.shelves.pop((collection, version), None)

    def upsert(self, collection: CollectionName, entries: Iterable[Entry]) -> None:
        fresh = check_entries(entries)
        with self._store.lock:
            shelf = self._shelf(collection)
            for entry in fresh:
                vector = entry.vector / np.linalg.norm(entry.vector)  # a copy: the caller may reuse its array
                shelf[entry.garment_id] = Entry(entry.garment_id, entry.category, vector, entry.attributes)

    def refill(self, collection: CollectionName, entries: Iterable[Entry]) -> None:
        self.upsert(collection, entries)

    def delete(self, collection: CollectionName, garment_ids: Iterable[int]) -> None:
        ids = check_ids(garment_ids)
        with self._store.lock:
            shelf = self._shelf(collection)
            for garment_id in ids:
                shelf.pop(garment_id, None)

    def search(
        self,
        collection: CollectionName,
        vector: Vector,
        *,
        categories: Collection[Category] = (),
        where: Where = ANYTHING,
        limit: int,
    ) -> list[Hit]:
        return self.search_many(collection, [vector], categories=categories, where=where, limit=limit)[0]

    def search_many(
        self,
        collection: CollectionName,
        vectors: Sequence[Vector],
        *,
        categories: Collection[Category] = (),
        where: Where = ANYTHING,
        limit: int,
    ) -> list[list[Hit]]:
        check_limit(limit)
        queries = [check_vector(vector) / np.linalg.norm(vector) for vector in vectors]
        entries = self._fitting(collection, categories, where)
        matrix = np.array([e.vector for e in entries], dtype=np.float32).reshape(-1, EMBEDDING_SIZE)
        scores = [(matrix @ query).tolist() for query in queries]
        return [best_first((_hit(e, cosine(s)) for e, s in zip(entries, row, strict=True)), limit) for row in scores]

    def listed(
        self,
        collection: CollectionName,
        *,
        categories: Collection[Category] = (),
        where: Where = ANYTHING,
        limit: int,
    ) -> list[Hit]:
        check_limit(limit)
        return best_first((_hit(e, 0.0) for e in self._fitting(collection, categories, where)), limit)

    def count(self, collection: CollectionName, category: Category | None = None) -> int:
        return sum(1 for _ in self.ids(collection, category))

    def ids(self, collection: CollectionName, category: Category | None = None) -> Iterator[int]:
        with self._store.lock:
            entries = list(self._shelf(collection).values())
        return iter(sorted(e.garment_id for e in entries if category in (None, e.category)))

    def flush(self, collection: CollectionName) -> None:
        """Nothing to settle: what is written is searchable at once."""

    def _fitting(self, collection: CollectionName, categories: Collection[Category], where: Where) -> list[Entry]:
        wanted = frozenset(categories or Category)
        with self._store.lock:
            entries = list(self._shelf(collection).values())
        return [e for e in entries if e.category in wanted and where.matches(e.garment_id, e.attributes)]

    def _shelf(self, collection: CollectionName) -> dict[int, Entry]:
        version = self._version if self._bound else self._store.live.get(collection)
        try:
            return self._store.shelves[collection, version or ""]
        except KeyError:
            raise IndexMissing(f"{collection} ({version or 'no live version'}) does not exist; call ensure()") from None


def _hit(entry: Entry, similarity: float) -> Hit:
    attributes = entry.attributes
    return Hit(entry.garment_id, entry.category, similarity, attributes.quality, colours_of(attributes))
