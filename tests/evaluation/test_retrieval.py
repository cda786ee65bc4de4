"""Recall on galleries small enough to rank by hand, and which pictures the protocol makes gallery and queries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlcore.evaluation import retrieval
from mlcore.evaluation.files import BadFile
from mlcore.types import Category


def unit(*rows: tuple[float, ...]) -> np.ndarray:
    vectors = np.array(rows, np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_each_query_beside_its_own_item_is_recall_one():
    gallery = np.eye(4, dtype=np.float32)
    result = retrieval.score(gallery, list("abcd"), gallery, list("abcd"))
    assert result == {
        "recall_at_1": 1.0, "recall_at_5": 1.0, "recall_at_10": 1.0, "map_at_r": 1.0, "queries": 4, "gallery": 4,
    }  # fmt: skip


def test_ranks_are_counted_from_the_most_similar():
    gallery = unit((1, 0), (0.9, 0.1), (0.8, 0.2), (0.7, 0.3), (0.6, 0.4), (0, 1))
    result = retrieval.score(unit((1, 0), (1, 0)), ["third", "last"], gallery, ["a", "b", "third", "c", "d", "last"])
    assert (result["recall_at_1"], result["recall_at_5"], result["recall_at_10"]) == (0.0, 0.5, 1.0)


def test_a_shuffled_gallery_gives_chance():
    dice = np.random.default_rng(5)
    queries, gallery = (unit(*dice.normal(size=(400, 64))) for _ in range(2))
    names = [str(n) for n in range(400)]
    result = retrieval.score(queries, names, gallery, names)
    assert result["recall_at_1"] <= 0.02  # 1 of 400 expected
    assert 0.0 < result["recall_at_10"] <= 0.06  # 10 of 400


def test_a_collapsed_embedder_is_not_rewarded_for_ties():
    same = unit(*[(1.0, 0.0)] * 20)
    result = retrieval.score(same[:5], list("abcde"), same, [*"abcde", *[""] * 15])
    assert result["recall_at_10"] == 0.0


def test_map_at_r_is_the_precision_at_each_right_place_among_the_first_r():
    gallery = unit((1, 0), (0.9, 0.1), (0.8, 0.2))
    result = retrieval.score(unit((1, 0)), ["x"], gallery, ["x", "y", "x"])
    assert result["map_at_r"] == 0.5  # R = 2: right, wrong → (1/1 + 0) / 2


def write_items(folder: Path, items: dict[str, Any]) -> Path:
    path = folder / "items.json"
    path.write_text(json.dumps(items))
    return path


def item(*views: tuple[str, str, str], category: str = "tops") -> dict[str, Any]:
    return {"category": category, "images": [{"file": f, "colour": c, "view": v} for f, c, v in views]}


def test_gallery_and_queries_follow_the_protocol(tmp_path: Path):
    path = write_items(
        tmp_path,
        {
            "coat": item(("c1", "red", "main"), ("c2", "blue", "main"), ("c3", "blue", "back"), category="outerwear"),
            "chino": item(("t1", "", "front_a"), ("t2", "", "front_b"), ("t3", "", "front_c"), category="trousers"),
            "alone": item(("a1", "grey", "main")),
            "other colour": item(("o1", "red", "main"), ("o2", "green", "back")),
        },
    )
    gallery, queries = retrieval.read_views(path, tmp_path)
    assert [(v.path.name, v.item) for v in gallery] == [("c2", ("coat", "blue")), ("t1", ("chino", ""))]
    assert [(v.path.name, v.item) for v in queries] == [("c3", ("coat", "blue")), ("t2", ("chino", ""))]
    assert [v.category for v in queries] == [Category.OUTERWEAR, Category.TROUSERS]


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ([], "not a list of items"),
        ({"a": {"images": []}}, "category"),
        ({"a": item(("1", "", "main"), category="hats")}, "no category 'hats'"),
        ({"a": item(("1", "", "main"))}, "no item has a second view"),
        ({"a": item(("../1", "", "main"), ("2", "", "back"))}, "leads out of"),
        ({"a": item((5, "", "main"), ("2", "", "back"))}, "not a file name"),  # type: ignore[arg-type]
        ({"a": {"category": "tops", "images": "12"}}, "not a list of items"),
    ],
)
def test_a_bad_items_file_is_named_with_its_reason(tmp_path: Path, items: Any, reason: str):
    with pytest.raises(BadFile, match=reason):
        retrieval.read_views(write_items(tmp_path, items), tmp_path)


def test_names_and_colours_are_never_run_together(tmp_path: Path):
    path = write_items(
        tmp_path,
        {"a": item(("1", "b c", "main"), ("2", "b c", "back")), "a b": item(("3", "c", "main"), ("4", "c", "back"))},
    )
    assert len(retrieval.read_views(path, tmp_path)[0]) == 2


def test_distractors_know_their_category_where_a_shop_told_it(tmp_path: Path):
    (tmp_path / "images").mkdir()
    for name in ("1.jpg", "2.JPG", "notes.txt"):
        (tmp_path / "images" / name).write_bytes(b"")
    (tmp_path / "labels.csv").write_text("file,category\n1.jpg,skirts\n")
    assert retrieval.read_distractors(tmp_path) == [
        (tmp_path / "images" / "1.jpg", Category.SKIRTS),
        (tmp_path / "images" / "2.JPG", None),
    ]
