"""The plan of a graph: its kernels, and how the values between them lie."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lamina.engines.native import target as machine
from lamina.engines.native.tiles.fuse import Draft, Fusion, root
from lamina.engines.native.tiles.lanes import Choice, Lanes, Layouts, choose, is_deep, settle
from lamina.engines.native.tiles.order import in_order
from lamina.engines.native.tiles.program import TileProgram
from lamina.graph.node import Graph, Node


class GraphPlan:
    """The kernels of a graph, in order.

    Args:
        updates: for each input that has a new value, the output that becomes it.
        layouts: how the inputs lie; values in between are added.
        fixed: outputs whose place, in row-major order, is given.
    """

    def __init__(
        self,
        graph: Graph,
        updates: Mapping[Node, Node],
        layouts: Layouts,
        fixed: Iterable[Node] = (),
    ) -> None:
        self.layouts = layouts
        self.fusion = Fusion(graph)
        self.drafts = in_order(self.fusion, updates)
        for node in fixed:
            if node not in layouts.fixed:
                layouts.fix(node, plain_dims(node))
        for node in self.fusion.graph.nodes():
            if node.op == "const" or (root(node) is not node):
                layouts.fix(node, plain_dims(node))
        for old, new in updates.items():
            if self.fusion.is_made(new) and new.shape == old.shape and new not in layouts.dims:
                layouts.share(old, new)
        self.programs = {
            draft: TileProgram(draft, self.fusion) for draft in self.drafts if not draft.plain
        }
        self._choices: dict[Draft, Choice] = {
            draft: choose(program, layouts, machine.host())
            for draft, program in self.programs.items()
        }

    def lanes(self, draft: Draft) -> Lanes:
        """A kernel's lanes and tiles, once the layouts of all graphs are known."""
        program = self.programs[draft]
        made = self.layouts.only({out: self.made_dims(draft, out) for out in draft.outs})
        return settle(program, made, self._choices[draft], machine.host())

    def made_dims(self, draft: Draft, out: Node) -> list[int]:
        """The innermost dims of the copies that the kernel makes itself; the others are spread from
        the first, which lies along the lanes.
        """
        dims, (_, elane) = self.layouts.of(out), self._choices[draft]
        m = draft.maps.get(out)
        if m is None or elane not in m or len(dims) < 2 or not is_deep(self.programs[draft]):
            return dims
        along = m.index(elane)
        return [along] if along in dims else dims


def plain_dims(node: Node) -> list[int]:
    """The innermost dim of a value in row-major order."""
    return [d for d in reversed(range(len(node.shape))) if node.shape[d] > 1][:1]
