"""The plan of a graph: its kernels, and how the values between them lie."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from lamina.engines.native import scatter
from lamina.engines.native import target as machine
from lamina.engines.native.tiles.draft import Draft
from lamina.engines.native.tiles.fuse import Fusion
from lamina.engines.native.tiles.hosts import dims_of, held, is_host
from lamina.engines.native.tiles.lanes import Choice, Lanes, choose, is_deep, is_long, settle
from lamina.engines.native.tiles.layouts import Layouts
from lamina.engines.native.tiles.order import in_order
from lamina.engines.native.tiles.program import TileProgram
from lamina.engines.native.tiles.views import alias_dims, root
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
        self.regions: dict[Draft, GraphPlan] = {}
        # The parts of each concatenation that are made in their place.
        self.joined: dict[Node, list[Node]] = {}
        # What is computed inside of what: its host.
        self.hosted: dict[Node, Node] = {}
        for node in fixed:
            if not layouts.is_fixed(node):
                layouts.fix(node, plain_dims(node))
        self._fix({*graph.outputs, *updates.values()})
        for old, new in updates.items():
            if self.fusion.is_made(new) and new.shape == old.shape and layouts.is_open(new):
                layouts.share(old, new)
        self.programs = {
            draft: TileProgram(draft, self.fusion) for draft in self.drafts if not draft.plain
        }
        self._choices: dict[Draft, Choice] = {}
        for draft in self.drafts:
            if draft.plain is None:
                program = self.programs[draft]
                self._choices[draft] = choose(program, layouts, machine.host())
            elif draft.plain.op == scatter.SCATTER:
                for node, dim in scatter.demands(draft.plain):
                    layouts.demand(node, dim)
            elif draft.plain.op == "scan":
                self.regions[draft] = self._scan(draft.plain)

    def _fix(self, placed: Collection[Node]) -> None:
        """Constants, views and what plain kernels make lie in row-major order; the parts of a
        concatenation lie in it, and what has a border within that, if it is not `placed`.
        """
        layouts = self.layouts
        for node in self.fusion.graph.nodes():
            home = self.fusion.home.get(node)
            made = home is None or home.plain is None
            if node.op == "concatenate" and home is not None and home.plain is node:
                self._join(node)
            elif node.op == scatter.SCATTER:
                continue
            elif not made and is_host(node):
                self._host(node, placed)
            elif node.op == "item" and node.inputs[0].op == "scan":
                continue
            elif (dims := alias_dims(node)) is not None and layouts.is_open(node):
                layouts.link(node, layouts, node.inputs[0], dims)
            elif node.op == "const" or root(node) is not node or not made:
                layouts.fix(node, plain_dims(node))

    def _host(self, node: Node, placed: Collection[Node]) -> None:
        """What a tile program makes lies where its border leaves room for it."""
        x, dims = held(node), dims_of(node)
        if dims and self.fusion.is_made(x) and x not in placed and self.layouts.is_open(x):
            self.hosted[x] = node
            self.layouts.link(x, self.layouts, node, dims)

    def _join(self, node: Node) -> None:
        """Parts that tile programs make, or that consist of such, lie where they belong."""
        xs = node.inputs
        parts = [
            x for x in xs
            if (self.fusion.is_made(x) or x in self.joined) and xs.count(x) == 1 and x.size
            and self.layouts.is_open(x)
        ]  # fmt: skip
        for x in parts:
            self.layouts.link(x, self.layouts, node)
        if parts:
            self.joined[node] = parts
        else:
            self.layouts.fix(node, plain_dims(node))

    def _scan(self, node: Node) -> GraphPlan:
        """The plan of a loop's body, whose inputs and results lie as they do outside."""
        attrs, body, within = node.attrs, node.regions[0], Layouts()
        count, end = attrs["captured"], attrs["captured"] + attrs["carries"]
        for outside, inside in zip(node.inputs[:count], body.inputs[:count], strict=True):
            within.link(inside, self.layouts, outside, times=attrs["length"])
        for outside, inside in zip(node.inputs[end:], body.inputs[end:], strict=True):
            within.link(inside, self.layouts, outside, tuple(range(1, len(outside.shape))))
        for inside in body.inputs[count:end]:
            within.dims[inside] = []
        carries = body.inputs[count:end]
        updates = dict(zip(carries, body.outputs, strict=False))
        plan = GraphPlan(body, updates, within)
        for node_ in self.fusion.graph.nodes():
            if node_.op == "item" and node_.inputs[0] is node:
                index = node_.attrs["index"]
                if index < attrs["carries"]:
                    self.layouts.link(node_, within, carries[index])
                else:
                    inside = body.outputs[index]
                    dims = (None, *range(len(inside.shape)))
                    self.layouts.link(node_, within, inside, dims)
        return plan

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
        program, width = self.programs[draft], machine.host().lanes(32)
        if m is None or elane not in m or len(dims) < 2:
            return dims
        transposed = sum(len(self.layouts.of(x)) - 1 for x in draft.outs if x.size > 1)
        if not (is_deep(program) or is_long(program, width, transposed)):
            return dims
        along = m.index(elane)
        return [along] if along in dims else dims


def plain_dims(node: Node) -> list[int]:
    """The innermost dim of a value in row-major order."""
    return [d for d in reversed(range(len(node.shape))) if node.shape[d] > 1][:1]
