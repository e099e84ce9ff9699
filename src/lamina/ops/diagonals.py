"""Diagonals and triangles of matrices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lamina.errors import ShapeError
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.public import axis_of, layout_size, public
from lamina.ops.reductions import sum as sum_

__all__ = ["diag", "diagflat", "diagonal", "trace", "tril", "triu"]


@public
def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The entries (i, i + offset) of two axes, as a new last axis."""
    x = as_tensor(x)
    i, j = axis_of("diagonal", axis1, x.ndim), axis_of("diagonal", axis2, x.ndim)
    rest = [k for k in range(x.ndim) if k not in (i, j)]
    y = p.transpose(x, [*rest, i, j])
    *lead, n, m = shape_of(y)
    first, second = max(-offset, 0), max(offset, 0)
    length = max(0, min(n - first, m - second))
    places = np.arange(length) * (m + 1) + first * m + second
    return p.gather(p.reshape(y, [*lead, n * m]), places.astype("int32"), len(lead))


@public
def diag(x: Any, k: int = 0) -> Tensor:
    """A matrix with x on diagonal k, or diagonal k of a matrix."""
    x = as_tensor(x)
    if x.ndim == 2:
        return diagonal(x, k)
    if x.ndim != 1:
        raise ShapeError(
            "ops.diag", "takes a vector or a matrix", f"shape {shape_of(x)}", "use ops.diagonal"
        )
    length = layout_size(x, 0, "diag makes a matrix of the batch")
    n = length + abs(k)
    places = np.arange(length) * (n + 1) + max(-k, 0) * n + max(k, 0)
    flat = p.scatter_add(p.fill((n * n,), 0, x.dtype), places.astype("int32"), x, 0)
    return p.reshape(flat, (n, n))


@public
def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The sum of a diagonal; small integers and bool in 32 bits."""
    return sum_(diagonal(x, offset, axis1, axis2), -1)


def _triangle(x: Any, k: int, lower: bool) -> Tensor:
    x = as_tensor(x)
    sizes = (1,) * (x.ndim - 2) + shape_of(x)[-2:]
    row, column = p.iota(sizes, x.ndim - 2), p.iota(sizes, x.ndim - 1)
    kept = p.le(column, p.add(row, k)) if lower else p.ge(column, p.add(row, k))
    return p.select(kept, x, as_tensor(0, x.dtype))


@public
def tril(x: Any, k: int = 0) -> Tensor:
    """x with zeros above diagonal k."""
    return _triangle(x, k, lower=True)


@public
def triu(x: Any, k: int = 0) -> Tensor:
    """x with zeros below diagonal k."""
    return _triangle(x, k, lower=False)


@public
def diagflat(x: Any, k: int = 0) -> Tensor:
    """A matrix with all entries of x on diagonal k."""
    x = as_tensor(x)
    return diag(p.reshape(x, (math.prod(shape_of(x)),)), k)
