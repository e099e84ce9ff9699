"""pow of floats. float32 in all lanes at once, through float64; float64 by the C library, because
there e^(b log a) would need log a to more than double precision.
"""

from __future__ import annotations

import math

from lamina.engines.native.emit import exponential
from lamina.engines.native.emit.function import Function
from lamina.engines.native.emit.library import library
from lamina.engines.native.emit.series import in_double, is_below_zero, magnitude, nan_like
from lamina.engines.native.emit.types import Value

_in_library = library("pow")


def power(f: Function, a: Value, b: Value, short: bool) -> Value:
    """a^b = e^(b log |a|), negated for a negative a and an odd b; 1^b = a^0 = 1 even with NaN."""
    if not short:
        return _in_library(f, "float64", a, b)
    if a.number is not None and 0 < a.number < math.inf:
        return _of_positive(f, float(a.number), b)
    size = magnitude(f, a)
    value = exponential.exp(f, f.mul(b, exponential.log(f, size)))
    value = f.select(is_below_zero(f, a), _of_negative(f, a, b, value), value)
    one, zero = f.const(a.type, 1), f.const(a.type, 0)
    # (-1) to an infinite power is 1 too.
    endless = f.compare("eq", magnitude(f, b), f.const(b.type, math.inf))
    always = f.or_(f.compare("eq", a, one), f.and_(f.compare("eq", size, one), endless))
    return f.select(f.or_(always, f.compare("eq", b, zero)), one, value)


def _of_positive(f: Function, a: float, b: Value) -> Value:
    """a^b of a number that is known now, such as Adam's beta^t: e^(b log a), 1 for a = 1."""
    if a == 1:
        return f.const(b.type, 1)
    return exponential.exp(f, f.mul(b, f.const(b.type, math.log(a))))


def _of_negative(f: Function, a: Value, b: Value, value: Value) -> Value:
    """What becomes of |a|^b for negative a: no number for finite a and broken b."""
    half = f.mul(b, f.const(b.type, 0.5))
    whole = f.compare("eq", f.intrinsic("floor", b), b)
    even = f.compare("eq", f.intrinsic("floor", half), half)
    value = f.select(f.and_(whole, f.not_(even)), f.neg(value), value)
    finite = f.compare("lt", magnitude(f, a), f.const(a.type, math.inf))
    nothing = f.compare("eq", a, f.const(a.type, 0))
    broken = f.and_(f.and_(finite, f.not_(whole)), f.not_(nothing))
    return f.select(broken, nan_like(f, a), value)


RULES = {"pow": in_double(power)}
