"""Folders of boxed pictures in the COCO format: `images/` beside `train.json`.

Two optional keys per image go beyond COCO. `group`: pictures that must stay on one side of the split, such as those of
one sender (default: the file name, so every picture for itself). `split`: `train` where a picture may never validate,
such as one pasted together from training pictures.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlcore import images
from mlcore.types import Category, Pixels

CATEGORIES = tuple(Category)
"""Position = class id of the detector = category id of the COCO files."""


HELD_OUT = 0.12
SEED = 24
"""Of the split that the published figures are measured on; of forty seeds one that holds out every category."""
FULL_SIZE = 1 << 16
"""Larger than any picture that is decoded."""


@dataclass(frozen=True, slots=True)
class Garment:
    """A box in pixels of the upright picture. `ignore`: COCO's iscrowd, a region that counts neither way."""

    category: Category
    left: float
    top: float
    width: float
    height: float
    ignore: bool = False

    @property
    def area(self) -> float:
        return self.width * self.height

    def overlap(self, other: Garment) -> float:
        """Area shared with `other`, square pixels."""
        wide = min(self.left + self.width, other.left + other.width) - max(self.left, other.left)
        high = min(self.top + self.height, other.top + other.height) - max(self.top, other.top)
        return max(0.0, wide) * max(0.0, high)


@dataclass(frozen=True, slots=True)
class Picture:
    path: Path
    width: int
    height: int
    garments: tuple[Garment, ...]
    group: str
    train_only: bool = False


def read(folder: Path) -> list[Picture]:
    """The pictures of a COCO folder, by file name. Category ids count as the six categories do.

    Raises ValueError where the file names its categories in another order: relabelled in silence they spoil a training.
    """
    content = json.loads((folder / "train.json").read_text())
    names = {row["id"]: row["name"] for row in content["categories"]}
    if names != dict(enumerate(CATEGORIES)):
        raise ValueError(f"{folder}: categories must be {', '.join(CATEGORIES)}, numbered from 0; found {names}")
    garments: dict[int, list[Garment]] = {row["id"]: [] for row in content["images"]}
    for row in content["annotations"]:
        garments[row["image_id"]].append(_garment(row))
    pictures = [
        Picture(
            path=folder / "images" / row["file_name"],
            width=row["width"],
            height=row["height"],
            garments=tuple(garments[row["id"]]),
            group=str(row.get("group", row["file_name"])),
            train_only=row.get("split") == "train",
        )
        for row in content["images"]
    ]
    return sorted(pictures, key=lambda picture: picture.path.name)


def _garment(row: dict[str, Any]) -> Garment:
    left, top, width, height = row["bbox"]
    return Garment(CATEGORIES[row["category_id"]], left, top, width, height, ignore=bool(row.get("iscrowd", 0)))


def write(folder: Path, pictures: Iterable[Picture]) -> None:
    """`train.json` for pictures whose files lie in `folder/images` already."""
    rows: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    for picture_id, picture in enumerate(pictures):
        rows.append(
            {
                "id": picture_id,
                "file_name": picture.path.name,
                "width": picture.width,
                "height": picture.height,
                "group": picture.group,
            }
            | ({"split": "train"} if picture.train_only else {})
        )
        annotations += [
            {
                "id": len(annotations) + position,
                "image_id": picture_id,
                "category_id": CATEGORIES.index(garment.category),
                "bbox": [round(side, 1) for side in (garment.left, garment.top, garment.width, garment.height)],
                "area": round(garment.area, 1),
                "iscrowd": int(garment.ignore),
            }
            for position, garment in enumerate(picture.garments)
        ]
    categories = [{"id": number, "name": str(name)} for number, name in enumerate(CATEGORIES)]
    content = {"images": rows, "annotations": annotations, "categories": categories}
    (folder / "train.json").write_text(json.dumps(content))


def pixels(path: Path) -> Pixels:
    """The upright picture at its full size, in which the boxes are measured."""
    with path.open("rb") as file:
        return images.decode(file, long_side=FULL_SIZE)


def split(pictures: Sequence[Picture], *, share: float, seed: int) -> tuple[list[Picture], list[Picture]]:
    """(train, held out). About `share` of the groups are held out; the same group always falls on the same side."""
    train: list[Picture] = []
    held_out: list[Picture] = []
    for picture in pictures:
        side = held_out if not picture.train_only and is_held_out(picture.group, share=share, seed=seed) else train
        side.append(picture)
    return train, held_out


def is_held_out(group: str, *, share: float, seed: int) -> bool:
    """By a digest of the name: independent of the other pictures, so a set can grow and nothing changes sides."""
    digest = hashlib.sha256(f"{seed}:{group}".encode()).digest()
    return int.from_bytes(digest[:8]) < share * 2**64


def groups_of(files: Mapping[str, Iterable[Path]]) -> dict[str, str]:
    """The group of each name: names that share a picture, byte by byte, are one group, called as the first of them.

    Shops show one photograph with two items, and list one product twice; a split between them would test on training
    pictures.
    """
    first: dict[str, str] = {}
    group = {name: name for name in files}

    def root(name: str) -> str:
        while group[name] != name:
            name = group[name]
        return name

    for name in sorted(files):
        for path in files[name]:
            if path.is_file():
                other = first.setdefault(hashlib.sha256(path.read_bytes()).hexdigest(), name)
                one, two = sorted((root(name), root(other)))
                group[two] = one
    return {name: root(name) for name in files}
