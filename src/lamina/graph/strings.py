"""Strings as tensors: what layers that map to words return. They live on the host only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from lamina.graph.tensor import Array, Tensor

# The dtype of symbolic tensors that stand for strings.
STRING = "string"
# Bytes that are no text, such as a picture's, come out again as they went in.
KEPT = "surrogateescape"


class StringTensor:
    """An immutable array of strings, in the manner of TensorFlow's: `numpy()` gives bytes.

    Args:
        value: an array of objects, each a str.
    """

    dtype = STRING

    def __init__(self, value: np.ndarray) -> None:
        self.value = value

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of the axes."""
        return self.value.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.value.ndim

    def numpy(self) -> Any:
        """The strings in UTF-8: an array of bytes, or bytes."""
        found = np.empty(self.shape, object)
        for place, text in np.ndenumerate(self.value):
            found[place] = text.encode("utf-8", KEPT)
        return found if self.ndim else found.item()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        del copy
        return np.asarray(self.numpy(), dtype)

    def tolist(self) -> Any:
        """The strings as nested lists of bytes."""
        return np.asarray(self.numpy(), object).tolist()

    def __getitem__(self, key: Any) -> StringTensor:
        found = np.empty((), object)
        part = self.value[key]
        if isinstance(part, np.ndarray):
            return StringTensor(part)
        found[()] = part
        return StringTensor(found)

    def __iter__(self) -> Iterator[StringTensor]:
        return (self[i] for i in range(len(self)))

    def __len__(self) -> int:
        return len(self.value)

    def __bool__(self) -> bool:
        return bool(self.value.item())

    def __add__(self, other: Any) -> StringTensor:
        return StringTensor(np.asarray(self.value + texts(other), object))

    def __radd__(self, other: Any) -> StringTensor:
        return StringTensor(np.asarray(texts(other) + self.value, object))

    def __eq__(self, other: Any) -> Any:
        return Array(np.asarray(self.value == texts(other)))

    def __ne__(self, other: Any) -> Any:
        return Array(np.asarray(self.value != texts(other)))

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"StringTensor({self.value.tolist()!r}, shape={self.shape})"


def texts(value: Any, encoding: str = "utf-8") -> np.ndarray:
    """Strings, bytes, or numbers, in arrays or nested lists, as an array of objects (str)."""
    if isinstance(value, StringTensor):
        return value.value
    array = np.asarray(value)
    if array.dtype.kind == "S" and not isinstance(value, np.ndarray):
        array = np.asarray(value, object)  # NumPy's own bytes end before their last zeros
    found = np.empty(array.shape, object)
    for place, text in np.ndenumerate(array):
        found[place] = text.decode(encoding, KEPT) if isinstance(text, bytes) else str(text)
    return found


def is_text(value: Any) -> bool:
    """Whether a value is a string, or an array or a list of strings."""
    if isinstance(value, StringTensor | str | bytes):
        return True
    if isinstance(value, Tensor):
        return False
    if isinstance(value, list | tuple):
        return bool(len(value)) and is_text(value[0])
    if not isinstance(value, np.ndarray) and hasattr(value, "__array__"):
        value = np.asarray(value)
    if not isinstance(value, np.ndarray):
        return False
    if value.dtype.kind in "USTO" and value.size:
        return isinstance(value.flat[0], str | bytes)
    return value.dtype.kind in "UST"
