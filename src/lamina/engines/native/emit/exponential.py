"""exp, log and what follows from them, in all lanes at once and in both float widths.

    exp(x)  = 2^n e^r,  n = round(x / log 2),  |r| <= log(2) / 2     (Cody & Waite 1980, ch. 6)
    log(x)  = e log 2 + 2 artanh(s),  x = 2^e m,  m in [sqrt(1/2), sqrt(2)),  s = (m - 1) / (m + 1)

Both series are cut where their next term falls below half a unit in the last place. Largest error
found, in units in the last place: exp 1, log 1, expm1 2, log1p 2, tanh 3 (float32 6), logistic 3.
NaN gives NaN, infinities what NumPy gives. Subnormals count as zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from lamina.engines.native.emit.arith import Rule
from lamina.engines.native.emit.function import Function
from lamina.engines.native.emit.quotient import quotient
from lamina.engines.native.emit.series import clamped, magnitude, polynomial, with_sign
from lamina.engines.native.emit.types import Type, Value


@dataclass(frozen=True)
class Width:
    """What depends on the width of a float.

    Attributes:
        fraction: bits of the stored significand; bias: of the exponent.
        high, low: log 2 in two parts; `high` times any exponent is exact.
        powers, artanh: number of terms of the two series.
        most, least: beyond these, exp is infinite, or zero.
        flat: beyond this, tanh is 1.
    """

    fraction: int
    bias: int
    high: float
    low: float
    powers: int
    artanh: int
    most: float
    least: float
    flat: float


WIDTHS = {
    32: Width(23, 127, 0.693145751953125, 1.4286068203094173e-06, 8, 6, 89.0, -104.0, 10.0),
    64: Width(52, 1023, 0.6931471803691238, 1.9082149292705877e-10, 14, 12, 710.0, -746.0, 20.0),
}


def _of(x: Value) -> tuple[Width, Type]:
    """The constants of a float's width, and the integers in its lanes."""
    return WIDTHS[x.type.bits], Type("i", x.type.bits, x.type.lanes)


def _reduced(f: Function, x: Value) -> tuple[Value, Value]:
    """(r, n) with x = n log 2 + r; n as an integer in the lanes."""
    width, whole = _of(x)
    # Adding 1.5 * 2^fraction rounds to a whole number, which stands in the low bits of the sum.
    magic = f.const(x.type, 1.5 * 2.0**width.fraction)
    shifted = f.fma(x, f.const(x.type, 1.0 / math.log(2.0)), magic)
    n = f.sub(shifted, magic)
    r = f.fma(n, f.const(x.type, -width.high), x)
    r = f.fma(n, f.const(x.type, -width.low), r)
    bits = f.sub(f.cast("bitcast", shifted, whole), f.cast("bitcast", magic, whole))
    return r, bits


def _power_of_two(f: Function, n: Value, like: Type) -> Value:
    """2^n for n in the normal range."""
    width = WIDTHS[like.bits]
    biased = f.add(n, f.const(n.type, width.bias))
    return f.cast("bitcast", f.shl(biased, f.const(n.type, width.fraction)), like)


def _scaled(f: Function, x: Value, n: Value) -> Value:
    """x 2^n in two steps, so that the factor itself neither overflows nor vanishes."""
    half = f.shr(n, f.const(n.type, 1), signed=True)
    x = f.mul(x, _power_of_two(f, half, x.type))
    return f.mul(x, _power_of_two(f, f.sub(n, half), x.type))


def _power_series(f: Function, r: Value) -> Value:
    """e^r - 1 = r + r^2 (1/2 + r/6 + ...), for |r| <= log(2) / 2."""
    terms = WIDTHS[r.type.bits].powers
    tail = polynomial(f, r, [1.0 / math.factorial(k) for k in range(2, terms)])
    return f.fma(f.mul(r, r), tail, r)


def exp(f: Function, x: Value) -> Value:
    """e^x."""
    width, _ = _of(x)
    r, n = _reduced(f, clamped(f, x, width.least, width.most))
    return _scaled(f, f.add(_power_series(f, r), f.const(x.type, 1)), n)


def expm1(f: Function, x: Value) -> Value:
    """e^x - 1 = ((e^r - 1) + (1 - 2^-n)) 2^n."""
    width, _ = _of(x)
    # Below, e^x is less than half a unit in the last place of 1.
    r, n = _reduced(f, clamped(f, x, -2.0 * width.flat, width.most))
    rest = f.sub(f.const(x.type, 1), _power_of_two(f, f.neg(n), x.type))
    zero = f.compare("eq", x, f.const(x.type, 0))
    return f.select(zero, x, _scaled(f, f.add(_power_series(f, r), rest), n))


