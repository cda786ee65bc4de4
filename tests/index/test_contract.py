"""What every index promises, whichever engine is behind it."""

from __future__ import annotations

import numpy as np
import pytest

from mlcore.index import milvus
from mlcore.index.base import (
    Attributes,
    BadEntry,
    BadVector,
    ColourBox,
    Entry,
    IndexMissing,
    Range,
    VectorIndex,
    Where,
)
from mlcore.types import EMBEDDING_SIZE, Category
from tests.index.helpers import DRESSES, PHOTOS, PRODUCTS, SKIRTS, TOPS, at_cosine, entry, ids, scattered, soon, towards

# Nearest first ------------------------------------------------------------------------------------------------------


def test_the_nearest_garment_comes_first_and_similarity_is_the_cosine(index: VectorIndex) -> None:
    index.upsert(PRODUCTS, [entry(1, at_cosine(0.5)), entry(2, at_cosine(0.9)), entry(3, at_cosine(-0.25))])
    soon(lambda: index.count(PRODUCTS), 3)
    soon(lambda: ids(index.search(PRODUCTS, towards(1), limit=3)), [2, 1, 3])
    hits = index.search(PRODUCTS, towards(1), limit=3)
    assert [hit.similarity for hit in hits] == pytest.approx([0.9, 0.5, -0.25], abs=1e-3)


def test_a_garment_finds_itself_with_similarity_one(index: VectorIndex) -> None:
    (vector,) = scattered(1, seed=7)
    index.upsert(PRODUCTS, [entry(5, vector)])
    soon(lambda: ids(index.search(PRODUCTS, vector, limit=1)), [5])
    assert index.search(PRODUCTS, vector, limit=1)[0].similarity == pytest.approx(1.0, abs=1e-5)


def test_garments_that_are_equally_near_come_in_the_order_of_their_ids(index: VectorIndex) -> None:
    index.upsert(PRODUCTS, [entry(garment_id) for garment_id in (9, 4, 7, 1, 8)])
    soon(lambda: ids(index.search(PRODUCTS, towards(1), limit=5)), [1, 4, 7, 8, 9])
    assert ids(index.search(PRODUCTS, towards(1), limit=2)) == [1, 4]


def test_a_vector_of_length_one_point_0005_is_taken_as_its_direction(index: VectorIndex) -> None:
    index.upsert(PRODUCTS, [entry(1, at_cosine(0.8) * np.float32(1.0005))])
    soon(lambda: ids(index.search(PRODUCTS, towards(1), limit=1)), [1])
    hits = index.search(PRODUCTS, towards(1) * np.float32(0.9995), limit=1)
    assert hits[0].similarity == pytest.approx(0.8, abs=1e-5)


def test_the_limit_is_kept_and_may_exceed_what_is_there(index: VectorIndex) -> None:
    index.upsert(PRODUCTS, [entry(n, at_cosine(0.9 - n / 100)) for n in range(30)])
    soon(lambda: ids(index.search(PRODUCTS, towards(1), limit=1_000)), list(range(30)))
    assert ids(index.search(PRODUCTS, towards(1), limit=7)) == list(range(7))


@pytest.mark.parametrize("limit", [0, -1, 1_001])
def test_a_limit_outside_1_to_1000_is_refused(index: VectorIndex, limit: int) -> None:
    with pytest.raises(ValueError, match="limit"):
        index.search(PRODUCTS, towards(1), limit=limit)


def test_an_empty_collection_answers_with_nothing(index: VectorIndex) -> None:
    assert index.search(PRODUCTS, towards(1), limit=10) == []
    assert index.search(PRODUCTS, towards(1), where=Where(in_stock=True), limit=10) == []
    assert index.count(PRODUCTS) == 0
    assert list(index.ids(PRODUCTS)) == []


# Several at once ----------------------------------------------------------------------------------------------------


