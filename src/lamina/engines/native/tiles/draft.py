"""Drafts: kernels in the making."""

from __future__ import annotations

from dataclasses import dataclass, field

from lamina.engines.native.tiles.maps import Map
from lamina.graph.node import Node


@dataclass(eq=False)
class Draft:
    """A kernel in the making.

    Attributes:
        plain: the one node of a plain kernel; else a tile program.
        seed: the contraction or reduction over `folded`, whose result spans `domain`.
        maps: the values of the tiles, with their axes.
        folds: for a reduction within a tile, or over all tiles, the axes that it folds; `given`
            the map of its operand.
        covered: axes that each tile spans whole; unlaned: those that must not lie in the lanes.
        totals: reductions over all tiles; tail: scalars computed after the last tile.
        outs: what is stored.
    """

    number: int
    plain: Node | None = None
    seed: Node | None = None
    domain: tuple[int, ...] = ()
    folded: tuple[int, ...] = ()
    maps: dict[Node, Map] = field(default_factory=dict)
    folds: dict[Node, tuple[int, ...]] = field(default_factory=dict)
    given: dict[Node, Map] = field(default_factory=dict)
    covered: set[int] = field(default_factory=set)
    unlaned: set[int] = field(default_factory=set)
    totals: list[Node] = field(default_factory=list)
    tail: list[Node] = field(default_factory=list)
    outs: list[Node] = field(default_factory=list)

    def nodes(self) -> list[Node]:
        """Everything computed here."""
        return [self.plain] if self.plain else [*self.maps, *self.tail]

    def extent(self, axis: int) -> int:
        """Size of an axis; the folded ones come after the domain's."""
        return (self.domain + self.folded)[axis]
