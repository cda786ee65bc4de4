"""What an augmentation may do to a garment, and what never."""

from __future__ import annotations

import numpy as np
import pytest

from mlcore.palette import lab_of
from mlcore.training import augment
from mlcore.types import Box

CLOTH = (40, 90, 170)
SHOP = np.full((240, 180, 3), 255, np.uint8)
SHOP[40:200, 50:130] = CLOTH
BOX = Box(50 / 180, 40 / 240, 80 / 180, 160 / 240)


def hue(pixels: np.ndarray) -> float:
    """Degrees, of the mean colour in the middle."""
    lab = lab_of(pixels[80:112, 80:112].reshape(-1, 3)).mean(axis=0)
    return float(np.degrees(np.arctan2(lab[2], lab[1])))


@pytest.mark.parametrize("strength", [augment.STUDIO, augment.PHONE])
def test_a_square_is_whole_and_follows_from_its_seed(strength):
    one, two = (augment.square(np.random.default_rng(4), SHOP, BOX, 192, strength) for _ in range(2))
    assert (one.shape, one.dtype) == ((192, 192, 3), np.uint8)
    assert np.array_equal(one, two)
    assert not np.array_equal(one, augment.square(np.random.default_rng(5), SHOP, BOX, 192, strength))


def test_phones_never_turn_blue_cloth_into_another_colour():
    plain = augment.Strength(
        **{f: getattr(augment.PHONE, f) for f in augment.PHONE.__slots__} | {"hidden": 0.0, "whole": 0.0}
    )
    before = hue(np.full((192, 192, 3), CLOTH, np.uint8))
    for seed in range(60):
        shown = hue(augment.square(np.random.default_rng(seed), SHOP, BOX, 192, plain))
        assert abs((shown - before + 180) % 360 - 180) < 30


def test_a_white_ground_gives_way_to_a_street_and_the_garment_stays():
    street = np.full((300, 200, 3), (10, 200, 10), np.uint8)
    shown = augment.on_ground(np.random.default_rng(0), SHOP, street)
    assert tuple(shown[5, 5]) == (10, 200, 10)
    assert tuple(shown[120, 90]) == CLOTH


def test_a_white_garment_within_its_outline_is_not_ground():
    shirt = np.full((100, 100, 3), 255, np.uint8)
    shirt[20:80, 20:80] = 120  # its outline
    shirt[25:75, 25:75] = 250
    ground = augment.white_ground(shirt)
    assert ground is not None
    assert (bool(ground[5, 5]), bool(ground[50, 50])) == (True, False)


def test_a_picture_without_a_white_ground_is_left_as_it_is():
    home = np.full((100, 100, 3), 120, np.uint8)
    assert augment.white_ground(home) is None
    assert augment.on_ground(np.random.default_rng(0), home, SHOP) is home


def test_a_detail_lies_within_the_garment():
    for seed in range(50):
        part = augment.detail(np.random.default_rng(seed), BOX)
        assert 0.1 * BOX.area < part.area < 0.6 * BOX.area
        assert part.x >= BOX.x - 1e-9
        assert part.y + part.height <= BOX.y + BOX.height + 1e-9
