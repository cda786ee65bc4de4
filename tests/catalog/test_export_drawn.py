"""manage.py export_drawn: a COCO file as training and other people's tools read it."""

from __future__ import annotations

import io
import json
from pathlib import Path

from django.core.management import call_command
from PIL import Image

from mlcore.types import Category


def test_drawn_pictures_are_exported_with_boxes_in_the_coco_format(tmp_path: Path) -> None:
    out = io.StringIO()
    call_command("export_drawn", str(tmp_path), "--count", "12", stdout=out)
    document = json.loads((tmp_path / "train.json").read_text())
    pictures, annotations = document["images"], document["annotations"]
    assert out.getvalue().strip() == f"12 pictures, {len(annotations)} garments in {tmp_path}"
    assert document["categories"] == [{"id": place, "name": name.value} for place, name in enumerate(Category)]
    assert [picture["file_name"] for picture in pictures] == [f"drawn_{1_000_000 + number}.jpg" for number in range(12)]
    assert sorted(path.name for path in (tmp_path / "images").iterdir()) == sorted(p["file_name"] for p in pictures)
    sizes = {}
    for picture in pictures:
        with Image.open(tmp_path / "images" / picture["file_name"]) as file:
            assert file.size == (picture["width"], picture["height"])
        sizes[picture["id"]] = file.size
    assert [annotation["id"] for annotation in annotations] == list(range(len(annotations)))
    assert {annotation["image_id"] for annotation in annotations} == set(range(12))
    assert {annotation["category_id"] for annotation in annotations} == set(range(6))
    for annotation in annotations:
        left, top, wide, high = annotation["bbox"]
        width, height = sizes[annotation["image_id"]]
        assert wide > 0
        assert high > 0
        assert 0 <= left <= left + wide <= width + 0.1
        assert 0 <= top <= top + high <= height + 0.1
        assert abs(annotation["area"] - wide * high) <= 0.05 * (wide + high) + 0.1
        assert annotation["iscrowd"] == 0


def test_the_same_seed_is_exported_to_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        call_command("export_drawn", str(tmp_path / name), "--count", "2", "--seed", "5", stdout=io.StringIO())
    for file in ("train.json", "images/drawn_5.jpg", "images/drawn_6.jpg"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
