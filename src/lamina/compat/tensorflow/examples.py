"""`tf.train.Example` and what reads it: features of bytes, floats and whole numbers as a message.

The messages are protocol buffers (TensorFlow, core/example/feature.proto); a tensor as bytes is a
`TensorProto`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from lamina.compat.tensorflow.arrays import convert_to_tensor
from lamina.compat.tensorflow.dtypes import STRING, as_dtype
from lamina.compat.tensorflow.meeting import strings
from lamina.compat.tensorflow.sparse import SparseTensor
from lamina.errors import ArgumentError
from lamina.graph.strings import StringTensor

__all__ = [
    "BytesList", "Example", "Feature", "Features", "FixedLenFeature", "FixedLenSequenceFeature",
    "FloatList", "Int64List", "VarLenFeature", "parse_example", "parse_single_example",
    "parse_tensor", "serialize_tensor",
]  # fmt: skip

_WHOLE, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5  # how a field is written
# TensorFlow's numbers of dtypes.
NUMBERS = {
    "float32": 1, "float64": 2, "int32": 3, "uint8": 4, "int16": 5, "int8": 6, STRING: 7,
    "int64": 9, "bool": 10, "uint16": 17, "uint32": 22, "uint64": 23,
}  # fmt: skip


# ── protocol buffers ──


def varint(number: int) -> bytes:
    """A whole number, seven bits a byte."""
    number &= (1 << 64) - 1
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def field(number: int, content: bytes) -> bytes:
    """A field of bytes."""
    return varint(number << 3 | _BYTES) + varint(len(content)) + content


def fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """(number, value) of each field: an int, or bytes."""
    at = 0
    while at < len(message):
        key, at = _read_varint(message, at)
        kind = key & 7
        if kind == _WHOLE:
            value, at = _read_varint(message, at)
            yield key >> 3, value
            continue
        size = {_EIGHT: 8, _FOUR: 4}.get(kind)
        if size is None:
            size, at = _read_varint(message, at)
        if kind not in (_EIGHT, _BYTES, _FOUR) or at + size > len(message):
            raise ArgumentError(
                "tf.train.Example", "is no whole message", f"{len(message)} bytes",
                "pass what SerializeToString() returned",
            )  # fmt: skip
        yield key >> 3, message[at : at + size]
        at += size


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    found = shift = 0
    while at < len(message):
        byte, at = message[at], at + 1
        found |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    return found, at


def _varints(content: bytes) -> list[int]:
    found, at = [], 0
    while at < len(content):
        number, at = _read_varint(content, at)
        found.append(number - (1 << 64) if number >= 1 << 63 else number)
    return found


# ── the messages ──


class _Values:
    """A list of values of one kind."""

    kind = 0

    def __init__(self, value: Any = ()) -> None:
        given = value.numpy() if hasattr(value, "numpy") else value
        self.value: list[Any] = [self._of(v) for v in given]

    @staticmethod
    def _of(value: Any) -> Any:
        return value

    def packed(self) -> bytes:
        """The values as bytes."""
        raise NotImplementedError

    def take(self, content: Any) -> None:
        """Adds what a field holds."""
        raise NotImplementedError


class BytesList(_Values):
    """Bytes."""

    kind = 1

    @staticmethod
    def _of(value: Any) -> bytes:
        value = value.numpy() if hasattr(value, "numpy") else value
        return value.encode("utf-8") if isinstance(value, str) else bytes(value)

    def packed(self) -> bytes:
        """The values as bytes."""
        return b"".join(field(1, value) for value in self.value)

    def take(self, content: Any) -> None:
        """Adds what a field holds."""
        self.value.append(content)


class FloatList(_Values):
    """Numbers, float32."""

    kind = 2

    @staticmethod
    def _of(value: Any) -> float:
        return float(np.float32(np.asarray(value)))

    def packed(self) -> bytes:
        """The values as bytes."""
        return field(1, np.asarray(self.value, "<f4").tobytes())

    def take(self, content: Any) -> None:
        """Adds what a field holds."""
        self.value += np.frombuffer(content, "<f4").tolist()


class Int64List(_Values):
    """Whole numbers, int64."""

    kind = 3

    @staticmethod
    def _of(value: Any) -> int:
        return int(np.asarray(value))

    def packed(self) -> bytes:
        """The values as bytes."""
        return field(1, b"".join(map(varint, self.value)))

    def take(self, content: Any) -> None:
        """Adds what a field holds."""
        self.value += _varints(content) if isinstance(content, bytes) else _varints(varint(content))


_LISTS: tuple[type[_Values], ...] = (BytesList, FloatList, Int64List)


class Feature:
    """One of a `bytes_list`, a `float_list` and an `int64_list`; the others are empty."""

    def __init__(
        self, bytes_list: Any = None, float_list: Any = None, int64_list: Any = None
    ) -> None:
        given = (bytes_list, float_list, int64_list)
        self.held = next((part for part in given if part is not None), None)
        self.bytes_list = bytes_list or BytesList()
        self.float_list = float_list or FloatList()
        self.int64_list = int64_list or Int64List()

    def WhichOneof(self, name: str) -> str | None:  # noqa: N802 - protocol buffers' name
        """The name of the list that is given."""
        names = ("bytes_list", "float_list", "int64_list")
        return None if self.held is None else names[self.held.kind - 1]

    def packed(self) -> bytes:
        """The message."""
        return b"" if self.held is None else field(self.held.kind, self.held.packed())

    @staticmethod
    def read(message: bytes) -> Feature:
        """The feature of a message."""
        for kind, content in fields(message):
            found = _LISTS[kind - 1]()
            for _, value in fields(content):
                found.take(value)
            name = ("bytes_list", "float_list", "int64_list")[kind - 1]
            return Feature(**{name: found})
        return Feature()


class Features:
    """Features by name."""

    def __init__(self, feature: Mapping[str, Feature] | None = None) -> None:
        self.feature = dict(feature or {})


class Example:
    """An example: features by name, as a message of bytes and back."""

    def __init__(self, features: Features | None = None) -> None:
        self.features = features or Features()

    def SerializeToString(self) -> bytes:  # noqa: N802 - protocol buffers' name
        """The message."""
        entries = (
            field(1, field(1, name.encode("utf-8")) + field(2, feature.packed()))
            for name, feature in sorted(self.features.feature.items())
        )
        return field(1, b"".join(entries))

    def ParseFromString(self, serialized: Any) -> int:  # noqa: N802
        """Takes the features of a message; returns its length."""
        self.features = Features()
        for _, content in fields(_bytes(serialized)):
            for _, entry in fields(content):
                parts = dict(fields(entry))
                name = parts.get(1, b"").decode("utf-8")
                self.features.feature[name] = Feature.read(parts.get(2, b""))
        return len(_bytes(serialized))

    @classmethod
    def FromString(cls, serialized: Any) -> Example:  # noqa: N802
        """The example of a message."""
        found = cls()
        found.ParseFromString(serialized)
        return found

    def __repr__(self) -> str:
        return f"<Example of {', '.join(sorted(self.features.feature)) or 'nothing'}>"


def _bytes(value: Any) -> bytes:
    value = value.numpy() if hasattr(value, "numpy") else value
    value = value.item() if isinstance(value, np.ndarray) else value
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else bytes(value)


# ── reading examples ──


class FixedLenFeature:
    """A feature of a known shape; where it is missing, its default."""

    def __init__(self, shape: Any, dtype: Any, default_value: Any = None) -> None:
        self.shape, self.dtype = tuple(shape), as_dtype(dtype)
        self.default_value = default_value

    def of(self, name: str, feature: Feature | None) -> Any:
        """The tensor of a feature. Raises: ArgumentError if it is missing without a default."""
        if feature is None or feature.held is None:
            if self.default_value is None:
                raise ArgumentError(
                    "tf.io.parse_single_example", f"needs the feature {name!r}", "none",
                    "give FixedLenFeature a default_value",
                )  # fmt: skip
            given = np.broadcast_to(np.asarray(self.default_value), self.shape)
            return _tensor(given.reshape(-1).tolist(), self.dtype, self.shape)
        return _tensor(feature.held.value, self.dtype, self.shape)


class FixedLenSequenceFeature(FixedLenFeature):
    """A feature of any number of parts of a known shape."""

    def __init__(
        self, shape: Any, dtype: Any, allow_missing: bool = False, default_value: Any = None
    ) -> None:
        super().__init__(shape, dtype, default_value)

    def of(self, name: str, feature: Feature | None) -> Any:
        """The tensor of a feature, empty if it is missing."""
        values = [] if feature is None or feature.held is None else feature.held.value
        count = len(values) // int(np.prod(self.shape, dtype=int))
        return _tensor(values, self.dtype, (count, *self.shape))


class VarLenFeature:
    """A feature of any number of values, which is read as a sparse tensor."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = as_dtype(dtype)

    def of(self, name: str, feature: Feature | None) -> SparseTensor:
        """The sparse tensor of a feature."""
        values = [] if feature is None or feature.held is None else feature.held.value
        count = len(values)
        return SparseTensor(
            np.arange(count)[:, None], _tensor(values, self.dtype, (count,)), (count,)
        )


