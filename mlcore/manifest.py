"""The model files that are shipped, and how each is fed: `weights/manifest.toml`."""

from __future__ import annotations

import functools
import hashlib
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcore.types import Category

SHIPPED = Path(__file__).parent / "weights"


class ModelMissing(RuntimeError):
    """The manifest names a file that is not there, or is not the file it describes."""


@dataclass(frozen=True, slots=True, eq=False)
class ModelEntry:
    """One model. Input: RGB, float32 (n, 3, input_size, input_size), (value − mean) / std of values 0..255."""

    name: str
    task: str
    path: Path
    sha256: str
    input_size: int
    mean: NDArray[np.float32]
    std: NDArray[np.float32]
    """Per channel, shape (3, 1, 1)."""
    pad: int
    """Grey value of the square on which the picture is centred."""
    classes: tuple[Category, ...]
    version: str
    """12 hexadecimal digits over everything that changes the numbers; names the Milvus collections."""

    def check(self) -> None:
        """Raises ModelMissing unless the file is there with the digest that the manifest states."""
        if not self.path.is_file():
            raise ModelMissing(f"{self.path} is missing")
        if hashlib.sha256(self.path.read_bytes()).hexdigest() != self.sha256:
            raise ModelMissing(f"{self.path} is not the file that the manifest describes (sha256 differs)")


def weights_folder() -> Path:
    """GARDEROBE_WEIGHTS, or the weights that come with the project."""
    return Path(os.environ.get("GARDEROBE_WEIGHTS", SHIPPED))


@functools.cache
def model(task: str) -> ModelEntry:
    """The model for a task (`detection`, `embedding`). Reads the manifest only, no weights. Raises ModelMissing."""
    folder = weights_folder()
    manifest = folder / "manifest.toml"
    if not manifest.is_file():
        raise ModelMissing(f"{manifest} is missing")
    for name, table in tomllib.loads(manifest.read_text()).items():
        if table.get("task") == task:
            return _entry(name, table, folder)
    raise ModelMissing(f"{manifest} names no model for {task}")


def _entry(name: str, table: dict[str, Any], folder: Path) -> ModelEntry:
    decisive = ("sha256", "input_size", "mean", "std", "pad", "classes")
    facts = "\n".join(f"{key}={table.get(key)!r}" for key in decisive)
    return ModelEntry(
        name=name,
        task=str(table["task"]),
        path=folder / str(table["file"]),
        sha256=str(table["sha256"]),
        input_size=int(table["input_size"]),
        mean=np.array(table["mean"], np.float32).reshape(3, 1, 1),
        std=np.array(table["std"], np.float32).reshape(3, 1, 1),
        pad=int(table["pad"]),
        classes=tuple(Category(c) for c in table.get("classes", ())),
        version=hashlib.sha256(facts.encode()).hexdigest()[:12],
    )
