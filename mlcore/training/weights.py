"""Files of weights: read with a clear word where they are none."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import torch

from mlcore.evaluation.files import BadFile


def read_weights(path: Path, *, weights_only: bool = True) -> dict[str, Any]:
    """The content of a file that torch wrote, on the CPU. Raises BadFile where it is something else, and OSError.

    `weights_only=False` runs what the file says: for checkpoints of one's own alone.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=weights_only)
    except (pickle.UnpicklingError, RuntimeError, KeyError, EOFError, AttributeError, ImportError) as error:
        raise BadFile(f"{path}: no weights") from error
    if not isinstance(content, dict):
        raise BadFile(f"{path}: no weights")
    return content
