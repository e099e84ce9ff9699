"""`tf.RaggedTensor`: rows of different lengths, as far as programs for texts need them."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from lamina.compat.tensorflow.arrays import convert_to_tensor
from lamina.compat.tensorflow.meeting import strings
from lamina.compat.tensorflow.shapes import TensorShape
from lamina.graph.strings import StringTensor
from lamina.graph.tensor import Array

__all__ = ["RaggedTensor", "boolean_mask", "constant", "range", "stack"]


class RaggedTensor:
    """Rows of different lengths, each a tensor.

    Args:
        rows: tensors of numbers or of strings, all of one dtype.
    """

    def __init__(self, rows: Sequence[Any]) -> None:
        self.rows = [convert_to_tensor(row) for row in rows]

    @classmethod
    def from_row_lengths(cls, values: Any, row_lengths: Any, **hints: Any) -> RaggedTensor:
        """Values cut into rows of these lengths."""
        ends = np.cumsum(np.asarray(row_lengths))
        return cls.from_row_splits(values, [0, *ends.tolist()])

    @classmethod
    def from_row_splits(cls, values: Any, row_splits: Any, **hints: Any) -> RaggedTensor:
        """Values cut at these places, the first 0 and the last their number."""
        x, cuts = convert_to_tensor(values), np.asarray(row_splits).tolist()
        return cls([x[a:b] for a, b in itertools.pairwise(cuts)])

    @classmethod
    def from_tensor(cls, tensor: Any, lengths: Any = None, padding: Any = None) -> RaggedTensor:
        """The rows of a tensor, cut to lengths, or where only padding follows."""
        rows = list(convert_to_tensor(tensor))
        if lengths is not None:
            sizes = np.asarray(lengths).tolist()
        elif padding is not None:
            kept = [np.flatnonzero(np.asarray(row) != padding) for row in rows]
            sizes = [int(k[-1]) + 1 if len(k) else 0 for k in kept]
        else:
            sizes = [len(row) for row in rows]
        return cls([row[:n] for row, n in zip(rows, sizes, strict=True)])

    @property
    def shape(self) -> TensorShape:
        """(rows, None, ...)."""
        inner = tuple(self.rows[0].shape)[1:] if self.rows else ()
        return TensorShape((len(self.rows), None, *inner))

    @property
    def dtype(self) -> Any:
        """The dtype of the values."""
        return self.rows[0].dtype if self.rows else "float32"

    @property
    def flat_values(self) -> Any:
        """All values one after another."""
        return self._like(np.concatenate([_host(row) for row in self.rows]))

    values = flat_values

    @property
    def row_splits(self) -> Array:
        """Where rows begin, and the number of values."""
        lengths = [len(row) for row in self.rows]
        return Array(np.cumsum([0, *lengths]).astype("int64"))

    def row_lengths(self, axis: int = 1, name: Any = None) -> Array:
        """How long each row is."""
        return Array(np.asarray([len(row) for row in self.rows], "int64"))

    def nrows(self, out_type: Any = None, name: Any = None) -> Array:
        """How many rows there are."""
        return Array(np.asarray(len(self.rows), "int64"))

    def bounding_shape(self, axis: Any = None, **hints: Any) -> Array:
        """The number of rows and the length of the longest."""
        return Array(np.asarray([len(self.rows), max(map(len, self.rows), default=0)], "int64"))

    def to_tensor(self, default_value: Any = None, name: Any = None, shape: Any = None) -> Any:
        """The rows filled up to the longest, or cut and filled to a shape."""
        most = max(map(len, self.rows), default=0)
        if shape is not None and len(shape) > 1 and shape[1] is not None:
            most = int(shape[1])
        is_text = bool(self.rows) and isinstance(self.rows[0], StringTensor)
        fill = default_value if default_value is not None else "" if is_text else 0
        inner = tuple(self.rows[0].shape)[1:] if self.rows else ()
        kind = object if is_text or not self.rows else str(self.dtype)
        found = np.full((len(self.rows), most, *inner), fill, kind)
        for place, row in zip(found, self.rows, strict=True):
            place[: min(len(row), most)] = _host(row)[:most]
        return self._like(found)

    def to_list(self) -> list[Any]:
        """Nested lists."""
        return [row.tolist() for row in self.rows]

    def numpy(self) -> np.ndarray:
        """An array of arrays, or one array if the rows are of one length."""
        arrays = [row.numpy() for row in self.rows]
        if len({len(a) for a in arrays}) == 1:
            return np.stack(arrays)
        found = np.empty(len(arrays), object)
        found[:] = arrays
        return found

    def map(self, function: Callable[[Any], Any]) -> RaggedTensor:
        """A function of each row."""
        return RaggedTensor([function(row) for row in self.rows])

    def _like(self, values: np.ndarray) -> Any:
        return strings(values) if values.dtype == object else Array(values)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, tuple):
            first, *rest = key
            found = self[first]
            inner = tuple(rest) if len(rest) > 1 else rest[0]
            return (
                found.map(lambda row: row[inner])
                if isinstance(found, RaggedTensor)
                else found[inner]
            )
        if isinstance(key, slice):
            return RaggedTensor(self.rows[key])
        return self.rows[int(key)]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"<tf.RaggedTensor {self.to_list()}>"


def _host(row: Any) -> np.ndarray:
    return row.value if isinstance(row, StringTensor) else np.asarray(row)


def row_by_row(call: Callable[..., Any]) -> Callable[..., Any]:
    """A call of a layer that takes ragged rows one by one."""

    @functools.wraps(call)
    def of_rows(self: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(inputs, RaggedTensor):
            return inputs.map(lambda row: call(self, row, *args, **kwargs))
        return call(self, inputs, *args, **kwargs)

    return of_rows


def constant(pylist: Any, dtype: Any = None, **hints: Any) -> RaggedTensor:
    """Rows of nested lists."""
    return RaggedTensor([convert_to_tensor(row, dtype) for row in pylist])


def range(starts: Any, limits: Any = None, deltas: Any = 1, **hints: Any) -> RaggedTensor:
    """Rows that count."""
    first, stop = (0, starts) if limits is None else (starts, limits)
    low, high, step = np.broadcast_arrays(*map(np.asarray, (first, stop, deltas)))
    return RaggedTensor([np.arange(a, b, d) for a, b, d in zip(low, high, step, strict=True)])


def stack(values: Any, axis: int = 0, name: Any = None) -> RaggedTensor:
    """Tensors of different lengths as rows."""
    return RaggedTensor(values)


def boolean_mask(data: Any, mask: Any, name: Any = None) -> RaggedTensor:
    """The entries of each row where the mask is True."""
    pairs = zip(data, mask, strict=True)
    return RaggedTensor([row[np.flatnonzero(np.asarray(flags))] for row, flags in pairs])
