"""Activation functions, with Keras' formulas and defaults."""

from __future__ import annotations

import math
from typing import Any

from lamina.errors import ArgumentError
from lamina.graph import dtypes
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.public import Axis, as_float, axes_of, axis_of, cast_to, kind_of, public

__all__ = [
    "celu", "elu", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish",
    "hard_tanh", "leaky_relu", "log_sigmoid", "log_softmax", "relu", "relu6", "selu", "sigmoid",
    "silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid",
    "sparsemax", "squareplus", "swish", "tanh_shrink", "threshold",
]  # fmt: skip


def _counted(x: Any) -> Tensor:
    """x in its own dtype, booleans as int32: for functions that keep whole numbers."""
    x = as_tensor(x)
    return p.cast(x, "int32") if x.dtype == "bool" else x


@public
def relu(x: Any) -> Tensor:
    """y = max(x, 0), whose gradient at 0 is 0; NaN stays NaN."""
    x = _counted(x)
    return p.select(p.le(x, 0), as_tensor(0, x.dtype), x)


@public
def relu6(x: Any) -> Tensor:
    """y = min(max(x, 0), 6)"""
    x = as_float(x)
    inside = p.select(p.le(x, 0.0), 0.0, x)
    return p.select(p.ge(x, 6.0), 6.0, inside)


@public
def leaky_relu(x: Any, negative_slope: float = 0.2) -> Tensor:
    """y = x for x >= 0, negative_slope x below."""
    x = as_float(x)
    return p.select(p.ge(x, 0.0), x, p.mul(x, negative_slope))


@public
def sigmoid(x: Any) -> Tensor:
    """y = 1 / (1 + e^-x)"""
    return p.logistic(as_float(x))


@public
def log_sigmoid(x: Any) -> Tensor:
    """y = log sigmoid(x) = -softplus(-x)"""
    return p.neg(_softplus(p.neg(as_float(x))))


def _softplus(x: Tensor) -> Tensor:
    """log(1 + e^x) = max(x, 0) + log1p(e^-|x|); its gradient is the sigmoid, at 0 too: there the
    two terms give 1 and -1/2.
    """
    above = p.select(p.ge(x, 0.0), x, 0.0)
    return p.add(above, p.log1p(p.exp(p.neg(p.abs_(x)))))


@public
def softplus(x: Any) -> Tensor:
    """y = log(1 + e^x)"""
    return _softplus(as_float(x))


@public
def softsign(x: Any) -> Tensor:
    """y = x / (1 + |x|)"""
    x = as_float(x)
    return p.div(x, p.add(p.abs_(x), 1.0))


@public
def silu(x: Any) -> Tensor:
    """y = x sigmoid(x) (Ramachandran, Zoph & Le 2017)"""
    x = as_float(x)
    return p.mul(x, p.logistic(x))


swish = silu


@public
def squareplus(x: Any, b: float = 4) -> Tensor:
    """y = (x + sqrt(x^2 + b)) / 2 (Barron 2021)"""
    x = as_float(x)
    return p.mul(p.add(x, p.sqrt(p.add(p.mul(x, x), float(b)))), 0.5)


def _elu(x: Tensor, alpha: float) -> Tensor:
    # The branch that is not taken must not overflow: its gradient would be inf * 0.
    below = p.expm1(p.select(p.gt(x, 0.0), 0.0, x))
    return p.select(p.gt(x, 0.0), x, p.mul(below, float(alpha)))


@public
def elu(x: Any, alpha: float = 1.0) -> Tensor:
    """y = x for x > 0, alpha (e^x - 1) below (Clevert et al. 2015)"""
    return _elu(as_float(x), alpha)


@public
def selu(x: Any) -> Tensor:
    """y = scale elu(x, alpha) with the constants of Klambauer et al. 2017."""
    return p.mul(_elu(as_float(x), 1.6732632423543772), 1.0507009873554805)


@public
def celu(x: Any, alpha: float = 1.0) -> Tensor:
    """y = max(x, 0) + min(0, alpha (e^(x / alpha) - 1)) (Barron 2017)"""
    x = as_float(x)
    below = p.expm1(p.div(p.select(p.gt(x, 0.0), 0.0, x), float(alpha)))
    return p.select(p.gt(x, 0.0), x, p.mul(below, float(alpha)))


@public
def gelu(x: Any, approximate: bool = True) -> Tensor:
    """y = x P(X <= x) for a normal X (Hendrycks & Gimpel 2016), by tanh if approximate."""
    x = as_float(x)
    if approximate:
        cubed = p.mul(p.mul(x, x), x)
        inside = p.mul(p.add(x, p.mul(cubed, 0.044715)), math.sqrt(2.0 / math.pi))
        return p.mul(p.mul(x, 0.5), p.add(p.tanh(inside), 1.0))
    return p.mul(p.mul(x, 0.5), p.add(p.erf(p.mul(x, 1.0 / math.sqrt(2.0))), 1.0))


@public
def glu(x: Any, axis: int = -1) -> Tensor:
    """y = a sigmoid(b), where a and b are the halves of x along `axis`."""
    x = as_float(x)
    place = axis_of("glu", axis, x.ndim)
    size = shape_of(x)[place]
    if size % 2:
        raise ArgumentError(
            "ops.glu", "halves its axis", f"axis {axis} of size {size}", "choose an even axis"
        )
    low, high = [0] * x.ndim, list(shape_of(x))
    middle_low, middle_high = list(low), list(high)
    middle_low[place] = middle_high[place] = size // 2
    return p.mul(p.slice_(x, low, middle_high), p.logistic(p.slice_(x, middle_low, high)))


