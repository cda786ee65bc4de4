"""Describe garments by a vector: similar garments lie close together, whatever the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mlcore.engine import Model
from mlcore.images import letterbox
from mlcore.labels import CATEGORY, LABELS
from mlcore.manifest import ModelEntry, ModelMissing
from mlcore.types import EMBEDDING_SIZE, Category, Pixels, Vector

SHAPES: Final = {CATEGORY: (len(Category),)} | {n: (len(Category), len(words)) for n, words in LABELS.items()}
"""Of the outputs that a model may have beside its vectors, without the batch."""
AT_ONCE: Final = 8  # crops in one run of the model: no faster per crop beyond it


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What the model says of one crop."""

    vector: Vector
    labels: dict[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """What the model says of n crops. `vectors`: float32 (n, 512), unit length."""

    vectors: NDArray[np.float32]
    labels: dict[str, NDArray[np.float32]]
    """By label the probabilities of its values for each category that the garment may be of, float32 (n, categories,
    values); `category`: (n, categories). Empty for a model without heads."""

    def of(self, place: int) -> Reading:
        return Reading(self.vectors[place], {name: chances[place] for name, chances in self.labels.items()})


class Embedder:
    """Loads on first use; safe to call from several threads."""

    def __init__(self, entry: ModelEntry, model: Model) -> None:
        self._entry = entry
        self._model = model

    def embed(self, crops: Sequence[Pixels]) -> NDArray[np.float32]:
        """Vectors, float32 (n, 512), each of unit length. A crop may have any size and shape."""
        return self.read(crops).vectors

    def read(self, crops: Sequence[Pixels]) -> Readings:
        """Vectors and label probabilities, from one run of the model."""
        parts = [self._read(crops[start : start + AT_ONCE]) for start in range(0, len(crops), AT_ONCE)]
        if not parts:
            return Readings(np.empty((0, EMBEDDING_SIZE), np.float32), {})
        return Readings(
            np.concatenate([part.vectors for part in parts]),
            {name: np.concatenate([part.labels[name] for part in parts]) for name in parts[0].labels},
        )

    def _read(self, crops: Sequence[Pixels]) -> Readings:
        squares = np.stack([letterbox(c, self._entry.input_size, fill=self._entry.pad)[0] for c in crops])
        batch = (squares.transpose(0, 3, 1, 2).astype(np.float32) - self._entry.mean) / self._entry.std
        outputs = self._model.outputs(np.ascontiguousarray(batch))
        vectors = outputs.pop(next(iter(outputs)))
        for name, chances in outputs.items():
            if chances.shape[1:] != SHAPES.get(name):
                raise ModelMissing(f"{self._entry.path}: output {name} {chances.shape} is none that we can read")
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True).astype(np.float32)
        return Readings(np.asarray(vectors / lengths.clip(1e-9), np.float32), outputs)
