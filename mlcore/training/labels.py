"""Train the key labels on the trunk of a trained embedder, so that one forward pass gives both.

The embedder stays as it is. What its trunk makes of every labelled crop, in several augmented variants, is computed
once; an own last stage with the heads on it learns on that. A run folder holds `settings.json`, `log.csv`, `last.pt`
(for a resumed run) and `labels.pt` (what is exported).
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
from mlcore.evaluation.files import BadFile, read_json
from mlcore.labels import LABELS
from mlcore.training import augment, coco, crops, memory, network
from mlcore.training.batches import UNKNOWN, label_index
from mlcore.training.crops import Crop
from mlcore.training.embedder import save, write_log
from mlcore.training.weights import read_weights
from mlcore.types import Category, Pixels

AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Settings:
    """What a training is made from; kept beside its weights."""

    crops: Path
    """Folder of `train prepare-crops` with key labels."""
    embedder: Path
    """Weights of `train embedder`."""
    backbone: str = "tf_efficientnet_lite0"
    weights: Path | None = None
    """`labels.pt` of an earlier run for the same embedder, to go on from; None: a new last stage."""
    size: int = 192
    """Side of the square: the one that the exported model will have."""
    variants: int = 3
    """Of each crop: as it is served, as a studio would take it, and the rest as a phone would."""
    epochs: int = 12
    batch: int = 64
    rate: float = 3e-4
    """Of the last stage; the heads', which begin with random numbers, is three times as high."""
    decay: float = 0.05
    dropout: float = 0.4
    smoothing: float = 0.1
    hint_weight: float = 0.5
    """Of a label that follows from the garment's kind or name, beside one given by eye."""
    held_out: float = coco.HELD_OUT
    seed: int = coco.SEED
    split: int = coco.SEED
    """Seed of the split: all trainings hold out the same, whatever their own chance is."""


@dataclass(frozen=True, slots=True)
class _Set:
    """Crops as the heads see them."""

    trunks: torch.Tensor
    """float16 (variants, n, channels, rows, columns)."""
    categories: torch.Tensor
    """int64 (n,)."""
    truths: dict[str, torch.Tensor]
    """By label int64 (n,), UNKNOWN where nobody told it."""
    weights: dict[str, torch.Tensor]
    """By label float32 (n,)."""


@dataclass(frozen=True, slots=True)
class _Begun:
    """What a training begins with."""

    seen: Sequence[Crop]
    held_out: Sequence[Crop]
    embedder: network.UnitLength
    heads: network.KeyHeads


def train(settings: Settings, run: Path) -> Path:
    """Train into the folder `run` and return the heads.

    Raises FileExistsError where `run` is there already, and BadFile for wrong crops or for heads of another network.
    """
    begun = _begin(settings)  # before anything is written: a wrong folder or file leaves no run behind
    run.mkdir(parents=True, exist_ok=True)
    with (run / "settings.json").open("x") as file:
        json.dump(dataclasses.asdict(settings), file, indent=2, default=str)
    return _run(settings, run, begun)


def resume(run: Path) -> Path:
    """Go on from the last finished epoch of `run`, with the settings it began with."""
    kept = read_json(run / "settings.json")
    kept |= {name: Path(kept[name]) for name in ("crops", "embedder", "weights") if kept.get(name)}
    settings = Settings(**kept)
    return _run(settings, run, _begin(settings))


def load(path: Path, embedder: network.UnitLength, *, dropout: float = 0.0) -> network.KeyHeads:
    """The heads of `labels.pt` for the embedder that they were trained on. Raises BadFile for other heads."""
    content = read_weights(path)
    try:
        heads = network.KeyHeads(embedder.rest(), network.channels(embedder), content["values"], dropout=dropout)
        heads.load_state_dict(content["heads"])
    except (KeyError, TypeError, RuntimeError) as error:
        raise BadFile(f"{path} holds no key labels' heads for such an embedder") from error
    return heads


def _begin(settings: Settings) -> _Begun:
    told = [crop for crop in crops.read(settings.crops) if crop.labels or crop.hints]
    seen, held_out = crops.split(told, share=settings.held_out, seed=settings.split)
    if not seen:
        raise BadFile(f"{settings.crops} has no crop with key labels to train on")
    torch.manual_seed(settings.seed)
    embedder = network.build(settings.backbone, settings.embedder).eval()
    if settings.weights is not None:
        heads = load(settings.weights, embedder, dropout=settings.dropout)
    else:
        heads = network.KeyHeads(embedder.rest(), network.channels(embedder), LABELS, dropout=settings.dropout)
    return _Begun(seen, [crop for crop in held_out if crop.labels], embedder, heads)


