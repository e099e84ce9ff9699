"""Reductions: sums, extremes, moments, and the places of extremes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from lamina.graph import dtypes
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.public import Axis, as_float, axes_of, axis_of, count, public

__all__ = [
    "all", "amax", "amin", "any", "argmax", "argmin", "average", "count_nonzero", "cumprod",
    "cumsum", "logsumexp", "max", "mean", "min", "prod", "std", "sum", "var",
]  # fmt: skip


# Small integers are summed in 32 bits, as in Keras.
_WIDER = {
    "bool": "int32", "int8": "int32", "int16": "int32", "uint8": "uint32", "uint16": "uint32",
}  # fmt: skip


def _widened(x: Any) -> Tensor:
    x = as_tensor(x)
    return p.cast(x, _WIDER.get(x.dtype, x.dtype))


@public
def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The sum over axes (all by default); small integers and bool in 32 bits."""
    x = _widened(x)
    return p.reduce_sum(x, axes_of("sum", axis, x.ndim), keepdims)


@public
def prod(x: Any, axis: Axis = None, keepdims: bool = False, dtype: Any = None) -> Tensor:
    """The product over axes."""
    x = _widened(x) if dtype is None else p.cast(as_tensor(x), dtypes.standard(dtype))
    return p.reduce_prod(x, axes_of("prod", axis, x.ndim), keepdims)


@public
def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The mean over axes, a float."""
    x = as_float(x)
    axes = axes_of("mean", axis, x.ndim)
    return p.div(p.reduce_sum(x, axes, keepdims), count(x, axes, x.dtype))


@public
def var(x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The variance over axes, divided by the number of entries: mean (x - mean x)^2."""
    x = as_float(x)
    axes = axes_of("var", axis, x.ndim)
    centre = p.div(p.reduce_sum(x, axes, keepdims=True), count(x, axes, x.dtype))
    gap = p.sub(x, centre)
    return p.div(p.reduce_sum(p.mul(gap, gap), axes, keepdims), count(x, axes, x.dtype))


@public
def std(x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The standard deviation over axes: the root of `var`."""
    return p.sqrt(as_tensor(var(x, axis, keepdims)))


def _extreme(
    name: str, primitive: Callable[..., Tensor], combine: Callable[..., Tensor]
) -> Callable[..., Any]:
    def function(x: Any, axis: Axis = None, keepdims: bool = False, initial: Any = None) -> Tensor:
        x = as_tensor(x)
        y = primitive(x, axes_of(name, axis, x.ndim), keepdims)
        return y if initial is None else combine(y, as_tensor(initial, x.dtype))

    function.__name__ = name
    function.__doc__ = f"The {name} over axes, and of `initial`; NaN wins."
    return public(function)


max = _extreme("max", p.reduce_max, p.max_)
min = _extreme("min", p.reduce_min, p.min_)


@public
def amax(x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The max over axes; NaN wins."""
    return max(x, axis, keepdims)


@public
def amin(x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The min over axes; NaN wins."""
    return min(x, axis, keepdims)


@public
def any(x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Whether one entry is true."""
    x = p.cast(as_tensor(x), "bool")
    return p.reduce_any(x, axes_of("any", axis, x.ndim), keepdims)


@public
def all(x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Whether every entry is true."""
    x = p.cast(as_tensor(x), "bool")
    return p.reduce_all(x, axes_of("all", axis, x.ndim), keepdims)


def _position(name: str, primitive: Callable[..., Tensor]) -> Callable[..., Any]:
    def function(x: Any, axis: int | None = None, keepdims: bool = False) -> Tensor:
        x = as_tensor(x)
        rank = x.ndim
        if axis is None:
            y = primitive(p.reshape(x, (math.prod(shape_of(x)),)), 0)
            return p.reshape(y, (1,) * rank) if keepdims else y
        place = axis_of(name, axis, rank)
        y = primitive(x, place)
        kept = tuple(x.shape)
        return p.reshape(y, (*kept[:place], 1, *kept[place + 1 :])) if keepdims else y

    function.__name__ = name
    function.__doc__ = f"The first place of the {name[3:]} along `axis` (all entries by default)."
    return public(function)


argmax = _position("argmax", p.argmax)
argmin = _position("argmin", p.argmin)


@public
def count_nonzero(x: Any, axis: Axis = None) -> Tensor:
    """How many entries are not zero, int32."""
    x = p.cast(p.cast(as_tensor(x), "bool"), "int32")
    return p.reduce_sum(x, axes_of("count_nonzero", axis, x.ndim))


@public
def average(x: Any, axis: Axis = None, weights: Any = None) -> Tensor:
    """The mean, or the weighted mean sum(w x) / sum(w)."""
    if weights is None:
        return mean(x, axis)
    x = as_float(x)
    weights = as_float(weights)
    dtype = dtypes.result_type(x.dtype, weights.dtype)
    x, weights = p.cast(x, dtype), p.cast(weights, dtype)
    axes = axes_of("average", axis, x.ndim)
    if weights.ndim == 1 and x.ndim > 1 and len(axes) == 1:
        length = shape_of(weights)[0]
        weights = p.reshape(weights, [length if i == axes[0] else 1 for i in range(x.ndim)])
    weighted = p.mul(x, weights)
    total = p.reduce_sum(p.broadcast_to(weights, tuple(weighted.shape)), axes)
    return p.div(p.reduce_sum(weighted, axes), total)


@public
def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """y = log sum e^x over axes, without overflow."""
    x = as_float(x)
    axes = axes_of("logsumexp", axis, x.ndim)
    top = p.stop_gradient(p.reduce_max(x, axes, keepdims=True))
    top = p.select(p.isfinite(top), top, 0.0)
    total = p.add(p.log(p.reduce_sum(p.exp(p.sub(x, top)), axes, keepdims=True)), top)
    # Axes of size 1: this drops them, or keeps them, and adds nothing.
    return p.reduce_sum(total, axes, keepdims)


@public
def cumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Tensor:
    """Running sums along `axis` (of the flat tensor by default)."""
    return _cumulated("cumsum", p.cumsum, x, axis, dtype)


@public
def cumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Tensor:
    """Running products along `axis` (of the flat tensor by default)."""
    return _cumulated("cumprod", p.cumprod, x, axis, dtype)


def _cumulated(
    name: str, primitive: Callable[..., Tensor], x: Any, axis: Any, dtype: Any
) -> Tensor:
    x = as_tensor(x)
    kind = dtypes.standard(dtype) if dtype is not None else x.dtype
    x = p.cast(x, "int32" if kind == "bool" else kind)
    if axis is None:
        return primitive(p.reshape(x, (math.prod(shape_of(x)),)), 0)
    return primitive(x, axis_of(name, axis, x.ndim))
