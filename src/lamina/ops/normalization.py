"""Normalisation by mean and variance: of a batch, of a layer, by the root of the mean square."""

from __future__ import annotations

from typing import Any

from lamina.errors import ArgumentError
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.public import Axis, as_float, axes_of, axis_of, public
from lamina.ops.reductions import mean, var

__all__ = ["batch_normalization", "layer_normalization", "moments", "rms_normalization"]


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
    return as_tensor(mean(x, axes, keepdims)), as_tensor(var(x, axes, keepdims))


@public
def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    axis: int,
    offset: Any = None,
    scale: Any = None,
    epsilon: float = 1e-3,
) -> Tensor:
    """y = scale (x - mean) / sqrt(variance + epsilon) + offset, all vectors along `axis`.

    Ioffe & Szegedy 2015, algorithm 1.
    """
    x = as_float(x)
    place = axis_of("batch_normalization", axis, x.ndim)

    def along(v: Any) -> Tensor:
        vector = p.cast(as_tensor(v), x.dtype)
        size = shape_of(vector)[0]
        return p.reshape(vector, [size if i == place else 1 for i in range(x.ndim)])

    factor = p.rsqrt(p.add(along(variance), float(epsilon)))
    if scale is not None:
        factor = p.mul(factor, along(scale))
    shift = p.neg(p.mul(along(mean), factor))
    if offset is not None:
        shift = p.add(shift, along(offset))
    return p.add(p.mul(x, factor), shift)


def _over(v: Any, x: Tensor, axes: tuple[int, ...]) -> Tensor:
    """A weight over the normalised axes, in a shape that broadcasts against x."""
    weight = p.cast(as_tensor(v), x.dtype)
    sizes = iter(shape_of(weight))
    if weight.ndim != len(axes):
        return weight
    return p.reshape(weight, [next(sizes) if i in axes else 1 for i in range(x.ndim)])


@public
def layer_normalization(
    x: Any, gamma: Any = None, beta: Any = None, axis: Axis = -1, epsilon: Any = None, **kwargs: Any
) -> Tensor:
    """y = gamma (x - mean) / sqrt(variance + epsilon) + beta over `axis`; epsilon 1e-7.

    Ba, Kiros & Hinton 2016, "Layer normalization".
    """
    if kwargs:
        raise ArgumentError(
            "ops.layer_normalization", "does not know this argument", str(sorted(kwargs)),
            "use ops.rms_normalization in place of rms_scaling",
        )  # fmt: skip
    x = as_float(x)
    axes = axes_of("layer_normalization", axis, x.ndim)
    least = 1e-7 if epsilon is None else float(epsilon)
    centred = p.sub(x, as_tensor(mean(x, axes, keepdims=True)))
    factor = p.rsqrt(p.add(as_tensor(var(x, axes, keepdims=True)), least))
    y = p.mul(centred, factor)
    y = y if gamma is None else p.mul(y, _over(gamma, x, axes))
    return y if beta is None else p.add(y, _over(beta, x, axes))


@public
def rms_normalization(x: Any, scale: Any = None, axis: Axis = -1, epsilon: Any = None) -> Tensor:
    """y = scale x / sqrt(mean x^2 + epsilon) over `axis`; epsilon 1e-7.

    Zhang & Sennrich 2019, "Root mean square layer normalization".
    """
    x = as_float(x)
    x = p.reshape(x, (1,)) if x.ndim == 0 else x
    axes = axes_of("rms_normalization", axis, x.ndim)
    least = 1e-7 if epsilon is None else float(epsilon)
    squares = as_tensor(mean(p.mul(x, x), axes, keepdims=True))
    y = p.mul(x, p.rsqrt(p.add(squares, least)))
    return y if scale is None else p.mul(y, p.cast(as_tensor(scale), x.dtype))
