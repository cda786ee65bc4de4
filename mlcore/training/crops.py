"""What the embedder and its heads learn from: every garment of the datasets, cut out by the product's own detector.

A crops folder holds `images/` and `crops.json`, one row a garment. A stored crop keeps a margin around the box, so that
training can move the box as a detector does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
from PIL import Image

from mlcore import images
from mlcore.detection import FAINT, Detector
from mlcore.evaluation.files import BadFile, box_of, read_csv, read_json
from mlcore.labels import LABELS
from mlcore.masks import garment_mask
from mlcore.pipeline import subject_of
from mlcore.training import coco, hints
from mlcore.types import WHOLE_PICTURE, Box, Category, Pixels

MARGIN = 0.25  # of the box's sides, kept around it
LONG_SIDE = 288  # of the stored box, pixels: one and a half times what the network sees
SMALLEST = 40  # pixels of a worn garment's shorter side: a smaller one tells nothing about its cloth
LEAST_SIDE = 24  # pixels of any crop's shorter side
SAME_BOX = 0.8  # overlap from which a labelled box and a worn garment's box are the same garment


@dataclass(frozen=True, slots=True)
class Crop:
    """One garment. `box`: relative to the stored file."""

    file: str
    source: str
    """shop, products, wardrobe or worn."""
    category: Category
    box: Box
    group: str
    """What must stay on one side of the split: the item, the sender or the photograph."""
    item: str
    """Crops of the same item show the same garment in the same colour."""
    family: str = ""
    """Crops of one family are alike at a glance (article type, colour, gender); empty: not known."""
    view: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    """Key labels by name; only those that were seen, and none where the category has none."""
    hints: dict[str, str] = field(default_factory=dict)
    """The same as far as the garment's kind and name tell them: right for nine of ten (mlcore.training.hints)."""
    train_only: bool = False


def read(folder: Path) -> list[Crop]:
    """The crops of a prepared folder. Raises BadFile where it is not one."""
    try:
        rows = read_json(folder / "crops.json")
        return [Crop(**row | {"box": Box(**row["box"]), "category": Category(row["category"])}) for row in rows]
    except (KeyError, TypeError, ValueError) as error:
        raise BadFile(f"{folder} holds no crops.json of `train prepare-crops`: {error}") from error


def pixels(folder: Path, crop: Crop) -> Pixels:
    """The stored picture of a crop, with its margin."""
    return coco.pixels(folder / "images" / crop.file)


def split(
    crops: Iterable[Crop], *, share: float = coco.HELD_OUT, seed: int = coco.SEED
) -> tuple[list[Crop], list[Crop]]:
    """(train, held out), by the same digest as the detector's pictures: what one holds out the other does."""
    train: list[Crop] = []
    held_out: list[Crop] = []
    for crop in crops:
        aside = not crop.train_only and coco.is_held_out(crop.group, share=share, seed=seed)
        (held_out if aside else train).append(crop)
    return train, held_out


def prepare(
    target: Path,
    *,
    detector: Detector,
    shop: Path | None = None,
    products: Path | None = None,
    wardrobe: Path | None = None,
    worn: Iterable[Path] = (),
    labels: Iterable[Path] = (),
) -> list[Crop]:
    """Write the crops of all sources to `target`.

    `shop`: items.json and images/; `products`, `wardrobe`: labels.csv and images/; `worn`: COCO folders; `labels`:
    files whose rows name pictures of `products`, `wardrobe` and the worn folders.
    """
    (target / "images").mkdir(parents=True, exist_ok=True)
    known = _read_labels(labels)
    rows: list[Crop] = []
    sources = [
        *([_shop(shop)] if shop else []),
        *([_products(products)] if products else []),
        *([_wardrobe(wardrobe)] if wardrobe else []),
        *(_worn(folder) for folder in worn),
    ]
    for source in sources:
        for path, crop, box in source:
            picture = coco.pixels(path)
            found = box or _found(detector, picture, crop.category)
            stored, inner = _with_margin(picture, found)
            file = f"{len(rows):06d}.jpg"
            stored.save(target / "images" / file, quality=92)
            rows.append(_labelled(crop, path, box, picture, known, file=file, inner=inner))
    (target / "crops.json").write_text(json.dumps([asdict(row) for row in rows]))
    return rows


def mask_copy(source: Path, target: Path) -> int:
    """A crops folder whose pictures show the garments on white: to measure what the background is worth."""
    (target / "images").mkdir(parents=True, exist_ok=True)
    rows = read(source)
    for row in rows:
        whole = pixels(source, row)
        inner = images.crop(whole, row.box)
        mask = Image.fromarray(garment_mask(whole, row.box).mask).resize(inner.shape[1::-1])
        white = np.full_like(whole, 255)
        images.crop(white, row.box)[...] = np.where(np.asarray(mask)[..., None], inner, 255)
        Image.fromarray(white).save(target / "images" / row.file, quality=92)
    (target / "crops.json").write_text((source / "crops.json").read_text())
    return len(rows)


