"""Tensors from nothing, and what a tensor is."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.graph import dtypes
from lamina.graph.tensor import BatchSize, Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor
from lamina.ops.public import cast_to, public


def convert_to_tensor(x: Any, dtype: Any = None, sparse: Any = None, ragged: Any = None) -> Any:
    """A tensor of numbers, arrays or nested lists; Python floats in floatx, whole numbers int32."""
    kind = None if dtype is None else dtypes.standard(dtype)
    tensor = as_tensor(x, kind)
    return tensor if kind is None else cast(tensor, kind)


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
def stop_gradient(x: Any) -> Tensor:
    """x, through which no gradient flows."""
    return p.stop_gradient(as_tensor(x))


def shape(x: Any) -> tuple[Any, ...]:
    """The sizes of the axes, None where a symbolic tensor leaves one open."""
    return tuple(x.shape) if hasattr(x, "shape") else tuple(as_tensor(x).shape)


def ndim(x: Any) -> int:
    """The number of axes."""
    return len(shape(x))


def size(x: Any) -> Any:
    """The number of elements."""
    return int(np.prod([int(n) for n in shape(x)], dtype="int64"))


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
    given = [v for v in (start, stop, step) if v is not None]
    if dtype is None:
        kinds = [getattr(v, "dtype", type(v)) for v in given]
        dtype = dtypes.result_type(
            *["float" if k is float else "int" if k is int else dtypes.standard(k) for k in kinds]
        )
    kind = dtypes.standard(dtype)
    if isinstance(start, BatchSize) and stop is None and step is None:
        return p.cast(p.iota((start,), 0, "int32"), kind)
    first, last = (0, start) if stop is None else (start, stop)
    return as_tensor(np.arange(first, last, 1 if step is None else step).astype(kind))


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """`num` numbers from start to stop at equal distances."""
    first, last = np.asarray(as_tensor(start)), np.asarray(as_tensor(stop))
    kind = dtypes.standard(dtype) if dtype is not None else dtypes.float_type(
        dtypes.standard(first.dtype), dtypes.standard(last.dtype)
    )  # fmt: skip
    line_of: Any = np.linspace
    values, gap = line_of(
        first.astype("float64"), last.astype("float64"), num, endpoint, True, None, axis
    )
    line = as_tensor(values.astype(kind))
    return (line, as_tensor(np.asarray(gap, kind))) if retstep else line


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


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Tensor:
    """N x M with ones on diagonal k, zeros elsewhere."""
    return as_tensor(np.eye(N, M, k).astype(dtypes.standard(dtype)))


def identity(n: int, dtype: Any = None) -> Tensor:
    """n x n with ones on the diagonal."""
    return eye(n, dtype=dtype)


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Tensor:
    """N x M with ones on and below diagonal k."""
    return as_tensor(np.tri(N, M, k).astype(dtypes.standard(dtype)))
