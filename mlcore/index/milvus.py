"""The index in Milvus: a server, a cluster, or milvus-lite behind mlcore.index.lite_server; the same code for all."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final, TypeVar

import numpy as np

from mlcore.index import library, schema
from mlcore.index.base import (
    ANYTHING,
    Attributes,
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
    cosine,
)
from mlcore.index.connection import Connection
from mlcore.index.expressions import after, expression
from mlcore.index.selectivity import Selectivity
from mlcore.types import Category, Vector

_Item = TypeVar("_Item")

SEARCH_S: Final = 5.0
WRITE_S: Final = 30.0
ADMIN_S: Final = 120.0

BATCH: Final = 1_000  # entries at a time; each category of them is one write, and 100 to 1,000 rows are fastest
PAGE: Final = 5_000  # ids per page
EXACT_PAGE: Final = 1_000  # entries with vectors per page: 2 MB on the wire
SPARE: Final = 8  # asked for beyond the limit, so that equal hits at the edge are cut by id and not by chance

# The width of an HNSW search. A filter hides nodes from the walk: on lite a filter that keeps 1 % finds .27 of the true
# hits with 64 and .996 with 2048; a server filters better but still dips to .855 at 10 % with 64. Without a filter 64
# found .76 of the best 20 of 30,000 random vectors in six partitions, the hardest case there is: hence 128.
EF_PLAIN: Final = 128
EF_FILTERED: Final = 256
EF_FILTERED_LITE: Final = 2_048
EF_WIDEST: Final = 16_384

# A server's filtered walk misses true hits of a filter that keeps much: of the best 20 under one that keeps half it
# found .955 at ef 256 and .959 at 512, with twice the edges .953 and .963, where the plain walk found .999. So the
# plain walk is asked first, for this many times as many hits, and the filter is applied to them here. Filters follow
# what things look like (dear coats lie beside dear coats), so where too few pass, the same walk goes as deep as their
# share says before the engine's own walk is asked.
OVER_FETCH: Final = 3
OVER_FETCH_LIMIT: Final = 250  # beyond it the rows on the wire cost more than the walk
DEEPEST: Final = 1_500  # hits of such a walk
DEEPER: Final = 1.5  # times as many as the share of those that passed says: the further ones may pass less often


class MilvusIndex:
    """VectorIndex over Milvus. Creating one connects to nothing; the first call does.

    `uri`: http://host:port, https://…, or unix:/path/to/socket. `patience`: seconds of retrying before IndexAway.
    """

    def __init__(self, uri: str, *, version: str, token: str = "", patience: float = 5.0) -> None:
        self._version = check_version(version)
        self._bound = False
        self._milvus = Connection(uri, token, patience)
        self._selectivity = Selectivity()

    @property
    def version(self) -> str:
        return self._version

    def at(self, version: str) -> MilvusIndex:
        view = MilvusIndex.__new__(MilvusIndex)
        view._version, view._bound = check_version(version), True
        view._milvus, view._selectivity = self._milvus, self._selectivity
        return view

    def close(self) -> None:
        """Hang up. The next call connects again."""
        self._milvus.close()

    # Versions: collections, their aliases ---------------------------------------------------------------------------

    def ensure(self) -> None:
        for collection in CollectionName:
            name = schema.physical(collection, self._version)
            # Of processes that create at once one wins; the others fail, look again and find it there.
            self._milvus.retry(partial(_build, name=name), "ensure")
            self._point(collection, self._version, only_if_unset=True)

    def live(self, collection: CollectionName) -> str | None:
        name: str | None = self._milvus.retry(lambda client: _target_of(client, collection.value), "describe_alias")
        return None if name is None else schema.version_of(collection, name)

    def versions(self, collection: CollectionName) -> frozenset[str]:
        names: list[str] = self._milvus.call("list_collections", timeout=SEARCH_S)
        found = (schema.version_of(collection, name) for name in names)
        return frozenset(version for version in found if version is not None)

    def switch(self, version: str) -> None:
        check_version(version)
        for collection in CollectionName:
            if version not in self.versions(collection):
                raise IndexMissing(f"{schema.physical(collection, version)} does not exist; call at(version).ensure()")
        for collection in CollectionName:
            self._point(collection, version)

    def drop(self, version: str) -> None:
        if version in map(self.live, CollectionName):
            raise ValueError(f"version {version!r} is live")
        for collection in CollectionName:
            if version in self.versions(collection):
                self._milvus.call("drop_collection", schema.physical(collection, version), timeout=ADMIN_S)

    # Entries --------------------------------------------------------------------------------------------------------

    def upsert(self, collection: CollectionName, entries: Iterable[Entry]) -> None:
        self._write("upsert", collection, entries)  # and not insert, so that of two writers one copy remains

    def refill(self, collection: CollectionName, entries: Iterable[Entry]) -> None:
        # An upsert notes a deletion for every row, also where there is nothing to delete. A server then takes each
        # segment for full of deleted rows and writes and indexes it anew, again and again: a million garments had no
        # finished index after 34 minutes.
        self._write("insert", collection, entries)

    def delete(self, collection: CollectionName, garment_ids: Iterable[int]) -> None:
        name = self._name(collection)
        for batch in _batches(check_ids(garment_ids), BATCH):
            self._delete(name, batch)

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
        asked = [check_vector(vector) for vector in vectors]
        if not asked:
            return []
        name, partitions = self._name(collection), _partitions(categories)
        found: list[list[Hit]] = [[] for _ in asked]
        short = list(range(len(asked)))
        if self._is_worth_over_fetching(name, partitions, where, limit):
            found = self._passing(name, asked, partitions, where, limit)
            short = [place for place in short if len(found[place]) < limit]
        if short:
            plain = EF_PLAIN if not where else EF_FILTERED_LITE if self._milvus.is_lite() else EF_FILTERED
            ef = max(plain, 2 * (limit + SPARE))
            nearest = self._nearest(name, [asked[place] for place in short], partitions, where, limit, ef)
            for place, hits in zip(short, nearest, strict=True):
                found[place] = best_first([*found[place], *hits], limit)
                if where and len(found[place]) < limit:  # without a filter it means that there are no more
                    found[place] = self._settled(name, asked[place], partitions, where, limit, found[place])
        return [best_first(hits, limit) for hits in found]

    def listed(
        self,
        collection: CollectionName,
        *,
        categories: Collection[Category] = (),
        where: Where = ANYTHING,
        limit: int,
    ) -> list[Hit]:
        check_limit(limit)
        found: list[Hit] = []
        fields = ["garment_id", *schema.RANKED_BY]
        for page in self._pages(self._name(collection), _partitions(categories), where, fields, size=limit):
            found += [schema.hit(row["garment_id"], row, 0.0) for row in page]
            if len(found) >= limit:
                break
        return best_first(found, limit)

    def count(self, collection: CollectionName, category: Category | None = None) -> int:
        rows = self._query(
            self._name(collection),
            "",
            output_fields=["count(*)"],
            partition_names=list(schema.PARTITIONS if category is None else (category.value,)),
            consistency_level="Strong",
        )
        return int(rows[0]["count(*)"])

    def ids(self, collection: CollectionName, category: Category | None = None) -> Iterator[int]:
        name, last = self._name(collection), -1
        partitions = list(schema.PARTITIONS if category is None else (category.value,))
        while page := self._page(name, after(last), partitions, ["garment_id"], PAGE, consistency_level="Strong"):
            yield from sorted({row["garment_id"] for row in page})
            last = max(row["garment_id"] for row in page)

    def flush(self, collection: CollectionName) -> None:
        self._milvus.call("flush", self._name(collection), timeout=ADMIN_S)

    # Inside ---------------------------------------------------------------------------------------------------------

    def _name(self, collection: CollectionName) -> str:
        return schema.physical(collection, self._version) if self._bound else collection.value

    def _point(self, collection: CollectionName, version: str, *, only_if_unset: bool = False) -> None:
        """Let the alias name this version: one call, so a search sees the old or the new, never neither."""
        name = schema.physical(collection, version)

        def point(client: Any) -> None:
            current = _target_of(client, collection.value)
            if current is None:
                client.create_alias(name, collection.value, timeout=WRITE_S)
            elif current != name and not only_if_unset:
                client.alter_alias(name, collection.value, timeout=WRITE_S)

        self._milvus.retry(point, "alias")

    def _write(self, how: str, collection: CollectionName, entries: Iterable[Entry]) -> None:
        name, fresh = self._name(collection), check_entries(entries)
        for batch in _batches(fresh, BATCH):
            # What is there is replaced only within its partition, so a changed category would leave the old copy
            # behind. Deleting by id reaches all partitions.
            self._delete(name, [entry.garment_id for entry in batch])
            for category in Category:
                rows = [schema.row(entry) for entry in batch if entry.category == category]
                if rows:
                    self._milvus.call(how, name, rows, partition_name=category.value, timeout=WRITE_S)

    def _delete(self, name: str, garment_ids: list[int]) -> None:
        self._milvus.call("delete", name, ids=garment_ids, timeout=WRITE_S)

    def _settled(
        self, name: str, vector: Vector, partitions: list[str], where: Where, limit: int, hits: list[Hit]
    ) -> list[Hit]:
        """Either there are no more, or the walk missed some. A filter that leaves one page is settled exactly."""
        looked_at, widened = 0, False
        fields = ["garment_id", "vector", *schema.RANKED_BY]
        for page in self._pages(name, partitions, where, fields, size=EXACT_PAGE):
            hits = best_first([*hits, *_scored(page, vector)], limit)
            looked_at += len(page)
            if looked_at >= EXACT_PAGE and not widened:
                (wide,), widened = self._nearest(name, [vector], partitions, where, limit, EF_WIDEST), True
                if len(wide) >= limit:
                    return wide
        return hits

    def _nearest(
        self, name: str, vectors: list[Vector], partitions: list[str], where: Where, limit: int, ef: int
    ) -> list[list[Hit]]:
        found = self._walk(name, vectors, partitions, where, limit + SPARE, ef, schema.RANKED_BY)
        return [[schema.hit(key, fields, similarity) for key, fields, similarity in hits] for hits in found]

    def _is_worth_over_fetching(self, name: str, partitions: list[str], where: Where, limit: int) -> bool:
        if not where or where.among is not None or limit > OVER_FETCH_LIMIT or self._milvus.is_lite():
            return False
        return not self._selectivity.is_narrow(_question(name, partitions, where))

    def _passing(
        self, name: str, vectors: list[Vector], partitions: list[str], where: Where, limit: int
    ) -> list[list[Hit]]:
        """Hits found without the filter that satisfy it: of OVER_FETCH times as many, then of as many as that takes."""
        wanted = OVER_FETCH * (limit + SPARE)
        found = self._nearest_that_pass(name, vectors, partitions, where, wanted)
        passed = [len(hits) for hits in found]
        question = _question(name, partitions, where)
        self._selectivity.note(question, queries=len(vectors), hits=wanted * len(vectors), passed=sum(passed))
        depths = [math.ceil(DEEPER * (limit + SPARE) * wanted / max(1, number)) for number in passed]
        again = [place for place, depth in enumerate(depths) if passed[place] < limit and depth <= DEEPEST]
        if again:
            deeper = self._nearest_that_pass(
                name, [vectors[place] for place in again], partitions, where, max(depths[place] for place in again)
            )
            for place, hits in zip(again, deeper, strict=True):
                found[place] = best_first([*found[place], *hits], limit)
        return found

    def _nearest_that_pass(
        self, name: str, vectors: list[Vector], partitions: list[str], where: Where, wanted: int
    ) -> list[list[Hit]]:
        """Those of the `wanted` nearest, found without the filter, that satisfy it."""
        looked_at = where.looks_at()
        fields = tuple({*schema.RANKED_BY, *looked_at})
        return [
            [
                schema.hit(key, row, similarity)
                for key, row, similarity in hits
                if where.matches(key, Attributes(**{field: row[field] for field in looked_at}))
            ]
            for hits in self._walk(name, vectors, partitions, ANYTHING, wanted, 2 * wanted, fields)
        ]

    def _walk(
        self,
        name: str,
        vectors: list[Vector],
        partitions: list[str],
        where: Where,
        limit: int,
        ef: int,
        fields: tuple[str, ...],
    ) -> list[list[tuple[int, dict[str, Any], float]]]:
        """(id, fields, similarity) of what an HNSW search finds for each vector."""
        found = self._milvus.call(
            "search",
            name,
            vectors,
            anns_field="vector",
            filter=expression(where),
            partition_names=partitions,
            limit=limit,
            output_fields=list(fields),
            search_params={"metric_type": "COSINE", "params": {"ef": ef}},
            consistency_level="Bounded",
            timeout=SEARCH_S,
        )
        # hit.id: the key's name is the field's on lite and `id` on a 2.3 server
        return [[(hit.id, hit["entity"], cosine(hit["distance"])) for hit in hits] for hits in found]

    def _pages(
        self, name: str, partitions: list[str], where: Where, fields: list[str], *, size: int
    ) -> Iterator[list[dict[str, Any]]]:
        """All entries that match, in order of id, `size` at a time.

        A server ends a page early when one of its segments has no more, so only an empty page is the last one there.
        """
        last = -1
        while page := self._page(name, expression(where, after(last)), partitions, fields, size):
            yield page
            if len(page) < size and self._milvus.is_lite():
                return
            last = max(row["garment_id"] for row in page)

    def _page(
        self,
        name: str,
        clause: str,
        partitions: list[str],
        output_fields: list[str],
        limit: int,
        consistency_level: str = "Bounded",
    ) -> list[dict[str, Any]]:
        """The first `limit` rows by id. Both flags are what makes them the first: one for lite, both for a server."""
        return self._query(
            name,
            clause,
            output_fields=output_fields,
            partition_names=partitions,
            limit=limit,
            iterator="True",
            reduce_stop_for_best=True,
            consistency_level=consistency_level,
        )

    def _query(self, name: str, clause: str, **kwargs: Any) -> list[dict[str, Any]]:
        return list(self._milvus.call("query", name, clause, timeout=WRITE_S, **kwargs))


def _question(name: str, partitions: list[str], where: Where) -> tuple[str, tuple[str, ...], str]:
    """What is excluded is the query's own picture, and no part of the question."""
    return name, tuple(partitions), expression(replace(where, excluded=()))