_Source = Iterator[tuple[Path, Crop, Box | None]]
"""Picture, the crop as far as it is known before looking, and its box where it is known."""


def _blank(source: str, category: Category, group: str, item: str, *, family: str = "", view: str = "") -> Crop:
    return Crop("", source, category, WHOLE_PICTURE, group, item, family, view)


def _shop(folder: Path) -> _Source:
    items = read_json(folder / "items.json")
    files = {name: [folder / "images" / image["file"] for image in item["images"]] for name, item in items.items()}
    groups = coco.groups_of(files)
    for name, item in sorted(items.items()):
        for image in item["images"]:
            category = Category(item["category"])
            instance = f"shop {name} {image['colour']}"
            yield (
                folder / "images" / image["file"],
                _blank("shop", category, groups[name], instance, view=image["view"]),
                None,
            )


def _products(folder: Path) -> _Source:
    rows = _rows(folder / "labels.csv", ("file", "category", "article_type", "base_colour", "gender"))
    groups = coco.groups_of({row["file"]: [folder / "images" / row["file"]] for row in rows})
    for row in rows:
        family = "/".join((row["article_type"], row["base_colour"], row["gender"])) if row["base_colour"] else ""
        crop = _blank(
            "products", Category(row["category"]), groups[row["file"]], f"products {row['file']}", family=family
        )
        told = hints.of(row["article_type"], row.get("name", ""))
        yield folder / "images" / row["file"], replace(crop, hints=told), None


def _wardrobe(folder: Path) -> _Source:
    columns = ("file", "category", "sender_id")
    for row in _rows(folder / "labels.csv", columns):
        group = f"sender {row['sender_id']}"
        crop = _blank("wardrobe", Category(row["category"]), group, f"wardrobe {row['file']}")
        yield folder / "images" / row["file"], replace(crop, hints=hints.of(row.get("label", ""))), None


def _worn(folder: Path) -> _Source:
    for picture in coco.read(folder):
        for number, garment in enumerate(picture.garments):
            if garment.ignore or min(garment.width, garment.height) < SMALLEST:
                continue
            box = Box(
                garment.left / picture.width,
                garment.top / picture.height,
                garment.width / picture.width,
                garment.height / picture.height,
            )
            item = f"worn {picture.path.name} {number}"
            crop = Crop("", "worn", garment.category, box, picture.group, item, train_only=picture.train_only)
            yield picture.path, crop, box


def _found(detector: Detector, picture: Pixels, category: Category) -> Box:
    """The subject's box; the whole picture where the detector took a button or a label for it."""
    box = subject_of(detector.candidates([picture], score=FAINT)[0], category).box
    height, width = picture.shape[:2]
    return box if min(box.width * width, box.height * height) >= LEAST_SIDE else WHOLE_PICTURE


def _rows(path: Path, columns: Iterable[str]) -> list[dict[str, str]]:
    return sorted(read_csv(path, columns), key=lambda row: row["file"])


def _read_labels(paths: Iterable[Path]) -> dict[str, list[dict[str, str]]]:
    """By file name. Names are unique over the sets; the set's folder is the caller's business."""
    found: dict[str, list[dict[str, str]]] = {}
    for path in paths:
        for row in _rows(path, ("file", "category", "x", "y", "w", "h", *LABELS)):
            found.setdefault(row["file"], []).append(row)
    return found


def _labelled(
    crop: Crop,
    path: Path,
    box: Box | None,
    pixels: Pixels,
    known: Mapping[str, list[dict[str, str]]],
    *,
    file: str,
    inner: Box,
) -> Crop:
    labels: dict[str, str] = {}
    for row in known.get(path.name, []):
        place = box_of(row, pixels, path)
        if crop.category == row["category"] and (
            box is None or place is None or box.intersection_over_union(place) >= SAME_BOX
        ):
            labels = {name: row[name] for name, words in LABELS.items() if row[name] in words}
    return Crop(**(asdict(crop) | {"file": file, "box": inner, "labels": labels}))


def _with_margin(pixels: Pixels, box: Box) -> tuple[Image.Image, Box]:
    """The box with its margin, scaled so that the box is at most LONG_SIDE long, and where the box lies in it."""
    left, top = max(0.0, box.x - MARGIN * box.width), max(0.0, box.y - MARGIN * box.height)
    right = min(1.0, box.x + (1 + MARGIN) * box.width)
    bottom = min(1.0, box.y + (1 + MARGIN) * box.height)
    outer = Box(left, top, right - left, bottom - top)
    stored = Image.fromarray(images.crop(pixels, outer))
    longest = max(box.width / outer.width * stored.width, box.height / outer.height * stored.height)
    if longest > LONG_SIDE:
        scale = LONG_SIDE / longest
        stored = stored.resize((max(1, round(stored.width * scale)), max(1, round(stored.height * scale))))
    inner = Box(
        (box.x - left) / outer.width, (box.y - top) / outer.height, box.width / outer.width, box.height / outer.height
    )
    return stored, inner