def _run(settings: Settings, run: Path, begun: _Begun) -> Path:
    memory.keep()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1)))
    cv2.setNumThreads(1)
    heads = begun.heads.to(memory_format=torch.channels_last)
    fresh = [parameter for name, parameter in heads.named_parameters() if not name.startswith("stage.")]
    groups = [
        {"params": heads.stage.parameters(), "lr": settings.rate},
        {"params": fresh, "lr": 3 * settings.rate},
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=settings.decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, settings.epochs)
    parts: dict[str, Any] = {"heads": heads, "optimiser": optimiser, "schedule": schedule}
    first = _restore(run, parts)
    learned = _gather(settings, begun.embedder, begun.seen, settings.variants)
    examined = _gather(settings, begun.embedder, begun.held_out, 1)
    for epoch in tqdm(range(first, settings.epochs), unit="epoch"):
        loss = _epoch(settings, heads, optimiser, learned, epoch)
        schedule.step()
        write_log(run / "log.csv", {"epoch": epoch + 1, "loss": round(loss, 4)} | _accuracy(heads, examined))
        save({name: part.state_dict() for name, part in parts.items()} | {"epoch": epoch + 1}, run / "last.pt")
    save({"values": dict(LABELS), "heads": heads.state_dict()}, run / "labels.pt")
    return run / "labels.pt"


def _epoch(
    settings: Settings, heads: network.KeyHeads, optimiser: torch.optim.Optimizer, learned: _Set, epoch: int
) -> float:
    """One pass over all crops, each in a variant drawn for it; the mean loss."""
    heads.train()
    for module in heads.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
    dice = torch.Generator().manual_seed(settings.seed * 1000 + epoch)
    torch.manual_seed(settings.seed * 1000 + epoch)  # of the dropout: a resumed run draws what this one would have
    variants, count = learned.trunks.shape[:2]
    losses = []
    for chosen in torch.randperm(count, generator=dice).split(settings.batch):
        variant = torch.randint(variants, (len(chosen),), generator=dice)
        answers = heads(learned.trunks[variant, chosen].float().contiguous(memory_format=torch.channels_last))
        loss = _loss(settings, answers, learned, chosen)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    return float(np.mean(losses))


def _loss(settings: Settings, answers: dict[str, torch.Tensor], learned: _Set, chosen: torch.Tensor) -> torch.Tensor:
    """The sum over the labels of the weighted mean cross entropy, each garment judged as one of its category."""
    total = torch.zeros(())
    rows = torch.arange(len(chosen))
    for name, logits in answers.items():
        each = nn.functional.cross_entropy(
            logits[rows, learned.categories[chosen]],
            learned.truths[name][chosen],
            ignore_index=UNKNOWN,
            label_smoothing=settings.smoothing,
            reduction="none",
        )
        weights = learned.weights[name][chosen]
        total = total + (each * weights).sum() / weights.sum().clamp(min=1.0)
    return total


def _accuracy(heads: network.KeyHeads, examined: _Set) -> dict[str, float]:
    """Share right of those whose label was seen."""
    heads.eval()
    if not examined.trunks.shape[1]:
        return {}
    with torch.inference_mode():
        parts = [heads(examined.trunks[0, at : at + 64].float()) for at in range(0, examined.trunks.shape[1], 64)]
    marks = {}
    for name, truth in examined.truths.items():
        known = truth != UNKNOWN
        logits = torch.cat([part[name] for part in parts])[torch.arange(len(truth)), examined.categories]
        right = (logits.argmax(dim=1) == truth)[known]
        marks[name] = round(float(right.float().mean()), 4) if len(right) else float("nan")
    return marks


def _restore(run: Path, parts: dict[str, Any]) -> int:
    """The epoch to go on with. Raises BadFile where the run was begun with other heads."""
    if not (run / "last.pt").exists():
        return 0
    content = read_weights(run / "last.pt")
    try:
        for name, part in parts.items():
            part.load_state_dict(content[name])
    except (RuntimeError, ValueError) as error:
        raise BadFile(f"{run} was begun with other heads; begin a new run") from error
    return int(content["epoch"])


def _gather(settings: Settings, embedder: network.UnitLength, chosen: Sequence[Crop], variants: int) -> _Set:
    return _Set(
        trunks=_trunks(settings, embedder, chosen, variants),
        categories=torch.tensor([list(Category).index(crop.category) for crop in chosen]),
        truths={
            name: torch.tensor([label_index(words, (crop.hints | crop.labels).get(name)) for crop in chosen])
            for name, words in LABELS.items()
        },
        weights={
            name: torch.tensor(
                [1.0 if name in crop.labels else settings.hint_weight * (name in crop.hints) for crop in chosen]
            )
            for name in LABELS
        },
    )


def _trunks(settings: Settings, embedder: network.UnitLength, chosen: Sequence[Crop], variants: int) -> torch.Tensor:
    """float16 (variants, n, channels, rows, columns)."""
    worn = [crop for crop in chosen if crop.source == "worn"][:100]
    streets = [crops.pixels(settings.crops, crop) for crop in worn]
    found = []
    for start in tqdm(range(0, len(chosen), AT_ONCE), desc="trunks", mininterval=10):
        part = chosen[start : start + AT_ONCE]
        squares = [
            _variant(settings, crop, variant, streets, seed=(settings.seed, start + place, variant))
            for variant in range(variants)
            for place, crop in enumerate(part)
        ]
        with torch.inference_mode():
            maps = embedder.trunk(network.normalised(torch.from_numpy(np.stack(squares)))).half()
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
