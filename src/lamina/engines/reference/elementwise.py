"""Elementwise rules. The operands share a dtype; the result is cast to the inferred one outside."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.engines.reference.inverse_error import erfinv

Array = np.ndarray
Rule = Callable[..., Any]


def _pow(a: Array, b: Array) -> Array:
    """Integers: a negative exponent truncates towards zero, so only 1 and -1 survive it."""
    if a.dtype.kind == "f" or a.dtype.kind == "u":
        return np.power(a, b)
    odd = np.where(b % 2 == 1, a, a * a)
    inverse = np.where(np.abs(a) == 1, odd, 0)
    return np.where(b < 0, inverse, np.power(a, np.maximum(b, 0)))


def _shift(numpy_shift: Callable[[Array, Array], Array], a: Array, b: Array) -> Array:
    """A shift by the width or more leaves nothing but the sign (to the right) or 0."""
    bits = a.dtype.itemsize * 8
    signed_right = numpy_shift is np.right_shift and a.dtype.kind == "i"
    inside = (b >= 0) & (b < bits)
    beyond = np.where(a < 0, -1, 0) if signed_right else np.zeros_like(a)
    return np.where(inside, numpy_shift(a, np.where(inside, b, 0)), beyond)


def cast(x: Array, dtype: str) -> Array:
    """Float to integer truncates and saturates, NaN gives 0; to bool asks whether it is not
    zero.
    """
    if x.dtype.kind == "f" and np.dtype(dtype).kind in "iu":
        info = np.iinfo(dtype)
        # The largest float below the bound, where the bound itself is no float.
        low, high = x.dtype.type(info.min), x.dtype.type(info.max)
        result = np.where(np.isnan(x), 0, x)
        inside = np.where((result < high) & (result > low), result, 0).astype(dtype)
        return np.where(result >= high, info.max, np.where(result <= low, info.min, inside)).astype(
            dtype
        )
    return x.astype(dtype)


def _special(function: Callable[[float], float], x: Array) -> Array:
    flat = [function(float(value)) for value in x.ravel()]
    return np.asarray(flat, "float64").reshape(x.shape)


def _lgamma(x: float) -> float:
    """log |Gamma(x)|; infinite at the poles."""
    if x != x:
        return x
    if math.isinf(x) or (x <= 0 and x == math.floor(x)):
        return math.inf
    return math.lgamma(x)


def _digamma(x: float) -> float:
    """Recurrence up to 10, then the asymptotic series (Abramowitz & Stegun 6.3.5, 6.3.18)."""
    if x != x or x == -math.inf or (x <= 0 and x == math.floor(x)):
        return math.nan
    if x == math.inf:
        return x
    if x < 0.5:
        return _digamma(1.0 - x) - math.pi / math.tan(math.pi * x)
    total = 0.0
    while x < 10.0:
        total -= 1.0 / x
        x += 1.0
    z = 1.0 / (x * x)
    tail = 1 / 12 - z * (1 / 120 - z * (1 / 252 - z * (1 / 240 - z * (1 / 132 - z * 691 / 32760))))
    return total + math.log(x) - 0.5 / x - z * tail


def _logistic(x: Array) -> Array:
    """1 / (1 + e^-x), by e^x / (1 + e^x) on the left so that nothing overflows."""
    small = np.exp(-np.abs(x))
    return np.where(x < 0, small / (1 + small), 1 / (1 + small))


def _plain(function: Callable[..., Any]) -> Rule:
    return lambda *x, **_: function(*x)


def _guarded(function: Callable[[Array, Array], Array]) -> Rule:
    """Integer division where a zero divisor gives 0."""

    def rule(a: Array, b: Array, **_: Any) -> Array:
        if a.dtype.kind == "f":
            return function(a, b)
        return np.where(b == 0, 0, function(a, np.where(b == 0, 1, b)))

    return rule


_NUMPY: dict[str, Callable[..., Any]] = {
    "neg": np.negative, "abs": np.abs, "sign": np.sign, "floor": np.floor, "ceil": np.ceil,
    "round": np.rint, "exp": np.exp, "expm1": np.expm1, "log": np.log, "log1p": np.log1p,
    "sqrt": np.sqrt, "rsqrt": lambda x: 1 / np.sqrt(x), "sin": np.sin, "cos": np.cos,
    "tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "sinh": np.sinh,
    "cosh": np.cosh, "tanh": np.tanh, "asinh": np.arcsinh, "acosh": np.arccosh,
    "atanh": np.arctanh, "logistic": _logistic,
    "erf": lambda x: _special(math.erf, x), "erfinv": erfinv,
    "lgamma": lambda x: _special(_lgamma, x), "digamma": lambda x: _special(_digamma, x),
    "isnan": np.isnan, "isinf": np.isinf, "isfinite": np.isfinite,
    "logical_not": np.logical_not, "bit_not": np.invert,
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "pow": _pow,
    "max": np.maximum, "min": np.minimum, "atan2": np.arctan2,
    "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater,
    "ge": np.greater_equal, "logical_and": np.logical_and, "logical_or": np.logical_or,
    "logical_xor": np.logical_xor, "bit_and": np.bitwise_and, "bit_or": np.bitwise_or,
    "bit_xor": np.bitwise_xor, "shift_left": lambda a, b: _shift(np.left_shift, a, b),
    "shift_right": lambda a, b: _shift(np.right_shift, a, b),
    "select": np.where, "stop_gradient": lambda x: x,
}  # fmt: skip

RULES: dict[str, Rule] = {name: _plain(function) for name, function in _NUMPY.items()} | {
    "floordiv": _guarded(np.floor_divide),
    "mod": _guarded(np.mod),
    "cast": lambda x, dtype: cast(x, dtype),
}


_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))


def threefry(k0: Array, k1: Array, c0: Array, c1: Array) -> list[Array]:
    """Threefry-2x32-20 (Salmon et al. 2011): five groups of four rounds, a key word after each."""
    k0, k1, c0, c1 = np.broadcast_arrays(k0, k1, c0, c1)
    keys = (k0, k1, k0 ^ k1 ^ np.uint32(0x1BD11BDA))
    x, y = c0 + keys[0], c1 + keys[1]
    for group in range(5):
        for by in _ROTATIONS[group % 2]:
            x = x + y
            y = ((y << np.uint32(by)) | (y >> np.uint32(32 - by))) ^ x
        x = x + keys[(group + 1) % 3]
        y = y + keys[(group + 2) % 3] + np.uint32(group + 1)
    return [x, y]


RULES["threefry"] = _plain(threefry)
