"""Tile kernels: a tile program on views of its operands, as one function."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence

from lamina.engines.native.buffers import View, itemsize
from lamina.engines.native.emit import Function, Type, Value
from lamina.engines.native.emit.arith import cast, fold, threefry
from lamina.engines.native.emit.types import element, vector
from lamina.engines.native.plain.nest import load
from lamina.engines.native.rules import RULES
from lamina.engines.native.tiles import partial
from lamina.engines.native.tiles.ahead import after_sums
from lamina.engines.native.tiles.lanes import Lanes, folded_dim
from lamina.engines.native.tiles.maps import REDUCTIONS, Map, is_move, operands
from lamina.engines.native.tiles.program import TileProgram, as_array, points
from lamina.engines.native.tiles.rows import store_rows
from lamina.engines.native.tiles.seed import Seed
from lamina.engines.native.tiles.stores import store_scalar
from lamina.engines.native.tiles.tile import Code, Key, Span, Tile, tree
from lamina.engines.native.tiles.walk import Share, Walk, shared_axes
from lamina.graph.node import Node

SHARED_CYCLES = 20_000  # of a kernel, from which sharing it out pays for a barrier
# The same where the kernels around it are shared, so that its operands lie in the caches of all
# cores; and how many bytes a core moves in a cycle.
ALONGSIDE_CYCLES, BYTES_A_CYCLE = 6_000, 16


class TileKernel:
    """See `kernel.Kernel`. `writes` holds every copy of every result."""

    def __init__(
        self,
        program: TileProgram,
        lanes: Lanes,
        views: Callable[[Node], Sequence[View]],
        places: Mapping[Node, Sequence[View]],
    ) -> None:
        self.program, self.lanes = program, lanes
        # Whether it stands in a loop with others that are shared out.
        self.accompanies = False
        self._reads: dict[tuple[Node, Map], int] = {}
        self._maps: list[set[Map]] = []
        found: list[View] = []
        for use in program.uses:
            if not use.loaded:
                continue
            axis = lanes.lane if use.seeding else lanes.elane
            dim = use.m.index(axis) if axis is not None and axis in use.m else None
            if dim is None and use.seeding:
                dim = folded_dim(program, use.m)
            view = _fitting(views(use.node), dim)
            if view not in found:
                found.append(view)
                self._maps.append(set())
            self._reads[use.node, use.m] = found.index(view)
            self._maps[found.index(view)].add(use.m)
        self.reads = tuple(found)
        self._writes: dict[Node, list[int]] = {}
        written: list[View] = []
        for out in program.draft.outs:
            self._writes[out] = list(range(len(written), len(written) + len(places[out])))
            written.extend(places[out])
        self.writes = tuple(written)
        self.temporaries = (partial.room(program, lanes),) if lanes.depth else ()

    @property
    def units(self) -> int:
        """Tiles along the shared axes, where there is work enough to share out. A kernel that sums
        over all tiles, or goes on after them, is one thread's.
        """
        draft = self.program.draft
        if not self.program.rank or draft.totals or draft.tail or not self._is_worth_sharing():
            return 1
        axes = shared_axes(draft.domain, self.lanes)
        return math.prod(points(draft.domain[a], self.lanes.tile[a]) for a in axes)

    def _is_worth_sharing(self) -> bool:
        if not self.accompanies:
            return self.lanes.cycles >= SHARED_CYCLES
        return self.work >= min(ALONGSIDE_CYCLES, SHARED_CYCLES)

    @property
    def work(self) -> float:
        """Cycles that it takes to compute and to move what it reads and writes."""
        moved = sum(view.size * itemsize(view.dtype) for view in (*self.reads, *self.writes))
        return self.lanes.cycles + moved / BYTES_A_CYCLE

    @property
    def name(self) -> str:
        """The seed and how many values are computed."""
        draft = self.program.draft
        seed = draft.seed.op if draft.seed is not None else "values"
        return f"{seed}+{len(draft.nodes())}"

    def key(self) -> Hashable:
        """See `Kernel.key`."""
        index = tuple(self._reads.values())
        places = tuple(map(tuple, self._writes.values()))
        return ("tile", self.program.key(), self.lanes, self.units, index, places)

    def may_overwrite(self, read: int, write: int) -> bool:
        """Only what is read at the very place where it is written; numbers are read before all."""
        draft = self.program.draft
        out = next(node for node, places in self._writes.items() if write in places)
        if out not in draft.maps:
            return all(axis is None for m in self._maps[read] for axis in m)
        return self._maps[read] == {draft.maps[out]}

    def emit(self, f: Function, pointers: Sequence[Value]) -> None:
        """See `Kernel.emit`."""
        count, views = len(self.writes), (*self.reads, *self.temporaries)
        code = Code(
            f, self.program, self.lanes, self._reads, views,
            pointers[count:], self._writes, self.writes, pointers[:count],
        )  # fmt: skip
        part = pointers[count + len(views) :]
        _Emission(code, (part[0], part[1]) if part else None).run()


def _fitting(views: Sequence[View], dim: int | None) -> View:
    """The copy that is contiguous along a dim, else the first."""
    if dim is not None:
        for view in views:
            if view.strides[dim] == 1:
                return view
    return views[0]


class _Emission:
    """The loops over tiles, and what is computed before and after them.

    Args:
        share: the first unit of the outermost axis to do, and the one after the last; None: all.
    """

    def __init__(self, code: Code, share: Share | None) -> None:
        self.share = share
        self.code, self.f = code, code.f
        self.program, self.draft = code.program, code.program.draft
        self.before: dict[Key, Value] = {}
        self.scalars: dict[Node, Value] = {}
        self.totals: dict[Node, Value] = {}
        # The block of the folded axis that is being summed, where it is summed in blocks.
        self.part: Span | None = None

    def run(self) -> None:
        if self.program.rank:
            self._load_scalars()
            self._tiles()
        elif self.draft.seed is not None:
            tile = Tile(self.code, [], {})
            self.scalars[self.draft.seed] = Seed(tile).scalar()
        last = Tile(self.code, self._nowhere(), {})
        # All are computed before one is stored: it may be stored where another is read.
        numbers = [(o, self._scalar(o)) for o in self.draft.outs if o not in self.draft.maps]
        for out, value in numbers:
            store_scalar(last, out, value)

    def _nowhere(self) -> list[Span]:
        return [Span(None, 0, size) for size in self.draft.domain]

    def _load_scalars(self) -> None:
        """Numbers that are the same everywhere are loaded before the loops."""
        tile = Tile(self.code, self._nowhere(), {})
        for node, m in self.code.reads:
            if all(axis is None for axis in m):
                self.before[node, m, ()] = tile.value(node, m, {})

    # ── loops over tiles ──

    def _tiles(self) -> None:
        self._open_totals()
        f, depth = self.f, self.code.lanes.depth

        def walk(part: Span | None) -> None:
            self.part = part
            Walk(f, self.draft.domain, self.code.lanes, self.share, self._one).run()

        if not depth:
            walk(None)
            return
        whole = self.draft.folded[0]
        last = (points(whole, depth) - 1) * depth

        def block(k: Value, _: list[Value]) -> list[Value]:
            walk(Span(k, 0, depth))
            return []

        f.loop(f.index(0), f.index(last), depth, [], block)
        walk(Span(None, last, whole - last))

    def _one(self, spans: Sequence[Span]) -> None:
        tile = Tile(self.code, spans, self.before)
        if self.draft.seed is not None:
            self._sum(tile)
        if self.part is None or self.part.start is None:
            self._leave(tile)

    def _sum(self, tile: Tile) -> None:
        """The seed at every place of the tile, or a block of it."""
        part, requests = self.part, None
        if part is None or part.start is None:
            requests = after_sums(tile, self._terms())
        if part is None:
            Seed(tile, requests=requests).run()
            return
        sums = partial.Partial(tile, part)
        sums.ask()
        Seed(tile, part, sums.added, requests).run()
        if part.start is not None:
            sums.keep()

    def _terms(self) -> int:
        """How many terms a tile sums in one loop; 0 if there is no such loop."""
        lanes, folded = self.code.lanes, self.draft.folded
        if lanes.lane != lanes.elane or len(folded) != 1:
            return 0
        return folded[0] if self.part is None else self.part.size

    def _leave(self, tile: Tile) -> None:
        """What follows on the sums."""
        store_rows(tile)
        for total in self.draft.totals:
            self._add(tile, total)

    # ── totals over all tiles ──

    def _open_totals(self) -> None:
        for node in self.draft.totals:
            kind = self._memory_type(node)
            self.totals[node] = self.f.local(kind, align=64)
            self._keep(node, self.f.const(kind, self._neutral(node)))

    def _memory_type(self, node: Node) -> Type:
        return vector(node.dtype, self.code.lanes.width)

    def _neutral(self, node: Node) -> float | int:
        return self.program.neutral(node)

    def _keep(self, node: Node, value: Value) -> None:
        self.f.store(value, self.totals[node], 8)

    def _add(self, tile: Tile, node: Node) -> None:
        """A tile's share of a total."""
        f, x = self.f, node.inputs[0]
        mx = self.draft.given[node]
        rule = RULES[REDUCTIONS[node.op]]
        values = [
            tile.masked(node, x, mx, p) for p in tile.places([a for a in mx if a is not None])
        ]
        share = tree(f, rule, node.dtype, values)
        if tile.lane not in mx:
            first = f.consts(vector("bool", tile.width), [1] + [0] * (tile.width - 1))
            share = f.select(first, share, f.const(share.type, self._neutral(node)))
        before = f.load(self._memory_type(node), self.totals[node], 8)
        self._keep(node, rule(f, node.dtype, before, share))

    # ── scalars after the tiles ──

    def _scalar(self, node: Node) -> Value:
        if node not in self.scalars:
            self.scalars[node] = self._compute_scalar(node)
        return self.scalars[node]

    def _compute_scalar(self, node: Node) -> Value:
        f = self.f
        if node in self.totals:
            rule = RULES[REDUCTIONS[node.op]]
            whole = f.load(self._memory_type(node), self.totals[node], 8)
            return fold(f, rule, node.dtype, whole)
        if self.program.loaded(node):
            index = self.code.reads[node, (None,) * len(node.shape)]
            return load(f, node.dtype, self.code.read_pointers[index], 0)
        if node.op == "const":
            return f.const(element(node.dtype), as_array(node).item())
        if node.op == "iota":
            return f.const(element(node.dtype), 0)
        xs = [self._scalar(x) for x in operands(node)]
        if is_move(node) or (node.op in REDUCTIONS):
            return xs[0]
        if node.op == "cast":
            return cast(f, xs[0], operands(node)[0].dtype, node.dtype)
        if node.op == "item":
            return threefry(f, *xs)[node.attrs["index"]]
        return RULES[node.op](f, operands(node)[-1].dtype, *xs)
