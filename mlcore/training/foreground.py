"""Cut a garment photographed flat or on a hanger out of its background, without a trained model.

GrabCut (Rother et al., 2004), started from two beliefs that hold for what people upload: the corners show background,
and the middle shows the garment. Thin things (hanger hooks, floor joints) go with a morphological opening.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mlcore.types import Box, Pixels

WORKING_SIDE = 160  # long side in pixels, 0.13 s a picture; one pixel is 0.6 % of the side, finer than the box needs
MIDDLE = 0.8  # of each half axis: believed garment until GrabCut says otherwise
CORNERS = 0.85  # beyond this in both axes: certainly background
OPENING = 7  # pixels at WORKING_SIDE: wider than a hanger's hook, narrower than a sleeve
PARTS = 0.3  # a second part this large, relative to the main one, belongs to the garment (two trouser legs)


@dataclass(frozen=True, slots=True)
class Foreground:
    """`mask`: bool, shape of the picture, True on the garment. `box`: its bounds."""

    mask: NDArray[np.bool_]
    box: Box


def find_foreground(pixels: Pixels) -> Foreground | None:
    """The one garment of a picture, or None where nothing stands out from the background."""
    height, width = pixels.shape[:2]
    scale = WORKING_SIDE / max(height, width)
    small = cv2.resize(
        pixels, (max(8, round(width * scale)), max(8, round(height * scale))), interpolation=cv2.INTER_AREA
    )
    small = cv2.bilateralFilter(small, 5, 30, 5)  # knit and floor grain would otherwise speckle the mask
    rows, columns = small.shape[:2]
    down, across = np.mgrid[:rows, :columns]
    across = (across + 0.5) / columns * 2 - 1  # -1..1 from edge to edge
    down = (down + 0.5) / rows * 2 - 1

    mask = np.full((rows, columns), cv2.GC_PR_BGD, np.uint8)
    mask[(np.abs(across) < MIDDLE) & (np.abs(down) < MIDDLE)] = cv2.GC_PR_FGD
    mask[(np.abs(across) > CORNERS) & (np.abs(down) > CORNERS)] = cv2.GC_BGD
    cv2.setRNGSeed(1)  # GrabCut starts its colour models with k-means
    cv2.grabCut(small, mask, None, np.zeros((1, 65)), np.zeros((1, 65)), 6, cv2.GC_INIT_WITH_MASK)
    garment = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    garment = cv2.morphologyEx(
        garment, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (OPENING, OPENING))
    )

    count, parts, sizes, _ = cv2.connectedComponentsWithStats(garment)
    if count < 2:
        return None
    centrality = np.exp(-(across**2 + down**2))
    main = max(range(1, count), key=lambda part: float(centrality[parts == part].sum()))
    areas = sizes[:, cv2.CC_STAT_AREA]
    chosen = [part for part in range(1, count) if part == main or areas[part] > PARTS * areas[main]]
    kept = np.isin(parts, chosen)
    filled_rows, filled_columns = np.flatnonzero(kept.any(axis=1)), np.flatnonzero(kept.any(axis=0))
    top, bottom = filled_rows[0] / rows, (filled_rows[-1] + 1) / rows
    left, right = filled_columns[0] / columns, (filled_columns[-1] + 1) / columns
    # Enlarged smoothly, so that a pasted garment has no staircase edge.
    full = cv2.resize(kept.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR) > 0.5
    return Foreground(full, Box(float(left), float(top), float(right - left), float(bottom - top)))
