"""Scenes pasted together from cut-out garments: several in one picture, and categories that photographs lack.

A garment photographed alone always fills its picture and stands in its middle; a detector trained on nothing else
learns just that. Here one to four lie on a floor or wall of another home, or hang into a street scene beside people.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from mlcore.training import coco
from mlcore.training.foreground import find_foreground
from mlcore.types import Category, Pixels

LONG_SIDE = 480  # of a pasted scene: a little more than the detector sees
STREET_SHARE = 0.35  # of scenes; the others are set on the floors and walls of homes
COVERED = 0.35  # share of a worn garment that a pasted one may hide; its box stays as it is
WEIGHTS: Mapping[Category, float] = {  # how often each is pasted: the reverse of how often people photograph it
    Category.TOPS: 0.12,
    Category.OUTERWEAR: 0.17,
    Category.TROUSERS: 0.12,
    Category.SKIRTS: 0.15,
    Category.DRESSES: 0.18,
    Category.ROMPERS: 0.26,
}


@dataclass(frozen=True, slots=True)
class Cutout:
    """A garment on a transparent ground, cropped to its bounds."""

    category: Category
    image: Image.Image


def compose(
    target: Path,
    *,
    garments: Sequence[coco.Picture],
    scenes: Sequence[coco.Picture],
    count: int,
    seed: int,
) -> int:
    """Write `count` pictures to the COCO folder `target`, all marked as training only; return how many were written.

    `garments`: pictures of one garment each; `scenes`: boxed street pictures. Pass training pictures only. A picture is
    left out where no garment could be cut out. The same seed gives the same pictures.
    """
    dice = random.Random(seed)
    (target / "images").mkdir(parents=True, exist_ok=True)
    by_category = {category: _of(category, garments) for category in coco.CATEGORIES}
    drawable = [category for category in coco.CATEGORIES if by_category[category]]
    cutouts: dict[Path, Cutout | None] = {}

    def draw_cutout() -> Cutout | None:
        category = dice.choices(drawable, [WEIGHTS[category] for category in drawable])[0]
        picture = dice.choice(by_category[category])
        if picture.path not in cutouts:
            cutouts[picture.path] = cut_out(picture)
        return cutouts[picture.path]

    pictures = []
    for number in range(count):
        drawn = [cutout for cutout in (draw_cutout() for _ in range(dice.choice((1, 2, 2, 3, 4)))) if cutout]
        if not drawn:
            continue
        if scenes and dice.random() < STREET_SHARE:
            image, boxes = _on_a_street(dice, drawn[:2], dice.choice(scenes))
        else:
            image, boxes = _at_home(dice, drawn, dice.choice(garments))
        path = target / "images" / f"pasted_{number:05d}.jpg"
        image.save(path, quality=90)
        pictures.append(coco.Picture(path, image.width, image.height, tuple(boxes), group=path.name, train_only=True))
    coco.write(target, pictures)
    return len(pictures)


def cut_out(picture: coco.Picture) -> Cutout | None:
    """The garment without its ground; None where the cut looks wrong: next to nothing, or nearly a full rectangle."""
    pixels = coco.pixels(picture.path)
    found = find_foreground(pixels)
    if found is None:
        return None
    share = float(found.mask.mean())
    if not 0.1 < share < 0.8 or share / found.box.area > 0.97:
        return None
    alpha = Image.fromarray(found.mask.astype(np.uint8) * 255).filter(ImageFilter.GaussianBlur(0.8))
    image = Image.fromarray(pixels).convert("RGBA")
    image.putalpha(alpha)
    bounds = alpha.point(_solid).getbbox()
    return Cutout(picture.garments[0].category, image.crop(bounds)) if bounds else None


def _of(category: Category, garments: Sequence[coco.Picture]) -> list[coco.Picture]:
    return [picture for picture in garments if picture.garments[0].category == category]


def _at_home(
    dice: random.Random, cutouts: Sequence[Cutout], ground: coco.Picture
) -> tuple[Image.Image, list[coco.Garment]]:
    """Cut-outs side by side in the cells of a grid, on the floor or wall of `ground`."""
    tall = dice.random() < 0.6
    size = (round(LONG_SIDE * 0.75), LONG_SIDE) if tall else (LONG_SIDE, round(LONG_SIDE * 0.75))
    canvas = Image.fromarray(_tiled(_bare_ground(ground), size))
    columns = 1 if len(cutouts) == 1 else 2
    rows = -(-len(cutouts) // columns)
    if len(cutouts) == 2 and dice.random() < 0.4:
        columns, rows = 1, 2
    cell = (size[0] / columns, size[1] / rows)
    boxes = []
    for position, cutout in enumerate(cutouts):
        turned = _turned_and_scaled(dice, cutout.image, cell, share=dice.uniform(0.55, 0.98))
        left = cell[0] * (position % columns) + dice.random() * max(0.0, cell[0] - turned.width)
        top = cell[1] * (position // columns) + dice.random() * max(0.0, cell[1] - turned.height)
        boxes.append(_paste(canvas, cutout.category, turned, round(left), round(top)))
    return canvas, boxes


def _on_a_street(
    dice: random.Random, cutouts: Sequence[Cutout], scene: coco.Picture
) -> tuple[Image.Image, list[coco.Garment]]:
    """Cut-outs beside the people of `scene`, whose own boxes are kept."""
    canvas = Image.fromarray(coco.pixels(scene.path))
    boxes = list(scene.garments)
    for cutout in cutouts:
        share = dice.uniform(0.3, 0.6)
        turned = _turned_and_scaled(dice, cutout.image, (canvas.width, canvas.height), share=share)
        for _ in range(12):
            left = dice.randint(0, max(0, canvas.width - turned.width))
            top = dice.randint(0, max(0, canvas.height - turned.height))
            place = coco.Garment(cutout.category, left, top, turned.width, turned.height)
            if all(place.overlap(box) < COVERED * box.area for box in boxes):
                boxes.append(_paste(canvas, cutout.category, turned, left, top))
                break
    return canvas, boxes


def _turned_and_scaled(
    dice: random.Random, image: Image.Image, room: tuple[float, float], *, share: float
) -> Image.Image:
    """Mirrored half of the time, turned by a few degrees, and scaled to `share` of the room it has."""
    if dice.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    image = image.rotate(dice.gauss(0, 4), Image.Resampling.BICUBIC, expand=True)
    scale = share * min(room[0] / image.width, room[1] / image.height)
    return image.resize(
        (max(8, round(image.width * scale)), max(8, round(image.height * scale))), Image.Resampling.BILINEAR
    )


def _paste(canvas: Image.Image, category: Category, cutout: Image.Image, left: int, top: int) -> coco.Garment:
    alpha = cutout.getchannel("A")
    canvas.paste(cutout.convert("RGB"), (left, top), alpha)
    bounds = alpha.point(_solid).getbbox() or (0, 0, cutout.width, cutout.height)
    box = coco.Garment(category, left + bounds[0], top + bounds[1], bounds[2] - bounds[0], bounds[3] - bounds[1])
    right, bottom = min(box.left + box.width, canvas.width), min(box.top + box.height, canvas.height)
    return dataclasses.replace(box, width=right - box.left, height=bottom - box.top)


def _solid(alpha: int) -> int:
    return 255 if alpha > 127 else 0


def _bare_ground(picture: coco.Picture) -> Pixels:
    """The widest strip of the picture beside its garment."""
    pixels, box = coco.pixels(picture.path), picture.garments[0]
    left, top = int(box.left), int(box.top)
    right, bottom = int(box.left + box.width), int(box.top + box.height)
    strips = (pixels[:top], pixels[bottom:], pixels[:, :left], pixels[:, right:])
    widest = max(strips, key=lambda strip: min(strip.shape[:2]))
    # A garment that fills its picture leaves no strip: its corners are ground more often than anything else.
    return widest if min(widest.shape[:2]) >= 12 else pixels[:24, :24]


def _tiled(ground: Pixels, size: tuple[int, int]) -> Pixels:
    """The strip mirrored to and fro until it fills (width, height): grain and colour stay, seams do not show."""
    width, height = size
    missing = ((0, max(0, height - ground.shape[0])), (0, max(0, width - ground.shape[1])), (0, 0))
    return np.pad(ground, missing, mode="symmetric")[:height, :width]
