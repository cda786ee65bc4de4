"""Hold an ONNX file against the torch model that it was exported from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mlcore.engine import Model
from mlcore.evaluation.files import BadFile

BOX_PIXELS = 1.0  # of the input square,
BOX_SHARE = 0.01  # or this share of the box's longer side, whichever is more
SCORE_STEP = 0.02
COSINE = 0.999
SUREST = 100  # anchors per picture whose boxes are compared: nobody reads the others',
READ = 0.005  # nor those below this score, the faintest that average precision asks for


class Unequal(BadFile):
    """The exported file does not compute what the trained model computes."""


def sample_pictures(size: int, *, count: int = 8, seed: int = 0) -> NDArray[np.float32]:
    """Soft coloured patches, float32 (count, 3, size, size) in 0..1: unlike noise, they excite a detector's anchors."""
    coarse = torch.rand(count, 3, 6, 6, generator=torch.Generator().manual_seed(seed))
    smooth = nn.functional.interpolate(coarse, size=(size, size), mode="bicubic").clamp(0, 1)
    return np.ascontiguousarray(smooth.numpy())


def check_detector(model: nn.Module, exported: Path, inputs: NDArray[np.float32]) -> None:
    """Raises Unequal where a box moves by more than BOX_PIXELS and BOX_SHARE, or a score by more than SCORE_STEP."""
    with torch.no_grad():
        wanted = model(torch.from_numpy(inputs)).numpy()
    got = Model(exported).run(inputs)
    score_step = float(np.abs(wanted[:, 4:] - got[:, 4:]).max())
    scores = wanted[:, 4:].max(axis=1)
    surest = np.argsort(-scores, axis=1)[:, :SUREST]
    read = np.take_along_axis(scores, surest, axis=1) >= READ
    read[:, 0] = True  # of a detector that has learnt nothing yet, one box a picture
    moved = np.abs(wanted[:, :4] - got[:, :4]).max(axis=1)
    allowed = np.maximum(BOX_PIXELS, BOX_SHARE * wanted[:, 2:4].max(axis=1))
    excess = float(np.take_along_axis(moved / allowed, surest, axis=1)[read].max())
    if score_step > SCORE_STEP or excess > 1:
        raise Unequal(f"{exported.name}: boxes move by {excess:.2f} of what is allowed, scores by {score_step:.4f}")


def check_embedder(model: nn.Module, exported: Path, inputs: NDArray[np.float32]) -> None:
    """Raises Unequal where an embedding has a cosine below COSINE to the original or is not of unit length, or where a
    label's probability differs by more than SCORE_STEP."""
    with torch.no_grad():
        wanted, *labels = (answer.numpy() for answer in model(torch.from_numpy(inputs)))
    got, *others = Model(exported).outputs(inputs).values()
    cosine = float((wanted * got).sum(axis=1).min())
    length = float(np.abs(np.linalg.norm(got, axis=1) - 1).max())
    step = max((float(np.abs(a - b).max()) for a, b in zip(labels, others, strict=True)), default=0.0)
    if cosine < COSINE or length > 1e-3 or step > SCORE_STEP:
        raise Unequal(f"{exported.name}: cosine {cosine:.5f}, length off by {length:.5f}, labels by {step:.4f}")
