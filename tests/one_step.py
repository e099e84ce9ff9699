"""Traces a function as one step of a program and runs it, by the reference engine or by both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina import ops
from lamina.autodiff import gradient
from lamina.engines.base import Call, Cursor, Feed, compile_with
from lamina.engines.reference.evaluate import evaluate
from lamina.graph.node import Graph, Rows
from lamina.graph.program import Phase, Program, Slot, Step
from lamina.graph.structure import flatten
from lamina.graph.trace import Trace
from lamina.graph.verify import verify


def run_step(
    body: Callable[..., Any],
    batches: Sequence[Any] = (),
    valid: int | None = None,
    native: bool = False,
) -> list[np.ndarray]:
    """The results of `body(*batches)`, run as a graph; variables that it assigned follow.

    With `valid` the batch is partial: only so many of its rows are there. With `native` the native
    engine must agree: float32, elementary functions of two kinds, sums in other orders, of which
    what is left may be small beside the largest result.
    """
    arrays = [np.asarray(batch) for batch in batches]
    with Trace(dynamic=valid is not None) as trace:
        leaves = [trace.argument(a.shape, a.dtype.name, Rows(0)) for a in arrays]
        results = [trace.lift(ops.convert_to_tensor(y)) for y in flatten(body(*leaves))]
    assert not trace.exact, trace.exact
    updates = trace.updates()
    inputs = [*trace.reads.values(), *(leaf.node for leaf in leaves)]
    values = [variable.numpy() for variable in trace.reads] + arrays
    if valid is not None:
        inputs.append(trace.valid.node)
        values.append(np.asarray(valid, "int32"))
    graph = Graph(tuple(inputs), (*updates.values(), *(y.node for y in results)))
    verify(graph, "trace")
    found = evaluate(graph, values)
    if native:
        largest = max([1.0, *(float(np.abs(b).max()) for b in found if b.size)])
        for a, b in zip(_by_native(graph, values), found, strict=True):
            np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-6 * largest)
    for variable, value in zip(updates, found, strict=False):
        variable.assign(value)
    return found[len(updates) :]


def _by_native(graph: Graph, values: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The outputs by the native engine: inputs and outputs are slots of a program of one step."""
    nodes = (*graph.inputs, *graph.outputs)
    slots = tuple(Slot(f"s{i}", n.shape, n.dtype) for i, n in enumerate(nodes))
    count = len(graph.inputs)
    step = Step(1, graph, tuple(range(count)), tuple(range(count, len(nodes))))
    executable = compile_with("native", Program.of(slots, {"train": Phase("train", (), step)}))
    for i, value in enumerate(values):
        executable.write(i, value)
    executable.run(Call("train", Feed((), 1), 1), Cursor(), 1, 1)
    return [executable.read(i) for i in range(count, len(nodes))]


def value_and_gradient(
    function: Callable[[Any], Any], x: np.ndarray, cotangent: np.ndarray
) -> list[np.ndarray]:
    """function(x) and the gradient of the sum of cotangent * function(x)."""

    def body(traced: Any) -> list[Any]:
        y = function(traced)
        (g,) = gradient(ops.sum(ops.multiply(y, cotangent)), [traced])
        return [y, ops.zeros_like(traced) if g is None else g]

    return run_step(body, [x])
