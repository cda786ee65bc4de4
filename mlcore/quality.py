"""How useful a garment's picture is to look at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mlcore.palette import lab_of
from mlcore.types import Box, Pixels

_LEAST = 0.02
"""No factor is 0, so that two ruined pictures still have an order."""

_DETAIL_SIDE = 256  # sharpness is judged at about the size at which a garment is shown in a list
_LIGHT_SIDE = 64
_EDGE_SHARE = 0.1

Grey = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Quality:
    """Five factors, each near 0 (useless) to 1 (nothing to wish for)."""

    sharpness: float
    """How steep the crop's edges are; cloth without any print is judged by its outline."""
    exposure: float
    """Whether the garment has light, and detail left in its lights and shadows."""
    resolution: float
    """How large the crop is in original pixels."""
    completeness: float
    """How little of the garment the picture's frame cuts off."""
    certainty: float
    """How sure the detector is that it is a garment at all."""

    @property
    def overall(self) -> float:
        """The geometric mean: one ruined factor ruins the picture, whatever the others are."""
        factors = (self.sharpness, self.exposure, self.resolution, self.completeness, self.certainty)
        return float(np.prod(factors) ** (1 / len(factors)))


def quality(pixels: Pixels, box: Box, score: float) -> float:
    """`assess(...).overall`: 0..1."""
    return assess(pixels, box, score).overall


def assess(pixels: Pixels, box: Box, score: float) -> Quality:
    """The factors of one garment. `score`: the detector's, 0..1."""
    crop = _crop(pixels, box)
    return Quality(
        sharpness=_sharpness(_grey(crop)),
        exposure=_exposure(crop, pixels),
        resolution=_ramp(float(np.sqrt(crop.shape[0] * crop.shape[1])), 16, 256),
        completeness=_completeness(box),
        certainty=_ramp(score, 0.0, 0.8),
    )


def _ramp(value: float, low: float, high: float) -> float:
    """_LEAST at `low` and below, 1 at `high` and above, straight between."""
    return float(np.clip((value - low) / (high - low), _LEAST, 1.0))


def _crop(pixels: Pixels, box: Box) -> Pixels:
    height, width = pixels.shape[:2]
    left, top = min(int(box.x * width), width - 1), min(int(box.y * height), height - 1)
    right, bottom = round((box.x + box.width) * width), round((box.y + box.height) * height)
    return pixels[top : max(bottom, top + 1), left : max(right, left + 1)]


def _grey(crop: Pixels) -> Grey:
    """The crop's brightness, shrunk to about _DETAIL_SIDE but never enlarged."""
    step = max(1, max(crop.shape[:2]) // (2 * _DETAIL_SIDE))  # a large crop is thinned first, for speed
    thin = Image.fromarray(np.ascontiguousarray(crop[::step, ::step])).convert("L")
    return np.asarray(thin.reduce(max(1, round(max(thin.size) / _DETAIL_SIDE))), dtype=np.float32)


def _sharpness(grey: Grey) -> float:
    """The Laplacian at the crop's strongest edges, relative to their gradient.

    The variance of the Laplacian alone calls a plain black coat blurred and a blurred check sharp; divided by the
    gradient it is free of contrast, and for an edge of width sigma it falls as 1 / sigma.
    """
    if min(grey.shape) < 5:
        return _LEAST
    across, down = (grey[1:-1, 2:] - grey[1:-1, :-2]) / 2, (grey[2:, 1:-1] - grey[:-2, 1:-1]) / 2
    gradient = np.hypot(across, down)
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * grey[1:-1, 1:-1]
    count = max(1, int(gradient.size * _EDGE_SHARE))
    edges = np.argpartition(gradient, -count, axis=None)[-count:]
    steepness = float(gradient.ravel()[edges].mean())
    if steepness < 1.0:  # of 255: nothing but noise and gradients of light
        return _LEAST
    return _ramp(float(np.abs(laplacian.ravel()[edges]).mean()) / steepness, 0.15, 1.1)


def _exposure(crop: Pixels, pixels: Pixels) -> float:
    """Light in the picture times detail left in the crop.

    Light is that of the whole picture's brightest twentieth, because a black coat is dark in the best of pictures.
    """
    picture, garment = _lightness(pixels), _lightness(crop)
    light = _ramp(float(np.percentile(picture, 95)), 15, 65)
    clipped = float((garment > 99.5).mean())
    drowned = float((garment < 3).mean())
    haze = _ramp(float(np.percentile(picture, 95) - np.percentile(picture, 5)), 0, 25)
    return max(_LEAST, light * haze * (1 - max(clipped, drowned) ** 2))


def _lightness(pixels: Pixels) -> Grey:
    step = max(1, max(pixels.shape[:2]) // _LIGHT_SIDE)
    return np.asarray(lab_of(pixels[::step, ::step])[..., 0], dtype=np.float32)


def _completeness(box: Box) -> float:
    """1 without contact to the frame; a third less for each side of the picture that the box runs along."""
    near = 0.005
    right, bottom = box.x + box.width, box.y + box.height
    sides = sum((box.x < near, box.y < near, right > 1 - near, bottom > 1 - near))
    return float((2 / 3) ** sides)
