"""Lengths of vectors and matrices, and distances between them."""

from __future__ import annotations

import math
from typing import Any

from lamina.errors import ArgumentError, ShapeError, UnsupportedError
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.public import as_float, axes_of, promoted, public

__all__ = ["cdist", "norm", "normalize", "psnr"]


@public
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The length of vectors along an axis, or of matrices along two.

    Args:
        ord: for vectors 2 (the default), any number p for (sum |x|^p)^(1/p), inf, -inf, or 0 for
            how many entries are not zero; for matrices "fro" (the default), 1 and inf for the
            largest sum of a column and row, -1 and -inf for the smallest.
        axis: an axis, two, or None: all entries as one vector if ord is None, else the axes of x.

    Raises: UnsupportedError for ord 2, -2 and "nuc" of matrices, which need singular values.
    """
    x = as_float(x)
    axes = axes_of("norm", axis, x.ndim)
    if ord is None:
        return p.sqrt(p.reduce_sum(p.mul(x, x), axes, keepdims))
    if len(axes) == 1:
        return _vector_norm(x, ord, axes, keepdims)
    if len(axes) != 2:
        raise ShapeError(
            "ops.norm", "with an order measures vectors and matrices", f"axes {axes}",
            "pass one axis or two",
        )  # fmt: skip
    given = axes if axis is None else tuple(a % x.ndim for a in axis)
    return _matrix_norm(x, ord, given, keepdims)


def _vector_norm(x: Tensor, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Tensor:
    if not isinstance(ord, int | float):
        raise ArgumentError(
            "ops.norm", "does not know this order of vectors", repr(ord), "pass a number"
        )
    size = p.abs_(x)
    if math.isinf(ord):
        return (p.reduce_max if ord > 0 else p.reduce_min)(size, axes, keepdims)
    if ord == 0:
        return p.reduce_sum(p.cast(p.ne(x, 0.0), x.dtype), axes, keepdims)
    if ord == 1:
        return p.reduce_sum(size, axes, keepdims)
    if ord == 2:
        return p.sqrt(p.reduce_sum(p.mul(x, x), axes, keepdims))
    total = p.reduce_sum(p.pow_(size, float(ord)), axes, keepdims)
    return p.pow_(total, 1.0 / float(ord))


def _matrix_norm(x: Tensor, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Tensor:
    if ord == "fro":
        return p.sqrt(p.reduce_sum(p.mul(x, x), axes, keepdims))
    if ord in (2, -2, "nuc"):
        raise UnsupportedError(
            "ops.norm", "does not offer orders of matrices that need singular values",
            f"ord={ord!r}", "use 'fro', 1, -1, inf or -inf",
        )  # fmt: skip
    if ord not in (1, -1, math.inf, -math.inf):
        raise ArgumentError(
            "ops.norm", "does not know this order of matrices", repr(ord), "use 'fro', 1 or inf"
        )
    summed, compared = axes if abs(ord) == 1 else axes[::-1]
    extreme = p.reduce_max if ord > 0 else p.reduce_min
    sums = p.reduce_sum(p.abs_(x), (summed,), keepdims=True)
    best = extreme(sums, (compared,), keepdims=True)
    return best if keepdims else p.reduce_sum(best, axes)


@public
def normalize(x: Any, axis: Any = -1, order: Any = 2, epsilon: Any = None) -> Tensor:
    """y = x / max(|x|, epsilon) with the norm of this order along `axis`; epsilon 1e-7."""
    if not isinstance(order, int) or isinstance(order, bool) or order < 1:
        raise ArgumentError("ops.normalize", "takes whole orders from 1", repr(order), "pass 2")
    x = as_float(x)
    x = p.reshape(x, (1,)) if x.ndim == 0 else x
    least = 1e-7 if epsilon is None else float(epsilon)
    if order == 2:
        axes = axes_of("normalize", axis, x.ndim)
        squares = p.reduce_sum(p.mul(x, x), axes, keepdims=True)
        return p.mul(x, p.rsqrt(p.max_(squares, least * least)))
    return p.div(x, p.max_(as_tensor(norm(x, order, axis, keepdims=True)), least))


@public
def cdist(x: Any, y: Any) -> Tensor:
    """Euclid's distances between two collections: (..., m, d), (..., n, d) -> (..., m, n)."""
    a, b = promoted(x, y, with_types=("float",))
    if a.ndim < 2 or b.ndim < 2 or shape_of(a)[-1] != shape_of(b)[-1]:
        raise ShapeError(
            "ops.cdist", "needs vectors of equal length along the last axis",
            f"{shape_of(a)} and {shape_of(b)}", "pass (..., m, d) and (..., n, d)",
        )  # fmt: skip
    *lead, n, d = shape_of(a)
    *other, m, _ = shape_of(b)
    gap = p.sub(p.reshape(a, (*lead, n, 1, d)), p.reshape(b, (*other, 1, m, d)))
    squares = p.reduce_sum(p.mul(gap, gap), (gap.ndim - 1,))
    # The root has no slope at 0; a point at no distance gets none.
    apart = p.gt(squares, 0.0)
    return p.select(apart, p.sqrt(p.select(apart, squares, 1.0)), 0.0)


@public
def psnr(x1: Any, x2: Any, max_val: Any) -> Tensor:
    """The peak signal-to-noise ratio in decibels: 10 log10(max_val^2 / mean (x1 - x2)^2)."""
    from lamina.ops.arithmetic import log10
    from lamina.ops.reductions import mean

    a, b = promoted(x1, x2, with_types=("float",))
    if shape_of(a) != shape_of(b):
        raise ShapeError(
            "ops.psnr", "compares signals of one shape", f"{shape_of(a)} and {shape_of(b)}",
            "crop or resize one",
        )  # fmt: skip
    gap = p.sub(a, b)
    noise = as_tensor(mean(p.mul(gap, gap)))
    peak = p.cast(as_tensor(max_val), a.dtype)
    return p.sub(p.mul(as_tensor(log10(peak)), 20.0), p.mul(as_tensor(log10(noise)), 10.0))
