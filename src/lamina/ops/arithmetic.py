"""Elementwise arithmetic and functions, with NumPy's broadcasting and Keras' promotion."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from lamina.graph import dtypes
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor
from lamina.ops.public import as_float, cast_to, kind_of, promoted, public

__all__ = [
    "abs",
    "absolute",
    "add",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "bitwise_and",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_not",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "ceil",
    "clip",
    "cos",
    "cosh",
    "deg2rad",
    "divide",
    "divide_no_nan",
    "erf",
    "erfinv",
    "exp",
    "exp2",
    "expm1",
    "floor",
    "floor_divide",
    "hypot",
    "left_shift",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "maximum",
    "minimum",
    "mod",
    "multiply",
    "negative",
    "power",
    "reciprocal",
    "right_shift",
    "round",
    "rsqrt",
    "sign",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "subtract",
    "tan",
    "tanh",
    "true_divide",
    "trunc",
]  # fmt: skip


Unary = Callable[[Any], Tensor]
Binary = Callable[[Any, Any], Tensor]


def _named(function: Callable[..., Tensor], name: str, doc: str) -> Callable[..., Any]:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    function.__module__ = __name__
    return public(function)


def _float_op(name: str, primitive: Unary, doc: str) -> Unary:
    return _named(lambda x: primitive(as_float(x)), name, doc)


def _binary_op(name: str, primitive: Binary, doc: str, *types: str) -> Binary:
    """Operands meet in one dtype; booleans are counted as int32."""

    def function(x1: Any, x2: Any) -> Tensor:
        a, b = promoted(x1, x2, with_types=types)
        if a.dtype == "bool":
            a, b = p.cast(a, "int32"), p.cast(b, "int32")
        return primitive(a, b)

    return _named(function, name, doc)


def _add(x1: Any, x2: Any) -> Tensor:
    a, b = promoted(x1, x2)
    return p.logical_or(a, b) if a.dtype == "bool" else p.add(a, b)


def _multiply(x1: Any, x2: Any) -> Tensor:
    a, b = promoted(x1, x2)
    return p.logical_and(a, b) if a.dtype == "bool" else p.mul(a, b)


add = _named(_add, "add", "y = x1 + x2")
subtract = _binary_op("subtract", p.sub, "y = x1 - x2")
multiply = _named(_multiply, "multiply", "y = x1 x2")
divide = _binary_op("divide", p.div, "y = x1 / x2, a float", "float")
true_divide = _binary_op("true_divide", p.div, "y = x1 / x2, a float", "float")
floor_divide = _binary_op("floor_divide", p.floordiv, "y = floor(x1 / x2); x / 0 = 0 for integers")
mod = _binary_op("mod", p.mod, "The remainder with the sign of x2; 0 for an integer x2 of 0")
power = _binary_op("power", p.pow_, "y = x1 ^ x2")
maximum = _named(lambda x1, x2: p.max_(*promoted(x1, x2)), "maximum", "The larger; NaN wins")
minimum = _named(lambda x1, x2: p.min_(*promoted(x1, x2)), "minimum", "The smaller; NaN wins")
arctan2 = _binary_op("arctan2", p.atan2, "The angle of the point (x2, x1), in (-pi, pi]", "float")


@public
def divide_no_nan(x1: Any, x2: Any) -> Tensor:
    """y = x1 / x2, and 0 where x2 is 0."""
    a, b = promoted(x1, x2, with_types=("float",))
    zero = p.eq(b, 0.0)
    return p.select(zero, 0.0, p.div(a, p.select(zero, 1.0, b)))


# ── one operand, any number type ──


@public
def negative(x: Any) -> Tensor:
    """y = -x"""
    return p.neg(as_tensor(x))


@public
def absolute(x: Any) -> Tensor:
    """y = |x|"""
    x = as_tensor(x)
    return x if x.dtype == "bool" else p.abs_(x)


abs = absolute


@public
def sign(x: Any) -> Tensor:
    """-1, 0 or 1, in the dtype of x."""
    return p.sign(as_tensor(x))


@public
def square(x: Any) -> Tensor:
    """y = x x"""
    x = as_tensor(x)
    x = p.cast(x, "int32") if x.dtype == "bool" else x
    return p.mul(x, x)


@public
def clip(x: Any, x_min: Any, x_max: Any) -> Tensor:
    """y = min(max(x, x_min), x_max); bounds are arrays or numbers, and promote like them."""
    x = as_tensor(x)
    kind = "int32" if x.dtype == "bool" else x.dtype
    dtype = dtypes.result_type(kind, kind_of(x_min), kind_of(x_max))
    low, high = cast_to(x_min, dtype), cast_to(x_max, dtype)
    return p.min_(p.max_(p.cast(x, dtype), low), high)


# ── one operand, floats ──

exp = _float_op("exp", p.exp, "y = e^x")
expm1 = _float_op("expm1", p.expm1, "y = e^x - 1, exact near 0")
log = _float_op("log", p.log, "The natural logarithm")
log1p = _float_op("log1p", p.log1p, "y = log(1 + x), exact near 0")
sqrt = _float_op("sqrt", p.sqrt, "The square root; NaN below 0")
rsqrt = _float_op("rsqrt", p.rsqrt, "y = 1 / sqrt(x)")
sin = _float_op("sin", p.sin, "The sine of x in radians")
cos = _float_op("cos", p.cos, "The cosine of x in radians")
tan = _float_op("tan", p.tan, "The tangent of x in radians")
arcsin = _float_op("arcsin", p.asin, "The inverse sine, in [-pi/2, pi/2]")
arccos = _float_op("arccos", p.acos, "The inverse cosine, in [0, pi]")
arctan = _float_op("arctan", p.atan, "The inverse tangent, in [-pi/2, pi/2]")
sinh = _float_op("sinh", p.sinh, "The hyperbolic sine")
cosh = _float_op("cosh", p.cosh, "The hyperbolic cosine")
tanh = _float_op("tanh", p.tanh, "The hyperbolic tangent")
arcsinh = _float_op("arcsinh", p.asinh, "The inverse hyperbolic sine")
arccosh = _float_op("arccosh", p.acosh, "The inverse hyperbolic cosine, of x >= 1")
arctanh = _float_op("arctanh", p.atanh, "The inverse hyperbolic tangent, of -1 < x < 1")
erf = _float_op("erf", p.erf, "The error function")
erfinv = _float_op("erfinv", p.erfinv, "The inverse of the error function, of -1 < x < 1")


@public
def log2(x: Any) -> Tensor:
    """The logarithm to base 2."""
    return p.mul(p.log(as_float(x)), 1.0 / math.log(2.0))


@public
def log10(x: Any) -> Tensor:
    """The logarithm to base 10."""
    return p.mul(p.log(as_float(x)), 1.0 / math.log(10.0))


@public
def exp2(x: Any) -> Tensor:
    """y = 2^x"""
    return p.exp(p.mul(as_float(x), math.log(2.0)))


@public
def reciprocal(x: Any) -> Tensor:
    """y = 1 / x"""
    return p.div(1.0, as_float(x))


@public
def logaddexp(x1: Any, x2: Any) -> Tensor:
    """y = log(e^x1 + e^x2), without overflow."""
    a, b = promoted(x1, x2, with_types=("float",))
    # Two equal infinities have no gap: their difference is NaN.
    gap = p.select(p.logical_and(p.eq(a, b), p.isinf(a)), 0.0, p.sub(a, b))
    larger = p.select(p.ge(a, b), a, b)
    return p.add(larger, p.log1p(p.exp(p.neg(p.abs_(gap)))))


@public
def deg2rad(x: Any) -> Tensor:
    """Degrees in radians."""
    return p.mul(as_float(x), math.pi / 180.0)


@public
def hypot(x1: Any, x2: Any) -> Tensor:
    """y = sqrt(x1^2 + x2^2), without overflow."""
    a, b = (p.abs_(x) for x in promoted(x1, x2, with_types=("float",)))
    large, small = p.max_(a, b), p.min_(a, b)
    ratio = p.div(small, p.select(p.eq(large, 0.0), 1.0, large))
    return p.mul(large, p.sqrt(p.add(p.mul(ratio, ratio), 1.0)))


def _rounding(name: str, primitive: Unary, doc: str) -> Unary:
    return _named(lambda x: primitive(as_float(x)), name, doc)


floor = _rounding("floor", p.floor, "The largest whole number not above x, as a float")
ceil = _rounding("ceil", p.ceil, "The smallest whole number not below x, as a float")


@public
def trunc(x: Any) -> Tensor:
    """x without its fraction."""
    x = as_tensor(x)
    if not dtypes.is_float(x.dtype):
        return x
    return p.select(p.lt(x, 0.0), p.ceil(x), p.floor(x))


@public
def round(x: Any, decimals: int = 0) -> Tensor:
    """The nearest number of so many decimals, halves to the even one."""
    x = as_tensor(x)
    if not dtypes.is_float(x.dtype):
        if decimals >= 0:
            return p.cast(x, "int32") if x.dtype == "bool" else x
        scale = 10.0**-decimals
        whole = p.mul(p.round_(p.div(p.cast(x, "float64"), scale)), scale)
        return p.cast(whole, x.dtype)
    if decimals == 0:
        return p.round_(x)
    scale = 10.0**decimals
    return p.div(p.round_(p.mul(x, scale)), scale)


# ── bits ──


def _bit_op(name: str, primitive: Binary, doc: str) -> Binary:
    return _named(lambda x, y: primitive(*promoted(x, y)), name, doc)


bitwise_and = _bit_op("bitwise_and", p.bit_and, "The bits that both have")
bitwise_or = _bit_op("bitwise_or", p.bit_or, "The bits that either has")
bitwise_xor = _bit_op("bitwise_xor", p.bit_xor, "The bits that one of them has")
bitwise_left_shift = _bit_op("bitwise_left_shift", p.shift_left, "x moved y bits up")
bitwise_right_shift = _bit_op("bitwise_right_shift", p.shift_right, "x moved y bits down")
left_shift, right_shift = bitwise_left_shift, bitwise_right_shift


@public
def bitwise_not(x: Any) -> Tensor:
    """Every bit turned."""
    return p.bit_not(as_tensor(x))


bitwise_invert = bitwise_not
