"""Store an ONNX model's weights as float16 while it still computes in float32.

Each large float32 initialiser becomes a float16 one followed by a Cast. OpenVINO and ONNX Runtime both fold the Cast
when they load the model, so the file halves and the speed stays that of float32 (measured: docs/models.md). A model
converted to *compute* in float16 would be slower on CPUs without float16 arithmetic.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SMALLEST = 256
"""Fewer values than this stay float32: biases and decoding constants save nothing and are the most sensitive."""


def store_half(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same model, in place, with its large float32 weights held as float16, unless one is out of its range."""
    graph = model.graph
    casts = []
    for position, weight in enumerate(graph.initializer):
        if weight.data_type != TensorProto.FLOAT:
            continue
        values = numpy_helper.to_array(weight)
        if values.size < SMALLEST or np.abs(values).max() > np.finfo(np.float16).max:
            continue
        stored = f"{weight.name}.half"
        casts.append(helper.make_node("Cast", [stored], [weight.name], name=f"{stored}.cast", to=TensorProto.FLOAT))
        graph.initializer[position].CopyFrom(numpy_helper.from_array(values.astype(np.float16), stored))
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend(casts + nodes)  # initialisers first: ONNX wants nodes in topological order
    onnx.checker.check_model(model)
    return model
