"""Counting and comparing data: histograms, bins, correlations, differences."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lamina.errors import ArgumentError, ShapeError, ValueSizeError
from lamina.graph import dtypes
from lamina.graph.tensor import Array, Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.public import Axis, as_float, axes_of, axis_of, promoted, public

__all__ = [
    "bincount", "corrcoef", "correlate", "diff", "digitize", "histogram", "isin", "ptp",
    "searchsorted", "trapezoid", "unique",
]  # fmt: skip


def _eager(name: str, x: Tensor, mend: str) -> np.ndarray:
    """The values of a tensor where the result's size depends on them."""
    if not isinstance(x, Array):
        raise ValueSizeError(f"ops.{name}", "has a size that depends on values", repr(x), mend)
    return x.value


@public
def ptp(x: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The largest less the smallest entry along axes."""
    x = as_tensor(x)
    axes = axes_of("ptp", axis, x.ndim)
    x = p.cast(x, "int32") if x.dtype == "bool" else x
    return p.sub(p.reduce_max(x, axes, keepdims), p.reduce_min(x, axes, keepdims))


@public
def diff(a: Any, n: int = 1, axis: int = -1) -> Tensor:
    """The differences of neighbours along an axis, n times."""
    x = as_tensor(a)
    if n < 0:
        raise ArgumentError("ops.diff", "takes n from 0 up", f"n={n}", "pass n=1")
    place = axis_of("diff", axis, x.ndim)
    for _ in range(n):
        size = shape_of(x)[place]
        after = p.part(x, place, min(1, size), size)
        before = p.part(x, place, 0, max(size - 1, 0))
        x = p.ne(after, before) if x.dtype == "bool" else p.sub(after, before)
    return x


@public
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Tensor:
    """The area under y along an axis by trapezoids, at places x, or at distances dx."""
    values = as_float(y)
    place = axis_of("trapezoid", axis, values.ndim)
    size = shape_of(values)[place]
    middle = p.add(p.part(values, place, 1, size), p.part(values, place, 0, size - 1))
    if x is None:
        width = p.cast(as_tensor(dx, values.dtype), values.dtype)
    else:
        places = p.cast(as_tensor(x), values.dtype)
        width = as_tensor(diff(places, 1, place if places.ndim > 1 else 0))
        if places.ndim == 1:
            line = [size - 1 if i == place else 1 for i in range(values.ndim)]
            width = p.reshape(width, line)
    return p.mul(p.reduce_sum(p.mul(middle, width), (place,)), 0.5)


@public
def corrcoef(x: Any) -> Tensor:
    """Pearson's correlation between the rows of x: (n, n)."""
    x = as_float(x)
    if x.ndim < 2:
        x = p.reshape(x, (1, math.prod(shape_of(x))))
    count = shape_of(x)[1]
    centred = p.sub(x, p.div(p.reduce_sum(x, (1,), keepdims=True), float(count)))
    products = p.contract(centred, centred, ((0, 1), (2, 1), (0, 2)))
    n = shape_of(products)[0]
    own = p.sqrt(p.gather(p.reshape(products, (n * n,)), np.arange(n) * (n + 1), 0))
    scaled = p.div(p.div(products, p.reshape(own, (n, 1))), p.reshape(own, (1, n)))
    scaled = p.select(p.gt(scaled, 1.0), 1.0, p.select(p.lt(scaled, -1.0), -1.0, scaled))
    return p.reshape(scaled, ()) if n == 1 else scaled


# ── bins ──


@public
def searchsorted(sorted_sequence: Any, values: Any, side: str = "left") -> Tensor:
    """Where each value belongs in a sorted vector, before or after its equals: int32."""
    if side not in ("left", "right"):
        raise ArgumentError(
            "ops.searchsorted", "takes side 'left' or 'right'", repr(side), "pass side='left'"
        )
    line, wanted = promoted(sorted_sequence, values)
    if line.ndim != 1:
        raise ShapeError(
            "ops.searchsorted", "searches in a vector", f"shape {shape_of(line)}", "flatten it"
        )
    spread = p.reshape(wanted, (*shape_of(wanted), 1))
    passed = p.lt(line, spread) if side == "left" else p.le(line, spread)
    return p.reduce_sum(p.cast(passed, "int32"), (wanted.ndim,))


@public
def digitize(x: Any, bins: Any) -> Tensor:
    """The number of the bin each entry falls in: how many of the rising edges are <= it."""
    return searchsorted(bins, x, "right")


@public
def bincount(x: Any, weights: Any = None, minlength: int = 0, sparse: bool = False) -> Tensor:
    """How often each whole number from 0 occurs along the last axis, or the sum of its weights.

    The result has max(x) + 1 entries, at least `minlength`; while a graph is traced, `minlength`.
    """
    if sparse:
        raise ArgumentError("ops.bincount", "makes dense tensors", "sparse=True", "leave it out")
    x = as_tensor(x)
    if not dtypes.is_integer(x.dtype):
        raise ArgumentError("ops.bincount", "counts whole numbers", x.dtype, "cast x to int32")
    length = int(minlength)
    if isinstance(x, Array):
        length = max(length, int(x.value.max(initial=-1)) + 1)
    elif not length:
        _eager("bincount", x, "pass minlength=")
    places = p.iota([*[1] * x.ndim, length], x.ndim, x.dtype)
    hits = p.eq(p.reshape(x, (*shape_of(x), 1)), places)
    if weights is None:
        return p.reduce_sum(p.cast(hits, "int32"), (x.ndim - 1,))
    w = as_tensor(weights)
    wide = p.broadcast_to(p.reshape(w, (*shape_of(w), 1)), tuple(hits.shape))
    return p.reduce_sum(p.select(hits, wide, 0), (x.ndim - 1,))


@public
def histogram(x: Any, bins: int = 10, range: Any = None) -> tuple[Tensor, Tensor]:
    """(counts as floats, edges) of equal bins from the smallest to the largest entry, or over
    `range`.
    """
    if not isinstance(bins, int) or bins < 1:
        raise ArgumentError("ops.histogram", "takes a number of bins", repr(bins), "pass bins=10")
    x = as_tensor(x)
    flat = as_float(p.reshape(x, (math.prod(shape_of(x)),)))
    if range is None:
        low, high = p.reduce_min(flat, (0,)), p.reduce_max(flat, (0,))
    else:
        low, high = (p.cast(as_tensor(v, flat.dtype), flat.dtype) for v in range)
    same = p.eq(low, high)
    low, high = p.select(same, p.sub(low, 0.5), low), p.select(same, p.add(high, 0.5), high)
    steps = p.div(p.iota((bins + 1,), 0, flat.dtype), float(bins))
    edges = p.add(p.mul(low, p.sub(1.0, steps)), p.mul(high, steps))
    place = p.sub(p.cast(as_tensor(digitize(flat, edges)), "int32"), 1)
    place = p.select(p.eq(flat, high), bins - 1, place)
    inside = p.logical_and(p.ge(flat, low), p.le(flat, high))
    place = p.select(inside, place, -1)
    hits = p.eq(p.reshape(place, (shape_of(flat)[0], 1)), p.iota((1, bins), 1))
    return p.reduce_sum(p.cast(hits, flat.dtype), (0,)), edges


@public
def isin(x1: Any, x2: Any, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Whether each entry of x1 is among those of x2. `assume_unique` changes nothing but speed."""
    x, among = promoted(x1, x2)
    line = p.reshape(among, (math.prod(shape_of(among)),))
    found = p.reduce_any(p.eq(p.reshape(x, (*shape_of(x), 1)), line), (x.ndim,))
    return p.logical_not(found) if invert else found


@public
def correlate(x1: Any, x2: Any, mode: str = "valid") -> Tensor:
    """The sliding product of two vectors: y_k = sum_n x1_{n+k} x2_n."""
    a, b = promoted(x1, x2)
    if mode not in ("valid", "same", "full") or a.ndim != 1 or b.ndim != 1:
        raise ArgumentError(
            "ops.correlate", "takes vectors and a mode 'valid', 'same' or 'full'",
            f"mode={mode!r}, shapes {shape_of(a)} and {shape_of(b)}", "flatten them",
        )  # fmt: skip
    n, m = shape_of(a)[0], shape_of(b)[0]
    if n < m:
        return p.flip(as_tensor(correlate(b, a, mode)), (0,))
    start, length = {
        "full": (1 - m, n + m - 1), "same": (-(m // 2), n), "valid": (0, n - m + 1)
    }[mode]  # fmt: skip
    places = np.arange(start, start + length)[:, None] + np.arange(m)
    outside = (places < 0) | (places >= n)
    windows = p.select(outside, 0, p.gather(a, np.clip(places, 0, n - 1), 0))
    return p.contract(windows, b, ((0, 1), (1,), (0,)))


@public
def unique(
    x: Any,
    sorted: bool = True,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    size: int | None = None,
    fill_value: Any = None,
) -> Any:
    """The different entries of x, or its different slices along an axis, in ascending order.

    Eager tensors only: how many there are depends on values. With `size`, exactly so many, cut or
    filled up with `fill_value` (0 by default); index and count of what is filled are 0.
    """
    values = _eager("unique", as_tensor(x), "find the unique values outside the traced function")
    found, *extra = np.unique(
        values, return_index=True, return_inverse=True, return_counts=True, axis=axis
    )
    place = 0 if axis is None else axis_of("unique", axis, values.ndim)
    if size is not None:
        found = _resized(found, size, place, 0 if fill_value is None else fill_value)
        extra = [_resized(extra[0], size, 0, 0), extra[1], _resized(extra[2], size, 0, 0)]
    chosen = [
        as_tensor(v.astype("int32"))
        for v, wanted in zip(extra, (return_index, return_inverse, return_counts), strict=True)
        if wanted
    ]
    return (as_tensor(found), *chosen) if chosen else as_tensor(found)


def _resized(values: np.ndarray, size: int, axis: int, fill: Any) -> np.ndarray:
    cut = np.take(values, range(min(size, values.shape[axis])), axis)
    widths = [(0, size - n if i == axis else 0) for i, n in enumerate(cut.shape)]
    return np.pad(cut, widths, constant_values=fill)
