"""Further pages of a search: the same result set, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

import images.services
from catalog.models import Product
from images.models import Garment
from mlcore.index.base import IndexAway
from tests.search.conftest import alike, product, sequence_of, skus

Post = Callable[..., Any]


@pytest.fixture
def next_page(anonymous: APIClient) -> Callable[[str], Any]:
    return lambda cursor: anonymous.get(f"/api/v1/search/pages/{cursor}/")


@pytest.fixture
def twelve(query_garment: Garment) -> Garment:
    for number in range(11):
        product(f"s{number}", alike(0.9 - number / 100), pattern="stripe" if number % 2 else "dot")
    Garment.objects.filter(pk=query_garment.pk).update(labels={"pattern": {"value": "dot", "confidence": 0.9}})
    return query_garment


def test_the_pages_together_are_the_whole_search_with_the_same_explanations(
    twelve: Garment, post: Post, next_page: Callable[[str], Any]
) -> None:
    whole = post(garment=str(twelve.uid)).json()
    assert whole["next"] is None
    body = post(garment=str(twelve.uid), limit=5).json()
    found = [body["results"]]
    while body["next"]:
        body = next_page(body["next"]).json()
        assert set(body) == {"results", "next"}
        found.append(body["results"])
    assert [len(results) for results in found] == [5, 5, 2]
    assert [result for results in found for result in results] == whole["results"]


def test_a_new_product_does_not_come_into_a_later_page_and_a_hidden_one_leaves_it(
    twelve: Garment, post: Post, next_page: Callable[[str], Any]
) -> None:
    body = post(garment=str(twelve.uid), limit=5).json()
    product("new", alike(0.855))
    gone = Product.objects.get(sku="s5").pictures.get().image
    images.services.set_visible(images=[gone], visible=False)
    body = next_page(body["next"]).json()
    assert skus(body) == ["s4", "s6", "s7", "s8", "s9"]
    assert sequence_of(body, "match", "rank_before") == [6, 8, 9, 10, 11]


def test_a_product_of_an_earlier_page_does_not_come_again_with_another_view(
    query_garment: Garment, post: Post, next_page: Callable[[str], Any]
) -> None:
    product("two views", alike(0.9), alike(0.7))
    product("between", alike(0.8))
    product("last", alike(0.6))
    body = post(garment=str(query_garment.uid), limit=2).json()
    assert skus(body) == ["query", "two views"]
    assert skus(next_page(body["next"]).json()) == ["between", "last"]


def test_a_page_that_is_asked_for_twice_is_the_same_page(
    twelve: Garment, post: Post, next_page: Callable[[str], Any]
) -> None:
    cursor = post(garment=str(twelve.uid), limit=5).json()["next"]
    first, again = next_page(cursor).json(), next_page(cursor).json()
    assert first == again
    assert skus(next_page(first["next"]).json()) == ["s9", "s10"]


def test_a_page_asks_neither_the_index_nor_more_of_sql_than_two_queries(
    twelve: Garment,
    post: Post,
    next_page: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    cursor = post(garment=str(twelve.uid), limit=5).json()["next"]

    def away(*args: object) -> None:
        raise IndexAway

    monkeypatch.setattr("search.selectors.vector_index", away)
    with django_assert_num_queries(2):
        assert len(next_page(cursor).json()["results"]) == 5


def test_filters_hold_on_every_page(twelve: Garment, post: Post, next_page: Callable[[str], Any]) -> None:
    body = post(garment=str(twelve.uid), match_labels="pattern", limit=2).json()
    assert skus(body) == ["s0", "s2"]
    assert skus(next_page(body["next"]).json()) == ["s4", "s6"]


@pytest.mark.parametrize(
    "cursor", ["x", "0" * 32, "0" * 32 + ".2", "0" * 32 + ".0", "0" * 31 + "g.2", "%00", "é" * 200]
)
def test_a_cursor_that_is_none_or_forgotten_is_a_404(
    stocked: None, next_page: Callable[[str], Any], cursor: str
) -> None:
    response = next_page(cursor)
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_results_are_forgotten_after_a_while(twelve: Garment, post: Post, next_page: Callable[[str], Any]) -> None:
    cursor = post(garment=str(twelve.uid), limit=5).json()["next"]
    cache.delete(f"search:{cursor}")  # as its time-out does
    response = next_page(cursor)
    assert response.status_code == 404
    assert "search again" in response.json()["detail"]
