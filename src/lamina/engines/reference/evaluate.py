"""One op, or a whole graph, on NumPy arrays.

NumPy's own promotion never decides: every result is cast to the dtype that the op's rule inferred.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lamina.engines.reference import arrays, control, elementwise
from lamina.graph.node import Aval, Graph, Node

RULES = {**elementwise.RULES, **arrays.RULES}


def compute(
    op: str, inputs: Sequence[np.ndarray], attrs: Mapping[str, Any], outputs: Sequence[Aval]
) -> list[np.ndarray]:
    """The results of one primitive, in the inferred dtypes."""
    with np.errstate(all="ignore"):
        result = RULES[op](*inputs, **attrs)
    results = result if isinstance(result, list) else [result]
    return [
        np.asarray(value).astype(aval.dtype, copy=False)
        for value, aval in zip(results, outputs, strict=True)
    ]


def evaluate(graph: Graph, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The outputs of a graph on these inputs."""
    values: dict[Node, Any] = dict(zip(graph.inputs, inputs, strict=True))
    for node in graph.nodes():
        if node not in values:
            values[node] = evaluate_node(node, [values[i] for i in node.inputs])
    return [values[node] for node in graph.outputs]


def evaluate_node(node: Node, inputs: Sequence[Any]) -> Any:
    """The value of a node: an array, or a list of them for an op of several results."""
    if node.op == "const":
        return node.attrs["value"]
    if node.op == "item":
        return inputs[0][node.attrs["index"]]
    if node.op in control.RULES:
        return control.RULES[node.op](node, inputs, evaluate)
    results = compute(node.op, inputs, node.attrs, node.outputs or (node.aval,))
    return results if node.outputs else results[0]