def test_several_vectors_at_once_find_what_each_finds_alone(index: VectorIndex) -> None:
    vectors, queries = scattered(400, seed=11), scattered(4, seed=12)
    index.upsert(PHOTOS, [entry(n, v, [TOPS, SKIRTS][n % 2], price=float(n % 10)) for n, v in enumerate(vectors)])
    index.flush(PHOTOS)
    soon(lambda: len(index.search(PHOTOS, queries[0], limit=400)), 400)
    for categories, where, fitting in (
        ((), Where(), range(400)),
        ((SKIRTS,), Where(), range(1, 400, 2)),
        ((TOPS,), Where(price=Range(high=2)), [n for n in range(0, 400, 2) if n % 10 <= 2]),
        ((), Where(excluded=(3, 4, 5)), [n for n in range(400) if n not in (3, 4, 5)]),
    ):
        found = index.search_many(PHOTOS, queries, categories=categories, where=where, limit=15)
        expected = [sorted(fitting, key=lambda n: -float(vectors[n] @ query))[:15] for query in queries]
        assert [ids(hits) for hits in found] == expected
        assert found == [index.search(PHOTOS, q, categories=categories, where=where, limit=15) for q in queries]


def test_of_several_vectors_each_fills_its_page_under_a_narrow_filter(index: VectorIndex) -> None:
    vectors, queries = scattered(1_500, seed=1), scattered(3, seed=2)
    index.upsert(
        PRODUCTS, [entry(n, vector, pattern="rare" if n % 100 == 0 else "plain") for n, vector in enumerate(vectors)]
    )
    index.flush(PRODUCTS)
    expected = [sorted(range(0, 1_500, 100), key=lambda n: -float(vectors[n] @ q)) for q in queries]
    where = Where(pattern=("rare",))
    soon(lambda: [ids(hits) for hits in index.search_many(PRODUCTS, queries, where=where, limit=15)], expected)


def test_the_same_vector_twice_is_answered_twice_and_none_not_at_all(index: VectorIndex) -> None:
    index.upsert(PRODUCTS, [entry(1), entry(2, at_cosine(0.5))])
    soon(lambda: [ids(hits) for hits in index.search_many(PRODUCTS, [towards(1)] * 2, limit=9)], [[1, 2], [1, 2]])
    assert index.search_many(PRODUCTS, [], limit=9) == []


def test_one_bad_vector_among_several_is_refused(index: VectorIndex) -> None:
    with pytest.raises(BadVector):
        index.search_many(PRODUCTS, [towards(1), np.zeros(EMBEDDING_SIZE, np.float32)], limit=1)
    with pytest.raises(ValueError, match="limit"):
        index.search_many(PRODUCTS, [towards(1)], limit=0)


# Partitions ---------------------------------------------------------------------------------------------------------


def test_a_search_sees_only_the_categories_it_names(index: VectorIndex) -> None:
    for number, category in enumerate(Category):
        index.upsert(PRODUCTS, [entry(number, at_cosine(0.9 - number / 10), category)])
    soon(lambda: len(index.search(PRODUCTS, towards(1), limit=10)), 6)
    for number, category in enumerate(Category):
        hits = index.search(PRODUCTS, towards(1), categories=[category], limit=10)
        assert [(hit.garment_id, hit.category) for hit in hits] == [(number, category)]


def test_two_categories_are_searched_at_once(index: VectorIndex) -> None:
    index.upsert(
        PRODUCTS,
        [
            entry(1, at_cosine(0.3), TOPS),
            entry(2, at_cosine(0.9), SKIRTS),
            entry(3, at_cosine(0.6), TOPS),
            entry(4, at_cosine(0.95), DRESSES),
        ],
    )
    soon(lambda: index.count(PRODUCTS), 4)
    soon(lambda: ids(index.search(PRODUCTS, towards(1), categories=(TOPS, SKIRTS), limit=10)), [2, 3, 1])
    hits = index.search(PRODUCTS, towards(1), categories=(TOPS, SKIRTS), limit=10)
    assert [hit.category for hit in hits] == [SKIRTS, TOPS, TOPS]


def test_products_and_photos_are_apart(index: VectorIndex) -> None:
    index.upsert(PRODUCTS, [entry(1)])
    index.upsert(PHOTOS, [entry(1, at_cosine(0.5)), entry(2)])
    soon(lambda: ids(index.search(PRODUCTS, towards(1), limit=9)), [1])
    soon(lambda: ids(index.search(PHOTOS, towards(1), limit=9)), [2, 1])
    index.delete(PRODUCTS, [1, 2])
    assert (index.count(PRODUCTS), index.count(PHOTOS)) == (0, 2)


