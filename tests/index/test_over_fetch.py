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
from tests.index.conftest import LiteServer
from tests.index.helpers import PRODUCTS, entry, ids, scattered, soon, towards

_numbers = count(1)
ENTRIES: list[Entry] = [
    entry(number, vector, in_stock=number % 2 == 0, pattern="dot" if number % 40 == 0 else "solid")
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
    assert "dot" in asked[1]


def test_a_filter_that_keeps_few_is_remembered(index: MilvusIndex, asked: Asked) -> None:
    index.search(PRODUCTS, towards(1), where=RARE, limit=10)
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
