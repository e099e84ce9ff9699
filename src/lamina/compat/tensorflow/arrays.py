"""`tf.constant`, `tf.cast`, `tf.concat`, ...: making and laying out."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina import ops
from lamina.compat.tensorflow.dtypes import plain
from lamina.compat.tensorflow.meeting import fitted, strings
from lamina.compat.tensorflow.shapes import Sizes, joined, sizes_of
from lamina.graph import dtypes
from lamina.graph.strings import StringTensor, is_text
from lamina.graph.tensor import Array, BatchSize, Tensor
from lamina.graph.variable import Variable
from lamina.ops.public import public

__all__ = [
    "broadcast_to", "cast", "concat", "constant", "convert_to_tensor", "expand_dims", "eye",
    "fill", "get_static_value", "identity", "is_tensor", "linspace", "meshgrid", "newaxis",
    "one_hot", "ones", "ones_like", "pad", "range", "repeat", "reshape", "reverse", "roll",
    "saturate_cast", "sequence_mask", "split", "squeeze", "stack", "stop_gradient", "tile",
    "to_double", "to_float", "to_int32", "to_int64", "transpose", "unstack", "zeros",
    "zeros_like",
]  # fmt: skip

newaxis = None


def convert_to_tensor(
    value: Any, dtype: Any = None, dtype_hint: Any = None, name: str | None = None
) -> Any:
    """A tensor of numbers, arrays, nested lists or strings."""
    if is_text(value):
        return strings(value)
    if isinstance(value, Sizes):
        return value.__lamina_tensor__()
    if isinstance(value, list | tuple) and _holds_tensor(value):
        value = stack([convert_to_tensor(item) for item in value])
    return ops.convert_to_tensor(value, plain(dtype))


def _holds_tensor(value: Any) -> bool:
    return any(
        isinstance(v, Tensor | Variable | BatchSize)
        or (isinstance(v, list | tuple) and _holds_tensor(v))
        for v in value
    )


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str = "Const") -> Any:
    """A tensor of numbers or strings; of one number in a whole shape."""
    tensor = convert_to_tensor(value, dtype)
    if shape is None or tuple(tensor.shape) == sizes_of(shape):
        return tensor
    sizes = sizes_of(shape)
    if ops.size(tensor) == 1:
        return ops.broadcast_to(ops.reshape(tensor, ()), sizes)
    return reshape(tensor, sizes)


def is_tensor(x: Any) -> bool:
    """Whether x is a tensor or a variable."""
    return isinstance(x, Tensor | Variable | Sizes)


def get_static_value(tensor: Any, partial: bool = False) -> Any:
    """The values where they are known, else None."""
    return np.asarray(tensor) if isinstance(tensor, Array | np.ndarray | int | float) else None


def cast(x: Any, dtype: Any, name: str | None = None) -> Any:
    """The values in another dtype; a batch's extent stays one in any integer type."""
    kind = plain(dtype)
    if isinstance(x, BatchSize) and dtypes.is_integer(str(kind)):
        return x
    return ops.cast(convert_to_tensor(x) if isinstance(x, list | tuple) else x, kind)


def _caster(dtype: str) -> Any:
    def to(x: Any, name: str | None = None) -> Any:
        return ops.cast(x, dtype)

    to.__doc__ = f"The values as {dtype}, as TensorFlow 1 spelled it."
    return to


to_float, to_double = _caster("float32"), _caster("float64")
to_int32, to_int64 = _caster("int32"), _caster("int64")


def saturate_cast(value: Any, dtype: Any, name: str | None = None) -> Any:
    """The values in another dtype, those beyond its bounds at the bound."""
    return ops.saturate_cast(value, plain(dtype))


@public
def identity(input: Any, name: str | None = None) -> Any:
    """The same values."""
    return convert_to_tensor(input)


def stop_gradient(input: Any, name: str | None = None) -> Any:
    """The same values, through which no gradient flows."""
    return ops.stop_gradient(input)


# ── from nothing ──


@public
def zeros(shape: Any, dtype: Any = "float32", name: str | None = None, layout: Any = None) -> Any:
    """A tensor of zeros."""
    return ops.zeros(sizes_of(shape), plain(dtype))


@public
def ones(shape: Any, dtype: Any = "float32", name: str | None = None, layout: Any = None) -> Any:
    """A tensor of ones."""
    return ops.ones(sizes_of(shape), plain(dtype))


