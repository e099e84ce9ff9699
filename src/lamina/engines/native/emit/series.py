"""Polynomials, and functions that are computed in float64 for both float widths.

A function of this kind takes float64 lanes and `short`, which says that the result will be rounded
to float32: then its series may be shorter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from lamina.engines.native.emit.arith import Rule
from lamina.engines.native.emit.function import Function
from lamina.engines.native.emit.types import F64, Type, Value

Double = Callable[..., Value]


def polynomial(f: Function, x: Value, coefficients: Sequence[float]) -> Value:
    """The polynomial in x, lowest power first."""
    total = f.const(x.type, coefficients[-1])
    for value in reversed(coefficients[:-1]):
        total = f.fma(total, x, f.const(x.type, value))
    return total


def centred(
    f: Function, x: Value, middle: float, half: float, coefficients: Sequence[float]
) -> Value:
    """The polynomial in (x - middle) / half, for x between middle - half and middle + half."""
    t = f.mul(f.sub(x, f.const(x.type, middle)), f.const(x.type, 1.0 / half))
    return polynomial(f, t, coefficients)


def in_double(function: Double) -> Rule:
    """The rule of a function of float64 lanes: float32 is widened, and rounded once at the end."""

    def rule(f: Function, dtype: str, *x: Value) -> Value:
        kind = x[0].type
        if kind.bits == 64:
            return function(f, *x, short=False)
        wide = [f.cast("fpext", value, F64.like(kind)) for value in x]
        return f.cast("fptrunc", function(f, *wide, short=True), kind)

    return rule


def magnitude(f: Function, x: Value) -> Value:
    """|x|."""
    return f.intrinsic("fabs", x)


def with_sign(f: Function, x: Value, sign: Value) -> Value:
    """|x| with the sign of another value."""
    return f.call(f"llvm.copysign.{x.type.name}", [x, sign], x.type)


def is_below_zero(f: Function, x: Value) -> Value:
    """Whether the sign bit is set; so it is for -0."""
    bits = f.cast("bitcast", x, Type("i", x.type.bits, x.type.lanes))
    return f.compare("lt", bits, f.const(bits.type, 0))


def larger_than(f: Function, x: Value, bound: float) -> Value:
    """Whether x > bound; false for NaN."""
    return f.compare("gt", x, f.const(x.type, bound))


def clamped(f: Function, x: Value, low: float, high: float) -> Value:
    """x between bounds, NaN where x is."""
    top, bottom = f.const(x.type, high), f.const(x.type, low)
    x = f.select(f.compare("gt", x, top), top, x)
    return f.select(f.compare("lt", x, bottom), bottom, x)


def nan_like(f: Function, x: Value) -> Value:
    """Not a number, in every lane."""
    return f.const(x.type, math.nan)