def _tensor(values: Sequence[Any], dtype: Any, shape: tuple[int, ...]) -> Any:
    if dtype == STRING:
        found = np.empty(len(values), object)
        found[:] = [_bytes(value) for value in values]
        return strings(found.reshape(shape))
    return convert_to_tensor(np.asarray(values, str(dtype)).reshape(shape))


def parse_single_example(
    serialized: Any, features: Mapping[str, Any], example_names: Any = None, name: Any = None
) -> dict[str, Any]:
    """The tensors of an example's features, by name, as `features` describes them."""
    found = Example.FromString(serialized).features.feature
    return {name: kind.of(name, found.get(name)) for name, kind in features.items()}


def parse_example(
    serialized: Any, features: Mapping[str, Any], example_names: Any = None, name: Any = None
) -> dict[str, Any]:
    """The tensors of several examples' features, with a first axis for the examples."""
    messages = [_bytes(m) for m in np.asarray(serialized, object).reshape(-1)]
    rows = [parse_single_example(message, features) for message in messages]
    return {name: _stacked([row[name] for row in rows]) for name in features}


def _stacked(parts: list[Any]) -> Any:
    if isinstance(parts[0], SparseTensor):
        return SparseTensor.stack(parts)
    if isinstance(parts[0], StringTensor):
        return StringTensor(np.stack([part.value for part in parts]))
    return convert_to_tensor(np.stack([np.asarray(part) for part in parts]))


