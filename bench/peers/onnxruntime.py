"""ONNX Runtime, which only predicts, on a model written operation by operation."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench.native import Unavailable
from bench.peers import Peer, drawn, in_batches, threads
from bench.workloads import Workload

OPSET, IR = 17, 8
ACTIVATIONS = {"relu": "Relu", "tanh": "Tanh"}


def model_of(w: Workload) -> Any:
    """The network as an ONNX model: Gemm and activation for each layer, Softmax at the end."""
    from onnx import TensorProto, helper, numpy_helper

    hidden = drawn(ACTIVATIONS, w.hidden, "the peer")
    layers = len(w.sizes) - 1
    nodes, held, last = [], [], "x"
    for i, (kernel, bias) in enumerate(zip(w.weights()[::2], w.weights()[1::2], strict=True)):
        held += [numpy_helper.from_array(kernel, f"w{i}"), numpy_helper.from_array(bias, f"b{i}")]
        nodes.append(helper.make_node("Gemm", [last, f"w{i}", f"b{i}"], [f"z{i}"]))
        kind = hidden if i < layers - 1 else "Softmax" if w.loss == "sparse" else "Identity"
        last = f"h{i}" if i < layers - 1 else "y"
        nodes.append(helper.make_node(kind, [f"z{i}"], [last]))
    shapes = {"x": ["rows", w.sizes[0]], "y": ["rows", w.sizes[-1]]}
    x, y = (helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in shapes.items())
    graph = helper.make_graph(nodes, w.name, [x], [y], held)
    return helper.make_model(
        graph, ir_version=IR, opset_imports=[helper.make_opsetid("", OPSET)]
    )  # fmt: skip


def prepare(w: Workload) -> Peer:
    """See `bench.peers`."""
    import onnxruntime

    if w.own or w.parts:
        raise Unavailable("only plain dense networks are written as ONNX models")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads()
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model_of(w).SerializeToString(), options, providers=["CPUExecutionProvider"]
    )

    def predict(rows: np.ndarray) -> np.ndarray:
        return session.run(None, {"x": rows})[0]

    return Peer(forward={"session.run": predict}, predict=in_batches(predict))
