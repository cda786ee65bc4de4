"""The two ways to run a model, side by side: python -m benchmarks.engines

A batch as the offline queue sends it, once with the settings for a waiting user and once with those for throughput,
alternating on the same input; and one picture alone. What is compared are the ratios of one run.
"""

from __future__ import annotations

import json
import statistics
import time

import numpy as np

from mlcore.engine import Hint, Model
from mlcore.manifest import ModelEntry, model

ROUNDS = 15
HINTS: tuple[Hint, ...] = ("latency", "throughput")
BATCHES = {"detection": (1, 4), "embedding": (1, 8)}  # one picture alone, and AT_ONCE of the offline queue


def main() -> None:
    result = {}
    for task, sizes in BATCHES.items():
        entry = model(task)
        for size in sizes:
            times = _compare(entry, size)
            ms = {hint: round(1000 * statistics.median(times[hint]) / size, 2) for hint in HINTS}
            result[f"{task}, batch of {size}"] = ms | {"ratio": round(ms["latency"] / ms["throughput"], 2)}
    print(json.dumps(result, indent=2))


def _compare(entry: ModelEntry, size: int) -> dict[Hint, list[float]]:
    """Seconds of each run, by hint."""
    side = entry.input_size
    batch = np.random.default_rng(0).standard_normal((size, 3, side, side)).astype(np.float32)
    models = {hint: Model(entry.path, hint=hint) for hint in HINTS}
    times: dict[Hint, list[float]] = {hint: [] for hint in HINTS}
    for number in range(ROUNDS + 2):
        for hint, one in models.items():
            start = time.perf_counter()
            one.run(batch)
            if number >= 2:  # the first runs compile
                times[hint].append(time.perf_counter() - start)
    return times


if __name__ == "__main__":
    main()
