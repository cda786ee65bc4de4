from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from mlcore.training import coco, yolo
from mlcore.types import Category


def folder_with(folder: Path, pictures: list[coco.Picture]) -> Path:
    (folder / "images").mkdir(parents=True)
    for picture in pictures:
        Image.new("RGB", (picture.width, picture.height), "white").save(folder / "images" / picture.path.name)
    coco.write(folder, pictures)
    return folder


def a_picture(name: str, *garments: coco.Garment, group: str = "", train_only: bool = False) -> coco.Picture:
    return coco.Picture(Path(name), 100, 80, garments, group=group or name, train_only=train_only)


def test_what_is_written_is_read_again(tmp_path):
    shirt = coco.Garment(Category.TOPS, 10.0, 20.5, 30.0, 40.0)
    crowd = coco.Garment(Category.SKIRTS, 0.0, 0.0, 5.0, 5.0, ignore=True)
    folder = folder_with(tmp_path / "a", [a_picture("1.jpg", shirt, crowd, group="anna", train_only=True)])
    (picture,) = coco.read(folder)
    assert picture.garments == (shirt, crowd)
    assert (picture.group, picture.train_only, picture.path) == ("anna", True, folder / "images" / "1.jpg")


def test_categories_in_another_order_are_refused(tmp_path):
    folder = folder_with(tmp_path / "a", [a_picture("1.jpg")])
    content = json.loads((folder / "train.json").read_text())
    content["categories"][0]["name"] = "skirts"
    (folder / "train.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match="numbered from 0"):
        coco.read(folder)


def test_pictures_of_one_sender_stay_on_one_side():
    pictures = [a_picture(f"{n}.jpg", group=f"sender {n % 20}") for n in range(200)]
    train, held_out = coco.split(pictures, share=0.3, seed=1)
    assert {p.group for p in train} & {p.group for p in held_out} == set()
    assert 20 <= len(held_out) <= 100


def test_a_growing_set_moves_nothing_to_the_other_side():
    pictures = [a_picture(f"{n}.jpg") for n in range(100)]
    _, before = coco.split(pictures[:50], share=0.2, seed=3)
    _, after = coco.split(pictures, share=0.2, seed=3)
    assert [p for p in after if p in pictures[:50]] == before


def test_a_pasted_picture_never_validates():
    pictures = [a_picture(f"{n}.jpg", train_only=True) for n in range(50)]
    assert coco.split(pictures, share=0.5, seed=1) == (pictures, [])


def test_yolo_gets_centres_and_sizes_as_shares(tmp_path):
    folder = folder_with(tmp_path / "a", [a_picture("1.jpg", coco.Garment(Category.SKIRTS, 10, 20, 40, 40))])
    yolo.write(tmp_path / "yolo", train=coco.read(folder), held_out=[])
    (label,) = (tmp_path / "yolo" / "labels" / "train").iterdir()
    assert label.read_text() == "3 0.300000 0.500000 0.400000 0.500000\n"


def test_an_ignore_region_is_painted_grey_unless_a_garment_lies_there(tmp_path):
    shirt = coco.Garment(Category.TOPS, 50, 0, 50, 80)
    alone = coco.Garment(Category.TOPS, 0, 0, 20, 20, ignore=True)
    within = coco.Garment(Category.OUTERWEAR, 60, 10, 20, 20, ignore=True)
    folder = folder_with(tmp_path / "a", [a_picture("1.png", shirt, alone, within)])
    yolo.write(tmp_path / "yolo", train=coco.read(folder), held_out=[])
    (image,) = (tmp_path / "yolo" / "images" / "train").iterdir()
    with Image.open(image) as written:
        assert abs(written.getpixel((8, 8))[0] - 114) <= 2
        assert written.getpixel((70, 20))[0] >= 253
    (label,) = (tmp_path / "yolo" / "labels" / "train").iterdir()
    assert len(label.read_text().splitlines()) == 1
