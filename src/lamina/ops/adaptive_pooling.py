"""Adaptive pooling: as many windows as results are asked for, spread evenly over each axis.

Along an axis of n entries window i of o covers floor(i n / o) to ceil((i + 1) n / o). The axes are
pooled one after another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.errors import ShapeError
from lamina.graph import dtypes
from lamina.graph.data_format import standard_data_format
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.pooling import first_max
from lamina.ops.public import as_float, cast_to, public
from lamina.ops.spatial import from_channels_last, per_axis, to_channels_last

__all__ = ["adaptive_average_pool", "adaptive_max_pool"]


def _bounds(n: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Where each window starts, and the entry after its last."""
    index = np.arange(count)
    return index * n // count, -(-(index + 1) * n // count)


def _along(
    where: str, x: Tensor, output_size: Any, data_format: Any, pool: Callable[..., Tensor]
) -> Tensor:
    """`pool(x, axis, how many)` along every spatial axis."""
    layout = standard_data_format(where, data_format)
    x = to_channels_last(where, x, layout)
    if 0 in shape_of(x)[1:-1]:
        raise ShapeError(
            where, "needs spatial axes that are not empty",
            f"{shape_of(x)} (channels last)", "pass an input with entries",
        )  # fmt: skip
    for axis, count in enumerate(per_axis(where, "output_size", output_size, x.ndim - 2), 1):
        x = pool(x, axis, count)
    return from_channels_last(x, layout)


@public
def adaptive_max_pool(inputs: Any, output_size: Any, data_format: str | None = None) -> Tensor:
    """The largest entry of each window, `output_size` windows an axis; see the module.

    The gradient goes to the first of equal entries, axis by axis.

    Args:
        output_size: one number, or one for each spatial axis.
        data_format: "channels_last" (default) or "channels_first".
    """
    return _along("ops.adaptive_max_pool", as_tensor(inputs), output_size, data_format, _max)


def _max(x: Tensor, axis: int, count: int) -> Tensor:
    n = shape_of(x)[axis]
    if n % count == 0:
        return first_max(p.windows(x, [axis], [n // count], [n // count]), [axis + 1])
    starts, ends = _bounds(n, count)
    places = starts[:, None] + np.arange((ends - starts).max())
    inside = places < ends[:, None]
    seen = p.gather(x, as_tensor(np.where(inside, places, 0).astype("int32")), axis)
    mask = as_tensor(inside.reshape(*inside.shape, *[1] * (x.ndim - axis - 1)))
    return first_max(p.select(mask, seen, dtypes.lowest(x.dtype)), [axis + 1])


@public
def adaptive_average_pool(inputs: Any, output_size: Any, data_format: str | None = None) -> Tensor:
    """The mean of each window, `output_size` windows an axis; see the module.

    Arguments as for `adaptive_max_pool`.
    """
    return _along("ops.adaptive_average_pool", as_float(inputs), output_size, data_format, _mean)


def _mean(x: Tensor, axis: int, count: int) -> Tensor:
    n = shape_of(x)[axis]
    if n % count == 0:
        seen = p.windows(x, [axis], [n // count], [n // count])
        return p.div(p.reduce_sum(seen, [axis + 1]), float(n // count))
    starts, ends = _bounds(n, count)
    places = np.arange(n)[:, None]
    shares = ((places >= starts) & (places < ends)) / (ends - starts)
    return along_axis(x, shares, axis)


def along_axis(x: Tensor, matrix: Any, axis: int) -> Tensor:
    """One axis of x, of n entries, times a matrix (n, m)."""
    labels = tuple(range(x.ndim))
    out = tuple(x.ndim if a == axis else a for a in labels)
    return p.contract(x, cast_to(matrix, x.dtype), (labels, (axis, x.ndim), out))
