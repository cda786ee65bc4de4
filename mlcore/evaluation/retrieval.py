"""Does a garment's back or detail view find its main view? Recall among other items and distractors.

Gallery: of every item one main view in each query's colour, and one vector for each picture of the distractor folders.
Queries: the views that are not main. An item without a main view gives its first image to the gallery and its second as
the query. Colour variants of a shop's photograph are recolours of one picture, so only the query's own colour counts as
found. Every picture takes the product's own path: decode, detect, crop, embed. The category of an item's pictures is
told, as a shop tells it; that of a distractor only by a labels.csv in its folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from mlcore.evaluation.files import (
    BadFile,
    category_of,
    picture_path,
    pictures_below,
    read_csv,
    read_json,
    read_picture,
)
from mlcore.pipeline import Pipeline
from mlcore.types import Category, Vector

MAIN = "main"


@dataclass(frozen=True, slots=True)
class View:
    """One picture of an item. `item` names the item and the colour."""

    path: Path
    item: tuple[str, str]
    """Name and colour."""
    category: Category


def evaluate(pipeline: Pipeline, items: Path, images: Path, distractors: Sequence[Path] = ()) -> dict[str, Any]:
    """`{recall_at_1, recall_at_5, recall_at_10, map_at_r, queries, gallery}`. Raises BadFile."""
    gallery, queries = read_views(items, images)
    others = [pair for folder in distractors for pair in read_distractors(folder)]
    pictures = [*((v.path, v.category) for v in gallery), *others, *((v.path, v.category) for v in queries)]
    vectors = np.stack(list(_vectors(pipeline, pictures)))
    count = len(gallery) + len(others)
    names = [view.item for view in gallery] + [None] * len(others)
    return score(vectors[count:], [view.item for view in queries], vectors[:count], names)


def read_views(items: Path, images: Path) -> tuple[list[View], list[View]]:
    """(gallery, queries) of an items.json. Raises BadFile, also where there is no query."""
    content = read_json(items)
    gallery: dict[tuple[str, str], View] = {}
    queries: list[View] = []
    try:
        for name, item in content.items():
            category = category_of(item["category"], items)
            views = [
                (row, View(picture_path(images, row["file"], items), (name, str(row.get("colour", ""))), category))
                for row in item["images"]
            ]
            mains = {view.item: view for row, view in reversed(views) if row.get("view") == MAIN}
            if mains:
                asked = [view for row, view in views if row.get("view") != MAIN and view.item in mains]
                gallery |= {view.item: mains[view.item] for view in asked}
            else:
                whole = (name, "")
                asked = [View(view.path, whole, category) for _, view in views[1:2]]
                gallery |= {whole: View(views[0][1].path, whole, category)} if asked else {}
            queries += asked
    except (KeyError, TypeError, AttributeError) as error:
        raise BadFile(f"{items}: not a list of items with images: {error!r}") from error
    if not queries:
        raise BadFile(f"{items}: no item has a second view to search with")
    return list(gallery.values()), queries


def read_distractors(folder: Path) -> list[tuple[Path, Category | None]]:
    """Every picture of a folder; its category where a labels.csv in the folder tells it, as a shop's feed would."""
    known: dict[str, Category] = {}
    if (folder / "labels.csv").is_file():
        labels = folder / "labels.csv"
        known = {row["file"]: category_of(row["category"], labels) for row in read_csv(labels, ("file", "category"))}
    return [(path, known.get(path.name)) for path in pictures_below(folder)]


def score(
    queries: NDArray[np.float32], wanted: Sequence[object], gallery: NDArray[np.float32], names: Sequence[object]
) -> dict[str, Any]:
    """Recall at 1, 5, 10 and mean average precision at R by cosine. Vectors are of unit length.

    MAP@R after Musgrave et al., "A Metric Learning Reality Check" (2020): precision at each right place among the first
    R, R being the number of right answers in the gallery; with one main view an item it is recall at 1. A tie counts
    against the query.
    """
    similarities = queries @ gallery.T
    ranks, precisions = [], []
    for row, name in zip(similarities, wanted, strict=True):
        right = np.array([other == name for other in names])
        order = np.lexsort((right, -row))  # of equals the wrong one first
        hits = right[order]
        ranks.append(int(np.argmax(hits)))
        first = hits[: int(right.sum())]
        precisions.append(float((np.cumsum(first) / np.arange(1, len(first) + 1) * first).mean()))
    found = np.array(ranks)
    return {
        **{f"recall_at_{k}": round(float((found < k).mean()), 4) for k in (1, 5, 10)},
        "map_at_r": round(float(np.mean(precisions)), 4),
        "queries": len(wanted),
        "gallery": len(names),
    }


def _vectors(pipeline: Pipeline, pictures: Sequence[tuple[Path, Category | None]]) -> Iterable[Vector]:
    for path, category in tqdm(pictures, unit="picture", mininterval=5, disable=None):
        pixels = read_picture(path)
        garments = pipeline.analyse([pixels], subjects=[category])[0].garments
        yield garments[0].embedding if garments else pipeline.embed([pixels])[0]


def table(result: Mapping[str, Any]) -> str:
    figures = "  ".join(
        f"{name} {result[name]:.3f}" for name in ("recall_at_1", "recall_at_5", "recall_at_10", "map_at_r")
    )
    return f"{figures}\n{result['queries']} queries against {result['gallery']} pictures"
