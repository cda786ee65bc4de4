"""`python -m mlcore evaluate …` on drawn pictures with the shipped models: the keys, the tables, the exit statuses."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from catalog.drawn import Drawing, draw_product
from mlcore.__main__ import main
from mlcore.labels import LABELS
from mlcore.palette import BASE_COLOURS
from mlcore.types import Category
from tests.servers import ROOT


@pytest.fixture(scope="module")
def drawings() -> list[Drawing]:
    return [draw_product(40 + number, category=list(Category)[number % 6], size=(180, 240)) for number in range(12)]


@pytest.fixture(scope="module")
def folder(drawings: list[Drawing], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The drawings as every kind of set: coco.json, items.json and labels.csv over `set/images`."""
    root = tmp_path_factory.mktemp("labelled")
    images = root / "set" / "images"
    images.mkdir(parents=True)
    rows: list[dict[str, Any]] = []
    for number, drawing in enumerate(drawings):
        Image.fromarray(drawing.pixels).save(images / f"{number}.png")
        garment = drawing.garments[0]
        height, width = drawing.pixels.shape[:2]
        box = garment.box
        rows.append(
            {
                "set": "set",
                "file": f"{number}.png",
                "category": garment.category.value,
                "x": box.x * width,
                "y": box.y * height,
                "w": box.width * width,
                "h": box.height * height,
                "base_colour": garment.colour_name if garment.colour_name in BASE_COLOURS else "Multi",
                **garment.labels,
            }
        )
    with (root / "labels.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    coco = {
        "images": [{"id": n, "file_name": row["file"]} for n, row in enumerate(rows)],
        "categories": [{"id": n, "name": c.value} for n, c in enumerate(Category)],
        "annotations": [
            {"id": n + 1, "image_id": n, "category_id": list(Category).index(Category(row["category"])),
             "bbox": [row[side] for side in "xywh"]}
            for n, row in enumerate(rows)
        ],
    }  # fmt: skip
    (root / "coco.json").write_text(json.dumps(coco))
    views = [{"file": "0.png", "colour": "", "view": "main"}, {"file": "0.png", "colour": "", "view": "back"}]
    (root / "items.json").write_text(json.dumps({"same": {"category": rows[0]["category"], "images": views}}))
    return root


def measured(folder: Path, *words: str) -> dict[str, Any]:
    target = folder / "figures.json"
    assert main(["evaluate", *words, "--json", str(target)]) == 0
    return json.loads(target.read_text())


def test_detection(folder: Path, capsys: pytest.CaptureFixture[str]):
    result = measured(folder, "detection", "--images", f"{folder}/set/images", "--annotations", f"{folder}/coco.json")
    assert set(result) == {"map50_95", "map50", "per_category", "images", "ms_per_image"}
    assert {name: row["n"] for name, row in result["per_category"].items()} == {c.value: 2 for c in Category}
    assert 0.4 < result["map50_95"] <= result["map50"] <= 1.0
    assert "dresses" in capsys.readouterr().out


def test_retrieval_finds_the_very_same_picture_among_the_others(folder: Path):
    result = measured(
        folder, "retrieval", "--items", f"{folder}/items.json", "--images", f"{folder}/set/images",
        "--distractors", f"{folder}/set",
    )  # fmt: skip
    # The distractors hold the picture once more: a tie, which counts against the query, but a place among five is kept.
    assert (result["queries"], result["gallery"], result["recall_at_5"]) == (1, 13, 1.0)


def test_labels(folder: Path):
    result = measured(folder, "labels", "--labels", f"{folder}/labels.csv", "--root", str(folder))
    assert set(result) == set(LABELS)
    assert {row["n"] for row in result.values()} == {12}
    # Trousers and skirts have neither sleeves nor a collar, whatever the model sees.
    assert result["sleeve_length"]["n_where_worn"] == 8


def test_colours(folder: Path, drawings: list[Drawing]):
    known = [drawing for drawing in drawings if drawing.garments[0].colour_name in BASE_COLOURS]
    result = measured(folder, "colours", "--labels", f"{folder}/labels.csv", "--images", f"{folder}/set/images")
    assert result["n"] == len(known) > 0
    assert result["accuracy"] >= 0.6


def test_categories(folder: Path):
    result = measured(folder, "categories", "--labels", f"{folder}/labels.csv", "--images", f"{folder}/set/images")
    assert set(result) == {"accuracy", "n", "confusion"}
    assert result["n"] == 12
    assert set(result["confusion"]) == {category.value for category in Category}


@pytest.mark.parametrize(
    "words",
    [
        "detection --images {folder}/set/images --annotations {folder}/absent.json",
        "detection --images {folder}/set/images --annotations {folder}/labels.csv",
        "detection --images {folder} --annotations {folder}/coco.json",
        "retrieval --items {folder}/coco.json --images {folder}",
        "labels --labels {folder}/coco.json --root {folder}",
        "labels --labels {folder}/labels.csv --root {folder}/set/images/absent",
        "colours --labels {folder}/absent.csv --images {folder}",
        "categories --labels {folder}/items.json --images {folder}",
        "categories --labels {folder}/labels.csv --images {folder}/set/images --json {folder}/no/such/folder.json",
    ],
)
def test_a_bad_file_gives_status_two_and_one_line(folder: Path, capsys: pytest.CaptureFixture[str], words: str):
    assert main(["evaluate", *words.format(folder=folder).split()]) == 2
    out = capsys.readouterr()
    assert out.out == ""
    assert out.err.count("\n") == 1
    assert str(folder) in out.err


def test_no_training_library_is_loaded(folder: Path):
    words = ["evaluate", "categories", "--labels", f"{folder}/labels.csv", "--images", f"{folder}/set/images"]
    code = (
        f"import sys, mlcore.__main__ as m\nassert m.main({words!r}) == 0\n"
        "assert not {'torch', 'timm', 'ultralytics', 'onnx', 'cv2', 'django'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
