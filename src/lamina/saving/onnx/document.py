"""document: an inference as ONNX' message: inputs, weights, nodes, outputs, and their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina.graph.node import Graph, Rows
from lamina.saving.onnx.signature import Entry


@dataclass(frozen=True, eq=False)
class Inference:
    """What a model predicts, as a graph.

    Attributes:
        graph: its inputs are the weights, the data, and, if `rows` is not 0, their number.
        weights: the names of the weights and their values.
        entries: the data.
        names: of the outputs.
        rows: how many an open batch was traced with; 0 if the batch is fixed.
    """

    name: str
    graph: Graph
    weights: Sequence[tuple[str, np.ndarray]]
    entries: Sequence[Entry]
    names: Sequence[str]
    rows: int


def document(onnx: Any, inference: Inference, opset: int) -> Any:
    """The inference as ONNX' message, to be written to a file.

    Args:
        onnx: the package.

    Raises: UnsupportedError that names layer and op for what ONNX does not have.
    """
    from lamina import __version__
    from lamina.saving.onnx.builder import NUMBERS, Builder, Value
    from lamina.saving.onnx.lower import Lowering

    b = Builder(opset)
    given = [Value(b.names.fresh(e.name)) for e in inference.entries]
    names = [b.names.fresh(name) for name in inference.names]
    weights = [Value(array=array, label=path) for path, array in inference.weights]
    axes = [(v, e.rows.axis) for v, e in zip(given, inference.entries, strict=True) if e.rows]
    lowering = Lowering(b, axes[0] if inference.rows else None, inference.rows)
    known = [*weights, *given]
    if inference.rows:
        known.append(b.cast(b.reshape(lowering.entries(Rows(0)), []), "int64", "int32"))
        known[-1].each = 1
    values = lowering.run(inference.graph, known)
    info = onnx.helper.make_tensor_value_info
    b.origin = ""
    outputs = []
    for name, value, node in zip(names, values, inference.graph.outputs, strict=True):
        b.nodes.append(onnx.helper.make_node("Identity", [b.name(value)], [name], name=name))
        outputs.append(info(name, NUMBERS[node.dtype], _sizes(node.shape, node.rows)))
    inputs = [
        info(value.name, NUMBERS[e.dtype], _sizes(e.shape, e.rows))
        for value, e in zip(given, inference.entries, strict=True)
    ]
    nodes = used(b.nodes, names)
    read = {name for node in nodes for name in _read(node)}
    constants = [array for array in b.initializers if array.name in read]
    graph = onnx.helper.make_graph(nodes, inference.name, inputs, outputs, constants)
    versions = [onnx.helper.make_opsetid("", opset)]
    return onnx.helper.make_model(
        graph, opset_imports=versions, producer_name="lamina", producer_version=__version__,
        ir_version=onnx.helper.find_min_ir_version_for(versions),
    )  # fmt: skip


def _sizes(given: Sequence[int | None], rows: Rows | None) -> list[Any]:
    """The sizes of an input or output, the batch by its name; several entries a row have none."""
    shape = list(given)
    if rows is None:
        return shape
    return [*shape[: rows.axis], "batch" if rows.each == 1 else None, *shape[rows.axis + 1 :]]


def used(nodes: Sequence[Any], outputs: Sequence[str]) -> list[Any]:
    """The nodes that the outputs need, in their order."""
    wanted, kept = set(outputs), []
    for node in reversed(nodes):
        if wanted & set(node.output):
            kept.append(node)
            wanted |= _read(node)
    return kept[::-1]


def _read(node: Any) -> set[str]:
    """The values that a node reads, its bodies included."""
    found = set(node.input)
    for attribute in node.attribute:
        for inner in attribute.g.node:
            found |= _read(inner)
    return found
