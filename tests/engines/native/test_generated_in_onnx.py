"""The generated graphs of test_generated as files of ONNX, run by onnxruntime, against the
reference engine; with an open batch at another number of rows than the graph was traced with.

The tolerance is that of the two engines.
"""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
from hypothesis import assume, given
from hypothesis import strategies as st
from test_generated import SETTINGS, Numbers, _agree, _arrays, _grown
from twin import run_graph

from lamina.errors import UnsupportedError
from lamina.graph.node import Graph
from lamina.saving.onnx.document import Inference, document
from lamina.saving.onnx.signature import Entry

OPSET = 18
# Rows that an open batch is traced with, which no width is, and rows that there are.
TRACED, ROWS = 13, st.sampled_from([1, 3, 8])
WIDTHS = st.tuples(st.sampled_from([1, 5, 9]), st.sampled_from([1, 2, 7]))


@SETTINGS
@given(numbers=Numbers, widths=WIDTHS, rows=ROWS, is_open=st.booleans())
def test_generated_graphs_agree_in_onnxruntime(
    numbers: list[int], widths: tuple[int, int], rows: int, is_open: bool
) -> None:
    traced = TRACED if is_open else rows
    t, inputs, garden = _grown(numbers, (traced, *widths), dynamic=is_open)
    outputs = [t.lift(v).node for v in (*garden.floats[3:], *garden.integers[2:])][-12:]
    assume(outputs and not t.exact)
    assume(
        not is_open
        or not any(_is_as_long_as_the_batch(x) for x in Graph((), tuple(outputs)).nodes())
    )
    valid = [t.valid.node] if is_open else []
    graph = Graph((*(x.node for x in inputs), *valid), tuple(outputs))
    arrays = _arrays((rows, *widths))
    session = _session(graph, arrays, is_open)
    names = {x.name for x in session.get_inputs()}
    found = session.run(None, {f"x{i}": a for i, a in enumerate(arrays) if f"x{i}" in names})
    if is_open:
        whole = [np.resize(a, (TRACED, *a.shape[1:])) for a in arrays[:2]]
        values = run_graph("reference", graph, [*whole, *arrays[2:], np.asarray(rows, "int32")])
        wanted = [_cut(y, node.rows, rows) for y, node in zip(values, outputs, strict=True)]
    else:
        wanted = run_graph("reference", graph, arrays)
    for y, want in zip(found, wanted, strict=True):
        assert (y.shape, y.dtype) == (want.shape, want.dtype)
        _agree(want, y)


def _is_as_long_as_the_batch(node) -> bool:
    """Whether a value that is not of the batch has an axis that could be taken for it."""
    return node.op in ("iota", "reshape") and node.rows is None and TRACED in node.shape[1:]


def _cut(y: np.ndarray, rows, count: int) -> np.ndarray:
    return y if rows is None else y.take(range(count * rows.each), rows.axis)


def _session(graph: Graph, arrays: list[np.ndarray], is_open: bool):
    entries = [
        Entry(f"x{i}", (None, *a.shape[1:]) if is_open and i < 2 else a.shape, a.dtype.name)
        for i, a in enumerate(arrays)
    ]
    names = [f"y{i}" for i in range(len(graph.outputs))]
    try:
        made = document(onnx, Inference("g", graph, [], entries, names, TRACED * is_open), OPSET)
    except UnsupportedError:
        assume(False)  # an op that ONNX lacks, as test_primitives_in_onnx lists them
    onnx.checker.check_model(made)
    return onnxruntime.InferenceSession(
        made.SerializeToString(), providers=["CPUExecutionProvider"]
    )
