"""Run an ONNX file on the processor: OpenVINO where it is installed, ONNX Runtime elsewhere.

Choose with GARDEROBE_ENGINE=openvino|onnxruntime. A model is loaded on first use, under a lock, once per process and
never before a fork (the engines' thread pools do not survive one).
"""

from __future__ import annotations

import importlib.util
import os
import threading
from pathlib import Path
from typing import Any, Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray

Batch = NDArray[np.float32]
Hint = Literal["latency", "throughput"]


class Engine(Protocol):
    def run(self, batch: Batch) -> dict[str, Batch]:
        """The model's outputs by name, in the file's order, for a batch (first axis) of inputs."""


class Model:
    """An ONNX file that loads itself when it is first run."""

    def __init__(self, path: Path, *, hint: Hint = "latency") -> None:
        self.path = path
        self._hint: Hint = hint
        self._lock = threading.Lock()
        self._loaded: tuple[int, Engine] | None = None

    def run(self, batch: Batch) -> Batch:
        """The first output."""
        return next(iter(self.outputs(batch).values()))

    def outputs(self, batch: Batch) -> dict[str, Batch]:
        """All outputs by name."""
        return self._engine().run(batch)

    def _engine(self) -> Engine:
        loaded = self._loaded
        if loaded is None or loaded[0] != os.getpid():
            with self._lock:
                loaded = self._loaded
                if loaded is None or loaded[0] != os.getpid():
                    loaded = (os.getpid(), _load(self.path, self._hint))
                    self._loaded = loaded
        return loaded[1]


def engine_name() -> str:
    """`openvino` or `onnxruntime`: what models run on here."""
    chosen = os.environ.get("GARDEROBE_ENGINE", "")
    if chosen in ("openvino", "onnxruntime"):
        return chosen
    return "openvino" if importlib.util.find_spec("openvino") else "onnxruntime"


def _threads() -> int:
    """Threads of one inference; 0 leaves it to the engine (all cores)."""
    return int(os.environ.get("GARDEROBE_THREADS", "0"))


def _load(path: Path, hint: Hint) -> Engine:
    return _OpenVINO(path, hint) if engine_name() == "openvino" else _ONNXRuntime(path)


class _OpenVINO:
    def __init__(self, path: Path, hint: Hint) -> None:
        import openvino

        config: dict[str, Any] = {
            "PERFORMANCE_HINT": hint.upper(),
            "NUM_STREAMS": 1,  # one request at a time per process: the batch is the parallelism
            "INFERENCE_PRECISION_HINT": "f32",  # bf16 moves the embedding by more than parity allows
        }
        if _threads():
            config["INFERENCE_NUM_THREADS"] = _threads()
        self._compiled = openvino.Core().compile_model(str(path), "CPU", config)
        # An inference request holds one set of buffers, so each thread has its own.
        self._requests = threading.local()

    def run(self, batch: Batch) -> dict[str, Batch]:
        request = getattr(self._requests, "request", None)
        if request is None:
            request = self._requests.request = self._compiled.create_infer_request()
        outputs = request.infer([batch], share_inputs=True)
        return {output.get_any_name(): cast(Batch, outputs[output]) for output in self._compiled.outputs}


class _ONNXRuntime:
    def __init__(self, path: Path) -> None:
        import onnxruntime

        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = _threads()
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        self._outputs = [output.name for output in self._session.get_outputs()]

    def run(self, batch: Batch) -> dict[str, Batch]:
        return dict(zip(self._outputs, self._session.run(self._outputs, {self._input: batch}), strict=True))
