"""Colours: the conversions and the difference against published values, names, and what drawn garments are called."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from mlcore.colours import LEAST_SHARE, MOST_COLOURS, dominant_colours
from mlcore.masks import garment_mask
from mlcore.palette import BASE_COLOURS, PROTOTYPES, delta_e, hex_of, lab_of, lit, lookup, name_of, rgb_of
from mlcore.types import Box, Colour, Pixels

GARMENT = Box(0.25, 0.2, 0.5, 0.6)

# Sharma, Wu, Dalal (2005), table 1: the pairs that catch the usual mistakes (hue wrap-around, the rotation term, grey).
PUBLISHED = [
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, 3.1571, -77.2803), (50.0, 0.0, -82.7485), 2.8615),
    ((50.0, 2.8361, -74.0200), (50.0, 0.0, -82.7485), 3.4412),
    ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0000),
    ((50.0, -1.1848, -84.8006), (50.0, 0.0, -82.7485), 1.0000),
    ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
    ((50.0, 2.4900, -0.0010), (50.0, -2.4900, 0.0009), 7.1792),
    ((50.0, 2.4900, -0.0010), (50.0, -2.4900, 0.0011), 7.2195),
    ((50.0, -0.0010, 2.4900), (50.0, 0.0009, -2.4900), 4.8045),
    ((50.0, 2.5, 0.0), (50.0, 0.0, -2.5), 4.3065),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((50.0, 2.5, 0.0), (50.0, 3.1736, 0.5854), 1.0000),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


def photograph(background: str, paint: str | NDArray[np.uint8], *, noise: float = 3.0) -> Pixels:
    """A garment of one colour or of a pattern (uint8, (180, 120, 3)) in the box GARMENT, 240 × 300, with some grain."""
    picture = Image.new("RGB", (240, 300), background)
    cloth = Image.new("RGB", (120, 180), paint) if isinstance(paint, str) else Image.fromarray(paint)
    outline = Image.new("L", cloth.size, 0)
    ImageDraw.Draw(outline).rounded_rectangle((6, 4, 114, 176), radius=14, fill=255)
    picture.paste(cloth, (60, 60), outline)
    return grainy(picture, noise)


def grainy(picture: Image.Image, noise: float) -> Pixels:
    grain = np.random.default_rng(7).normal(0, noise, (picture.height, picture.width, 1))
    return np.clip(np.asarray(picture) + grain, 0, 255).astype(np.uint8)


def colours(pixels: Pixels, box: Box = GARMENT) -> tuple[Colour, ...]:
    return dominant_colours(garment_mask(pixels, box))


def names(pixels: Pixels, box: Box = GARMENT) -> list[str]:
    return [colour.name for colour in colours(pixels, box)]


def stripes(one: str, two: str, *, period: int = 24) -> NDArray[np.uint8]:
    picture = Image.new("RGB", (120, 180), one)
    pen = ImageDraw.Draw(picture)
    for top in range(0, 180, period):
        pen.rectangle((0, top, 119, top + period // 2 - 1), fill=two)
    return np.asarray(picture)


def folds(colour: str, *, depth: float) -> NDArray[np.uint8]:
    """Cloth whose linear light falls by `depth` (0..1) in the folds."""
    wave = 1 - depth * (0.5 + 0.5 * np.sin(np.arange(120) / 6.0)) ** 3
    linear = (np.asarray(Image.new("RGB", (120, 180), colour)) / 255) ** 2.2 * wave[None, :, None]
    return np.asarray(np.rint(linear ** (1 / 2.2) * 255), dtype=np.uint8)


@pytest.mark.parametrize(("first", "second", "expected"), PUBLISHED)
def test_delta_e_is_the_published_one_in_both_directions(first, second, expected):
    assert float(delta_e(first, second)) == pytest.approx(expected, abs=5e-5)
    assert float(delta_e(second, first)) == pytest.approx(expected, abs=5e-5)


def test_delta_e_broadcasts():
    ours, theirs = np.array([p[0] for p in PUBLISHED]), np.array([p[1] for p in PUBLISHED])
    all_pairs = delta_e(ours[:, None], theirs[None])
    assert all_pairs.shape == (len(PUBLISHED), len(PUBLISHED))
    np.testing.assert_allclose(np.diag(all_pairs), [p[2] for p in PUBLISHED], atol=5e-5)


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [
        ((255, 255, 255), (100.0, 0.0, 0.0)),
        ((0, 0, 0), (0.0, 0.0, 0.0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 255, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
    ],
)
def test_lab_of_known_colours(rgb, lab):
    np.testing.assert_allclose(lab_of(rgb), lab, atol=0.02)


def test_every_tenth_of_srgb_survives_the_way_there_and_back():
    steps = np.arange(0, 256, 15, dtype=np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1)
    np.testing.assert_array_equal(rgb_of(lab_of(cube)), cube)


def test_twice_the_light_doubles_linear_light():
    grey = lab_of((118, 118, 118))
    assert float(lit(grey, 2.0)[0]) == pytest.approx(float(lab_of((162, 162, 162))[0]), abs=0.3)
    np.testing.assert_allclose(lit(grey, 1.0), grey, atol=1e-3)


@pytest.mark.parametrize(
    ("hex_value", "name"),
    [
        ("#000000", "black"),
        ("#ffffff", "white"),
        ("#808080", "grey"),
        ("#ff0000", "red"),
        ("#0000ff", "blue"),
        ("#008000", "green"),
        ("#ffff00", "yellow"),
        ("#ffa500", "orange"),
        ("#000080", "navy"),
        ("#800080", "purple"),
        ("#008080", "teal"),
        ("#800020", "burgundy"),
        ("#f5f5dc", "cream"),
        ("#add8e6", "light blue"),
        ("#ffc0cb", "pink"),
        ("#ff00ff", "fuchsia"),
        ("#808000", "olive"),
        ("#c19a6b", "camel"),
        ("#8b4513", "brown"),
    ],
)
def test_colours_that_everybody_knows_have_their_names(hex_value, name):
    assert name_of(lookup(hex_value)) == name


def test_every_prototype_has_its_own_name():
    for name, values in PROTOTYPES.items():
        assert [name_of(lookup(value)) for value in values] == [name] * len(values)


def test_every_base_colour_leads_to_names_of_the_palette():
    assert {name for names in BASE_COLOURS.values() for name in names} <= set(PROTOTYPES)


def test_lookup_takes_hex_names_and_the_words_of_shops():
    assert hex_of(lookup("#12aB9f")) == "#12ab9f"
    np.testing.assert_array_equal(lookup(" Navy Blue "), lookup("navy"))
    np.testing.assert_array_equal(lookup("maroon"), lookup("burgundy"))


@pytest.mark.parametrize("unknown", ["", "#12345", "#12345g", "123456", "blurple"])
def test_lookup_refuses_what_is_no_colour(unknown):
    with pytest.raises(ValueError, match="not a colour"):
        lookup(unknown)


@pytest.mark.parametrize("name", list(PROTOTYPES))
def test_a_plain_garment_has_the_colour_it_was_drawn_in(name):
    drawn = PROTOTYPES[name][0]
    backdrop = "#7a5c3d" if name not in {"brown", "camel", "khaki"} else "#5d7fa3"
    found = colours(photograph(backdrop, drawn, noise=1.0))
    assert found[0].name == name
    assert found[0].share > 0.8
    assert float(delta_e(lookup(found[0].hex), lookup(drawn))) < 2.0


def test_stripes_give_both_colours_in_about_their_shares():
    found = colours(photograph("#8a8a8a", stripes("#c81e2a", "#f8f8f8")))
    assert {colour.name for colour in found} == {"red", "white"}
    assert all(0.35 < colour.share < 0.65 for colour in found)


def test_a_small_logo_is_no_colour_of_the_garment():
    cloth = Image.new("RGB", (120, 180), "#1d2748")
    ImageDraw.Draw(cloth).rectangle((50, 40, 69, 59), fill="#f5dc3a")
    assert names(photograph("#c9c9c9", np.asarray(cloth))) == ["navy"]


@pytest.mark.parametrize("background", ["#8c6a4a", "#20242c", "#f6f6f6"])
def test_the_folds_of_a_white_shirt_do_not_make_it_grey(background):
    assert names(photograph(background, folds("#f6f6f6", depth=0.5)))[0] == "white"


def test_a_white_shirt_in_poor_light_is_white():
    assert names(photograph("#5a3a28", "#b4b4b2"))[0] == "white"


def test_the_highlights_of_black_leather_do_not_make_it_grey():
    leather = Image.new("RGB", (120, 180), "#151515")
    pen = ImageDraw.Draw(leather)
    for left in range(8, 120, 24):
        pen.line((left, 0, left + 10, 179), fill="#9a9a9a", width=5)
    shiny = np.asarray(leather.filter(ImageFilter.GaussianBlur(3)))
    assert names(photograph("#d8d2c4", shiny))[0] == "black"


def test_shares_fall_names_are_different_and_sum_to_no_more_than_one():
    squares = np.random.default_rng(3).integers(0, 256, (18, 12, 3)).astype(np.uint8)
    found = colours(photograph("#ffffff", np.kron(squares, np.ones((10, 10, 1), dtype=np.uint8))))
    shares = [colour.share for colour in found]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1.0
    assert 1 < len({colour.name for colour in found}) == len(found) <= MOST_COLOURS
    assert all(share >= LEAST_SHARE for share in shares)


def test_the_same_picture_always_gives_the_same_colours():
    picture = photograph("#7a5c3d", stripes("#2f62b5", "#f5dc3a"))
    assert colours(picture) == colours(picture.copy())


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (1, 400), (400, 1)])
def test_the_smallest_pictures_have_a_colour(size):
    picture = np.full((*size, 3), (200, 30, 42), dtype=np.uint8)
    assert names(picture, Box(0.0, 0.0, 1.0, 1.0)) == ["red"]
    assert names(picture, Box(0.4, 0.4, 0.0001, 0.0001)) == ["red"]
