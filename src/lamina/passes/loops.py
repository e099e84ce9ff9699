"""Loops: a scan taken apart, changed and put together again; what the passes over scans share.

Inside the body a carry is a value `before` a step and one `after` it, an entry is what the step
sees of a stacked value outside. While a loop is open, its results are placeholders, so that values
outside may be built from them before the scan exists.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from lamina.graph.node import Aval, Graph, Node, input_node, topological
from lamina.graph.trace import item
from lamina.passes.rewrite import rebuilt, rewrite, substitute


@dataclass(eq=False)
class Carry:
    """A value that a loop carries: outside its `first`, in the body `before` and `after`."""

    first: Node
    before: Node
    after: Node
    last: Node


@dataclass(eq=False)
class Loop:
    """An open scan. `captured` and `entries` map what lies outside to its name in the body;
    `stacks` the values of the body that are stacked to the placeholders of their stacks.
    """

    node: Node
    length: int
    captured: dict[Node, Node] = field(default_factory=dict)
    carries: list[Carry] = field(default_factory=list)
    entries: dict[Node, Node] = field(default_factory=dict)
    stacks: dict[Node, Node] = field(default_factory=dict)
    results: list[Node] = field(default_factory=list)

    @staticmethod
    def of(node: Node) -> Loop:
        """The scan, opened. Inputs that are one value outside become one inside."""
        attrs, body = node.attrs, node.regions[0]
        count, carried = attrs["captured"], attrs["carries"]
        loop = Loop(node, attrs["length"])
        same: dict[Node, Node] = {}
        start = count + carried
        for names, values, inner in (
            (loop.captured, node.inputs[:count], body.inputs[:count]),
            (loop.entries, node.inputs[start:], body.inputs[start:]),
        ):
            for outside, inside in zip(values, inner, strict=True):
                same[inside] = names.setdefault(outside, inside)
        outputs = substitute(body.outputs, {a: b for a, b in same.items() if a is not b})
        for i, first in enumerate(node.inputs[count:start]):
            last = input_node(first.shape, first.dtype)
            loop.carries.append(Carry(first, body.inputs[count + i], outputs[i], last))
        stacks = [loop.stack(inside) for inside in outputs[carried:]]
        loop.results = [*(carry.last for carry in loop.carries), *stacks]
        return loop

    def capture(self, outside: Node) -> Node:
        """What a value from outside, the same in all steps, is called inside."""
        if outside not in self.captured:
            self.captured[outside] = input_node(outside.shape, outside.dtype)
        return self.captured[outside]

    def entry(self, outside: Node) -> Node:
        """What a step sees of a stacked value."""
        if outside not in self.entries:
            self.entries[outside] = input_node(outside.shape[1:], outside.dtype)
        return self.entries[outside]

    def stack(self, inside: Node) -> Node:
        """The values of all steps, outside; of an entry, what it is an entry of."""
        for outside, entry in self.entries.items():
            if entry is inside:
                return outside
        if inside not in self.stacks:
            self.stacks[inside] = input_node((self.length, *inside.shape), inside.dtype)
        return self.stacks[inside]

    def outputs(self) -> list[Node]:
        """The results of the body."""
        return [*(carry.after for carry in self.carries), *self.stacks]

    def substitute(self, known: dict[Node, Node]) -> None:
        """Replaces values of the body."""
        new = substitute(self.outputs(), known)
        for carry, after in zip(self.carries, new, strict=False):
            carry.after = after
        places = zip(new[len(self.carries) :], self.stacks.values(), strict=True)
        merged: dict[Node, Node] = {}
        for inside, place in places:
            merged.setdefault(inside, place)
            if merged[inside] is not place:
                self.results = substitute(self.results, {place: merged[inside]})
        self.stacks = merged

    def moving(self) -> set[Node]:
        """The values of the body that depend on a carry."""
        found = {carry.before for carry in self.carries}
        for node in topological(self.outputs()):
            if any(i in found for i in node.inputs):
                found.add(node)
        return found

    def varying(self) -> set[Node]:
        """The values of the body that depend on a carry or an entry."""
        found = {carry.before for carry in self.carries} | set(self.entries.values())
        for node in topological(self.outputs()):
            if any(i in found for i in node.inputs):
                found.add(node)
        return found

    def close(self) -> list[Node]:
        """The scan's results, each now a value of the graph around."""
        needed = set(topological(self.outputs()))
        captured = [x for x, inside in self.captured.items() if inside in needed]
        entries = [x for x, inside in self.entries.items() if inside in needed]
        inner = [self.captured[o] for o in captured]
        inner += [carry.before for carry in self.carries]
        inner += [self.entries[o] for o in entries]
        outputs = [carry.after.aval for carry in self.carries]
        outputs += [Aval((self.length, *x.shape), x.dtype) for x in self.stacks]
        attrs = {
            "captured": len(captured), "carries": len(self.carries), "emitted": len(self.stacks),
            "length": self.length, "reverse": self.node.attrs["reverse"],
        }  # fmt: skip
        scan = replace(
            self.node,
            inputs=(*captured, *(carry.first for carry in self.carries), *entries),
            regions=(Graph(tuple(inner), tuple(self.outputs())),),
            outputs=tuple(outputs),
            attrs=MappingProxyType(attrs),
        )
        places = [*(carry.last for carry in self.carries), *self.stacks.values()]
        return substitute(self.results, {p: item(scan, i) for i, p in enumerate(places)})


Change = Callable[[Node, Loop], None]


def each_loop(graph: Graph, change: Change) -> Graph:
    """The graph with every scan of more than one step, the inner ones first, opened, changed and
    closed. `change(old, loop)` is given the scan as it was and the loop to change.
    """
    graph = rewrite(graph, lambda node: node, lambda body: each_loop(body, change))
    return outer_loops(graph, change)


def outer_loops(
    graph: Graph, change: Change, results: dict[Node, list[Node]] | None = None
) -> Graph:
    """The same for the scans of a graph itself, not for those within their bodies. `results` is
    filled with what the results of each scan have become, those that `change` added included.
    """
    new: dict[Node, Node] = {node: node for node in graph.inputs}
    results = {} if results is None else results
    for node in graph.nodes():
        if node in new:
            continue
        if node.op == "item" and node.inputs[0] in results:
            new[node] = results[node.inputs[0]][node.attrs["index"]]
            continue
        new[node] = rebuilt(node, tuple(new[i] for i in node.inputs))
        if is_loop(node):
            loop = Loop.of(new[node])
            change(node, loop)
            results[node] = loop.close()
    return graph.giving(tuple(new[node] for node in graph.outputs))


def is_loop(node: Node) -> bool:
    """Whether a node is a scan of several steps."""
    return node.op == "scan" and node.attrs["length"] > 1