@public
def fill(dims: Any, value: Any, name: str | None = None, layout: Any = None) -> Any:
    """A tensor of one value, in its dtype."""
    if is_text(value):
        return strings(np.full(sizes_of(dims), value, object))
    return ops.full(sizes_of(dims), value, ops.convert_to_tensor(value).dtype)


def zeros_like(input: Any, dtype: Any = None, name: str | None = None, layout: Any = None) -> Any:
    """Zeros in the shape, and by default the dtype, of a tensor."""
    return ops.zeros_like(input, plain(dtype))


def ones_like(input: Any, dtype: Any = None, name: str | None = None, layout: Any = None) -> Any:
    """Ones in the shape, and by default the dtype, of a tensor."""
    return ops.ones_like(input, plain(dtype))


@public
def eye(
    num_rows: Any,
    num_columns: Any = None,
    batch_shape: Any = None,
    dtype: Any = "float32",
    name: str | None = None,
) -> Any:
    """Ones on the diagonal, of matrices in a batch's shape."""
    columns = num_rows if num_columns is None else num_columns
    found = ops.eye(int(num_rows), int(columns), dtype=plain(dtype))
    if batch_shape is None:
        return found
    return ops.broadcast_to(found, (*sizes_of(batch_shape), int(num_rows), int(columns)))


@public
def range(
    start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str | None = None
) -> Any:
    """start, start + delta, ... below limit; of one number, from 0 below it."""
    first, stop = (0, start) if limit is None else (start, limit)
    kinds = [
        v.dtype if isinstance(v, Tensor | np.generic | Variable) else
        ("float32" if isinstance(v, float) else "int32")
        for v in (first, stop, delta)
    ]  # fmt: skip
    kind = plain(dtype) or dtypes.result_type(*(dtypes.standard(k) for k in kinds))
    bounds = [v if isinstance(v, BatchSize) else _number(v) for v in (first, stop, delta)]
    return ops.cast(ops.arange(*bounds), kind)


def _number(value: Any) -> Any:
    return np.asarray(value).item() if isinstance(value, Array | Variable | np.generic) else value


def linspace(start: Any, stop: Any, num: Any, name: str | None = None, axis: int = 0) -> Any:
    """`num` values from start to stop, both among them."""
    floats = [fitted(v, "float32") for v in (start, stop)]
    return ops.linspace(floats[0], floats[1], int(num), axis=axis)


def one_hot(
    indices: Any,
    depth: Any,
    on_value: Any = None,
    off_value: Any = None,
    axis: int | None = None,
    dtype: Any = None,
    name: str | None = None,
) -> Any:
    """on_value in the place of each index, off_value elsewhere: 1 and 0, float32."""
    kind = plain(dtype) or "float32"
    hot = ops.one_hot(indices, int(depth), axis=-1 if axis is None else axis, dtype=kind)
    if on_value is None and off_value is None:
        return hot
    on, off = (1 if on_value is None else on_value), (0 if off_value is None else off_value)
    return ops.where(ops.cast(hot, "bool"), ops.cast(on, kind), ops.cast(off, kind))


def sequence_mask(
    lengths: Any, maxlen: Any = None, dtype: Any = "bool", name: str | None = None
) -> Any:
    """For each length so many True, then False, up to `maxlen` (the longest)."""
    most = int(np.max(np.asarray(lengths))) if maxlen is None else int(maxlen)
    return ops.cast(ops.less(ops.arange(most), ops.expand_dims(lengths, -1)), plain(dtype))


def meshgrid(*args: Any, indexing: str = "xy", name: str | None = None) -> list[Any]:
    """Vectors laid out as grids."""
    return list(ops.meshgrid(*args, indexing=indexing))


# ── laying out ──


@public
def reshape(tensor: Any, shape: Any, name: str | None = None) -> Any:
    """The same entries in row-major order; one size may be -1."""
    if isinstance(tensor, StringTensor):
        return strings(tensor.value.reshape(sizes_of(shape)))
    x = convert_to_tensor(tensor)
    # A batch's extent is worked out, so that it counts what is there.
    sizes = sizes_of(shape)
    return ops.reshape(x, sizes)


@public
def transpose(a: Any, perm: Any = None, conjugate: bool = False, name: str = "transpose") -> Any:
    """The axes in the order `perm`, reversed by default."""
    return ops.transpose(a, None if perm is None else sizes_of(perm))


@public
def expand_dims(input: Any, axis: Any = None, name: str | None = None) -> Any:
    """A new axis of size 1."""
    if is_text(input):
        return strings(np.expand_dims(convert_to_tensor(input).value, int(axis)))
    return ops.expand_dims(convert_to_tensor(input), int(axis))


