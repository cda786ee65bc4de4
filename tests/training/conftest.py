"""Small COCO folders that the project draws itself: the training tests need no photographs and no weights."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from catalog.drawn import draw_product
from mlcore.training import coco

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
