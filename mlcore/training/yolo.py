"""COCO folders to the folder that ultralytics trains from: images, one text file of boxes each, data.yaml."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from mlcore.training import coco

GREY = (114, 114, 114)  # what ultralytics pads with: the detector already knows that nothing lies there
REAL_SHARE = 0.2  # an ignore region is painted over only where real garments cover less than this of it


def write(target: Path, *, train: Sequence[coco.Picture], held_out: Sequence[coco.Picture]) -> Path:
    """Write `target` anew and return its data.yaml. A picture given twice is trained on twice."""
    shutil.rmtree(target, ignore_errors=True)
    for name, pictures in (("train", train), ("val", held_out)):
        (target / "images" / name).mkdir(parents=True)
        (target / "labels" / name).mkdir(parents=True)
        for number, picture in enumerate(pictures):
            stem = f"{number:06d}_{picture.path.stem}"
            _write_image(picture, target / "images" / name / f"{stem}.jpg")
            (target / "labels" / name / f"{stem}.txt").write_text("".join(map(_line(picture), _real(picture))))
    names = json.dumps({number: str(category) for number, category in enumerate(coco.CATEGORIES)})
    # JSON is YAML. `names` needs integer keys, which JSON cannot say.
    names = names.replace('"', "")
    data = target / "data.yaml"
    data.write_text(
        f"path: {json.dumps(str(target.resolve()))}\ntrain: images/train\nval: images/val\nnames: {names}\n"
    )
    return data


def _write_image(picture: coco.Picture, target: Path) -> None:
    """The file itself where nothing is to be painted over: a second JPEG generation would be a needless loss."""
    painted = [region for region in picture.garments if region.ignore and _stands_alone(region, picture)]
    if not painted and picture.path.suffix.lower() in {".jpg", ".jpeg"}:
        shutil.copyfile(picture.path, target)
        return
    image = Image.fromarray(coco.pixels(picture.path))
    pen = ImageDraw.Draw(image)
    for region in painted:
        pen.rectangle((region.left, region.top, region.left + region.width, region.top + region.height), fill=GREY)
    image.save(target, quality=95)


def _stands_alone(region: coco.Garment, picture: coco.Picture) -> bool:
    return sum(region.overlap(garment) for garment in _real(picture)) < REAL_SHARE * region.area


def _real(picture: coco.Picture) -> list[coco.Garment]:
    return [garment for garment in picture.garments if not garment.ignore]


def _line(picture: coco.Picture) -> Callable[[coco.Garment], str]:
    def line(garment: coco.Garment) -> str:
        x = (garment.left + garment.width / 2) / picture.width
        y = (garment.top + garment.height / 2) / picture.height
        wide, high = garment.width / picture.width, garment.height / picture.height
        return f"{coco.CATEGORIES.index(garment.category)} {x:.6f} {y:.6f} {wide:.6f} {high:.6f}\n"

    return line
