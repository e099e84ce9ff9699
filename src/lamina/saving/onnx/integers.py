"""Division with a remainder, and ops on bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.graph.node import Node
from lamina.saving.onnx.builder import Value
from lamina.saving.onnx.elementwise import WIDE, number, widened


def _float_mod(c: Any, node: Node, x: Value, y: Value) -> Value:
    """The remainder of C, moved to the divisor's side."""
    b, zero = c.b, number(c, node, 0)
    rest = b.add("Mod", x, y, fmod=1)
    apart = b.add("Less", b.add("Mul", b.add("Sign", rest), b.add("Sign", y)), zero)
    return b.where(apart, b.add("Add", rest, y), rest)


def _mod(c: Any, node: Node, x: Value, y: Value) -> Value:
    """Of integers: 0 where the divisor is 0."""
    b, dtype = c.b, node.dtype
    if dtype[0] == "f":
        return _float_mod(c, node, x, y)
    (x, y), wide = widened(b, (x, y), dtype, WIDE)
    zero = b.constant(0, wide)
    none = b.add("Equal", y, zero)
    rest = b.add("Mod", x, b.where(none, b.constant(1, wide), y))
    return b.cast(b.where(none, zero, rest), wide, dtype)


def _floordiv(c: Any, node: Node, x: Value, y: Value) -> Value:
    """(x - x mod y) / y, which leaves no rest; of integers 0 where the divisor is 0."""
    b, dtype = c.b, node.dtype
    if dtype[0] == "f":
        return b.add("Floor", b.add("Div", x, y))
    (x, y), wide = widened(b, (x, y), dtype, WIDE)
    zero = b.constant(0, wide)
    none = b.add("Equal", y, zero)
    divisor = b.where(none, b.constant(1, wide), y)
    whole = b.add("Div", b.add("Sub", x, b.add("Mod", x, divisor)), divisor)
    return b.cast(b.where(none, zero, whole), wide, dtype)


def _bits(op: str, truth: str) -> Callable[..., Value]:
    def make(c: Any, node: Node, *xs: Value) -> Value:
        if node.dtype == "bool":
            return c.b.add(truth, *xs)
        c.needs(node, 18)
        return c.b.add(op, *xs)

    return make


RULES: dict[str, Callable[..., Any]] = {
    "mod": _mod, "floordiv": _floordiv,
    "bit_and": _bits("BitwiseAnd", "And"), "bit_or": _bits("BitwiseOr", "Or"),
    "bit_xor": _bits("BitwiseXor", "Xor"), "bit_not": _bits("BitwiseNot", "Not"),
}  # fmt: skip
