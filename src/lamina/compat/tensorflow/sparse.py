"""`tf.sparse`: values at places, to be made dense: there is no arithmetic with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.compat.tensorflow.arrays import convert_to_tensor
from lamina.compat.tensorflow.meeting import strings
from lamina.graph.strings import StringTensor, texts

__all__ = ["SparseTensor", "from_dense", "reorder", "to_dense"]


class SparseTensor:
    """Values at places of a tensor that is empty elsewhere.

    Args:
        indices: (n, axes); values: (n,); dense_shape: the size of each axis.
    """

    def __init__(self, indices: Any, values: Any, dense_shape: Any) -> None:
        self._shape = tuple(int(n) for n in np.asarray(dense_shape).reshape(-1))
        self._places = np.asarray(indices, "int64").reshape(-1, len(self._shape))
        is_text = isinstance(values, StringTensor)
        self.values = values if is_text else convert_to_tensor(values)

    @property
    def indices(self) -> Any:
        """The places (n, axes), int64."""
        return convert_to_tensor(self._places)

    @property
    def dense_shape(self) -> Any:
        """The size of each axis, int64."""
        return convert_to_tensor(np.asarray(self._shape, "int64"))

    @property
    def shape(self) -> tuple[int, ...]:
        """The size of each axis."""
        return self._shape

    @property
    def dtype(self) -> Any:
        """That of the values."""
        return self.values.dtype

    @staticmethod
    def stack(parts: Sequence[SparseTensor]) -> SparseTensor:
        """Sparse vectors as the rows of one, as long as the longest."""
        rows = np.repeat(np.arange(len(parts)), [len(p._places) for p in parts])
        places = np.concatenate([p._places for p in parts])
        held = [texts(p.values) if isinstance(p.values, StringTensor) else np.asarray(p.values)
                for p in parts]  # fmt: skip
        values = np.concatenate(held)
        shape = (len(parts), max(p._shape[0] for p in parts))
        found = strings(values) if values.dtype == object else values
        return SparseTensor(np.column_stack([rows, places]), found, shape)


def to_dense(
    sp_input: Any, default_value: Any = None, validate_indices: bool = True, name: Any = None
) -> Any:
    """The tensor, with `default_value`, 0 or the empty string, where there is no value."""
    if not isinstance(sp_input, SparseTensor):
        return sp_input
    is_text = isinstance(sp_input.values, StringTensor)
    held = texts(sp_input.values) if is_text else np.asarray(sp_input.values)
    empty = ("" if is_text else 0) if default_value is None else default_value
    found = np.full(sp_input.shape, texts(empty).item() if is_text else empty, held.dtype)
    found[tuple(sp_input._places.T)] = held
    return strings(found) if is_text else convert_to_tensor(found)


def from_dense(tensor: Any, name: Any = None) -> SparseTensor:
    """The places and values of a tensor that are not 0."""
    array = np.asarray(tensor)
    places = np.argwhere(array)
    return SparseTensor(places, array[tuple(places.T)], array.shape)


def reorder(sp_input: SparseTensor, name: Any = None) -> SparseTensor:
    """The same, its places row by row."""
    order = np.lexsort(sp_input._places.T[::-1])
    held = texts(sp_input.values) if isinstance(sp_input.values, StringTensor) else sp_input.values
    values = np.asarray(held)[order]
    found = strings(values) if values.dtype == object else values
    return SparseTensor(sp_input._places[order], found, sp_input.shape)
