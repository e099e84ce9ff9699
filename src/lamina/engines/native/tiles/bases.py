"""Bases: where a tile begins in an operand, found step by step as the loops around it are entered.

A loop adds to the pointer that is known before it what the axis it walks has moved, and no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lamina.engines.native.buffers import View, itemsize
from lamina.engines.native.emit import Function, Value

if TYPE_CHECKING:
    from lamina.engines.native.tiles.tile import Span

Spans = tuple["Span | None", ...]


class Base(NamedTuple):
    """A pointer and bytes, and the place along each dim that they stand for; None: its begin."""

    pointer: Value
    offset: int
    spans: Spans

    def leads_to(self, spans: Spans) -> bool:
        """Whether only loops' values that are not known here have to be added."""
        pairs = zip(self.spans, spans, strict=True)
        return all(a is None or (b is not None and a.start in (None, b.start)) for a, b in pairs)

    def moved(self, f: Function, view: View, spans: Spans) -> Base:
        """The base at another place to which this one leads."""
        pointer, offset, size = self.pointer, self.offset, itemsize(view.dtype)
        for before, span, step in zip(self.spans, spans, view.strides, strict=True):
            if span is None:
                continue
            start, known = (None, 0) if before is None else (before.start, before.offset)
            offset += (span.offset - known) * step * size
            if span.start is not None and span.start != start and step:
                pointer = f.at(pointer, f.mul(span.start, f.index(step * size)))
        if pointer is not self.pointer:
            pointer = f.fixed(pointer)
        return Base(pointer, offset, spans)