# Filters ------------------------------------------------------------------------------------------------------------

WARDROBE = [
    Attributes(colour="red", lab_l=53.2, lab_a=80.1, lab_b=67.2, pattern="plain", quality=0.9, price=19.99),
    Attributes(colour="navy", lab_l=12.9, lab_a=47.5, lab_b=-64.7, pattern="striped", sleeve_length="long", price=40),
    Attributes(colour="navy", lab_l=13.0, lab_a=47.5, lab_b=-64.0, collar_style="crew", in_stock=False, price=0.0),
    Attributes(
        colour="", second_colour="white", second_l=100.0, pattern="checked", garment_length="knee", quality=0.25
    ),
]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (Where(), [0, 1, 2, 3]),
        (Where(colour=("navy",)), [1, 2]),
        (Where(colour=("navy", "red")), [0, 1, 2]),
        (Where(colour=("white", "red")), [0, 3]),
        (Where(colour=("white",), pattern=("plain",)), []),
        (Where(colour=("Navy",)), []),
        (Where(sleeve_length=("long",)), [1]),
        (Where(garment_length=("knee", "ankle")), [3]),
        (Where(collar_style=("crew",)), [2]),
        (Where(pattern=("plain", "checked")), [0, 3]),
        (Where(pattern=("plain",), colour=("navy",)), []),
        (Where(near=ColourBox(Range(12.9, 13.0), Range(), Range())), [1, 2]),
        (Where(near=ColourBox(Range(12.9, 13.0), Range(40, 50), Range(-64.5, -63.5))), [2]),
        (Where(near=ColourBox(Range(), Range(), Range(high=-0.0000001))), [1, 2]),
        (Where(near=ColourBox(Range(50, 100), Range(), Range())), [0, 3]),
        (Where(near=ColourBox(Range(), Range(), Range())), [0, 1, 2, 3]),
        (Where(near=ColourBox(Range(), Range(), Range()), pattern=("striped",)), [1]),
        (Where(among=(3, 1, 77)), [1, 3]),
        (Where(among=()), []),
        (Where(among=(0, 1), excluded=(0,)), [1]),
        (Where(quality=Range(low=0.25)), [0, 3]),
        (Where(price=Range(high=19.99)), [0, 2]),
        (Where(price=Range(low=19.99)), [0, 1]),
        (Where(price=Range(low=20)), [1]),
        (Where(price=Range()), [0, 1, 2]),
        (Where(price=Range(low=-5)), [0, 1, 2]),
        (Where(price=Range(1e300, 1e308)), []),
        (Where(quality=Range(0.8, 0.7)), []),
        (Where(in_stock=True), [0, 1, 3]),
        (Where(in_stock=False), [2]),
        (Where(excluded=(0, 2, 77)), [1, 3]),
        (Where(excluded=(1,), colour=("navy",)), [2]),
    ],
    ids=str,
)
def test_a_filter_lets_through_exactly_what_it_says(index: VectorIndex, where: Where, expected: list[int]) -> None:
    index.upsert(PRODUCTS, [Entry(n, TOPS, at_cosine(0.9 - n / 10), a) for n, a in enumerate(WARDROBE)])
    soon(lambda: len(index.search(PRODUCTS, towards(1), limit=4)), 4)
    assert ids(index.search(PRODUCTS, towards(1), where=where, limit=4)) == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [(Where(), [0, 1, 2, 3]), (Where(colour=("navy",)), [1, 2]), (Where(among=(3, 2)), [2, 3])],
    ids=str,
)
def test_without_a_vector_the_fitting_ones_are_listed_by_id(
    index: VectorIndex, where: Where, expected: list[int]
) -> None:
    index.upsert(PRODUCTS, [Entry(n, TOPS, at_cosine(0.1 + n / 10), a) for n, a in enumerate(WARDROBE)])
    index.upsert(PRODUCTS, [entry(9, category=SKIRTS)])
    soon(lambda: ids(index.listed(PRODUCTS, categories=[TOPS], where=where, limit=9)), expected)
    assert ids(index.listed(PRODUCTS, categories=[TOPS], where=where, limit=2)) == expected[:2]
    assert len(index.listed(PRODUCTS, limit=9)) == 5


