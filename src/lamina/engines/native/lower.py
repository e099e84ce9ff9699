"""Lowering: the graph of a step as a sequence of kernels, loops and branches on views.

Ops that only rearrange (broadcast, transpose, slice, flip, windows, most reshapes) become views
and cost nothing; the others become tile programs or plain kernels, as fusion says. A value that
somebody wants in a certain place is computed there, if a kernel makes it, and copied there
otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lamina.engines.native.buffers import View, constant_view, fresh
from lamina.engines.native.copies import Copies, copies_of, moves_of
from lamina.engines.native.kernel import Branch, Invoke, Item, Kernel, Repeat, While
from lamina.engines.native.loop_places import LoopPlaces
from lamina.engines.native.plain import copy, plain_kernel
from lamina.engines.native.scatter import SCATTER, ScatterKernel
from lamina.engines.native.tiles.draft import Draft
from lamina.engines.native.tiles.hosts import border, held, inside, is_host, middle
from lamina.engines.native.tiles.kernel import TileKernel
from lamina.engines.native.tiles.layouts import Layouts
from lamina.engines.native.tiles.plan import GraphPlan
from lamina.engines.native.tiles.spread import inner_dim, spread
from lamina.graph.node import Aval, Graph, Node, freeze
from lamina.passes.cheap import MOVES

# A result: a node and the index of its result. `item` nodes are only names for these.
Value = tuple[Node, int]
Targets = Sequence[Copies | None]


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
        self.wanted: dict[Value, Copies] = {}
        # Parts of concatenations, which are spread with the whole.
        self.parts: set[Node] = set()
        settled = self._settle_inputs(graph, targets)
        # The whole before its parts, which may be put together themselves.
        for node, parts in reversed(plan.joined.items()):
            self._join(node, parts)
        for x, host in plan.hosted.items():
            whole = self.wanted.setdefault((host, 0), copies_of(host.aval, plan.layouts.of(host)))
            self.wanted[x, 0] = tuple(inside(host, view) for view in whole)
        for draft in plan.drafts:
            self._draft(draft)
        self.outputs = [self._copies(node) for node in graph.outputs]
        for index, target in enumerate(targets):
            if target is not None:
                if index not in settled:
                    self._copy_all(self.outputs[index], target)
                self.outputs[index] = target

    def _settle_inputs(self, graph: Graph, targets: Targets) -> set[int]:
        """Copies outputs that are inputs, before anything overwrites those; notes the others."""
        settled = set()
        for index, (node, target) in enumerate(zip(graph.outputs, targets, strict=True)):
            value = value_of(node)
            if target is None:
                continue
            if value in self.values:
                self._copy_all(self.values[value], target)
                settled.add(index)
            else:
                self.wanted.setdefault(value, target)
        return settled

    def _join(self, node: Node, parts: Sequence[Node]) -> None:
        """A place for a concatenation, within which parts of it are to be made."""
        dims = () if self.plan.layouts.is_fixed(node) else self.plan.layouts.of(node)
        whole = self.wanted.setdefault((node, 0), copies_of(node.aval, dims))
        for x, place in zip(node.inputs, parts_of(node, whole), strict=True):
            if x in parts and (x, 0) not in self.wanted:
                self.wanted[x, 0] = place
                self.parts.add(x)

    def _concatenate(self, node: Node) -> None:
        """Copies what was made elsewhere to its place, and spreads what is not in all layouts."""
        whole = self.wanted[node, 0]
        parts = list(zip(map(self._copies, node.inputs), parts_of(node, whole), strict=True))
        for copies, place in parts:
            self._copy_all(copies, place[:1])
        for i, view in enumerate(whole[1:], 1):
            if any(place[i] not in copies for copies, place in parts):
                self._invoke(spread(whole[0], view))
        self.values[node, 0] = whole

    def _copy_all(self, source: Copies, target: Copies) -> None:
        for found, place in moves_of(source, target):
            if found != place:
                self._copy(found, place)

    def _copy(self, source: View, target: View) -> None:
        self._invoke(copy(source, target))

    def _invoke(self, kernel: Kernel) -> None:
        if all(view.size for view in kernel.writes):
            self.items.append(Invoke(kernel))

    # ── where values are ──

    def _place(self, node: Node, index: int) -> View:
        """Where a plain kernel is to put a result. A reshape needs a place that takes any shape."""
        wanted = None if node.op == "reshape" else self.wanted.get((node, index))
        return wanted[0] if wanted else fresh(results_of(node)[index])

    def _copies(self, node: Node) -> Copies:
        """Where a value is: computed by a kernel, constant, or a view of another."""
        value = value_of(node)
        if value not in self.values:
            if node.op == "const":
                self.values[value] = (self.lowering.constant(node.attrs["value"]),)
            elif node.op == "iota":
                self.values[value] = (self._iota(node),)
            else:
                self.values[value] = self._alias(node)
        return self.values[value]

    def _alias(self, node: Node) -> Copies:
        sources = self._copies(node.inputs[0])
        views = [view for x in sources if (view := ALIASES[node.op](node, x)) is not None]
        if not views:
            views = [fresh(node.aval)]
            self._invoke(plain_kernel(node, [sources[0]], views))
        return tuple(views)

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
        elif node.op == "concatenate" and node in self.plan.joined:
            self._concatenate(node)
        elif is_host(node):
            self._border(node)
        elif node.op == SCATTER:
            self._scatter(node)
        elif node.op in REGIONS:
            REGIONS[node.op](self, draft, node)
        else:
            places = [self._place(node, i) for i in range(len(results_of(node)))]
            reads = [self._copies(x)[0] for x in node.inputs]
            for i, place in enumerate(places):
                self.values[node, i] = (place,)
            self._invoke(plain_kernel(node, reads, places))

    def _border(self, node: Node) -> None:
        """Fills what is around a value, which is made in its place, or else is copied there."""
        value, key = self._copies(node.inputs[1])[0], (node, 0)
        dims = () if self.plan.layouts.is_fixed(node) else self.plan.layouts.of(node)
        self.values[key] = self.wanted.get(key) or copies_of(node.aval, dims)
        for view in self.values[key]:
            for part in border(node, view):
                self._copy(value.broadcast(part.shape), part)
            if self.plan.hosted.get(held(node)) is not node:
                self._spread(self._copies(node.inputs[0]), middle(node, view))

    def _scatter(self, node: Node) -> None:
        """Kernel and result with channels contiguous, whatever there was."""
        kernel = node.inputs[2]
        along = len(kernel.shape) - 2
        found = [x for x in self._copies(kernel) if x.strides[along] == 1]
        if not found:
            found = [*copies_of(kernel.aval, [along])]
            self._spread(self._copies(kernel), found[0])
        (place,) = copies_of(node.aval, [len(node.shape) - 1])
        reads = (*(self._copies(x)[0] for x in node.inputs[:2]), found[0])
        self.values[node, 0] = (place,)
        self._invoke(ScatterKernel(node, reads, (place,)))

    def _spread(self, sources: Copies, target: View) -> None:
        """Copies a value into another layout."""
        along, (source, *_) = inner_dim(target), sources
        same = [x for x in sources if inner_dim(x) == along]
        if same or along is None or inner_dim(source) is None or not target.size:
            self._copy((same or [source])[0], target)
        else:
            self._invoke(spread(source, target))

    def _tile_kernel(self, draft: Draft) -> None:
        program = self.plan.programs[draft]
        places: dict[Node, Copies] = {}
        for out in draft.outs:
            target = self.wanted.get((out, 0))
            dims = () if self.plan.layouts.is_fixed(out) else self.plan.layouts.of(out)
            places[out] = target or copies_of(out.aval, dims)
        made = {out: self._made(draft, out, copies) for out, copies in places.items()}
        kernel = TileKernel(program, self.plan.lanes(draft), self._copies, made)
        for out, copies in places.items():
            self.values[value_of(out)] = made[out] if out in self.parts else copies
        self._invoke(kernel)
        for out, copies in places.items():
            for view in copies if out not in self.parts else ():
                if view not in made[out]:
                    self._spread(made[out], view)

    def _made(self, draft: Draft, out: Node, copies: Copies) -> Copies:
        """The copies of a result that its kernel makes itself."""
        dims = self.plan.layouts.of(out)
        if len(copies) < 2 or len(dims) != len(copies):
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

    def _scan(self, draft: Draft, node: Node) -> None:
        plan, count = self.plan.regions[draft], node.attrs["carries"]
        wanted = [self.wanted.get((node, i)) for i in range(count, len(node.outputs))]
        loop = LoopPlaces(node, plan.layouts, [self._copies(x) for x in node.inputs], wanted)
        for first, place in loop.starts():
            self._copy_all(first, place)
        for i, stack in enumerate(loop.stacks):
            self.values[node, count + i] = stack
        items, outputs = self.lowering.graph(node.regions[0], loop.inputs(), loop.targets(), plan)
        for i, last in enumerate(loop.lasts):
            self.values[node, i] = last
        _accompany(items)
        moves = [m for i in loop.moved() for m in moves_of(outputs[i], loop.before[i])]
        self.items.append(Repeat(loop.counter, items, moves))

    def _cond(self, draft: Draft, node: Node) -> None:
        inputs = [self._copies(x) for x in node.inputs]
        places = [self._place(node, i) for i in range(len(node.outputs))]
        targets = [(place,) for place in places]
        yes, no = (self.lowering.graph(region, inputs[1:], targets)[0] for region in node.regions)
        for i, place in enumerate(places):
            self.values[node, i] = (place,)
        self.items.append(Branch(inputs[0][0], yes, no))

    def _while_loop(self, draft: Draft, node: Node) -> None:
        inputs = [self._copies(x) for x in node.inputs]
        captured = node.attrs["captured"]
        carries = self._carries(node, inputs[captured:])
        outside = inputs[:captured]
        test, verdict = self.lowering.graph(node.regions[0], [*outside, *carries], [None])
        body, outputs = self.lowering.graph(
            node.regions[1], [*outside, *carries], [None] * len(carries)
        )
        moves = _moves(outputs, carries)
        self.items.append(While(test, verdict[0][0], body, node.attrs["maximum"], moves))


def _accompany(items: Sequence[Item]) -> None:
    """Where one kernel of a loop's body is worth sharing out, smaller ones are too."""
    kernels = [item.kernel for item in items if isinstance(item, Invoke)]
    tiles = [kernel for kernel in kernels if isinstance(kernel, TileKernel)]
    if any(kernel.units > 1 for kernel in kernels):
        for kernel in tiles:
            kernel.accompanies = True


def parts_of(node: Node, whole: Copies) -> list[Copies]:
    """Where each operand of a concatenation lies within it."""
    axis, found, start = node.attrs["axis"], [], 0
    for x in node.inputs:
        starts = [start if d == axis else 0 for d in range(len(x.shape))]
        limits = [a + n for a, n in zip(starts, x.shape, strict=True)]
        ones = [1] * len(starts)
        found.append(tuple(view.sliced(starts, limits, ones) for view in whole))
        start += x.shape[axis]
    return found


def _moves(sources: Sequence[Copies], targets: Sequence[Copies]) -> list[tuple[View, View]]:
    return [move for pair in zip(sources, targets, strict=True) for move in moves_of(*pair)]


REGIONS: dict[str, Callable[[_Body, Draft, Node], None]] = {
    "scan": _Body._scan,
    "cond": _Body._cond,
    "while_loop": _Body._while_loop,
}
