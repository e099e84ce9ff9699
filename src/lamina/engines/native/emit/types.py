"""LLVM types and typed values.

A dtype of lamina's maps to an element type; bool is one bit in registers and one byte in memory.
LLVM integers have no sign: signedness is the dtype's, and the ops that need it say it.
"""

from __future__ import annotations

import functools
import struct
from typing import NamedTuple

import numpy as np


class Type(NamedTuple):
    """A scalar (lanes = 0) or a vector; kind "i" integer, "f" float, "p" pointer, "v" void."""

    kind: str
    bits: int = 0
    lanes: int = 0

    @property
    def scalar(self) -> Type:
        """The type of one element."""
        return Type(self.kind, self.bits)

    @property
    def element(self) -> str:
        """The text of one element's type."""
        if self.kind == "f":
            return "float" if self.bits == 32 else "double"
        return {"p": "ptr", "v": "void"}.get(self.kind) or f"i{self.bits}"

    @property
    def name(self) -> str:
        """As LLVM names it in intrinsics: f32, v16f32, i64."""
        return (f"v{self.lanes}" if self.lanes else "") + f"{self.kind}{self.bits}"

    def __str__(self) -> str:
        return _text(self)

    def of(self, lanes: int) -> Type:
        """The same element in so many lanes (0: a scalar)."""
        return Type(self.kind, self.bits, lanes)

    def like(self, other: Type) -> Type:
        """This element in the lanes of another type."""
        return Type(self.kind, self.bits, other.lanes)


@functools.cache
def _text(type_: Type) -> str:
    return f"<{type_.lanes} x {type_.element}>" if type_.lanes else type_.element


BIT, I8, I16, I32, I64 = (Type("i", bits) for bits in (1, 8, 16, 32, 64))
F32, F64 = Type("f", 32), Type("f", 64)
PTR, VOID = Type("p"), Type("v")


class Value(NamedTuple):
    """A register or a constant, with its type."""

    text: str
    type: Type

    def __str__(self) -> str:
        return self.text


@functools.cache
def element(dtype: str) -> Type:
    """The register type of a dtype."""
    if dtype == "bool":
        return BIT
    return Type("f" if dtype.startswith("float") else "i", 8 * np.dtype(dtype).itemsize)


def vector(dtype: str, lanes: int) -> Type:
    """The register type of so many elements of a dtype."""
    return element(dtype).of(lanes)


def is_signed(dtype: str) -> bool:
    """Whether a dtype is a signed integer."""
    return dtype.startswith("int")


def constant(type_: Type, value: float | int) -> Value:
    """A number, in every lane of a vector type."""
    text = _number(type_.scalar, value)
    return Value(f"splat ({type_.element} {text})" if type_.lanes else text, type_)


def constants(type_: Type, values: list[float] | list[int] | range) -> Value:
    """A vector of these numbers."""
    parts = ", ".join(f"{type_.element} {_number(type_.scalar, v)}" for v in values)
    return Value(f"<{parts}>", type_)


def _number(type_: Type, value: float | int) -> str:
    if type_.kind == "p":
        return "null"
    if type_.kind == "i":
        return (
            str(int(value) & ((1 << type_.bits) - 1)) if type_.bits > 1 else str(int(bool(value)))
        )
    number = float(np.float32(value)) if type_.bits == 32 else float(value)
    return f"0x{struct.unpack('<Q', struct.pack('<d', number))[0]:016X}"
