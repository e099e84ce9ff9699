"""Elements: bytes as arrays of what they mean."""

from __future__ import annotations

import math

import numpy as np

from lamina.saving.hdf5.datatypes import Datatype
from lamina.saving.hdf5.heaps import GlobalHeap
from lamina.saving.hdf5.source import Source


def size_of(datatype: Datatype, shape: tuple[int, ...]) -> int:
    """The bytes of an array as it is stored."""
    return math.prod(shape) * datatype.stored.itemsize


def decoded(
    source: Source,
    datatype: Datatype,
    shape: tuple[int, ...],
    content: bytearray | memoryview,
    heap: GlobalHeap,
) -> np.ndarray:
    """The array of `shape` whose stored bytes these are; it may share their memory."""
    stored = np.frombuffer(content, datatype.stored).reshape(shape)
    if datatype.kind == "bfloat16":
        return (stored.astype("u4") << 16).view("f4")
    if datatype.kind == "bool":
        return stored != 0
    if datatype.kind == "text":
        return _cut(source, stored)
    if datatype.kind == "variable":
        return _texts(source, stored, heap)
    return stored


def _cut(source: Source, stored: np.ndarray) -> np.ndarray:
    """Texts end at their first zero, whatever stands behind it."""
    _check_texts(source, stored)
    found = np.empty(stored.shape, stored.dtype)
    found.ravel()[:] = [text.split(b"\0", 1)[0] for text in stored.ravel().tolist()]
    return found


def _check_texts(source: Source, stored: np.ndarray) -> None:
    """Each becomes an object, which costs more than its bytes."""
    if stored.nbytes > source.limits.config_bytes:
        raise source.too_much("bytes of texts", "config_bytes")


def _texts(source: Source, stored: np.ndarray, heap: GlobalHeap) -> np.ndarray:
    """The texts of variable length to which (length, address, number) point."""
    count = stored.size
    _check_texts(source, stored)
    parts = np.frombuffer(stored.tobytes(), [("size", "<u4"), ("at", "<u8"), ("index", "<u4")])
    source.spend(count)
    known: dict[tuple[int, int, int], bytes] = {}
    texts = np.empty(count, object)
    for place, key in enumerate(parts.tolist()):
        size, at, index = key
        if size > source.limits.config_bytes:
            raise source.too_much("bytes in a text", "config_bytes")
        if key not in known:
            known[key] = heap.find(at, index, size) if size else b""
        texts[place] = known[key]
    return texts.reshape(stored.shape)
