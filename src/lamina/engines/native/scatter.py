"""Scattering: what a pool's winners add to the input of the convolution before it.

Of each window of a pool one entry has a gradient. A contraction over all entries would multiply
zeros mostly; this kernel goes from winner to winner and adds its share, kernel times gradient, to
the places that it saw. An image stays in the first cache meanwhile, the kernel of one filter in
registers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from lamina.engines.native import target as machine
from lamina.engines.native.buffers import View, itemsize
from lamina.engines.native.emit import Function, Value, vector
from lamina.engines.native.plain.nest import load
from lamina.engines.native.tiles.program import points
from lamina.graph.node import Graph, Node
from lamina.graph.program import Phase, Program, Step
from lamina.passes.rewrite import reshaped, rewrite
from lamina.passes.winners import scattered

SCATTER = "scatter_winners"
# A tap of the kernel, and which vector of channels.
Tap = tuple[tuple[int, ...], int]
SHARED = 20_000  # additions of vectors, from which sharing out pays for a barrier


def with_scatters(program: Program) -> Program:
    """The program with a node of this op, the engine's own, for each such sum."""

    def step(old: Step) -> Step:
        return replace(old, graph=_rewritten(old.graph))

    def phase(old: Phase) -> Phase:
        return replace(old, step=step(old.step), rest=step(old.rest) if old.rest else None)

    return replace(program, phases={name: phase(old) for name, old in program.phases.items()})


def _rewritten(graph: Graph) -> Graph:
    if not any(node.op == "overlap_add" or node.regions for node in graph.nodes()):
        return graph
    return rewrite(graph, _scatter, _rewritten)


def _scatter(node: Node) -> Node:
    found = scattered(node)
    if found is None:
        return node
    g = reshaped(found.g, found.winner.shape)
    attrs = {
        "starts": found.starts, "sizes": found.sizes, "strides": found.strides,
        "dilations": found.dilations,
    }  # fmt: skip
    inputs = (found.winner, g, found.w)
    return Node(SCATTER, inputs, node.shape, node.dtype, attrs, origin=node.origin)


def demands(node: Node) -> list[tuple[Node, int]]:
    """Channels are contiguous in the kernel and in the result."""
    w = node.inputs[2]
    return [(w, len(w.shape) - 2), (node, len(node.shape) - 1)]


@dataclass(frozen=True, eq=False)
class ScatterKernel:
    """See `kernel.Kernel`; operands in the order of the node's inputs, channels contiguous."""

    node: Node
    reads: tuple[View, ...]
    writes: tuple[View, ...]
    temporaries: tuple[View, ...] = ()
    name: str = SCATTER

    @property
    def units(self) -> int:
        """Images, where there is work enough to share out."""
        taps = math.prod(self.node.inputs[2].shape[:-2])
        return self.node.shape[0] if self.node.inputs[1].size * taps >= SHARED else 1

    def key(self) -> Hashable:
        """See `Kernel.key`."""
        attrs = tuple(self.node.attrs[n] for n in ("starts", "sizes", "strides", "dilations"))
        return (SCATTER, attrs, self.units)

    def may_overwrite(self, read: int, write: int) -> bool:
        """See `Kernel.may_overwrite`: the kernel reads all while it writes."""
        return False

    def emit(self, f: Function, pointers: Sequence[Value]) -> None:
        """See `Kernel.emit`."""
        ends = (pointers[4], pointers[5]) if len(pointers) > 4 else None
        _Emission(f, self, pointers, ends).run()


