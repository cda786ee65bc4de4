"""Accuracy of the key labels: sleeve length, garment length, collar style, pattern.

A row with a box is described in that box; one without takes the product's path for a picture whose category is known.
`na` (the category has no such label) is a value like any other: a product that gives trousers a collar is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from mlcore.evaluation.files import FULL_SIZE, BadFile, box_of, category_of, picture_path, read_csv, read_picture
from mlcore.labels import LABELS
from mlcore.pipeline import Pipeline

NONE = "na"
PLACES = ("{set}/images/{file}", "{set}/{file}", "images/{file}", "{file}")
"""Where below the root a row's picture may lie."""


def evaluate(pipeline: Pipeline, labels: Path, root: Path) -> dict[str, Any]:
    """By label `{accuracy, macro_f1, n, accuracy_where_worn, n_where_worn}`. Raises BadFile.

    `n`: rows whose label was seen, `na` included; `…_where_worn`: those alone that have a value.
    """
    rows = read_csv(labels, ("file", "category", "x", "y", "w", "h", *LABELS))
    answers: dict[str, list[tuple[str, str]]] = {name: [] for name in LABELS}
    for row in tqdm(rows, unit="garment", mininterval=5, disable=None):
        category = category_of(row["category"], labels)
        picture = read_picture(_path(row, root, labels), long_side=FULL_SIZE)  # boxes are in its own pixels
        box = box_of(row, picture, labels)
        garment = pipeline.describe_box(picture, box, category=category) if box else None
        garment = garment or pipeline.analyse([picture], subjects=[category])[0].garments[0]
        for name in LABELS:
            if row[name]:
                said = garment.labels.get(name)
                answers[name].append((row[name], said.value if said else NONE))
    return {name: score(pairs) for name, pairs in answers.items() if pairs}


def score(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Of (truth, answer) pairs. Macro F1: the mean over the values that occur in the truth."""
    values = sorted({truth for truth, _ in pairs})
    worn = [(truth, answer) for truth, answer in pairs if truth != NONE]
    return {
        "accuracy": _accuracy(pairs),
        "macro_f1": round(sum(_f1(pairs, value) for value in values) / len(values), 4),
        "n": len(pairs),
        "accuracy_where_worn": _accuracy(worn) if worn else None,
        "n_where_worn": len(worn),
    }


def _accuracy(pairs: Sequence[tuple[str, str]]) -> float:
    return round(sum(truth == answer for truth, answer in pairs) / len(pairs), 4)


def _f1(pairs: Sequence[tuple[str, str]], value: str) -> float:
    """Harmonic mean of precision and recall of one value: 2 × right / (said + there)."""
    right = sum(truth == answer == value for truth, answer in pairs)
    mentioned = sum(truth == value for truth, _ in pairs) + sum(answer == value for _, answer in pairs)
    return 2 * right / mentioned


def _path(row: Mapping[str, str], root: Path, source: Path) -> Path:
    for place in PLACES:
        path = picture_path(root, place.format(set=row.get("set", ""), file=row["file"]).lstrip("/"), source)
        if path.is_file():
            return path
    raise BadFile(f"{source}: no picture {row.get('set', '')} {row['file']} below {root}")


def table(result: Mapping[str, Any]) -> str:
    lines = [f"{'':15} {'rows':>6} {'accuracy':>8} {'macro F1':>8} {'without na':>10}"]
    for name, row in result.items():
        worn = f"{row['accuracy_where_worn']:.3f}" if row["n_where_worn"] else "–"
        lines.append(f"{name:15} {row['n']:6d} {row['accuracy']:8.3f} {row['macro_f1']:8.3f} {worn:>10}")
    return "\n".join(lines)