def test_a_hit_carries_the_quality_and_the_colours_that_it_has(index: VectorIndex) -> None:
    index.upsert(PRODUCTS, [Entry(n, TOPS, at_cosine(0.9 - n / 10), a) for n, a in enumerate(WARDROBE)])
    index.upsert(PRODUCTS, [entry(4, at_cosine(0.1))])
    soon(lambda: len(index.search(PRODUCTS, towards(1), limit=9)), 5)
    expected = [
        (0.9, ((53.2, 80.1, 67.2),)),
        (0.0, ((12.9, 47.5, -64.7),)),
        (0.0, ((13.0, 47.5, -64.0),)),
        (0.25, ((100.0, 0.0, 0.0),)),
        (0.0, ()),
    ]
    assert [(hit.quality, hit.colours) for hit in index.search(PRODUCTS, towards(1), limit=9)] == expected
    assert [(hit.quality, hit.colours) for hit in index.listed(PRODUCTS, limit=9)] == expected
    narrow = index.search(PRODUCTS, towards(1), where=Where(pattern=("checked",)), limit=5)  # settled exactly
    assert [(hit.quality, hit.colours) for hit in narrow] == expected[3:4]


def test_a_filter_that_keeps_1_in_100_still_fills_the_page_with_the_nearest(index: VectorIndex) -> None:
    vectors, (query,) = scattered(1_500, seed=1), scattered(1, seed=2)
    index.upsert(
        PRODUCTS, [entry(n, vector, pattern="rare" if n % 100 == 0 else "plain") for n, vector in enumerate(vectors)]
    )
    index.flush(PRODUCTS)  # the HNSW index is built over what is flushed
    expected = sorted(range(0, 1_500, 100), key=lambda n: -float(vectors[n] @ query))
    where = Where(pattern=("rare",))
    soon(lambda: ids(index.search(PRODUCTS, query, categories=[TOPS], where=where, limit=15)), expected)
    assert ids(index.search(PRODUCTS, query, categories=[TOPS], where=where, limit=5)) == expected[:5]
    assert ids(index.search(PRODUCTS, query, categories=[TOPS], where=where, limit=100)) == expected


