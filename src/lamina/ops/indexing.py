"""Indexing: taking entries out, putting entries in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.errors import ArgumentError, ShapeError, ValueSizeError
from lamina.graph import dtypes
from lamina.graph.tensor import Array, Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.public import axis_of, public

__all__ = ["multi_hot", "nonzero", "one_hot", "take", "take_along_axis", "unravel_index"]


@public
def take(x: Any, indices: Any, axis: int | None = None) -> Tensor:
    """Whole slices of x by their places along an axis (of the flat tensor by default).

    Negative places count from the end; places beyond it are clamped to the last.
    """
    x, indices = as_tensor(x), as_tensor(indices)
    if dtypes.is_float(indices.dtype) or indices.dtype == "bool":
        indices = p.cast(indices, "int32")
    if axis is None:
        return p.gather(p.reshape(x, (math.prod(shape_of(x)),)), indices, 0)
    return p.gather(x, indices, axis_of("take", axis, x.ndim))


@public
def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> Tensor:
    """One entry for each index: y[i, j] = x[i, indices[i, j]] along `axis`."""
    x, indices = as_tensor(x), as_tensor(indices)
    if axis is None:
        x = p.reshape(x, (math.prod(shape_of(x)),))
        return p.gather(x, p.reshape(indices, (math.prod(shape_of(indices)),)), 0)
    place = axis_of("take_along_axis", axis, x.ndim)
    if x.ndim != indices.ndim:
        raise ShapeError(
            "ops.take_along_axis", "needs as many axes in both",
            f"{shape_of(x)} and {shape_of(indices)}", "expand the indices",
        )  # fmt: skip
    meet = np.broadcast_shapes(
        *(tuple(1 if i == place else n for i, n in enumerate(shape_of(t))) for t in (x, indices))
    )
    x, indices = (
        p.broadcast_to(
            t, [tuple(t.shape)[i] if i == place or n == shape_of(t)[i] else n
                for i, n in enumerate(meet)],
        )
        for t in (x, indices)
    )  # fmt: skip
    return p.gather_along(x, indices, place)


@public
def one_hot(
    x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False
) -> Tensor:
    """1 at the place that x names along a new axis, 0 elsewhere; all 0 for places outside."""
    if sparse:
        raise ArgumentError("ops.one_hot", "makes dense tensors", "sparse=True", "leave it out")
    x = as_tensor(x)
    place = axis_of("one_hot", axis, x.ndim + 1)
    sizes = list(shape_of(x))
    x = p.cast(x, "int32") if not dtypes.is_integer(x.dtype) else x
    places = p.iota(
        [num_classes if i == place else 1 for i in range(len(sizes) + 1)], place, x.dtype
    )
    spread = p.reshape(x, [*sizes[:place], 1, *sizes[place:]])
    return p.cast(p.eq(spread, places), dtypes.standard(dtype))


@public
def multi_hot(
    inputs: Any,
    num_classes: int | None = None,
    axis: int = -1,
    dtype: Any = None,
    sparse: bool = False,
    **kwargs: Any,
) -> Tensor:
    """1 at every place that a row names, 0 elsewhere. `num_tokens` is an older `num_classes`."""
    num_classes = kwargs.pop("num_tokens", num_classes)
    if kwargs or num_classes is None:
        raise ArgumentError(
            "ops.multi_hot", "needs num_classes and takes no such argument", str(sorted(kwargs)),
            "pass num_classes=",
        )  # fmt: skip
    x = as_tensor(inputs)
    reduce = 1 if x.ndim > 1 else 0
    hot = as_tensor(one_hot(x, num_classes, axis, dtype, sparse))
    return p.reduce_max(hot, (reduce,))


@public
def nonzero(x: Any) -> tuple[Tensor, ...]:
    """The places of entries that are not zero, one int32 tensor an axis. Eager tensors only."""
    x = as_tensor(x)
    if not isinstance(x, Array):
        raise ValueSizeError(
            "ops.nonzero", "has a result whose size depends on values", repr(x),
            "use ops.where(condition, x1, x2), or multiply by a mask",
        )  # fmt: skip
    return tuple(as_tensor(places.astype("int32")) for places in np.nonzero(x.value))


@public
def unravel_index(indices: Any, shape: Sequence[int]) -> tuple[Tensor, ...]:
    """The place along each axis of entries that a shape numbers row by row."""
    rest = as_tensor(indices)
    places = []
    for size in reversed([int(n) for n in shape]):
        places.append(p.mod(rest, as_tensor(size, rest.dtype)))
        rest = p.floordiv(rest, as_tensor(size, rest.dtype))
    return tuple(reversed(places))
