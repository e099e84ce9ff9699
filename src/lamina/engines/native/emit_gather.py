"""The text of gathers: a loop over the rows of a batch, converting each element on the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lamina.engines.native.buffers import itemsize
from lamina.engines.native.emit import I64, PTR, Function, Module, Value
from lamina.engines.native.emit.arith import cast
from lamina.engines.native.plain.nest import Cursor, Lane, nest

if TYPE_CHECKING:
    from lamina.engines.native.gather import Kind


def gathers_text(names: Sequence[str], kinds: Sequence[Kind]) -> str:
    """The module of several gathers."""
    module = Module()
    for name, kind in zip(names, kinds, strict=True):
        _emit(module, name, kind)
    return module.text()


def _emit(module: Module, name: str, kind: Kind) -> None:
    """For each row r of the batch: target[r] = source[rows[r]]."""
    row = kind.shape[1:]
    with Function(module, name, [PTR, PTR, PTR]) as f:
        target = Cursor(f.arguments[0], kind.dtype, kind.strides)
        source = Cursor(f.arguments[1], kind.source, kind.steps)

        def turn(r: Value, _: list[Value]) -> list[Value]:
            place = f.load(I64, f.at(f.arguments[2], f.mul(r, f.index(8))), 8)
            size = kind.steps[0] * itemsize(kind.source)
            chosen = source.by(f, f.mul(place, f.index(size))).on(kind.steps[1:])

            def entry(lanes: list[Lane]) -> None:
                lanes[0].store(f, cast(f, lanes[1].load(f), kind.source, kind.dtype))

            nest(f, row, [target.moved(f, 0, r).on(kind.strides[1:]), chosen], entry)
            return []

        if all(row):
            f.loop(f.index(0), f.index(kind.shape[0]), 1, [], turn)
