"""Would fewer bits do? python -m mlcore.training.precision --crops DIR --embedder PT --onnx FILE [--backbone …]

Recall on held-out crops with float32, with bfloat16 (torch's, which computes it on any processor) and with int8 (ONNX
Runtime's static quantisation, calibrated on training crops), and how long a batch takes in the serving engine with
float32 and int8 files. Prints one JSON object. The rule: recall must not move by more than half a point.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from mlcore import images
from mlcore.engine import Model
from mlcore.training import augment, coco, crops, network, validation
from mlcore.types import Pixels

CALIBRATION = 128
BATCH, ROUNDS = 8, 15

Embed = Callable[[Sequence[Pixels]], NDArray[np.float32]]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--crops", type=Path, required=True)
    parser.add_argument("--embedder", type=Path, required=True)
    parser.add_argument("--onnx", type=Path, required=True)
    parser.add_argument("--backbone", default="tf_efficientnet_lite0")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--held-out", type=float, default=coco.HELD_OUT, help="as the training's (%(default)s)")
    parser.add_argument("--split", type=int, default=coco.SEED, help="as the training's (%(default)s)")
    arguments = parser.parse_args()
    seen, held_out = crops.split(crops.read(arguments.crops), share=arguments.held_out, seed=arguments.split)
    examination = validation.Examination(arguments.crops, held_out, side=arguments.size)
    embedder = network.build(arguments.backbone, arguments.embedder).eval()
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "int8.onnx"
        _quantised(arguments.onnx, small, _calibration(arguments.crops, seen, arguments.size))
        full, quantised = Model(arguments.onnx, hint="throughput"), Model(small, hint="throughput")
        result: dict[str, Any] = {
            "float32": examination.recalls(_served(full)),
            "bfloat16": examination.recalls(_bfloat16(embedder)),
            "int8": examination.recalls(_served(quantised)),
            "ms_per_crop": _times({"float32": full, "int8": quantised}, arguments.size),
        }
    print(json.dumps(result, indent=2))


def _batches(squares: Sequence[Pixels]) -> Iterator[NDArray[np.float32]]:
    for start in range(0, len(squares), BATCH):
        pixels = np.stack(squares[start : start + BATCH]).transpose(0, 3, 1, 2).astype(np.float32)
        yield np.ascontiguousarray((pixels - network.MEAN) / network.STD)


def _served(model: Model) -> Embed:
    return lambda squares: np.concatenate([model.run(batch) for batch in _batches(squares)])


def _bfloat16(embedder: network.UnitLength) -> Embed:
    def embed(squares: Sequence[Pixels]) -> NDArray[np.float32]:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            parts = [embedder(torch.from_numpy(batch)).float().numpy() for batch in _batches(squares)]
        return np.concatenate(parts)

    return embed


def _calibration(folder: Path, seen: Sequence[crops.Crop], side: int) -> list[Pixels]:
    chosen = np.random.default_rng(0).permutation(len(seen))[:CALIBRATION]
    return [
        images.letterbox(images.crop(crops.pixels(folder, seen[int(i)]), seen[int(i)].box), side, fill=augment.WHITE)[0]
        for i in chosen
    ]


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, source: str, squares: Sequence[Pixels]) -> None:
        self._rows = ({source: batch} for batch in _batches(squares))

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        return next(self._rows, None)


def _quantised(source: Path, target: Path, squares: Sequence[Pixels]) -> None:
    prepared = target.with_name("prepared.onnx")
    quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
    quantize_static(
        str(prepared),
        str(target),
        _Reader("images", squares),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
    )


def _times(models: dict[str, Model], side: int) -> dict[str, float]:
    """Alternating, so that other work on the machine slows both."""
    batch = np.random.default_rng(0).standard_normal((BATCH, 3, side, side)).astype(np.float32)
    seconds: dict[str, list[float]] = {name: [] for name in models}
    for number in range(ROUNDS + 2):
        for name, model in models.items():
            start = time.perf_counter()
            model.run(batch)
            if number >= 2:  # the first runs compile
                seconds[name].append(time.perf_counter() - start)
    return {name: round(1000 * statistics.median(times) / BATCH, 2) for name, times in seconds.items()}


if __name__ == "__main__":
    main()
