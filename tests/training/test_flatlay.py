from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mlcore.training import coco, flatlay, paste
from mlcore.types import Category

FLOOR = (205, 190, 170)
GARMENT = (40, 80, 200, 260)  # left, top, right, bottom of the cloth in a picture of 240 × 320
BODY, SLEEVES = (80, 80, 160, 260), (40, 80, 200, 130)


def flat_lay(colour: str, seed: int) -> Image.Image:
    """A T of grainy cloth on a grainy floor."""
    picture = Image.new("RGB", (240, 320), FLOOR)
    pen = ImageDraw.Draw(picture)
    pen.rectangle(BODY, fill=colour)
    pen.rectangle(SLEEVES, fill=colour)
    grain = np.random.default_rng(seed).normal(0, 6, (320, 240, 1))
    return Image.fromarray((np.asarray(picture) + grain).clip(0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def wardrobe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six garments, one of each category, of three senders."""
    source = tmp_path_factory.mktemp("wardrobe")
    (source / "images").mkdir(parents=True)
    colours = ("navy", "darkred", "darkgreen")
    with (source / "labels.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "label", "category", "sender_id"])
        for number in range(6):
            flat_lay(colours[number % 3], number).save(source / "images" / f"{number}.jpg", quality=95)
            rows.writerow([f"{number}.jpg", "any", coco.CATEGORIES[number].value, number % 3])
    return source


@pytest.fixture(scope="module")
def garments(wardrobe: Path, tmp_path_factory: pytest.TempPathFactory) -> list[coco.Picture]:
    folder = tmp_path_factory.mktemp("boxed")
    flatlay.prepare(wardrobe, folder)
    return coco.read(folder)


def test_a_garment_on_a_floor_is_boxed_to_a_twentieth_of_the_picture(garments):
    assert len(garments) == 6
    for picture in garments:
        (garment,) = picture.garments
        got = (garment.left, garment.top, garment.left + garment.width, garment.top + garment.height)
        assert got == pytest.approx(GARMENT, abs=0.05 * 320)


def test_pictures_of_one_sender_are_one_group(garments):
    assert Counter(picture.group for picture in garments) == {"sender 0": 2, "sender 1": 2, "sender 2": 2}


def test_a_bare_floor_is_boxed_as_a_whole():
    floor = np.full((320, 240, 3), FLOOR, np.uint8)
    assert flatlay.garment_box(floor).area == 1.0


def test_pasted_boxes_hold_the_pasted_garments(garments, tmp_path):
    written = paste.compose(tmp_path / "pasted", garments=garments, scenes=[], count=6, seed=5)
    pictures = coco.read(tmp_path / "pasted")
    assert written == len(pictures) == 6
    assert all(picture.train_only for picture in pictures)
    for picture in pictures:
        pixels = coco.pixels(picture.path).astype(int)
        for garment in picture.garments:
            middle = pixels[round(garment.top + garment.height / 2), round(garment.left + garment.width / 2)]
            assert abs(middle - FLOOR).max() > 60, "the middle of a box shows floor"


def test_the_same_seed_pastes_the_same_pictures(garments, tmp_path):
    for name in ("one", "two"):
        paste.compose(tmp_path / name, garments=garments, scenes=garments[:2], count=4, seed=7)
    assert (tmp_path / "one" / "train.json").read_bytes() == (tmp_path / "two" / "train.json").read_bytes()
    for picture in coco.read(tmp_path / "one"):
        assert picture.path.read_bytes() == (tmp_path / "two" / "images" / picture.path.name).read_bytes()


def test_a_worn_garment_is_never_hidden_by_more_than_the_allowed_share(garments, tmp_path):
    worn = coco.Garment(Category.DRESSES, 80, 60, 80, 200)
    street = coco.Picture(garments[0].path, 240, 320, (worn,), group="street")
    paste.compose(tmp_path / "pasted", garments=garments, scenes=[street], count=20, seed=2)
    on_street = [p for p in coco.read(tmp_path / "pasted") if worn in p.garments]
    assert on_street
    for picture in on_street:
        assert all(worn.overlap(other) <= 0.36 * worn.area for other in picture.garments if other != worn)
