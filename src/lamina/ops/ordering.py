"""Sorting and what follows from it."""

from __future__ import annotations

import math
from typing import Any

from lamina.graph import dtypes
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.public import axis_of, public

__all__ = ["argpartition", "argsort", "in_top_k", "sort", "top_k"]


@public
def sort(x: Any, axis: int | None = -1) -> Tensor:
    """The entries along an axis (None: of the flat tensor) in ascending order, NaN last."""
    x = as_tensor(x)
    if axis is None:
        return p.sort(p.reshape(x, (math.prod(shape_of(x)),)), 0)
    return p.sort(x, axis_of("sort", axis, x.ndim))


@public
def argsort(x: Any, axis: int | None = -1) -> Tensor:
    """Where each entry of the sorted order comes from, int32; equal entries keep their order."""
    x = as_tensor(x)
    if axis is None:
        return p.argsort(p.reshape(x, (math.prod(shape_of(x)),)), 0)
    return p.argsort(x, axis_of("argsort", axis, x.ndim))


@public
def argpartition(x: Any, kth: int, axis: int | None = -1) -> Tensor:
    """Where entries come from, once the kth stands in its sorted place, the smaller before it."""
    x = as_tensor(x)
    size = math.prod(shape_of(x)) if axis is None else shape_of(x)[
        axis_of("argpartition", axis, x.ndim)
    ]  # fmt: skip
    axis_of("argpartition", kth, size)
    return argsort(x, axis)


@public
def top_k(x: Any, k: int, sorted: bool = True) -> tuple[Tensor, Tensor]:
    """The k largest entries along the last axis, largest first, and their places (int32)."""
    x = as_tensor(x)
    last = x.ndim - 1
    turned = p.neg(x) if dtypes.is_float(x.dtype) or x.dtype.startswith("int") else p.bit_not(x)
    order = p.argsort(turned, last)
    limits = list(shape_of(x))
    limits[last] = k
    places = p.slice_(order, [0] * x.ndim, limits)
    return p.gather_along(x, places, last), places


@public
def in_top_k(targets: Any, predictions: Any, k: int) -> Tensor:
    """Whether each row's target class is among its k largest predictions; ties count as within."""
    y, classes = as_tensor(predictions), as_tensor(targets)
    index = p.reshape(classes, (*shape_of(classes), 1))
    chosen = p.gather_along(y, index, y.ndim - 1)
    above = p.reduce_sum(p.cast(p.gt(y, chosen), "int32"), (y.ndim - 1,))
    size = shape_of(y)[-1]
    inside = p.logical_and(p.ge(classes, 0), p.lt(classes, size))
    finite = p.isfinite(p.reshape(chosen, shape_of(classes)))
    return p.logical_and(p.lt(above, k), p.logical_and(inside, finite))
