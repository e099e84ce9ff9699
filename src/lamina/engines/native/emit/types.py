"""LLVM types and typed values.

A dtype of lamina's maps to an element type; bool is one bit in registers and one byte in memory.
LLVM integers have no sign: signedness is the dtype's, and the ops that need it say it.
"""

from __future__ import annotations

import functools
import struct
from typing import ClassVar, NamedTuple

import numpy as np


class Type:
    """A scalar (lanes = 0) or a vector; kind "i" integer, "f" float, "p" pointer, "v" void.

    Equal types are one object, since emitting compares and prints them all the time.

    Attributes:
        element: the text of one element's type; text: that of the type.
        name: as LLVM names it in intrinsics: f32, v16f32, i64.
    """

    __slots__ = ("bits", "element", "kind", "lanes", "name", "text")
    _known: ClassVar[dict[tuple[str, int, int], Type]] = {}

    kind: str
    bits: int
    lanes: int
    element: str
    text: str
    name: str

    def __new__(cls, kind: str, bits: int = 0, lanes: int = 0) -> Type:
        key = (kind, bits, lanes)
        found = cls._known.get(key)
        if found is None:
            found = super().__new__(cls)
            found.kind, found.bits, found.lanes = key
            found.element = _element(kind, bits)
            found.text = f"<{lanes} x {found.element}>" if lanes else found.element
            found.name = (f"v{lanes}" if lanes else "") + f"{kind}{bits}"
            # Of two threads that make it at once, one is the first.
            found = cls._known.setdefault(key, found)
        return found

    @property
    def scalar(self) -> Type:
        """The type of one element."""
        return Type(self.kind, self.bits)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Type({self.text})"

    def of(self, lanes: int) -> Type:
        """The same element in so many lanes (0: a scalar)."""
        return Type(self.kind, self.bits, lanes)

    def like(self, other: Type) -> Type:
        """This element in the lanes of another type."""
        return Type(self.kind, self.bits, other.lanes)


def _element(kind: str, bits: int) -> str:
    if kind == "f":
        return "float" if bits == 32 else "double"
    return {"p": "ptr", "v": "void"}.get(kind) or f"i{bits}"


BIT, I8, I16, I32, I64 = (Type("i", bits) for bits in (1, 8, 16, 32, 64))
F32, F64 = Type("f", 32), Type("f", 64)
PTR, VOID = Type("p"), Type("v")


class Value(NamedTuple):
    """A register or a constant, with its type; `number`: that of a constant, the same in every
    lane.
    """

    text: str
    type: Type
    number: float | int | None = None

    def __str__(self) -> str:
        return self.text


@functools.cache
def element(dtype: str) -> Type:
    """The register type of a dtype."""
    if dtype == "bool":
        return BIT
    return Type("f" if dtype.startswith("float") else "i", 8 * np.dtype(dtype).itemsize)


@functools.cache
def vector(dtype: str, lanes: int) -> Type:
    """The register type of so many elements of a dtype."""
    return element(dtype).of(lanes)


def is_signed(dtype: str) -> bool:
    """Whether a dtype is a signed integer."""
    return dtype.startswith("int")


def constant(type_: Type, value: float | int) -> Value:
    """A number, in every lane of a vector type."""
    # 0 and -0 are equal and print differently.
    return _known(type_, value) if value else _constant(type_, value)


def _constant(type_: Type, value: float | int) -> Value:
    text = _number(type_, value)
    if type_.kind == "f" and type_.bits == 32:
        value = float(np.float32(value))
    return Value(f"splat ({type_.element} {text})" if type_.lanes else text, type_, value)


_known = functools.lru_cache(maxsize=1 << 12, typed=True)(_constant)


def constants(type_: Type, values: list[float] | list[int] | range) -> Value:
    """A vector of these numbers."""
    parts = ", ".join(f"{type_.element} {_number(type_, v)}" for v in values)
    return Value(f"<{parts}>", type_)


def _number(type_: Type, value: float | int) -> str:
    """The text of an element."""
    if type_.kind == "p":
        return "null"
    if type_.kind == "i":
        return (
            str(int(value) & ((1 << type_.bits) - 1)) if type_.bits > 1 else str(int(bool(value)))
        )
    number = float(np.float32(value)) if type_.bits == 32 else float(value)
    return f"0x{struct.unpack('<Q', struct.pack('<d', number))[0]:016X}"
