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


FINE = 12  # tiles along the outermost axis, from which they alone are shared out
# The first unit to do, and the one after the last.
Share = tuple[Value, Value]
Spans = Mapping[int, Span]


def shared_axes(domain: Sequence[int], lanes: Lanes) -> tuple[int, ...]:
    """The axes whose tiles are shared out, together: the outermost, and if that has few the next,
    unless it is walked in bands.
    """
    count = [points(domain[axis], lanes.tile[axis]) for axis in lanes.order]
    more = count[0] < FINE and len(count) > (1 if lanes.band == 0 else 2) and count[1] > 1
    return tuple(lanes.order[: 2 if more else 1])


class Walk:
    """Calls `one` with the spans of every tile.

    Args:
        domain: the extents of the axes; lanes: order and sizes of the tiles.
        share: the units to do, tiles along the shared axes; None: all.
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
        self._shares = shared_axes(domain, lanes) if share is not None else ()

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

            if self._shares and axis == self._shares[-1]:
                self._shared(segment, axis, self._share(spans), inside)
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

    def _share(self, spans: Spans) -> Share:
        """The tiles to do along the last of the shared axes, where the one before it stands."""
        assert self.share is not None
        if len(self._shares) == 1:
            return self.share
        f, (outer, axis) = self.f, self._shares
        span, size = spans[outer], self.lanes.tile[outer]
        number = f.index(span.offset // size)
        if span.start is not None:
            number = f.div(span.start, f.index(size), signed=False)
        count = points(self.domain[axis], self.lanes.tile[axis])
        before = f.mul(number, f.index(count))
        first, last = (f.sub(end, before) for end in self.share)
        zero = f.index(0)
        return f.select(f.compare("lt", first, zero), zero, first), last

    def _shared(
        self, segment: Segment, axis: int, share: Share, inside: Callable[[Span], None]
    ) -> None:
        """The tiles of a segment that lie in the share. Whole tiles come first: a ragged last one
        has the number of those before it.
        """
        f, (first, last) = self.f, share
        if segment.count == 1 and segment.start:
            number = f.index(segment.start // self.lanes.tile[axis])
            within = f.and_(f.compare("le", first, number), f.compare("gt", last, number))
            f.when(within, lambda: inside(Span(None, segment.start, segment.size)))
            return
        count, size = f.index(segment.count), f.index(segment.size)
        below = f.select(f.compare("lt", last, count), last, count)
        self._loop((f.mul(first, size), f.mul(below, size)), segment.size, inside)
