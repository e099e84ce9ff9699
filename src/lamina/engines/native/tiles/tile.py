"""Tiles: the value of a node at a place of a tile, in a register, computed once.

`value(node, m, p)` is the whole of it: a value at an axis map and a place is loaded, or computed
from its operands' values. Every value is a vector; one that does not run along the lane axis is the
same in all lanes. A place gives for each axis its offset from the tile's start: in elements, or in
vectors along the lane axis.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from lamina.engines.native.buffers import View, itemsize
from lamina.engines.native.emit import Function, Value, vector
from lamina.engines.native.emit.arith import Rule, cast, threefry
from lamina.engines.native.emit.types import element, is_signed
from lamina.engines.native.emit.vectors import fold_everywhere
from lamina.engines.native.plain.nest import load, store
from lamina.engines.native.rules import RULES
from lamina.engines.native.tiles.bases import Base
from lamina.engines.native.tiles.lanes import Lanes
from lamina.engines.native.tiles.maps import (
    POSITIONS,
    REDUCTIONS,
    Map,
    is_move,
    operands,
    picked_dim,
)
from lamina.engines.native.tiles.program import TileProgram, as_array, points
from lamina.graph.dtypes import is_float
from lamina.graph.node import Node

Place = Mapping[int, int]
Key = tuple[Node, Map, tuple[int, ...]]


@dataclass(frozen=True)
class Span:
    """Where a tile begins along an axis: a loop's value or none, and a number; and its size."""

    start: Value | None
    offset: int
    size: int


