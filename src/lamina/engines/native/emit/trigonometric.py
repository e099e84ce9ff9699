"""sin, cos, tan and the functions that undo them, in all lanes at once.

    x = n pi/2 + r,  |r| <= pi/4  (pi/2 in three parts: Cody & Waite 1980, ch. 8), then the series
    of sin(r) and cos(r), exchanged and negated by n mod 4.

    atan(a / b) for 0 <= a <= b, by a / b where that is at most tan(pi/8), else by
    pi/4 + atan((a - b) / (a + b)).

The series of the arc is the Chebyshev interpolation of atan(sqrt z) / sqrt z on [0, tan(pi/8)^2].
Arguments beyond 800,000 go to the C library. Largest error found, in units in the last place:
float32 1; float64 tan 4, the others 3.
"""

from __future__ import annotations

import math

from lamina.engines.native.emit.function import Function
from lamina.engines.native.emit.library import library
from lamina.engines.native.emit.series import (
    in_double,
    is_below_zero,
    larger_than,
    magnitude,
    polynomial,
    with_sign,
)
from lamina.engines.native.emit.types import BIT, Type, Value

# pi/2 in parts of 33 bits, so that their products with n are exact, and a rest.
PARTS = (1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21)
FAR = 800_000.0
MAGIC = 1.5 * 2.0**52  # adding it rounds to a whole number, in the low bits of the sum

ATAN_SHORT = (
    0.9999999993706711, -0.33333306873799395, 0.19998182002716527, -0.14239513423957814,
    0.10569685283640824, -0.06025934885056124,
)  # fmt: skip
ATAN = (
    1.0, -0.3333333333333312, 0.19999999999940807, -0.142857142792419, 0.11111110744504495,
    -0.09090896797060963, 0.07692045115329452, -0.0666294933513016, 0.058468600441315986,
    -0.05035019199400293, 0.037963116386953384, -0.017803024570372427,
)  # fmt: skip


def _reduced(f: Function, x: Value) -> tuple[Value, Value]:
    """(r, n) with x = n pi/2 + r; n as an integer in the lanes."""
    magic = f.const(x.type, MAGIC)
    shifted = f.add(f.mul(x, f.const(x.type, 2.0 / math.pi)), magic)
    n = f.sub(shifted, magic)
    r = x
    for part in PARTS:
        r = f.fma(n, f.const(x.type, -part), r)
    return r, f.cast("bitcast", shifted, Type("i", 64, x.type.lanes))


def _both(f: Function, r: Value, short: bool) -> tuple[Value, Value]:
    """sin(r) and cos(r) for |r| <= pi/4, by Taylor's series."""
    z = f.mul(r, r)
    terms = 5 if short else 8
    odd = [(-1) ** k / math.factorial(2 * k + 1) for k in range(1, terms)]
    even = [(-1) ** k / math.factorial(2 * k) for k in range(2, terms + 1)]
    sine = f.fma(f.mul(r, z), polynomial(f, z, odd), r)
    one = f.const(z.type, 1)
    half = f.mul(z, f.const(z.type, 0.5))
    large = f.sub(one, half)
    # What rounding took from 1 - z/2.
    lost = f.sub(f.sub(one, large), half)
    cosine = f.add(large, f.fma(f.mul(z, z), polynomial(f, z, even), lost))
    return sine, cosine


def _flag(f: Function, n: Value, bit: int) -> Value:
    mask = f.const(n.type, bit)
    return f.compare("eq", f.and_(n, mask), mask)


def _near(f: Function, x: Value, quarter: int, short: bool) -> Value:
    """sin(x + quarter pi/2)."""
    r, n = _reduced(f, x)
    sine, cosine = _both(f, r, short)
    n = f.add(n, f.const(n.type, quarter))
    value = f.select(_flag(f, n, 1), cosine, sine)
    return f.select(_flag(f, n, 2), f.neg(value), value)


def _tangent(f: Function, x: Value, short: bool) -> Value:
    r, n = _reduced(f, x)
    sine, cosine = _both(f, r, short)
    turned = _flag(f, n, 1)
    above, below = f.select(turned, f.neg(cosine), sine), f.select(turned, sine, cosine)
    return f.fdiv(above, below)


def _unless_far(f: Function, x: Value, near: Value, name: str) -> Value:
    """The near value, or the C library's in all lanes if one of them is far from 0."""
    far = larger_than(f, magnitude(f, x), FAR)
    if x.type.lanes:
        far = f.call(f"llvm.vector.reduce.or.{far.type.name}", [far], BIT)
    return f.choose(far, lambda: [library(name)(f, "float64", x)], lambda: [near])[0]


