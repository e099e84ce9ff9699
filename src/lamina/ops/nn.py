"""Activations and normalisations, with Keras' formulas and defaults."""

from __future__ import annotations

import math
from typing import Any

from lamina.errors import ArgumentError
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.public import Axis, as_float, axes_of, axis_of, public
from lamina.ops.reductions import count


@public
def relu(x: Any) -> Tensor:
    """y = max(x, 0), whose gradient at 0 is 0; NaN stays NaN."""
    x = as_tensor(x)
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
    x = as_float(x)
    return p.select(p.gt(x, 1.0), 1.0, p.select(p.lt(x, -1.0), -1.0, x))


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
    x = as_float(x)
    return p.select(p.gt(x, float(threshold)), x, float(default_value))


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
    """The projection of x onto the simplex (Martins & Astudillo 2016): like softmax, but sparse."""
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


@public
def normalize(x: Any, axis: Any = -1, order: Any = 2, epsilon: Any = None) -> Tensor:
    """y = x / max(|x|, epsilon) with the norm of this order along `axis`; epsilon 1e-7."""
    x = as_float(x)
    least = 1e-7 if epsilon is None else float(epsilon)
    axes = axes_of("normalize", axis, x.ndim)
    if order == 2:
        squares = p.reduce_sum(p.mul(x, x), axes, keepdims=True)
        return p.mul(x, p.rsqrt(p.max_(squares, least * least)))
    from lamina.ops.linear import norm

    return p.div(x, p.max_(as_tensor(norm(x, order, axis, keepdims=True)), least))


@public
def moments(
    x: Any, axes: Axis, keepdims: bool = False, synchronized: bool = False
) -> tuple[Tensor, Tensor]:
    """Mean and variance over axes."""
    if synchronized:
        raise ArgumentError(
            "ops.moments", "runs on one machine", "synchronized=True", "leave it out"
        )
    x = as_float(x)
    places = axes_of("moments", axes, x.ndim)
    n = count(x, places, x.dtype)
    mean = p.div(p.reduce_sum(x, places, keepdims=True), n)
    gap = p.sub(x, mean)
    variance = p.div(p.reduce_sum(p.mul(gap, gap), places, keepdims), n)
    return p.reduce_sum(mean, places, keepdims) if not keepdims else mean, variance
