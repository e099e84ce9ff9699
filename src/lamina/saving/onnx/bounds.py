"""Bounds: what is chosen where a value lies beyond a number is that number."""

from __future__ import annotations

from typing import Any

from lamina.graph.node import Node, scalar_of
from lamina.saving.onnx.builder import Value
from lamina.saving.onnx.compact import Compact

OPS = {"le": "Max", "lt": "Max", "ge": "Min", "gt": "Min"}


def find(node: Node) -> Compact | None:
    """`select(x <= n, n, x)` and its like, of floats."""
    condition, bound, x = node.inputs
    if condition.op not in OPS or node.dtype[0] != "f" or x.shape != node.shape:
        return None
    number = scalar_of(bound)
    if number is None or condition.inputs[0] is not x or scalar_of(condition.inputs[1]) != number:
        return None

    def make(c: Any, node: Node, x: Value) -> Value:
        op = OPS[condition.op]
        if op == "Max" and number == 0:
            return c.b.add("Relu", x)
        return c.b.add(op, x, c.b.constant(number, node.dtype))

    return Compact((x,), make)
