"""Partial sums: what a tile has summed of a folded axis, between one block of it and the next.

They lie tile by tile, as tiles are walked, so that a tile's are one run of lines.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from lamina.engines.native.buffers import View, fresh, itemsize
from lamina.engines.native.emit import Value, vector
from lamina.engines.native.rules import RULES
from lamina.engines.native.tiles.lanes import Lanes
from lamina.engines.native.tiles.program import TileProgram, points
from lamina.engines.native.tiles.tile import Place, Span, Tile
from lamina.graph.node import Aval

LINE = 64  # bytes


def room(program: TileProgram, lanes: Lanes) -> View:
    """Memory for the sums of all tiles."""
    assert program.draft.seed is not None
    tiles = [points(n, size) for n, size in zip(program.draft.domain, lanes.tile, strict=True)]
    size = math.prod(tiles) * math.prod(lanes.tile)
    return fresh(Aval((size,), program.draft.seed.dtype))


class Partial:
    """The sums of one tile, in the kernel's temporary.

    Args:
        part: the block that is being summed: its start is a number in the last one only.
    """

    def __init__(self, tile: Tile, part: Span) -> None:
        self.tile, self.part, self.f = tile, part, tile.f
        self.lanes = tile.code.lanes
        self.index = len(tile.code.read_views) - 1
        self.dtype = tile.code.read_views[self.index].dtype
        self.bytes = itemsize(self.dtype)
        self.kind = vector(self.dtype, tile.width)
        self.axes = self.lanes.order
        self.start = self._start()

    def _start(self) -> Value:
        """Where the tile's sums begin: tiles follow each other in the order of the walk."""
        f, step = self.f, math.prod(self.lanes.tile) * self.bytes
        pointer = self.tile.code.read_pointers[self.index]
        for axis in reversed(self.axes):
            size, span = self.lanes.tile[axis], self.tile.spans[axis]
            # Tiles before, times their bytes: the size of a tile divides the step.
            pointer = f.at(pointer, span.offset // size * step)
            if span.start is not None:
                pointer = f.at(pointer, f.mul(span.start, f.index(step // size)))
            step *= points(self.tile.draft.domain[axis], size)
        return pointer

    def _pointer(self, p: Place) -> Value:
        tile, elane = self.lanes.tile, self.lanes.elane
        offset = 0
        for axis in self.axes:
            if axis != elane:
                offset = offset * tile[axis] + p.get(axis, 0)
        assert elane is not None
        offset = offset * tile[elane] + p.get(elane, 0) * self.tile.width
        return self.f.at(self.start, offset * self.bytes)

    def ask(self) -> None:
        """Asks for the sums so far, which are needed at the end."""
        for offset in range(0, math.prod(self.lanes.tile) * self.bytes, LINE):
            self.f.prefetch(self.f.at(self.start, offset))

    def added(self, places: Sequence[Place], sums: list[Value]) -> list[Value]:
        """The sums of this block and of those before."""
        f, add = self.f, RULES["add"]
        pointers = [self._pointer(p) for p in places]

        def together() -> list[Value]:
            before = [f.load(self.kind, pointer, 4) for pointer in pointers]
            return [add(f, self.dtype, a, b) for a, b in zip(before, sums, strict=True)]

        if self.part.start is None:
            return together()
        first = f.compare("eq", self.part.start, f.index(0))
        return f.choose(first, lambda: sums, together)

    def keep(self) -> None:
        """Stores the sums for the next block."""
        tile, seed = self.tile, self.tile.draft.seed
        assert seed is not None
        for p in tile.places(range(tile.program.rank)):
            value = tile.value(seed, tile.draft.maps[seed], p)
            tile.f.store(value, self._pointer(p), 4)
