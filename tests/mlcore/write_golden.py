"""What the shipped models say of three drawn pictures, written down per model version: tests/mlcore/golden/*.json.

`python -m tests.mlcore.write_golden` writes the files of the models in the manifest. Do that when, and only when, a
model was exchanged; look at the difference before it is committed.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from catalog.drawn import Drawing, draw_look, draw_product
from mlcore.images import crop
from mlcore.manifest import model
from mlcore.pipeline import pipeline
from mlcore.types import Category

FOLDER = Path(__file__).parent / "golden"
NUMBERS = 8  # of the 512 of an embedding: enough to notice any change, few enough to read


@cache
def pictures() -> dict[str, Drawing]:
    return {
        "dress": draw_product(501, category=Category.DRESSES, background="paper"),
        "coat": draw_product(502, category=Category.OUTERWEAR, background="wood"),
        "look": draw_look(503),
    }


def path(task: str) -> Path:
    return FOLDER / f"{task}-{model(task).version}.json"


def detection() -> dict[str, Any]:
    """By picture: the garments as (category, box), the most prominent first."""
    analyses = pipeline().analyse([drawing.pixels for drawing in pictures().values()])
    return {
        name: [
            {
                "category": garment.detection.category.value,
                "score": round(garment.detection.score, 3),
                "box": [round(float(v), 4) for v in (box.x, box.y, box.width, box.height)],
            }
            for garment in analysis.garments
            for box in [garment.detection.box]
        ]
        for name, analysis in zip(pictures(), analyses, strict=True)
    }


def embedding() -> dict[str, Any]:
    """By picture: the first numbers for its first garment, cut out where it was drawn: no detector has a say."""
    crops = [crop(drawing.pixels, drawing.garments[0].box) for drawing in pictures().values()]
    vectors = pipeline()._embedder.embed(crops)
    return {
        name: [round(float(v), 5) for v in vector[:NUMBERS]] for name, vector in zip(pictures(), vectors, strict=True)
    }


TASKS = {"detection": detection, "embedding": embedding}


def write() -> None:
    FOLDER.mkdir(exist_ok=True)
    for task, answer in TASKS.items():
        path(task).write_text(json.dumps(answer(), indent=1) + "\n")
        print(f"wrote {path(task).relative_to(Path.cwd())}")


if __name__ == "__main__":
    write()
