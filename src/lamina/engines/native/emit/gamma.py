"""lgamma by the C library; digamma in all lanes at once, through float64."""

from __future__ import annotations

import math

from lamina.engines.native.emit import exponential, trigonometric
from lamina.engines.native.emit.function import Function
from lamina.engines.native.emit.library import library
from lamina.engines.native.emit.series import in_double, nan_like, polynomial
from lamina.engines.native.emit.types import Value

# Bernoulli numbers over 2k: B_2k / 2k (Abramowitz & Stegun 6.3.18).
ASYMPTOTIC = (0.0, 1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760)
FROM = 10  # where the asymptotic series is good to a unit in the last place


def _right(f: Function, x: Value) -> Value:
    """digamma(x) for x >= 1/2: recurrence up to 10, then the asymptotic series."""
    kind = x.type
    one, bound = f.const(kind, 1), f.const(kind, FROM)

    def turn(i: Value, state: list[Value]) -> list[Value]:
        at, total = state
        low = f.compare("lt", at, bound)
        less = f.sub(total, f.fdiv(one, at))
        return [f.select(low, f.add(at, one), at), f.select(low, less, total)]

    at, total = f.loop(f.index(0), f.index(FROM), 1, [x, f.const(kind, 0)], turn)
    tail = polynomial(f, f.fdiv(one, f.mul(at, at)), ASYMPTOTIC)
    half = f.fdiv(f.const(kind, 0.5), at)
    return f.sub(f.sub(f.add(total, exponential.log(f, at)), half), tail)


def digamma(f: Function, x: Value, short: bool) -> Value:
    """The derivative of log Gamma(x); left of 1/2, digamma(1 - x) - pi / tan(pi x) (6.3.7)."""
    kind = x.type
    reflected = f.compare("lt", x, f.const(kind, 0.5))
    value = _right(f, f.select(reflected, f.sub(f.const(kind, 1), x), x))
    # The fraction's tangent: pi times a large x would lose it.
    fraction = f.sub(x, f.intrinsic("floor", x))
    pi = f.const(kind, math.pi)
    turned = trigonometric.tan(f, f.mul(pi, fraction), short)
    value = f.select(reflected, f.sub(value, f.fdiv(pi, turned)), value)
    value = f.select(f.compare("eq", x, f.const(kind, math.inf)), x, value)
    zero = f.const(kind, 0)
    pole = f.and_(f.compare("le", x, zero), f.compare("eq", fraction, zero))
    lowest = f.compare("eq", x, f.const(kind, -math.inf))
    return f.select(f.or_(pole, lowest), nan_like(f, x), value)


RULES = {"lgamma": library("lgamma"), "digamma": in_double(digamma)}