class _Emission:
    """The loops over images, filters and windows."""

    def __init__(
        self,
        f: Function,
        kernel: ScatterKernel,
        pointers: Sequence[Value],
        ends: tuple[Value, Value] | None,
    ) -> None:
        self.f, self.node = f, kernel.node
        self.views = (*kernel.writes, *kernel.reads)
        self.pointers, self.ends = pointers, ends
        self.dtype = kernel.node.dtype
        host = machine.host()
        self.width, self.registers = host.lanes(8 * itemsize(self.dtype)), host.registers * 3 // 4
        self.channels, self.filters = kernel.node.shape[-1], kernel.node.inputs[1].shape[-1]
        self.taps = list(product(*map(range, kernel.node.inputs[2].shape[:-2])))

    def run(self) -> None:
        f = self.f
        first, last = self.ends or (f.index(0), f.index(self.node.shape[0]))

        def image(b: Value, _: list[Value]) -> list[Value]:
            self._clear(self._at(0, self.pointers[0], [b]))
            for block in self._blocks():
                self._filters(b, block)
            return []

        f.loop(first, last, 1, [], image)

    def _blocks(self) -> Iterator[range]:
        """Vectors of channels, as many at once as leave the kernel in registers."""
        vectors = points(self.channels, self.width)
        most = max(1, self.registers // len(self.taps))
        for start in range(0, vectors, most):
            yield range(start, min(start + most, vectors))

    def _at(self, view: int, pointer: Value, indices: Sequence[Value], first: int = 0) -> Value:
        """The pointer at these indices of the dims from `first`."""
        f, strides = self.f, self.views[view].strides[first:]
        size = itemsize(self.views[view].dtype)
        for index, step in zip(indices, strides, strict=False):
            pointer = f.at(pointer, f.mul(index, f.index(step * size)))
        return pointer

    def _loops(self, sizes: Sequence[int], then: Callable[[list[Value]], None]) -> None:
        """Nested loops; `then` is given all indices."""

        def over(left: Sequence[int], indices: list[Value]) -> None:
            if not left:
                then(indices)
                return

            def turn(i: Value, _: list[Value]) -> list[Value]:
                over(left[1:], [*indices, i])
                return []

            self.f.loop(self.f.index(0), self.f.index(left[0]), 1, [], turn)

        over(sizes, [])

    # ── vectors of channels ──

    def _beyond(self, view: int, v: int) -> int:
        """Lanes of a vector that must not be touched."""
        return 0 if self.views[view].padded else max(0, (v + 1) * self.width - self.channels)

    def _load(self, view: int, pointer: Value, v: int) -> Value:
        place = self.f.at(pointer, v * self.width * itemsize(self.dtype))
        return load(self.f, self.dtype, place, self.width, 0, self._beyond(view, v))

    def _store(self, pointer: Value, v: int, value: Value) -> None:
        f, size = self.f, itemsize(self.dtype)
        place, beyond = f.at(pointer, v * self.width * size), self._beyond(0, v)
        if beyond:
            f.store_masked(value, place, size, [1] * (self.width - beyond) + [0] * beyond)
        else:
            f.store(value, place, size)

    # ── one image ──

    def _clear(self, image: Value) -> None:
        zero = self.f.const(vector(self.dtype, self.width), 0)

        def pixel(indices: list[Value]) -> None:
            place = self._at(0, image, indices, 1)
            for v in range(points(self.channels, self.width)):
                self._store(place, v, zero)

        self._loops(self.node.shape[1:-1], pixel)

    def _filters(self, b: Value, block: range) -> None:
        f, count = self.f, len(self.node.shape) - 2
        image = self._at(0, self.pointers[0], [b])

        def one(number: Value, _: list[Value]) -> list[Value]:
            last = self.views[3].strides[-1] * itemsize(self.dtype)
            start = f.at(self.pointers[3], f.mul(number, f.index(last)))
            pairs = list(product(self.taps, block))
            kernel = {(k, v): self._load(3, self._tap(3, start, k), v) for k, v in pairs}
            places = [self._at(n, self.pointers[n], [b]) for n in (1, 2)]
            places = [
                self._at(n, p, [number], count + 1) for n, p in zip((1, 2), places, strict=True)
            ]

            def window(o: list[Value]) -> None:
                winner, g = (self._at(n, p, o, 1) for n, p in zip((1, 2), places, strict=True))
                value = load(f, self.dtype, g, 0)
                some = f.not_(f.compare("eq", value, f.const(value.type, 0)))
                f.when(some, lambda: self._add(image, self._corner(winner, o), (value, kernel)))

            self._loops(self.node.inputs[1].shape[1:-1], window)
            return []

        f.loop(f.index(0), f.index(self.filters), 1, [], one)

    def _corner(self, winner: Value, o: Sequence[Value]) -> list[Value]:
        """Where the winner's window of the convolution begins, along each axis."""
        f, attrs = self.f, self.node.attrs
        left = f.resize(load(f, "int32", winner, 0), f.index(0).type, signed=False)
        found: list[Value] = []
        for axis in reversed(range(len(o))):
            size = f.index(attrs["sizes"][axis])
            place = f.add(f.mul(o[axis], size), f.rem(left, size, signed=False))
            place = f.add(place, f.index(attrs["starts"][axis]))
            found.insert(0, f.mul(place, f.index(attrs["strides"][axis])))
            left = f.div(left, size, signed=False)
        return found

    def _tap(self, view: int, pointer: Value, k: Sequence[int]) -> Value:
        """The pointer at an entry of the kernel, or of the image as far from its corner."""
        strides, steps = self.views[view].strides, self.node.attrs["dilations"]
        pairs = zip(k, strides, strict=False) if view else zip(k, strides[1:], strict=False)
        offset = sum(n * s * (1 if view else d) for (n, s), d in zip(pairs, steps, strict=False))
        return self.f.at(pointer, offset * itemsize(self.dtype))

    def _add(
        self, image: Value, corner: Sequence[Value], what: tuple[Value, dict[Tap, Value]]
    ) -> None:
        """A winner's share: the kernel of its filter times its gradient."""
        f, (value, kernel) = self.f, what
        g = f.splat(value, self.width)
        start = self._at(0, image, corner, 1)
        for (k, v), tap in kernel.items():
            target = self._tap(0, start, k)
            self._store(target, v, f.fma(g, tap, self._load(0, target, v)))
