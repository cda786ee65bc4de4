"""Weights of a training run to the ONNX files that serving runs.

Both graphs take float32 `[N, 3, size, size]` (RGB, already scaled as the manifest says), give float32, and leave the
batch open. The detector gives `[N, 4 + classes, anchors]`: centre x, centre y, width, height in pixels of the input
square, then one probability per class; suppressing overlaps is left to the caller. The embedder gives `[N, 512]` of
unit length, `[N, 6]` probabilities of the category, then for each key label `[N, 6, values]` those of its values for a
garment of each category.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import onnx
import torch
from torch import nn

from mlcore.evaluation.files import BadFile
from mlcore.training import labels as heads
from mlcore.training import network
from mlcore.training.half import store_half
from mlcore.training.ultra import YOLO

OPSET = 17


def load_detector(weights: Path) -> nn.Module:
    """The detector as it is exported: float32, batch norms folded into convolutions, boxes decoded by the graph."""
    model: nn.Module = YOLO(str(weights)).model.float().eval()
    model.fuse(verbose=False)
    head = model.model[-1]
    head.export = True  # without it the head also returns its raw feature maps
    return model.requires_grad_(False)


def load_embedder(weights: Path, arch: str, labels: Path | None = None) -> network.Describer:
    """The embedder as it is exported. `weights`: of `train embedder`, any float type; beside it may lie the auxiliary
    heads, whose opinion on the category goes along. `labels`: of `train labels`.

    Raises BadFile for the weights of a backbone alone: exported they would give vectors that nobody trained.
    """
    embedder = network.build(arch, weights)
    if not network.is_whole(embedder, weights):
        raise BadFile(f"{weights}: the weights of a backbone alone; train on from them, then export")
    beside = weights.with_name("heads.pt")
    opinion = network.load_heads(beside) if beside.exists() else None
    describer = network.Describer(embedder, opinion, heads.load(labels, embedder) if labels else None)
    describer.eval().requires_grad_(False)
    return describer


def export(
    model: nn.Module, target: Path, *, size: int, source: str, outputs: Sequence[str], half: bool = True
) -> Path:
    """Write `model` as ONNX with an open batch; `half` stores the weights as float16 (see mlcore.training.half)."""
    example = torch.zeros(1, 3, size, size)
    model(example)  # the detector caches its anchors for this size on the first call
    target.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        # The tracing exporter is called legacy, yet it needs no onnxscript and its graph runs fast on both engines.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (example,),
            str(target),
            input_names=[source],
            output_names=list(outputs),
            dynamic_axes={name: {0: "batch"} for name in (source, *outputs)},
            opset_version=OPSET,
            dynamo=False,
        )
    if half:
        onnx.save(store_half(onnx.load(target)), target)
    return target
