"""Means of weights: what several fine-tunings of one start agree on.

Weights that were tuned from the same ones lie in one valley, and so does their mean. It keeps more of what the earlier
ones knew of pictures that the last training did not show (Wortsman et al. 2022, model soups and robust fine-tuning),
and other than an ensemble it costs nothing when it runs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from mlcore.evaluation.files import BadFile
from mlcore.training import network
from mlcore.training.embedder import save
from mlcore.training.weights import read_weights
from mlcore.types import EMBEDDING_SIZE

HEADS = "heads.pt"
"""Beside an embedder's weights: averaged with them where all have them."""

State = dict[str, torch.Tensor]


def detectors(sources: Sequence[Path], shares: Sequence[float], target: Path) -> list[Path]:
    """Write the mean of checkpoints of `train detector`, and return the file. What is no weight is the last one's.

    Raises BadFile where the sources do not fit together, and FileExistsError; so does `embedders`.
    """
    parts = _parts(sources, shares, [target])
    contents = [read_weights(path, weights_only=False) for path in sources]
    for path, content in zip(sources, contents, strict=True):
        if not isinstance(content.get("model"), torch.nn.Module):
            raise BadFile(f"{path}: no weights of a finished `train detector`")
    if any(content["model"].names != contents[-1]["model"].names for content in contents):
        raise BadFile("the detectors name their categories differently")
    model = contents[-1]["model"].float()
    model.load_state_dict(_mean([content["model"].float().state_dict() for content in contents], parts))
    return _save({target: contents[-1] | {"model": model.half()}})


def embedders(sources: Sequence[Path], shares: Sequence[float], target: Path, *, arch: str) -> list[Path]:
    """Write the mean of weights of `train embedder`, and of the heads beside them where all have some; the files."""
    parts = _parts(sources, shares, [target, target.with_name(HEADS)])
    mean = _mean([_embedder(path, arch) for path in sources], parts)
    files: dict[Path, object] = {
        target: {name: value.half() if value.is_floating_point() else value for name, value in mean.items()}
    }
    beside = [path.with_name(HEADS) for path in sources]
    if all(path.exists() for path in beside):
        files[target.with_name(HEADS)] = _heads(beside, parts)
    return _save(files)


def labels(sources: Sequence[Path], shares: Sequence[float], target: Path) -> list[Path]:
    """Write the mean of heads of `train labels` for one embedder, and return the file."""
    return _save({target: _heads(sources, _parts(sources, shares, [target]))})


def _heads(sources: Sequence[Path], parts: Sequence[float]) -> dict[str, Any]:
    contents = [read_weights(path) for path in sources]
    for path, content in zip(sources, contents, strict=True):
        if not {"values", "heads"} <= content.keys():
            raise BadFile(f"{path}: no heads")
        if content["values"] != contents[-1]["values"]:
            raise BadFile("the heads know different words")
    return contents[-1] | {"heads": _mean([content["heads"] for content in contents], parts)}


def _parts(sources: Sequence[Path], shares: Sequence[float], targets: Sequence[Path]) -> list[float]:
    """The shares as parts of one, once all is fit to begin."""
    if len(sources) != len(shares):
        raise BadFile(f"{len(sources)} files and {len(shares)} shares: each file needs one")
    if min(shares) < 0 or not 0 < sum(shares) < math.inf:
        raise BadFile(f"shares are finite, not negative, and not all nothing: {' '.join(map(str, shares))}")
    if len(set(targets)) < len(targets):
        raise BadFile(f"{targets[0]} is where the heads go")
    for target in targets:
        if target.exists():
            raise FileExistsError(f"{target} is there already")
    return [share / sum(shares) for share in shares]


def _embedder(path: Path, arch: str) -> State:
    """All of its weights; the stages' part as it begins where there is none yet."""
    state = read_weights(path)
    try:
        content = network.build(arch, path).content()
    except (RuntimeError, AttributeError) as error:
        raise BadFile(f"{path}: no weights of `train embedder` with the backbone {arch}") from error
    if any(content[name].shape != value.shape for name, value in state.items()):
        raise BadFile(f"{path}: no vectors of {EMBEDDING_SIZE} numbers")
    return content


def _mean(states: Sequence[State], parts: Sequence[float]) -> State:
    shapes = [{name: value.shape for name, value in state.items()} for state in states]
    if any(each != shapes[-1] for each in shapes):
        raise BadFile("the weights are of different networks")
    return {
        name: sum(state[name] * part for state, part in zip(states, parts, strict=True))
        if value.is_floating_point()
        else value  # of a batch norm, how many batches it has seen
        for name, value in states[-1].items()
    }


def _save(files: dict[Path, object]) -> list[Path]:
    for target, content in files.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        save(content, target)
    return list(files)
