"""Tile programs: a draft with everything that its emission needs, and what it evaluates where."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

import numpy as np

from lamina.engines.native.buffers import itemsize
from lamina.engines.native.tiles.draft import Draft
from lamina.engines.native.tiles.fuse import Fusion
from lamina.engines.native.tiles.maps import (
    POSITIONS,
    REDUCTIONS,
    Map,
    is_move,
    operand_map,
    operands,
    picked_dim,
)
from lamina.graph.node import Node, freeze
from lamina.passes.winners import winner_of

FAR_BYTES = 1 << 20


@dataclass(frozen=True)
class Use:
    """A value at a map: loaded, or computed; within the seed's loops or after them."""

    node: Node
    m: Map
    loaded: bool
    seeding: bool


@dataclass(frozen=True)
class Chosen:
    """An operand of a contraction that is not zero at one entry of some folded axes only.

    Attributes:
        node: the operand; m: its map.
        axes: those axes, of which `winner` says, in row-major order, which entry it is; g: the
            value there. Both with their maps.
    """

    node: Node
    m: Map
    axes: tuple[int, ...]
    winner: tuple[Node, Map]
    g: tuple[Node, Map]


class TileProgram:
    """One kernel's values and axes: those of the domain, then those that the seed folds."""

    def __init__(self, draft: Draft, fusion: Fusion) -> None:
        self.draft, self.fusion = draft, fusion
        self.rank = len(draft.domain)
        self.seed_maps = _seed_maps(draft)
        self.uses: list[Use] = []
        self._seen: set[tuple[Node, Map]] = set()
        self._maps: dict[tuple[Node, Map, Node], Map] = {}
        self.chosen = self._chosen()
        for out in draft.outs:
            if out in draft.maps:
                self._walk(out, draft.maps[out], seeding=False)
        if draft.seed in draft.tail:
            assert draft.seed is not None
            for x, m in zip(operands(draft.seed), self.seed_maps, strict=True):
                self._walk(x, m, seeding=True)
        for total in draft.totals:
            x = total.inputs[0]
            self._walk(x, draft.given[total], seeding=False)
        for node in draft.tail:
            for x in self._scalar_operands(node):
                self._walk(x, (None,) * len(x.shape), seeding=False)

    def _chosen(self) -> Chosen | None:
        seed = self.draft.seed
        if seed is None or seed.op != "contract":
            return None
        for x, m in zip(seed.inputs, self.seed_maps, strict=True):
            won = None if self.loaded(x) else winner_of(x)
            if won is None:
                continue
            axes = tuple(a for d in won.axes if (a := m[d]) is not None)
            node, condition = won.winner, x.inputs[0]
            mw = operand_map(condition, operand_map(x, m, condition), node)
            while is_move(node):
                node, mw = node.inputs[0], operand_map(node, mw, node.inputs[0])
            if self.loaded(node) and all(a >= self.rank for a in axes):
                return Chosen(x, m, axes, (node, mw), (won.g, operand_map(x, m, won.g)))
        return None

    def loaded(self, node: Node) -> bool:
        """Whether the kernel finds the value in memory."""
        return self.fusion.is_loaded(node, self.draft)

    def _scalar_operands(self, node: Node) -> tuple[Node, ...]:
        """The operands of a tail node that are not computed in the tail or the tiles."""
        draft = self.draft
        if node is draft.seed:
            return ()
        return tuple(x for x in operands(node) if x not in draft.tail and x not in draft.maps)

    def _walk(self, node: Node, m: Map, seeding: bool) -> None:
        if (node, m) in self._seen:
            return
        self._seen.add((node, m))
        if node in self.draft.tail:
            return
        if self.loaded(node):
            self.uses.append(Use(node, m, True, seeding))
            return
        if not is_move(node) and picked_dim(node) is None:
            self.uses.append(Use(node, m, False, seeding))
        if node is self.draft.seed:
            for x, mx in zip(operands(node), self.seed_maps, strict=True):
                self._walk(x, mx, seeding=True)
            return
        for x in operands(node):
            self._walk(x, self._map_of(node, m, x), seeding)

    def _map_of(self, node: Node, m: Map, x: Node) -> Map:
        if picked_dim(node) is not None:
            return self.draft.maps[x]
        return operand_map(node, m, x, self.draft.folds.get(node, ()))

    def map_of(self, node: Node, m: Map, x: Node) -> Map:
        """`operand_map`, found once: every place of every tile asks for the same."""
        key = (node, m, x)
        if key not in self._maps:
            self._maps[key] = operand_map(node, m, x)
        return self._maps[key]

    def neutral(self, node: Node) -> float | int:
        """What a reduction starts from."""
        return NEUTRAL[REDUCTIONS[node.op]](node.dtype)

    def is_private(self, node: Node) -> bool:
        """Whether a value computed here has one use only."""
        used = self.fusion.users[node] == 1 and node not in self.draft.outs
        return used and not self.loaded(node)

    def key(self) -> Hashable:
        """Everything about the program but where its operands lie."""
        return _Numbering(self).key()


