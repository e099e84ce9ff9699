"""The reducer: a graph on which two engines differ, made as small as it goes while they still do.

Each of `STEPS` proposes smaller cases, the boldest first; the first that shows the same symptom is
taken, and all steps are tried again, until none helps or the time is over.

    case = reduce("native", Case(graph, inputs))
    print(script("native", case))

Zeller & Hildebrandt 2002, "Simplifying and isolating failure-inducing input".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from lamina.errors import ArgumentError, LaminaError
from lamina.graph.node import Graph, Node, constant, input_node
from lamina.inspect.differences import differs, known_values, largest_of, values
from lamina.ops.primitive import PRIMITIVES

# Given an old node, and it on new inputs, what is to stand there.
Change = Callable[[Node, Node], Node]
SECONDS = 60.0
SIZES = ("shape", "limits", "length", "sizes", "size")  # attributes that hold sizes of axes


@dataclass(frozen=True, eq=False)
class Case:
    """A graph and the values of its inputs."""

    graph: Graph
    inputs: tuple[np.ndarray, ...]

    def ops(self) -> int:
        """How many ops the graph has."""
        return sum(node.op not in ("input", "const", "item") for node in self.graph.nodes())


def reduce(engine: str, case: Case, seconds: float = SECONDS) -> Case:
    """The smallest case found that shows the symptom of this one.

    Raises: ArgumentError if the engine agrees with the reference on it.
    """
    wanted = symptom(engine, case)
    if wanted is None:
        raise ArgumentError(
            "reduce", "needs a case on which the engines differ",
            f"one of {case.ops()} ops on which {engine} and reference agree",
            "pass the inputs that showed the difference",
        )  # fmt: skip
    end = time.perf_counter() + seconds
    case = _without_rows(case, engine, wanted)
    smaller: Case | None = case
    while smaller is not None:
        case = smaller
        smaller = _smaller(engine, case, wanted, end)
    return case


def _smaller(engine: str, case: Case, wanted: str, end: float) -> Case | None:
    for step in STEPS:
        for candidate in step(case):
            if time.perf_counter() > end:
                return None
            if symptom(engine, candidate) == wanted:
                return candidate
    return None


def symptom(engine: str, case: Case) -> str | None:
    """What is wrong with the engine's outputs, in words; None if nothing is.

    A difference that is small beside the other values of the graph may be mere cancellation, so
    that it is not taken for a large one.
    """
    try:
        known = known_values(case.graph, case.inputs)
    except Exception:
        return None  # no case at all: the definition itself does not take it
    try:
        ours = values(engine, case.graph, case.inputs)
    except Exception as error:
        return type(error).__name__
    theirs = [known[node] for node in case.graph.outputs]
    floats = [np.asarray(v) for v in known.values() if not isinstance(v, list)]
    largest = max((largest_of(v) for v in floats if v.dtype.kind == "f"), default=0.0)
    if any(differs(a, b, largest) for a, b in zip(ours, theirs, strict=True)):
        return "differs"
    return "differs a little" if any(map(differs, ours, theirs)) else None


# ── steps ──


def _without_rows(case: Case, engine: str, wanted: str) -> Case:
    """What says which axes run over the batch is of no use outside a program."""
    fresh = {n: replace(n, rows=None) for n in case.graph.inputs}
    graph = _rebuilt(case.graph, fresh, lambda old, new: replace(new, rows=None))
    plain = Case(graph, case.inputs)
    return plain if symptom(engine, plain) == wanted else case


def _rebuilt(graph: Graph, known: Mapping[Node, Node], change: Change) -> Graph:
    """The graph with `known` nodes replaced, and the others changed after their inputs were."""
    new = dict(known)
    for node in graph.nodes():
        if node not in new:
            new[node] = change(node, replace(node, inputs=tuple(new[i] for i in node.inputs)))
    inputs = tuple(new[node] for node in graph.inputs)
    return Graph(inputs, tuple(new[node] for node in graph.outputs))


def _pruned(outputs: Sequence[Node], known: Mapping[Node, Any]) -> Case:
    """The case of these outputs, with the inputs that they need."""
    needed = Graph((), tuple(outputs)).nodes()
    inputs = tuple(node for node in needed if node.op == "input")
    return Case(Graph(inputs, tuple(outputs)), tuple(np.asarray(known[n]) for n in inputs))


def fewer_outputs(case: Case) -> Iterator[Case]:
    """One output alone, then all but one."""
    known = dict(zip(case.graph.inputs, case.inputs, strict=True))
    outputs = case.graph.outputs
    if len(outputs) > 1:
        yield from (_pruned([output], known) for output in outputs)
    if len(outputs) > 2:
        for i in range(len(outputs)):
            yield _pruned([*outputs[:i], *outputs[i + 1 :]], known)


def earlier_output(case: Case) -> Iterator[Case]:
    """An operand of the last op in the place of its result."""
    if len(case.graph.outputs) == 1:
        known = dict(zip(case.graph.inputs, case.inputs, strict=True))
        (output,) = case.graph.outputs
        source = output.inputs[0] if output.op == "item" else output
        for x in source.inputs:
            if x.op not in ("input", "const"):
                yield _pruned([x], known)


def cut(case: Case) -> Iterator[Case]:
    """Values that the engine computed are given: all that are deeper than so many ops, then one."""
    known = known_values(case.graph, case.inputs)
    depth = _depths(case.graph)
    size = case.ops()
    limit = 1
    while limit < max(depth.values(), default=0):
        given = {n for n, d in depth.items() if d >= limit and not n.outputs}
        yield from _smaller_only(_given(case.graph, given, known), size)
        limit *= 2
    for node in reversed(case.graph.nodes()):
        if node.op not in ("input", "const") and not node.outputs:
            yield from _smaller_only(_given(case.graph, {node}, known), size)


def _smaller_only(case: Case, ops: int) -> Iterator[Case]:
    if 0 < case.ops() < ops:
        yield case


def _depths(graph: Graph) -> dict[Node, int]:
    """How many ops lie between each node and the nearest output."""
    depth = dict.fromkeys(graph.outputs, 0)
    for node in reversed(graph.nodes()):
        for x in node.inputs:
            further = depth[node] + (node.op != "item")
            depth[x] = min(depth.get(x, further), further)
    return {node: d for node, d in depth.items() if node.op not in ("input", "const")}


def _given(graph: Graph, given: set[Node], known: Mapping[Node, Any]) -> Case:
    fresh = {node: input_node(node.shape, node.dtype) for node in given if node in known}
    held = {**known, **{new: known[old] for old, new in fresh.items()}}
    kept = {node: node for node in graph.inputs}
    return _pruned(_rebuilt(graph, {**kept, **fresh}, lambda old, new: new).outputs, held)


def bypass(case: Case) -> Iterator[Case]:
    """An operand of the same shape and dtype in the place of an op's result."""
    known = dict(zip(case.graph.inputs, case.inputs, strict=True))
    kept = {node: node for node in case.graph.inputs}
    for node in case.graph.nodes():
        for x in dict.fromkeys(node.inputs):
            if x.aval == node.aval and not node.outputs and node.op != "item":

                def change(old: Node, new: Node, node: Node = node, x: Node = x) -> Node:
                    return new.inputs[node.inputs.index(x)] if old is node else new

                graph = _rebuilt(case.graph, kept, change)
                yield from _smaller_only(_pruned(graph.outputs, known), case.ops())


