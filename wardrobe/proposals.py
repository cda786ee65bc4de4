"""Which garments of some photographs are one thing: crops of a jacket in seven pictures are one jacket. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from mlcore.fingerprints import same_picture
from mlcore.palette import delta_e, lab_of
from mlcore.types import Box, Category, Vector
from wardrobe.naming import suggested_name

# Measured by `python -m benchmarks.proposals` on what is hardest, the garments of one person on one floor, and on views
# of shops' items from front and back; docs/wardrobe.md has the table. At .83, .90 of the proposed pairs are right (.97
# in pictures that no training has seen), at .80 .83 (.96), at .85 .94 (.96). At .85, .06 (.006) of new things are taken
# for an owned one.
SAME_ITEM: Final = 0.83
OWN_ITEM: Final = 0.85
COLOUR_WEIGHT: Final = 0.01  # of likeness a ΔE00: cosine alone takes one shop's shirt in two colours for one shirt
FURTHEST_COLOUR: Final = 30.0  # ΔE00 beyond which a colour can be no more different
SAME_PLACE: Final = 0.5  # intersection over union in two copies of one photograph
NEVER: Final = -1.0
WORTH_A_LOOK: Final = 0.75  # likeness from which two crops are looked at in Python; a copy of a photograph is above it

# What the detector takes for each other: a cardigan, a shirt dress, a playsuit.
_NEAR: Final = frozenset(
    frozenset(pair)
    for pair in (
        (Category.TOPS, Category.OUTERWEAR),
        (Category.TOPS, Category.DRESSES),
        (Category.SKIRTS, Category.DRESSES),
        (Category.DRESSES, Category.ROMPERS),
        (Category.TOPS, Category.ROMPERS),
    )
)

Likeness = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """A garment in a photograph. `colours`, `labels` as stored; `score`, `quality` 0..1."""

    garment: UUID
    picture: UUID
    category: Category
    vector: Vector
    model_version: str
    box: Box
    score: float
    quality: float
    colours: Sequence[Mapping[str, Any]] = ()
    labels: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    fingerprint: str = ""
    """Of the photograph (mlcore/fingerprints.py)."""
    said: bool = False
    """The owner has corrected the category: no likeness talks it into another."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One thing. `garments`: the crops that show it, the best picture first. `own_item`: what it seems to be already.

    `confidence` 0..1: the weakest of what it rests on, the detector's word for the first garment or the likeness of the
    two garments that are least alike.
    """

    garments: tuple[UUID, ...]
    category: Category
    name: str
    confidence: float
    own_item: UUID | None = None


def propose(crops: Sequence[Crop], owned: Mapping[UUID, Sequence[Crop]] | None = None) -> list[Proposal]:
    """In the order in which the things first appear. `owned`: the crops of the items that are there already."""
    likeness = likeness_of(crops, crops)
    every = [(item, crop) for item, shown in (owned or {}).items() for crop in shown]
    to_owned = likeness_of(crops, [crop for _, crop in every])
    proposals = []
    for group in group_by_likeness(likeness, SAME_ITEM):
        inside = sorted((crops[place] for place in group), key=lambda crop: -crop.score * crop.quality)
        weakest = min((likeness[a, b] for a in group for b in group if a < b), default=1.0)
        category = _category(inside)
        proposals.append(
            Proposal(
                garments=tuple(crop.garment for crop in inside),
                category=category,
                name=suggested_name(category, inside[0].colours, inside[0].labels),
                confidence=round(float(min(inside[0].score, weakest, 1.0)), 3),
                own_item=_own_item({crop.picture for crop in inside}, to_owned[group], every),
            )
        )
    return proposals


def likeness_of(some: Sequence[Crop], others: Sequence[Crop]) -> Likeness:
    """(len(some), len(others)): how surely two crops show one thing, 1 at most; NEVER where they cannot, though
    they look it."""
    if not some or not others:
        return np.zeros((len(some), len(others)))
    cosine = np.stack([crop.vector for crop in some]) @ np.stack([crop.vector for crop in others]).T
    apart = delta_e(_labs(some)[:, None], _labs(others)[None])
    # A crop without colours has nothing to be held against it.
    likeness = cosine.astype(np.float64) - COLOUR_WEIGHT * np.nan_to_num(apart, nan=0.0).clip(0, FURTHEST_COLOUR)
    for row, column in np.argwhere(likeness >= WORTH_A_LOOK):
        likeness[row, column] = _bounded(float(likeness[row, column]), some[row], others[column])
    return likeness


def compatible(category: Category) -> tuple[Category, ...]:
    """The category and what is taken for it: crops of others cannot show one thing with it."""
    return tuple(other for other in Category if other == category or frozenset((category, other)) in _NEAR)


def group_by_likeness(likeness: Likeness, threshold: float) -> list[list[int]]:
    """Places of a symmetric (n, n) in groups of which every two are at least `threshold` alike, first come first.

    Agglomerative with complete linkage: that A is like B and B like C puts A and C together only if they are alike too.
    """
    groups = [[place] for place in range(len(likeness))]
    between = likeness.copy()
    np.fill_diagonal(between, NEVER)
    while len(groups) > 1:
        row, column = divmod(int(np.argmax(between)), len(groups))
        if between[row, column] < threshold:
            break
        kept, gone = sorted((row, column))
        groups[kept] += groups.pop(gone)
        weakest = np.minimum(between[kept], between[gone])
        between[kept], between[:, kept] = weakest, weakest
        between[kept, kept] = NEVER
        between = np.delete(np.delete(between, gone, axis=0), gone, axis=1)
    return sorted(sorted(group) for group in groups)


def _bounded(likeness: float, one: Crop, other: Crop) -> float:
    if one.picture == other.picture or one.model_version != other.model_version:
        return NEVER
    if one.category != other.category and (
        (one.said and other.said) or frozenset((one.category, other.category)) not in _NEAR
    ):
        return NEVER
    if same_picture(one.fingerprint, other.fingerprint):
        # One photograph twice, small and large: then the place says what is the same thing.
        return 1.0 if one.box.intersection_over_union(other.box) >= SAME_PLACE else NEVER
    return likeness


def _category(crops: Sequence[Crop]) -> Category:
    """What its owner says, else what most say by their scores."""
    votes: dict[Category, float] = {}
    for crop in [crop for crop in crops if crop.said] or crops:
        votes[crop.category] = votes.get(crop.category, 0.0) + crop.score
    return max(votes, key=lambda category: votes[category])


def _own_item(pictures: Collection[UUID], likeness: Likeness, every: Sequence[tuple[UUID, Crop]]) -> UUID | None:
    """The item with the crop that is most like one of the thing's, whose `likeness` has a row for each. An item in one
    of the thing's own photographs is another thing."""
    if not every:
        return None
    others = {item for item, crop in every if crop.picture in pictures}
    best = likeness.max(axis=0)
    for place in np.argsort(-best, kind="stable"):
        if best[place] < OWN_ITEM:
            return None
        item = every[int(place)][0]
        if item not in others:
            return item
    return None


def _labs(crops: Sequence[Crop]) -> NDArray[np.float64]:
    """CIELAB (n, 3) of the main colours; NaN where there is none."""
    coloured = [place for place, crop in enumerate(crops) if crop.colours]
    values = [str(crops[place].colours[0]["hex"]) for place in coloured]
    labs = np.full((len(crops), 3), np.nan)
    if coloured:
        labs[coloured] = lab_of([[int(value[start : start + 2], 16) for start in (1, 3, 5)] for value in values])
    return labs
