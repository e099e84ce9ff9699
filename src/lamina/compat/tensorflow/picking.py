"""`tf.gather`, `tf.where`, `tf.slice`, ...: entries that are picked, or put in place."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from lamina import ops
from lamina.compat.tensorflow.arrays import convert_to_tensor
from lamina.compat.tensorflow.meeting import fitted, strings
from lamina.compat.tensorflow.shapes import sizes_of
from lamina.errors import ArgumentError
from lamina.graph.strings import is_text
from lamina.graph.tensor import KerasTensor, Tensor
from lamina.graph.variable import Variable
from lamina.ops.public import public

__all__ = [
    "boolean_mask", "gather", "gather_nd", "scatter_nd", "slice", "strided_slice",
    "tensor_scatter_nd_add", "tensor_scatter_nd_max", "tensor_scatter_nd_min",
    "tensor_scatter_nd_sub", "tensor_scatter_nd_update", "where",
]  # fmt: skip


def slice(input_: Any, begin: Any, size: Any, name: str | None = None) -> Any:
    """The block of this size that begins there; a size of -1 reaches to the end."""
    starts, sizes = sizes_of(begin), sizes_of(size)
    key = tuple(
        builtins.slice(b, None if n == -1 else b + n) for b, n in zip(starts, sizes, strict=True)
    )
    return input_[key]


def strided_slice(
    input_: Any,
    begin: Any,
    end: Any,
    strides: Any = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    name: str | None = None,
) -> Any:
    """x[begin:end:strides]; the bits of the masks free an end or drop an axis."""
    if ellipsis_mask or new_axis_mask:
        raise ArgumentError(
            "tf.strided_slice", "knows masks of ends and of dropped axes",
            f"ellipsis_mask={ellipsis_mask}, new_axis_mask={new_axis_mask}", "index with x[...]",
        )  # fmt: skip
    starts, stops = sizes_of(begin), sizes_of(end)
    steps = (1,) * len(starts) if strides is None else sizes_of(strides)
    key: list[Any] = []
    for i, (first, stop, step) in enumerate(zip(starts, stops, steps, strict=True)):
        bit = 1 << i
        if shrink_axis_mask & bit:
            key.append(first)
        else:
            low = None if begin_mask & bit else first
            key.append(builtins.slice(low, None if end_mask & bit else stop, step))
    return ops.convert_to_tensor(input_)[tuple(key)]


def gather(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    axis: Any = None,
    batch_dims: int = 0,
    name: str | None = None,
) -> Any:
    """The entries at `indices` along an axis; the first `batch_dims` axes go together."""
    place = (batch_dims or 0) if axis is None else int(axis)
    if is_text(params):
        return strings(np.take(convert_to_tensor(params).value, np.asarray(indices), place))
    if not batch_dims:
        return ops.take(params, indices, axis=place)
    return _gather_in_batch(params, indices, place, batch_dims)


@public
def _gather_in_batch(params: Any, indices: Any, axis: int, batch_dims: int) -> Any:
    x, index = ops.convert_to_tensor(params), ops.convert_to_tensor(indices)
    batch_dims, axis = batch_dims % index.ndim, axis % x.ndim
    x = ops.moveaxis(x, axis, batch_dims)
    lead, count = batch_dims, index.ndim - batch_dims
    rest = x.ndim - batch_dims - 1
    flat = ops.reshape(index, (*index.shape[:lead], -1, *[1] * rest))
    flat = ops.broadcast_to(flat, (*flat.shape[: lead + 1], *x.shape[lead + 1 :]))
    found = ops.take_along_axis(x, flat, axis=lead)
    found = ops.reshape(found, (*index.shape, *x.shape[lead + 1 :]))
    # The axes before `axis` that are not the batch's stand before those of the indices.
    between = axis - lead
    order = [
        *builtins.range(lead),
        *builtins.range(lead + count, lead + count + between),
        *builtins.range(lead, lead + count),
        *builtins.range(lead + count + between, found.ndim),
    ]
    return ops.transpose(found, order)


@public
def gather_nd(params: Any, indices: Any, batch_dims: int = 0, name: str | None = None) -> Any:
    """The slices of `params` at the indices (..., k) into its first k axes."""
    x, index = ops.convert_to_tensor(params), ops.convert_to_tensor(indices)
    if batch_dims:
        lead = [
            ops.broadcast_to(
                ops.reshape(
                    ops.arange(int(n)), [-1 if j == i else 1 for j in builtins.range(rank)]
                ),
                index.shape[:-1],
            )
            for rank in [index.ndim - 1]
            for i, n in enumerate(tuple(x.shape)[:batch_dims])
        ]
    else:
        lead = []
    places = [index[..., i] for i in builtins.range(index.shape[-1])]
    return x[(*lead, *places)]


def scatter_nd(indices: Any, updates: Any, shape: Any, name: str | None = None) -> Any:
    """Zeros of this shape with the updates added at the indices."""
    return ops.scatter(indices, updates, sizes_of(shape))


def _scatterer(reduction: str | None) -> Any:
    def scatter(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Any:
        return ops.scatter_update(tensor, indices, updates, reduction)

    scatter.__doc__ = f"x with updates at the indices: {reduction or 'replaced'}."
    return scatter


tensor_scatter_nd_update, tensor_scatter_nd_add = _scatterer(None), _scatterer("add")
tensor_scatter_nd_max, tensor_scatter_nd_min = _scatterer("max"), _scatterer("min")


def tensor_scatter_nd_sub(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Any:
    """x with the updates subtracted at the indices."""
    return ops.scatter_update(tensor, indices, ops.negative(updates), "add")


def where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Any:
    """x where the condition holds, y elsewhere; without them, where it holds: int64 (n, rank)."""
    if x is None and y is None:
        return ops.cast(ops.stack(ops.nonzero(condition), axis=-1), "int64")
    if is_text(x) or is_text(y):
        sides = [convert_to_tensor(side).value for side in (x, y)]
        return strings(np.where(np.asarray(condition), *sides))
    like = next((v.dtype for v in (x, y) if isinstance(v, Tensor | Variable)), None)
    sides = [v if like is None else fitted(v, like) for v in (x, y)]
    return ops.where(condition, *sides)


def boolean_mask(
    tensor: Any, mask: Any, axis: int | None = None, name: str = "boolean_mask"
) -> Any:
    """The entries, or slices, where the mask is True."""
    lead = (builtins.slice(None),) * (axis or 0)
    flags = np.asarray(mask).astype(bool) if not isinstance(mask, Tensor) else mask
    if isinstance(tensor, KerasTensor | Variable | Tensor):
        return tensor[(*lead, flags)]
    return convert_to_tensor(tensor)[(*lead, flags)]
