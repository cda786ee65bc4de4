"""Weights of a training run to the ONNX files that serving runs.

Both graphs take float32 `[N, 3, size, size]` (RGB, already scaled as the manifest says), give float32, and leave the
batch open. The detector gives `[N, 4 + classes, anchors]`: centre x, centre y, width, height in pixels of the input
square, then one probability per class; suppressing overlaps is left to the caller. The embedder gives `[N, 512]` of
unit length.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import onnx
import timm
import torch
from torch import nn

from mlcore.training.half import store_half
from mlcore.training.ultra import YOLO
from mlcore.types import EMBEDDING_SIZE

OPSET = 17


class UnitLength(nn.Module):  # type: ignore[misc]  # torch is absent where types are checked
    """A backbone whose output is scaled to unit length, so that a dot product is a cosine."""

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return nn.functional.normalize(self.backbone(pixels), dim=1)


def load_detector(weights: Path) -> nn.Module:
    """The detector as it is exported: float32, batch norms folded into convolutions, boxes decoded by the graph."""
    model: nn.Module = YOLO(str(weights)).model.float().eval()
    model.fuse(verbose=False)
    head = model.model[-1]
    head.export = True  # without it the head also returns its raw feature maps
    return model.requires_grad_(False)


def load_embedder(weights: Path, arch: str) -> nn.Module:
    """The embedder as it is exported. `weights`: a state dict of timm's `arch` with a 512-wide head, any float type."""
    backbone = timm.create_model(arch, pretrained=False, num_classes=EMBEDDING_SIZE)
    state = torch.load(weights, map_location="cpu", weights_only=True)
    backbone.load_state_dict(
        {name: value.float() if value.is_floating_point() else value for name, value in state.items()}
    )
    return UnitLength(backbone).eval().requires_grad_(False)


def export(model: nn.Module, target: Path, *, size: int, source: str, output: str, half: bool = True) -> Path:
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
            output_names=[output],
            dynamic_axes={source: {0: "batch"}, output: {0: "batch"}},
            opset_version=OPSET,
            dynamo=False,
        )
    if half:
        onnx.save(store_half(onnx.load(target)), target)
    return target