# ── tensors as bytes ──


def serialize_tensor(tensor: Any, name: Any = None) -> StringTensor:
    """A tensor as the bytes of a `TensorProto`."""
    if not isinstance(tensor, StringTensor):
        tensor = convert_to_tensor(tensor)
    kind = STRING if isinstance(tensor, StringTensor) else str(tensor.dtype)
    sizes = b"".join(field(2, varint(1 << 3) + varint(n)) for n in np.shape(tensor))
    head = varint(1 << 3) + varint(NUMBERS[kind]) + field(2, sizes)
    if kind == STRING:
        return strings(head + b"".join(field(8, _bytes(v)) for v in tensor.value.reshape(-1)))
    return strings(head + field(4, np.ascontiguousarray(tensor).tobytes()))


def parse_tensor(serialized: Any, out_type: Any, name: Any = None) -> Any:
    """The tensor of the bytes of a `TensorProto`.

    Raises: ArgumentError if it has another dtype.
    """
    kind, shape, content, words = 0, [], b"", []
    for number, value in fields(_bytes(serialized)):
        if number == 1:
            kind = value
        elif number == 2:
            shape = [dict(fields(size)).get(1, 0) for n, size in fields(value) if n == 2]
        elif number == 4:
            content = value
        elif number == 8:
            words.append(value)
    dtype = as_dtype(out_type)
    if NUMBERS.get(str(dtype)) != kind:
        known = {number: name for name, number in NUMBERS.items()}
        raise ArgumentError(
            "tf.io.parse_tensor", f"holds {known.get(kind, 'an unknown dtype')}",
            f"out_type={dtype.name}", "pass the dtype that was written",
        )  # fmt: skip
    if dtype == STRING:
        return _tensor(words, dtype, tuple(shape))
    return convert_to_tensor(np.frombuffer(content, str(dtype)).reshape(shape).copy())