@dataclass
class Code:
    """A kernel being emitted: its operands' pointers and views."""

    f: Function
    program: TileProgram
    lanes: Lanes
    reads: Mapping[tuple[Node, Map], int]
    read_views: Sequence[View]
    read_pointers: Sequence[Value]
    writes: Mapping[Node, Sequence[int]]
    write_views: Sequence[View]
    write_pointers: Sequence[Value]
    # By (operand, map, whether it is written, lane axis): the bytes between neighbours along each
    # axis. By (operand's view, map, lane axis): the alignment. Every place asks for both.
    steps: dict[Hashable, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    alignments: dict[Hashable, int] = field(default_factory=dict)


class Tile:
    """One tile of a kernel. `before` holds values that were computed ahead of all loops."""

    def __init__(self, code: Code, spans: Sequence[Span], before: Mapping[Key, Value]) -> None:
        self.code, self.f, self.program = code, code.f, code.program
        self.draft = code.program.draft
        self.width = code.lanes.width
        folded = [Span(None, 0, size) for size in self.draft.folded]
        self.spans = [*spans, *folded]
        self.lane = code.lanes.elane
        self.before = before
        self.memo: list[dict[Key, Value]] = [{}]
        # Of each layer of the memo, the axis along which it is one entry of straight code.
        self.steps_of: list[int | None] = [None]
        self.bases: list[dict[tuple[int, Map, bool], Base]] = [{}]

    # ── places ──

    def steps(self, axis: int) -> int:
        """Places of the tile along an axis."""
        size = self.spans[axis].size
        return points(size, self.width) if axis == self.lane else size

    def places(self, axes: Sequence[int]) -> list[dict[int, int]]:
        """Every place along the given axes."""
        found: list[dict[int, int]] = [{}]
        for axis in axes:
            found = [{**p, axis: i} for p in found for i in range(self.steps(axis))]
        return found

    def ragged(self, axis: int, step: int) -> int:
        """How many lanes of a vector along the lane axis lie beyond the axis."""
        span, extent = self.spans[axis], self.draft.extent(axis)
        if span.start is not None:
            return 0
        return max(0, span.offset + (step + 1) * self.width - extent)

    def inside(self, axis: int, step: int) -> Value | None:
        """The lanes that lie within the axis; None if all do."""
        beyond = self.ragged(axis, step)
        if not beyond:
            return None
        kept = min(beyond, self.width)
        mask = [1] * (self.width - kept) + [0] * kept
        return self.f.consts(vector("bool", self.width), mask)

    # ── values ──

    def value(self, node: Node, m: Map, p: Place) -> Value:
        """The value of a node whose dims run along the axes m, at a place."""
        key = (node, m, tuple([0 if a is None else p.get(a, 0) for a in m]))
        if key in self.before:
            return self.before[key]
        for layer in self.memo:
            if key in layer:
                return layer[key]
        found = self._compute(node, m, p)
        depth = len(self.memo) - 1
        while self.steps_of[depth] is not None and self.steps_of[depth] not in m:
            depth -= 1  # the same at the next entry, which follows in the code
        self.memo[depth][key] = found
        return found

    def enter(self, step_of: int | None = None) -> None:
        """A loop's body, or an entry along an axis: what is computed in it is its own."""
        self.memo.append({})
        self.bases.append({})
        self.steps_of.append(step_of)

    def leave(self) -> None:
        """Its end."""
        self.memo.pop()
        self.bases.pop()
        self.steps_of.pop()

    def put(self, node: Node, m: Map, p: Place, value: Value) -> None:
        """Makes a value known for the rest of the tile."""
        self.memo[0][node, m, tuple([0 if a is None else p.get(a, 0) for a in m])] = value

    def _compute(self, node: Node, m: Map, p: Place) -> Value:
        if self.program.loaded(node):
            return self._load(node, m, p)
        if is_move(node):
            return self.value(node.inputs[0], self.program.map_of(node, m, node.inputs[0]), p)
        if node.op == "slice":
            return self._picked(node, p)
        if node.op == "const":
            return self.f.const(vector(node.dtype, self.width), as_array(node).item())
        if node.op == "iota":
            return self._iota(node, m, p)
        if node.op in REDUCTIONS:
            return self._reduce(node, m, p)
        if node.op in POSITIONS:
            return self._position(node, m, p)
        return self._elementwise(node, m, p)

    def _picked(self, node: Node, p: Place) -> Value:
        """One entry along an axis that the tile spans whole."""
        x, dim = node.inputs[0], picked_dim(node)
        assert dim is not None
        m = self.draft.maps[x]
        axis = m[dim]
        assert axis is not None
        return self.value(x, m, {**p, axis: node.attrs["starts"][dim]})

    def _elementwise(self, node: Node, m: Map, p: Place) -> Value:
        given = operands(node)
        joined = self._multiply_add(node, m, p)
        if joined is not None:
            return joined
        xs = [self.value(x, self.program.map_of(node, m, x), p) for x in given]
        if node.op == "cast":
            return cast(self.f, xs[0], given[0].dtype, node.dtype)
        if node.op == "item":
            return threefry(self.f, *xs)[node.attrs["index"]]
        return RULES[node.op](self.f, given[-1].dtype, *xs)

    def _multiply_add(self, node: Node, m: Map, p: Place) -> Value | None:
        """a b + c and a b - c of floats as one instruction, where nobody else needs the product."""
        if node.op not in ("add", "sub") or not is_float(node.dtype):
            return None
        for i, x in enumerate(node.inputs):
            if x.op == "mul" and self.program.is_private(x):
                map_of = self.program.map_of
                mx = map_of(node, m, x)
                a, b = (self.value(y, map_of(x, mx, y), p) for y in x.inputs)
                other = node.inputs[1 - i]
                c = self.value(other, map_of(node, m, other), p)
                if node.op == "sub":
                    a, c = (self.f.neg(a), c) if i else (a, self.f.neg(c))
                return self.f.fma(a, b, c)
        return None

    def _iota(self, node: Node, m: Map, p: Place) -> Value:
        axis, f = m[node.attrs["axis"]], self.f
        kind = vector("int32", self.width)
        if axis is None:
            return f.const(vector(node.dtype, self.width), 0)
        span = self.spans[axis]
        first = span.offset + p.get(axis, 0) * (self.width if axis == self.lane else 1)
        if axis == self.lane:
            base = f.consts(kind, range(first, first + self.width))
        else:
            base = f.const(kind, first)
        if span.start is not None:
            start = f.splat(f.cast("trunc", span.start, element("int32")), self.width)
            base = f.add(base, start)
        return cast(f, base, "int32", node.dtype)

    # ── folds of the tile's own values ──

    def _folded(self, node: Node, p: Place) -> list[dict[int, int]]:
        """The places that a fold takes together."""
        axes = self.draft.folds.get(node, ())
        return [{**p, **q} for q in self.places(axes)]

    def _reduce(self, node: Node, m: Map, p: Place) -> Value:
        f, x = self.f, node.inputs[0]
        mx, axes = self.draft.given[node], self.draft.folds[node]
        rule = RULES[REDUCTIONS[node.op]]
        values = [self.masked(node, x, mx, q) for q in self._folded(node, p)]
        total = tree(f, rule, node.dtype, values)
        if self.lane in axes:
            return fold_everywhere(f, rule, node.dtype, total)
        return total

    def masked(self, node: Node, x: Node, mx: Map, p: Place) -> Value:
        """An operand of a fold, neutral in the lanes that lie beyond the axis."""
        value = self.value(x, mx, p)
        if self.lane not in mx or self.lane is None:
            return value
        mask = self.inside(self.lane, p.get(self.lane, 0))
        if mask is None:
            return value
        return self.f.select(mask, value, self.f.const(value.type, self.program.neutral(node)))

    def _position(self, node: Node, m: Map, p: Place) -> Value:
        """argmax, argmin along an axis outside the lanes: the first extreme, NaN before all."""
        f, x = self.f, node.inputs[0]
        signed = is_signed(x.dtype)
        best: Value | None = None
        where = f.const(vector("int32", self.width), 0)
        for i, q in enumerate(self._folded(node, p)):
            value = self.value(x, self.draft.given[node], q)
            if best is None:
                best = value
                continue
            better = f.compare(POSITIONS[node.op], value, best, signed)
            if is_float(x.dtype):
                better = f.or_(better, f.and_(f.is_nan(value), f.not_(f.is_nan(best))))
            best = f.select(better, value, best)
            where = f.select(better, f.const(where.type, i), where)
        return where

    # ── memory ──

    def _load(self, node: Node, m: Map, p: Place) -> Value:
        index = self.code.reads[node, m]
        view, f = self.code.read_views[index], self.f
        pointer = self.address(index, m, p, write=False)
        step = self.lane_step(view, m)
        if step == 0:
            return f.splat(load(f, view.dtype, pointer, 0), self.width)
        assert self.lane is not None
        beyond = min(self.width, self.ragged(self.lane, p.get(self.lane, 0)))
        if step == 1:
            # Padding may be read; without it the buffer may end with the axis.
            absent = 0 if view.padded else beyond
            return load(f, view.dtype, pointer, self.width, self.alignment(view, m), absent)
        found = f.const(vector(view.dtype, self.width), 0)
        for lane in range(self.width - beyond):
            place = f.at(pointer, lane * step * itemsize(view.dtype))
            found = f.insert(found, load(f, view.dtype, place, 0), lane)
        return found

    def lane_step(self, view: View, m: Map) -> int:
        """The stride along the lane axis; 0 where the value does not run along it."""
        if self.lane is None or self.lane not in m:
            return 0
        return view.strides[m.index(self.lane)]

    def alignment(self, view: View, m: Map) -> int:
        """The alignment of vectors along the lanes."""
        key = (id(view), m, self.lane)
        found = self.code.alignments.get(key)
        if found is None:
            found = self.code.alignments[key] = self._alignment(view, m)
        return found

    def _alignment(self, view: View, m: Map) -> int:
        size = itemsize(view.dtype)
        others = [
            step * size
            for axis, step in zip(m, view.strides, strict=True)
            if axis is not None and axis != self.lane
        ]
        return math.gcd(view.form.align, self.width * size, *others)

    def address(self, index: int, m: Map, p: Place, write: bool) -> Value:
        """The pointer to a place of an operand: one base a tile, then numbers."""
        base = self._base(index, m, write)
        offset = base.offset
        key = (index, m, write, self.lane)
        steps = self.code.steps.get(key)
        if steps is None:
            steps = self.code.steps[key] = self._steps(index, m, write)
        for axis, step in steps:
            offset += p.get(axis, 0) * step
        return self.f.at(base.pointer, offset)

    def prepare(self, seeding: bool) -> None:
        """Has the bases of what is loaded for the sums, or of everything else, before a loop: in it
        only a step along its axis is added.
        """
        for use in self.program.uses:
            if use.loaded and use.seeding == seeding:
                self._base(self.code.reads[use.node, use.m], use.m, write=False)
        for out in () if seeding else self.draft.outs:
            for index in self.code.writes[out] if out in self.draft.maps else ():
                self._base(index, self.draft.maps[out], write=True)

    def _steps(self, index: int, m: Map, write: bool) -> tuple[tuple[int, int], ...]:
        view = (self.code.write_views if write else self.code.read_views)[index]
        size = itemsize(view.dtype)
        return tuple(
            (axis, step * size * (self.width if axis == self.lane else 1))
            for axis, step in zip(m, view.strides, strict=True)
            if axis is not None
        )

    def _base(self, index: int, m: Map, write: bool) -> Base:
        """Where the tile begins in an operand; what the loops around know of it stays."""
        key = (index, m, write)
        spans = tuple([None if a is None else self.spans[a] for a in m])
        for layer in reversed(self.bases):
            found = layer.get(key)
            if found is not None and found.spans == spans:
                return found
            if found is not None and found.leads_to(spans):
                break
        else:
            pointers = self.code.write_pointers if write else self.code.read_pointers
            found = Base(pointers[index], 0, (None,) * len(m))
        view = (self.code.write_views if write else self.code.read_views)[index]
        moved = self.bases[-1][key] = found.moved(self.f, view, spans)
        return moved

    def store_lane(self, value: Value, dtype: str, pointer: Value, lane: int) -> None:
        """Stores one lane of a vector."""
        store(self.f, self.f.extract(value, lane), dtype, pointer)


def tree(f: Function, rule: Rule, dtype: str, values: Sequence[Value]) -> Value:
    """The values combined in pairs."""
    now = list(values)
    while len(now) > 1:
        after = [rule(f, dtype, a, b) for a, b in zip(now[::2], now[1::2], strict=False)]
        now = after + now[len(after) * 2 :]
    return now[0]
