"""The learning rate, lowered with every batch.

ultralytics lowers it once per epoch, which is too coarse for a fine-tuning of two or three: half of it would run at the
full rate, and none of it at the low one that settles the weights.
"""

from __future__ import annotations

import math
import time
from typing import Any

from mlcore.training.ultra import YOLO


class CosineByBatch:
    """From the full rate to `last_rate` of it, over `epochs`, or over `hours` where a time was asked for."""

    def __init__(self, *, epochs: int, hours: float | None, last_rate: float) -> None:
        self._epochs = epochs
        self._hours = hours
        self._last_rate = last_rate
        self._batch = 0

    def attach(self, model: YOLO) -> None:
        model.add_callback("on_train_epoch_start", self._begin_epoch)
        model.add_callback("on_train_batch_start", self._lower)

    def share(self, done: float) -> float:
        """Of the full rate, where `done` of the training is over (0..1)."""
        return self._last_rate + (1 - self._last_rate) * (1 + math.cos(math.pi * min(done, 1.0))) / 2

    def _begin_epoch(self, _: Any) -> None:
        self._batch = 0

    def _lower(self, trainer: Any) -> None:
        """While ultralytics still warms up, it sets the rate itself right after this."""
        if self._hours is not None:
            done = (time.time() - trainer.train_time_start) / (3600 * self._hours)
        else:
            done = (trainer.epoch + self._batch / len(trainer.train_loader)) / self._epochs
        self._batch += 1
        for group in trainer.optimizer.param_groups:
            group["lr"] = group["initial_lr"] * self.share(done)
