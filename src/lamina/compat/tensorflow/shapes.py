"""Shapes as TensorFlow has them: `TensorShape`, `TensorSpec`, and `tf.shape` as a value.

In a trace the batch's extent counts the rows that are there; `Sizes` keeps it as it is, so that it
can again be the size of a tensor.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from lamina import ops
from lamina.compat.tensorflow.dtypes import DType, as_dtype
from lamina.graph import symbolic
from lamina.graph.tensor import Array, BatchSize, KerasTensor, Tensor, give_operators
from lamina.graph.variable import Variable

__all__ = ["TensorShape", "TensorSpec", "ensure_shape", "rank", "shape", "size"]


class TensorShape(tuple[Any, ...]):
    """The sizes of axes, None where open: a tuple with TensorFlow's methods."""

    __slots__ = ()

    def __new__(cls, dims: Any = ()) -> TensorShape:
        given = (dims,) if isinstance(dims, int | np.integer) else tuple(dims or ())
        return super().__new__(cls, given)

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self)

    ndims = rank

    @property
    def dims(self) -> list[Any]:
        """The sizes."""
        return list(self)

    def as_list(self) -> list[Any]:
        """The sizes as a list."""
        return list(self)

    def num_elements(self) -> int | None:
        """The number of entries, None if a size is open."""
        return None if None in self else math.prod(self)

    def is_fully_defined(self) -> bool:
        """Whether no size is open."""
        return None not in self

    def is_compatible_with(self, other: Any) -> bool:
        """Whether one shape can be both."""
        other = TensorShape(other)
        pairs = zip(self, other, strict=False)
        return len(self) == len(other) and all(n == m or None in (n, m) for n, m in pairs)

    def assert_is_compatible_with(self, other: Any) -> None:
        """Raises: ValueError unless one shape can be both."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {tuple(self)} and {tuple(other)} are incompatible")

    def concatenate(self, other: Any) -> TensorShape:
        """The sizes of both, one after another."""
        return TensorShape((*self, *TensorShape(other)))

    def with_rank(self, rank: int) -> TensorShape:
        """The shape itself. Raises: ValueError if it has another number of axes."""
        if len(self) != rank:
            raise ValueError(f"Shape {tuple(self)} must have rank {rank}")
        return self

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return TensorShape(found) if isinstance(key, slice) else found

    def __add__(self, other: Any) -> TensorShape:
        return self.concatenate(other)

    def __radd__(self, other: Any) -> TensorShape:
        return TensorShape((*other, *self))

    def __str__(self) -> str:
        return str(tuple(self))

    def __repr__(self) -> str:
        return f"TensorShape({list(self)})"


class TensorSpec:
    """What a tensor is to be: a shape, a dtype, a name."""

    def __init__(self, shape: Any, dtype: Any = "float32", name: str | None = None) -> None:
        self.shape = None if shape is None else TensorShape(shape)
        self.dtype: DType = as_dtype(dtype)
        self.name = name

    @classmethod
    def from_tensor(cls, tensor: Any, name: str | None = None) -> TensorSpec:
        """The form of a tensor."""
        return cls(tensor.shape, tensor.dtype, name)

    @classmethod
    def from_spec(cls, spec: Any, name: str | None = None) -> TensorSpec:
        """The form of another one."""
        return cls(spec.shape, spec.dtype, name or spec.name)

    def is_compatible_with(self, other: Any) -> bool:
        """Whether a tensor, or what another spec describes, is of this form."""
        fits = self.shape is None or self.shape.is_compatible_with(other.shape)
        return fits and self.dtype == other.dtype

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TensorSpec) and (self.shape, self.dtype) == (
            other.shape, other.dtype,
        )  # fmt: skip

    def __hash__(self) -> int:
        return hash((self.shape, self.dtype))

    def __repr__(self) -> str:
        shape = None if self.shape is None else tuple(self.shape)
        return f"TensorSpec(shape={shape}, dtype=tf.{self.dtype}, name={self.name!r})"


class Sizes(tuple[Any, ...]):
    """`tf.shape` of a tensor whose batch may be partial: a vector that can also be a shape."""

    __slots__ = ()
    __array_priority__ = 100
    shape = property(lambda self: TensorShape((len(self),)))
    dtype = property(lambda self: as_dtype("int32"))
    __hash__ = tuple.__hash__

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return vector(found) if isinstance(key, slice) else found

    def __lamina_tensor__(self) -> Tensor:
        """The sizes as an int32 vector."""
        return ops.stack([ops.convert_to_tensor(n, "int32") for n in self])


give_operators(Sizes)


def vector(sizes: Iterable[Any]) -> Any:
    """Sizes as a tensor, or as `Sizes` where one counts what is there."""
    found = tuple(sizes)
    if any(isinstance(n, BatchSize | KerasTensor) for n in found):
        return Sizes(found)
    return Array(np.asarray([int(n) for n in found], "int32"))


def sizes_of(shape: Any) -> tuple[Any, ...]:
    """The sizes that a program means by a number, a list, a tensor or a mixture of them."""
    if isinstance(shape, Tensor | Variable | np.ndarray):
        given = np.asarray(shape).reshape(-1).tolist()
    elif isinstance(shape, int | np.integer):
        given = [shape]
    else:
        given = list(shape)
    kept = BatchSize | KerasTensor
    return tuple(n if isinstance(n, kept) or n is None else int(n) for n in given)


def joined(parts: Iterable[Any]) -> Any:
    """Vectors of sizes one after another, or None where a part is something else."""
    given = list(parts)
    if not any(isinstance(part, Sizes | BatchSize) or _holds_size(part) for part in given):
        return None
    found: list[Any] = []
    for part in given:
        if not isinstance(part, Sizes | list | tuple | int | Array | np.ndarray):
            return None
        found += sizes_of(part)
    return vector(found)


def _holds_size(part: Any) -> bool:
    return isinstance(part, list | tuple) and any(isinstance(n, BatchSize) for n in part)


def extent(x: Any, axis: int) -> Any:
    """How long an axis is; of a batch, how many rows are there."""
    if isinstance(x, KerasTensor) and x.shape[axis] is None:
        return symbolic.record(extent, (x, axis), {})
    return tuple(x.shape)[axis]


extent.__gives_size__ = True  # type: ignore[attr-defined]


def shape(input: Any, out_type: Any = "int32", name: str | None = None) -> Any:
    """The sizes of the axes as a vector of whole numbers."""
    x = input if hasattr(input, "shape") else ops.convert_to_tensor(input)
    found = vector(extent(x, axis) for axis in range(len(x.shape)))
    return ops.cast(found, out_type) if isinstance(found, Array) else found


def size(input: Any, out_type: Any = "int32", name: str | None = None) -> Any:
    """The number of entries."""
    found = ops.size(input)
    return Array(np.asarray(found, str(out_type))) if type(found) is int else found


def rank(input: Any, name: str | None = None) -> Any:
    """The number of axes, as a tensor."""
    return Array(np.asarray(ops.ndim(input), "int32"))


def ensure_shape(x: Any, shape: Any, name: str | None = None) -> Any:
    """x itself. Raises: ValueError if its shape is another."""
    TensorShape(x.shape).assert_is_compatible_with(shape)
    return x
