"""Run an ONNX file on the processor: OpenVINO where it is installed, ONNX Runtime elsewhere.

Choose with GARDEROBE_ENGINE=openvino|onnxruntime. A model is loaded on first use, under a lock, once per process and
never before a fork (the engines' thread pools do not survive one).
"""

from __future__ import annotations

import importlib.util
import os
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, Protocol

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
    if chosen:
        raise ValueError(f"GARDEROBE_ENGINE is {chosen!r}: openvino or onnxruntime")
    return "openvino" if importlib.util.find_spec("openvino") else "onnxruntime"


def _threads() -> int:
    """Threads of one inference; 0 leaves it to the engine (all cores)."""
    return int(os.environ.get("GARDEROBE_THREADS", "0"))


def _load(path: Path, hint: Hint) -> Engine:
    return _OpenVINO(path, hint) if engine_name() == "openvino" else _ONNXRuntime(path)


class _OpenVINO:
    """`latency`: all threads work on one request. `throughput`: a batch is dealt out to several requests that run side
    by side on a thread or two each, which wait less for each other (figures: docs/performance.md)."""

    def __init__(self, path: Path, hint: Hint) -> None:
        import openvino

        core = openvino.Core()
        config: dict[str, Any] = {
            "PERFORMANCE_HINT": hint.upper(),
            "INFERENCE_PRECISION_HINT": _precision(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")),
        }
        if hint == "latency":
            config["NUM_STREAMS"] = 1
        if _threads():
            config["INFERENCE_NUM_THREADS"] = _threads()
        self._compiled = core.compile_model(str(path), "CPU", config)
        self._names = [output.get_any_name() for output in self._compiled.outputs]
        self._abreast = 1
        if hint == "throughput":
            self._abreast = int(self._compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
        # An inference request holds one set of buffers, so each thread has its own.
        self._requests = threading.local()

    def run(self, batch: Batch) -> dict[str, Batch]:
        requests = getattr(self._requests, "requests", None)
        if requests is None:
            requests = [self._compiled.create_infer_request() for _ in range(self._abreast)]
            self._requests.requests = requests
        parts = np.array_split(batch, min(self._abreast, len(batch)))
        running = requests[: len(parts)]
        for request, part in zip(running, parts, strict=True):
            request.start_async([part], share_inputs=True)
        for request in running:
            request.wait()
        if len(running) == 1:
            return dict(zip(self._names, _outputs(running[0]), strict=True))
        columns = zip(*(_outputs(request) for request in running), strict=True)
        return {name: np.concatenate(column) for name, column in zip(self._names, columns, strict=True)}


def _outputs(request: Any) -> list[Batch]:
    """Copies: a request's buffers are overwritten by its next run."""
    return [np.array(tensor.data) for tensor in request.output_tensors]


def _precision(capabilities: Iterable[str]) -> str:
    """GARDEROBE_PRECISION=bf16 where the processor computes in bfloat16 (AVX-512 BF16, AMX); float32 otherwise."""
    wanted = os.environ.get("GARDEROBE_PRECISION", "f32")
    return "bf16" if wanted == "bf16" and "BF16" in capabilities else "f32"


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
