"""The serving engine against torch eager, alternating on the same inputs: python -m mlcore.training.eager FOLDER

Prints one JSON line. The networks are the shipped ones' architectures; weights do not change the time they take.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mlcore import images
from mlcore.engine import Model
from mlcore.labels import LABELS
from mlcore.manifest import ModelEntry, model
from mlcore.training import network
from mlcore.training.embedder import HEADS
from mlcore.training.ultra import YOLO

ROUNDS = 40


def main(folder: Path) -> None:
    paths = sorted(folder.iterdir())[:ROUNDS]
    detector, embedder = model("detection"), model("embedding")
    networks: dict[str, tuple[ModelEntry, torch.nn.Module]] = {
        "detect": (detector, YOLO("yolo11n.yaml").model.fuse()),
        "embed": (embedder, _describer()),
    }
    print(json.dumps({name: _compare(paths, entry, module.eval()) for name, (entry, module) in networks.items()}))


def _describer() -> torch.nn.Module:
    """All that the shipped file computes."""
    embedder = network.build("tf_efficientnet_lite0")
    opinion = network.LabelHeads(network.channels(embedder), HEADS)
    labels = network.KeyHeads(embedder.rest(), network.channels(embedder), LABELS, dropout=0.0)
    return network.Describer(embedder, opinion, labels)


def _compare(paths: list[Path], entry: ModelEntry, module: torch.nn.Module) -> dict[str, Any]:
    engine = Model(entry.path)
    eager_ms: list[float] = []
    engine_ms: list[float] = []
    with torch.inference_mode():
        for number, path in enumerate(paths):
            batch = _batch(path, entry)
            tensor = torch.from_numpy(batch)
            if number == 0:
                module(tensor)
                engine.run(batch)
            eager_ms.append(_timed(lambda tensor=tensor: module(tensor)))  # type: ignore[misc]
            engine_ms.append(_timed(lambda batch=batch: engine.run(batch)))  # type: ignore[misc]
    eager, serving = statistics.median(eager_ms), statistics.median(engine_ms)
    return {"eager_ms": round(eager, 2), "openvino_ms": round(serving, 2), "ratio": round(eager / serving, 2)}


def _batch(path: Path, entry: ModelEntry) -> np.ndarray:
    with path.open("rb") as file:
        square = images.letterbox(images.decode(file), entry.input_size, fill=entry.pad)[0]
    batch = square.transpose(2, 0, 1)[None].astype(np.float32)
    return np.ascontiguousarray((batch - entry.mean) / entry.std)


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
