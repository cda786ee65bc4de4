"""Pictures that need neither a renderer nor a decoder, so that golden answers depend on the weights alone."""

from __future__ import annotations

import numpy as np

from mlcore.types import Pixels

GROUND, CLOTH = (200, 198, 194), (170, 30, 40)


def red_shirt() -> Pixels:
    """A red T-shirt with a round neck on a grey ground, 240 × 320, with the grain of a photograph."""
    down, across = np.mgrid[:320, :240]
    aside = np.abs(across - 120)
    body = (down >= 70) & (down < 270) & (aside < 55)
    sleeves = (aside >= 30) & (aside < 100) & (down >= 70 + 0.35 * (aside - 30)) & (down < 150 + 0.35 * (aside - 55))
    neck = ((across - 120) / 22) ** 2 + ((down - 70) / 16) ** 2 < 1
    shirt = (body | sleeves) & ~neck
    grain = np.random.default_rng(0).normal(0, 5, (320, 240, 1))
    return np.asarray((np.where(shirt[..., None], CLOTH, GROUND) + grain).clip(0, 255), np.uint8)
