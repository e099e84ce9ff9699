"""Fusion: a graph as drafts of kernels, in one walk in topological order.

Each contraction, and each reduction that fits no tile, seeds a kernel; an elementwise op joins the
latest kernel among those of its operands, if its shape fits that kernel's axes; a reduction of a
tile's own values joins it where a tile can cover the reduced axes (a row), or sums up over all
tiles (a total). What is cheap and follows from leaves alone belongs to no kernel: whoever needs it
computes it again. What is no tile program is a plain kernel of one node.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from lamina.engines.native.tiles.draft import Draft
from lamina.engines.native.tiles.maps import (
    POSITIONS,
    REDUCTIONS,
    Map,
    dim_pairs,
    is_elementwise,
    is_move,
    natural,
    operand_map,
    operands,
    picked_dim,
    reduced_dims,
)
from lamina.engines.native.tiles.views import root
from lamina.graph.node import Graph, Node
from lamina.passes.cheap import CHEAP
from lamina.passes.cheap import MOVES as ALIASES
from lamina.passes.winners import winner_of

# Entries of the axes that one tile must cover whole: of the last axis, which may lie in the lanes,
# and of others, which have to stay in registers.
COVER_LAST, COVER = 64, 16
AGAIN = 6  # elementwise ops that are rather computed again than stored
# An operand of so many entries is spared its way through memory, if it is walked so often at most.
SPARED, WALKS = 1 << 14, 32


def _moved(node: Node) -> Node:
    """The value that is moved to where a node has it."""
    while is_move(node):
        node = node.inputs[0]
    return node


class Fusion:
    """The drafts of a graph, each after those that it waits for."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.home: dict[Node, Draft] = {}
        self.stored: set[Node] = set()
        self.users = Counter(x for node in graph.nodes() for x in operands(node))
        self.scalars = Draft(0)
        self._drafts = [self.scalars]
        for node in graph.nodes():
            self._place(node)
        for node in graph.outputs:
            self._store(node)
        for draft in list(self._drafts):
            self._need_operands(draft)
        for node in graph.nodes():
            if node in self.stored and node in self.home:
                self.home[node].outs.append(node)
        self.drafts = [draft for draft in self._drafts if draft.plain or draft.outs]

    # ── what is where ──

    def is_leaf(self, node: Node) -> bool:
        """Whether a value is in memory before the first kernel."""
        return node.op in ("input", "const")

    def is_free(self, node: Node) -> bool:
        """Whether a value belongs to no kernel and is computed wherever it is needed."""
        return node not in self.home and not self.is_leaf(node)

    def is_made(self, node: Node) -> bool:
        """Whether a tile program stores the value itself."""
        return node in self.stored and node in self.home and not self.home[node].plain

    def is_loaded(self, node: Node, draft: Draft) -> bool:
        """Whether a kernel finds the value in memory rather than computing it."""
        if node in draft.maps or node in draft.tail:
            return False
        if self.is_leaf(node):
            return node.op == "input" or node.size > 1
        if node.op in ALIASES and not is_move(node):
            return True
        if node not in self.home:
            return False
        if self.home[node].plain:
            return True
        return node in self.stored and self.home[node].number < draft.number

    def _ready(self, node: Node) -> int:
        """The number of the kernel after which the value can be loaded; -1: before all."""
        base = root(node)
        return self.home[base].number if base in self.home else -1

    def _new(self, **kinds: object) -> Draft:
        draft = Draft(len(self._drafts), **kinds)  # type: ignore[arg-type]
        self._drafts.append(draft)
        return draft

    # ── the walk ──

    def _place(self, node: Node) -> None:
        if self.is_leaf(node) or (node.op == "item" and not is_elementwise(node)):
            if node.op == "item":
                self.home[node] = self.home[node.inputs[0]]
            return
        if node.op == "threefry" or node.op == "iota":
            return
        given = operands(node)
        empty = node.size == 0 or any(x.size == 0 for x in given)
        if (node.op in ALIASES and not is_move(node)) or (node.op in ALIASES and empty):
            if empty or not self._pick(node):
                self._store(node.inputs[0])
        elif empty:
            self._plain(node)
        elif is_elementwise(node) or is_move(node):
            self._elementwise(node)
        elif node.op in REDUCTIONS:
            self._reduction(node)
        elif node.op in POSITIONS:
            self._position(node)
        elif node.op == "contract":
            self._contraction(node)
        else:
            self._plain(node)

    def _contraction(self, node: Node) -> None:
        for x, other in (node.inputs, node.inputs[::-1]):
            if not self._runs_along(x, other, node):
                self._store(x)
        self._seed(node)

    def _runs_along(self, x: Node, other: Node, node: Node) -> bool:
        """Whether an operand of a contraction is best computed while it is summed: from smaller
        values, for this contraction only, which walks it a few times at most.
        """
        draft = self.home.get(x)
        spec, side = node.attrs["spec"], node.inputs.index(x)
        if draft is None or x not in draft.maps or self.users[x] > 1 or x.size < SPARED:
            return False
        sizes = zip(spec[1 - side], other.shape, strict=True)
        walks = math.prod(n for label, n in sizes if label not in spec[side])
        if (
            (walks > WALKS and winner_of(x) is None)
            or x in draft.folds
            or x is draft.seed
            or not self._is_light(x, x.size // 2, AGAIN)
        ):
            return False
        del draft.maps[x], self.home[x]
        return True

    def _is_light(self, node: Node, limit: int, budget: int) -> bool:
        """Whether a value takes few cheap ops on what has at most so many entries."""
        if self.is_leaf(node) or node in self.stored or (node.size <= limit and node in self.home):
            return True
        cheap = node.op in CHEAP or is_move(node)
        return (
            cheap
            and budget > 0
            and all(self._is_light(x, limit, budget - 1) for x in operands(node))
        )

    def _plain(self, node: Node) -> None:
        for x in node.inputs:
            self._store(x)
        self.home[node] = self._new(plain=node)

    def _store(self, node: Node) -> None:
        """Sees to it that the memory behind a value is written."""
        base = self._base(node)
        if self.is_leaf(base) or base in self.stored or base.op == "iota":
            return
        if self.is_free(base):
            self._own(base)
        if not self.home[base].plain:
            self.stored.add(base)

    def _base(self, node: Node) -> Node:
        """The value to store for a view: what a tile has of it in registers, or its root."""
        base, now, first = root(node), node, node
        while now is not base:
            if now not in self.home:
                first = now.inputs[0]
            elif now.op == "slice":
                return first
            now = now.inputs[0]
        return base

    def _own(self, node: Node) -> None:
        """A kernel of its own for an elementwise value."""
        if node.size == 1:
            self.home[node] = self._new()
            self.home[node].tail.append(node)
            return
        m, domain = natural(node.shape)
        draft = self._sibling(node, domain) or self._new(domain=domain)
        draft.maps[node] = m
        self.home[node] = draft

    def _sibling(self, node: Node, domain: tuple[int, ...]) -> Draft | None:
        """The latest kernel of elementwise values of these axes that reads some of what the value
        is computed from, all of which is there before it.
        """
        leaves, over = self._leaves(node)
        for draft in reversed(self._drafts[over + 1 :]):
            if draft.plain or draft.seed is not None or draft.domain != domain or not draft.maps:
                continue
            if leaves & {x for other in draft.maps for x in self._leaves(other)[0]}:
                return draft
        return None

    def _leaves(self, node: Node) -> tuple[set[Node], int]:
        """What a value is computed from that belongs to kernels or is in memory, numbers left out;
        and the last of those kernels.
        """
        found: set[Node] = set()
        seen: set[Node] = set()
        over, stack = -1, list(operands(node))
        while stack:
            x = stack.pop()
            if x in seen or (x.size == 1 and node.size > 1 and x not in self.home):
                continue
            seen.add(x)
            if self.is_free(x) and not (x.op in ALIASES and not is_move(x)):
                stack.extend(operands(x))
                continue
            found.add(x)
            over = max(over, self._ready(x))
        return found, over

    def _latest(self, given: Iterable[Node]) -> tuple[Draft | None, int]:
        """The last kernel that holds an operand in registers, and the last that must be over."""
        last: Draft | None = None
        over = -1
        for x in given:
            if x in self.home and not self.home[x].plain:
                if last is None or self.home[x].number > last.number:
                    last = self.home[x]
            elif not self.is_free(x) or x.op in ALIASES:
                over = max(over, self._ready(x))
        return last, over

    def _elementwise(self, node: Node) -> None:
        given = operands(node)
        last, over = self._latest(given)
        if node.size == 1:
            self._scalar(node, last, over)
            return
        wide = [x for x in given if x in self.home and self.home[x] is not self.scalars]
        if not wide and over < 0 and (node.op in CHEAP or is_move(node)):
            return
        if last is self.scalars or last is None or over >= last.number:
            last = None
        if last is not None and not any(x in last.tail for x in given):
            m = self._joined(node, last)
            if m is not None:
                last.maps[node] = m
                self.home[node] = last
                return
        if is_move(node):
            self._store(node)
        else:
            self._own(node)

    def _pick(self, node: Node) -> bool:
        """Joins one entry of an axis that each tile of a kernel spans whole: it is in a register
        already.
        """
        x, dim = node.inputs[0], picked_dim(node)
        draft = self.home.get(x)
        if dim is None or draft is None or x not in draft.maps:
            return False
        m = draft.maps[x]
        axis = m[dim]
        others = set(range(len(draft.domain))) - draft.unlaned - {axis}
        if axis is None or not others or not self._cover(draft, {axis}):
            return False
        draft.unlaned.add(axis)
        draft.maps[node] = tuple(None if d == dim else a for d, a in enumerate(m))
        self.home[node] = draft
        return True

    def _cover(self, draft: Draft, axes: set[int]) -> bool:
        """Has each tile span these axes whole, if there is room for that."""
        covered = draft.covered | axes
        last = len(draft.domain) - 1
        inner = math.prod(draft.domain[a] for a in covered if a != last)
        if inner > COVER or (last in covered and inner * draft.domain[last] > COVER_LAST):
            return False
        draft.covered = covered
        return True

    def _scalar(self, node: Node, last: Draft | None, over: int) -> None:
        """A single number: after the tiles of the kernel that it waits for, or before all."""
        if is_move(node) and last is None and over >= 0:
            return
        if last is None and over < 0:
            last = self.scalars
        fits = last is not None and over < last.number
        if last is None or not fits or self._in_tiles(node, last):
            last = self._new()
        last.tail.append(node)
        self.home[node] = last

    def _in_tiles(self, node: Node, draft: Draft) -> bool:
        """Whether an operand of a scalar is known only inside the tiles."""
        return any(x in draft.maps for x in operands(node))

    def _joined(self, node: Node, draft: Draft) -> Map | None:
        """The map with which an elementwise node fits into a kernel."""
        given = [x for x in operands(node) if x in draft.maps]
        m: list[int | None] = [None] * len(node.shape)
        for x in given:
            for d, e in dim_pairs(node, x):
                if m[d] not in (None, draft.maps[x][e]):
                    return None
                m[d] = draft.maps[x][e]
        rank = len(draft.domain)
        for d, size in enumerate(node.shape):
            if size != 1 and m[d] is None:
                free = [a for a in range(rank) if draft.domain[a] == size and a not in m]
                if not free:
                    return None
                m[d] = min(free, key=lambda a: abs(a - (rank - len(node.shape) + d)))
        found = tuple(m)
        fits = len({a for a in found if a is not None}) == sum(a is not None for a in found)
        if not fits or any(operand_map(node, found, x) != draft.maps[x] for x in given):
            return None
        return found

    # ── reductions and seeds ──

    def _reduction(self, node: Node) -> None:
        x = node.inputs[0]
        draft = self.home.get(x)
        if draft is not None and x in draft.maps:
            if self._fold_inside(node, draft, draft.maps[x]):
                return
        elif node.size > 1 and (draft is None or draft.plain) and self._fold_rows(node, x):
            return
        known = draft is not None and (draft.plain or x in draft.tail or not is_move(x))
        if known and not self._only_summed(x):
            self._store(x)
        self._seed(node)

    def _only_summed(self, x: Node) -> bool:
        """Whether a value is best computed while it is folded: from what is in memory anyway."""
        draft = self.home.get(x)
        if draft is None or x not in draft.maps or self.users[x] > 1 or x.size < SPARED:
            return False
        if x in draft.folds or x is draft.seed or not self._is_light(x, x.size // 2, AGAIN):
            return False
        del draft.maps[x], self.home[x]
        return True

    def _fold_rows(self, node: Node, x: Node) -> bool:
        """A kernel that begins with short rows of what is in memory, or free."""
        m, domain = natural(x.shape)
        draft = Draft(len(self._drafts), domain=domain)
        if not self._fold_inside(node, draft, m):
            return False
        self._drafts.append(draft)
        return True

    def _fold_inside(self, node: Node, draft: Draft, mx: Map) -> bool:
        """Joins a reduction of a kernel's own values: over rows in a tile, or over all tiles."""
        x = node.inputs[0]
        axes = tuple(a for e in reduced_dims(node) if (a := mx[e]) is not None)
        if node.size == 1:
            cover = {a for a in range(len(draft.domain)) if a not in mx}
        else:
            cover = set(axes)
        if not self._cover(draft, cover):
            return False
        draft.folds[node] = axes
        draft.given[node] = mx
        self.home[node] = draft
        if node.size == 1:
            draft.totals.append(node)
            draft.tail.append(node)
        else:
            m: list[int | None] = [None] * len(node.shape)
            for d, e in dim_pairs(node, x):
                m[d] = mx[e]
            draft.maps[node] = tuple(m)
        return True

    def _position(self, node: Node) -> None:
        x = node.inputs[0]
        draft = self.home.get(x)
        if draft is not None and x in draft.maps and node.size > 1:
            along = {a for e in reduced_dims(node) if (a := draft.maps[x][e]) is not None}
            others = set(range(len(draft.domain))) - draft.unlaned - along
            if along and others and self._fold_inside(node, draft, draft.maps[x]):
                draft.unlaned |= along
                return
        self._plain(node)

    def _seed(self, node: Node) -> None:
        """A kernel that begins with a contraction or reduction."""
        m, domain = natural(node.shape)
        if node.op == "contract":
            first, _, out = node.attrs["spec"]
            sizes = dict(zip(first, node.inputs[0].shape, strict=True))
            folded = tuple(sizes[n] for n in first if n not in out and sizes[n] != 1)
        else:
            shape = node.inputs[0].shape
            folded = tuple(shape[e] for e in reduced_dims(node) if shape[e] != 1)
        draft = self._new(seed=node, domain=domain, folded=folded)
        self.home[node] = draft
        if domain:
            draft.maps[node] = m
        else:
            draft.tail.append(node)

    # ── what has to be stored ──

    def _need_operands(self, draft: Draft) -> None:
        if draft.plain:
            return
        seen: set[Node] = set()
        for node in draft.nodes():
            for x in operands(node):
                inside = x in draft.maps or x in draft.tail
                # What is known inside the tiles only, and asked for after them.
                if inside and not (node in draft.tail and x in draft.maps):
                    continue
                if node in draft.totals and x in draft.maps:
                    continue
                self._need(x, draft, seen)

    def _need(self, node: Node, draft: Draft, seen: set[Node]) -> None:
        """The kernel needs a value of others: to load, or to compute again where that is cheap."""
        if node in seen or self.is_leaf(node) or node in self.stored or node in draft.maps:
            return
        seen.add(node)
        if is_move(node):
            self._need(node.inputs[0], draft, seen)
        elif node.op in ALIASES:
            if node in self.home:
                self._store(node)
        elif node in self.home and self.home[node].plain:
            return
        elif self.is_free(node) or self._is_cheap(node, AGAIN) > 0 or self._grows(node):
            for x in operands(node):
                self._need(x, draft, seen)
        else:
            self.stored.add(node)

    def _grows(self, node: Node) -> bool:
        """Whether a cheap value is best computed again from what is stored in its place: its
        operands are smaller, or in memory.
        """
        if node.op not in CHEAP or node.size == 1:
            return False
        given = [_moved(x) for x in operands(node)]
        return all(self.is_leaf(x) or x in self.stored or 2 * x.size <= node.size for x in given)

    def _is_cheap(self, node: Node, budget: int) -> int:
        """What is left of the budget of ops when the value is computed again; 0: too much."""
        if self.is_leaf(node) or node in self.stored or budget == 0:
            return budget
        if node.size == 1 or not (node.op in CHEAP or is_move(node)):
            return 0
        budget -= 1
        for x in operands(node):
            if x.op in ALIASES and not is_move(x):
                continue
            if not self.is_free(x):
                budget = self._is_cheap(x, budget)
        return budget
