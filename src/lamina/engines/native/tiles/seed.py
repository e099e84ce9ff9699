"""Seeds: the loops over the axes that a contraction or reduction folds, with its sums in registers.

Either the results lie in the lanes, one sum a vector of them; or the longest folded axis does, one
sum a result, whose lanes are folded at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lamina.engines.native.buffers import itemsize
from lamina.engines.native.emit import Value, vector
from lamina.engines.native.emit.arith import fold
from lamina.engines.native.emit.vectors import fold_rows
from lamina.engines.native.plain.nest import load
from lamina.engines.native.rules import RULES
from lamina.engines.native.tiles.ahead import Requests, next_strip
from lamina.engines.native.tiles.maps import REDUCTIONS, Map
from lamina.engines.native.tiles.program import Chosen, points
from lamina.engines.native.tiles.tile import Place, Span, Tile
from lamina.graph.node import Node

UNROLLED = 48  # multiply-adds that are written out rather than looped
AHEAD = 8  # turns that a vector is asked for before it is needed
FAR_BYTES = 128 << 10  # of an operand, from which it pays to ask
CHAINS = 8  # sums that hide the latency of an addition
Sums = Callable[[Sequence[Place], list[Value]], list[Value]]


class Seed:
    """Sums of one tile.

    Args:
        part: what is summed of the first folded axis; all of it by default.
        added: what sums at some places become at the end; they stay as they are by default.
        requests: what to ask for between the turns; a part of the next strip by default.
    """

    def __init__(
        self,
        tile: Tile,
        part: Span | None = None,
        added: Sums | None = None,
        requests: Requests | None = None,
    ) -> None:
        self.tile, self.f = tile, tile.f
        self.draft, self.program = tile.draft, tile.program
        assert self.draft.seed is not None
        self.node = self.draft.seed
        self.rank, self.width = self.program.rank, tile.width
        lane = tile.code.lanes.lane
        self.lane = lane
        self.across = lane is not None and lane >= self.rank
        self.rule = RULES["add" if self.node.op == "contract" else REDUCTIONS[self.node.op]]
        sizes = self.draft.folded
        # Outermost first, as memory is walked; in the lanes, or with the smallest steps, the last.
        self.loops = sorted(range(len(sizes)), key=lambda i: -self._stride(self.rank + i))
        if self.across and lane is not None:
            self.loops.remove(lane - self.rank)
            self.loops.append(lane - self.rank)
        self.chosen = self.program.chosen if tile.code.lanes.chosen else None
        if self.chosen is not None:
            self.loops = [i for i in self.loops if self.rank + i not in self.chosen.axes]
        self.inner = self.loops[-1] if self.loops else -1
        self.parts = [Span(None, 0, size) for size in sizes]
        if part is not None:
            self.parts[0] = part
        self.added, self.requests = added, requests

    def run(self) -> None:
        """Computes the seed at every place of the tile."""
        tile = self.tile
        others = [a for a in range(self.rank) if a != tile.code.lanes.elane]
        if not self.across:
            elane = tile.code.lanes.elane
            axes = others + ([elane] if elane is not None else [])
            for p, total in self._grouped(tile.places(axes), tile.code.lanes.group):
                self._put(p, total)
            return
        self._across(others)

    def scalar(self) -> Value:
        """The one value of a seed that folds everything."""
        (_, total), *_ = self._grouped([{}], 1)
        return (
            fold(self.f, self.rule, self.node.dtype, total) if self.across else self._first(total)
        )

    def _first(self, total: Value) -> Value:
        return self.f.extract(total, 0)

    def _put(self, p: Place, total: Value) -> None:
        self.tile.put(self.node, self.draft.maps[self.node], p, total)

    def _across(self, others: Sequence[int]) -> None:
        """Sums with a folded axis in the lanes; those of as many as fill a vector are folded."""
        tile, elane = self.tile, self.tile.code.lanes.elane
        assert elane is not None
        span = tile.spans[elane]
        rows = span.size
        if span.start is None:
            rows = min(rows, self.draft.domain[elane] - span.offset)
        for q in tile.places(list(others)):
            for chunk in range(points(rows, self.width)):
                first = chunk * self.width
                block = range(first, min(first + self.width, rows))
                sums = self._grouped([{**q, elane: i} for i in block], tile.code.lanes.group)
                vectors = [total for _, total in sums]
                total = fold_rows(self.f, self.rule, self.node.dtype, vectors)
                self._put({**q, elane: chunk}, total)

    # ── sums ──

    def _grouped(self, places: Sequence[Place], group: int) -> list[tuple[Place, Value]]:
        found: list[tuple[Place, Value]] = []
        size = max(1, group)
        for i in range(0, len(places), size):
            part = places[i : i + size]
            found.extend(zip(part, self._sums(part), strict=True))
        return found

    def _start(self) -> Value:
        start = 0 if self.node.op == "contract" else self.program.neutral(self.node)
        return self.f.const(vector(self.node.dtype, self.width), start)

    def _sums(self, places: Sequence[Place]) -> list[Value]:
        """The sums at these places, over all folded axes."""
        start = [self._start()] * len(places)
        if not self.draft.folded:
            return self._term(places, start, None)
        self.tile.prepare(seeding=True)
        sums = self._around(self.loops[:-1], places, start)
        return self.added(places, sums) if self.added else sums

    def _stride(self, axis: int) -> int:
        """The largest step that a folded axis makes in an operand, in elements."""
        code = self.tile.code
        views = [
            (m, code.read_views[code.reads[x, m]])
            for x, m in zip(self.node.inputs, self.program.seed_maps, strict=True)
            if (x, m) in code.reads
        ]
        steps = [abs(view.strides[m.index(axis)]) for m, view in views if axis in m]
        return max(steps, default=0)

    def _around(
        self, outer: Sequence[int], places: Sequence[Place], sums: list[Value]
    ) -> list[Value]:
        """Loops over the folded axes but the innermost."""
        if not outer:
            return self._inner(places, sums)
        axis = self.rank + outer[0]

        def turn(i: Value, state: list[Value]) -> list[Value]:
            self.tile.enter()
            self.tile.spans[axis] = Span(i, 0, 1)
            self.tile.prepare(seeding=True)
            found = self._around(outer[1:], places, state)
            self._leave(axis)
            return found

        f, part = self.f, self.parts[outer[0]]
        begin, end = (f.index(part.offset + n) for n in (0, part.size))
        if part.start is not None:
            begin, end = f.add(part.start, begin), f.add(part.start, end)
        return f.loop(begin, end, 1, sums, turn)

    def _leave(self, axis: int) -> None:
        self.tile.spans[axis] = Span(None, 0, self.draft.extent(axis))
        self.tile.leave()

    def _inner(self, places: Sequence[Place], sums: list[Value]) -> list[Value]:
        """The innermost folded axis: written out if short, else a loop with several chains."""
        unit, size = self.width if self.across else 1, self.parts[self.inner].size
        whole = size // unit
        if whole * len(places) <= UNROLLED:
            for step in range(whole):
                sums = self._step(places, sums, self._entry(step * unit, unit))
        else:
            sums = self._looped(whole, unit, places, sums)
        if whole * unit < size:
            sums = self._step(places, sums, self._entry(whole * unit, unit))
        return sums

    def _entry(self, offset: int, unit: int) -> Span:
        part = self.parts[self.inner]
        return Span(part.start, part.offset + offset, unit)

    def _looped(
        self, whole: int, unit: int, places: Sequence[Place], sums: list[Value]
    ) -> list[Value]:
        f, count, axis = self.f, len(places), self.rank + self.inner
        ways = 1
        while count * ways * 2 <= CHAINS and whole >= 4 * ways:
            ways *= 2
        unroll = max(ways, 2 if count < 2 * CHAINS and whole >= 4 else 1)
        main = whole // unroll * unroll
        chains = [*sums, *[self._start()] * (count * (ways - 1))]

        def turn(i: Value, state: list[Value]) -> list[Value]:
            self.tile.enter()
            self.tile.spans[axis] = Span(i, 0, unit)
            self.tile.prepare(seeding=True)
            for step in range(unroll):
                way = step % ways * count
                part = state[way : way + count]
                state[way : way + count] = self._step(places, part, Span(i, step * unit, unit))
            self._leave(axis)
            return state

        start, first = self.parts[self.inner].start, self.parts[self.inner].offset
        begin, end = f.index(first), f.index(first + main * unit)
        if start is not None:
            begin, end = f.add(start, begin), f.add(start, end)
        chains = self._turns((begin, end), unroll * unit, chains, turn)
        for step in range(main, whole):
            entry = self._entry(step * unit, unit)
            chains[:count] = self._step(places, chains[:count], entry)
        while len(chains) > count:
            half = len(chains) // 2
            pairs = zip(chains[:half], chains[half:], strict=True)
            chains = [self.rule(f, self.node.dtype, a, b) for a, b in pairs]
        return chains

    def _turns(
        self,
        ends: tuple[Value, Value],
        step: int,
        state: list[Value],
        turn: Callable[[Value, list[Value]], list[Value]],
    ) -> list[Value]:
        """The turns of the loop, with requests for what is needed later between them."""
        f, (begin, end) = self.f, ends
        part = self.parts[self.inner]
        turns = part.size // step
        requests = None if self.chosen else self.requests
        if requests is None and not (self.across or self.chosen):
            requests = next_strip(self.tile, part, turns)
        if requests is None:
            return f.loop(begin, end, step, state, turn)
        # The last piece is longer, so that what was asked for last has time to come.
        length = f.index(turns // (requests.count + 2) * step)

        def piece(i: Value, state: list[Value]) -> list[Value]:
            requests.ask(i)
            start = f.add(begin, f.mul(i, length))
            last = f.compare("eq", i, f.index(requests.count - 1))
            return f.loop(start, f.select(last, end, f.add(start, length)), step, state, turn)

        return f.loop(f.index(0), f.index(requests.count), 1, state, piece)

    def _step(self, places: Sequence[Place], sums: Sequence[Value], span: Span) -> list[Value]:
        axis = self.rank + self.inner
        # A chosen entry is another at each step: nothing is the same at all.
        self.tile.enter(step_of=None if self.chosen else axis)
        self.tile.spans[axis] = span
        mask = self._mask(axis, span)
        if self.chosen is not None:
            self._choose(self.chosen, places[0])
        elif span.start is not None:
            self._fetch_ahead(places, axis)
        found = self._term(places, sums, mask)
        for a in self.chosen.axes if self.chosen is not None else ():
            self.tile.spans[a] = Span(None, 0, self.draft.extent(a))
        self._leave(axis)
        return found

    def _choose(self, chosen: Chosen, p: Place) -> None:
        """Goes to the entry that is not zero; all places of the tile share it."""
        tile, f, (node, m) = self.tile, self.f, chosen.winner
        index = tile.code.reads[node, m]
        place = load(f, node.dtype, tile.address(index, m, p, write=False), 0)
        left = f.resize(place, f.index(0).type, signed=False)
        for a in reversed(chosen.axes):
            size = f.index(self.draft.extent(a))
            tile.spans[a] = Span(f.rem(left, size, signed=False), 0, 1)
            left = f.div(left, size, signed=False)

    def _fetch_ahead(self, places: Sequence[Place], axis: int) -> None:
        """Asks for the vectors of a later turn, where they come from beyond the near caches."""
        tile, seen = self.tile, set()
        before, tile.lane = tile.lane, self.lane
        for x, m in zip(self.node.inputs, self.program.seed_maps, strict=True):
            if self.lane not in m or axis not in m or not self.program.loaded(x):
                continue
            if x.size * itemsize(x.dtype) < FAR_BYTES:
                continue
            index = tile.code.reads[x, m]
            view = tile.code.read_views[index]
            step = AHEAD * view.strides[m.index(axis)] * itemsize(view.dtype)
            for p in places:
                key = tuple(p.get(a, 0) for a in m if a is not None)
                if key not in seen:
                    seen.add(key)
                    pointer = tile.address(index, m, p, write=False)
                    self.f.prefetch(self.f.at(pointer, step))
        tile.lane = before

    def _mask(self, axis: int, span: Span) -> Value | None:
        if not self.across or span.start is not None:
            return None
        beyond = span.offset + self.width - self.draft.extent(axis)
        if beyond <= 0:
            return None
        bits = [1] * (self.width - beyond) + [0] * beyond
        return self.f.consts(vector("bool", self.width), bits)

    def _factors(self) -> list[tuple[Node, Map]]:
        """What is multiplied, or added up."""
        given = list(zip(self.node.inputs, self.program.seed_maps, strict=True))
        if self.chosen is None:
            return given
        return [self.chosen.g if x is self.chosen.node else (x, m) for x, m in given]

    def _term(
        self, places: Sequence[Place], sums: Sequence[Value], mask: Value | None
    ) -> list[Value]:
        """Each sum with one more term."""
        tile, before = self.tile, self.tile.lane
        tile.lane = self.lane
        found = []
        for p, total in zip(places, sums, strict=True):
            xs = [tile.value(x, m, p) for x, m in self._factors()]
            if mask is not None:
                start = self._start() if self.node.op != "contract" else None
                xs = [self.f.select(mask, x, start or self.f.const(x.type, 0)) for x in xs]
            if self.node.op == "contract":
                found.append(self.f.fma(xs[0], xs[1], total))
            else:
                found.append(self.rule(self.f, self.node.dtype, total, xs[0]))
        tile.lane = before
        return found
