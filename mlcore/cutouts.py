"""A garment without its background: its part of the picture with an alpha channel.

U²-Net (Qin et al., 2020, the small variant) says what stands out in the box and around it. If next to nothing stands
out around the box, that is the garment. If something does, the garment is worn, and what stands out is its wearer:
then colours decide which part of them is the garment (`masks.worn_mask`). Compared in docs/models.md, "Cut-outs".
"""

from __future__ import annotations

import functools
import io
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mlcore.engine import Model
from mlcore.manifest import model
from mlcore.masks import garment_mask, worn_mask
from mlcore.types import Box, Pixels

Plane = NDArray[np.float32]
Cutout = NDArray[np.uint8]
"""(height, width, 4): red, green, blue, alpha."""

LONG_SIDE: Final = 1024  # of a cut-out, in pixels
AROUND: Final = 0.15  # of the box's sides, shown to the network around it
WORN: Final = 0.03  # of all that stands out lies outside the box; lying garments: .000 to .008, worn ones: .04 to .23
UNSEEN: Final = 0.2  # of the box stands out: the network looks at something else, and colours and place decide alone
LEAST: Final = 0.05  # of the box is covered, or nothing was made out
_QUALITY = 85  # of the WebP's colours; its alpha is lossless


class NothingStandsOut(Exception):
    """The garment cannot be told from what is around it."""


