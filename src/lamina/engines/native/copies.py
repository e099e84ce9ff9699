"""Copies: a value in memory, in one or more layouts."""

from __future__ import annotations

from collections.abc import Sequence

from lamina.engines.native import target as machine
from lamina.engines.native.buffers import SCRATCH, View, fresh, laid_out
from lamina.graph.node import Aval

# All copies of a value, the first of which is the one that plain kernels read.
Copies = tuple[View, ...]


def unit() -> int:
    """Elements to a multiple of which contiguous axes are padded: a vector of 4-byte ones."""
    return machine.host().lanes(32)


def copies_of(aval: Aval, dims: Sequence[int], kind: str = SCRATCH) -> Copies:
    """New buffers for a value, one for each innermost dim that is asked for."""
    if not dims or not aval.shape or 0 in aval.shape:
        return (fresh(aval, kind),)
    return tuple(laid_out(aval, dim, unit(), kind) for dim in dims)


def moves_of(source: Copies, target: Copies) -> list[tuple[View, View]]:
    """The moves of a new value into all copies of an old one, each from the copy most like it."""
    return [
        (next((s for s in source if s.strides == copy_.strides), source[0]), copy_)
        for copy_ in target
    ]
