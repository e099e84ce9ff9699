"""Tensors from nothing, and what a tensor is."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from lamina.errors import ArgumentError, UnsupportedError
from lamina.graph import dtypes, symbolic
from lamina.graph.tensor import BatchSize, KerasTensor, Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.public import axis_of, cast_to, kind_of, public

__all__ = [
    "arange", "array", "cast", "convert_to_numpy", "convert_to_tensor", "copy", "dtype", "empty",
    "empty_like", "eye", "full", "full_like", "geomspace", "identity", "is_tensor", "linspace",
    "logspace", "ndim", "ones", "ones_like", "saturate_cast", "shape", "size", "stop_gradient",
    "tri", "zeros", "zeros_like",
]  # fmt: skip


def convert_to_tensor(x: Any, dtype: Any = None, sparse: Any = None, ragged: Any = None) -> Any:
    """A tensor of numbers, arrays or nested lists; Python floats in floatx, whole numbers int32."""
    if sparse or ragged:
        raise UnsupportedError(
            "ops.convert_to_tensor", "makes dense tensors", f"sparse={sparse}, ragged={ragged}",
            "leave both out",
        )  # fmt: skip
    kind = None if dtype is None else dtypes.standard(dtype)
    tensor = as_tensor(x, kind)
    return tensor if kind is None else cast(tensor, kind)


def array(x: Any, dtype: Any = None) -> Any:
    """A tensor of numbers, arrays or nested lists, as `convert_to_tensor`."""
    return convert_to_tensor(x, dtype)


@public
def copy(x: Any) -> Tensor:
    """The same values: tensors never change, so they need no memory of their own."""
    return as_tensor(x)


def convert_to_numpy(x: Any) -> np.ndarray:
    """The values as a NumPy array of its own."""
    return np.array(as_tensor(x))


def is_tensor(x: Any) -> bool:
    """Whether x is a tensor of lamina's."""
    return isinstance(x, Tensor)


@public
def cast(x: Any, dtype: Any) -> Tensor:
    """The values in another dtype. Float to integer truncates; anything but 0 is True."""
    return cast_to(x, dtypes.standard(dtype))


@public
def saturate_cast(x: Any, dtype: Any) -> Tensor:
    """The values in another dtype, those beyond its bounds at the bound."""
    x = as_tensor(x)
    kind = dtypes.standard(dtype)
    if dtypes.is_integer(x.dtype) and dtypes.is_integer(kind):
        low = builtins.max(dtypes.lowest(kind), dtypes.lowest(x.dtype))
        high = builtins.min(dtypes.highest(kind), dtypes.highest(x.dtype))
        x = p.min_(p.max_(x, low), high)
    # Floats saturate in any cast to whole numbers; to a narrower float, infinity is the bound.
    return p.cast(x, kind)


@public
def stop_gradient(variable: Any) -> Tensor:
    """The variable's values, through which no gradient flows."""
    return p.stop_gradient(as_tensor(variable))


def shape(x: Any) -> tuple[Any, ...]:
    """The sizes of the axes, None where a symbolic tensor leaves one open."""
    return tuple(x.shape) if hasattr(x, "shape") else tuple(as_tensor(x).shape)


def ndim(x: Any) -> int:
    """The number of axes."""
    return len(shape(x))


def size(x: Any) -> Any:
    """The number of elements; of a batch that may be partial, a size that counts what is there."""
    if isinstance(x, KerasTensor):
        return symbolic.record(size, (x,), {}) if None in x.shape else math.prod(x.shape)
    sizes = shape(x)
    plain = math.prod(int.__int__(n) for n in sizes if type(n) is int)
    for n in sizes:
        if isinstance(n, BatchSize):
            return BatchSize(int.__int__(n) * plain, n.trace, n.each * plain)
    return plain


# A symbolic result of it may be a size of another tensor.
size.__gives_size__ = True  # type: ignore[attr-defined]


def dtype(x: Any) -> str:
    """The name of the dtype."""
    return as_tensor(x).dtype


def _sizes(shape: Any) -> tuple[Any, ...]:
    return (shape,) if isinstance(shape, int | np.integer) else tuple(shape)


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Tensor:
    """A tensor of one value, floatx by default."""
    return p.broadcast_to(cast_to(fill_value, dtypes.standard(dtype)), _sizes(shape))


def zeros(shape: Any, dtype: Any = None) -> Tensor:
    """A tensor of zeros, floatx by default."""
    return p.fill(_sizes(shape), 0, dtypes.standard(dtype))


