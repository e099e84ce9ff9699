"""`tf.lookup`: tables from keys to values, on the host."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from lamina.compat.tensorflow.arrays import convert_to_tensor
from lamina.compat.tensorflow.dtypes import STRING, as_dtype
from lamina.compat.tensorflow.meeting import strings
from lamina.compat.tensorflow.ragged import RaggedTensor
from lamina.graph.strings import StringTensor, texts
from lamina.graph.tensor import Array

__all__ = [
    "KeyValueTensorInitializer", "MutableHashTable", "StaticHashTable", "StaticVocabularyTable",
    "TextFileIndex", "TextFileInitializer",
]  # fmt: skip


def _is_text(values: Any) -> bool:
    return isinstance(values, StringTensor) or np.asarray(values).dtype.kind in "OSU"


def _listed(values: Any) -> list[Any]:
    array = texts(values) if _is_text(values) else np.asarray(values)
    found: list[Any] = array.reshape(-1).tolist()
    return found


class KeyValueTensorInitializer:
    """Keys and their values; `name` and the dtypes follow from them where they are left out."""

    def __init__(
        self, keys: Any, values: Any, key_dtype: Any = None, value_dtype: Any = None,
        name: Any = None,
    ) -> None:  # fmt: skip
        self.pairs = dict(zip(_listed(keys), _listed(values), strict=True))
        self.key_dtype = as_dtype(key_dtype or _kind(keys))
        self.value_dtype = as_dtype(value_dtype or _kind(values))


def _kind(values: Any) -> str:
    return STRING if _is_text(values) else str(convert_to_tensor(values).dtype)


class TextFileIndex:
    """What of a line is a key or a value: its number, all of it, or a column by number."""

    LINE_NUMBER, WHOLE_LINE = -1, -2


class TextFileInitializer:
    """Keys and values from the lines of a file."""

    def __init__(
        self, filename: Any, key_dtype: Any, key_index: int, value_dtype: Any, value_index: int,
        vocab_size: int | None = None, delimiter: str = "\t", name: Any = None,
    ) -> None:  # fmt: skip
        with open(str(texts(filename).item()), encoding="utf-8") as file:
            lines = [line.rstrip("\n") for line in file][:vocab_size]
        self.key_dtype, self.value_dtype = as_dtype(key_dtype), as_dtype(value_dtype)

        def part(number: int, line: str, which: int, dtype: Any) -> Any:
            found: Any = number if which == TextFileIndex.LINE_NUMBER else line
            found = line.split(delimiter)[which] if which >= 0 else found
            return str(found) if dtype == STRING else np.dtype(str(dtype)).type(found).item()

        self.pairs = {
            part(i, line, key_index, self.key_dtype): part(i, line, value_index, self.value_dtype)
            for i, line in enumerate(lines)
        }


class MutableHashTable:
    """A table that entries can be put into.

    Args:
        key_dtype, value_dtype: those of the tensors.
        default_value: the value of keys that are not there.
    """

    def __init__(
        self, key_dtype: Any, value_dtype: Any, default_value: Any, name: Any = None, **hints: Any
    ) -> None:
        self.key_dtype, self.value_dtype = as_dtype(key_dtype), as_dtype(value_dtype)
        self._default = _listed(default_value)[0]
        self._pairs: dict[Any, Any] = {}

    def _values(self, keys: Any) -> list[Any]:
        return [self._pairs.get(key, self._default) for key in _listed(keys)]

    def lookup(self, keys: Any, name: Any = None) -> Any:
        """The values of keys, in their shape."""
        if isinstance(keys, RaggedTensor):
            return keys.map(self.lookup)
        return _tensor(self._values(keys), self.value_dtype, np.shape(keys))

    __getitem__ = lookup

    def insert(self, keys: Any, values: Any, name: Any = None) -> None:
        """Puts entries in, in place of earlier ones."""
        self._pairs |= dict(zip(_listed(keys), _listed(values), strict=True))

    def remove(self, keys: Any, name: Any = None) -> None:
        """Takes entries out."""
        for key in _listed(keys):
            self._pairs.pop(key, None)

    def size(self, name: Any = None) -> Array:
        """How many entries there are, int64."""
        return Array(np.asarray(len(self._pairs), "int64"))

    def export(self, name: Any = None) -> tuple[Any, Any]:
        """All keys, and their values."""
        shape = (len(self._pairs),)
        keys, values = list(self._pairs), list(self._pairs.values())
        return _tensor(keys, self.key_dtype, shape), _tensor(values, self.value_dtype, shape)


class StaticHashTable(MutableHashTable):
    """A table of given keys and values, with a default for other keys."""

    def __init__(
        self, initializer: Any, default_value: Any, name: Any = None, **hints: Any
    ) -> None:
        super().__init__(initializer.key_dtype, initializer.value_dtype, default_value)
        self._pairs = dict(initializer.pairs)

    insert = remove = None  # type: ignore[assignment]


class StaticVocabularyTable(StaticHashTable):
    """A table to numbers, in which other keys get one of some numbers behind the known ones."""

    def __init__(
        self, initializer: Any, num_oov_buckets: int, lookup_key_dtype: Any = None,
        name: Any = None, **hints: Any,
    ) -> None:  # fmt: skip
        super().__init__(initializer, -1)
        self._buckets = int(num_oov_buckets)

    def _values(self, keys: Any) -> list[Any]:
        known = len(self._pairs)
        return [
            self._pairs[key] if key in self._pairs
            else known + zlib.crc32(str(key).encode()) % self._buckets
            for key in _listed(keys)
        ]  # fmt: skip


def _tensor(values: list[Any], dtype: Any, shape: Any) -> Any:
    if dtype == STRING:
        found = np.empty(len(values), object)
        found[:] = values
        return strings(found.reshape(shape))
    return convert_to_tensor(np.asarray(values, str(dtype)).reshape(shape))
