"""Cut-outs three ways: by colours and place alone, by the network alone, by both; and GrabCut where OpenCV is at hand.

python -m benchmarks.cutouts                                  # drawn garments, whose outlines are known
python -m benchmarks.cutouts --sheet OUT.png PICTURE …        # photographs side by side, to be judged by eye
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from catalog.drawn import draw_look, draw_product, looks, products
from catalog.drawn.truth import is_seen
from mlcore import cutouts, images, masks
from mlcore.pipeline import pipeline
from mlcore.types import Box, Pixels

Alpha = NDArray[np.float32]
Way = Callable[[Pixels, Box], tuple[Pixels, Alpha]]
SIDE = 170  # pixels of a picture on the sheet


@dataclass(frozen=True, slots=True)
class Case:
    pixels: Pixels
    box: Box
    truth: NDArray[np.bool_]
    """Of the whole picture's shape."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=40, help="drawn products, and as many drawn looks")
    parser.add_argument("--sheet", type=Path, metavar="OUT.png")
    parser.add_argument("pictures", nargs="*", type=Path)
    arguments = parser.parse_args()
    if arguments.sheet:
        sheet(arguments.pictures).save(arguments.sheet)
    else:
        measure(arguments.count)


def ways() -> dict[str, Way]:
    found: dict[str, Way] = {"colours and place": by_colours, "network": by_network, "both": by_both}
    if importlib.util.find_spec("cv2"):
        found["GrabCut"] = by_grabcut
    return found


def by_colours(pixels: Pixels, box: Box) -> tuple[Pixels, Alpha]:
    crop = images.crop(pixels, box)
    mask = Image.fromarray(masks.garment_mask(pixels, box).mask.astype(np.float32))
    return crop, np.asarray(mask.resize(crop.shape[1::-1], Image.Resampling.BILINEAR), np.float32)


def by_network(pixels: Pixels, box: Box) -> tuple[Pixels, Alpha]:
    scene, part = cutouts.scene_of(pixels, box)
    return scene[part], cutouts.saliency(scene)[part]


def by_both(pixels: Pixels, box: Box) -> tuple[Pixels, Alpha]:
    return cutouts.matte(pixels, box)


def by_grabcut(pixels: Pixels, box: Box) -> tuple[Pixels, Alpha]:
    """All outside the box is background; so is its rim where the box is the whole picture."""
    import cv2

    scene, part = cutouts.scene_of(pixels, box)
    mask = np.full(scene.shape[:2], cv2.GC_BGD, np.uint8)
    mask[part] = cv2.GC_PR_FGD
    mask[:2], mask[-2:], mask[:, :2], mask[:, -2:] = (cv2.GC_BGD,) * 4
    cv2.setRNGSeed(1)
    cv2.grabCut(scene[..., ::-1].copy(), mask, None, np.zeros((1, 65)), np.zeros((1, 65)), 5, cv2.GC_INIT_WITH_MASK)
    return scene[part], np.isin(mask[part], (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)


def measure(count: int) -> None:
    print(f"{'':20}{'lying: IoU median / worst tenth':>34}{'worn':>16}{'ms a garment':>16}")
    sets = [list(lying(count)), list(worn(count))]
    for name, way in ways().items():
        way(sets[0][0].pixels, sets[0][0].box)  # loads the network
        cells, spent = [], []
        for cases in sets:
            scores = []
            for case in cases:
                begun = time.perf_counter()
                _, alpha = way(case.pixels, case.box)
                spent.append(time.perf_counter() - begun)
                scores.append(overlap(alpha, case))
            cells.append(f"{median(scores):.3f} / {np.percentile(scores, 10):.3f}")
        print(f"{name:20}{cells[0]:>34}{cells[1]:>16}{1000 * median(spent):>16.0f}")


def overlap(alpha: Alpha, case: Case) -> float:
    """Intersection over union within the box, as soft alpha counts."""
    truth = Image.fromarray(images.crop(case.truth.astype(np.uint8) * 255, case.box))
    wanted = np.asarray(truth.resize(alpha.shape[1::-1], Image.Resampling.BILINEAR), np.float32) / 255
    return float(np.minimum(alpha, wanted).sum() / np.maximum(alpha, wanted).sum())


def lying(count: int) -> Iterator[Case]:
    for seed in range(1000, 1000 + count):
        with _masks_of(products) as shots:
            drawing = draw_product(seed, size=(360, 480))
        yield Case(drawing.pixels, drawing.garments[0].box, shots[0].masks[0])


def worn(count: int) -> Iterator[Case]:
    for seed in range(1000, 1000 + count):
        with _masks_of(looks) as shots:
            drawing = draw_look(seed, size=(360, 540))
        seen = [mask for mask in shots[0].masks if is_seen(mask)]
        yield from (
            Case(drawing.pixels, garment.box, mask) for garment, mask in zip(drawing.garments, seen, strict=True)
        )


@contextlib.contextmanager
def _masks_of(module: ModuleType) -> Iterator[list[Any]]:
    """What is composed while it is open; a drawing itself keeps only the boxes of its masks."""
    compose, shots = module.compose, []

    def kept(*arguments: Any) -> Any:
        shots.append(compose(*arguments))
        return shots[-1]

    module.compose = kept  # type: ignore[attr-defined]
    try:
        yield shots
    finally:
        module.compose = compose  # type: ignore[attr-defined]


def sheet(paths: list[Path]) -> Image.Image:
    """A row for each garment found: its crop, then each way, on a chequered ground."""
    rows = []
    for path in paths:
        with path.open("rb") as file:
            pixels = images.decode(file)
        for garment in pipeline().analyse([pixels])[0].garments:
            box = garment.detection.box
            crop = images.crop(pixels, box)
            shown = [(crop, np.ones(crop.shape[:2], np.float32)), *(way(pixels, box) for way in ways().values())]
            rows.append([on_chequers(*each) for each in shown])
    canvas = Image.new("RGB", (SIDE * len(rows[0]), SIDE * len(rows)))
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            canvas.paste(cell, (SIDE * x, SIDE * y))
    return canvas


def on_chequers(colours: Pixels, alpha: Alpha) -> Image.Image:
    picture = Image.fromarray(np.dstack([colours, np.rint(alpha * 255).astype(np.uint8)]))
    picture.thumbnail((SIDE, SIDE))
    tiles = np.where(np.indices((SIDE, SIDE)).sum(axis=0) // 10 % 2, 235, 190).astype(np.uint8)
    ground = Image.fromarray(np.dstack([tiles] * 3))
    ground.paste(picture, ((SIDE - picture.width) // 2, (SIDE - picture.height) // 2), picture)
    return ground


if __name__ == "__main__":
    main()