def sin(f: Function, x: Value, short: bool) -> Value:
    """sin(x)."""
    return _unless_far(f, x, _near(f, x, 0, short), "sin")


def cos(f: Function, x: Value, short: bool) -> Value:
    """cos(x) = sin(x + pi/2)."""
    return _unless_far(f, x, _near(f, x, 1, short), "cos")


def tan(f: Function, x: Value, short: bool) -> Value:
    """sin(x) / cos(x)."""
    return _unless_far(f, x, _tangent(f, x, short), "tan")


# ── arcs ──


def _arc(f: Function, a: Value, b: Value, short: bool) -> Value:
    """atan(a / b) for 0 <= a <= b, where b > 0."""
    steep = f.compare("gt", a, f.mul(b, f.const(b.type, math.tan(math.pi / 8))))
    above, below = f.select(steep, f.sub(a, b), a), f.select(steep, f.add(a, b), b)
    q = f.fdiv(above, below)
    series = ATAN_SHORT if short else ATAN
    z = f.mul(q, q)
    arc = f.fma(f.mul(q, z), polynomial(f, z, series[1:]), f.mul(q, f.const(q.type, series[0])))
    return f.select(steep, f.add(f.const(q.type, math.pi / 4), arc), arc)


def _first_quadrant(f: Function, y: Value, x: Value, short: bool) -> Value:
    """The angle of (x, y) for x, y >= 0; 0 for (0, 0)."""
    steep = f.compare("gt", y, x)
    a, b = f.select(steep, x, y), f.select(steep, y, x)
    zero, one = f.const(x.type, 0), f.const(x.type, 1)
    # Two infinities are on the diagonal; beside one, every number is 0.
    infinite = f.compare("eq", b, f.const(b.type, math.inf))
    a = f.select(infinite, f.select(f.compare("eq", a, b), one, zero), a)
    b = f.select(f.or_(infinite, f.compare("eq", b, zero)), one, b)
    # Halved, so that a + b stays finite.
    half = f.const(a.type, 0.5)
    arc = _arc(f, f.mul(a, half), f.mul(b, half), short)
    return f.select(steep, f.sub(f.const(arc.type, math.pi / 2), arc), arc)


def atan2(f: Function, y: Value, x: Value, short: bool) -> Value:
    """The angle of the point (x, y), between -pi and pi."""
    angle = _first_quadrant(f, magnitude(f, y), magnitude(f, x), short)
    turned = f.sub(f.const(angle.type, math.pi), angle)
    angle = with_sign(f, f.select(is_below_zero(f, x), turned, angle), y)
    # A comparison with NaN chose the other operand.
    angle = f.select(f.is_nan(x), x, angle)
    return f.select(f.is_nan(y), y, angle)


def atan(f: Function, x: Value, short: bool) -> Value:
    """The angle whose tangent is x."""
    size = magnitude(f, x)
    angle = _first_quadrant(f, size, f.const(x.type, 1), short)
    return f.select(f.is_nan(x), x, with_sign(f, angle, x))


def _leg(f: Function, x: Value) -> Value:
    """sqrt(1 - x^2); NaN beyond 1."""
    one = f.const(x.type, 1)
    return f.intrinsic("sqrt", f.mul(f.sub(one, x), f.add(one, x)))


def asin(f: Function, x: Value, short: bool) -> Value:
    """The angle of (sqrt(1 - x^2), x)."""
    leg = _leg(f, x)
    angle = with_sign(f, _first_quadrant(f, magnitude(f, x), leg, short), x)
    return f.select(f.is_nan(leg), leg, angle)


def acos(f: Function, x: Value, short: bool) -> Value:
    """The angle of (x, sqrt(1 - x^2))."""
    leg = _leg(f, x)
    angle = _first_quadrant(f, leg, magnitude(f, x), short)
    turned = f.sub(f.const(angle.type, math.pi), angle)
    angle = f.select(is_below_zero(f, x), turned, angle)
    return f.select(f.is_nan(leg), leg, angle)


RULES = {
    "sin": in_double(sin), "cos": in_double(cos), "tan": in_double(tan), "asin": in_double(asin),
    "acos": in_double(acos), "atan": in_double(atan), "atan2": in_double(atan2),
}  # fmt: skip
