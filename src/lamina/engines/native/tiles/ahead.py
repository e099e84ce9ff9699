"""Asking ahead: lines of large operands are on their way before a tile needs them.

What a tile loads after its sums is asked for while it sums. Of an operand that many
tiles read alike, a strip, each of them asks for a part of the next one, between the turns of its
sums: the processor fetches ahead by itself only within a page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lamina.engines.native.buffers import itemsize
from lamina.engines.native.emit import Value
from lamina.engines.native.tiles.maps import Map
from lamina.engines.native.tiles.program import Use, is_far, points
from lamina.engines.native.tiles.tile import Span, Tile
from lamina.graph.node import Node

TURNS = 8  # between two requests, at least
LINE = 64  # bytes


@dataclass(frozen=True)
class Requests:
    """What a tile asks for between the turns of its sums: so many requests; `ask` makes one, by its
    number.
    """

    count: int
    ask: Callable[[Value], None]


def after_sums(tile: Tile, terms: int) -> Requests | None:
    """Asks for what is needed after the sums, where it comes from far away: row by row between the
    turns, if that is what is returned, else at once, for which the sums would wait.
    """
    lane = tile.lane
    uses = [use for use in tile.program.uses if use.loaded and not use.seeding]
    far = [use for use in uses if is_far(use.node) and lane is not None and lane in use.m]
    if far and (found := _by_rows(tile, far, terms)):
        return found
    for use in far:
        index = tile.code.reads[use.node, use.m]
        for p in tile.places([a for a in use.m if a is not None]):
            tile.f.prefetch(tile.address(index, use.m, p, write=False), near=False)
    return None


def _by_rows(tile: Tile, uses: Sequence[Use], terms: int) -> Requests | None:
    """A request for each row of a tile that is rows of vectors; None without terms enough."""
    f, lane = tile.f, tile.lane
    axis = next((a for a in range(tile.program.rank) if a != lane), None)
    if lane is None or axis is None or any({lane, axis} != set(use.m) for use in uses):
        return None
    rows = tile.spans[axis].size
    if rows < 2 or terms < TURNS * rows:
        return None
    places: list[tuple[Value, int]] = []
    for use in uses:
        index = tile.code.reads[use.node, use.m]
        view = tile.code.read_views[index]
        step = view.strides[use.m.index(axis)] * itemsize(view.dtype)
        for vector in tile.places([lane]):
            places.append((tile.address(index, use.m, vector, write=False), step))

    def ask(i: Value) -> None:
        for pointer, step in places:
            f.prefetch(f.at(pointer, f.mul(i, f.index(step))), near=False)

    return Requests(rows, ask)


def next_strip(tile: Tile, part: Span, turns: int) -> Requests | None:
    """This tile's part of the next strip, or of one in the next band, to be asked for in so many
    turns. None where no operand is read in strips: large, and the same for all tiles that are
    walked between one strip and the next.
    """
    lanes, seed = tile.code.lanes, tile.draft.seed
    if seed is None or seed.op != "contract":
        return None
    if (len(lanes.order), len(tile.draft.folded)) != (2, 1):
        return None
    axis = lanes.order[-1 if lanes.band else 0]
    if tile.spans[axis].start is None:
        return None
    for x, m in zip(seed.inputs, tile.program.seed_maps, strict=True):
        along = {a for a in m if a is not None}
        if along == {axis, tile.program.rank} and tile.program.loaded(x) and is_far(x):
            strides = tile.code.read_views[tile.code.reads[x, m]].strides
            operand = _Operand(tile, (x, m), axis, part)
            if strides[m.index(axis)] == 1 and axis == lanes.lane:
                return operand.across(turns)
            if strides[m.index(tile.program.rank)] == 1:
                return operand.along(turns)
    return None


class _Operand:
    """An operand that is read in strips along an axis, of which a block of the folded axis is
    summed now.
    """

    def __init__(self, tile: Tile, operand: tuple[Node, Map], axis: int, part: Span) -> None:
        self.tile, self.f, self.axis, self.part = tile, tile.f, axis, part
        self.index, self.m = tile.code.reads[operand], operand[1]
        self.view = tile.code.read_views[self.index]
        lanes = tile.code.lanes
        self.size = lanes.tile[axis]
        self.distance = lanes.band or self.size
        other = next(a for a in lanes.order if a != axis)
        self.tiles = points(tile.draft.domain[other], lanes.tile[other])
        span = tile.spans[other]
        self.number = self.f.index(span.offset // lanes.tile[other])
        if span.start is not None:
            self.number = self.f.div(span.start, self.f.index(lanes.tile[other]), signed=False)

    def across(self, turns: int) -> Requests:
        """The strip is contiguous along the lanes: a part has whole rows of it."""
        f, width = self.f, self.tile.width
        share = points(self.part.size, self.tiles)
        rows = points(share, max(1, turns // TURNS))
        ahead = points(self.distance, width)
        places = [ahead + vector for vector in range(points(self.size, width))]

        def ask(i: Value) -> None:
            start = f.mul(f.index(rows), i)
            start = f.add(start, f.mul(self.number, f.index(share)))
            for row in range(rows):
                self._ask((start, row), places)

        return Requests(points(share, rows), ask)

    def along(self, turns: int) -> Requests:
        """It is contiguous along the folded axis: a part has some of its lines as they lie."""
        f, line = self.f, LINE // itemsize(self.view.dtype)
        lines = points(self.part.size, line)
        each = points(lines, max(1, turns // TURNS))
        share = points(self.size, self.tiles)
        places = [self.distance + i for i in range(share)]
        step = share * self.view.strides[self.m.index(self.axis)] * itemsize(self.view.dtype)
        moved = f.mul(self.number, f.index(step))

        def ask(i: Value) -> None:
            start = f.mul(f.index(each * line), i)
            for number in range(each):
                self._ask((start, number * line), places, moved)

        return Requests(points(lines, each), ask)

    def _ask(
        self, entry: tuple[Value, int], places: Sequence[int], moved: Value | None = None
    ) -> None:
        """The lines at an entry of the folded axis, counted from the block's first, and at some
        places along the axis.
        """
        tile, fold = self.tile, self.tile.program.rank
        start, offset = entry
        if self.part.start is not None:
            start = self.f.add(start, self.part.start)
        before = tile.lane, tile.spans[fold]
        tile.enter()
        tile.lane = tile.code.lanes.lane
        tile.spans[fold] = Span(start, self.part.offset + offset, 1)
        for place in places:
            pointer = tile.address(self.index, self.m, {self.axis: place}, write=False)
            pointer = pointer if moved is None else self.f.at(pointer, moved)
            self.f.prefetch(pointer, near=False)
        tile.lane, tile.spans[fold] = before
        tile.leave()
