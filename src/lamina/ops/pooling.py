"""Pooling: the extreme or the mean of each window."""

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
    """Where the windows of a pooling lie; see `spatial`."""

    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    pads: tuple[tuple[int, int], ...]

    @property
    def axes(self) -> range:
        """The spatial axes."""
        return range(1, 1 + len(self.sizes))

    @property
    def within(self) -> tuple[int, ...]:
        """Of the windows' shape (B, o1, k1, .., C), the axes k1, .., kN."""
        return tuple(2 * axis for axis in self.axes)

    def windows(self, x: Tensor, value: Any) -> Tensor:
        """The windows of a channels-last input with `value` around it."""
        return p.windows(padded(x, list(self.pads), value), self.axes, self.sizes, self.strides)

    def added(self, g: Tensor, lengths: Sequence[int]) -> Tensor:
        """What windows hold added to the places of an input with spatial axes of these lengths."""
        sides = list(zip(lengths, self.pads, strict=True))
        whole = p.overlap_add(g, self.axes, [n + a + b for n, (a, b) in sides], self.strides)
        starts = [0, *(a for a, _ in self.pads), 0]
        limits = [a + n for n, (a, _) in sides]
        return p.slice_(whole, starts, [shape_of(g)[0], *limits, shape_of(g)[-1]])

    def spread(self, y: Tensor) -> Tensor:
        """A value a window as (B, o1, 1, .., C), which broadcasts along the window."""
        shape = shape_of(y)
        return p.reshape(y, [1 if a in self.within else shape[(a + 1) // 2] for a in
                             range(2 * y.ndim - 2)])  # fmt: skip


def _pool(where: str, x: Tensor, pool_size: Any, strides: Any, padding: str) -> _Pool:
    count = x.ndim - 2
    sizes = per_axis(where, "pool_size", pool_size, count)
    steps = sizes if strides is None else per_axis(where, "strides", strides, count)
    word = padding_of(where, padding, ("valid", "same"))
    pads: Pads = pads_of(word, shape_of(x)[1:-1], sizes, steps)
    check_windows(where, shape_of(x), pads, sizes, "pool_size")
    return _Pool(sizes, steps, tuple(pads))


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
    """
    layout = standard_data_format("ops.max_pool", data_format)
    x = to_channels_last("ops.max_pool", as_tensor(inputs), layout)
    pool = _pool("ops.max_pool", x, pool_size, strides, padding)
    y = p.reduce_max(pool.windows(x, dtypes.lowest(x.dtype)), pool.within)
    if dtypes.is_float(x.dtype):
        (y,) = p.with_gradient([y], [x], functools.partial(_to_winners, pool))
    return from_channels_last(y, layout)


def _to_winners(
    pool: _Pool, operands: Sequence[Tensor], gs: Sequence[Cotangent]
) -> list[Cotangent]:
    """Each cotangent at the place in its window that was the largest."""
    (x,), (g,) = operands, gs
    assert g is not None
    winners = p.argmax(pool.windows(x, dtypes.lowest(x.dtype)), pool.within)
    numbers = np.arange(math.prod(pool.sizes), dtype="int32")
    line = [n for size in pool.sizes for n in (1, size)]
    places = as_tensor(numbers.reshape(1, *line, 1))
    won = p.eq(pool.spread(winners), places)
    return [pool.added(p.select(won, pool.spread(g), 0), shape_of(x)[1:-1])]


@public
def average_pool(
    inputs: Any,
    pool_size: Any,
    strides: Any = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """The mean of each window along the spatial axes, of the entries that lie inside the input.

    Arguments as for `max_pool`.
    """
    layout = standard_data_format("ops.average_pool", data_format)
    x = to_channels_last("ops.average_pool", as_float(inputs), layout)
    pool = _pool("ops.average_pool", x, pool_size, strides, padding)
    total = p.reduce_sum(pool.windows(x, 0), pool.within)
    counts = as_tensor(_counts(pool, shape_of(x)[1:-1]).astype(x.dtype))
    return from_channels_last(p.div(total, counts), layout)


def _counts(pool: _Pool, lengths: Sequence[int]) -> np.ndarray:
    """How many entries of each window lie inside: (o1, .., oN, 1), all axes 1 if they are alike."""
    found = np.ones((1,) * (len(lengths) + 1))
    for i, (n, size, step, (low, high)) in enumerate(
        zip(lengths, pool.sizes, pool.strides, pool.pads, strict=True)
    ):
        starts = np.arange(0, n + low + high - size + 1, step) - low
        inside = np.minimum(starts + size, n) - np.maximum(starts, 0)
        inside = inside[:1] if np.all(inside == inside[0]) else inside
        found = found * inside.reshape([-1 if a == i else 1 for a in range(len(lengths) + 1)])
    return found
