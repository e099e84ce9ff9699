"""Pooling: the largest entry or the mean of each window."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina.graph import dtypes
from lamina.graph.data_format import standard_data_format
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.primitive import Cotangent
from lamina.ops.public import as_float, public
from lamina.ops.spatial import (
    Pads,
    check_windows,
    from_channels_last,
    padded,
    padding_of,
    pads_of,
    per_axis,
    to_channels_last,
)

__all__ = ["average_pool", "max_pool"]


@dataclass(frozen=True)
class _Pool:
    """Where the windows of a pooling lie, and what is added around the input."""

    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    pads: Pads

    @property
    def within(self) -> tuple[int, ...]:
        """Of the windows' shape (B, o1, k1, .., C), the axes k1, .., kN."""
        return tuple(range(2, 2 * len(self.sizes) + 1, 2))

    def windows(self, x: Tensor, value: Any) -> Tensor:
        """The windows of a channels-last input with `value` around it."""
        axes = range(1, 1 + len(self.sizes))
        return p.windows(padded(x, self.pads, value), axes, self.sizes, self.strides)


def _pool(where: str, x: Tensor, pool_size: Any, strides: Any, padding: str) -> _Pool:
    count = x.ndim - 2
    sizes = per_axis(where, "pool_size", pool_size, count)
    steps = sizes if strides is None else per_axis(where, "strides", strides, count)
    word = padding_of(where, padding, ("valid", "same"))
    pads = pads_of(word, shape_of(x)[1:-1], sizes, steps)
    check_windows(where, shape_of(x), pads, sizes, "pool_size")
    return _Pool(sizes, steps, pads)


@public
def max_pool(
    inputs: Any,
    pool_size: Any,
    strides: Any = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """The largest entry of each window along the spatial axes, for each channel by itself.

    The gradient goes to the first of equal entries, in row-major order of the window. NaN wins.

    Args:
        pool_size: the window's size, one number or one for each spatial axis.
        strides: steps between windows; by default `pool_size`, so that none overlap.
        padding: "valid" (none) or "same" (o = ceil(n / stride), where what is added never wins).
        data_format: "channels_last" (default) or "channels_first".

    Raises: ShapeError where no window fits, ArgumentError for numbers that are not one an axis.
    """
    layout = standard_data_format("ops.max_pool", data_format)
    x = to_channels_last("ops.max_pool", as_tensor(inputs), layout)
    pool = _pool("ops.max_pool", x, pool_size, strides, padding)
    y = first_max(pool.windows(x, dtypes.lowest(x.dtype)), pool.within)
    return from_channels_last(y, layout)


def first_max(x: Tensor, axes: Sequence[int]) -> Tensor:
    """The largest entry along `axes`; the first of equal ones has all of the gradient."""
    y = p.reduce_max(x, axes)
    if not dtypes.is_float(x.dtype):
        return y
    return p.with_gradient([y], [x], functools.partial(_to_winners, axes))[0]


def _to_winners(
    axes: Sequence[int], operands: Sequence[Tensor], gs: Sequence[Cotangent]
) -> list[Cotangent]:
    """Each cotangent in the place of the entry that was the largest."""
    (x,), (g,) = operands, gs
    assert g is not None
    line = [n if a in axes else 1 for a, n in enumerate(shape_of(x))]
    places = as_tensor(np.arange(math.prod(line), dtype="int32").reshape(line))
    one = [1 if a in axes else n for a, n in enumerate(shape_of(x))]
    won = p.eq(p.reshape(p.argmax(x, axes), one), places)
    return [p.select(won, p.reshape(g, one), 0)]


@public
def average_pool(
    inputs: Any,
    pool_size: Any,
    strides: Any = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """The mean of each window along the spatial axes, of the entries that lie inside the input.

    Arguments and errors as for `max_pool`.
    """
    layout = standard_data_format("ops.average_pool", data_format)
    x = to_channels_last("ops.average_pool", as_float(inputs), layout)
    pool = _pool("ops.average_pool", x, pool_size, strides, padding)
    total = p.reduce_sum(pool.windows(x, 0), pool.within)
    counts = as_tensor(_counts(pool, shape_of(x)[1:-1]).astype(x.dtype))
    return from_channels_last(p.div(total, counts), layout)


def _counts(pool: _Pool, lengths: Sequence[int]) -> np.ndarray:
    """How many entries of each window lie inside: (o1, .., oN, 1), axes of 1 where they agree."""
    found = np.ones((1,) * (len(lengths) + 1))
    rows = zip(lengths, pool.sizes, pool.strides, pool.pads, strict=True)
    for axis, (n, size, step, (low, high)) in enumerate(rows):
        starts = np.arange(0, n + low + high - size + 1, step) - low
        inside = np.minimum(starts + size, n) - np.maximum(starts, 0)
        inside = inside[:1] if np.all(inside == inside[0]) else inside
        found = found * inside.reshape([-1 if a == axis else 1 for a in range(found.ndim)])
    return found