@pytest.mark.parametrize("page", [1_000, 4], ids=["one page", "page by page"])
def test_where_the_walk_through_the_graph_finds_too_little_the_rest_is_computed(
    index: VectorIndex, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    nearest = milvus.MilvusIndex._nearest
    monkeypatch.setattr(milvus.MilvusIndex, "_nearest", lambda *args: [hits[3:5] for hits in nearest(*args)])
    monkeypatch.setattr(milvus, "EXACT_PAGE", page)
    vectors, (query,) = scattered(300, seed=1), scattered(1, seed=2)
    index.upsert(PRODUCTS, [entry(n, v, pattern="rare" if n % 20 == 0 else "") for n, v in enumerate(vectors)])
    expected = sorted(range(0, 300, 20), key=lambda n: -float(vectors[n] @ query))
    for limit in (3, 12, 100):
        where = Where(pattern=("rare",))
        soon(lambda: ids(index.search(PRODUCTS, query, where=where, limit=limit)), expected[:limit])  # noqa: B023


def test_a_filtered_search_agrees_with_an_exact_one(index: VectorIndex) -> None:
    vectors, queries = scattered(1_200, seed=3), scattered(5, seed=4)
    entries = [entry(n, v, [TOPS, SKIRTS][n % 2], price=float(n % 50)) for n, v in enumerate(vectors)]
    index.upsert(PRODUCTS, entries)
    index.flush(PRODUCTS)
    soon(lambda: len(index.search(PRODUCTS, queries[0], limit=1_000)), 1_000)
    for query in queries:
        fitting = [n for n in range(1_200) if n % 2 == 0 and n % 50 <= 9]
        expected = sorted(fitting, key=lambda n: -float(vectors[n] @ query))[:20]
        where = Where(price=Range(high=9))
        assert ids(index.search(PRODUCTS, query, categories=[TOPS], where=where, limit=20)) == expected


HOSTILE = [
    'a "quoted" word',
    "it's",
    "back\\slash",
    'both \\" at once',
    "ends with \\",
    '"] or garment_id >= 0 or pattern in ["',
    "' or 1 == 1 or '",
    "{pattern}",
    "%s %d",
    "$meta",
    "100% — naïve 上衣 👗 ﷺ",
    "null",
    "true",
    " ",
    "x" * 128,
]


def test_a_hostile_text_is_only_a_text(index: VectorIndex) -> None:
    index.upsert(PRODUCTS, [entry(n, at_cosine(0.9 - n / 100), pattern=text) for n, text in enumerate(HOSTILE)])
    soon(lambda: len(index.search(PRODUCTS, towards(1), limit=50)), len(HOSTILE))
    for number, text in enumerate(HOSTILE):
        assert ids(index.search(PRODUCTS, towards(1), where=Where(pattern=(text,)), limit=50)) == [number], text
    every = index.search(PRODUCTS, towards(1), where=Where(pattern=tuple(HOSTILE)), limit=50)
    assert ids(every) == list(range(len(HOSTILE)))


@pytest.mark.parametrize("text", ["line\nbreak", "nul\0", "bell\a", "\ud800", "x" * 129], ids=repr)
def test_a_text_that_cannot_be_stored_is_refused_and_searching_for_it_finds_nothing(
    index: VectorIndex, text: str
) -> None:
    with pytest.raises(BadEntry, match="pattern"):
        index.upsert(PRODUCTS, [entry(1, pattern=text)])
    index.upsert(PRODUCTS, [entry(2, pattern="plain")])
    soon(lambda: ids(index.search(PRODUCTS, towards(1), limit=9)), [2])
    assert index.search(PRODUCTS, towards(1), where=Where(pattern=(text,)), limit=9) == []
    assert ids(index.search(PRODUCTS, towards(1), where=Where(pattern=(text, "plain")), limit=9)) == [2]


# What is refused ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "vector",
    [
        np.full(EMBEDDING_SIZE, np.nan, dtype=np.float32),
        np.full(EMBEDDING_SIZE, np.inf, dtype=np.float32),
        np.where(np.arange(EMBEDDING_SIZE) == 9, np.float32("nan"), towards(1)),
        np.zeros(EMBEDDING_SIZE, dtype=np.float32),
        towards(1) * np.float32(1.01),
        towards(1)[:-1],
        towards(1).reshape(1, -1),
        towards(1).astype(np.float64),
        towards(1).tolist(),
    ],
    ids=["nan", "inf", "one nan", "zero", "too long", "511", "two-dimensional", "float64", "list"],
)
def test_a_vector_that_is_not_512_finite_float32_of_unit_length_is_refused(index: VectorIndex, vector: object) -> None:
    with pytest.raises(BadVector):
        index.upsert(PRODUCTS, [entry(1), entry(2, vector)])  # type: ignore[arg-type]
    with pytest.raises(BadVector):
        index.search(PRODUCTS, vector, limit=1)  # type: ignore[arg-type]
    assert index.count(PRODUCTS) == 0


@pytest.mark.parametrize(
    "bad",
    [
        Entry(-1, TOPS, towards(1)),
        Entry(2**63 - 1, TOPS, towards(1)),
        Entry(True, TOPS, towards(1)),
        Entry("7", TOPS, towards(1)),  # type: ignore[arg-type]
        Entry(1, "hats", towards(1)),  # type: ignore[arg-type]
        Entry(1, "tops", towards(1)),  # type: ignore[arg-type]
        entry(1, price=-3.0),
        entry(1, price=float("nan")),
        entry(1, lab_l=float("inf")),
        entry(1, quality="good"),
        entry(1, in_stock=1),
        entry(1, colour=None),
    ],
)
def test_an_entry_that_no_engine_could_hold_is_refused_and_nothing_is_written(index: VectorIndex, bad: Entry) -> None:
    with pytest.raises(BadEntry):
        index.upsert(PRODUCTS, [entry(4), bad])
    assert index.count(PRODUCTS) == 0


def test_the_largest_id_is_held(index: VectorIndex) -> None:
    index.upsert(PRODUCTS, [entry(2**63 - 2), entry(0)])
    soon(lambda: ids(index.search(PRODUCTS, towards(1), limit=2)), [0, 2**63 - 2])
    assert list(index.ids(PRODUCTS)) == [0, 2**63 - 2]


