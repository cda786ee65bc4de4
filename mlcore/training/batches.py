"""Which crops an embedder sees together. A batch follows from (seed, step) alone: a resumed run sees the same ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset

from mlcore.labels import LABELS
from mlcore.training import augment
from mlcore.training.augment import PHONE, STUDIO
from mlcore.training.coco import CATEGORIES
from mlcore.training.crops import Crop, pixels
from mlcore.types import Pixels

SHARES = {"shop": 0.45, "family": 0.15, "labelled": 0.25, "any": 0.15}
"""Of the draws for a batch; of the shop and of a family two items are drawn at once, alike and not the same. Only the
shop shows an item in several views."""
ALIKE = 0.6  # of the batches draw their shop's items from one category: a search's wrong answers are nearly always such
LIGHTS = {(STUDIO, STUDIO): 0.3, (STUDIO, PHONE): 0.5, (PHONE, PHONE): 0.2}
"""How the two crops of an item are taken. Phones alone would teach to overlook the seam between two jackets."""
DETAILS = 0.2  # of the crops show a part of the garment; whoever searches for a detail wants the whole
ANYWHERE = ("pattern",)  # labels that a part of the garment tells as well as the whole
GROUNDS = 300  # pictures that streets are taken from
UNKNOWN = -100  # torch's cross entropy passes over it


@dataclass(frozen=True, slots=True)
class Batch:
    """n crops, two of each item beside each other."""

    pixels: torch.Tensor
    """uint8 (n, side, side, 3)."""
    items: torch.Tensor
    """int64 (n,)."""
    families: torch.Tensor
    """int64 (n,); negative and unlike every other where the family is not known."""
    categories: torch.Tensor
    labels: dict[str, torch.Tensor]
    """By label int64 (n,), UNKNOWN where it was not seen."""


class Batches(Dataset[Batch]):  # type: ignore[misc]  # torch is absent where types are checked
    """`batches[step]`: the batch of a step, of `items` items twice."""

    def __init__(self, folder: Path, crops: Sequence[Crop], *, items: int, side: int, seed: int) -> None:
        self._folder, self._crops, self._size, self._side, self._seed = folder, crops, items, side, seed
        self._number = {item: i for i, item in enumerate(sorted({crop.item for crop in crops}))}
        self._family = {family: i for i, family in enumerate(sorted({crop.family for crop in crops if crop.family}))}
        if len(self._number) < items:
            raise ValueError(f"{folder} has {len(self._number)} items to train on, a batch wants {items}")
        self._by_item: dict[str, list[Crop]] = defaultdict(list)
        for crop in crops:
            self._by_item[crop.item].append(crop)
        shop = [crop for crop in crops if crop.source == "shop"]
        self._alike = {
            category: _grouped((crop for crop in shop if crop.category == category), key=lambda crop: crop.group)
            for category in CATEGORIES
        }
        self._pools = {
            "shop": _grouped(shop, key=lambda crop: crop.group),
            "family": [
                items
                for items in _grouped((crop for crop in crops if crop.family), key=lambda crop: crop.family)
                if len(items) > 1
            ],
            "labelled": [[crop.item] for crop in crops if crop.labels],
            "any": [[item] for item in self._by_item],
        }
        worn = [crop for crop in crops if crop.source == "worn"] or list(crops)
        chosen = np.random.default_rng(seed).permutation(len(worn))[:GROUNDS]
        self._grounds = [self._read(worn[int(i)]) for i in chosen]

    @property
    def items(self) -> int:
        """Different items in all."""
        return len(self._number)

    def __getitem__(self, step: int) -> Batch:
        dice = np.random.default_rng([self._seed, step])
        names = self._choose(dice)
        chosen = [crop for name in names for crop in self._pair(dice, name)]
        squares, partial = [], []
        strengths = [strength for _ in names for strength in self._lights(dice)]
        for crop, strength in zip(chosen, strengths, strict=True):
            partial.append(bool(dice.random() < DETAILS))
            box = augment.detail(dice, crop.box) if partial[-1] else crop.box
            squares.append(augment.square(dice, self._read(crop), box, self._side, strength, grounds=self._grounds))
        return Batch(
            pixels=torch.from_numpy(np.stack(squares)),
            items=torch.tensor([self._number[crop.item] for crop in chosen]),
            families=torch.tensor([self._family.get(crop.family, -1 - self._number[crop.item]) for crop in chosen]),
            categories=torch.tensor([CATEGORIES.index(crop.category) for crop in chosen]),
            labels={
                name: torch.tensor(
                    [
                        UNKNOWN if part and name not in ANYWHERE else label_index(words, crop.labels.get(name))
                        for crop, part in zip(chosen, partial, strict=True)
                    ]
                )
                for name, words in LABELS.items()
            },
        )

    def _choose(self, dice: np.random.Generator) -> list[str]:
        names: list[str] = []
        kinds = [kind for kind in SHARES if self._pools[kind]]
        shares = np.array([SHARES[kind] for kind in kinds])
        pools = dict(self._pools)
        if pools["shop"] and dice.random() < ALIKE:
            sizes = np.array([len(groups) for groups in self._alike.values()])
            pools["shop"] = list(self._alike.values())[int(dice.choice(len(sizes), p=sizes / sizes.sum()))]
        while len(names) < self._size:
            pool = pools[kinds[int(dice.choice(len(kinds), p=shares / shares.sum()))]]
            together = pool[int(dice.integers(len(pool)))]
            # Two of a family, or two colours of a shop's item: alike, and not the same.
            for i in dice.permutation(len(together))[:2]:
                if together[int(i)] not in names:
                    names.append(together[int(i)])
        return names[: self._size]

    def _lights(self, dice: np.random.Generator) -> tuple[augment.Strength, augment.Strength]:
        pairs = list(LIGHTS)
        return pairs[int(dice.choice(len(pairs), p=list(LIGHTS.values())))]

    def _pair(self, dice: np.random.Generator, item: str) -> tuple[Crop, Crop]:
        crops = self._by_item[item]
        if len(crops) == 1:
            return crops[0], crops[0]
        first, second = dice.permutation(len(crops))[:2]
        return crops[int(first)], crops[int(second)]

    def _read(self, crop: Crop) -> Pixels:
        return pixels(self._folder, crop)


def _grouped(crops, *, key) -> list[list[str]]:  # type: ignore[no-untyped-def]
    """The items of `crops`, each once, gathered by `key`."""
    groups: dict[str, dict[str, None]] = defaultdict(dict)
    for crop in crops:
        groups[key(crop)][crop.item] = None
    return [list(items) for items in groups.values()]


def label_index(words: Sequence[str], value: str | None) -> int:
    """Of a label's value among its words; UNKNOWN where it was not seen."""
    return words.index(value) if value in words else UNKNOWN
