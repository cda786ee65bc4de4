"""Evaluations with one right answer a picture: base colours, and the category of what a picture shows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tqdm import tqdm

from mlcore.evaluation.files import BadFile, category_of, picture_path, read_csv, read_picture
from mlcore.palette import BASE_COLOURS
from mlcore.pipeline import Pipeline

NOTHING = "none"


def colours(pipeline: Pipeline, labels: Path, images: Path) -> dict[str, Any]:
    """`{accuracy, n, confusion: {base colour: {first name: count}}}`; right: among the garment's first two names.

    Base colours that the table `palette.BASE_COLOURS` gives no name of ours ("Multi") are left out. Raises BadFile.
    """
    rows = read_csv(labels, ("file", "category", "base_colour"))
    known = [row for row in rows if row["base_colour"].strip().lower() in BASE_COLOURS]
    if not known:
        raise BadFile(f"{labels}: no base colour that we have a name for")
    answers = []
    for row in tqdm(known, unit="picture", mininterval=5, disable=None):
        category = category_of(row["category"], labels)
        garment = pipeline.analyse([read_picture(picture_path(images, row["file"], labels))], subjects=[category])[
            0
        ].garments[0]
        names = [colour.name for colour in garment.colours[:2]]
        base = row["base_colour"].strip().lower()
        answers.append((base, names[0], bool(set(names) & set(BASE_COLOURS[base]))))
    return score(answers)


def categories(pipeline: Pipeline, labels: Path, images: Path) -> dict[str, Any]:
    """`{accuracy, n, confusion: {category: {answer: count}}}` of the most prominent garment. Raises BadFile."""
    answers = []
    for row in tqdm(read_csv(labels, ("file", "category")), unit="picture", mininterval=5, disable=None):
        wanted = category_of(row["category"], labels)
        garments = pipeline.analyse([read_picture(picture_path(images, row["file"], labels))])[0].garments
        answer = garments[0].detection.category if garments else NOTHING
        answers.append((str(wanted), str(answer), answer == wanted))
    return score(answers)


def score(answers: Iterable[tuple[str, str, bool]]) -> dict[str, Any]:
    """Of (truth, answer, right?)."""
    confusion: dict[str, Counter[str]] = defaultdict(Counter)
    verdicts = []
    for truth, answer, right in answers:
        confusion[truth][answer] += 1
        verdicts.append(right)
    return {
        "accuracy": round(sum(verdicts) / len(verdicts), 4),
        "n": len(verdicts),
        "confusion": {truth: dict(counts.most_common()) for truth, counts in sorted(confusion.items())},
    }


def table(result: Mapping[str, Any]) -> str:
    lines = [f"accuracy {result['accuracy']:.3f} of {result['n']} pictures"]
    for truth, counts in result["confusion"].items():
        answers = ", ".join(f"{answer} {count}" for answer, count in list(counts.items())[:6])
        lines.append(f"  {truth:20} {answers}")
    return "\n".join(lines)