@public
def squeeze(input: Any, axis: Any = None, name: str | None = None) -> Any:
    """Without axes of size 1: those of `axis`, or all."""
    if isinstance(input, StringTensor):
        return strings(np.squeeze(input.value, axis))
    axes = axis if axis is None or isinstance(axis, int) else sizes_of(axis)
    return ops.squeeze(input, axes or None) if isinstance(axes, tuple) else ops.squeeze(input, axes)


@public
def concat(values: Any, axis: Any, name: str = "concat") -> Any:
    """The tensors one after another along an axis."""
    if isinstance(values, Tensor):
        values = list(values) if len(values.shape) > 1 else [values]
    if any(is_text(value) for value in values):
        return strings(np.concatenate([convert_to_tensor(v).value for v in values], int(axis)))
    sizes = joined(values)
    if sizes is not None:
        return sizes
    like = next((v.dtype for v in values if isinstance(v, Tensor | Variable)), None)
    parts = [v if like is None else fitted(v, like) for v in values]
    return ops.concatenate(parts, int(axis))


@public
def stack(values: Any, axis: int = 0, name: str = "stack") -> Any:
    """The tensors along a new axis."""
    values = list(values)
    if any(isinstance(v, BatchSize) for v in values):
        sizes = joined([[v] for v in values])
        if sizes is not None:
            return sizes
    if any(is_text(value) for value in values):
        return strings(np.stack([convert_to_tensor(v).value for v in values], axis))
    like = next((v.dtype for v in values if isinstance(v, Tensor | Variable)), None)
    return ops.stack([v if like is None else fitted(v, like) for v in values], axis)


def unstack(value: Any, num: int | None = None, axis: int = 0, name: str = "unstack") -> Any:
    """The slices along an axis."""
    if isinstance(value, Sizes):
        return list(value)
    return list(ops.unstack(value, num, axis))


def split(
    value: Any, num_or_size_splits: Any, axis: Any = 0, num: Any = None, name: str = "split"
) -> list[Any]:
    """So many equal parts along an axis, or parts of these sizes, of which one may be -1."""
    count = num_or_size_splits
    if isinstance(count, int | np.integer):
        return list(ops.split(value, int(count), int(axis)))
    lengths = list(sizes_of(count))
    if -1 in lengths:
        rest = int(value.shape[int(axis)]) - sum(n for n in lengths if n != -1)
        lengths[lengths.index(-1)] = rest
    return list(ops.split(value, np.cumsum(lengths)[:-1].tolist(), int(axis)))


def tile(input: Any, multiples: Any, name: str | None = None) -> Any:
    """Copies side by side, so many along each axis."""
    if is_text(input):
        return strings(np.tile(convert_to_tensor(input).value, sizes_of(multiples)))
    return _tile(input, multiples)


@public
def _tile(x: Any, multiples: Any) -> Any:
    return ops.tile(x, sizes_of(multiples))


def repeat(input: Any, repeats: Any, axis: int | None = None, name: str | None = None) -> Any:
    """Each entry so many times, along an axis or all of them flat."""
    counts = repeats if isinstance(repeats, int) else np.asarray(repeats)
    if is_text(input):
        return strings(np.repeat(convert_to_tensor(input).value, counts, axis))
    return ops.repeat(input, counts if isinstance(counts, int) else counts.tolist(), axis)


@public
def broadcast_to(input: Any, shape: Any, name: str | None = None) -> Any:
    """The values in a larger shape."""
    return ops.broadcast_to(convert_to_tensor(input), sizes_of(shape))


def pad(
    tensor: Any,
    paddings: Any,
    mode: str = "CONSTANT",
    constant_values: Any = 0,
    name: str | None = None,
) -> Any:
    """Entries before and after each axis: one value, or the tensor reflected."""
    widths = np.asarray(paddings).tolist()
    kind = mode.lower()
    if kind == "constant":
        return ops.pad(tensor, widths, "constant", constant_values)
    return ops.pad(tensor, widths, kind)


def reverse(tensor: Any, axis: Any, name: str | None = None) -> Any:
    """The entries turned round along axes."""
    return ops.flip(tensor, list(sizes_of(axis)))


def roll(input: Any, shift: Any, axis: Any, name: str | None = None) -> Any:
    """The entries moved along axes, those at the end to the beginning."""
    if isinstance(axis, int):
        return ops.roll(input, int(shift), axis)
    for step, place in zip(sizes_of(shift), sizes_of(axis), strict=True):
        input = ops.roll(input, step, place)
    return input
