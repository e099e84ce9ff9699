"""Data types: of which NumPy's dtype the elements of an array are, as stored and as read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lamina.saving.hdf5.fields import Fields

INTEGER, FLOAT, STRING, OPAQUE, ENUM, VARIABLE = 0, 1, 3, 5, 8, 9
# (bytes, exponent's place and size, mantissa's size, bias) of IEEE's formats, and of bfloat16.
FLOATS = {
    (2, 10, 5, 10, 15): "f2", (4, 23, 8, 23, 127): "f4", (8, 52, 11, 52, 1023): "f8",
    (2, 7, 8, 7, 127): "bfloat16",
}  # fmt: skip
SPACES = 2  # a string padded with them
NAMES_OF_BOOL = {"FALSE": 0, "TRUE": 1}


@dataclass(frozen=True)
class Datatype:
    """How elements are stored, and what they become.

    Attributes:
        stored: the dtype of the bytes in the file.
        dtype: of the array that is read.
        kind: "plain"; "bfloat16", read as float32; "bool"; "text", up to its first zero;
            "variable", texts in a global heap.
    """

    stored: np.dtype
    dtype: np.dtype
    kind: str = "plain"


def read_datatype(fields: Fields) -> Datatype:
    """The type that a message describes.

    Raises: FileError for types that Keras' files do not have.
    """
    head = fields.uint(1)
    kind, version = head & 15, head >> 4
    bits, size = fields.uint(3), fields.uint(4)
    readers = {
        INTEGER: _integer, FLOAT: _float, STRING: _string, OPAQUE: _opaque, VARIABLE: _variable
    }  # fmt: skip
    if kind == ENUM:
        return _enum(fields, version, bits & 0xFFFF, size)
    if kind not in readers:
        raise fields.source.unsupported("elements of a strange type", f"HDF5's class {kind}")
    return readers[kind](fields, bits, size)


def _integer(fields: Fields, bits: int, size: int) -> Datatype:
    offset, precision = fields.uint(2), fields.uint(2)
    if size not in (1, 2, 4, 8) or offset or precision != 8 * size:
        raise fields.source.unsupported("integers of a strange size", f"{precision} bits")
    code = f"{'>' if bits & 1 else '<'}{'i' if bits & 8 else 'u'}{size}"
    return _plain(code)


def _float(fields: Fields, bits: int, size: int) -> Datatype:
    offset, precision = fields.uint(2), fields.uint(2)
    place, exponent, mantissa_place, mantissa = (fields.uint(1) for _ in range(4))
    code = FLOATS.get((size, place, exponent, mantissa, fields.uint(4)))
    usual = offset == mantissa_place == 0 and precision == 8 * size and not bits & 0x40
    if code is None or not usual or (bits >> 8 & 0xFF) != precision - 1:
        raise fields.source.unsupported("floats of a strange format", f"{precision} bits")
    order = ">" if bits & 1 else "<"
    if code == "bfloat16":
        return Datatype(np.dtype(f"{order}u2"), np.dtype("f4"), code)
    return _plain(order + code)


def _string(fields: Fields, bits: int, size: int) -> Datatype:
    if not 0 < size <= fields.source.limits.config_bytes or bits & 15 == SPACES:
        raise fields.source.unsupported("texts of a strange form", f"{size} bytes, {bits:#x}")
    return Datatype(np.dtype(f"S{size}"), np.dtype(f"S{size}"), "text")


def _opaque(fields: Fields, _: int, size: int) -> Datatype:
    """Bytes, as h5py writes elements of a dtype that it does not know."""
    if not 0 < size <= 16:
        raise fields.source.unsupported("elements of unknown meaning", f"{size} bytes each")
    return _plain(f"V{size}")


def _variable(fields: Fields, bits: int, size: int) -> Datatype:
    if bits & 15 != 1 or size != 16:
        raise fields.source.unsupported("sequences of variable length", f"{size} bytes, {bits:#x}")
    return Datatype(np.dtype("V16"), np.dtype(object), "variable")


def _enum(fields: Fields, version: int, count: int, size: int) -> Datatype:
    """An enumeration is read as its numbers; h5py's of FALSE and TRUE as booleans."""
    base = read_datatype(fields)
    if base.stored.kind not in "iu" or base.stored.itemsize != size:
        raise fields.source.unsupported("an enumeration of a strange type", str(base.stored))
    fields.source.spend(count)
    names = [_name(fields, version) for _ in range(count)]
    values = np.frombuffer(fields.raw(count * size), base.stored)
    if size == 1 and dict(zip(names, values.tolist(), strict=True)) == NAMES_OF_BOOL:
        return Datatype(base.stored, np.dtype(bool), "bool")
    return base


def _name(fields: Fields, version: int) -> str:
    start = fields.at
    name = fields.zero_ended()
    if version < 3:  # padded, counted from its own start
        fields.raw(min(fields.left, -(fields.at - start) % 8))
    return name


def _plain(code: str) -> Datatype:
    dtype = np.dtype(code)
    return Datatype(dtype, dtype)
