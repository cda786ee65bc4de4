"""Without Milvus a search is answered at once with 503, and the next one after its return works."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from images.index import vector_index
from images.models import Garment
from mlcore.index.base import CollectionName, IndexAway
from tests.search.conftest import skus
from tests.servers import Server


def answers() -> bool:
    try:
        vector_index().live(CollectionName.PRODUCTS)
    except IndexAway:
        return False
    return True


@pytest.fixture
def milvus(milvus_server: Server) -> Iterator[Server]:
    """The server of all tests, there again afterwards."""
    yield milvus_server
    if milvus_server.process is None:
        milvus_server.start(answers)


def test_a_search_without_milvus_is_answered_503_until_it_is_back(
    query_garment: Garment, post: Callable[..., Any], milvus: Server
) -> None:
    milvus.kill()
    start = time.monotonic()
    response = post(garment=str(query_garment.uid))
    assert time.monotonic() - start < 15
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["detail"].endswith("try again in 5 seconds")
    milvus.start(answers)
    assert skus(post(garment=str(query_garment.uid)).json()) == ["query"]