# Writing ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["upsert", "refill"])
def test_writing_the_same_entries_twice_leaves_each_once(index: VectorIndex, how: str) -> None:
    entries = [entry(n, at_cosine(0.9 - n / 1_000)) for n in range(300)]
    index.upsert(PRODUCTS, entries)
    index.flush(PRODUCTS)
    getattr(index, how)(PRODUCTS, entries)
    assert index.count(PRODUCTS) == 300
    assert list(index.ids(PRODUCTS)) == list(range(300))
    soon(lambda: ids(index.search(PRODUCTS, towards(1), limit=400)), list(range(300)))


def test_a_refill_brings_new_entries_and_moves_those_of_another_category(index: VectorIndex) -> None:
    index.upsert(PRODUCTS, [entry(1)])
    index.refill(PRODUCTS, [entry(1, category=SKIRTS), entry(2)])
    soon(lambda: ids(index.search(PRODUCTS, towards(1), categories=[SKIRTS], limit=9)), [1])
    soon(lambda: ids(index.search(PRODUCTS, towards(1), categories=[TOPS], limit=9)), [2])
    assert index.count(PRODUCTS) == 2
    with pytest.raises(BadVector):
        index.refill(PRODUCTS, [entry(3, np.zeros(512, np.float32))])


def test_of_two_entries_with_one_id_the_last_is_kept(index: VectorIndex) -> None:
    index.upsert(PRODUCTS, [entry(1, at_cosine(0.9), TOPS), entry(1, at_cosine(0.4), SKIRTS)])
    soon(lambda: [(h.category, round(h.similarity, 3)) for h in index.search(PRODUCTS, towards(1), limit=9)],
         [(SKIRTS, 0.4)])  # fmt: skip
    assert index.count(PRODUCTS) == 1


def test_a_garment_described_again_is_found_by_its_new_vector_and_attributes(index: VectorIndex) -> None:
    index.upsert(PRODUCTS, [entry(1, towards(1), price=10.0)])
    index.flush(PRODUCTS)
    index.upsert(PRODUCTS, [entry(1, towards(0, 1), price=20.0)])
    soon(lambda: [h.similarity for h in index.search(PRODUCTS, towards(0, 1), limit=9)], [1.0])
    assert index.search(PRODUCTS, towards(1), where=Where(price=Range(high=10)), limit=9) == []


@pytest.mark.parametrize("flushed", [False, True], ids=["in the buffer", "flushed"])
def test_a_garment_that_changes_category_leaves_no_copy_behind(index: VectorIndex, flushed: bool) -> None:
    index.upsert(PRODUCTS, [entry(1), entry(2)])
    if flushed:
        index.flush(PRODUCTS)
    index.upsert(PRODUCTS, [entry(1, category=SKIRTS)])
    soon(lambda: ids(index.search(PRODUCTS, towards(1), categories=[SKIRTS], limit=9)), [1])
    soon(lambda: ids(index.search(PRODUCTS, towards(1), categories=[TOPS], limit=9)), [2])
    index.flush(PRODUCTS)
    assert ids(index.search(PRODUCTS, towards(1), categories=[TOPS], limit=9)) == [2]
    assert [index.count(PRODUCTS), index.count(PRODUCTS, TOPS), index.count(PRODUCTS, SKIRTS)] == [2, 1, 1]
    index.upsert(PRODUCTS, [entry(1, category=TOPS)])
    soon(lambda: ids(index.search(PRODUCTS, towards(1), categories=[TOPS], limit=9)), [1, 2])
    soon(lambda: index.search(PRODUCTS, towards(1), categories=[SKIRTS], limit=9), [])


def test_a_deleted_garment_is_gone_and_unknown_ids_are_ignored(index: VectorIndex) -> None:
    index.upsert(PRODUCTS, [entry(1), entry(2, category=SKIRTS), entry(3)])
    index.flush(PRODUCTS)
    index.delete(PRODUCTS, [1, 2, 99])
    soon(lambda: ids(index.search(PRODUCTS, towards(1), limit=9)), [3])
    assert (index.count(PRODUCTS), list(index.ids(PRODUCTS))) == (1, [3])
    index.delete(PRODUCTS, [])
    index.upsert(PRODUCTS, [entry(1)])
    soon(lambda: ids(index.search(PRODUCTS, towards(1), limit=9)), [1, 3])


