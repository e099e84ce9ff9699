"""Runs one graph or program on the native and on the reference engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

import lamina.ops.primitives  # noqa: F401  (defines the primitives)
from lamina.engines.base import Call, Cursor, Feed, compile_with
from lamina.graph.node import Graph
from lamina.graph.program import Phase, Program, Slot, Step
from lamina.graph.tensor import Tensor
from lamina.graph.trace import Trace
from lamina.graph.verify import verify

ENGINES = ("reference", "native")


def traced(function: Callable[..., object], arrays: Sequence[np.ndarray]) -> Graph:
    """The graph of a function of tensors with the shapes and dtypes of these arrays."""
    with Trace() as trace:
        args = [trace.argument(x.shape, x.dtype.name) for x in arrays]
        results = function(*args)
        outputs = results if isinstance(results, list | tuple) else [results]
        nodes = [trace.lift(y).node for y in outputs if isinstance(y, Tensor)]
    graph = Graph(tuple(arg.node for arg in args), tuple(nodes))
    verify(graph, "trace")
    return graph


def run_graph(engine: str, graph: Graph, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The outputs of a graph: its inputs and outputs are slots of a program of one step."""
    nodes = (*graph.inputs, *graph.outputs)
    slots = tuple(Slot(f"s{i}", n.shape, n.dtype) for i, n in enumerate(nodes))
    count = len(graph.inputs)
    step = Step(1, graph, tuple(range(count)), tuple(range(count, len(nodes))))
    program = Program.of(slots, {"train": Phase("train", (), step)})
    executable = compile_with(engine, program)
    for i, array in enumerate(arrays):
        executable.write(i, array)
    call = Call("train", Feed((), 1), 1)
    cursor = executable.run(call, Cursor(), 1, 1)
    assert cursor == Cursor(epoch=1, pass_index=1)
    return [executable.read(i) for i in range(count, len(nodes))]


def both(
    function: Callable[..., object], arrays: Sequence[np.ndarray]
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pairs (reference, native) of the results of a function of tensors."""
    graph = traced(function, arrays)
    want, got = (run_graph(engine, graph, arrays) for engine in ENGINES)
    for a, b in zip(want, got, strict=True):
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
    return list(zip(want, got, strict=True))


def values(shape: tuple[int, ...], dtype: str, seed: int = 0) -> np.ndarray:
    """Numbers of both signs for a dtype, floats of moderate size."""
    random = np.random.default_rng([seed, *shape])
    if dtype == "bool":
        return random.random(shape) < 0.5
    if dtype.startswith("float"):
        return random.normal(size=shape).astype(dtype) * 2
    info = np.iinfo(dtype)
    low, high = max(info.min, -50), min(info.max, 50)
    return random.integers(low, high, shape, endpoint=True).astype(dtype)