def ones(shape: Any, dtype: Any = None) -> Tensor:
    """A tensor of ones, floatx by default."""
    return p.fill(_sizes(shape), 1, dtypes.standard(dtype))


empty = zeros


@public
def zeros_like(x: Any, dtype: Any = None) -> Tensor:
    """Zeros in the shape, and by default the dtype, of x."""
    return full_like(x, 0, dtype)


@public
def ones_like(x: Any, dtype: Any = None) -> Tensor:
    """Ones in the shape, and by default the dtype, of x."""
    return full_like(x, 1, dtype)


empty_like = zeros_like


@public
def full_like(x: Any, fill_value: Any, dtype: Any = None) -> Tensor:
    """One value in the shape, and by default the dtype, of x."""
    x = as_tensor(x)
    kind = x.dtype if dtype is None else dtypes.standard(dtype)
    return p.broadcast_to(cast_to(fill_value, kind), tuple(x.shape))


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Tensor:
    """start, start + step, ... below stop; from 0 if only `start` is given."""
    if dtype is None:
        dtype = dtypes.result_type(*(kind_of(v) for v in (start, stop, step) if v is not None))
    kind = dtypes.standard(dtype)
    if isinstance(start, BatchSize) and stop is None and step is None:
        return p.cast(p.iota((start,), 0, "int32"), kind)
    first, last = (0, start) if stop is None else (start, stop)
    line_of: Any = np.arange
    values = line_of(
        *(np.asarray(as_tensor(v)) for v in (first, last, 1 if step is None else step))
    )
    return as_tensor(values.astype(kind))


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """`num` numbers from start to stop at equal distances, along a new axis.

    Start and stop may be tensors. With `endpoint` the last number is stop itself; with `retstep`
    the distance is returned too. Whole numbers are rounded down.
    """
    if num < 0:
        raise ArgumentError("ops.linspace", "makes 0 numbers or more", f"num={num}", "pass num=50")
    if symbolic.is_symbolic(start, stop):
        return symbolic.record(linspace, (start, stop, num, endpoint, retstep, dtype, axis), {})
    inner = dtypes.float_type(kind_of(start), kind_of(stop))
    kind = inner if dtype is None else dtypes.standard(dtype)
    # Numbers are laid out in float64 and rounded once; tensors in their own dtype.
    numbers = all(isinstance(v, int | float) for v in (start, stop))
    first, last = (cast_to(v, "float64" if numbers else inner) for v in (start, stop))
    steps = max(num - 1 if endpoint else num, 1)
    gap = p.div(p.sub(last, first), float(steps))
    rank = max(first.ndim, last.ndim)
    place = axis_of("linspace", axis, rank + 1)
    line = p.iota([num if i == place else 1 for i in range(rank + 1)], place, first.dtype)
    share = p.div(line, float(steps))
    low, high = (_with_axis(v, rank, place) for v in (first, last))
    values = p.add(p.mul(low, p.sub(1.0, share)), p.mul(high, share))
    values = p.floor(values) if dtypes.is_integer(kind) else values
    return (p.cast(values, kind), p.cast(gap, kind)) if retstep else p.cast(values, kind)


def _with_axis(x: Tensor, rank: int, place: int) -> Tensor:
    """x in `rank` axes, and a new one at `place`."""
    sizes = [1] * (rank - x.ndim) + list(shape_of(x))
    return p.reshape(x, [*sizes[:place], 1, *sizes[place:]])


def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: float = 10,
    dtype: Any = None,
    axis: int = 0,
) -> Tensor:
    """`num` numbers from base^start to base^stop at equal ratios."""
    kind = dtypes.standard(dtype)
    first, last = np.asarray(as_tensor(start)), np.asarray(as_tensor(stop))
    return as_tensor(np.logspace(first, last, num, endpoint, base, None, axis).astype(kind))


def geomspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    dtype: Any = None,
    axis: int = 0,
) -> Tensor:
    """`num` numbers from start to stop at equal ratios."""
    kind = dtypes.standard(dtype)
    first, last = np.asarray(as_tensor(start)), np.asarray(as_tensor(stop))
    return as_tensor(np.geomspace(first, last, num, endpoint, None, axis).astype(kind))


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Tensor:
    """N x M with ones on diagonal k, zeros elsewhere."""
    return as_tensor(np.eye(N, M, k).astype(dtypes.standard(dtype)))


def identity(n: int, dtype: Any = None) -> Tensor:
    """n x n with ones on the diagonal."""
    return eye(n, dtype=dtype)


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Tensor:
    """N x M with ones on and below diagonal k."""
    return as_tensor(np.tri(N, M, k).astype(dtypes.standard(dtype)))
