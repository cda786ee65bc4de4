"""Masks: drawn garments whose true outline is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mlcore.masks import LONG_SIDE, Foreground, garment_mask
from mlcore.types import WHOLE_PICTURE, Box, Pixels

SIZE = (240, 300)
GARMENT = Box(0.25, 0.2, 0.5, 0.6)  # 60..180 by 60..240
SKIN = (205, 150, 118)


def drawn(
    background: Pixels, cloth: tuple[int, int, int], outline: list[tuple[int, int]]
) -> tuple[Pixels, NDArray[np.bool_]]:
    """The picture with a garment of that outline, and the truth about its pixels."""
    picture = Image.fromarray(background)
    truth = Image.new("L", SIZE, 0)
    ImageDraw.Draw(truth).polygon(outline, fill=255)
    picture.paste(Image.new("RGB", SIZE, cloth), (0, 0), truth)
    grain = np.random.default_rng(1).normal(0, 3, (SIZE[1], SIZE[0], 1))
    return np.clip(np.asarray(picture) + grain, 0, 255).astype(np.uint8), np.asarray(truth) > 0


def plain(colour: tuple[int, int, int]) -> Pixels:
    return np.full((SIZE[1], SIZE[0], 3), colour, dtype=np.uint8)


def checkered_bed() -> Pixels:
    tiles = np.indices((SIZE[1], SIZE[0])).sum(axis=0) // 20 % 2
    return np.where(tiles[..., None] == 0, (150, 40, 60), (225, 205, 170)).astype(np.uint8)


def agreement(found: Foreground, truth: NDArray[np.bool_], box: Box) -> float:
    """Intersection over union with the truth, in the box, at the size of the working crop."""
    height, width = truth.shape
    rows = slice(round(box.y * height), round((box.y + box.height) * height))
    columns = slice(round(box.x * width), round((box.x + box.width) * width))
    small = Image.fromarray(truth[rows, columns]).resize(found.mask.shape[::-1], Image.Resampling.NEAREST)
    wanted = np.asarray(small)
    return float((wanted & found.mask).sum() / (wanted | found.mask).sum())


SHIRT = [(90, 60), (150, 60), (180, 110), (160, 120), (155, 240), (85, 240), (80, 120), (60, 110)]
TROUSERS = [(80, 60), (160, 60), (180, 240), (145, 240), (120, 110), (95, 240), (60, 240)]


@pytest.mark.parametrize("cloth", [(40, 60, 120), (20, 20, 22), (190, 30, 45), (193, 154, 107)])
@pytest.mark.parametrize("outline", [SHIRT, TROUSERS], ids=["shirt", "trousers"])
def test_a_garment_stands_out_from_a_shop_backdrop(cloth, outline):
    picture, truth = drawn(plain((250, 250, 250)), cloth, outline)
    assert agreement(garment_mask(picture, GARMENT), truth, GARMENT) > 0.93


@pytest.mark.parametrize("cloth", [(40, 60, 120), (20, 20, 22), (245, 245, 245)])
def test_a_garment_stands_out_from_a_patterned_bed(cloth):
    picture, truth = drawn(checkered_bed(), cloth, SHIRT)
    assert agreement(garment_mask(picture, GARMENT), truth, GARMENT) > 0.85


def test_a_box_that_is_the_whole_picture_still_finds_the_garment():
    picture, truth = drawn(plain((250, 250, 250)), (40, 60, 120), SHIRT)
    assert agreement(garment_mask(picture, WHOLE_PICTURE), truth, WHOLE_PICTURE) > 0.93


def test_arms_and_neck_are_not_the_shirt():
    picture = Image.fromarray(plain((210, 214, 205)))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((105, 20, 135, 90), fill=SKIN)
    pen.rectangle((60, 105, 84, 240), fill=SKIN)
    pen.rectangle((156, 105, 180, 240), fill=SKIN)
    shirt, truth = drawn(np.asarray(picture), (30, 110, 90), SHIRT)
    found = garment_mask(shirt, GARMENT)
    assert agreement(found, truth, GARMENT) > 0.85


def test_a_garment_of_the_colour_of_skin_is_kept():
    picture, truth = drawn(plain((120, 130, 140)), SKIN, SHIRT)
    assert agreement(garment_mask(picture, GARMENT), truth, GARMENT) > 0.93


def test_skin_coloured_stripes_all_over_are_cloth():
    tall = np.zeros((SIZE[1], SIZE[0], 3), dtype=np.uint8)
    tall[:] = (30, 110, 90)
    tall[::12], tall[1::12], tall[2::12] = SKIN, SKIN, SKIN
    picture = plain((235, 235, 240))
    picture[60:240, 60:180] = tall[60:240, 60:180]
    assert garment_mask(picture, GARMENT).mask.mean() > 0.9


def test_white_on_white_leaves_the_middle_of_the_box():
    picture = plain((252, 252, 252))
    found = garment_mask(picture, GARMENT)
    high, wide = found.mask.shape
    assert found.mask[high // 2, wide // 2]
    assert 0.3 < found.mask.mean() <= 1.0


def test_crop_mask_and_lab_have_one_shape_and_the_long_side_is_kept():
    picture, _ = drawn(checkered_bed(), (40, 60, 120), SHIRT)
    found = garment_mask(np.kron(picture, np.ones((4, 4, 1), dtype=np.uint8)), GARMENT)
    assert found.crop.shape == found.lab.shape == (*found.mask.shape, 3)
    assert found.mask.dtype == np.bool_
    assert max(found.mask.shape) == LONG_SIDE


@pytest.mark.parametrize("box", [Box(0.98, 0.98, 0.02, 0.02), Box(0, 0, 1e-6, 1e-6), Box(1.0, 1.0, 0.0, 0.0)])
def test_a_box_at_the_edge_of_nothing_gives_a_mask_that_is_not_empty(box):
    assert garment_mask(plain((10, 20, 30)), box).mask.any()


def test_the_same_picture_always_gives_the_same_mask():
    picture, _ = drawn(checkered_bed(), (40, 60, 120), SHIRT)
    np.testing.assert_array_equal(garment_mask(picture, GARMENT).mask, garment_mask(picture.copy(), GARMENT).mask)


def test_a_well_lit_picture_needs_no_light_and_a_dim_one_does():
    bright, _ = drawn(plain((250, 250, 250)), (40, 60, 120), SHIRT)
    dim, _ = drawn(plain((170, 170, 170)), (40, 60, 120), SHIRT)
    assert garment_mask(bright, GARMENT).light == 1.0
    assert 1.5 < garment_mask(dim, GARMENT).light < 2.2
