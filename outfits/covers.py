"""An outfit's cover: its pieces on a plain ground, as they lie on the canvas. Pixels in, pixels out; no Django here."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

import mlcore.images
from mlcore.cutouts import Cutout
from mlcore.types import Pixels
from outfits.canvas import Place, height_of

WIDTH, HEIGHT = 600, 800
GROUND: Final = (250, 249, 246)  # off-white: a white shirt still shows on it
_QUALITY = 88


@dataclass(frozen=True, slots=True)
class Drawn:
    """A piece's picture and its frame. `aspect`: the frame's height by its width, in pixels."""

    picture: Cutout
    place: Place
    aspect: float


def compose(pieces: Iterable[Drawn]) -> Pixels:
    """uint8 (800, 600, 3). Pieces come in any order, the lowest layer is drawn first; of equal ones the first given."""
    canvas = Image.new("RGBA", (WIDTH, HEIGHT), (*GROUND, 255))
    for piece in sorted(pieces, key=lambda piece: piece.place.layer):
        _draw(canvas, piece)
    return np.asarray(canvas.convert("RGB"), np.uint8)


def encode(cover: Pixels) -> bytes:
    """WebP."""
    return mlcore.images.encode_webp(cover, long_side=HEIGHT, quality=_QUALITY)


def opaque(pixels: Pixels) -> Cutout:
    """A picture without transparency as one with it."""
    return np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])


def read_cut_out(data: bytes) -> Cutout:
    """Of a WebP with transparency. Raises mlcore.images.Unreadable."""
    try:
        with Image.open(io.BytesIO(data), formats=["WEBP"]) as picture:
            return np.asarray(picture.convert("RGBA"), np.uint8)
    except (OSError, ValueError, SyntaxError, EOFError) as error:  # half a file, of a writer that was killed
        raise mlcore.images.Unreadable("not a cut-out") from error


def _draw(canvas: Image.Image, piece: Drawn) -> None:
    place = piece.place
    wide, high = place.width * WIDTH, height_of(place.width, piece.aspect) * HEIGHT
    centre = place.x * WIDTH + wide / 2, place.y * HEIGHT + high / 2
    rows, columns = piece.picture.shape[:2]
    scale = min(wide / columns, high / rows)
    size = max(1, round(columns * scale)), max(1, round(rows * scale))
    picture = Image.fromarray(piece.picture)
    if size != picture.size:  # what is transparent lends no colour: Pillow weighs by alpha
        picture = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    if place.rotation:
        picture = picture.rotate(-place.rotation, Image.Resampling.BICUBIC, expand=True)  # Pillow's go the other way
    left, top = round(centre[0] - picture.width / 2), round(centre[1] - picture.height / 2)
    shown = _overlap(left, picture.width, WIDTH), _overlap(top, picture.height, HEIGHT)
    if shown[0].start < shown[0].stop and shown[1].start < shown[1].stop:
        part = picture.crop((shown[0].start, shown[1].start, shown[0].stop, shown[1].stop))
        canvas.alpha_composite(part, (left + shown[0].start, top + shown[1].start))


def _overlap(start: int, length: int, side: int) -> range:
    """Which of a picture's pixels lie on the canvas."""
    return range(max(0, -start), min(length, side - start))
