"""Elementwise functions that are used now and then: roots, signs, error functions, divisors."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from lamina.errors import DtypeError
from lamina.graph import dtypes
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.chebyshev import bessel_i0, scaled_erfc
from lamina.ops.dispatch import as_tensor
from lamina.ops.public import as_float, promoted, public

__all__ = [
    "angle", "cbrt", "conj", "conjugate", "erfc", "fabs", "fmax", "fmin", "fmod", "gcd",
    "heaviside", "i0", "imag", "isreal", "lcm", "ldexp", "logaddexp2", "rad2deg", "real", "signbit",
    "sinc",
]  # fmt: skip


@public
def cbrt(x: Any) -> Tensor:
    """The cube root, negative below 0."""
    x = as_float(x)
    size = p.abs_(x)
    return p.mul(p.sign(x), p.pow_(size, 1.0 / 3.0))


@public
def fabs(x: Any) -> Tensor:
    """y = |x|, a float"""
    return p.abs_(as_float(x))


@public
def rad2deg(x: Any) -> Tensor:
    """Radians in degrees."""
    return p.mul(as_float(x), 180.0 / math.pi)


@public
def signbit(x: Any) -> Tensor:
    """Whether x is below 0, or the float -0."""
    x = as_tensor(x)
    if x.dtype == "bool" or x.dtype.startswith("uint"):
        return p.fill(tuple(x.shape), False, "bool")
    below = p.lt(x, 0)
    if not dtypes.is_float(x.dtype):
        return below
    # 1 / -0 is -infinity: the only way to see the sign of a zero in arithmetic.
    return p.logical_or(below, p.logical_and(p.eq(x, 0.0), p.lt(p.div(1.0, x), 0.0)))


@public
def sinc(x: Any) -> Tensor:
    """y = sin(pi x) / (pi x), 1 at 0"""
    x = as_float(x)
    zero = p.eq(x, 0.0)
    angle = p.mul(p.select(zero, 1.0, x), math.pi)
    return p.select(zero, 1.0, p.div(p.sin(angle), angle))


@public
def heaviside(x1: Any, x2: Any) -> Tensor:
    """0 below 0, x2 at 0, 1 above; NaN stays."""
    x, middle = promoted(x1, x2, with_types=("float",))
    step = p.select(p.lt(x, 0.0), 0.0, p.select(p.eq(x, 0.0), middle, as_tensor(1.0, x.dtype)))
    return p.select(p.isnan(x), x, step)


@public
def ldexp(x1: Any, x2: Any) -> Tensor:
    """y = x1 2^x2 for whole x2.

    Raises: DtypeError for floats as x2.
    """
    exponent = as_tensor(x2)
    if dtypes.is_float(exponent.dtype):
        raise DtypeError(
            "ops.ldexp", "takes whole exponents", exponent.dtype, "use ops.multiply and ops.exp2"
        )
    x = as_float(x1)
    # In two halves: 2^x2 alone may overflow where the product does not.
    whole = p.cast(exponent, x.dtype)
    half = p.floor(p.mul(whole, 0.5))
    first, second = (p.pow_(2.0, v) for v in (half, p.sub(whole, half)))
    return p.mul(p.mul(x, first), second)


@public
def logaddexp2(x1: Any, x2: Any) -> Tensor:
    """y = log2(2^x1 + 2^x2), without overflow."""
    from lamina.ops.arithmetic import logaddexp

    a, b = (p.mul(x, math.log(2.0)) for x in promoted(x1, x2, with_types=("float",)))
    return p.mul(as_tensor(logaddexp(a, b)), 1.0 / math.log(2.0))


def _without_nan(name: str, primitive: Callable[..., Tensor], word: str) -> Callable[..., Any]:
    def function(x1: Any, x2: Any) -> Tensor:
        a, b = promoted(x1, x2)
        if not dtypes.is_float(a.dtype):
            return primitive(a, b)
        return p.select(p.isnan(a), b, p.select(p.isnan(b), a, primitive(a, b)))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"The {word} of x1 and x2; a number wins over NaN."
    return public(function)


fmax = _without_nan("fmax", p.max_, "larger")
fmin = _without_nan("fmin", p.min_, "smaller")


@public
def fmod(x1: Any, x2: Any) -> Tensor:
    """The remainder with the sign of x1, that of C; 0 for an integer x2 of 0."""
    a, b = promoted(x1, x2)
    if a.dtype == "bool":
        a, b = p.cast(a, "int32"), p.cast(b, "int32")
    if a.dtype.startswith("uint"):
        return p.mod(a, b)
    rest = p.mod(p.abs_(a), p.abs_(b))
    return p.select(p.lt(a, 0), p.neg(rest), rest)


# ── error function and Bessel function: fitted once, on the host ──


def _gauss(x: Tensor) -> Tensor:
    """e^(-x^2), with the square in two parts so that its rounding is not magnified."""
    high = p.mul(p.floor(p.mul(x, 16.0)), 1.0 / 16.0)
    low = p.sub(x, high)
    rest = p.mul(low, p.add(x, high))
    return p.mul(p.exp(p.neg(p.mul(high, high))), p.exp(p.neg(rest)))


@public
def erfc(x: Any) -> Tensor:
    """y = 1 - erf(x), exact where that difference is small."""
    x = as_float(x)
    size = p.abs_(x)
    tail = p.mul(scaled_erfc(size), _gauss(size))
    far = p.select(p.lt(x, 0.0), p.sub(2.0, tail), tail)
    return p.select(p.lt(size, 0.5), p.sub(1.0, p.erf(x)), far)


@public
def i0(x: Any) -> Tensor:
    """The modified Bessel function of the first kind, order 0."""
    return bessel_i0(as_float(x))


# ── complex numbers are not offered: these are the parts of real ones ──


@public
def real(x: Any) -> Tensor:
    """x: lamina's tensors are real."""
    return as_tensor(x)


