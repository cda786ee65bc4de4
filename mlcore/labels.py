"""The key labels of a garment, from the probabilities that the embedder's heads give beside the embedding."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from mlcore.types import Category, Label

CATEGORY = "category"
"""The output that gives the embedder's own opinion of a garment's category, in the order of `Category`."""

LABELS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sleeve_length": ("none", "short", "three_quarter", "long"),
        "garment_length": ("short", "medium", "long"),
        "collar_style": ("crew", "scoop", "v", "shirt", "lapel", "high", "hood", "strap", "other"),
        "pattern": ("solid", "stripe", "check", "floral", "dot", "animal", "graphic", "other"),
    }
)
"""The key labels and their values. Lengths mean: tops above the hip bone, hip, below the crotch; outerwear hip,
mid-thigh, knee or below; dresses and skirts above the knee, knee to mid-calf, ankle; trousers above the knee, cropped,
full."""

WITHOUT: Mapping[str, frozenset[Category]] = MappingProxyType(
    {
        "sleeve_length": frozenset({Category.TROUSERS, Category.SKIRTS}),
        "collar_style": frozenset({Category.TROUSERS, Category.SKIRTS}),
    }
)
"""Categories that have no such label."""


def labels_of(probabilities: Mapping[str, NDArray[np.float32]], category: Category) -> dict[str, Label]:
    """The likeliest value of each label that a garment of `category` has.

    `probabilities`: by label one number a value, in the order of LABELS.
    """
    found = {}
    for name, chances in probabilities.items():
        if name in LABELS and category not in WITHOUT.get(name, ()):
            best = int(np.argmax(chances))
            found[name] = Label(LABELS[name][best], round(float(chances[best]), 4))
    return found
