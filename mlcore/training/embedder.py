"""Train the embedder: crops of the same garment close together, all others apart.

A run folder holds `settings.json` (what was asked), `log.csv` (losses and validation per epoch), `last.pt` (everything
that a resumed run needs), `embedder.pt` (the weights to export: a float16 state dict) and `heads.pt`
(the auxiliary heads, from which `train labels` goes on).
"""

from __future__ import annotations

import csv
import dataclasses
import json
import math
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import torch
from timm.models import group_parameters
from timm.utils import ModelEmaV3
from torch import nn
from torch.utils.data import DataLoader
from tqdm import tqdm

from mlcore.evaluation.files import BadFile, read_json
from mlcore.labels import CATEGORY, LABELS
from mlcore.training import coco, crops, losses, memory, network, validation
from mlcore.training.batches import UNKNOWN, Batch, Batches

HEADS = {CATEGORY: tuple(str(category) for category in coco.CATEGORIES), **LABELS}
"""What the auxiliary heads learn beside the embedding: features that know a collar from a hood serve both."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a training is made from; kept beside its weights."""

    crops: Path
    """Folder of `train prepare-crops`; a share of its items, senders and photographs is held out."""
    backbone: str = "tf_efficientnet_lite0"
    weights: Path | None = None
    """A state dict to start from; None: ImageNet's where a package brings it."""
    size: int = 192
    """Side of the square that the network sees in training, pixels."""
    loss: str = "supcon"
    temperature: float = 0.1
    memory: int = 0
    """Crops of the batches before that each crop is compared with as well; 0: those of its batch alone."""
    steps: int = 1500
    epoch: int = 100
    """Steps between two lines of the log."""
    items: int = 32
    """Different garments in a batch; each is seen twice."""
    rate: float = 4e-4
    head_rate: float = 1e-3
    decay: float = 0.02
    warmup: int = 60
    family_weight: float = 0.15
    label_weight: float = 0.4
    frozen: int = 3
    """Groups of layers left as they are, from the stem: edges need no teaching, and a step takes 0.6 of the time."""
    average: float = 0.995
    """Of the running mean over the weights of the last steps, which is what is exported."""
    held_out: float = coco.HELD_OUT
    seed: int = coco.SEED
    split: int = coco.SEED
    """Seed of the split: all trainings hold out the same, whatever their own chance is."""
    device: str = "cpu"

    def __post_init__(self) -> None:
        """Raises ValueError for what does not go together."""
        if self.memory and self.loss not in losses.WITH_MEMORY:
            raise ValueError(f"--memory works with {', '.join(losses.WITH_MEMORY)}, not with {self.loss}")


@dataclass(slots=True)
class _State:
    """Everything that changes during a run."""

    settings: Settings
    embedder: network.UnitLength
    heads: network.LabelHeads
    loss: nn.Module
    average: ModelEmaV3
    optimiser: torch.optim.Optimizer
    step: int = 0

    def save(self, run: Path) -> None:
        content = {
            name: getattr(self, name).state_dict() for name in ("embedder", "heads", "loss", "average", "optimiser")
        }
        half = {
            name: value.half() if value.is_floating_point() else value
            for name, value in self.average.module[0].content().items()
        }
        save(half, run / "embedder.pt")
        save(self.average.module[1].content(), run / "heads.pt")
        # Last, so that a resumed run never believes an epoch whose weights were not written.
        save(content | {"step": self.step, "chance": torch.get_rng_state()}, run / "last.pt")

    def load(self, run: Path) -> None:
        """Raises BadFile where the run was begun with another network."""
        content = torch.load(run / "last.pt", map_location=self.settings.device, weights_only=True)
        self.step = content.pop("step")
        torch.set_rng_state(content.pop("chance").cpu())
        try:
            for name, value in content.items():
                getattr(self, name).load_state_dict(value)
        except (RuntimeError, ValueError) as error:
            raise BadFile(f"{run} was begun with another network; go on from its embedder.pt by --weights") from error


def train(settings: Settings, run: Path) -> Path:
    """Train into the folder `run` and return the weights. Raises FileExistsError where `run` is there already."""
    crops.read(settings.crops)  # before anything is written: a wrong folder or file leaves no run behind
    network.build(settings.backbone, settings.weights)
    run.mkdir(parents=True, exist_ok=True)
    with (run / "settings.json").open("x") as file:
        json.dump(dataclasses.asdict(settings), file, indent=2, default=str)
    return _run(settings, run, resume=False)


def resume(run: Path) -> Path:
    """Go on from the last finished epoch of `run`, with the settings it began with."""
    kept = read_json(run / "settings.json")
    kept |= {name: Path(kept[name]) for name in ("crops", "weights") if kept[name]}
    return _run(Settings(**kept), run, resume=True)


