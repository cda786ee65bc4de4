from __future__ import annotations

from types import SimpleNamespace

import pytest

from mlcore.training.schedule import CosineByBatch


def test_the_rate_falls_from_all_of_it_to_the_last_share():
    schedule = CosineByBatch(epochs=2, hours=None, last_rate=0.1)
    assert [schedule.share(done) for done in (0.0, 0.5, 1.0, 1.2)] == pytest.approx([1.0, 0.55, 0.1, 0.1])


def test_the_rate_falls_within_an_epoch():
    group = {"initial_lr": 2.0, "lr": 0.0}
    trainer = SimpleNamespace(epoch=0, train_loader=range(4), optimizer=SimpleNamespace(param_groups=[group]))
    schedule = CosineByBatch(epochs=1, hours=None, last_rate=0.0)
    schedule._begin_epoch(trainer)
    rates = []
    for _ in trainer.train_loader:
        schedule._lower(trainer)
        rates.append(group["lr"])
    assert rates == pytest.approx([2.0, 1.7071, 1.0, 0.2929], abs=1e-4)
