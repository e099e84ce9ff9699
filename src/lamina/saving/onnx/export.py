"""export_onnx: the inference of a model as a file of ONNX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from lamina import ops
from lamina.errors import ArgumentError, DependencyError, UnsupportedError
from lamina.graph.node import Graph, Node, Rows
from lamina.graph.structure import flatten, map_structure
from lamina.graph.trace import Trace
from lamina.models.host_stage import stage_of
from lamina.saving.atomic import replacing
from lamina.saving.onnx.signature import Signature, signature_of

# The operators that are written if nobody asks for others, and the oldest that suffice.
OPSET, OLDEST = 18, 13
# What a file may hold: the format's messages end at 2 GiB.
LARGEST = (1 << 31) - (1 << 20)
# Rows that an open batch is traced with: a prime, so that no other size is a multiple of it by
# intention.
ROWS = 17


def export_onnx(model: Any, filepath: Any, input_signature: Any, opset_version: Any) -> None:
    """Writes what the model predicts, its weights included, as a file of ONNX.

    The batch is open, unless the signature gives its size or an op of the model binds its rows
    together. The file has the names of the model's inputs and outputs.

    Args:
        filepath: a path; the file is replaced whole, or not at all.
        input_signature: see `signature_of`.
        opset_version: version of ONNX' operators, from 13 up; None: 18.

    Raises: DependencyError without the package onnx; UnsupportedError that names layer and op for
        what ONNX does not have, for a model that changes its state as it predicts, and for one of
        more than 2 GiB; ArgumentError, NotBuiltError for the arguments; OSError.
    """
    onnx = _package()
    opset = _opset(onnx, opset_version)
    if stage_of(model) is not None:
        raise UnsupportedError(
            f"{model.name}.export", "writes models of numbers",
            "a layer of strings or tables, which works on the host",
            "export the model behind that layer",
        )  # fmt: skip
    signature = signature_of(model, input_signature)
    text = _text(onnx, model, signature, _traced(model, signature), opset)
    with replacing(filepath) as file:
        file.write(text)


def _package() -> ModuleType:
    try:
        import onnx
    except ImportError as error:
        raise DependencyError(
            "export(format='onnx')", "needs the package onnx to write the file", str(error),
            "pip install 'lamina[onnx]', or pip install onnx",
        ) from None  # fmt: skip
    module: ModuleType = onnx
    return module


def _opset(onnx: Any, given: Any) -> int:
    newest = onnx.defs.onnx_opset_version()
    if given is None:
        return OPSET
    whole = isinstance(given, int | np.integer) and not isinstance(given, bool)
    if not whole or not OLDEST <= given <= newest:
        raise ArgumentError(
            "export(opset_version=...)", f"is a whole number from {OLDEST} to {newest}",
            repr(given), f"leave it out for {OPSET}",
        )  # fmt: skip
    return int(given)


# ── the graph ──


@dataclass(frozen=True, eq=False)
class _Inference:
    """What a model predicts, as a graph.

    Attributes:
        graph: its inputs are the weights, the data, and (with `open_batch`) the number of rows.
        weights: the values of the weights, with their names.
        names: of the outputs.
    """

    graph: Graph
    weights: Sequence[tuple[str, np.ndarray]]
    names: Sequence[str]
    open_batch: bool


def _traced(model: Any, signature: Signature) -> _Inference:
    """Traces the model in inference."""
    with Trace(dynamic=signature.is_open) as trace:
        data = [
            trace.argument(
                tuple(ROWS if n is None else n for n in e.shape), e.dtype, Rows(0), e.name
            )
            for e in signature.entries
        ]
        entries = dict(zip(map(id, signature.entries), data, strict=True))
        arguments = [map_structure(lambda e: entries[id(e)], a) for a in signature.arguments]
        found = model(*arguments, training=False)
        outputs = [trace.lift(ops.convert_to_tensor(y)) for y in flatten(found) if y is not None]
    model._clear_losses()
    written = [variable.path for variable in trace.updates()]
    if written:
        raise UnsupportedError(
            f"{model.name}.export", "writes models whose state stands still",
            f"one that changes {', '.join(written)} as it predicts",
            "leave those layers out of the exported model",
        )  # fmt: skip
    if trace.exact:
        raise UnsupportedError(
            f"{model.name}.export", "cannot leave the batch open: " + trace.exact[0],
            f"inputs of shapes {[e.shape for e in signature.entries]}",
            "give the number of rows: input_signature=[keras.InputSpec(shape=(32, ...), ...)]",
        )  # fmt: skip
    inputs = [*trace.reads.values(), *(x.node for x in data)]
    if signature.is_open:
        inputs.append(trace.valid.node)
    weights = [(v.path, np.asarray(v.value)) for v in trace.reads]
    graph = Graph(tuple(inputs), tuple(y.node for y in outputs))
    return _Inference(graph, weights, _output_names(model, len(outputs)), signature.is_open)


def _output_names(model: Any, count: int) -> list[str]:
    names = [] if model._graph is None else list(model._graph.output_names)
    return names if len(names) == count else [f"output_{i}" for i in range(count)]


# ── the file ──


def _text(onnx: Any, model: Any, signature: Signature, inference: _Inference, opset: int) -> bytes:
    from lamina import __version__
    from lamina.saving.onnx.builder import NUMBERS, Builder, Value
    from lamina.saving.onnx.lower import Lowering

    b = Builder(opset)
    given = [Value(b.names.fresh(e.name)) for e in signature.entries]
    names = [b.names.fresh(name) for name in inference.names]
    weights = [Value(array=array, label=path) for path, array in inference.weights]
    lowering = Lowering(b, given[0] if inference.open_batch else None)
    known = [*weights, *given]
    if inference.open_batch:
        known.append(b.cast(b.reshape(lowering.entries(Rows(0)), []), "int64", "int32"))
    values = lowering.run(inference.graph, known)
    info = onnx.helper.make_tensor_value_info
    b.origin = ""
    outputs = []
    for name, value, node in zip(names, values, inference.graph.outputs, strict=True):
        b.nodes.append(onnx.helper.make_node("Identity", [b.name(value)], [name], name=name))
        outputs.append(info(name, NUMBERS[node.dtype], _sizes(node)))
    inputs = [
        info(v.name, NUMBERS[e.dtype], ["batch", *e.shape[1:]] if e.shape[0] is None else e.shape)
        for v, e in zip(given, signature.entries, strict=True)
    ]
    nodes = used(b.nodes, names)
    read = {name for node in nodes for name in _read(node)}
    constants = [array for array in b.initializers if array.name in read]
    graph = onnx.helper.make_graph(nodes, model.name, inputs, outputs, constants)
    versions = [onnx.helper.make_opsetid("", opset)]
    made = onnx.helper.make_model(
        graph, opset_imports=versions, producer_name="lamina", producer_version=__version__,
        ir_version=onnx.helper.find_min_ir_version_for(versions),
    )  # fmt: skip
    if made.ByteSize() > LARGEST:
        raise UnsupportedError(
            f"{model.name}.export", "writes files of less than 2 GiB, as the format has it",
            f"{made.ByteSize():,} bytes", "save the model with model.save",
        )  # fmt: skip
    found: bytes = made.SerializeToString()
    return found


def _sizes(node: Node) -> list[Any]:
    """The sizes of an output, the batch by its name; several entries a row have none."""
    rows, shape = node.rows, list(node.shape)
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