def test_an_array_may_be_reused_after_it_was_written(index: VectorIndex) -> None:
    vector = towards(1).copy()
    index.upsert(PRODUCTS, [entry(1, vector)])
    vector[:] = towards(0, 1)
    soon(lambda: [hit.similarity for hit in index.search(PRODUCTS, towards(1), limit=1)], [1.0])


def test_counts_are_exact_per_category(index: VectorIndex) -> None:
    index.upsert(PRODUCTS, [entry(n, category=list(Category)[n % 6]) for n in range(100)])
    index.delete(PRODUCTS, range(0, 100, 10))
    assert index.count(PRODUCTS) == 90
    assert [index.count(PRODUCTS, category) for category in Category] == [13, 17, 14, 17, 13, 16]


def test_ids_come_in_order_over_many_pages(index: VectorIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(milvus, "PAGE", 7)
    numbers = [int(n) for n in np.random.default_rng(5).permutation(10_000)[:100]]
    for start in range(0, 100, 25):
        index.upsert(PRODUCTS, [entry(n, category=[TOPS, SKIRTS][n % 2]) for n in numbers[start : start + 25]])
        index.flush(PRODUCTS)
    assert list(index.ids(PRODUCTS)) == sorted(numbers)
    assert list(index.ids(PRODUCTS, SKIRTS)) == sorted(n for n in numbers if n % 2)


# Versions -----------------------------------------------------------------------------------------------------------


def test_a_new_model_is_filled_beside_the_old_one_and_then_takes_over(index: VectorIndex) -> None:
    old, new = index.version, f"{index.version}new"
    index.upsert(PRODUCTS, [entry(1), entry(2)])
    soon(lambda: ids(index.search(PRODUCTS, towards(1), limit=9)), [1, 2])

    incoming = index.at(new)
    incoming.ensure()
    incoming.upsert(PRODUCTS, [entry(2), entry(3)])
    assert index.live(PRODUCTS) == index.live(PHOTOS) == old
    assert index.versions(PRODUCTS) >= {old, new}
    soon(lambda: ids(incoming.search(PRODUCTS, towards(1), limit=9)), [2, 3])
    assert ids(index.search(PRODUCTS, towards(1), limit=9)) == [1, 2]

    index.switch(new)
    assert index.live(PRODUCTS) == index.live(PHOTOS) == new
    soon(lambda: ids(index.search(PRODUCTS, towards(1), limit=9)), [2, 3])
    assert ids(index.at(old).search(PRODUCTS, towards(1), limit=9)) == [1, 2]
    index.ensure()
    assert index.live(PRODUCTS) == new, "ensure() must not take the alias back"

    index.drop(old)
    index.drop(old)
    assert old not in index.versions(PRODUCTS) | index.versions(PHOTOS)
    assert ids(index.search(PRODUCTS, towards(1), limit=9)) == [2, 3]


def test_the_live_version_cannot_be_dropped(index: VectorIndex) -> None:
    with pytest.raises(ValueError, match="live"):
        index.drop(index.version)


def test_switching_to_a_version_that_was_never_built_changes_nothing(index: VectorIndex) -> None:
    with pytest.raises(IndexMissing):
        index.switch("never")
    assert index.live(PRODUCTS) == index.version


def test_a_version_that_was_never_built_is_missing_and_not_empty(index: VectorIndex) -> None:
    never = index.at("never")
    with pytest.raises(IndexMissing):
        never.search(PRODUCTS, towards(1), limit=1)
    with pytest.raises(IndexMissing):
        never.upsert(PRODUCTS, [entry(1)])
    with pytest.raises(IndexMissing):
        never.count(PRODUCTS)


@pytest.mark.parametrize("version", ["", "a b", "a-b", "../x", "x" * 65])
def test_a_version_that_cannot_name_a_collection_is_refused(index: VectorIndex, version: str) -> None:
    with pytest.raises(ValueError, match="version"):
        index.at(version)


def test_ensure_may_be_called_again_and_keeps_what_is_there(index: VectorIndex) -> None:
    index.upsert(PRODUCTS, [entry(1)])
    index.ensure()
    assert list(index.ids(PRODUCTS)) == [1]
