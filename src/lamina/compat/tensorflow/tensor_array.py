"""`tf.TensorArray`: tensors by number, written one by one and stacked at the end."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina import ops
from lamina.compat.tensorflow.arrays import convert_to_tensor
from lamina.errors import ArgumentError
from lamina.graph.strings import StringTensor
from lamina.graph.tensor import Array

__all__ = ["TensorArray"]


class TensorArray:
    """Tensors by number. Each method that writes returns an array; the one before stays as it was.

    Args:
        dtype: that of the elements.
        size: how many there are.
        dynamic_size: whether a write past the end makes the array longer.
        element_shape: the shape of elements that were not written.
    """

    def __init__(
        self,
        dtype: Any,
        size: Any = None,
        dynamic_size: bool | None = None,
        clear_after_read: Any = None,
        tensor_array_name: Any = None,
        handle: Any = None,
        flow: Any = None,
        infer_shape: bool = True,
        element_shape: Any = None,
        colocate_with_first_write_call: bool = True,
        name: Any = None,
    ) -> None:
        self.dtype, self.dynamic_size = dtype, bool(dynamic_size)
        self.element_shape = element_shape
        self._items: list[Any] = [None] * (0 if size is None else _number(size))

    def _with(self, items: list[Any]) -> TensorArray:
        found = TensorArray(
            self.dtype, len(items), self.dynamic_size, element_shape=self.element_shape
        )
        found._items = items
        return found

    def write(self, index: Any, value: Any, name: Any = None) -> TensorArray:
        """The array with this value at a place. Raises: ArgumentError for a place past the end."""
        place, items = _number(index), list(self._items)
        if place >= len(items):
            if not self.dynamic_size:
                raise ArgumentError(
                    "tf.TensorArray.write", f"has places 0 to {len(items) - 1}", str(place),
                    "make it larger, or pass dynamic_size=True",
                )  # fmt: skip
            items += [None] * (place + 1 - len(items))
        items[place] = convert_to_tensor(value, self.dtype)
        return self._with(items)

    def read(self, index: Any, name: Any = None) -> Any:
        """The value at a place; zeros where none was written."""
        return self._filled()[_number(index)]

    def stack(self, name: Any = None) -> Any:
        """All values as one tensor with a new first axis."""
        items = self._filled()
        if not items:
            return ops.zeros((0, *(self.element_shape or ())), str(self.dtype))
        if isinstance(items[0], StringTensor):
            return StringTensor(np.stack([item.value for item in items]))
        return ops.stack(items)

    def gather(self, indices: Any, name: Any = None) -> Any:
        """The values at these places as one tensor."""
        items = self._filled()
        return self._with([items[i] for i in np.asarray(indices).reshape(-1)]).stack()

    def concat(self, name: Any = None) -> Any:
        """All values as one tensor, one behind another along their first axis."""
        return ops.concatenate(self._filled())

    def unstack(self, value: Any, name: Any = None) -> TensorArray:
        """The array of the rows of a tensor."""
        tensor = convert_to_tensor(value, self.dtype)
        return self._with([tensor[i] for i in range(int(tensor.shape[0]))])

    def scatter(self, indices: Any, value: Any, name: Any = None) -> TensorArray:
        """The array with the rows of a tensor at these places."""
        found: TensorArray = self
        for i, place in enumerate(np.asarray(indices).reshape(-1)):
            found = found.write(place, value[i])
        return found

    def split(self, value: Any, lengths: Any, name: Any = None) -> TensorArray:
        """The array of the parts of a tensor that have these lengths."""
        tensor, ends = convert_to_tensor(value, self.dtype), np.cumsum(np.asarray(lengths))
        starts = ends - np.asarray(lengths)
        return self._with([tensor[a:b] for a, b in zip(starts, ends, strict=True)])

    def size(self, name: Any = None) -> Array:
        """How many values there are, int32."""
        return Array(np.asarray(len(self._items), "int32"))

    def identity(self) -> TensorArray:
        """The array."""
        return self

    mark_used = identity

    def close(self, name: Any = None) -> None:
        """Forgets the values."""
        self._items = []

    def _filled(self) -> list[Any]:
        known = next((item for item in self._items if item is not None), None)
        if known is not None:
            return [ops.zeros_like(known) if item is None else item for item in self._items]
        shape = tuple(self.element_shape or ())
        return [ops.zeros(shape, str(self.dtype)) for _ in self._items]


def _number(index: Any) -> int:
    return int(np.asarray(index))
