"""Loops and branches: Scan, Loop and If, whose bodies see the values around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.graph.node import Node
from lamina.saving.onnx.builder import Value

Typed = tuple[str, str, Any]


def _arguments(c: Any, nodes: Sequence[Node]) -> tuple[list[Value], list[Typed]]:
    """Fresh inputs of a body."""
    values = [Value(c.b.names.fresh(f"{c.b.origin}/argument")) for _ in nodes]
    return values, [(v.name, n.dtype, None) for v, n in zip(values, nodes, strict=True)]


def _scan(c: Any, node: Node, *xs: Value) -> list[Value | None]:
    """The carries as they came in are for gradients alone, and are left out."""
    attrs, graph = node.attrs, node.regions[0]
    captured, carries, kept = (
        attrs["captured"],
        attrs["carries"],
        attrs["carries"] + attrs["emitted"],
    )
    hidden: list[Value | None] = [None] * (len(node.outputs) - kept)
    outside, given = xs[:captured], list(xs[captured:])
    if attrs["length"] == 0:
        zeros = [c.b.constant(np.zeros(o.shape, o.dtype)) for o in node.outputs[carries:kept]]
        return [*given[:carries], *zeros, *hidden]
    c, b = c.inner(), c.b
    arguments, inputs = _arguments(c, graph.inputs[captured:])
    results = c.run(graph, [*outside, *arguments])[:kept]
    columns = len(given) - carries
    if not columns:  # a loop of ONNX must go along something
        name = b.names.fresh(f"{c.b.origin}/step")
        inputs.append((name, "int64", None))
        given.append(b.constant(np.arange(attrs["length"]), "int64"))
        columns = 1
    outputs = [(v, n.dtype) for v, n in zip(results, graph.outputs[:kept], strict=True)]
    body = c.b.body(b.names.fresh(f"{b.origin}/body"), inputs, outputs)
    ways = {"scan_input_directions": columns, "scan_output_directions": attrs["emitted"]}
    ways = {key: [1] * count for key, count in ways.items() if count and attrs["reverse"]}
    found: list[Value | None] = list(b.several(
        "Scan", given, kept, body=body, num_scan_inputs=columns, **ways
    ))  # fmt: skip
    return [*found, *hidden]


def _cond(c: Any, node: Node, predicate: Value, *captured: Value) -> list[Value]:
    bodies = []
    for graph in node.regions:
        inner = c.inner()
        results = inner.run(graph, captured)
        outputs = [(v, n.dtype) for v, n in zip(results, graph.outputs, strict=True)]
        bodies.append(inner.b.body(c.b.names.fresh(f"{c.b.origin}/branch"), [], outputs))
    count = len(node.outputs)
    return list(c.b.several("If", [predicate], count, then_branch=bodies[0], else_branch=bodies[1]))


def _while_loop(c: Any, node: Node, *xs: Value) -> list[Value]:
    """The test runs before the loop, and at the end of each turn for the next."""
    captured, maximum = node.attrs["captured"], node.attrs["maximum"]
    outside, start = xs[:captured], xs[captured:]
    test, step = node.regions
    first = c.beside().run(test, [*outside, *start])[0]
    inner = c.inner()
    arguments, inputs = _arguments(inner, step.inputs[captured:])
    after = inner.run(step, [*outside, *arguments])
    goes_on = inner.beside().run(test, [*outside, *after])[0]
    turn, before = (c.b.names.fresh(f"{c.b.origin}/{n}") for n in ("turn", "goes_on"))
    carried = [(v, n.dtype) for v, n in zip(after, step.outputs, strict=True)]
    body = inner.b.body(
        c.b.names.fresh(f"{c.b.origin}/body"),
        [(turn, "int64", ()), (before, "bool", ()), *inputs], [(goes_on, "bool"), *carried],
    )  # fmt: skip
    most = c.b.constant(np.iinfo("int64").max if maximum is None else maximum, "int64")
    return list(c.b.several("Loop", [most, first, *start], len(start), body=body))


RULES: dict[str, Callable[..., Any]] = {"scan": _scan, "cond": _cond, "while_loop": _while_loop}
