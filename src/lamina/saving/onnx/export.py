"""export_onnx: the inference of a model as a file of ONNX."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from lamina import ops
from lamina.errors import ArgumentError, DependencyError, UnsupportedError
from lamina.graph.node import Graph, Rows
from lamina.graph.structure import flatten, map_structure
from lamina.graph.trace import Trace, current
from lamina.models.host_stage import stage_of
from lamina.saving.atomic import replacing
from lamina.saving.onnx.document import Inference, document
from lamina.saving.onnx.signature import Signature, signature_of

# The operators that are written if nobody asks for others, and the oldest that suffice.
OPSET, OLDEST = 18, 13
# What a file may hold: the format's messages end at 2 GiB.
LARGEST = (1 << 31) - (1 << 20)
# Rows that an open batch is traced with: a prime, so that no other size is a multiple of it by
# intention.
ROWS = 101


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
    made = document(onnx, _traced(model, signature), opset)
    if made.ByteSize() > LARGEST:
        raise UnsupportedError(
            f"{model.name}.export", "writes files of less than 2 GiB, as the format has it",
            f"{made.ByteSize():,} bytes", "save the model with model.save",
        )  # fmt: skip
    with replacing(filepath) as file:
        file.write(made.SerializeToString())


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


class _Reasons(list[str]):
    """Why a batch cannot be left open, with the place of each op that says so."""

    def __init__(self) -> None:
        super().__init__()
        self.places: list[str] = []

    def append(self, reason: str) -> None:
        """Adds a reason of the op that is being traced."""
        super().append(reason)
        running = current()
        self.places.append("" if running is None else running.origin())


def _traced(model: Any, signature: Signature) -> Inference:
    """Traces the model in inference."""
    with Trace(dynamic=signature.is_open) as trace:
        trace.exact = reasons = _Reasons()
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
            f"inputs of shapes {[e.shape for e in signature.entries]}, an op of "
            f"'{reasons.places[0]}'",
            "give the number of rows: input_signature=[keras.InputSpec(shape=(32, ...), ...)]",
        )  # fmt: skip
    inputs = [*trace.reads.values(), *(x.node for x in data)]
    if signature.is_open:
        inputs.append(trace.valid.node)
    weights = [(v.path, np.asarray(v.value)) for v in trace.reads]
    graph = Graph(tuple(inputs), tuple(y.node for y in outputs))
    names = _output_names(model, len(outputs))
    rows = ROWS if signature.is_open else 0
    return Inference(model.name, graph, weights, signature.entries, names, rows)


def _output_names(model: Any, count: int) -> list[str]:
    names = [] if model._graph is None else list(model._graph.output_names)
    return names if len(names) == count else [f"output_{i}" for i in range(count)]
