"""Layouts: how values lie in memory, which kernels choose by what they read and write along lanes.

Values that share memory share their layout: one has it, the others are linked to it. So the body of
a loop chooses for what it is given from outside, an entry for the whole stack, a part for what it
is a part of.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from lamina.engines.native.tiles.program import points
from lamina.graph.node import Node

# Cycles of a transposed block of a vector's width squared, and of an entry that leaves or enters a
# vector lane by lane.
BLOCK, LANEWISE = 67.0, 4.0


@dataclass(frozen=True)
class Link:
    """Where a value's layout is decided, and which dim there each of its own is; None: it is not
    there and cannot be the innermost one. `times`: how often its readers run for each time that it
    is made.
    """

    layouts: Layouts
    node: Node
    dims: tuple[int | None, ...]
    times: int = 1


class Layouts:
    """How values lie: the innermost dims of their copies, which kernels add to; those in `fixed`
    are not theirs to choose.
    """

    def __init__(self) -> None:
        self.dims: dict[Node, list[int]] = {}
        self.fixed: set[Node] = set()
        self.links: dict[Node, Link] = {}

    def of(self, node: Node) -> list[int]:
        """The innermost dims of a value's copies."""
        link = self.links.get(node)
        if link is None:
            return self.dims.setdefault(node, [])
        places = {there: here for here, there in enumerate(link.dims)}
        return [places[d] for d in link.layouts.of(link.node) if d in places]

    def is_fixed(self, node: Node) -> bool:
        """Whether a value lies as it lies."""
        link = self.links.get(node)
        return node in self.fixed if link is None else link.layouts.is_fixed(link.node)

    def is_open(self, node: Node) -> bool:
        """Whether nothing is known yet of how a value lies."""
        return node not in self.links and node not in self.dims and node not in self.fixed

    def fix(self, node: Node, dims: list[int]) -> None:
        """The value lies like this and no otherwise."""
        self.dims[node] = dims
        self.fixed.add(node)

    def share(self, old: Node, new: Node) -> None:
        """A new value lies as the one that it replaces."""
        self.link(new, self, old)

    def link(
        self,
        node: Node,
        layouts: Layouts,
        other: Node,
        dims: tuple[int | None, ...] | None = None,
        times: int = 1,
    ) -> None:
        """The value lies as another does; its dims are those of the other by default."""
        same = tuple(range(len(node.shape)))
        self.links[node] = Link(layouts, other, same if dims is None else dims, times)

    def only(self, dims: Mapping[Node, list[int]]) -> Layouts:
        """These layouts, but for some values with fewer copies."""
        found = Layouts()
        found.dims, found.fixed = {**self.dims, **dims}, self.fixed
        found.links = {node: link for node, link in self.links.items() if node not in dims}
        return found

    def demand(self, node: Node, dim: int) -> None:
        """A kernel wants a copy with this dim innermost."""
        link = self.links.get(node)
        if link is not None:
            there = link.dims[dim]
            if there is not None:
                link.layouts.demand(link.node, there)
        elif node not in self.fixed and dim not in self.of(node):
            self.of(node).append(dim)

    def penalty(self, node: Node, dim: int, width: int) -> float:
        """Cycles that it costs a kernel to have a value with this dim innermost too."""
        if sum(size > 1 for size in node.shape) < 2 or dim in self.of(node):
            return 0.0
        link = self.links.get(node)
        if link is not None and link.layouts is self and (there := link.dims[dim]) is not None:
            # Windows show a value many times over; it lies there once.
            if link.layouts.is_fixed(link.node):
                return LANEWISE * node.size
            return self.penalty(link.node, there, width)
        if self.is_fixed(node) or (link is not None and link.dims[dim] is None):
            return LANEWISE * node.size
        if link is not None:
            there = link.dims[dim]
            assert there is not None
            outside = link.layouts.penalty(link.node, there, width)
            return outside * node.size / max(1, link.node.size) / link.times
        blocks = math.prod(points(size, width) for size in node.shape)
        return BLOCK * blocks if self.of(node) else 0.0
