"""Quantiles: of all entries, or of those that are numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from lamina.errors import ArgumentError
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.public import Axis, as_float, axes_of, public

__all__ = ["median", "nanmedian", "nanpercentile", "nanquantile", "percentile", "quantile"]


METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


def _columns(x: Tensor, axes: tuple[int, ...]) -> Tensor:
    """The reduced axes as one last axis, sorted (NaN last)."""
    kept = [i for i in range(x.ndim) if i not in axes]
    sizes = shape_of(x)
    turned = p.transpose(x, [*kept, *axes])
    count = math.prod(sizes[a] for a in axes)
    return p.sort(p.reshape(turned, [*(sizes[i] for i in kept), count]), len(kept))


def _entry(columns: Tensor, place: Tensor) -> Tensor:
    """The entry of each column at a place (whole, as a float)."""
    last = columns.ndim - 1
    index = p.cast(place, "int32")
    lead = tuple(columns.shape)[:last]
    spread = p.broadcast_to(p.reshape(index, (*shape_of(index), 1)), (*lead, 1))
    return p.reshape(p.gather_along(columns, spread, last), shape_of(columns)[:last])


def _between(columns: Tensor, place: Tensor, method: str) -> Tensor:
    """The value at a place between entries."""
    low, high = p.floor(place), p.ceil(place)
    if method == "nearest":
        return _entry(columns, p.round_(place))
    if method == "lower":
        return _entry(columns, low)
    if method == "higher":
        return _entry(columns, high)
    part = p.sub(place, low) if method == "linear" else as_tensor(0.5, columns.dtype)
    below, above = _entry(columns, low), _entry(columns, high)
    return p.add(p.mul(below, p.sub(1.0, part)), p.mul(above, part))


def _quantiles(
    name: str, x: Any, q: Any, scale: float, axis: Axis, method: str, keepdims: bool, skip_nan: bool
) -> Tensor:
    if method not in METHODS:
        raise ArgumentError(
            f"ops.{name}", "does not know this method", repr(method), f"use one of {METHODS}"
        )
    x = as_float(x)
    axes = axes_of(name, axis, x.ndim)
    columns = _columns(x, axes)
    last = columns.ndim - 1
    missing = p.isnan(columns)
    total = p.reduce_sum(p.cast(p.logical_not(missing), x.dtype), (last,))
    if not skip_nan:
        total = p.fill(tuple(total.shape), shape_of(columns)[last], x.dtype)
    clean = p.select(missing, 0.0, columns)
    bad = p.eq(total, 0.0) if skip_nan else p.reduce_any(missing, (last,))
    wanted = p.mul(p.cast(as_tensor(q, x.dtype), x.dtype), scale)
    flat = p.reshape(wanted, (math.prod(shape_of(wanted)),))
    sizes = shape_of(columns)[:last]
    if keepdims:
        sizes = tuple(1 if i in axes else n for i, n in enumerate(shape_of(x)))
    parts = []
    for i in range(shape_of(flat)[0]):
        part = p.reshape(p.slice_(flat, [i], [i + 1]), ())
        place = p.mul(part, p.max_(p.sub(total, 1.0), 0.0))
        value = p.select(bad, math.nan, _between(clean, place, method))
        parts.append(p.reshape(value, (1, *sizes)))
    return p.reshape(p.concatenate(parts, 0), (*shape_of(wanted), *sizes))


def _public(name: str, scale: float, skip_nan: bool) -> Callable[..., Any]:
    def function(
        x: Any, q: Any, axis: Axis = None, method: str = "linear", keepdims: bool = False
    ) -> Tensor:
        return _quantiles(name, x, q, scale, axis, method, keepdims, skip_nan)

    unit = "q in [0, 1]" if scale == 1.0 else "q in percent"
    what = "numbers among the entries" if skip_nan else "entries"
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""The quantiles of the {what} along axes, {unit}, q's axes first.

    Args:
        method: what lies between two entries: "linear", "lower", "higher", "midpoint", "nearest".
    """
    return public(function)


quantile = _public("quantile", 1.0, skip_nan=False)
percentile = _public("percentile", 0.01, skip_nan=False)
nanquantile = _public("nanquantile", 1.0, skip_nan=True)
nanpercentile = _public("nanpercentile", 0.01, skip_nan=True)


@public
def median(x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The middle entry along axes, or the mean of the two in the middle."""
    return quantile(x, 0.5, axis, "linear", keepdims)


@public
def nanmedian(x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The middle of the numbers along axes; NaN of none."""
    return nanquantile(x, 0.5, axis, "linear", keepdims)