def log(f: Function, x: Value) -> Value:
    """The natural logarithm."""
    width, whole = _of(x)
    kind = x.type
    bits = f.cast("bitcast", x, whole)
    # Counted from sqrt(1/2): the exponent of what is left is that of m in [sqrt(1/2), sqrt(2)).
    root = f.cast("bitcast", f.const(kind, math.sqrt(0.5)), whole)
    above = f.sub(bits, root)
    exponent = f.shr(above, f.const(whole, width.fraction), signed=True)
    m = f.cast("bitcast", f.sub(bits, f.shl(exponent, f.const(whole, width.fraction))), kind)
    e = f.cast("sitofp", exponent, kind)
    part = f.sub(m, f.const(kind, 1))
    s = f.fdiv(part, f.add(m, f.const(kind, 1)))
    z = f.mul(s, s)
    series = polynomial(f, z, [2.0 / (2 * k + 1) for k in range(1, width.artanh)])
    # 2 s = part - s part: the large part stays exact.
    value = f.fma(f.neg(s), part, f.fma(f.mul(s, z), series, f.mul(e, f.const(kind, width.low))))
    value = f.add(value, part)
    value = f.fma(e, f.const(kind, width.high), value)
    zero, infinity = f.const(kind, 0), f.const(kind, math.inf)
    value = f.select(f.compare("lt", x, infinity), value, x)
    value = f.select(f.compare("gt", x, zero), value, f.const(kind, -math.inf))
    bad = f.or_(f.compare("lt", x, zero), f.is_nan(x))
    return f.select(bad, f.const(kind, math.nan), value)


def log1p(f: Function, x: Value) -> Value:
    """log(1 + x) = log(u) + (x - (u - 1)) / u, where u is 1 + x as it was rounded."""
    one = f.const(x.type, 1)
    u = f.add(one, x)
    lost = f.fdiv(f.sub(x, f.sub(u, one)), u)
    zero = f.const(x.type, 0)
    usual = f.and_(f.compare("gt", u, zero), f.compare("lt", u, f.const(x.type, math.inf)))
    value = f.add(log(f, u), f.select(usual, lost, zero))
    return f.select(f.compare("eq", x, zero), x, value)


# tanh(x) is about x P(x^2) / Q(x^2) up to where it rounds to 1: fitted for the smallest relative
# error, 2e-8. Fewer instructions than an exponential, and no cancellation.
ONE = 9.02
P = (1.0, 0.13379749655723572, 0.003494071075692773, 2.0584035155479796e-05, 1.3319747971252127e-08)
Q = (1.0, 0.4671306610107422, 0.025871215388178825, 0.00032831504358910024, 7.762316158732574e-07)


def _short_tanh(f: Function, x: Value) -> Value:
    """tanh of float32."""
    size = clamped(f, magnitude(f, x), 0.0, ONE)
    z = f.mul(size, size)
    y = quotient(f, f.mul(size, polynomial(f, z, P)), polynomial(f, z, Q))
    return with_sign(f, clamped(f, y, 0.0, 1.0), x)


def tanh(f: Function, x: Value) -> Value:
    """t / (t + 2) with t = e^2|x| - 1, and the sign of x."""
    if x.type.bits == 32:
        return _short_tanh(f, x)
    width, _ = _of(x)
    size = clamped(f, magnitude(f, x), 0.0, width.flat)
    t = expm1(f, f.add(size, size))
    y = f.fdiv(t, f.add(t, f.const(x.type, 2)))
    return with_sign(f, y, x)


def _vanishing(f: Function, x: Value) -> Value:
    """e^x for x <= 0: zero where it is subnormal, so that one step scales it."""
    width, whole = _of(x)
    least = f.const(x.type, (1 - width.bias) * math.log(2.0))
    below = f.compare("lt", x, least)
    r, n = _reduced(f, f.select(below, least, x))
    power = f.add(_power_series(f, r), f.const(x.type, 1))
    bits = f.add(f.cast("bitcast", power, whole), f.shl(n, f.const(whole, width.fraction)))
    return f.select(below, f.const(x.type, 0), f.cast("bitcast", bits, x.type))


def logistic(f: Function, x: Value) -> Value:
    """1 / (1 + e^-x), by e^x / (1 + e^x) on the left so that nothing overflows."""
    one = f.const(x.type, 1)
    small = _vanishing(f, f.neg(magnitude(f, x)))
    left = f.compare("lt", x, f.const(x.type, 0))
    return quotient(f, f.select(left, small, one), f.add(one, small))


def _rule(function: Callable[[Function, Value], Value]) -> Rule:
    return lambda f, dtype, x: function(f, x)


RULES: dict[str, Rule] = {
    "exp": _rule(exp), "expm1": _rule(expm1), "log": _rule(log), "log1p": _rule(log1p),
    "tanh": _rule(tanh), "logistic": _rule(logistic),
}  # fmt: skip
