"""Attributes: the small named arrays of a group or a data set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from lamina.saving.hdf5 import headers, new_trees
from lamina.saving.hdf5.dataspace import read_shape
from lamina.saving.hdf5.datatypes import Datatype, read_datatype
from lamina.saving.hdf5.elements import decoded, size_of
from lamina.saving.hdf5.fields import Fields
from lamina.saving.hdf5.fractal_heap import FractalHeap
from lamina.saving.hdf5.headers import Header
from lamina.saving.hdf5.heaps import GlobalHeap
from lamina.saving.hdf5.source import UNDEFINED

SHARED_PARTS = 3  # flags of parts that stand elsewhere


class Attributes(Mapping[str, Any]):
    """The attributes of an object by name, each read when it is asked for.

    A scalar of variable length is `str`, other texts `numpy.bytes_`, numbers NumPy's scalars;
    arrays are arrays, as h5py has them.
    """

    def __init__(self, header: Header, heap: GlobalHeap) -> None:
        self._heap = heap
        self._found: dict[str, Fields] = {}
        self._values: dict[str, Any] = {}
        source = header.source
        for fields in _all(header):
            source.spend()
            name, content = _named(fields)
            if name in self._found:
                raise source.damaged("an object", f"two attributes named {name!r:.80}")
            self._found[name] = content
        if len(self._found) > source.limits.members:
            raise source.too_much("attributes", "members")

    def __getitem__(self, name: str) -> Any:
        if name not in self._values:
            value = self._value(self._found[name])
            self._values[name] = value
        found = self._values[name]
        return found.copy() if isinstance(found, np.ndarray) else found

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def _value(self, fields: Fields) -> Any:
        fields.at = 0
        datatype, shape, content = _parts(fields)
        size, limits = size_of(datatype, shape), fields.source.limits
        if size > limits.config_bytes:
            raise fields.source.too_much("bytes in an attribute", "config_bytes")
        if size > len(content):
            raise fields.damaged(f"{len(content)} bytes for {size}")
        array = decoded(fields.source, datatype, shape, bytearray(content[:size]), self._heap)
        if datatype.kind == "variable":
            array = _as_texts(array)
        return array[()]


def _as_texts(array: np.ndarray) -> np.ndarray:
    texts = [value.decode("utf-8", "surrogateescape") for value in array.ravel()]
    found = np.empty(array.shape, object)
    found.ravel()[:] = texts
    return found


def _all(header: Header) -> Iterator[Fields]:
    """The messages of all attributes, from the header or from a heap."""
    yield from header.all(headers.ATTRIBUTE)
    info = header.find(headers.ATTRIBUTE_INFO)
    if info is None:
        return
    info.expect(info.uint(1), 0, "the version")
    info.raw(2 if info.uint(1) & 1 else 0)
    heap_at, by_name = info.address(), info.address()
    if heap_at == UNDEFINED:
        return
    source = header.source
    heap = FractalHeap(source, heap_at, "attributes")
    kind = new_trees.ATTRIBUTES_BY_NAME
    for record in new_trees.records(source, by_name, kind, heap.id_size + 9):
        identifier = record.raw(heap.id_size)
        if record.uint(1) & headers.SHARED:
            raise source.unsupported("a shared message", "an attribute")
        yield Fields(source, heap.find(identifier), "an attribute")


def _named(fields: Fields) -> tuple[str, Fields]:
    """The name, and the fields from their start: what the value is is read when it is asked for."""
    return _head(fields)[0], fields


def _head(fields: Fields) -> tuple[str, int, int, int]:
    """(name, size of the type, size of the space, alignment of the parts)."""
    version, flags = fields.uint(1), fields.uint(1)
    if version not in (1, 2, 3):
        raise fields.source.unsupported("an attribute of another kind", f"version {version}")
    if version > 1 and flags & SHARED_PARTS:
        raise fields.source.unsupported("an attribute of a shared type", f"flags {flags}")
    name_size, type_size, space_size = fields.uint(2), fields.uint(2), fields.uint(2)
    fields.raw(1 if version == 3 else 0)
    multiple = 8 if version == 1 else 1
    name = fields.text(name_size)
    fields.skip_to(multiple)
    return name, type_size, space_size, multiple


def _parts(fields: Fields) -> tuple[Datatype, tuple[int, ...], bytes]:
    name, type_size, space_size, multiple = _head(fields)
    what = f"the attribute {name!r:.80}"
    source = fields.source
    datatype = read_datatype(Fields(source, fields.raw(type_size), what))
    fields.skip_to(multiple)
    shape, _ = read_shape(Fields(source, fields.raw(space_size), what))
    fields.skip_to(multiple)
    return datatype, shape, fields.raw(fields.left)
