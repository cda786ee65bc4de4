"""How well an embedder does on held-out crops while it trains: quick figures to compare epochs, not those to publish.

The published ones go through detector and decoder (`python -m mlcore evaluate retrieval`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mlcore import images
from mlcore.labels import LABELS
from mlcore.training import augment, network
from mlcore.training.crops import Crop, pixels
from mlcore.types import Pixels

BATCH = 32
OTHERS = 500  # crops beside the shop's that a query may be mistaken for
SHOTS = 3  # photographs of each query as a phone would take them: a few dozen queries alone are a noisy measure


class Examination:
    """Held-out crops: each further view of a shop's item searches for its first view, among all others."""

    def __init__(self, folder: Path, held_out: Sequence[Crop], *, side: int, seed: int = 0) -> None:
        dice = np.random.default_rng(seed)
        shop = [crop for crop in held_out if crop.source == "shop"]
        first: dict[str, Crop] = {}
        for crop in sorted(shop, key=lambda crop: crop.view != "main"):
            first.setdefault(crop.item, crop)
        queries = [crop for crop in shop if crop is not first[crop.item]]
        others = [crop for crop in held_out if crop.source != "shop"]
        others = [others[int(i)] for i in dice.permutation(len(others))[:OTHERS]]
        gallery = [*first.values(), *others]
        labelled = [crop for crop in held_out if crop.labels]
        self._answers = [next((i for i, g in enumerate(gallery) if g.item == query.item)) for query in queries]
        self._gallery = [_as_served(pixels(folder, crop), crop, side) for crop in gallery]
        self._queries = [_as_served(pixels(folder, crop), crop, side) for crop in queries]
        streets = [pixels(folder, crop) for crop in others if crop.source == "worn"]
        shots = [*queries * SHOTS, *others]
        self._phone = [
            augment.square(dice, pixels(folder, crop), crop.box, side, augment.PHONE, grounds=streets) for crop in shots
        ]
        self._labelled = [_as_served(pixels(folder, crop), crop, side) for crop in labelled]
        self._labels = {name: [crop.labels.get(name) for crop in labelled] for name in LABELS}

    def mark(self, model: nn.ModuleList) -> dict[str, float]:
        """`recalls` and accuracy by label. `model`: the embedder and its heads."""
        embedder, heads = model
        model.eval()
        return self.recalls(lambda squares: _embed(embedder, squares)) | self._label_marks(embedder, heads)

    def recalls(self, embed: Callable[[Sequence[Pixels]], NDArray[np.float32]]) -> dict[str, float]:
        """Recall at 1 of any embedder: squares to vectors (n, 512) of unit length.

        `recall_at_1`: a further view finds the first; `…_phone`: the same as phones take it; `…_itself`: any other
        garment as a phone takes it finds its own picture.
        """
        gallery, clean, phone = (embed(part) for part in (self._gallery, self._queries, self._phone))
        answers = np.array(self._answers)
        marks = {}
        if len(answers):
            marks["recall_at_1"] = _recall(clean, gallery, answers)
            marks["recall_at_1_phone"] = _recall(phone[: SHOTS * len(answers)], gallery, np.tile(answers, SHOTS))
        others = len(phone) - SHOTS * len(answers)
        if others:
            itself = np.arange(len(gallery) - others, len(gallery))
            marks["recall_at_1_itself"] = _recall(phone[-others:], gallery, itself)
        return marks

    def _label_marks(self, embedder: network.UnitLength, heads: network.LabelHeads) -> dict[str, float]:
        if not self._labelled:
            return {}
        with torch.inference_mode():
            parts = [heads(embedder.look(_tensor(part, embedder)).features) for part in _parts(self._labelled)]
        marks = {}
        for name, truth in self._labels.items():
            guessed = torch.cat([part[name] for part in parts]).argmax(dim=1).tolist()
            right = [LABELS[name][g] == t for g, t in zip(guessed, truth, strict=True) if t is not None]
            marks[name] = round(float(np.mean(right)), 4) if right else float("nan")
        return marks


def _recall(queries: NDArray[np.float32], gallery: NDArray[np.float32], answers: NDArray[np.intp]) -> float:
    return round(float((np.argmax(queries @ gallery.T, axis=1) == answers).mean()), 4)


def _embed(embedder: network.UnitLength, squares: Sequence[Pixels]) -> NDArray[np.float32]:
    with torch.inference_mode():
        parts = [embedder(_tensor(part, embedder)).cpu().numpy() for part in _parts(squares)]
    return np.concatenate(parts) if parts else np.empty((0, 1), np.float32)


def _parts(squares: Sequence[Pixels]) -> list[Sequence[Pixels]]:
    return [squares[start : start + BATCH] for start in range(0, len(squares), BATCH)]


def _tensor(squares: Sequence[Pixels], embedder: network.UnitLength) -> torch.Tensor:
    """Where the network is."""
    pixels = torch.from_numpy(np.stack(squares)).to(next(embedder.parameters()).device)
    return network.normalised(pixels).contiguous(memory_format=torch.channels_last)


def _as_served(whole: Pixels, crop: Crop, side: int) -> Pixels:
    return images.letterbox(images.crop(whole, crop.box), side, fill=augment.WHITE)[0]
