"""How a server is asked with a filter: first without it, for more hits, since its filtered walk misses some."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from mlcore.index.base import Entry, Where
from mlcore.index.connection import Connection
from mlcore.index.memory import MemoryIndex
from mlcore.index.milvus import OVER_FETCH_LIMIT, MilvusIndex
from mlcore.index.selectivity import NARROW, QUERIES, Selectivity
from tests.index.conftest import LiteServer
from tests.index.helpers import PRODUCTS, entry, ids, scattered, soon, towards

_numbers = count(1)
ENTRIES: list[Entry] = [
    entry(number, vector, in_stock=number % 2 == 0, pattern="dot" if number % 80 == 0 else "solid")
    for number, vector in enumerate(scattered(400, seed=7), start=1)
]
HALF, RARE = Where(in_stock=True), Where(pattern=("dot",))


class Asked(list[str]):
    """The filters of the searches that reached the engine."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Lite answers here, in a server's clothes."""
    asked, call = Asked(), Connection.call

    def noted(self: Connection, method: str, *args: Any, **kwargs: Any) -> Any:
        if method == "search":
            asked.append(kwargs["filter"])
        return call(self, method, *args, **kwargs)

    monkeypatch.setattr(Connection, "call", noted)
    monkeypatch.setattr(Connection, "is_lite", lambda self: False)
    return asked


@pytest.fixture
def index(shared_lite: LiteServer, asked: Asked) -> Iterator[MilvusIndex]:
    index = MilvusIndex(shared_lite.uri, version=f"over{next(_numbers)}").at(f"over{next(_numbers)}")
    index.ensure()
    index.upsert(PRODUCTS, ENTRIES)
    soon(lambda: index.count(PRODUCTS), len(ENTRIES))
    yield index
    index.close()


def exactly(where: Where, limit: int) -> list[int]:
    memory = MemoryIndex("exact")
    memory.ensure()
    memory.upsert(PRODUCTS, ENTRIES)
    return ids(memory.search(PRODUCTS, towards(1), where=where, limit=limit))


def test_a_filter_that_keeps_half_is_applied_to_an_unfiltered_search(index: MilvusIndex, asked: Asked) -> None:
    assert ids(index.search(PRODUCTS, towards(1), where=HALF, limit=20)) == exactly(HALF, 20)
    assert asked == [""]


def test_a_filter_that_keeps_few_is_the_engines_after_all(index: MilvusIndex, asked: Asked) -> None:
    assert ids(index.search(PRODUCTS, towards(1), where=RARE, limit=10)) == exactly(RARE, 10)
    assert len(asked) >= 2
    assert asked[0] == ""
    assert "dot" in asked[-1]


def test_a_filter_that_keeps_few_is_remembered(index: MilvusIndex, asked: Asked) -> None:
    for _ in range(QUERIES):
        index.search(PRODUCTS, towards(1), where=RARE, limit=10)
        assert "" in asked
    asked.clear()
    assert ids(index.search(PRODUCTS, towards(0, 1), where=RARE, limit=5)) != []
    assert "" not in asked
    index.search(PRODUCTS, towards(1), where=HALF, limit=20)
    assert "" in asked


def test_without_a_filter_with_named_garments_and_for_long_pages_there_is_one_search(
    index: MilvusIndex, asked: Asked
) -> None:
    index.search(PRODUCTS, towards(1), limit=20)
    index.search(PRODUCTS, towards(1), where=Where(among=tuple(range(1, 40))), limit=20)
    index.search(PRODUCTS, towards(1), where=HALF, limit=OVER_FETCH_LIMIT + 1)
    assert [bool(clause) for clause in asked][:2] == [False, True]
    assert "" not in asked[2:]


def test_what_is_excluded_does_not_come_back(index: MilvusIndex, asked: Asked) -> None:
    first = exactly(HALF, 5)
    where = Where(in_stock=True, excluded=tuple(first))
    assert ids(index.search(PRODUCTS, towards(1), where=where, limit=20)) == exactly(where, 20)
    assert not set(first) & set(ids(index.search(PRODUCTS, towards(1), where=where, limit=20)))


def test_of_several_vectors_only_those_with_too_few_are_asked_for_again(index: MilvusIndex, asked: Asked) -> None:
    """All the dots lie towards one of the two."""
    dots = [entry(500 + n, towards(1, n / 100), pattern="check") for n in range(60)]
    index.upsert(PRODUCTS, dots)
    soon(lambda: index.count(PRODUCTS), len(ENTRIES) + len(dots))
    asked.clear()
    where = Where(pattern=("check",))
    near, far = index.search_many(PRODUCTS, [towards(1), towards(-1)], where=where, limit=20)
    assert ids(near) == [500 + n for n in range(20)]
    assert ids(far) == [500 + n for n in range(59, 39, -1)]
    assert asked[0] == ""
    assert len(asked) >= 2


def test_where_fewer_pass_the_walk_goes_deeper_before_the_engine_filters(index: MilvusIndex, asked: Asked) -> None:
    """One in eight passes: of 84 hits about ten, of some 340 all that are wanted."""
    quality = Where(pattern=("floral",))
    some = [
        entry(600 + n, vector, pattern="floral" if n % 8 == 0 else "check")
        for n, vector in enumerate(scattered(400, seed=9))
    ]
    index.upsert(PRODUCTS, some)
    soon(lambda: index.count(PRODUCTS), len(ENTRIES) + len(some))
    asked.clear()
    found = index.search(PRODUCTS, some[0].vector, where=quality, limit=20)
    memory = MemoryIndex("exact")
    memory.ensure()
    memory.upsert(PRODUCTS, [*ENTRIES, *some])
    assert ids(found) == ids(memory.search(PRODUCTS, some[0].vector, where=quality, limit=20))
    assert asked == ["", ""]


def test_one_query_among_what_does_not_pass_makes_no_filter_narrow() -> None:
    selectivity = Selectivity()
    selectivity.note("price", queries=1, hits=84, passed=0)
    assert not selectivity.is_narrow("price")
    selectivity.note("price", queries=QUERIES, hits=84 * QUERIES, passed=40 * QUERIES)
    assert not selectivity.is_narrow("price")


def test_a_filter_that_lets_nearly_nothing_pass_is_narrow_until_it_lets_more() -> None:
    selectivity = Selectivity()
    for _ in range(QUERIES):
        selectivity.note("rare", queries=1, hits=100, passed=int(100 * NARROW) - 1)
    assert selectivity.is_narrow("rare")
    assert not selectivity.is_narrow("another")
    selectivity.note("rare", queries=1, hits=100, passed=50)
    assert not selectivity.is_narrow("rare")
