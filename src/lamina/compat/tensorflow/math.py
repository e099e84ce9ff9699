"""`tf.math` and its names directly under `tf`: entry by entry, reductions, places, counts."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np

from lamina import ops
from lamina.compat.tensorflow.arrays import convert_to_tensor
from lamina.compat.tensorflow.dtypes import plain
from lamina.compat.tensorflow.meeting import binary, meeting, strings, table, unary
from lamina.compat.tensorflow.shapes import Sizes, sizes_of
from lamina.errors import ValueSizeError
from lamina.graph import dtypes
from lamina.graph.strings import StringTensor, is_text
from lamina.graph.tensor import Array, Tensor, Traced
from lamina.ops.public import public

UNARY = {
    "abs": "absolute", "acos": "arccos", "acosh": "arccosh", "angle": "angle", "asin": "arcsin",
    "asinh": "arcsinh", "atan": "arctan", "atanh": "arctanh", "ceil": "ceil", "conj": "conj",
    "cos": "cos", "cosh": "cosh", "erf": "erf", "erfc": "erfc", "erfinv": "erfinv", "exp": "exp",
    "expm1": "expm1", "floor": "floor", "imag": "imag", "is_finite": "isfinite",
    "is_inf": "isinf", "is_nan": "isnan", "log": "log", "log1p": "log1p",
    "log_sigmoid": "log_sigmoid", "logical_not": "logical_not",
    "negative": "negative", "real": "real", "reciprocal": "reciprocal", "rint": "round",
    "round": "round", "rsqrt": "rsqrt", "sigmoid": "sigmoid", "sign": "sign", "sin": "sin",
    "sinh": "sinh", "softsign": "softsign", "sqrt": "sqrt", "square": "square", "tan": "tan",
    "tanh": "tanh", "trunc": "trunc",
}  # fmt: skip
BINARY = {
    "add": "add", "atan2": "arctan2", "divide": "true_divide", "divide_no_nan": "divide_no_nan",
    "floordiv": "floor_divide", "floormod": "mod", "greater": "greater",
    "greater_equal": "greater_equal", "less": "less", "less_equal": "less_equal",
    "logical_and": "logical_and", "logical_or": "logical_or", "logical_xor": "logical_xor",
    "maximum": "maximum", "minimum": "minimum", "mod": "mod", "multiply": "multiply",
    "pow": "power", "subtract": "subtract", "truediv": "true_divide",
}  # fmt: skip
ROWS = table(unary, UNARY) | table(binary, BINARY)
ROWS["mul"], ROWS["sub"], ROWS["div"] = ROWS["multiply"], ROWS["subtract"], ROWS["truediv"]
globals().update(ROWS)

OWN = (
    "accumulate_n", "add_n", "approx_equal", "argmax", "argmin", "argsort", "bincount",
    "clip_by_global_norm", "clip_by_norm", "clip_by_value", "confusion_matrix", "count_nonzero",
    "cumprod", "cumsum", "cumulative_logsumexp", "equal", "global_norm",
    "histogram_fixed_width", "in_top_k", "invert_permutation", "l2_normalize", "lgamma",
    "log_softmax", "multiply_no_nan", "not_equal", "polyval", "reduce_all", "reduce_any",
    "reduce_euclidean_norm", "reduce_logsumexp", "reduce_max", "reduce_mean", "reduce_min",
    "reduce_prod", "reduce_std", "reduce_sum", "reduce_variance", "scalar_mul", "searchsorted",
    "segment_max", "segment_mean", "segment_min", "segment_sum", "softmax", "softplus", "sort",
    "squared_difference", "top_k", "unique", "unique_with_counts", "unsorted_segment_max",
    "unsorted_segment_mean", "unsorted_segment_sum", "xdivy", "xlogy", "zero_fraction",
)  # fmt: skip
__all__ = sorted((*ROWS, *OWN))


def equal(x: Any, y: Any, name: str | None = None) -> Any:
    """Whether entries are equal."""
    if is_text(x) or is_text(y):
        return strings(x) == y
    return ops.equal(*meeting(x, y))


def not_equal(x: Any, y: Any, name: str | None = None) -> Any:
    """Whether entries differ."""
    if is_text(x) or is_text(y):
        return strings(x) != y
    return ops.not_equal(*meeting(x, y))


def softplus(features: Any, name: str | None = None) -> Any:
    """log(1 + e^x)."""
    return ops.softplus(features)


def softmax(logits: Any, axis: int | None = None, name: str | None = None) -> Any:
    """e^x over its sum along an axis, the last by default."""
    return ops.softmax(logits, -1 if axis is None else axis)


def log_softmax(logits: Any, axis: int | None = None, name: str | None = None) -> Any:
    """The logarithm of `softmax`."""
    return ops.log_softmax(logits, -1 if axis is None else axis)


def squared_difference(x: Any, y: Any, name: str | None = None) -> Any:
    """(x - y)^2."""
    return ops.square(ops.subtract(*meeting(x, y)))


def scalar_mul(scalar: Any, x: Any, name: str | None = None) -> Any:
    """A tensor times a number."""
    return ops.multiply(*meeting(scalar, x))


@public
def multiply_no_nan(x: Any, y: Any, name: str | None = None) -> Any:
    """x y, and 0 where y is 0, whatever x is."""
    a, b = meeting(x, y)
    return ops.where(ops.equal(b, 0), ops.zeros_like(b), ops.multiply(a, b))


@public
def xlogy(x: Any, y: Any, name: str | None = None) -> Any:
    """x log y, and 0 where x is 0."""
    a, b = meeting(x, y)
    safe = ops.where(ops.equal(a, 0), ops.ones_like(b), b)
    return ops.multiply(a, ops.log(safe))


@public
def xdivy(x: Any, y: Any, name: str | None = None) -> Any:
    """x / y, and 0 where x is 0."""
    a, b = meeting(x, y)
    safe = ops.where(ops.equal(a, 0), ops.ones_like(b), b)
    return ops.divide(a, safe)


# Lanczos' coefficients for g = 7 (Godfrey 2001), exact to float64.
_LANCZOS = (
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
    -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
    1.5056327351493116e-7,
)  # fmt: skip


@public
def lgamma(x: Any, name: str | None = None) -> Any:
    """log |gamma(x)| for x > 0."""
    x = ops.convert_to_tensor(x)
    small = ops.less(x, 0.5)
    # Below 1/2 by gamma(x) = gamma(x + 1) / x.
    z = ops.subtract(ops.where(small, ops.add(x, 1.0), x), 1.0)
    total: Any = _LANCZOS[0]
    for i, c in enumerate(_LANCZOS[1:], 1):
        total = ops.add(total, ops.divide(c, ops.add(z, float(i))))
    t = ops.add(z, 7.5)
    found = ops.add(
        ops.subtract(ops.multiply(ops.add(z, 0.5), ops.log(t)), t),
        ops.add(ops.log(total), 0.9189385332046727),
    )
    shift = ops.log(ops.where(small, ops.absolute(x), ops.ones_like(x)))
    return ops.subtract(found, ops.where(small, shift, ops.zeros_like(x)))


def polyval(coeffs: Any, x: Any, name: str | None = None) -> Any:
    """The polynomial with these coefficients, the highest first."""
    total: Any = ops.zeros_like(x)
    for c in coeffs:
        total = ops.add(ops.multiply(total, x), c)
    return total


def add_n(inputs: Any, name: str | None = None) -> Any:
    """The sum of tensors."""
    total, *rest = inputs if isinstance(inputs, list | tuple) else [inputs]
    for x in rest:
        total = ops.add(total, x)
    return ops.convert_to_tensor(total)


def accumulate_n(
    inputs: Any, shape: Any = None, tensor_dtype: Any = None, name: str | None = None
) -> Any:
    """The sum of tensors."""
    return add_n(inputs)


# ── clipping ──


def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, name: str | None = None) -> Any:
    """The values, those outside the bounds at the bound."""
    x = t if isinstance(t, Tensor) else ops.convert_to_tensor(t)
    low, high = meeting(x, clip_value_min, clip_value_max)[1:]
    return ops.minimum(ops.maximum(x, ops.cast(low, x.dtype)), ops.cast(high, x.dtype))


@public
def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: str | None = None) -> Any:
    """t, scaled down to this length where it is longer."""
    x = ops.convert_to_tensor(t)
    total = ops.sum(ops.square(x), axis=axes, keepdims=True)
    some = ops.greater(total, 0.0)
    length = ops.where(some, ops.sqrt(ops.where(some, total, ops.ones_like(total))), total)
    return ops.divide(ops.multiply(x, clip_norm), ops.maximum(length, clip_norm))


def global_norm(t_list: Any, name: str | None = None) -> Any:
    """The length of all tensors taken as one vector; None counts for nothing."""
    squares = [ops.sum(ops.square(t)) for t in t_list if t is not None]
    return ops.sqrt(add_n(squares)) if squares else None


def clip_by_global_norm(
    t_list: Any, clip_norm: Any, use_norm: Any = None, name: str | None = None
) -> tuple[list[Any], Any]:
    """The tensors, all scaled down so that their global norm is at most this; and that norm."""
    length = global_norm(t_list) if use_norm is None else use_norm
    scale = ops.divide(clip_norm, ops.maximum(length, clip_norm))
    return [None if t is None else ops.multiply(t, scale) for t in t_list], length


# ── reductions ──


def _reduction(op: str, keeps_dtype: bool = False) -> Callable[..., Any]:
    of = getattr(ops, op)

    @public
    def reduce(
        input_tensor: Any = None,
        axis: Any = None,
        keepdims: bool = False,
        name: str | None = None,
        **older: Any,
    ) -> Any:
        axis = older.pop("reduction_indices", axis)
        keepdims = older.pop("keep_dims", keepdims)
        x = _operand(input_tensor)
        if keeps_dtype and not dtypes.is_float(x.dtype):
            return ops.cast(of(x, axis=_axes(axis), keepdims=bool(keepdims)), x.dtype)
        return of(x, axis=_axes(axis), keepdims=bool(keepdims))

    reduce.__doc__ = f"lamina.ops.{op} over `axis`, by default over all."
    return reduce


def _operand(x: Any) -> Any:
    if isinstance(x, list | tuple) and not isinstance(x, Sizes) and any(
        isinstance(v, Tensor) for v in x
    ):  # fmt: skip
        return ops.stack(list(x))
    return x if isinstance(x, Tensor) else ops.convert_to_tensor(x)


def _axes(axis: Any) -> Any:
    return axis if axis is None or isinstance(axis, int) else sizes_of(axis)


reduce_sum, reduce_prod = _reduction("sum", True), _reduction("prod", True)
reduce_max, reduce_min = _reduction("max"), _reduction("min")
reduce_any, reduce_all = _reduction("any"), _reduction("all")
reduce_std, reduce_variance = _reduction("std"), _reduction("var")
reduce_logsumexp = _reduction("logsumexp")
# As in TensorFlow the mean of whole numbers is one.
reduce_mean = _reduction("mean", True)


@public
def reduce_euclidean_norm(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Any:
    """sqrt(sum x^2)."""
    return ops.sqrt(ops.sum(ops.square(input_tensor), axis=_axes(axis), keepdims=keepdims))


def count_nonzero(
    input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    dtype: Any = "int64",
    name: str | None = None,
) -> Any:
    """How many entries are not 0."""
    flags = ops.cast(ops.not_equal(input, 0), str(dtype))
    return ops.sum(flags, axis=_axes(axis), keepdims=bool(keepdims))


def zero_fraction(value: Any, name: str | None = None) -> Any:
    """Which share of the entries is 0."""
    return ops.mean(ops.cast(ops.equal(value, 0), "float32"))


def l2_normalize(
    x: Any, axis: Any = None, epsilon: float = 1e-12, name: str | None = None, dim: Any = None
) -> Any:
    """x / sqrt(max(sum x^2, epsilon))."""
    total = ops.sum(ops.square(x), axis=_axes(dim if axis is None else axis), keepdims=True)
    return ops.multiply(x, ops.rsqrt(ops.maximum(total, epsilon)))


def cumsum(
    x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Any:
    """Running sums; without the entry itself if `exclusive`, from the end if `reverse`."""
    return _running(ops.cumsum, ops.subtract, x, axis, exclusive, reverse)


def _running(of: Any, undo: Any, x: Any, axis: int, exclusive: bool, reverse: bool) -> Any:
    x = ops.convert_to_tensor(x)
    given = ops.flip(x, axis) if reverse else x
    total = of(given, axis)
    if exclusive:
        total = undo(total, given)
    total = ops.cast(total, x.dtype)
    return ops.flip(total, axis) if reverse else total


@public
def cumprod(
    x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Any:
    """Running products; without the entry itself if `exclusive`, from the end if `reverse`."""
    x = ops.convert_to_tensor(x)
    given = ops.flip(x, axis) if reverse else x
    if exclusive:
        first, rest = ops.split(given, [1], axis)[0], ops.split(given, [-1], axis)[0]
        given = ops.concatenate([ops.ones_like(first), rest], axis)
    found = ops.cast(ops.cumprod(given, axis), x.dtype)
    return ops.flip(found, axis) if reverse else found


def cumulative_logsumexp(
    x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Any:
    """log of the running sums of e^x."""
    top = ops.max(x, axis=axis, keepdims=True)
    return ops.add(ops.log(cumsum(ops.exp(ops.subtract(x, top)), axis, exclusive, reverse)), top)


# ── places and counts ──


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
