"""Describe garments by a vector: similar garments lie close together, whatever the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mlcore.engine import Model
from mlcore.images import letterbox
from mlcore.manifest import ModelEntry
from mlcore.types import EMBEDDING_SIZE, Pixels

AT_ONCE: Final = 8  # crops in one run of the model: no faster per crop beyond it


class Embedder:
    """Loads on first use; safe to call from several threads."""

    def __init__(self, entry: ModelEntry, model: Model) -> None:
        self._entry = entry
        self._model = model

    def embed(self, crops: Sequence[Pixels]) -> NDArray[np.float32]:
        """Vectors, float32 (n, 512), each of unit length. A crop may have any size and shape."""
        parts = [self._embed(crops[start : start + AT_ONCE]) for start in range(0, len(crops), AT_ONCE)]
        return np.concatenate(parts) if parts else np.empty((0, EMBEDDING_SIZE), np.float32)

    def _embed(self, crops: Sequence[Pixels]) -> NDArray[np.float32]:
        squares = np.stack([letterbox(c, self._entry.input_size, fill=self._entry.pad)[0] for c in crops])
        batch = (squares.transpose(0, 3, 1, 2).astype(np.float32) - self._entry.mean) / self._entry.std
        vectors = np.asarray(self._model.run(np.ascontiguousarray(batch)), np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True).astype(np.float32)
        return np.asarray(vectors / lengths.clip(1e-9), np.float32)
