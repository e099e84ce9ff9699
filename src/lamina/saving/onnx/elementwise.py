"""Elementwise ops. Where ONNX, or its common runtimes, have no such op for a dtype, the op is done
in a wider one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.graph.node import Node
from lamina.saving.onnx.builder import Builder, Value

WIDE = ("int32", "int64", "float32", "float64")
# The dtype in which an op of WIDE is done for operands of another: equal after the cast back, since
# integers wrap. A uint64 beyond the half of its range compares as if it were negative.
WIDER = {
    "bool": "int32", "int8": "int32", "int16": "int32", "uint8": "int32", "uint16": "int32",
    "uint32": "int64", "uint64": "int64",
}  # fmt: skip


def widened(b: Builder, xs: Sequence[Value], dtype: str, legal: Sequence[str]) -> Any:
    """The operands in a dtype that is legal, and that dtype."""
    to = dtype if dtype in legal else WIDER[dtype]
    return [b.cast(x, dtype, to) for x in xs], to


def _plain(op: str) -> Callable[..., Value]:
    """One node of ONNX, done in a wide dtype."""

    def make(c: Any, node: Node, *xs: Value) -> Value:
        given = node.inputs[-1].dtype
        values, dtype = widened(c.b, xs, given, WIDE)
        result = c.b.add(op, *values)
        return (
            result
            if node.dtype == "bool" and given != "bool"
            else c.b.cast(result, dtype, node.dtype)
        )

    return make


def _compared(op: str) -> Callable[..., Value]:
    def make(c: Any, node: Node, *xs: Value) -> Value:
        values, _ = widened(c.b, xs, node.inputs[0].dtype, WIDE)
        return c.b.add(op, *values)

    return make


def _unequal(c: Any, node: Node, *xs: Value) -> Value:
    return c.b.add("Not", _compared("Equal")(c, node, *xs))


def _truth(op: str) -> Callable[..., Value]:
    return lambda c, node, *xs: c.b.add(op, *xs)


def number(c: Any, node: Node, value: float) -> Value:
    """A scalar in the dtype of a node's first operand."""
    return c.b.constant(value, node.inputs[0].dtype)


# ── floats ──


def _rsqrt(c: Any, node: Node, x: Value) -> Value:
    return c.b.add("Reciprocal", c.b.add("Sqrt", x))


def _expm1(c: Any, node: Node, x: Value) -> Value:
    """Near 0 by 2 t / (1 - t) with t = tanh(x / 2), which keeps the digits that e^x - 1 loses."""
    b, one = c.b, number(c, node, 1)
    t = b.add("Tanh", b.add("Mul", x, number(c, node, 0.5)))
    near = b.add("Div", b.add("Add", t, t), b.add("Sub", one, t))
    far = b.add("Sub", b.add("Exp", x), one)
    return b.where(b.add("Less", b.add("Abs", x), number(c, node, 0.5)), near, far)


def _log1p(c: Any, node: Node, x: Value) -> Value:
    """Near 0 by x log(u) / (u - 1), u being 1 + x as it is rounded."""
    b, one = c.b, number(c, node, 1)
    u = b.add("Add", x, one)
    less = b.add("Sub", u, one)
    flat = b.add("Equal", less, number(c, node, 0))
    quotient = b.add("Div", b.add("Mul", x, b.add("Log", u)), b.where(flat, one, less))
    near = b.where(flat, x, quotient)
    return b.where(b.add("Less", b.add("Abs", x), number(c, node, 0.5)), near, b.add("Log", u))


def _isfinite(c: Any, node: Node, x: Value) -> Value:
    return c.b.add("Not", c.b.add("Or", c.b.add("IsNaN", x), c.b.add("IsInf", x)))


def _atan2(c: Any, node: Node, y: Value, x: Value) -> Value:
    """The arc tangent of y / x, half a turn on where x is negative; a quarter where it is 0."""
    b, zero = c.b, number(c, node, 0)
    flat = b.add("Equal", x, zero)
    turn = b.where(b.add("Less", y, zero), number(c, node, -math.pi), number(c, node, math.pi))
    angle = b.add("Atan", b.add("Div", y, b.where(flat, number(c, node, 1), x)))
    upright = b.add("Mul", b.add("Sign", y), number(c, node, math.pi / 2))
    beyond = b.where(b.add("Less", x, zero), b.add("Add", angle, turn), angle)
    return b.where(flat, upright, beyond)


def _pow(c: Any, node: Node, a: Value, e: Value) -> Value:
    """Integers: of a negative exponent only the powers of 1 and -1 are left."""
    b, dtype = c.b, node.dtype
    if dtype[0] == "f":
        return b.add("Pow", a, e)
    (a, e), wide = widened(b, (a, e), dtype, WIDE)
    zero, one, two = (b.constant(n, wide) for n in (0, 1, 2))
    power = b.add("Pow", a, b.add("Max", e, zero))
    odd = b.add("Equal", b.add("Mod", e, two), one)
    unit = b.add("Equal", b.add("Abs", a), one)
    inverse = b.where(unit, b.where(odd, a, one), zero)
    return b.cast(b.where(b.add("Less", e, zero), inverse, power), wide, dtype)


# ── selection, casts ──


def _select(c: Any, node: Node, condition: Value, x: Value, y: Value) -> Value:
    (x, y), dtype = widened(c.b, (x, y), node.dtype, WIDE)
    return c.b.cast(c.b.where(condition, x, y), dtype, node.dtype)


def _cast(c: Any, node: Node, x: Value) -> Value:
    """To integers: what is too large becomes the largest, NaN 0, as ONNX leaves open."""
    b, source, to = c.b, node.inputs[0].dtype, node.dtype
    if source[0] != "f" or to == "bool" or to[0] == "f":
        return b.cast(x, source, to)
    info = np.iinfo(to)
    low, high = (np.dtype(source).type(n) for n in (info.min, info.max))
    if int(high) > info.max:
        high = np.nextafter(high, np.dtype(source).type(0))
    x = b.where(b.add("IsNaN", x), b.constant(0, source), x)
    bounds = (b.constant(low, source), b.constant(high, source))
    return b.cast(b.add("Clip", x, *bounds), source, to)


_SAME = {
    "neg": "Neg", "abs": "Abs", "sign": "Sign", "floor": "Floor", "ceil": "Ceil", "round": "Round",
    "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "sin": "Sin", "cos": "Cos", "tan": "Tan",
    "asin": "Asin", "acos": "Acos", "atan": "Atan", "sinh": "Sinh", "cosh": "Cosh", "tanh": "Tanh",
    "asinh": "Asinh", "acosh": "Acosh", "atanh": "Atanh", "logistic": "Sigmoid", "erf": "Erf",
    "add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div", "max": "Max", "min": "Min",
}  # fmt: skip

RULES: dict[str, Callable[..., Any]] = {
    **{name: _plain(op) for name, op in _SAME.items()},
    **{name: _compared(op) for name, op in [
        ("eq", "Equal"), ("lt", "Less"), ("le", "LessOrEqual"), ("gt", "Greater"),
        ("ge", "GreaterOrEqual"),
    ]},
    **{name: _truth(op) for name, op in [
        ("logical_and", "And"), ("logical_or", "Or"), ("logical_xor", "Xor"),
        ("logical_not", "Not"), ("isnan", "IsNaN"), ("isinf", "IsInf"),
    ]},
    "ne": _unequal, "rsqrt": _rsqrt, "expm1": _expm1, "log1p": _log1p, "isfinite": _isfinite,
    "atan2": _atan2, "pow": _pow, "select": _select, "cast": _cast,
}  # fmt: skip
