"""Small COCO folders that the project draws itself: the training tests need no photographs and no weights."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from PIL import Image

from catalog.drawn import draw_product
from mlcore import manifest
from mlcore.detection import Detector
from mlcore.engine import Model
from mlcore.training import coco, crops

SIZE = (72, 96)  # width, height: an epoch of a dozen takes about a second on two processors


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A COCO folder of 18 drawn garments, three of each category."""
    folder = tmp_path_factory.mktemp("drawn")
    (folder / "images").mkdir()
    pictures = []
    for number in range(18):
        category = coco.CATEGORIES[number % 6]
        drawing = draw_product(number, category=category, size=SIZE)
        path = folder / "images" / f"{number:02d}.jpg"
        Image.fromarray(drawing.pixels).save(path, quality=92)
        width, height = SIZE
        garments = tuple(
            coco.Garment(g.category, g.box.x * width, g.box.y * height, g.box.width * width, g.box.height * height)
            for g in drawing.garments
        )
        pictures.append(coco.Picture(path, width, height, garments, group=path.name))
    coco.write(folder, pictures)
    return folder


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop of 12 drawn items in the shop's own format: each before two grounds, its first view the main one."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "images").mkdir()
    items, labels = {}, []
    for number in range(12):
        category = coco.CATEGORIES[number % 6]
        images = []
        for view, background in (("main", "paper"), ("back", "wood")):
            drawing = draw_product(number, category=category, size=(96, 128), background=background)
            file = f"{number:02d}_{view}.jpg"
            Image.fromarray(drawing.pixels).save(folder / "images" / file, quality=92)
            images.append({"file": file, "colour": "", "view": view})
            labels.append({"set": "shop", "file": file, "category": category.value, **drawing.garments[0].labels})
        items[f"item {number:02d}"] = {"category": category.value, "images": images}
    (folder / "items.json").write_text(json.dumps(items))
    with (folder / "labels.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, [*labels[0], "x", "y", "w", "h"], restval="")
        writer.writeheader()
        writer.writerows(labels)
    return folder


@pytest.fixture(scope="session")
def crops_folder(shop: Path, drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The crops of the shop and of the boxed drawings, cut out by the shipped detector."""
    folder = tmp_path_factory.mktemp("crops")
    entry = manifest.model("detection")
    detector = Detector(entry, Model(entry.path))
    crops.prepare(folder, detector=detector, shop=shop, worn=[drawn], labels=[shop / "labels.csv"])
    return folder
