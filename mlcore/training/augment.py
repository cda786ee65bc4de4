"""A garment's crop as detectors and phones give it: shifted, tilted, badly lit, blurred, compressed, half hidden.

Colour is what garments are told apart by, so no hue is ever shifted: light changes as lamps change it, by a gain for
all channels and a small one per channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mlcore.types import Box, Pixels

WHITE = 255  # of the square around a crop, as serving pads it
DETAIL = (0.35, 0.75)  # of a garment's sides, seen in a detail view
BACKDROP = 238  # channel value from which a shop's ground counts as white


@dataclass(frozen=True, slots=True)
class Strength:
    """How far a picture may be from what the camera of a studio would give. Probabilities and half ranges."""

    shift: float
    """Of the box's sides: how far a detector's box may be off."""
    tilt: float
    """Of the crop's sides: how far a corner moves in perspective."""
    light: float
    """Standard deviation of the logarithm of the exposure."""
    tint: float
    """Half range of each channel's own gain."""
    street: float
    """Probability that a white ground is replaced."""
    hidden: float
    """Probability that a part is covered."""
    blurred: float
    noisy: float
    compressed: float
    whole: float
    """Probability that the detector found nothing and the whole stored picture is described."""


STUDIO = Strength(0.04, 0.02, 0.10, 0.02, 0.15, 0.05, 0.10, 0.05, 0.3, 0.05)
PHONE = Strength(0.08, 0.10, 0.35, 0.14, 0.65, 0.30, 0.50, 0.35, 0.7, 0.08)


def square(
    dice: np.random.Generator,
    pixels: Pixels,
    box: Box,
    side: int,
    strength: Strength,
    *,
    grounds: Sequence[Pixels] = (),
) -> Pixels:
    """The garment in `box` as uint8 (side, side, 3), centred on white. `grounds`: pictures to take streets from."""
    if grounds and dice.random() < strength.street:
        pixels = on_ground(dice, pixels, grounds[int(dice.integers(len(grounds)))])
    corners, (wide, high) = _frame(dice, pixels, box, side, strength)
    target = np.array([(0, 0), (wide, 0), (wide, high), (0, high)], np.float32)
    if dice.random() < 0.5:
        target = target[[1, 0, 3, 2]]
    small = _shrunk(pixels, corners, side)
    garment = cv2.warpPerspective(
        small[0],
        cv2.getPerspectiveTransform(corners * small[1], target),
        (wide, high),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    garment = as_taken(dice, _partly_hidden(dice, garment, strength, grounds), strength)
    canvas = np.full((side, side, 3), WHITE, np.uint8)
    left, top = (side - wide) // 2, (side - high) // 2
    canvas[top : top + high, left : left + wide] = garment
    return canvas


def detail(dice: np.random.Generator, box: Box) -> Box:
    """A part of the garment, as a shop's detail view shows it: a third to three quarters of each side."""
    wide, high = dice.uniform(*DETAIL, 2) * (box.width, box.height)
    left, top = box.x + dice.random() * (box.width - wide), box.y + dice.random() * (box.height - high)
    return Box(float(left), float(top), float(wide), float(high))


def as_taken(dice: np.random.Generator, pixels: Pixels, strength: Strength) -> Pixels:
    """Light, blur, noise and compression; the picture keeps its shape."""
    high, wide = pixels.shape[:2]
    if dice.random() < strength.blurred:
        if dice.random() < 0.5:
            pixels = cv2.GaussianBlur(pixels, (0, 0), float(dice.uniform(0.4, 1.6)) * max(high, wide) / 224)
        else:
            scale = float(dice.uniform(0.35, 0.8))
            tiny = cv2.resize(
                pixels, (max(8, int(wide * scale)), max(8, int(high * scale))), interpolation=cv2.INTER_AREA
            )
            pixels = cv2.resize(tiny, (wide, high), interpolation=cv2.INTER_LINEAR)
    exposure = np.clip(dice.normal(-0.4, 1.0), -2.2, 1.6)  # too dark more often than too bright
    gain = np.exp(exposure * strength.light) * (1 + dice.uniform(-1, 1, 3) * strength.tint)
    light = np.broadcast_to(gain.astype(np.float32), (1, 1, 3))
    if dice.random() < 2 * strength.light:  # a window at one side
        across = dice.random() < 0.5
        slope = np.linspace(1 - strength.light, 1 + strength.light, wide if across else high, dtype=np.float32)
        slope = slope[::-1] if dice.random() < 0.5 else slope
        light = light * (slope[None, :, None] if across else slope[:, None, None])
    lit = np.square(pixels.astype(np.float32) / 255)  # nearly linear light, at a tenth of the cost of sRGB's curve
    lit = np.sqrt(np.clip(lit * light, 0, 1)) * 255
    if dice.random() < strength.noisy:
        lit = lit + dice.standard_normal((high, wide, 1), np.float32) * float(dice.uniform(2, 9))
    pixels = lit.clip(0, 255).astype(np.uint8)
    if dice.random() < strength.compressed:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(dice.integers(25, 85))]
        _, packed = cv2.imencode(".jpg", pixels[..., ::-1], quality)  # OpenCV's JPEG wants blue first
        pixels = cv2.imdecode(packed, cv2.IMREAD_COLOR)[..., ::-1]
    return np.asarray(pixels, np.uint8)


