"""Two engines on one graph: whether their values differ by more than rounding can explain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from lamina.engines.base import Call, Cursor, Executable, Feed, compile_with
from lamina.engines.reference.evaluate import evaluate, evaluate_node
from lamina.graph.node import Graph, Node
from lamina.graph.program import Phase, Program, Slot, Step

# A value may be off by so much of the largest in its array: sums in another order and elementary
# functions of a few units in the last place lose far less in one step, a wrong value more.
SHARE = {"float32": 1e-3, "float64": 1e-9}


def close(ours: np.ndarray, theirs: np.ndarray, largest: float | None = None) -> np.ndarray:
    """Where two arrays agree; `largest` is what values are measured by, by default the array's."""
    if theirs.dtype.name not in SHARE:
        return np.asarray(ours == theirs)
    if largest is None:
        largest = largest_of(theirs)
    allowed = SHARE[theirs.dtype.name] * largest
    return np.isclose(ours, theirs, rtol=0, atol=allowed, equal_nan=True)


def largest_of(value: np.ndarray) -> float:
    """The largest finite magnitude in an array."""
    finite = np.abs(value[np.isfinite(value)])
    return float(finite.max()) if finite.size else 0.0


def differs(ours: np.ndarray, theirs: np.ndarray, largest: float | None = None) -> bool:
    """Whether an array differs by more than rounding can explain."""
    return not bool(np.all(close(ours, theirs, largest)))


def worst(ours: np.ndarray, theirs: np.ndarray) -> tuple[int, ...]:
    """The first place where two arrays differ."""
    return tuple(
        int(i) for i in np.unravel_index(int(np.argmax(~close(ours, theirs))), theirs.shape)
    )


def values(engine: str, graph: Graph, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The outputs of a graph by an engine: its inputs and outputs are slots of a program."""
    nodes = (*graph.inputs, *graph.outputs)
    slots = tuple(Slot(f"{i}", node.shape, node.dtype) for i, node in enumerate(nodes))
    count = len(graph.inputs)
    step = Step(1, graph, tuple(range(count)), tuple(range(count, len(nodes))))
    program = Program.of(slots, {"train": Phase("train", (), step)})
    executable: Executable = compile_with(engine, program)
    for i, value in enumerate(inputs):
        executable.write(i, value)
    executable.run(Call("train", Feed((), 1), 1), Cursor(), 1, 1)
    return [executable.read(i) for i in range(count, len(nodes))]


def known_values(graph: Graph, inputs: Sequence[np.ndarray]) -> dict[Node, np.ndarray]:
    """The value of every node by the reference engine; a list for an op of several results."""
    known = dict(zip(graph.inputs, inputs, strict=True))
    for node in graph.nodes():
        if node not in known:
            known[node] = evaluate_node(node, [known[i] for i in node.inputs])
    return known


def first_difference(
    engine: str, graph: Graph, inputs: Sequence[np.ndarray]
) -> tuple[Node, np.ndarray, np.ndarray] | None:
    """The first node whose value differs, with both values: with all values kept, else each
    computed alone, since what is kept decides how an engine fuses.
    """
    known = known_values(graph, inputs)
    given = {*graph.inputs}
    wanted = [n for n in known if n not in given and n.op != "const" and not n.outputs]
    for nodes in (wanted, *([node] for node in wanted)):
        found = values(engine, Graph(graph.inputs, tuple(nodes)), inputs)
        for node, value in zip(nodes, found, strict=True):
            if differs(value, known[node]):
                return node, value, known[node]
    return None


def compare(engine: str, graph: Graph, inputs: Sequence[np.ndarray]) -> int:
    """Prints how an engine's outputs differ from the reference; returns 1 if they do, else 0."""
    lines = list(_differences(engine, graph, inputs))
    print("\n".join(lines) or f"the engines {engine} and reference agree")
    return 1 if lines else 0


def _differences(engine: str, graph: Graph, inputs: Sequence[np.ndarray]) -> Iterator[str]:
    theirs = evaluate(graph, inputs)
    try:
        ours = values(engine, graph, inputs)
    except Exception as error:
        yield f"the engine {engine} fails: {type(error).__name__}: {error}"
        return
    for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        if differs(a, b):
            place = worst(a, b)
            yield (
                f"output {i} of the engine {engine} is {a[place]} instead of {b[place]} "
                f"at {list(place)}"
            )