def cut_out(pixels: Pixels, box: Box) -> Cutout:
    """The garment in `box`, cropped to what is not transparent, long side at most LONG_SIDE.

    Raises NothingStandsOut, and ModelMissing.
    """
    crop, alpha = matte(pixels, box)
    if float(alpha.mean()) < LEAST:
        raise NothingStandsOut("the garment does not stand out from what is around it")
    colours = _without_background(crop, alpha, radius=max(2, max(alpha.shape) // 60))
    return _trimmed(np.dstack([colours, np.rint(alpha * 255).astype(np.uint8)]))


def matte(pixels: Pixels, box: Box) -> tuple[Pixels, Plane]:
    """The picture in `box`, long side at most LONG_SIDE, and how much of each pixel is the garment, 0..1."""
    scene, (rows, columns) = scene_of(pixels, box)
    seen = saliency(scene)
    crop, alpha = scene[rows, columns], seen[rows, columns]
    side = max(alpha.shape)
    grey = np.asarray(Image.fromarray(crop).convert("L"), np.float32) * np.float32(1 / 255)
    unseen = float(alpha.mean()) < UNSEEN
    if unseen or float(alpha.sum()) < (1 - WORN) * float(seen.sum()):
        mask = garment_mask(pixels, box).mask if unseen else worn_mask(scene, (rows, columns), seen)
        alpha = np.ones_like(alpha) if unseen else alpha
        edges = _guided(grey, _resized(mask.astype(np.float32), crop.shape), radius=max(2, side // 60), epsilon=1e-3)
        alpha = alpha * np.clip((edges - 0.25) / 0.5, 0, 1)
    else:
        edges = _guided(grey, alpha, radius=max(2, side // 80), epsilon=1e-4)
        alpha = np.clip((edges - 0.08) / 0.84, 0, 1)
    return crop, alpha


def encode_webp(cutout: Cutout) -> bytes:
    out = io.BytesIO()
    Image.fromarray(cutout).save(out, "WEBP", quality=_QUALITY, method=4)
    return out.getvalue()


def saliency(pixels: Pixels) -> Plane:
    """How much each pixel stands out, 0..1, float32 of the picture's height and width. Raises ModelMissing."""
    network, entry = _network(), model("cut-out")
    side = entry.input_size
    small = np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC), np.float32)
    # As in its training: the brightest value of a picture counts as white.
    stretched = small.transpose(2, 0, 1) * (255 / max(float(small.max()), 1.0))
    found = network.run(np.asarray(((stretched - entry.mean) / entry.std)[None], np.float32))[0, 0]
    least, most = float(found.min()), float(found.max())
    scaled = (found - least) / max(most - least, 1e-6)
    return np.clip(_resized(np.asarray(scaled, np.float32), pixels.shape, Image.Resampling.BICUBIC), 0, 1)


@functools.cache
def _network() -> Model:
    entry = model("cut-out")
    entry.check()
    return Model(entry.path)


def scene_of(pixels: Pixels, box: Box) -> tuple[Pixels, tuple[slice, slice]]:
    """The box and AROUND of it, made so small that the box is no longer than LONG_SIDE; the box's rows and columns."""
    high, wide = pixels.shape[:2]
    left, right = _span(box.x, box.width, wide)
    top, bottom = _span(box.y, box.height, high)
    aside, above = AROUND * (right - left), AROUND * (bottom - top)
    x0, x1 = max(0, int(left - aside)), min(wide, int(np.ceil(right + aside)))
    y0, y1 = max(0, int(top - above)), min(high, int(np.ceil(bottom + above)))
    scale = min(1.0, LONG_SIDE / max(right - left, bottom - top))
    scene = np.ascontiguousarray(pixels[y0:y1, x0:x1])
    if scale < 1:
        size = max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale))
        scene = np.asarray(Image.fromarray(scene).resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0))

    def part(start: int, stop: int, offset: int, most: int) -> slice:
        first = min(most - 1, round((start - offset) * scale))
        return slice(first, max(first + 1, min(most, first + LONG_SIDE, round((stop - offset) * scale))))

    return scene, (part(top, bottom, y0, scene.shape[0]), part(left, right, x0, scene.shape[1]))


def _span(start: float, length: float, side: int) -> tuple[int, int]:
    """First and behind the last pixel; at least one."""
    first = min(max(0, round(start * side)), side - 1)
    return first, max(first + 1, min(side, round((start + length) * side)))


def _resized(plane: Plane, shape: tuple[int, ...], how: Image.Resampling = Image.Resampling.BILINEAR) -> Plane:
    return np.asarray(Image.fromarray(plane).resize((shape[1], shape[0]), how), np.float32)


def _guided(guide: Plane, plane: Plane, *, radius: int, epsilon: float) -> Plane:
    """The guided filter (He et al., 2010): `plane` with the edges of `guide`."""
    guides, planes = _mean(guide, radius), _mean(plane, radius)
    together = _mean(np.asarray(guide * plane, np.float32), radius) - guides * planes
    variance = _mean(guide * guide, radius) - guides * guides
    slope = np.asarray(together / (variance + epsilon), np.float32)
    offset = np.asarray(planes - slope * guides, np.float32)
    return np.asarray(np.clip(_mean(slope, radius) * guide + _mean(offset, radius), 0, 1), np.float32)


def _mean(plane: Plane, radius: int) -> Plane:
    """Of the (2 * radius + 1) squared pixels around each."""
    size = 2 * radius + 1
    sums = np.pad(plane.astype(np.float64), radius, mode="edge")
    for axis in (0, 1):
        sums = np.cumsum(sums, axis=axis)
        behind, before = sums.take(range(size, sums.shape[axis]), axis), sums.take(range(sums.shape[axis] - size), axis)
        sums = np.concatenate([sums.take([size - 1], axis), behind - before], axis)
    return np.asarray(sums / size**2, np.float32)


def _without_background(crop: Pixels, alpha: Plane, *, radius: int) -> Pixels:
    """Half transparent pixels take their colour from the garment beside them: a rim of floor shows on other grounds."""
    weight = np.maximum(_mean(alpha, radius), 1e-3)
    planes = [crop[..., channel].astype(np.float32) for channel in range(3)]
    garment = np.dstack([_mean(np.asarray(plane * alpha, np.float32), radius) / weight for plane in planes])
    mixed = garment + (np.dstack(planes) - garment) * alpha[..., None]
    return np.clip(np.where(alpha[..., None] > 0.97, crop, mixed), 0, 255).astype(np.uint8)


def _trimmed(cutout: Cutout) -> Cutout:
    there = cutout[..., 3] > 8
    rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    return np.ascontiguousarray(cutout[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
