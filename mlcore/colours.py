"""The dominant colours of a garment."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mlcore.masks import Foreground, Mask, cells_of, group
from mlcore.palette import Lab, hex_of, lit, names_of
from mlcore.types import Colour

MOST_COLOURS = 5
LEAST_SHARE = 0.07
_MOST_TONES = 12
_APART = 5.0
_SHADE = np.array([0.6, 1.0, 1.0])  # lightness counts less than hue: cloth has folds


def dominant_colours(foreground: Foreground) -> tuple[Colour, ...]:
    """One to five colours, the largest share first; no two have the same name. Shares are of the garment's pixels.

    What is less than LEAST_SHARE is left out, so shares sum to 1 at most.
    """
    tones, shares = _tones(foreground.lab[_without_rim(foreground.mask)])
    found: dict[str, Colour] = {}
    for tone, share, name in zip(tones, shares.tolist(), _names(tones, foreground.light), strict=True):
        if name in found:
            found[name] = replace(found[name], share=found[name].share + share)
        else:
            found[name] = Colour(name, hex_of(tone), share)
    ranked = sorted(found.values(), key=lambda colour: -colour.share)
    return (ranked[0], *(colour for colour in ranked[1:MOST_COLOURS] if colour.share >= LEAST_SHARE))


def _tones(pixels: Lab) -> tuple[Lab, NDArray[np.float64]]:
    """The distinct tones of pixels (n, 3): CIELAB (m, 3) and shares (m,), the largest first."""
    cell, means, counts = cells_of(pixels)
    tone = group(means * _SHADE, counts, most=_MOST_TONES, apart=_APART)[cell]
    sizes = np.bincount(tone)
    order = [i for i in np.argsort(-sizes, kind="stable") if sizes[i]]
    middles = np.stack([np.median(pixels[tone == i], axis=0) for i in order])
    return middles.astype(np.float32), sizes[order] / len(pixels)


def _names(tones: Lab, light: float) -> list[str]:
    """The names of the tones, light ones as seen in full light; black and navy lifted by it would be brown and blue."""
    lightness = tones[:, 0]
    return names_of(lit(tones, 1 + (light - 1) * np.clip((lightness - 30) / 40, 0, 1)))


def _without_rim(mask: Mask) -> Mask:
    """The mask less its outermost pixels, which mix garment and background; the mask itself if little would be left."""
    inner = mask.copy()
    inner[1:] &= mask[:-1]
    inner[:-1] &= mask[1:]
    inner[:, 1:] &= mask[:, :-1]
    inner[:, :-1] &= mask[:, 1:]
    return inner if inner.sum() >= 0.4 * mask.sum() else mask
