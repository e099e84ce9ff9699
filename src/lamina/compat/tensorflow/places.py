"""`tf.math`: places, counts and segments: argmax, sort, top_k, unique, bincount, segment_sum."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np

from lamina import ops
from lamina.compat.tensorflow.arrays import convert_to_tensor
from lamina.compat.tensorflow.dtypes import plain
from lamina.compat.tensorflow.meeting import strings
from lamina.errors import ValueSizeError
from lamina.graph.strings import StringTensor
from lamina.graph.tensor import Array, Traced

__all__ = [
    "approx_equal", "argmax", "argmin", "argsort", "bincount", "confusion_matrix",
    "histogram_fixed_width", "in_top_k", "invert_permutation", "searchsorted", "segment_max",
    "segment_mean", "segment_min", "segment_sum", "sort", "top_k", "unique", "unique_with_counts",
    "unsorted_segment_max", "unsorted_segment_mean", "unsorted_segment_sum",
]  # fmt: skip


def argmax(
    input: Any, axis: Any = None, output_type: Any = "int64", name: str | None = None, **older: Any
) -> Any:
    """Places of the largest entries, along the first axis by default: int64."""
    place = older.pop("dimension", 0) if axis is None else int(axis)
    return ops.cast(ops.argmax(input, place), plain(output_type))


def argmin(
    input: Any, axis: Any = None, output_type: Any = "int64", name: str | None = None
) -> Any:
    """Places of the smallest entries, along the first axis by default: int64."""
    return ops.cast(ops.argmin(input, 0 if axis is None else int(axis)), plain(output_type))


def sort(values: Any, axis: int = -1, direction: str = "ASCENDING", name: str | None = None) -> Any:
    """The entries in order along an axis."""
    if isinstance(values, StringTensor):
        values = np.sort(values.value, axis)
        return strings(values if direction == "ASCENDING" else np.flip(values, axis))
    found = ops.sort(values, axis)
    return found if direction == "ASCENDING" else ops.flip(found, axis)


def argsort(
    values: Any,
    axis: int = -1,
    direction: str = "ASCENDING",
    stable: bool = False,
    name: str | None = None,
) -> Any:
    """Places of the entries in order along an axis; of equal ones the first first."""
    x = ops.convert_to_tensor(values)
    return ops.argsort(x if direction == "ASCENDING" else ops.negative(x), axis)


TopK = namedtuple("TopK", ["values", "indices"])


def top_k(
    input: Any,
    k: Any = 1,
    sorted: bool = True,
    index_type: Any = "int32",
    name: str | None = None,
) -> Any:
    """The k largest entries along the last axis, and their places."""
    values, indices = ops.top_k(input, int(k), sorted)
    return TopK(values, ops.cast(indices, plain(index_type)))


def in_top_k(targets: Any, predictions: Any, k: int, name: str | None = None) -> Any:
    """Whether the target is among the k largest predictions."""
    return ops.in_top_k(targets, predictions, k)


Unique = namedtuple("Unique", ["y", "idx"])
UniqueWithCounts = namedtuple("UniqueWithCounts", ["y", "idx", "count"])


def unique_with_counts(x: Any, out_idx: Any = "int32", name: str | None = None) -> Any:
    """The different entries in the order of their first places, where each went, how many."""
    tensor = convert_to_tensor(x)
    if isinstance(tensor, Traced):
        raise ValueSizeError(
            "tf.unique", "has a size that depends on values", repr(tensor),
            "find the unique values outside the traced function",
        )  # fmt: skip
    given = tensor.value if isinstance(tensor, StringTensor) else np.asarray(tensor)
    found, first, inverse, count = np.unique(
        given, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    values = found[order]
    y = strings(values) if values.dtype == object else Array(values)
    kind = str(out_idx)
    return UniqueWithCounts(
        y, Array(place[inverse.reshape(-1)].astype(kind)), Array(count[order].astype(kind))
    )


def unique(x: Any, out_idx: Any = "int32", name: str | None = None) -> Any:
    """The different entries in the order of their first places, and where each went."""
    return Unique(*unique_with_counts(x, out_idx)[:2])


def searchsorted(
    sorted_sequence: Any,
    values: Any,
    side: str = "left",
    out_type: Any = "int32",
    name: str | None = None,
) -> Any:
    """Where the values belong in a sorted sequence."""
    return ops.cast(ops.searchsorted(sorted_sequence, values, side), plain(out_type))


def bincount(
    arr: Any,
    weights: Any = None,
    minlength: Any = None,
    maxlength: Any = None,
    dtype: Any = "int32",
    name: str | None = None,
    axis: Any = None,
    binary_output: bool = False,
) -> Any:
    """How often each whole number from 0 up appears; along the last axis if axis=-1."""
    given = np.asarray(arr)
    least = max(int(minlength or 0), int(given.max(initial=-1)) + 1)
    length = least if maxlength is None else min(least, int(maxlength))
    inside = given < length
    scale = np.ones(given.shape) if weights is None else np.asarray(weights)
    kind = str(dtype) if weights is None else scale.dtype
    rows = given.reshape((-1, given.shape[-1])) if axis == -1 else given.reshape((1, -1))
    scale, inside = (
        np.broadcast_to(part, given.shape).reshape(rows.shape) for part in (scale, inside)
    )
    found = np.stack([
        np.bincount(r[i], w[i], length) for r, w, i in zip(rows, scale, inside, strict=True)
    ])  # fmt: skip
    shape = (*given.shape[:-1], length) if axis == -1 else (length,)
    return Array((found > 0 if binary_output else found).reshape(shape).astype(kind))


def histogram_fixed_width(
    values: Any,
    value_range: Any,
    nbins: int = 100,
    dtype: Any = "int32",
    name: str | None = None,
) -> Any:
    """How many values fall into each of equal bins; those outside into the outermost."""
    low, high = (float(v) for v in np.asarray(value_range))
    place = np.floor((np.asarray(values) - low) / (high - low) * nbins)
    places = np.clip(place, 0, nbins - 1).astype(int).reshape(-1)
    return Array(np.bincount(places, minlength=nbins).astype(str(dtype)))


def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: Any = None,
    weights: Any = None,
    dtype: Any = "int32",
    name: str | None = None,
) -> Any:
    """How often each class (rows) was predicted as each (columns)."""
    true, seen = (np.asarray(v).reshape(-1).astype("int64") for v in (labels, predictions))
    count = int(max(true.max(initial=-1), seen.max(initial=-1)) + 1)
    count = count if num_classes is None else int(num_classes)
    scale = None if weights is None else np.asarray(weights).reshape(-1)
    found = np.bincount(true * count + seen, scale, count * count)
    return Array(found.reshape(count, count).astype(str(dtype)))


def invert_permutation(x: Any, name: str | None = None) -> Any:
    """The permutation that undoes x."""
    return ops.argsort(x)


def approx_equal(x: Any, y: Any, tolerance: float = 1e-5, name: str | None = None) -> Any:
    """Whether entries differ by less than the tolerance."""
    return ops.less(ops.absolute(ops.subtract(x, y)), tolerance)


def _segments(op: str) -> Callable[..., Any]:
    of = getattr(ops, op)

    def sorted_segments(data: Any, segment_ids: Any, name: str | None = None) -> Any:
        return of(data, segment_ids, num_segments=int(np.asarray(segment_ids)[-1]) + 1)

    sorted_segments.__doc__ = f"lamina.ops.{op} of sorted segments."
    return sorted_segments


def _unsorted(op: str) -> Callable[..., Any]:
    of = getattr(ops, op)

    def segments(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Any:
        return of(data, segment_ids, num_segments=int(num_segments))

    segments.__doc__ = f"lamina.ops.{op} of so many segments."
    return segments


segment_sum, unsorted_segment_sum = _segments("segment_sum"), _unsorted("segment_sum")
segment_max, unsorted_segment_max = _segments("segment_max"), _unsorted("segment_max")
segment_min = _segments("segment_min")


def unsorted_segment_mean(
    data: Any, segment_ids: Any, num_segments: Any, name: str | None = None
) -> Any:
    """The mean of each segment, 0 of an empty one."""
    x = ops.convert_to_tensor(data)
    total = ops.segment_sum(x, segment_ids, num_segments=int(num_segments))
    ones = ops.ones_like(ops.reshape(ops.convert_to_tensor(segment_ids), (-1,)), dtype=x.dtype)
    count = ops.segment_sum(ones, segment_ids, num_segments=int(num_segments))
    count = ops.reshape(count, (-1, *[1] * (total.ndim - 1)))
    return ops.divide(total, ops.maximum(count, ops.ones_like(count)))


def segment_mean(data: Any, segment_ids: Any, name: str | None = None) -> Any:
    """The mean of each sorted segment."""
    return unsorted_segment_mean(data, segment_ids, int(np.asarray(segment_ids)[-1]) + 1)
