"""Transposes from memory to memory: one function a module for each kind of block.

LLVM spends long on the shuffles of a transpose, so that it is better not to have it see many.
"""

from __future__ import annotations

from collections.abc import Sequence

from lamina.engines.native.emit.function import Function, Module
from lamina.engines.native.emit.types import I8, PTR, Type, Value, element
from lamina.engines.native.emit.vectors import transpose


def transpose_block(f: Function, dtype: str, width: int, ends: Sequence[tuple[Value, int]]) -> None:
    """Stores a block of `width` rows of as many elements transposed.

    Args:
        ends: the first element and the bytes from row to row, of the source and of the target.
    """
    kind = (I8 if dtype == "bool" else element(dtype)).of(width)
    steps = [step for _, step in ends]
    name = f"transpose_{kind.name}_{steps[0]}_{steps[1]}".replace("-", "m")
    if f.module.is_new(name):
        _define(f.module, name, kind, steps)
    f.call(name, [first for first, _ in ends])


def _define(module: Module, name: str, kind: Type, steps: Sequence[int]) -> None:
    """name(source, target)"""
    align = kind.bits // 8
    with Function(module, name, [PTR, PTR], internal=True) as f:
        source, target = f.arguments
        # Whole rows: what was stored a moment ago is not forwarded to loads of its parts.
        rows = [f.load(kind, f.at(source, steps[0] * i), align) for i in range(kind.lanes)]
        for i, column in enumerate(transpose(f, rows)):
            f.store(column, f.at(target, steps[1] * i), align)