@public
def imag(x: Any) -> Tensor:
    """Zeros: lamina's tensors are real."""
    return p.zeros_like(as_tensor(x))


@public
def conjugate(x: Any) -> Tensor:
    """x: lamina's tensors are real."""
    return as_tensor(x)


conj = conjugate


@public
def isreal(x: Any) -> Tensor:
    """True everywhere: lamina's tensors are real."""
    return p.fill(tuple(as_tensor(x).shape), True, "bool")


@public
def angle(x: Any) -> Tensor:
    """The angle of a real number: 0, or pi below 0."""
    x = as_float(x)
    turned = p.select(p.lt(x, 0.0), as_tensor(math.pi, x.dtype), as_tensor(0.0, x.dtype))
    return p.select(p.isnan(x), x, turned)


# ── divisors ──


def _divisor(a: Tensor, b: Tensor) -> Tensor:
    """Euclid's algorithm, as many steps as numbers of this width can need (Lame 1844)."""
    shape = p.add(a, b).shape
    bits = int(a.dtype.removeprefix("u").removeprefix("int"))

    def step(carries: Any, now: Any) -> Any:
        x, y = carries
        return [p.select(p.eq(y, 0), x, y), p.mod(x, y)], []

    # Consecutive Fibonacci numbers are the worst case: 1.45 steps a bit. x mod 0 is 0.
    start = [p.broadcast_to(v, tuple(shape)) for v in (a, b)]
    (found, _), _ = p.scan(step, start, [], int(1.45 * bits) + 2)
    return found


def _sizes(name: str, x1: Any, x2: Any) -> list[Tensor]:
    a, b = promoted(x1, x2)
    if not dtypes.is_integer(a.dtype):
        raise DtypeError(f"ops.{name}", "takes whole numbers", a.dtype, "cast them to an integer")
    return [a, b] if a.dtype.startswith("uint") else [p.abs_(a), p.abs_(b)]


@public
def gcd(x1: Any, x2: Any) -> Tensor:
    """The greatest common divisor of whole numbers; gcd(0, 0) = 0."""
    return _divisor(*_sizes("gcd", x1, x2))


@public
def lcm(x1: Any, x2: Any) -> Tensor:
    """The least common multiple of whole numbers; 0 if one of them is 0."""
    a, b = _sizes("lcm", x1, x2)
    return p.mul(p.floordiv(a, _divisor(a, b)), b)