def on_ground(dice: np.random.Generator, pixels: Pixels, ground: Pixels) -> Pixels:
    """The picture with its white ground replaced by a part of `ground`; as it is where its ground is not white."""
    mask = white_ground(pixels)
    if mask is None:
        return pixels
    high, wide = pixels.shape[:2]
    part_high = int(dice.integers(ground.shape[0] // 3, ground.shape[0] + 1))
    part_wide = min(ground.shape[1], max(8, part_high * wide // high))
    top = int(dice.integers(0, ground.shape[0] - part_high + 1))
    left = int(dice.integers(0, ground.shape[1] - part_wide + 1))
    behind = cv2.resize(ground[top : top + part_high, left : left + part_wide], (wide, high))
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.8)[..., None]
    return np.asarray(pixels * (1 - soft) + behind * soft, np.uint8)


def white_ground(pixels: Pixels) -> NDArray[np.bool_] | None:
    """Where the white that is joined to the frame lies; None unless it fills a sixth to nine tenths of the picture."""
    bright = (pixels.min(axis=2) >= BACKDROP).astype(np.uint8)
    bright = cv2.copyMakeBorder(bright, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)  # the frame joins all of the ground
    _, parts = cv2.connectedComponents(bright, connectivity=4)
    ground = (parts == parts[0, 0])[1:-1, 1:-1]
    return ground if 1 / 6 < ground.mean() < 0.9 else None


def _frame(
    dice: np.random.Generator, pixels: Pixels, box: Box, side: int, strength: Strength
) -> tuple[NDArray[np.float32], tuple[int, int]]:
    """The four corners in the picture of what is described, and the (width, height) that it has in the square."""
    height, width = pixels.shape[:2]
    if dice.random() < strength.whole:
        left, top, right, bottom = 0.0, 0.0, float(width), float(height)
    else:
        off = np.clip(dice.normal(0, strength.shift, 4), -2 * strength.shift, 2 * strength.shift)
        left = max(0.0, (box.x + off[0] * box.width) * width)
        top = max(0.0, (box.y + off[1] * box.height) * height)
        right = min(float(width), (box.x + box.width * (1 + off[2])) * width)
        bottom = min(float(height), (box.y + box.height * (1 + off[3])) * height)
    right, bottom = max(right, left + 4), max(bottom, top + 4)
    scale = side / max(right - left, bottom - top)
    size = (max(8, round((right - left) * scale)), max(8, round((bottom - top) * scale)))
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)
    reach = np.array([right - left, bottom - top], np.float32) * strength.tilt
    return corners + (dice.uniform(-1, 1, (4, 2)) * reach).astype(np.float32), size


def _shrunk(pixels: Pixels, corners: NDArray[np.float32], side: int) -> tuple[Pixels, float]:
    """The picture reduced first where warping would skip pixels, and by how much."""
    scale = side / float(np.ptp(corners, axis=0).max())
    if scale > 0.7:
        return pixels, 1.0
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), scale


def _partly_hidden(dice: np.random.Generator, garment: Pixels, strength: Strength, grounds: Sequence[Pixels]) -> Pixels:
    """A bag, an arm, another garment in front: a patch of up to a fifth, flat or cut from another picture."""
    if dice.random() >= strength.hidden:
        return garment
    high, wide = garment.shape[:2]
    patch_high, patch_wide = int(high * dice.uniform(0.15, 0.5)), int(wide * dice.uniform(0.15, 0.4))
    top, left = int(dice.integers(0, high - patch_high + 1)), int(dice.integers(0, wide - patch_wide + 1))
    if grounds and dice.random() < 0.6:
        ground = grounds[int(dice.integers(len(grounds)))]
        patch = cv2.resize(ground[: ground.shape[0] // 2], (patch_wide, patch_high))
    else:
        patch = np.full((patch_high, patch_wide, 3), dice.integers(0, 256, 3), np.uint8)
    garment = garment.copy()
    garment[top : top + patch_high, left : left + patch_wide] = patch
    return garment
