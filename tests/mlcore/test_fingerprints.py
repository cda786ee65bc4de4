"""Copies of a picture are known, other pictures are not taken for them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from catalog.drawn import draw_look, draw_product
from mlcore.fingerprints import fingerprint, same_picture
from mlcore.types import Pixels


def drawn(seed: int) -> Pixels:
    make = draw_look if seed % 2 else draw_product
    return np.asarray(Image.open(io.BytesIO(make(seed).jpeg())).convert("RGB"))


def copy(pixels: Pixels, scale: float, quality: int, kind: str = "JPEG") -> Pixels:
    picture = Image.fromarray(pixels)
    picture = picture.resize((round(picture.width * scale), round(picture.height * scale)))
    data = io.BytesIO()
    picture.save(data, kind, quality=quality)
    return np.asarray(Image.open(data).convert("RGB"))


@pytest.mark.parametrize(("scale", "quality", "kind"), [(1.0, 50, "JPEG"), (0.5, 80, "JPEG"), (0.75, 70, "WEBP")])
def test_a_copy_at_another_size_quality_or_format_is_the_same_picture(scale: float, quality: int, kind: str) -> None:
    for seed in range(900, 912):
        pixels = drawn(seed)
        assert same_picture(fingerprint(pixels), fingerprint(copy(pixels, scale, quality, kind))), seed


def test_two_photographs_are_two() -> None:
    """Plain garments on white may share a silhouette; search asks for the same colour and likeness as well."""
    prints = [fingerprint(drawn(seed)) for seed in range(901, 961, 2)]
    same = [(i, j) for i in range(30) for j in range(i) if same_picture(prints[i], prints[j])]
    assert same == []


def test_a_fingerprint_is_64_hex_digits_and_an_unknown_one_is_like_none() -> None:
    flat = fingerprint(np.full((40, 30, 3), 200, np.uint8))
    assert flat == "0" * 64
    assert same_picture(flat, flat)
    assert not same_picture("", "")
    assert not same_picture(flat, "")