def _partitions(categories: Collection[Category]) -> list[str]:
    return [category.value for category in Category if category in categories or not categories]


def _build(client: Any, *, name: str) -> None:
    """Create, index and load what is missing of a collection, in the order in which the engines need it."""
    if not client.has_collection(name, timeout=ADMIN_S):
        fields = schema.fields()
        client.create_collection(name, schema=fields, num_shards=1, consistency_level="Bounded", timeout=ADMIN_S)
    for partition in set(schema.PARTITIONS) - set(client.list_partitions(name, timeout=ADMIN_S)):
        client.create_partition(name, partition, timeout=ADMIN_S)
    if not client.list_indexes(name, "vector", timeout=ADMIN_S):
        client.create_index(name, schema.vector_index(), timeout=ADMIN_S, sync=False)  # empty: nothing to wait for
    client.load_collection(name, timeout=ADMIN_S)


def _target_of(client: Any, alias: str) -> str | None:
    """The collection that an alias names, None when there is no such alias."""
    try:
        return str(client.describe_alias(alias, timeout=SEARCH_S)["collection_name"])
    except library.pymilvus().MilvusException as error:
        if error.code in (4, 100, 1600):  # collection not found (lite, old and new numbering), alias not found
            return None
        raise


def _scored(rows: Sequence[dict[str, Any]], vector: Vector) -> list[Hit]:
    """Rows with vectors, compared exactly."""
    if not rows:
        return []
    matrix = np.array([row["vector"] for row in rows], dtype=np.float32)
    scores = (matrix @ vector) / (np.linalg.norm(matrix, axis=1) * np.linalg.norm(vector))
    return [schema.hit(row["garment_id"], row, cosine(score)) for row, score in zip(rows, scores, strict=True)]


def _batches(items: list[_Item], size: int) -> Iterator[list[_Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))
