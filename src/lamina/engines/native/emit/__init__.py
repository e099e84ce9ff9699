"""A typed emitter that prints LLVM text: types, values, and functions in the making.

Nothing outside this package writes a line of LLVM.
"""

from lamina.engines.native.emit.function import Function, Module
from lamina.engines.native.emit.types import (
    BIT,
    F32,
    F64,
    I8,
    I32,
    I64,
    PTR,
    VOID,
    Type,
    Value,
    element,
    vector,
)

__all__ = [
    "BIT", "F32", "F64", "I8", "I32", "I64", "PTR", "VOID", "Function", "Module", "Type", "Value",
    "element", "vector",
]  # fmt: skip