def open_region(case: Case) -> Iterator[Case]:
    """The body of a loop or branch by itself, on what it is first given."""
    known = known_values(case.graph, case.inputs)
    for node in case.graph.nodes():
        given = [np.asarray(known[x]) for x in node.inputs]
        if node.op == "cond":
            given = given[1:]
        elif node.op == "scan":
            first = node.attrs["captured"] + node.attrs["carries"]
            entry = -1 if node.attrs["reverse"] else 0
            given = [*given[:first], *(x[entry] for x in given[first:] if len(x))]
        for body in node.regions:
            if len(body.inputs) == len(given):
                yield Case(body, tuple(given))


def smaller_axes(case: Case) -> Iterator[Case]:
    """All axes of one size made shorter."""
    sizes = {n for node in case.graph.nodes() for n in node.shape if n > 1}
    for size in sorted(sizes, reverse=True):
        for now in sorted({1, 2, size // 2, size - 1} - {size, 0}):
            found = _resized(case, size, now)
            if found is not None:
                yield found


def _resized(case: Case, size: int, now: int) -> Case | None:
    def shorter(value: np.ndarray) -> np.ndarray:
        return value[tuple(slice(now if n == size else n) for n in value.shape)]

    def change(_: Node, node: Node) -> Node:
        if node.op == "const":
            return constant(shorter(node.attrs["value"]), origin=node.origin)
        if node.op == "item":
            aval = node.inputs[0].outputs[node.attrs["index"]]
            return replace(node, shape=aval.shape)
        attrs = {k: _substituted(v, size, now) if k in SIZES else v for k, v in node.attrs.items()}
        found = PRIMITIVES[node.op].infer([x.aval for x in node.inputs], attrs)
        now_has = {"outputs": tuple(found)} if node.outputs else {"shape": found[0].shape}
        return replace(node, attrs=MappingProxyType(attrs), **now_has)

    if any(node.regions for node in case.graph.nodes()):
        return None
    inputs = tuple(map(shorter, case.inputs))
    nodes = (input_node(v.shape, n.dtype) for n, v in zip(case.graph.inputs, inputs, strict=True))
    fresh = dict(zip(case.graph.inputs, nodes, strict=True))
    try:
        return Case(_rebuilt(case.graph, fresh, change), inputs)
    except (LaminaError, ValueError, IndexError):
        return None  # the shapes do not go together any more


def _substituted(value: Any, size: int, now: int) -> Any:
    if isinstance(value, tuple | list):
        return tuple(now if n == size else n for n in value)
    return now if value == size else value


def plainer_values(case: Case) -> Iterator[Case]:
    """Zeros, ones, small whole numbers, or rounded ones for an input."""
    for i, value in enumerate(case.inputs):
        for plain in _plainer(value):
            yield Case(case.graph, (*case.inputs[:i], plain, *case.inputs[i + 1 :]))


def _plainer(value: np.ndarray) -> Iterator[np.ndarray]:
    """Plainer arrays than this one, plainest first."""
    ladder = [np.zeros_like(value), np.ones_like(value)]
    ladder.append((np.arange(value.size) % 5).reshape(value.shape).astype(value.dtype))
    if value.dtype.kind == "f":
        ladder.append(np.round(value, 1).astype(value.dtype))
    for plain in ladder:
        if plain.tobytes() == value.tobytes():
            return
        yield plain


STEPS: tuple[Callable[[Case], Iterator[Case]], ...] = (
    fewer_outputs, earlier_output, cut, open_region, bypass, smaller_axes, plainer_values,
)  # fmt: skip
