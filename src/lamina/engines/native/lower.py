"""Lowering: the graph of a step as a sequence of kernels, loops and branches on views.

Ops that only rearrange (broadcast, transpose, slice, flip, most reshapes) become views and cost
nothing; every other node becomes a kernel. A value that somebody wants in a certain place is
computed there, if a kernel makes it, and copied there otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lamina.engines.native.buffers import Counter, View, constant_view, fresh
from lamina.engines.native.kernel import Branch, Invoke, Item, Kernel, Repeat, While
from lamina.engines.native.plain import copy, plain_kernel
from lamina.graph.node import Aval, Graph, Node, freeze

# A result: a node and the index of its result. `item` nodes are only names for these.
Value = tuple[Node, int]
Targets = Sequence[View | None]


def value_of(node: Node) -> Value:
    """The result that a node stands for."""
    return (node.inputs[0], node.attrs["index"]) if node.op == "item" else (node, 0)


def results_of(node: Node) -> tuple[Aval, ...]:
    """Shape and dtype of each result of a node."""
    return node.outputs or (node.aval,)


def _reshape(node: Node, x: View) -> View | None:
    return x.reshaped(node.shape)


ALIASES: dict[str, Callable[[Node, View], View | None]] = {
    "stop_gradient": lambda node, x: x,
    "broadcast_to": lambda node, x: x.broadcast(node.shape),
    "transpose": lambda node, x: x.transposed(node.attrs["perm"]),
    "slice": lambda node, x: x.sliced(
        node.attrs["starts"], node.attrs["limits"], node.attrs["strides"]
    ),
    "flip": lambda node, x: x.flipped(node.attrs["axes"]),
    "reshape": _reshape,
}


class Lowering:
    """Lowers the graphs of one program; equal constants are one buffer."""

    def __init__(self) -> None:
        self._constants: dict[object, View] = {}

    def graph(
        self, graph: Graph, inputs: Sequence[View], targets: Targets
    ) -> tuple[list[Item], list[View]]:
        """The items that compute a graph, and where its outputs are.

        `targets` says where an output has to be; None leaves it where it falls.
        """
        body = _Body(self, graph, inputs, targets)
        return body.items, body.outputs

    def constant(self, value: np.ndarray) -> View:
        """Where a constant lies."""
        key = freeze(value)
        if key not in self._constants:
            self._constants[key] = constant_view(value)
        return self._constants[key]


class _Body:
    """One graph being lowered."""

    def __init__(
        self, lowering: Lowering, graph: Graph, inputs: Sequence[View], targets: Targets
    ) -> None:
        self.lowering = lowering
        self.items: list[Item] = []
        self.values: dict[Value, View] = {
            (node, 0): view for node, view in zip(graph.inputs, inputs, strict=True)
        }
        self.wanted: dict[Value, View] = {}
        settled = self._settle_inputs(graph, targets)
        for node in graph.nodes():
            if (node, 0) not in self.values and node.op != "item":
                self._node(node)
        self.outputs = [self.values[value_of(node)] for node in graph.outputs]
        for index, target in enumerate(targets):
            if target is not None:
                if index not in settled and self.outputs[index] != target:
                    self._copy(self.outputs[index], target)
                self.outputs[index] = target

    def _settle_inputs(self, graph: Graph, targets: Targets) -> set[int]:
        """Copies outputs that are inputs, before anything overwrites those; notes the others."""
        settled = set()
        for index, (node, target) in enumerate(zip(graph.outputs, targets, strict=True)):
            value = value_of(node)
            if target is None:
                continue
            if value in self.values:
                self._copy(self.values[value], target)
                settled.add(index)
            else:
                self.wanted.setdefault(value, target)
        return settled

    def _copy(self, source: View, target: View) -> None:
        self.items.append(Invoke(copy(source, target)))

    def _place(self, node: Node, index: int) -> View:
        """Where a kernel is to put a result. A reshape needs a place that takes any shape."""
        wanted = None if node.op == "reshape" else self.wanted.get((node, index))
        return wanted or fresh(results_of(node)[index])

    def _node(self, node: Node) -> None:
        if node.op == "const":
            self.values[node, 0] = self.lowering.constant(node.attrs["value"])
        elif node.op == "iota":
            self.values[node, 0] = self._iota(node)
        elif node.op in REGIONS:
            REGIONS[node.op](self, node, [self.values[value_of(i)] for i in node.inputs])
        else:
            self._compute(node, [self.values[value_of(i)] for i in node.inputs])

    def _compute(self, node: Node, inputs: list[View]) -> None:
        if node.op in ALIASES:
            view = ALIASES[node.op](node, inputs[0])
            if view is not None:
                self.values[node, 0] = view
                return
        places = [self._place(node, i) for i in range(len(results_of(node)))]
        for i, place in enumerate(places):
            self.values[node, i] = place
        self._invoke(plain_kernel(node, inputs, places))

    def _invoke(self, kernel: Kernel) -> None:
        if all(view.size for view in kernel.writes):
            self.items.append(Invoke(kernel))

    def _iota(self, node: Node) -> View:
        """The line of indices, constant, seen in the shape of the node."""
        axis, shape = node.attrs["axis"], node.shape
        line = self.lowering.constant(np.arange(shape[axis]).astype(node.dtype))
        sizes = [shape[axis] if i == axis else 1 for i in range(len(shape))]
        view = line.reshaped(tuple(sizes))
        assert view is not None
        return view.broadcast(shape)

    # ── regions ──

    def _carries(self, node: Node, first: Sequence[View]) -> list[View]:
        """Fresh buffers for what a loop carries, filled with its first values."""
        places = [fresh(Aval(view.shape, view.dtype)) for view in first]
        for source, place in zip(first, places, strict=True):
            self._copy(source, place)
        for i, place in enumerate(places):
            self.values[node, i] = place
        return places

    def _scan(self, node: Node, inputs: list[View]) -> None:
        attrs, avals = node.attrs, node.outputs
        captured, count = attrs["captured"], attrs["carries"]
        carries = self._carries(node, inputs[captured : captured + count])
        stacks = [self._place(node, i) for i in range(count, len(avals))]
        counter = Counter(attrs["length"])
        entries = [x.entry(counter, attrs["reverse"]) for x in inputs[captured + count :]]
        targets = [stack.entry(counter, attrs["reverse"]) for stack in stacks]
        items, outputs = self.lowering.graph(
            node.regions[0],
            [*inputs[:captured], *carries, *entries],
            [*[None] * count, *targets],
        )
        for i, stack in enumerate(stacks):
            self.values[node, count + i] = stack
        moves = list(zip(outputs[:count], carries, strict=True))
        self.items.append(Repeat(counter, items, moves))

    def _cond(self, node: Node, inputs: list[View]) -> None:
        places = [self._place(node, i) for i in range(len(node.outputs))]
        yes, no = (self.lowering.graph(region, inputs[1:], places)[0] for region in node.regions)
        for i, place in enumerate(places):
            self.values[node, i] = place
        self.items.append(Branch(inputs[0], yes, no))

    def _while_loop(self, node: Node, inputs: list[View]) -> None:
        captured = node.attrs["captured"]
        carries = self._carries(node, inputs[captured:])
        outside = inputs[:captured]
        test, verdict = self.lowering.graph(node.regions[0], [*outside, *carries], [None])
        body, outputs = self.lowering.graph(
            node.regions[1], [*outside, *carries], [None] * len(carries)
        )
        moves = list(zip(outputs, carries, strict=True))
        self.items.append(While(test, verdict[0], body, node.attrs["maximum"], moves))


REGIONS: dict[str, Callable[[_Body, Node, list[View]], None]] = {
    "scan": _Body._scan,
    "cond": _Body._cond,
    "while_loop": _Body._while_loop,
}
