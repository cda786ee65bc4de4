"""Cut-outs: drawn garments whose true outline is known, lying and worn."""

from __future__ import annotations

import hashlib
import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from catalog.drawn import Wish, draw_look, draw_product
from mlcore import cutouts, masks
from mlcore.cutouts import NothingStandsOut, cut_out, encode_webp, saliency
from mlcore.manifest import model
from mlcore.types import WHOLE_PICTURE, Box, Category, Pixels

DRESS = draw_product(5, category=Category.DRESSES, background="paper", size=(360, 480))


def garment_on(ground: tuple[int, int, int], cloth: tuple[int, int, int]) -> tuple[Pixels, NDArray[np.bool_]]:
    """A shirt with sleeves, 400 × 400, and the truth about its pixels."""
    pixels = np.full((400, 400, 3), ground, np.uint8)
    truth = np.zeros((400, 400), bool)
    truth[100:320, 140:260] = truth[100:160, 80:320] = True
    pixels[truth] = cloth
    grain = np.random.default_rng(1).normal(0, 3, (400, 400, 1))
    return np.clip(pixels + grain, 0, 255).astype(np.uint8), truth


def test_a_garment_stands_free_and_keeps_its_colours() -> None:
    pixels, truth = garment_on((225, 220, 210), (40, 70, 150))
    made = cut_out(pixels, Box(0.2, 0.25, 0.6, 0.55))
    solid = made[..., 3] > 128
    wanted = truth[100:320, 80:320]
    found = np.zeros(wanted.shape, bool)
    top, left = (220 - solid.shape[0]) // 2, (240 - solid.shape[1]) // 2
    assert abs(solid.shape[0] - 220) <= 6
    assert abs(solid.shape[1] - 240) <= 6
    part = found[max(top, 0) : max(top, 0) + solid.shape[0], max(left, 0) : max(left, 0) + solid.shape[1]]
    part[:] = solid[: part.shape[0], : part.shape[1]]

    assert (found & wanted).sum() / (found | wanted).sum() > 0.9
    assert np.abs(made[solid][:, :3].mean(axis=0) - (40, 70, 150)).max() < 6


def test_a_drawn_dress_is_cut_from_its_paper() -> None:
    made = cut_out(DRESS.pixels, DRESS.garments[0].box)

    assert made.dtype == np.uint8
    assert made.shape[2] == 4
    assert made[0, 0, 3] < 128
    assert 0.3 < (made[..., 3] > 128).mean() < 0.95


def test_it_is_the_same_every_time() -> None:
    again = cut_out(DRESS.pixels, DRESS.garments[0].box)

    assert np.array_equal(cut_out(DRESS.pixels, DRESS.garments[0].box), again)


def test_of_a_dressed_figure_the_garment_is_cut_and_not_the_figure() -> None:
    look = draw_look(
        4,
        wishes=[
            Wish(category=Category.TOPS, colour="red", pattern="solid"),
            Wish(category=Category.TROUSERS, colour="black"),
        ],
        size=(360, 540),
    )
    top = next(garment for garment in look.garments if garment.category == Category.TOPS)

    made = cut_out(look.pixels, top.box)
    solid = made[made[..., 3] > 128][:, :3].astype(int)

    red = (solid[:, 0] > solid[:, 1] + 40) & (solid[:, 0] > solid[:, 2] + 40)
    assert red.mean() > 0.85


def test_a_large_box_gives_a_cut_out_of_at_most_1024_pixels() -> None:
    large = np.asarray(Image.fromarray(DRESS.pixels).resize((1800, 2400)))

    assert max(cut_out(large, DRESS.garments[0].box).shape[:2]) in range(900, cutouts.LONG_SIDE + 1)


def test_half_transparent_pixels_do_not_show_the_ground() -> None:
    pixels, _ = garment_on((250, 250, 250), (20, 20, 20))
    unsharp = np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(4)))
    made = cut_out(unsharp, Box(0.2, 0.25, 0.6, 0.55))
    half = made[(made[..., 3] > 60) & (made[..., 3] < 200)]

    assert len(half) > 100
    assert half[:, :3].mean() < 120


@pytest.mark.parametrize("shape", [(1, 4000), (4000, 1), (16, 16), (2, 3)])
def test_odd_shapes_end_in_a_cut_out_or_in_none(shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    for box in (WHOLE_PICTURE, Box(0.999, 0.999, 0.001, 0.001), Box(0.0, 0.0, 1e-9, 1e-9)):
        try:
            made = cut_out(pixels, box)
        except NothingStandsOut:
            continue
        assert max(made.shape[:2]) <= cutouts.LONG_SIDE


def test_what_the_network_overlooks_is_cut_by_its_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutouts, "saliency", lambda pixels: np.zeros(pixels.shape[:2], np.float32))
    pixels, truth = garment_on((225, 220, 210), (40, 70, 150))
    made = cut_out(pixels, Box(0.2, 0.25, 0.6, 0.55))

    assert (made[..., 3] > 128).sum() == pytest.approx(truth.sum(), rel=0.1)


def test_where_nothing_stands_out_nothing_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutouts, "matte", lambda pixels, box: (pixels, np.full(pixels.shape[:2], 0.01, np.float32)))

    with pytest.raises(NothingStandsOut):
        cut_out(DRESS.pixels, DRESS.garments[0].box)


def test_the_webp_keeps_every_alpha_value() -> None:
    made = cut_out(DRESS.pixels, DRESS.garments[0].box)
    with Image.open(io.BytesIO(encode_webp(made))) as picture:
        assert picture.format == "WEBP"
        assert np.array_equal(np.asarray(picture.getchannel("A")), made[..., 3])


def test_the_network_is_fed_as_its_authors_feed_it() -> None:
    """Divided by the picture's brightest value, then ImageNet's mean and deviation, squeezed to 320 pixels."""
    pixels = (DRESS.pixels // 2).astype(np.uint8)
    small = np.asarray(Image.fromarray(pixels).resize((320, 320), Image.Resampling.BICUBIC)).astype(np.float64)
    fed = (small / small.max() - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
    raw = cutouts._network().run(fed.transpose(2, 0, 1)[None].astype(np.float32))[0, 0]
    wanted = (raw - raw.min()) / (raw.max() - raw.min())
    wanted = np.asarray(Image.fromarray(wanted).resize(pixels.shape[1::-1], Image.Resampling.BICUBIC))

    assert np.abs(saliency(pixels) - wanted.clip(0, 1)).max() < 2e-3


def test_the_weights_are_the_published_ones() -> None:
    entry = model("cut-out")
    entry.check()

    assert hashlib.md5(entry.path.read_bytes()).hexdigest() == "8e83ca70e441ab06c318d82300c84806"  # as rembg names it


def test_skin_below_a_worn_top_is_left_out() -> None:
    scene = np.full((300, 200, 3), (120, 130, 120), np.uint8)
    seen = np.zeros((300, 200), np.float32)
    seen[20:280, 60:140] = 1
    scene[20:280, 60:140] = (200, 150, 120)  # a figure
    scene[80:180, 60:140] = (30, 60, 160)  # its top
    mask = masks.worn_mask(scene, (slice(80, 200), slice(55, 145)), seen)  # the box reaches below the top

    rows = mask.shape[0]
    assert mask[: int(rows * 0.75), mask.shape[1] // 4 : -mask.shape[1] // 4].mean() > 0.97
    assert mask[int(rows * 0.9) :].mean() < 0.05
