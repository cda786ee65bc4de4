"""Fine-tune the garment detector on COCO folders.

A run folder holds everything about one training: `settings.json` (what was asked), `data/` (what it was trained on),
`results.csv` (losses and validation per epoch) and `weights/last.pt`, `weights/best.pt`.
"""

from __future__ import annotations

import dataclasses
import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from mlcore.evaluation.files import BadFile
from mlcore.training import coco, memory, yolo
from mlcore.training.embedder import save
from mlcore.training.schedule import CosineByBatch
from mlcore.training.ultra import YOLO
from mlcore.types import Category

PLACES = {"data", "model", "name", "project", "save_dir"}  # of Ultralytics' settings: folders of the machine
REPEATS = 4  # a rare garment is shown at most this often per epoch; beyond that it would learn those very pictures


@dataclass(frozen=True, slots=True)
class Settings:
    """What a training is made from; kept beside its weights."""

    data: Path
    """COCO folder of worn garments; a share of it, and of every extra, is held out."""
    all_of_data: bool = False
    """Hold nothing of `data` out: what the starting weights have learned by heart tells nothing about a training."""
    extra: tuple[Path, ...] = ()
    weights: Path | None = None
    """Weights to start from, which bring their architecture; None: `arch` with random weights."""
    arch: str = "yolo11n"
    epochs: int = 30
    hours: float | None = None
    """Stop after this time instead of after `epochs`; the learning rate then falls by the clock."""
    size: int = 416
    """Side of the square that the detector sees, pixels; a multiple of 32."""
    batch: int = 16
    rate: float = 0.001
    last_rate: float = 0.02
    """The final learning rate, as a share of `rate`; it falls along a cosine, with every batch."""
    mosaic: float = 0.5
    """Share of pictures shown as a collage of four. Not 1: uploads show one garment that fills the picture."""
    close_mosaic: int = 3
    """Final epochs without collages, so that the box statistics end as real pictures have them."""
    freeze: int = 4
    """Layers left as they are, from the first: edges need no teaching, and 7 of 24 frozen save a third of a step."""
    held_out: float = coco.HELD_OUT
    most: int = 380
    """Of an extra folder, at most this many pictures of one category: people photograph ten tops for one skirt."""
    least: int = 90
    """Of any folder, pictures of a category below this are repeated."""
    seed: int = coco.SEED
    split: int = coco.SEED
    """Seed of the split: all trainings hold out the same, whatever their own chance is."""
    workers: int = 2
    device: str = "cpu"


def train(settings: Settings, run: Path) -> Path:
    """Train into the folder `run` and return the best weights.

    Raises FileExistsError where `run` is there already, and BadFile where no picture is left to validate on.
    """
    seen, held_out = gather(settings)
    if not held_out:
        raise BadFile("no picture is held out: epochs could not be compared; add an --extra folder that validates")
    run.mkdir(parents=True, exist_ok=True)
    with (run / "settings.json").open("x") as file:
        json.dump(dataclasses.asdict(settings), file, indent=2, default=str)
    memory.keep()
    data = yolo.write(run / "data", train=seen, held_out=held_out)
    # Weights bring their own architecture; loaded into a fresh one, they would lose the class layer (80 classes there).
    model = YOLO(f"{settings.arch}.yaml" if settings.weights is None else str(settings.weights))
    _schedule(model, settings.epochs, settings.hours, settings.last_rate)
    model.train(
        data=str(data),
        project=str(run.parent.resolve()),
        name=run.name,
        exist_ok=True,
        epochs=settings.epochs,
        time=settings.hours,
        imgsz=settings.size,
        batch=settings.batch,
        nbs=settings.batch,  # one step per batch: a small set has too few batches to gather several
        optimizer="AdamW",
        lr0=settings.rate,
        momentum=0.9,
        warmup_epochs=0.5,
        warmup_bias_lr=0.0,
        freeze=settings.freeze or None,
        mosaic=settings.mosaic,
        close_mosaic=settings.close_mosaic,
        hsv_s=0.5,
        seed=settings.seed,
        workers=settings.workers,
        device=settings.device,
        amp=False,  # the starting weights come from an int8 export and are to be trained in float32
        plots=False,
        verbose=False,
    )
    return _finished(run)


def resume(run: Path) -> Path:
    """Go on from the last finished epoch of `run`, with the settings it began with."""
    memory.keep()
    kept = json.loads((run / "settings.json").read_text())
    model = YOLO(str(run / "weights" / "last.pt"))
    _schedule(model, kept["epochs"], kept["hours"], kept["last_rate"])
    model.train(resume=True)
    return _finished(run)


def _finished(run: Path) -> Path:
    """The best weights. A run that has ended is not resumed: its files may be given away, so they forget where they
    were made."""
    for path in (run / "weights").glob("*.pt"):
        content = torch.load(path, map_location="cpu", weights_only=False)
        for settings in (content.get("train_args", {}), content["model"].args):
            for name in PLACES & settings.keys():
                del settings[name]
        content["model"].pt_path = None
        content.pop("git", None)  # where the checkout lies
        save(content, path)
    return run / "weights" / "best.pt"


def _schedule(model: YOLO, epochs: int, hours: float | None, last_rate: float) -> None:
    CosineByBatch(epochs=epochs, hours=hours, last_rate=last_rate).attach(model)
    model.add_callback("on_train_start", _channels_last)


def _channels_last(trainer: Any) -> None:
    """On a CPU a step takes five sixths of the time with the channels innermost (oneDNN's own order)."""
    trainer.model.to(memory_format=torch.channels_last)


def gather(settings: Settings) -> tuple[list[coco.Picture], list[coco.Picture]]:
    """(train, held out) of all folders, balanced over the categories in the training part alone.

    Of `data` nothing is left out, and what is rare in it is repeated towards an even share at most.
    """
    share = 0.0 if settings.all_of_data else settings.held_out
    worn, held_out = coco.split(coco.read(settings.data), share=share, seed=settings.split)
    even = min(settings.least, len(worn) // len(coco.CATEGORIES))
    seen = balanced(worn, most=len(worn), least=even, seed=settings.seed)
    for folder in settings.extra:
        more, kept_back = coco.split(coco.read(folder), share=settings.held_out, seed=settings.split)
        seen += balanced(more, most=settings.most, least=settings.least, seed=settings.seed)
        held_out += kept_back
    return seen, held_out


def balanced(pictures: Sequence[coco.Picture], *, most: int, least: int, seed: int) -> list[coco.Picture]:
    """Thinned to `most` pictures per category and repeated towards `least`; a picture counts as its rarest category.

    Pictures without a garment all stay: they teach what is none.
    """
    dice = random.Random(seed)
    counts = Counter(garment.category for picture in pictures for garment in picture.garments)
    chosen = [picture for picture in pictures if not picture.garments]
    for category in coco.CATEGORIES:
        own = [picture for picture in pictures if category == _rarest(picture, counts)]
        kept = dice.sample(own, min(most, len(own)))
        chosen += (kept * REPEATS)[: max(len(kept), min(least, REPEATS * len(kept)))]
    return chosen


def _rarest(picture: coco.Picture, counts: Counter[Category]) -> Category | None:
    return min((garment.category for garment in picture.garments), key=lambda category: counts[category], default=None)
