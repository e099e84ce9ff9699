"""Traces a function as one step of a program and runs it by the reference engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina import ops
from lamina.autodiff import gradient
from lamina.engines.reference.evaluate import evaluate
from lamina.graph.node import Graph, Rows
from lamina.graph.structure import flatten
from lamina.graph.trace import Trace
from lamina.graph.verify import verify


def run_step(
    body: Callable[..., Any], batches: Sequence[Any] = (), valid: int | None = None
) -> list[np.ndarray]:
    """The results of `body(*batches)`, run as a graph; variables that it assigned follow.

    With `valid` the batch is partial: only so many of its rows are there.
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
    for variable, value in zip(updates, found, strict=False):
        variable.assign(value)
    return found[len(updates) :]


def value_and_gradient(
    function: Callable[[Any], Any], x: np.ndarray, cotangent: np.ndarray
) -> list[np.ndarray]:
    """function(x) and the gradient of the sum of cotangent * function(x)."""

    def body(traced: Any) -> list[Any]:
        y = function(traced)
        (g,) = gradient(ops.sum(ops.multiply(y, cotangent)), [traced])
        return [y, ops.zeros_like(traced) if g is None else g]

    return run_step(body, [x])
