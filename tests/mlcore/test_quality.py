"""Quality: whatever spoils a picture lowers its number."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from mlcore.quality import Quality, assess, quality
from mlcore.types import WHOLE_PICTURE, Box

BOX = Box(0.25, 0.2, 0.5, 0.6)
SURE = 0.9


def scene(cloth: str, background: str, *, scale: int = 2) -> Image.Image:
    """A shirt with buttons and a pocket on a floor with boards; drawn four times as large, then reduced."""
    wide, high, big = 240 * scale, 300 * scale, 4 * scale
    picture = Image.new("RGB", (wide * 4, high * 4), background)
    pen = ImageDraw.Draw(picture)
    for left in range(0, 240, 40):
        pen.line((left * big, 0, left * big, high * 4), fill="#3a2a20", width=big)
    shirt = [(90, 60), (150, 60), (180, 110), (160, 120), (155, 240), (85, 240), (80, 120), (60, 110)]
    pen.polygon([(x * big, y * big) for x, y in shirt], fill=cloth)
    for y in range(80, 240, 30):
        pen.ellipse((118 * big, y * big, 122 * big, (y + 4) * big), fill="#888888")
    pen.rectangle((130 * big, 110 * big, 150 * big, 135 * big), outline="#666666", width=big)
    grain = np.random.default_rng(5).normal(0, 2, (high, wide, 1))
    return Image.fromarray(np.clip(np.asarray(picture.reduce(4)) + grain, 0, 255).astype(np.uint8))


SCENES = {
    "blue on wood": scene("#2f62b5", "#b08a5a"),
    "black on a bright bed": scene("#16161a", "#e4dfd6"),
    "white on stone": scene("#f2f2f0", "#8d8f92"),
}

SPOILT: dict[str, Callable[[Image.Image], Image.Image]] = {
    "blurred": lambda p: p.filter(ImageFilter.GaussianBlur(2)),
    "dark": lambda p: ImageEnhance.Brightness(p).enhance(0.3),
    "overexposed": lambda p: ImageEnhance.Brightness(p).enhance(3.0),
    "hazy": lambda p: ImageEnhance.Contrast(p).enhance(0.12),
    "tiny": lambda p: p.reduce(8),
}


def of(picture: Image.Image, box: Box = BOX, score: float = SURE) -> Quality:
    return assess(np.asarray(picture), box, score)


@pytest.mark.parametrize("name", list(SCENES))
def test_a_good_picture_is_good_in_every_way(name):
    found = of(SCENES[name])
    assert min(found.sharpness, found.exposure, found.resolution, found.completeness, found.certainty) > 0.7
    assert found.overall > 0.85


@pytest.mark.parametrize("spoil", list(SPOILT))
@pytest.mark.parametrize("name", list(SCENES))
def test_a_spoilt_copy_ranks_clearly_below_the_original(name, spoil):
    assert of(SPOILT[spoil](SCENES[name])).overall < of(SCENES[name]).overall - 0.015


@pytest.mark.parametrize("name", list(SCENES))
def test_more_blur_is_less_sharp_and_touches_nothing_else(name):
    found = [of(SCENES[name].filter(ImageFilter.GaussianBlur(radius))) for radius in (0, 1, 2, 4)]
    sharpness = [one.sharpness for one in found]
    assert sharpness == sorted(sharpness, reverse=True)
    assert sharpness[0] > 3 * sharpness[2]
    assert {(one.resolution, one.completeness, one.certainty) for one in found} == {(1.0, 1.0, 1.0)}


def test_a_cut_off_garment_ranks_below_a_whole_one():
    picture = SCENES["blue on wood"]
    whole = of(picture)
    cut = picture.crop((0, 180, picture.width, picture.height))
    assert of(cut, Box(0.25, 0.0, 0.5, 0.7)).completeness == pytest.approx(2 / 3)
    assert of(cut, Box(0.25, 0.0, 0.5, 0.7)).overall < whole.overall


def test_each_side_of_the_frame_costs_a_third():
    picture = SCENES["blue on wood"]
    assert of(picture, WHOLE_PICTURE).completeness == pytest.approx((2 / 3) ** 4)


def test_an_unsure_detection_ranks_below_a_sure_one():
    overall = [of(SCENES["blue on wood"], score=score).overall for score in (0.05, 0.3, 0.6, 0.8)]
    assert overall == sorted(overall)
    assert len(set(overall)) == 4


def test_overall_is_the_geometric_mean():
    assert Quality(1.0, 1.0, 1.0, 1.0, 0.5).overall == pytest.approx(0.5**0.2)
    assert Quality(0.02, 1.0, 1.0, 1.0, 1.0).overall < 0.5


def test_quality_is_the_overall_of_assess():
    pixels = np.asarray(SCENES["blue on wood"])
    assert quality(pixels, BOX, SURE) == assess(pixels, BOX, SURE).overall


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (4, 4)])
@pytest.mark.parametrize("value", [0, 128, 255])
def test_the_smallest_and_the_emptiest_pictures_have_a_low_quality(size, value):
    blank = np.full((*size, 3), value, dtype=np.uint8)
    for box in (WHOLE_PICTURE, Box(1.0, 1.0, 0.0, 0.0)):
        assert 0.0 < quality(blank, box, 0.0) < 0.2
