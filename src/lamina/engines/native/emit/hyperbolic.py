"""sinh, cosh and the functions that undo sinh, cosh and tanh, in all lanes at once.

Largest error found, in units in the last place: float32 1, float64 4.
"""

from __future__ import annotations

import math

from lamina.engines.native.emit import exponential
from lamina.engines.native.emit.function import Function
from lamina.engines.native.emit.series import in_double, larger_than, magnitude, nan_like, with_sign
from lamina.engines.native.emit.types import Value

STEEP = 20.0  # beyond, e^-x is nothing beside e^x
HUGE = 2.0**28  # beyond, 1 is nothing beside x^2


def _half_power(f: Function, size: Value) -> Value:
    """e^(x/2): its square overflows only where half of it does."""
    return exponential.exp(f, f.mul(size, f.const(size.type, 0.5)))


def sinh(f: Function, x: Value, short: bool) -> Value:
    """(t + t / (t + 1)) / 2 with t = e^|x| - 1; (e^(|x|/2) / 2) e^(|x|/2) for large x."""
    size, half = magnitude(f, x), f.const(x.type, 0.5)
    t = exponential.expm1(f, size)
    small = f.mul(f.add(t, f.fdiv(t, f.add(t, f.const(x.type, 1)))), half)
    root = _half_power(f, size)
    large = f.mul(f.mul(root, half), root)
    return with_sign(f, f.select(larger_than(f, size, STEEP), large, small), x)


def cosh(f: Function, x: Value, short: bool) -> Value:
    """(e + 1 / e) / 2 with e = e^|x|, taken as a square so that it overflows late."""
    root, half = _half_power(f, magnitude(f, x)), f.const(x.type, 0.5)
    inverse = f.fdiv(half, root)
    return f.fma(f.mul(root, half), root, f.fdiv(inverse, root))


def asinh(f: Function, x: Value, short: bool) -> Value:
    """log(1 + a + a^2 / (1 + sqrt(a^2 + 1))) with a = |x|; log(2 a) for large a."""
    a, one = magnitude(f, x), f.const(x.type, 1)
    square = f.mul(a, a)
    root = f.intrinsic("sqrt", f.add(square, one))
    small = exponential.log1p(f, f.add(a, f.fdiv(square, f.add(one, root))))
    return with_sign(f, f.select(larger_than(f, a, HUGE), _log_of_twice(f, a), small), x)


def acosh(f: Function, x: Value, short: bool) -> Value:
    """log(1 + t + sqrt(2 t + t^2)) with t = x - 1; log(2 x) for large x; NaN below 1."""
    t = f.sub(x, f.const(x.type, 1))
    root = f.intrinsic("sqrt", f.fma(t, t, f.add(t, t)))
    small = exponential.log1p(f, f.add(t, root))
    value = f.select(larger_than(f, x, HUGE), _log_of_twice(f, x), small)
    below = f.compare("lt", x, f.const(x.type, 1))
    return f.select(below, nan_like(f, x), value)


def _log_of_twice(f: Function, x: Value) -> Value:
    return f.add(exponential.log(f, x), f.const(x.type, math.log(2.0)))


def atanh(f: Function, x: Value, short: bool) -> Value:
    """log(1 + 2 a / (1 - a)) / 2 with a = |x|; NaN beyond 1."""
    a, one = magnitude(f, x), f.const(x.type, 1)
    value = exponential.log1p(f, f.fdiv(f.add(a, a), f.sub(one, a)))
    return with_sign(f, f.mul(value, f.const(x.type, 0.5)), x)


RULES = {
    "sinh": in_double(sinh), "cosh": in_double(cosh), "asinh": in_double(asinh),
    "acosh": in_double(acosh), "atanh": in_double(atanh),
}  # fmt: skip