def _bound(side: str) -> Callable[[str], float | int]:
    from lamina.graph import dtypes

    return dtypes.lowest if side == "lowest" else dtypes.highest


NEUTRAL: dict[str, Callable[[str], float | int]] = {
    "add": lambda dtype: 0,
    "mul": lambda dtype: 1,
    "max": _bound("lowest"),
    "min": _bound("highest"),
    "logical_or": lambda dtype: 0,
    "logical_and": lambda dtype: 1,
}


def _seed_maps(draft: Draft) -> tuple[Map, ...]:
    """The axes of the seed's operands."""
    seed, rank = draft.seed, len(draft.domain)
    if seed is None:
        return ()
    m = draft.maps.get(seed, (None,) * len(seed.shape))
    if seed.op != "contract":
        return (operand_map(seed, m, seed.inputs[0], range(rank, rank + len(draft.folded))),)
    first, second, out = seed.attrs["spec"]
    axes: dict[int, int | None] = dict(zip(out, m, strict=True))
    count = rank
    for label, size in zip(first, seed.inputs[0].shape, strict=True):
        if label not in axes:
            axes[label] = count if size != 1 else None
            count += size != 1
    return tuple(
        tuple(axes[n] if size != 1 else None for n, size in zip(labels, x.shape, strict=True))
        for labels, x in zip((first, second), seed.inputs, strict=True)
    )


class _Numbering:
    """Numbers the nodes of a program in the order in which they are evaluated."""

    def __init__(self, program: TileProgram) -> None:
        self.program = program
        self.numbers: dict[Node, int] = {}
        self.rows: list[Hashable] = []

    def key(self) -> Hashable:
        draft = self.program.draft
        outs = tuple((self._visit(o), draft.maps.get(o)) for o in draft.outs)
        totals = tuple((self._visit(t), draft.given[t]) for t in draft.totals)
        seed = None if draft.seed is None else self._visit(draft.seed)
        axes = (draft.domain, draft.folded, self.program.seed_maps, tuple(sorted(draft.covered)))
        return (tuple(self.rows), outs, totals, seed, axes)

    def _visit(self, node: Node) -> int:
        if node not in self.numbers:
            draft = self.program.draft
            loaded = self.program.loaded(node)
            given = () if loaded else tuple(self._visit(x) for x in operands(node))
            folded = (draft.folds.get(node), draft.given.get(node))
            place = (node in draft.tail, draft.maps.get(node), folded)
            # The labels of a product are names; what they say stands in the maps of its operands.
            named = loaded or (node is draft.seed and node.op == "contract")
            attrs = () if named else freeze(node.attrs)
            self.numbers[node] = len(self.numbers)
            op = "load" if loaded else node.op
            self.rows.append((op, given, node.shape, node.dtype, attrs, place))
        return self.numbers[node]


def lanes_of(program: TileProgram, vector_bytes: int) -> int:
    """Elements in a vector: those of the widest float, integers and bools follow it."""
    kinds = {use.node.dtype for use in program.uses}
    return vector_bytes // (8 if "float64" in kinds else 4)


def is_fold(node: Node) -> bool:
    """Whether a node folds axes of its operand."""
    return node.op in REDUCTIONS or node.op in POSITIONS


def is_far(node: Node) -> bool:
    """Whether a value is too large to stay in the caches of a core."""
    return node.size * itemsize(node.dtype) >= FAR_BYTES


def points(extent: int, lanes: int) -> int:
    """How many vectors cover an axis."""
    return -(-extent // lanes)


def as_array(node: Node) -> np.ndarray:
    """The value of a constant."""
    value: np.ndarray = node.attrs["value"]
    return value