def _clamped(x: Tensor, low: float, high: float) -> Tensor:
    """x between bounds; the gradient at a bound is 0."""
    return p.select(p.le(x, low), low, p.select(p.ge(x, high), high, x))


@public
def hard_sigmoid(x: Any) -> Tensor:
    """y = relu6(x + 3) / 6"""
    return p.div(_clamped(p.add(as_float(x), 3.0), 0.0, 6.0), 6.0)


@public
def hard_silu(x: Any) -> Tensor:
    """y = x hard_sigmoid(x) (Howard et al. 2019)"""
    x = as_float(x)
    return p.mul(x, p.div(_clamped(p.add(x, 3.0), 0.0, 6.0), 6.0))


hard_swish = hard_silu


@public
def hard_tanh(x: Any) -> Tensor:
    """y = x between -1 and 1, the bound beyond."""
    x = _counted(x)
    above = p.select(p.gt(x, 1), 1, x)
    return above if x.dtype.startswith("uint") else p.select(p.lt(x, -1), -1, above)


@public
def hard_shrink(x: Any, threshold: float = 0.5) -> Tensor:
    """y = x where |x| > threshold, else 0"""
    x = as_float(x)
    return p.select(p.gt(p.abs_(x), float(threshold)), x, 0.0)


@public
def soft_shrink(x: Any, threshold: float = 0.5) -> Tensor:
    """y = sign(x) max(|x| - threshold, 0)"""
    x = as_float(x)
    t = float(threshold)
    below = p.select(p.lt(x, -t), p.add(x, t), 0.0)
    return p.select(p.gt(x, t), p.sub(x, t), below)


@public
def tanh_shrink(x: Any) -> Tensor:
    """y = x - tanh(x)"""
    x = as_float(x)
    return p.sub(x, p.tanh(x))


@public
def sparse_plus(x: Any) -> Tensor:
    """y = 0 for x <= -1, (x + 1)^2 / 4 up to 1, x above"""
    x = as_float(x)
    y = p.add(x, 1.0)
    middle = p.mul(p.mul(y, y), 0.25)
    return p.select(p.le(x, -1.0), 0.0, p.select(p.lt(x, 1.0), middle, x))


@public
def sparse_sigmoid(x: Any) -> Tensor:
    """y = (x + 1) / 2 between -1 and 1, 0 and 1 beyond"""
    return p.mul(p.add(_clamped(as_float(x), -1.0, 1.0), 1.0), 0.5)


@public
def threshold(x: Any, threshold: float, default_value: float) -> Tensor:
    """y = x where x > threshold, else default_value"""
    x = as_tensor(x)
    dtype = dtypes.result_type(x.dtype, kind_of(threshold), kind_of(default_value))
    limit, other = cast_to(threshold, dtype), cast_to(default_value, dtype)
    x = p.cast(x, dtype)
    return p.select(p.gt(x, limit), x, other)


# ── along an axis ──


def _shifted(x: Tensor, axes: tuple[int, ...]) -> Tensor:
    """x less its largest entry, so that no exponential overflows."""
    return p.sub(x, p.stop_gradient(p.reduce_max(x, axes, keepdims=True)))


@public
def softmax(x: Any, axis: Axis = -1) -> Tensor:
    """y = e^x / sum e^x over `axis` (an axis, several, or None for all)."""
    x = as_float(x)
    axes = axes_of("softmax", axis, x.ndim)
    powers = p.exp(_shifted(x, axes))
    return p.div(powers, p.reduce_sum(powers, axes, keepdims=True))


@public
def log_softmax(x: Any, axis: Axis = -1) -> Tensor:
    """y = x - log sum e^x over `axis`, without overflow."""
    x = as_float(x)
    axes = axes_of("log_softmax", axis, x.ndim)
    shifted = _shifted(x, axes)
    return p.sub(shifted, p.log(p.reduce_sum(p.exp(shifted), axes, keepdims=True)))


@public
def sparsemax(x: Any, axis: int = -1) -> Tensor:
    """The projection of x onto the simplex (Martins & Astudillo 2016): like softmax, but sparse.

    y = max(x - tau, 0) with tau such that y sums to 1. (Keras 3.15 sums running sums in tau, so
    that its result does not sum to 1 where more than one entry is left; this is the paper's.)
    """
    x = as_float(x)
    place = axis_of("sparsemax", axis, x.ndim)
    size = shape_of(x)[place]
    falling = p.neg(p.sort(p.neg(x), place))
    sums = p.cumsum(falling, place)
    rank = p.iota([size if i == place else 1 for i in range(x.ndim)], place, x.dtype)
    rank = p.add(rank, 1.0)
    inside = p.cast(p.gt(p.add(p.mul(rank, falling), 1.0), sums), x.dtype)
    held = p.reduce_sum(inside, (place,), keepdims=True)
    total = p.reduce_sum(p.mul(falling, inside), (place,), keepdims=True)
    return p.max_(p.sub(x, p.div(p.sub(total, 1.0), held)), 0.0)
