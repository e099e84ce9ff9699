"""The walk of a kernel over its tiles: loops over the axes of its domain, the ragged ends apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lamina.engines.native.emit import Function, Value
from lamina.engines.native.tiles.lanes import Lanes
from lamina.engines.native.tiles.program import points
from lamina.engines.native.tiles.tile import Span


@dataclass(frozen=True)
class Segment:
    """Tiles of one size along an axis: from which entry, how many, how large."""

    start: int
    count: int
    size: int


# The first unit of the outermost axis to do, and the one after the last.
Share = tuple[Value, Value]
Spans = Mapping[int, Span]


class Walk:
    """Calls `one` with the spans of every tile.

    Args:
        domain: the extents of the axes; lanes: order and sizes of the tiles.
        share: the part of the outermost axis to do; None: all.
    """

    def __init__(
        self,
        f: Function,
        domain: Sequence[int],
        lanes: Lanes,
        share: Share | None,
        one: Callable[[list[Span]], None],
    ) -> None:
        self.f, self.domain, self.lanes, self.share, self.one = f, domain, lanes, share, one
        self._segments = [self._split(axis) for axis in range(len(domain))]

    def _split(self, axis: int) -> list[Segment]:
        """Along the lanes the ragged end is a tile of its own, with constant masks."""
        extent, size = self.domain[axis], self.lanes.tile[axis]
        whole = extent // size
        found = [Segment(0, whole, size)] if whole else []
        rest = extent - whole * size
        if rest:
            width = self.lanes.width
            left = points(rest, width) * width if axis == self.lanes.elane else rest
            found.append(Segment(whole * size, 1, left))
        return found

    def run(self) -> None:
        """Emits the loops."""
        *outer, last = self.lanes.order
        for segment in self._segments[last]:
            length = segment.count * segment.size
            if not outer or self.lanes.band == 0 or length <= self.lanes.band:
                continue
            self._bands(outer, last, segment)
            rest = [s for s in self._segments[last] if s is not segment]
            self._segments[last] = rest
        if self._segments[last]:
            self._over(self.lanes.order, {})

    def _bands(self, outer: Sequence[int], last: int, segment: Segment) -> None:
        """The innermost axis in bands: all the others are walked within each."""
        f, end = self.f, self.f.index(segment.start + segment.count * segment.size)

        def band(first: Value, _: list[Value]) -> list[Value]:
            after = f.add(first, f.index(self.lanes.band))
            stop = f.select(f.compare("lt", after, end), after, end)

            def innermost(spans: Spans) -> None:
                self._loop((first, stop), segment.size, lambda s: self._tile({**spans, last: s}))

            self._over(outer, {}, innermost)
            return []

        f.loop(f.index(segment.start), end, self.lanes.band, [], band)

    def _tile(self, spans: Spans) -> None:
        self.one([spans[axis] for axis in range(len(self.domain))])

    def _over(
        self, order: Sequence[int], spans: Spans, then: Callable[[Spans], None] | None = None
    ) -> None:
        """The loops over these axes, and inside them `then`, by default the tile."""
        if not order:
            (then or self._tile)(spans)
            return
        axis = order[0]
        for segment in self._segments[axis]:

            def inside(span: Span, axis: int = axis) -> None:
                self._over(order[1:], {**spans, axis: span}, then)

            if axis == self.lanes.order[0] and self.share is not None:
                self._shared(segment, self.share, inside)
            elif segment.count == 1:
                inside(Span(None, segment.start, segment.size))
            else:
                first = self.f.index(segment.start)
                stop = self.f.index(segment.start + segment.count * segment.size)
                self._loop((first, stop), segment.size, inside)

    def _loop(self, ends: tuple[Value, Value], size: int, inside: Callable[[Span], None]) -> None:
        def turn(i: Value, _: list[Value]) -> list[Value]:
            inside(Span(i, 0, size))
            return []

        self.f.loop(*ends, size, [], turn)

    def _shared(self, segment: Segment, share: Share, inside: Callable[[Span], None]) -> None:
        """The tiles of a segment that lie in the share. Whole tiles come first: a ragged last one
        has the number of those before it.
        """
        f, (first, last) = self.f, share
        if segment.count == 1 and segment.start:
            number = f.index(segment.start // self.lanes.tile[self.lanes.order[0]])
            within = f.and_(f.compare("le", first, number), f.compare("gt", last, number))
            f.when(within, lambda: inside(Span(None, segment.start, segment.size)))
            return
        count, size = f.index(segment.count), f.index(segment.size)
        below = f.select(f.compare("lt", last, count), last, count)
        self._loop((f.mul(first, size), f.mul(below, size)), segment.size, inside)
