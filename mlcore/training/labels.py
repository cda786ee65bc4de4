"""Train the heads for the key labels on the features of a trained embedder, so that one forward pass gives both.

The embedder stays as it is: its features are computed once for several augmented variants of every labelled crop, and
the heads, which are small, learn on those. A run folder holds `settings.json`, `log.csv`, `last.pt` (for a resumed
run) and `labels.pt` (the heads to export).
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from mlcore import images
from mlcore.labels import LABELS
from mlcore.training import augment, coco, crops, network
from mlcore.training.batches import UNKNOWN, label_index
from mlcore.training.crops import Crop
from mlcore.training.embedder import write_log
from mlcore.types import Pixels

AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Settings:
    """What a training is made from; kept beside its weights."""

    crops: Path
    """Folder of `train prepare-crops` with key labels."""
    embedder: Path
    """Weights of `train embedder`."""
    backbone: str = "tf_efficientnet_lite0"
    size: int = 224
    """Side of the square: the one that the exported model will have."""
    variants: int = 4
    """Of each crop: as it is served, as a studio would take it, and the rest as a phone would."""
    epochs: int = 30
    batch: int = 128
    rate: float = 1e-3
    decay: float = 0.05
    dropout: float = 0.4
    smoothing: float = 0.1
    held_out: float = coco.HELD_OUT
    seed: int = coco.SEED


def train(settings: Settings, run: Path) -> Path:
    """Train into the folder `run` and return the heads. Raises FileExistsError where `run` is there already."""
    run.mkdir(parents=True, exist_ok=True)
    with (run / "settings.json").open("x") as file:
        json.dump(dataclasses.asdict(settings), file, indent=2, default=str)
    return _run(settings, run)


def resume(run: Path) -> Path:
    """Go on from the last finished epoch of `run`, with the settings it began with."""
    kept = json.loads((run / "settings.json").read_text())
    return _run(Settings(**kept | {name: Path(kept[name]) for name in ("crops", "embedder")}), run)


def _run(settings: Settings, run: Path) -> Path:
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1)))
    cv2.setNumThreads(1)
    torch.manual_seed(settings.seed)
    seen, held_out = crops.split(
        [crop for crop in crops.read(settings.crops) if crop.labels], share=settings.held_out, seed=settings.seed
    )
    embedder = network.build(settings.backbone, settings.embedder).eval()
    heads = _first_heads(settings, embedder)
    # The looks do not decay: that of the category, which nothing here teaches, would fade.
    groups = [
        {"params": heads.classifiers.parameters()},
        {"params": heads.attention.parameters(), "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, lr=settings.rate, weight_decay=settings.decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, settings.epochs)
    parts: dict[str, Any] = {"heads": heads, "optimiser": optimiser, "schedule": schedule}
    first = _restore(run, parts)
    features, truths = _features(settings, embedder, seen, settings.variants), _truths(seen)
    examined, answers = _features(settings, embedder, held_out, 1), _truths(held_out)
    for epoch in tqdm(range(first, settings.epochs), unit="epoch"):
        loss = _epoch(settings, heads, optimiser, features, truths, epoch)
        schedule.step()
        write_log(run / "log.csv", {"epoch": epoch + 1, "loss": round(loss, 4)} | accuracy(heads, examined, answers))
        torch.save({name: part.state_dict() for name, part in parts.items()} | {"epoch": epoch + 1}, run / "last.pt")
    torch.save(heads.content(), run / "labels.pt")
    return run / "labels.pt"


def accuracy(heads: network.LabelHeads, features: torch.Tensor, truths: dict[str, torch.Tensor]) -> dict[str, float]:
    """Share right of those whose label was seen; `features`: (1, n, channels, rows, columns)."""
    heads.eval()
    if not features.shape[1]:
        return {}
    with torch.inference_mode():
        parts = [heads(features[0, at : at + 256].float()) for at in range(0, features.shape[1], 256)]
    marks = {}
    for name, truth in truths.items():
        known = truth != UNKNOWN
        guessed = torch.cat([part[name] for part in parts]).argmax(dim=1)
        marks[name] = round(float((guessed[known] == truth[known]).float().mean()), 4)
    return marks


def _first_heads(settings: Settings, embedder: network.UnitLength) -> network.LabelHeads:
    """The auxiliary heads that lie beside the embedder, which also tell the category; fresh ones where none are."""
    beside = settings.embedder.with_name("heads.pt")
    if beside.exists():
        return network.load_heads(beside, dropout=settings.dropout)
    return network.LabelHeads(network.channels(embedder), LABELS, dropout=settings.dropout)


def _epoch(
    settings: Settings,
    heads: network.LabelHeads,
    optimiser: torch.optim.Optimizer,
    features: torch.Tensor,
    truths: dict[str, torch.Tensor],
    epoch: int,
) -> float:
    """One pass over all crops, each in a variant drawn for it; the mean loss."""
    heads.train()
    dice = torch.Generator().manual_seed(settings.seed * 1000 + epoch)
    variants, count = features.shape[:2]
    order, losses = torch.randperm(count, generator=dice), []
    for chosen in order.split(settings.batch):
        variant = torch.randint(variants, (len(chosen),), generator=dice)
        answers = heads(features[variant, chosen].float())
        known = [name for name, truth in truths.items() if bool((truth[chosen] != UNKNOWN).any())]
        loss = torch.stack(
            [
                nn.functional.cross_entropy(
                    answers[name], truths[name][chosen], ignore_index=UNKNOWN, label_smoothing=settings.smoothing
                )
                for name in known
            ]
        ).sum()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        losses.append(float(loss))
    return float(np.mean(losses))


def _restore(run: Path, parts: dict[str, Any]) -> int:
    """The epoch to go on with."""
    if not (run / "last.pt").exists():
        return 0
    content = torch.load(run / "last.pt", map_location="cpu", weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(content[name])
    return int(content["epoch"])


def _features(settings: Settings, embedder: network.UnitLength, chosen: Sequence[Crop], variants: int) -> torch.Tensor:
    """float16 (variants, n, channels, rows, columns)."""
    worn = [crop for crop in chosen if crop.source == "worn"][:100]
    streets = [crops.pixels(settings.crops, crop) for crop in worn]
    found = []
    for start in tqdm(range(0, len(chosen), AT_ONCE), desc="features", mininterval=10):
        part = chosen[start : start + AT_ONCE]
        squares = [
            _variant(settings, crop, variant, streets, seed=(settings.seed, start + place, variant))
            for variant in range(variants)
            for place, crop in enumerate(part)
        ]
        with torch.inference_mode():
            maps = embedder.features(network.normalised(torch.from_numpy(np.stack(squares)))).half()
        found.append(maps.reshape(variants, len(part), *maps.shape[1:]))
    return torch.cat(found, dim=1) if found else torch.empty(variants, 0)


def _variant(
    settings: Settings, crop: Crop, variant: int, streets: Sequence[Pixels], *, seed: tuple[int, ...]
) -> Pixels:
    pixels = crops.pixels(settings.crops, crop)
    if variant == 0:
        return images.letterbox(images.crop(pixels, crop.box), settings.size, fill=augment.WHITE)[0]
    strength = augment.STUDIO if variant == 1 else augment.PHONE
    return augment.square(np.random.default_rng(seed), pixels, crop.box, settings.size, strength, grounds=streets)


def _truths(chosen: Sequence[Crop]) -> dict[str, torch.Tensor]:
    return {
        name: torch.tensor([label_index(words, crop.labels.get(name)) for crop in chosen])
        for name, words in LABELS.items()
    }