def _run(settings: Settings, run: Path, *, resume: bool) -> Path:
    memory.keep()
    # Where two trainings share a machine, one thread for each is faster than all for both (docs/models.md).
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1)))
    cv2.setNumThreads(1)
    torch.manual_seed(settings.seed)
    seen, held_out = crops.split(crops.read(settings.crops), share=settings.held_out, seed=settings.split)
    batches = Batches(settings.crops, seen, items=settings.items, side=settings.size, seed=settings.seed)
    state = _begin(settings, batches.items)
    examination = validation.Examination(settings.crops, held_out, side=settings.size)
    if resume and (run / "last.pt").exists():
        state.load(run)
    with torch.random.fork_rng():  # the loader draws a number of its own, which a resumed run draws again
        loader = iter(DataLoader(batches, batch_size=None, sampler=range(state.step, settings.steps), num_workers=1))
    with tqdm(total=settings.steps, initial=state.step, unit="step", mininterval=10) as progress:
        while state.step < settings.steps:
            began = time.monotonic()
            means = _epoch(state, loader, progress)
            row = means | {"seconds": round(time.monotonic() - began, 1)} | examination.mark(state.average.module)
            write_log(run / "log.csv", {"step": state.step, "rate": _share(settings, state.step) * settings.rate} | row)
            state.save(run)
    return run / "embedder.pt"


def _begin(settings: Settings, items: int) -> _State:
    embedder = network.build(settings.backbone, settings.weights)
    heads = network.LabelHeads(network.channels(embedder), HEADS)
    earlier = settings.weights.with_name("heads.pt") if settings.weights else None
    if earlier is not None and earlier.exists():
        heads = network.load_heads(earlier)
    both = nn.ModuleList([embedder, heads]).to(settings.device, memory_format=torch.channels_last)
    loss = losses.remembering(losses.LOSSES[settings.loss](settings.temperature, items), settings.memory)
    loss = loss.to(settings.device)
    groups = group_parameters(embedder.backbone, embedder.backbone.group_matcher(coarse=True))
    for name, parameter in embedder.backbone.named_parameters():
        number = next(number for number, names in groups.items() if name in names)
        parameter.requires_grad_(number >= settings.frozen)
    head = [*embedder.head(), *heads.parameters()]
    body = [p for p in embedder.parameters() if p.requires_grad and not any(p is one for one in head)]
    rates = [
        {"params": body, "lr": settings.rate},
        {"params": head, "lr": settings.head_rate},
        # Proxies see a gradient only when their item is in the batch.
        {"params": list(loss.parameters()), "lr": 100 * settings.rate, "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW([rate for rate in rates if rate["params"]], weight_decay=settings.decay)
    for group in optimiser.param_groups:
        group["initial_lr"] = group["lr"]
    return _State(settings, embedder, heads, loss, ModelEmaV3(both, decay=settings.average, use_warmup=True), optimiser)


def _epoch(state: _State, loader: Iterator[Batch], progress: tqdm[Any]) -> dict[str, float]:
    """Train until the next line of the log; the mean of each loss."""
    settings = state.settings
    both = nn.ModuleList([state.embedder, state.heads])
    both.train()
    for module in both.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()  # ImageNet's statistics: those of 64 crops are too noisy
    sums: dict[str, float] = {}
    last = min(settings.steps, state.step + settings.epoch)
    count = last - state.step
    while state.step < last:
        for group in state.optimiser.param_groups:
            group["lr"] = group["initial_lr"] * _share(settings, state.step)
        parts = _losses(state, next(loader))
        total = parts["loss"] + settings.family_weight * parts["family"] + settings.label_weight * parts["labels"]
        if not torch.isfinite(total):
            raise FloatingPointError(f"the loss is {float(total)} at step {state.step}: a lower --rate may help")
        state.optimiser.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_(both.parameters(), 5.0)
        state.optimiser.step()
        state.step += 1
        state.average.update(both, step=state.step)
        for name, part in parts.items():
            sums[name] = sums.get(name, 0.0) + float(part.detach())
        progress.update()
        progress.set_postfix({name: f"{float(part.detach()):.3f}" for name, part in parts.items()}, refresh=False)
    return {name: round(value / count, 4) for name, value in sums.items()}


def _losses(state: _State, batch: Batch) -> dict[str, torch.Tensor]:
    device = state.settings.device
    look = state.embedder.look(network.normalised(batch.pixels.to(device)))
    embeddings = state.embedder.describe(look)
    answers = state.heads(look.features)
    truths = {CATEGORY: batch.categories, **batch.labels}
    labels = [
        nn.functional.cross_entropy(answers[name], truth.to(device), ignore_index=UNKNOWN, label_smoothing=0.05)
        for name, truth in truths.items()
        if bool((truth != UNKNOWN).any())
    ]
    family = losses.supcon(0.2, 0)
    return {
        "loss": state.loss(embeddings, batch.items.to(device)),
        "family": family(embeddings, batch.families.to(device)),
        "labels": torch.stack(labels).mean(),
    }


def _share(settings: Settings, step: int) -> float:
    """Of the full learning rate: rising while warming up, then falling along a cosine to a fiftieth."""
    if step < settings.warmup:
        return (step + 1) / settings.warmup
    done = (step - settings.warmup) / max(1, settings.steps - settings.warmup)
    return 0.02 + 0.98 * (1 + math.cos(math.pi * min(1.0, done))) / 2


def save(content: object, target: Path) -> None:
    """Whole or not at all: a run may be killed at any moment."""
    part = target.with_suffix(".part")
    torch.save(content, part)
    part.replace(target)


def write_log(path: Path, row: dict[str, Any]) -> None:
    """Add a line to a run's log.csv, with its heading before the first."""
    fresh = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, row)
        if fresh:
            writer.writeheader()
        writer.writerow(row)
