"""Rows: what comes after the sums of a tile, in a loop over one of its axes.

A tile is as high as the sums need, to share what they load. What follows needs no such height, and
in one straight line much of it is long to compile: then the sums go to the stack, and a loop takes
them row by row.
"""

from __future__ import annotations

import math

from lamina.engines.native.buffers import itemsize
from lamina.engines.native.emit import Value, vector
from lamina.engines.native.tiles.lanes import DEEP, instructions
from lamina.engines.native.tiles.stores import contiguous_axes, store_all
from lamina.engines.native.tiles.tile import Span, Tile
from lamina.passes.cheap import CHEAP

LINE = 150  # instructions that are one straight line
AGAIN = CHEAP | {"const", "iota"}  # what every row may compute again


def store_rows(tile: Tile) -> None:
    """`store_all`, in a loop where that is much shorter code."""
    axis = _axis(tile)
    if axis is None:
        store_all(tile)
        return
    f, span, sums = tile.f, tile.spans[axis], _Sums(tile, axis)

    def row(i: Value, _: list[Value]) -> list[Value]:
        start = i if span.start is None else f.add(span.start, i)
        spans = list(tile.spans[: tile.program.rank])
        spans[axis] = Span(start, span.offset, 1)
        one = Tile(tile.code, spans, tile.before)
        one.bases = [*tile.bases, {}]
        sums.give(one, i)
        store_all(one)
        return []

    tile.prepare(seeding=False)
    f.loop(f.index(0), f.index(span.size), 1, [], row)


def _axis(tile: Tile) -> int | None:
    """The longest axis along which the rows of a tile share nothing dear; None where a loop does
    not pay: beside short sums it would show.
    """
    draft, lanes = tile.draft, tile.code.lanes
    if draft.totals or (draft.seed is not None and math.prod(draft.folded) < DEEP):
        return None
    sizes = {a: tile.steps(a) for a in range(tile.program.rank)}
    if instructions(tile.program, sizes) <= LINE:
        return None
    taken = {lanes.elane, *draft.covered, *contiguous_axes(tile)}
    after = [u for u in tile.program.uses if not (u.loaded or u.seeding)]
    dear = [u.m for u in after if u.node.op not in AGAIN]
    axes = [a for a in sizes if a not in taken and all(a in m for m in dear)]
    return max((a for a in axes if sizes[a] > 1), key=lambda a: sizes[a], default=None)


class _Sums:
    """The sums of a tile on the stack, row by row along an axis."""

    def __init__(self, tile: Tile, axis: int) -> None:
        self.tile, self.seed, self.f = tile, tile.draft.seed, tile.f
        if self.seed is None:
            return
        self.m = tile.draft.maps[self.seed]
        self.kind = vector(self.seed.dtype, tile.width)
        self.step = tile.width * itemsize(self.seed.dtype)
        self.others = tile.places([a for a in self.m if a is not None and a != axis])
        rows = tile.steps(axis)
        self.room = self.f.local(self.kind, rows * len(self.others), align=self.step)
        for i in range(rows):
            for k, p in enumerate(self.others):
                value = tile.value(self.seed, self.m, {**p, axis: i})
                pointer = self.f.at(self.room, (i * len(self.others) + k) * self.step)
                self.f.store(value, pointer, self.step)

    def give(self, row: Tile, i: Value) -> None:
        """Makes the sums of row i known."""
        if self.seed is None:
            return
        size = self.f.index(self.step * len(self.others))
        start = self.f.at(self.room, self.f.mul(i, size))
        for k, p in enumerate(self.others):
            value = self.f.load(self.kind, self.f.at(start, k * self.step), self.step)
            row.put(self.seed, self.m, p, value)
