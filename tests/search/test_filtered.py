"""POST search/ with filters: what comes back, in which order, and what is given up when nothing fits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings

from images.models import Garment
from tests.search.conftest import alike, photo, product, sequence_of, skus, titles

Post = Callable[..., Any]
RED, NEAR_RED, PINK, BLUE = "#c51928", "#c92430", "#f0aec9", "#2363b8"


def coloured(sku: str, similarity: float, *colours: tuple[str, str, float], **facts: Any) -> None:
    product(sku, alike(similarity), colours=colours, **facts)


@pytest.fixture
def wardrobe(query_garment: Garment, post: Post) -> Callable[..., dict[str, Any]]:
    """Search with a red dress with long sleeves and stripes among dresses of every kind; the body of the answer."""
    Garment.objects.filter(pk=query_garment.pk).update(
        colours=[{"name": "red", "hex": RED, "share": 0.9}],
        labels={
            "sleeve_length": {"value": "long", "confidence": 0.9},
            "pattern": {"value": "stripe", "confidence": 0.9},
        },
    )
    coloured("blue", 0.9, ("blue", BLUE, 1.0), sleeve_length="short", pattern="stripe", price=30.0)
    coloured("red", 0.8, ("red", NEAR_RED, 0.7), ("blue", BLUE, 0.3), sleeve_length="long", pattern="dot", price=90.0)
    coloured("half red", 0.7, ("blue", BLUE, 0.6), ("red", RED, 0.4), sleeve_length="none", in_stock=False)
    coloured("a little red", 0.6, ("blue", BLUE, 0.8), ("red", RED, 0.2), pattern="check", price=10.0)
    coloured("pink", 0.5, ("pink", PINK, 1.0), sleeve_length="three_quarter")

    def search(**filters: Any) -> dict[str, Any]:
        response = post(garment=str(query_garment.uid), **filters)
        assert response.status_code == 200, response.json()
        body: dict[str, Any] = response.json()
        body["results"] = [r for r in body["results"] if r["product"]["sku"] != "query"]
        return body

    return search


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["blue", "red", "half red", "a little red", "pink"]),
        ({"colour": "red"}, ["red", "half red"]),
        ({"colour": "Red "}, ["red", "half red"]),
        ({"colour": RED, "colour_tolerance": 1}, ["half red"]),
        ({"colour": RED, "colour_tolerance": 6}, ["red", "half red"]),
        ({"colour": "red", "colour_tolerance": 6}, ["red", "half red"]),
        ({"colour": PINK}, ["pink"]),
        ({"match_colour": True}, ["red", "half red"]),
        ({"match_colour": True, "colour_tolerance": 1}, ["half red"]),
        ({"sleeve_length": "long"}, ["red"]),
        ({"sleeve_length": "long,none"}, ["red", "half red"]),
        ({"sleeve_length": ["short", "three_quarter"]}, ["blue", "pink"]),
        ({"match_labels": "sleeve_length"}, ["red"]),
        ({"match_labels": ["pattern"]}, ["blue"]),
        ({"price_max": 30}, ["blue", "a little red"]),
        ({"price_min": 30, "price_max": "90.0"}, ["blue", "red"]),
        ({"in_stock": True}, ["blue", "red", "a little red", "pink"]),
        ({"in_stock": False}, ["half red"]),
        ({"q": "LITTLE"}, ["a little red"]),
        ({"q": "red", "colour": "blue"}, ["red", "half red", "a little red"]),
        ({"colour": "red", "sleeve_length": "long", "pattern": "dot", "price_max": 100, "q": "red"}, ["red"]),
    ],
    ids=str,
)
def test_only_what_has_all_that_is_asked_comes_back_the_most_similar_first(
    wardrobe: Callable[..., dict[str, Any]], filters: dict[str, Any], expected: list[str]
) -> None:
    body = wardrobe(**filters)
    assert (skus(body), body["dropped_filters"]) == (expected, [])


def test_what_is_given_up_is_said_the_least_important_first(query_garment: Garment, post: Post) -> None:
    coloured("shirt collar", 0.8, ("red", RED, 1.0), collar_style="shirt", pattern="solid")
    body = post(garment=str(query_garment.uid), colour="red", collar_style="hood", pattern="solid").json()
    assert (skus(body), body["dropped_filters"]) == (["shirt collar"], ["collar_style"])
    body = post(garment=str(query_garment.uid), colour="red", collar_style="hood", pattern="dot").json()
    assert (skus(body), body["dropped_filters"]) == (["shirt collar"], ["collar_style", "pattern"])


@pytest.mark.parametrize("filters", [{"price_max": 5}, {"in_stock": False}, {"q": "velvet"}])
def test_price_stock_and_words_are_never_given_up(query_garment: Garment, post: Post, filters: dict[str, Any]) -> None:
    coloured("there", 0.8, ("red", RED, 1.0), price=30.0, pattern="solid")
    body = post(garment=str(query_garment.uid), pattern="solid", **filters).json()
    assert (body["results"], body["dropped_filters"], body["next"]) == ([], [], None)


def test_a_filter_that_the_searched_garment_has_no_value_for_is_said(query_garment: Garment, post: Post) -> None:
    coloured("red", 0.8, ("red", RED, 1.0))
    body = post(garment=str(query_garment.uid), match_colour=True, match_labels="pattern").json()
    assert skus(body) == ["query", "red"]
    assert body["dropped_filters"] == ["pattern", "colour"]


def test_a_better_picture_comes_first_among_near_equals_and_the_order_follows_from_what_is_said(
    query_garment: Garment, post: Post
) -> None:
    for number, (similarity, quality) in enumerate([(0.90, 0.1), (0.89, 0.9), (0.88, 0.95), (0.85, 1.0), (0.80, 0.0)]):
        product(str(number), alike(similarity), quality=quality)
    results = post(garment=str(query_garment.uid)).json()["results"]
    assert [r["product"]["sku"] for r in results] == ["query", "1", "0", "2", "3", "4"]
    assert [r["match"]["rank_before"] for r in results] == [1, 3, 2, 4, 5, 6]

    def score(match: dict[str, Any]) -> float:
        return round(match["similarity"] - settings.SEARCH_QUALITY_WEIGHT * (1 - match["quality"]), 6)

    assert [r["score"] for r in results] == [score(r["match"]) for r in results]
    assert results == sorted(results, key=lambda r: -r["score"])


def test_copies_of_a_picture_come_once(query_garment: Garment, post: Post) -> None:
    for sku, similarity, fingerprint in (
        ("one", 0.9, "f" * 64),
        ("its copy", 0.899, "f" * 63 + "e"),
        ("two", 0.89, "0" * 64),
    ):
        product(sku, alike(similarity), fingerprint=fingerprint, colours=[("red", RED, 1.0)])
    assert skus(post(garment=str(query_garment.uid)).json()) == ["query", "one", "two"]


def test_the_colour_is_compared_with_the_asked_one(wardrobe: Callable[..., dict[str, Any]]) -> None:
    own = wardrobe(sleeve_length="none")["results"][0]["match"]["colour_delta_e"]
    assert own == 0.0  # its second colour is the query's main one
    pink = wardrobe(colour=PINK, colour_tolerance=50)["results"]
    assert {r["product"]["sku"]: r["match"]["colour_delta_e"] for r in pink}["pink"] == 0.0


def test_photographs_are_filtered_by_what_is_worn(query_garment: Garment, post: Post) -> None:
    photo("plain", ("dresses", alike(0.9)), pattern="solid")
    photo("striped", ("dresses", alike(0.8)), pattern="stripe")
    body = post(garment=str(query_garment.uid), target="photos", pattern="stripe").json()
    assert titles(body) == ["striped"]


def test_a_narrow_filter_fills_the_page(query_garment: Garment, post: Post) -> None:
    for number in range(60):
        product(f"s{number}", alike(0.9 - number / 100), pattern="dot" if number % 12 == 11 else "solid")
    assert skus(post(garment=str(query_garment.uid), pattern="dot", limit=5).json()) == [
        "s11",
        "s23",
        "s35",
        "s47",
        "s59",
    ]


def test_words_that_match_too_many_for_the_index_are_sifted_by_sql(
    query_garment: Garment, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.selectors.MOST_BY_TEXT", 2)
    monkeypatch.setattr("search.selectors.DEPTH", 6)
    for number in range(12):
        product(f"s{number}", alike(0.9 - number / 100), title="Linen dress" if number % 3 == 2 else "Silk dress")
    body = post(garment=str(query_garment.uid), q="linen", limit=4).json()
    assert skus(body) == ["s2", "s5", "s8", "s11"]
    assert sequence_of(body, "match", "rank_before") == [4, 7, 10, 13]


# Without a picture --------------------------------------------------------------------------------------------------


def test_without_a_picture_the_nearest_shade_comes_first(stocked: None, post: Post) -> None:
    for sku, value in (("pink", PINK), ("red", RED), ("near", NEAR_RED), ("blue", BLUE)):
        product(sku, alike(0.5), colours=[("", value, 1.0)], pattern="solid")
    product("a red top", alike(0.5), category="tops", colours=[("", RED, 1.0)])
    body = post(category="dresses", colour=RED, colour_tolerance=40).json()
    assert skus(body)[:2] == ["red", "near"]
    assert "blue" not in skus(body)
    assert body["query"] == {"image": None, "garments": [], "garment": None}
    match = body["results"][1]["match"]
    assert (match["similarity"], match["labels_agree"]) == (None, [])
    assert body["results"][1]["score"] == round(1 - match["colour_delta_e"] / 100 - 0.02 * 0.5, 6)


def test_without_a_picture_labels_alone_are_enough_and_the_best_pictures_come_first(stocked: None, post: Post) -> None:
    product("poor", alike(0.5), pattern="dot", quality=0.3)
    product("good", alike(0.5), pattern="dot", quality=0.9)
    product("plain", alike(0.5), pattern="solid", quality=0.9)
    body = post(pattern="dot").json()
    assert skus(body) == ["good", "poor"]
    assert sequence_of(body, "match", "labels_agree") == [["pattern"], ["pattern"]]


def test_without_a_picture_words_are_enough(stocked: None, post: Post) -> None:
    product("a", alike(0.5), title="Linen shirt dress")
    product("b", alike(0.5), title="Silk dress")
    assert skus(post(q="dress linen").json()) == ["a"]
    assert skus(post(q="velvet").json()) == []
