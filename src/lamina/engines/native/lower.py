"""Lowering: the graph of a step as a sequence of kernels, loops and branches on views.

Ops that only rearrange (broadcast, transpose, slice, flip, windows, most reshapes) become views
and cost nothing; the others become tile programs or plain kernels, as fusion says. A value that
somebody wants in a certain place is computed there, if a kernel makes it, and copied there
otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lamina.engines.native import target as machine
from lamina.engines.native.buffers import SCRATCH, Counter, View, constant_view, fresh, laid_out
from lamina.engines.native.kernel import Branch, Invoke, Item, Kernel, Repeat, While
from lamina.engines.native.plain import copy, plain_kernel
from lamina.engines.native.tiles.fuse import ALIASES as MOVES
from lamina.engines.native.tiles.fuse import Draft
from lamina.engines.native.tiles.kernel import TileKernel
from lamina.engines.native.tiles.lanes import Layouts
from lamina.engines.native.tiles.plan import GraphPlan
from lamina.engines.native.tiles.spread import spread
from lamina.graph.node import Aval, Graph, Node, freeze

# A result: a node and the index of its result. `item` nodes are only names for these.
Value = tuple[Node, int]
# A value in memory: all its copies, the first of which is the one that plain kernels read.
Copies = tuple[View, ...]
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
    "windows": lambda node, x: x.windowed(
        node.attrs["axes"], node.attrs["sizes"], node.attrs["strides"], node.attrs["dilations"]
    ),
    "reshape": _reshape,
}
assert set(ALIASES) == set(MOVES)


def unit() -> int:
    """Elements to a multiple of which contiguous axes are padded: a vector of 4-byte ones."""
    return machine.host().lanes(32)


def copies_of(aval: Aval, dims: Sequence[int], kind: str = SCRATCH) -> Copies:
    """New buffers for a value, one for each innermost dim that is asked for."""
    if not dims or not aval.shape or 0 in aval.shape:
        return (fresh(aval, kind),)
    return tuple(laid_out(aval, dim, unit(), kind) for dim in dims)


class Lowering:
    """Lowers the graphs of one program; equal constants are one buffer."""

    def __init__(self) -> None:
        self._constants: dict[object, View] = {}

    def graph(
        self,
        graph: Graph,
        inputs: Sequence[Copies],
        targets: Targets,
        plan: GraphPlan | None = None,
    ) -> tuple[list[Item], list[Copies]]:
        """The items that compute a graph, and where its outputs are.

        `targets` says where an output has to be; None leaves it where it falls. Without a plan the
        inputs lie as they lie.
        """
        if plan is None:
            plan = _region_plan(graph, inputs, targets)
        body = _Body(self, graph, (inputs, targets), plan)
        return body.items, body.outputs

    def constant(self, value: np.ndarray) -> View:
        """Where a constant lies."""
        key = freeze(value)
        if key not in self._constants:
            self._constants[key] = constant_view(value)
        return self._constants[key]


def _region_plan(graph: Graph, inputs: Sequence[Copies], targets: Targets) -> GraphPlan:
    layouts = Layouts()
    for node, copies in zip(graph.inputs, inputs, strict=True):
        dims = [d for view in copies for d, step in enumerate(view.strides) if step == 1]
        layouts.fix(node, dims)
    placed = [n for n, target in zip(graph.outputs, targets, strict=True) if target is not None]
    return GraphPlan(graph, {}, layouts, placed)


class _Body:
    """One graph being lowered."""

    def __init__(
        self,
        lowering: Lowering,
        graph: Graph,
        places: tuple[Sequence[Copies], Targets],
        plan: GraphPlan,
    ) -> None:
        self.lowering, self.plan = lowering, plan
        inputs, targets = places
        self.items: list[Item] = []
        self.values: dict[Value, Copies] = {
            (node, 0): copies for node, copies in zip(graph.inputs, inputs, strict=True)
        }
        self.wanted: dict[Value, View] = {}
        settled = self._settle_inputs(graph, targets)
        for draft in plan.drafts:
            self._draft(draft)
        self.outputs = [self._copies(node) for node in graph.outputs]
        for index, target in enumerate(targets):
            if target is not None:
                if index not in settled and target not in self.outputs[index]:
                    self._copy(self.outputs[index][0], target)
                self.outputs[index] = (target,)

    def _settle_inputs(self, graph: Graph, targets: Targets) -> set[int]:
        """Copies outputs that are inputs, before anything overwrites those; notes the others."""
        settled = set()
        for index, (node, target) in enumerate(zip(graph.outputs, targets, strict=True)):
            value = value_of(node)
            if target is None:
                continue
            if value in self.values:
                self._copy(self.values[value][0], target)
                settled.add(index)
            else:
                self.wanted.setdefault(value, target)
        return settled

    def _copy(self, source: View, target: View) -> None:
        self._invoke(copy(source, target))

    def _invoke(self, kernel: Kernel) -> None:
        if all(view.size for view in kernel.writes):
            self.items.append(Invoke(kernel))

    # ── where values are ──

    def _place(self, node: Node, index: int) -> View:
        """Where a plain kernel is to put a result. A reshape needs a place that takes any shape."""
        wanted = None if node.op == "reshape" else self.wanted.get((node, index))
        return wanted or fresh(results_of(node)[index])

    def _copies(self, node: Node) -> Copies:
        """Where a value is: computed by a kernel, constant, or a view of another."""
        value = value_of(node)
        if value not in self.values:
            if node.op == "const":
                self.values[value] = (self.lowering.constant(node.attrs["value"]),)
            elif node.op == "iota":
                self.values[value] = (self._iota(node),)
            else:
                self.values[value] = (self._alias(node),)
        return self.values[value]

    def _alias(self, node: Node) -> View:
        source = self._copies(node.inputs[0])[0]
        view = ALIASES[node.op](node, source)
        if view is None:
            view = fresh(node.aval)
            self._invoke(plain_kernel(node, [source], [view]))
        return view

    def _iota(self, node: Node) -> View:
        """The line of indices, constant, seen in the shape of the node."""
        axis, shape = node.attrs["axis"], node.shape
        line = self.lowering.constant(np.arange(shape[axis]).astype(node.dtype))
        sizes = [shape[axis] if i == axis else 1 for i in range(len(shape))]
        view = line.reshaped(tuple(sizes))
        assert view is not None
        return view.broadcast(shape)

    # ── kernels ──

    def _draft(self, draft: Draft) -> None:
        node = draft.plain
        if node is None:
            self._tile_kernel(draft)
        elif node.op in REGIONS:
            REGIONS[node.op](self, node, [self._copies(x) for x in node.inputs])
        else:
            places = [self._place(node, i) for i in range(len(results_of(node)))]
            reads = [self._copies(x)[0] for x in node.inputs]
            for i, place in enumerate(places):
                self.values[node, i] = (place,)
            self._invoke(plain_kernel(node, reads, places))

    def _tile_kernel(self, draft: Draft) -> None:
        program = self.plan.programs[draft]
        places: dict[Node, Copies] = {}
        for out in draft.outs:
            target = self.wanted.get((out, 0))
            dims = self.plan.layouts.of(out)
            fixed = out in self.plan.layouts.fixed
            places[out] = (target,) if target else copies_of(out.aval, () if fixed else dims)
        made = {out: self._made(draft, out, copies) for out, copies in places.items()}
        kernel = TileKernel(program, self.plan.lanes(draft), self._copies, made)
        for out, copies in places.items():
            self.values[value_of(out)] = copies
        self._invoke(kernel)
        for out, copies in places.items():
            for view in copies:
                if view not in made[out]:
                    self._invoke(spread(made[out][0], view))

    def _made(self, draft: Draft, out: Node, copies: Copies) -> Copies:
        """The copies of a result that its kernel makes itself."""
        dims = self.plan.layouts.of(out)
        if len(copies) < 2:
            return copies
        made = self.plan.made_dims(draft, out)
        return tuple(view for dim, view in zip(dims, copies, strict=True) if dim in made)

    # ── regions ──

    def _carries(self, node: Node, first: Sequence[Copies]) -> list[Copies]:
        """Fresh buffers for what a loop carries, filled with its first values."""
        places = [fresh(Aval(copies[0].shape, copies[0].dtype)) for copies in first]
        for source, place in zip(first, places, strict=True):
            self._copy(source[0], place)
        for i, place in enumerate(places):
            self.values[node, i] = (place,)
        return [(place,) for place in places]

    def _scan(self, node: Node, inputs: list[Copies]) -> None:
        attrs, avals = node.attrs, node.outputs
        captured, count = attrs["captured"], attrs["carries"]
        carries = self._carries(node, inputs[captured : captured + count])
        stacks = [self._place(node, i) for i in range(count, len(avals))]
        counter, back = Counter(attrs["length"]), attrs["reverse"]
        entries = [(x[0].entry(counter, back),) for x in inputs[captured + count :]]
        targets = [stack.entry(counter, back) for stack in stacks]
        items, outputs = self.lowering.graph(
            node.regions[0],
            [*inputs[:captured], *carries, *entries],
            [*[None] * count, *targets],
        )
        for i, stack in enumerate(stacks):
            self.values[node, count + i] = (stack,)
        self.items.append(Repeat(counter, items, _moves(outputs[:count], carries)))

    def _cond(self, node: Node, inputs: list[Copies]) -> None:
        places = [self._place(node, i) for i in range(len(node.outputs))]
        yes, no = (self.lowering.graph(region, inputs[1:], places)[0] for region in node.regions)
        for i, place in enumerate(places):
            self.values[node, i] = (place,)
        self.items.append(Branch(inputs[0][0], yes, no))

    def _while_loop(self, node: Node, inputs: list[Copies]) -> None:
        captured = node.attrs["captured"]
        carries = self._carries(node, inputs[captured:])
        outside = inputs[:captured]
        test, verdict = self.lowering.graph(node.regions[0], [*outside, *carries], [None])
        body, outputs = self.lowering.graph(
            node.regions[1], [*outside, *carries], [None] * len(carries)
        )
        moves = _moves(outputs, carries)
        self.items.append(While(test, verdict[0][0], body, node.attrs["maximum"], moves))


def _moves(sources: Sequence[Copies], targets: Sequence[Copies]) -> list[tuple[View, View]]:
    return [move for pair in zip(sources, targets, strict=True) for move in moves_of(*pair)]


def moves_of(source: Copies, target: Copies) -> list[tuple[View, View]]:
    """The moves of a new value into all copies of an old one, each from the copy most like it."""
    return [
        (next((s for s in source if s.strides == copy_.strides), source[0]), copy_)
        for copy_ in target
    ]


REGIONS: dict[str, Callable[[_Body, Node, list[Copies]], None]] = {
    "scan": _Body._scan,
    "cond": _Body._cond,
    "while_loop": _Body._while_loop,
}
