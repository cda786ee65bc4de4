"""What the embedder's heads say beside the embedding: key labels, and a second opinion on the category."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mlcore.types import Category, Detection, Label

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


def applies(name: str, category: Category) -> bool:
    """Whether a garment of `category` has a label of this name."""
    return category not in WITHOUT.get(name, ())


LEAST: Final = 0.02  # chance that every category keeps, however sure the detector is of others
WEIGHT: Final = 0.5  # of the embedder's opinion beside the detector's


def labels_of(probabilities: Mapping[str, NDArray[np.float32]], category: Category) -> dict[str, Label]:
    """The likeliest value of each label that a garment of `category` has.

    `probabilities`: by label float32 (categories, values), a row for each category that the garment may be of, in the
    order of LABELS. What is a long sleeve on a top is judged with other eyes than on a coat.
    """
    found = {}
    for name, words in LABELS.items():
        if name in probabilities and applies(name, category):
            chances = probabilities[name][list(Category).index(category)]
            best = int(np.argmax(chances))
            found[name] = Label(words[best], round(float(chances[best]), 4))
    return found


def reconsidered(detection: Detection, opinion: NDArray[np.float32]) -> Detection:
    """The detection with its category weighed against the embedder's `opinion`, float32 (categories,), sum 1.

    The two look differently, the detector at the picture and the embedder at the garment alone, so their chances are
    multiplied (Hinton, "Products of Experts", 1999), the embedder's with half the weight. Score and box stay: whether
    something is there, and where, the embedder cannot know. Of 308 photographs at home by senders that no training had
    seen, .93 are named right instead of .91; with its full weight drawn garments, which it never saw, came out worse.
    """
    order = list(Category)
    chances = np.full(len(order), LEAST)
    chances[order.index(detection.category)] = max(LEAST, detection.score)
    if detection.runner_up is not None:
        chances[order.index(detection.runner_up)] = max(LEAST, detection.runner_up_score)
    chances *= (opinion + 1e-6) ** WEIGHT
    best, second = (int(i) for i in np.argsort(-chances, kind="stable")[:2])
    return replace(
        detection,
        category=order[best],
        runner_up=order[second],
        runner_up_score=float(detection.score * chances[second] / chances[best]),
    )
