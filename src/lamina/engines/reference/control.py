"""Regions run as Python loops around `evaluate`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.graph.node import Graph, Node

Array = np.ndarray
Evaluate = Callable[[Graph, Sequence[Array]], list[Array]]


def _scan(node: Node, x: Sequence[Array], evaluate: Evaluate) -> list[Array]:
    body, attrs = node.regions[0], node.attrs
    captured, count = attrs["captured"], attrs["carries"]
    outside, carries = x[:captured], list(x[captured : captured + count])
    xs = x[captured + count :]
    stacks = [np.zeros(aval.shape, aval.dtype) for aval in node.outputs[count:]]
    order = range(attrs["length"])
    for i in reversed(order) if attrs["reverse"] else order:
        results = evaluate(body, [*outside, *carries, *(entries[i] for entries in xs)])
        carries = results[:count]
        for stack, value in zip(stacks, results[count:], strict=True):
            stack[i] = value
    return [*carries, *stacks]


def _cond(node: Node, x: Sequence[Array], evaluate: Evaluate) -> list[Array]:
    predicate, *captured = x
    return evaluate(node.regions[0 if predicate else 1], captured)


def _while_loop(node: Node, x: Sequence[Array], evaluate: Evaluate) -> list[Array]:
    test, body = node.regions
    outside, carries = list(x[: node.attrs["captured"]]), list(x[node.attrs["captured"] :])
    maximum, done = node.attrs["maximum"], 0
    while (maximum is None or done < maximum) and evaluate(test, [*outside, *carries])[0]:
        carries = evaluate(body, [*outside, *carries])
        done += 1
    return carries


RULES: dict[str, Callable[[Node, Sequence[Array], Evaluate], Any]] = {
    "scan": _scan,
    "cond": _cond,
    "while_loop": _while_loop,
}
