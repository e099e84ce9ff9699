"""Elementwise mathematics: one rule an op, for scalars and vectors alike.

What has no rule of its own here goes to the C library, lane by lane: right to about one unit in the
last place, but slow.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from lamina.engines.native.emit import exponential
from lamina.engines.native.emit.arith import Rule
from lamina.engines.native.emit.function import Function
from lamina.engines.native.emit.types import F64, Value


def _library(name: str) -> Rule:
    """A function of the C library in each lane."""

    def rule(f: Function, dtype: str, *x: Value) -> Value:
        kind = x[0].type
        full = name if kind.bits == 64 else name + "f"
        f.module.declare(full, kind.scalar, [kind.scalar] * len(x))
        if not kind.lanes:
            return f.call(full, x, kind)
        result = f.const(kind, 0)
        for lane in range(kind.lanes):
            entries = [f.extract(value, lane) for value in x]
            result = f.insert(result, f.call(full, entries, kind.scalar), lane)
        return result

    return rule


def _logistic(f: Function, dtype: str, x: Value) -> Value:
    """1 / (1 + e^-x), by e^x / (1 + e^x) on the left so that nothing overflows."""
    one = f.const(x.type, 1)
    small = RULES["exp"](f, dtype, f.neg(f.intrinsic("fabs", x)))
    left = f.compare("lt", x, f.const(x.type, 0))
    return f.fdiv(f.select(left, small, one), f.add(one, small))


def _in_double(rule: Callable[[Function, Value], Value]) -> Rule:
    """A rule that computes in float64 and rounds once."""

    def outer(f: Function, dtype: str, x: Value) -> Value:
        wide = f.cast("fpext", x, F64.like(x.type))
        return f.cast("fptrunc", rule(f, wide), x.type)

    return outer


def _series(f: Function, x: Value, coefficients: list[float]) -> Value:
    """The polynomial in x, highest power first."""
    total = f.const(x.type, coefficients[0])
    for value in coefficients[1:]:
        total = f.fma(total, x, f.const(x.type, value))
    return total


def _digamma(f: Function, x: Value) -> Value:
    """Recurrence up to 10, then the asymptotic series (Abramowitz & Stegun 6.3.5, 6.3.18)."""
    kind = x.type
    one, zero = f.const(kind, 1), f.const(kind, 0)
    reflected = f.compare("lt", x, f.const(kind, 0.5))
    start = f.select(reflected, f.sub(one, x), x)

    def turn(i: Value, state: list[Value]) -> list[Value]:
        at, total = state
        low = f.compare("lt", at, f.const(kind, 10))
        less = f.sub(total, f.fdiv(one, at))
        return [f.select(low, f.add(at, one), at), f.select(low, less, total)]

    at, total = f.loop(f.index(0), f.index(10), 1, [start, zero], turn)
    z = f.fdiv(one, f.mul(at, at))
    tail = _series(f, z, [-691 / 32760, 1 / 132, -1 / 240, 1 / 252, -1 / 120, 1 / 12, 0.0])
    half = f.fdiv(f.const(kind, 0.5), at)
    value = f.sub(f.sub(f.add(total, RULES["log"](f, "float64", at)), half), tail)
    # The fraction's tangent: pi times a large x would lose it.
    fraction = f.sub(x, f.intrinsic("floor", x))
    turned = RULES["tan"](f, "float64", f.mul(f.const(kind, math.pi), fraction))
    value = f.select(reflected, f.sub(value, f.fdiv(f.const(kind, math.pi), turned)), value)
    infinite = f.compare("eq", x, f.const(kind, math.inf))
    value = f.select(infinite, x, value)
    pole = f.and_(f.compare("le", x, zero), f.compare("eq", fraction, zero))
    lowest = f.compare("eq", x, f.const(kind, -math.inf))
    return f.select(f.or_(pole, lowest), f.const(kind, math.nan), value)


def _erfinv(f: Function, y: Value) -> Value:
    """Newton's method on erf(x) = y from Winitzki's approximation (2008)."""
    kind = y.type

    def number(value: float) -> Value:
        return f.const(kind, value)

    a = 0.147
    size = f.intrinsic("fabs", y)
    slant = RULES["log1p"](f, "float64", f.neg(f.mul(y, y)))
    middle = f.add(number(2.0 / (math.pi * a)), f.mul(slant, number(0.5)))
    inner = f.sub(f.mul(middle, middle), f.fdiv(slant, number(a)))
    start = f.intrinsic("sqrt", f.sub(f.intrinsic("sqrt", inner), middle))

    def turn(i: Value, state: list[Value]) -> list[Value]:
        x = state[0]
        near = f.sub(RULES["erf"](f, "float64", x), size)
        # In the tails erfc keeps the digits that 1 - erf would lose.
        far = f.sub(f.sub(number(1), size), _library("erfc")(f, "float64", x))
        error = f.select(f.compare("lt", x, number(1)), near, far)
        square = RULES["exp"](f, "float64", f.mul(x, x))
        return [f.sub(x, f.mul(f.mul(error, square), number(math.sqrt(math.pi) / 2)))]

    x = f.loop(f.index(0), f.index(4), 1, [start], turn)[0]
    x = f.select(f.compare("eq", size, number(1)), number(math.inf), x)
    x = f.select(f.compare("gt", size, number(1)), number(math.nan), x)
    x = f.select(f.compare("lt", y, number(0)), f.neg(x), x)
    return f.select(f.compare("eq", y, number(0)), y, x)


_LIBRARY = (
    "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh", "erf",
    "lgamma", "pow", "atan2",
)  # fmt: skip

RULES: dict[str, Rule] = {name: _library(name) for name in _LIBRARY} | {
    **exponential.RULES,
    "logistic": _logistic,
    "erfinv": _in_double(_erfinv),
    "digamma": _in_double(_digamma),
}
