"""correlate: windows of a contraction that are added up are a contraction over windows instead.

The gradient of a convolution with respect to its input, and a transposed convolution, make a value
for each place of each window and add those that meet:

    y[i] = the sum of g[o, f] w[k, f] over f and all o, k with o s + k d = i       (s stride, d gap)

Their windows are as many times larger than y as the kernel has entries. For s = 1 the same is

    y[i] = the sum of G[i + (K - 1 - k) d, f] w[k, f] over f, k        with G = g between zeros,

a contraction of windows of G, walked backwards, with the same w: nothing of that size exists. For
s > 1 and d = 1 the taps fall into s classes, k = q s + r, and each makes every s-th entry of y:

    y[p s + r] = the sum of G[p - q, f] w[q s + r, f] over f, q

one contraction too, whose results (p, r) lie in memory as y does. For other s and d zeros stand
between the entries of g, and s is 1.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lamina.graph.node import Graph, Node
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import shape_of
from lamina.ops.primitives.windowing import Window, places, windows_of
from lamina.passes.rewrite import made, rebuilt
from lamina.passes.winners import scattered

Labels = list[int]
# What an entry of the windows costs, written and added, in multiply-adds: it goes through memory
# twice, at some cycles a vector, while a vector of multiply-adds takes half a cycle.
TRAFFIC = 40


def correlate(graph: Graph) -> Graph:
    """Rewrites every sum of overlapping windows of a contraction for which that saves time."""
    nodes = graph.nodes()
    if not any(node.op == "overlap_add" or node.regions for node in nodes):
        return graph
    users = Counter(x for node in nodes for x in node.inputs) + Counter(graph.outputs)
    new: dict[Node, Node] = {node: node for node in graph.inputs}
    for node in nodes:
        if node in new:
            continue
        now = rebuilt(node, tuple(new[x] for x in node.inputs), correlate)
        before = node.inputs[0] if node.inputs else node
        if scattered(now) is not None or scattered(before) is not None:
            new[node] = now  # engines add what few entries there are
        elif node.op == "overlap_add":
            new[node] = _correlated(now) or now
        elif node.op == "slice" and before.op == "overlap_add" and users[before] == 1:
            # The sums are asked for in part: the others need not be made.
            source = rebuilt(before, tuple(new[x] for x in before.inputs))
            new[node] = _correlated(source, now) or now
        else:
            new[node] = now
    return graph.giving(tuple(new[node] for node in graph.outputs))


@dataclass(frozen=True)
class _Axis:
    """One windowed axis: the labels of its window and of the place in it, how many windows there
    are, and the part of it that is asked for.
    """

    window: Window
    outer: int
    inner: int
    count: int
    start: int
    length: int

    @property
    def classes(self) -> int:
        """Into how many classes the taps fall."""
        return self.window.stride if self.window.dilation == 1 else 1

    @property
    def lead(self) -> int:
        """Zeros before the taps, so that what is asked for begins with class 0."""
        return -self.start % self.classes

    @property
    def turns(self) -> int:
        """Taps in a class."""
        return -(-(self.window.size + self.lead) // self.classes)

    @property
    def results(self) -> int:
        """Results that a class makes."""
        return -(-self.length // self.classes)

    @property
    def gap(self) -> int:
        """Steps between two taps of a class, in entries of the operand."""
        return self.window.dilation if self.classes == 1 else 1

    @property
    def frame(self) -> tuple[int, int, int]:
        """Zeros before, after (below 0: entries that are not needed) and between the entries."""
        reach = (self.turns - 1) * self.gap
        between = self.window.stride - 1 if self.classes == 1 else 0
        low = reach - (self.start + self.lead) // self.classes
        length = (self.count - 1) * (between + 1) + 1
        return low, self.results + reach - low - length, between


def _correlated(node: Node, part: Node | None = None) -> Node | None:
    """The sums, or the part of them that a slice takes, as a contraction of windows."""
    source, perm = _contraction(node.inputs[0])
    if source is None:
        return None
    first, second, result = source.attrs["spec"]
    out = [result[axis] for axis in perm]
    axes = _axes(node, out, part)
    outer, inner = {a.outer for a in axes}, {a.inner for a in axes}
    for operand, labels, other in ((0, first, second), (1, second, first)):
        fits = outer <= set(labels) and not outer & set(other) and not inner & set(labels)
        if fits and inner <= set(other) and _pays(source, axes):
            rewrite = _Rewrite(axes, list(labels), list(other), out)
            pair = source.inputs[operand], source.inputs[1 - operand]
            found = made(rewrite.run, pair, node.origin)
            return found if part is None else _rest(found, part, axes)
    return None


def _contraction(node: Node) -> tuple[Node | None, list[int]]:
    """The contraction that a node is, its axes permuted."""
    perm = list(range(len(node.shape)))
    while node.op == "transpose":
        perm = [node.attrs["perm"][axis] for axis in perm]
        node = node.inputs[0]
    return (node if node.op == "contract" else None), perm


def _axes(node: Node, out: Labels, part: Node | None) -> list[_Axis]:
    """The windowed axes; a slice with gaps is left as it is."""
    found, shape = [], node.inputs[0].shape
    for (w, at), length in zip(places(windows_of(node.attrs)), node.attrs["lengths"], strict=True):
        start, limit = 0, length
        if part is not None and part.attrs["strides"][w.axis] == 1:
            start, limit = part.attrs["starts"][w.axis], part.attrs["limits"][w.axis]
        found.append(_Axis(w, out[at], out[at + 1], shape[at], start, limit - start))
    return found


def _pays(source: Node, axes: Sequence[_Axis]) -> bool:
    """Whether the multiply-adds that come in addition cost less than the windows."""
    sizes: dict[int, int] = {}
    for labels, x in zip(source.attrs["spec"], source.inputs, strict=False):
        sizes.update(zip(labels, x.shape, strict=True))
    before = math.prod(sizes.values())
    for a in axes:
        sizes[a.outer], sizes[a.inner] = a.results * a.classes, a.turns
    return math.prod(sizes.values()) <= before + TRAFFIC * source.size and 0 not in sizes.values()


def _rest(found: Node, part: Node, axes: Sequence[_Axis]) -> Node:
    """What is left of a slice when the windowed axes have their part."""
    starts, limits = list(part.attrs["starts"]), list(part.attrs["limits"])
    for a in axes:
        if part.attrs["strides"][a.window.axis] == 1:
            starts[a.window.axis], limits[a.window.axis] = 0, a.length
    strides = part.attrs["strides"]
    return made(lambda x: p.slice_(x, starts, limits, strides), [found], part.origin)


@dataclass
class _Rewrite:
    """Builds the contraction: labels of the operand with the windows, of the other, of y."""

    axes: list[_Axis]
    a_labels: Labels
    b_labels: Labels
    out: Labels

    def run(self, a: Tensor, b: Tensor) -> Tensor:
        """The sums from the two operands of the contraction that made the windows."""
        a, b = self._windowed(self._framed(a)), self._classed(b)
        y = p.contract(a, b, (tuple(self.a_labels), tuple(self.b_labels), tuple(self.out)))
        return self._joined(y)

    def _framed(self, a: Tensor) -> Tensor:
        """The operand as its windows need it: zeros around, less where less is asked for."""
        low, high, interior = ([0] * a.ndim for _ in range(3))
        for x in self.axes:
            at = self.a_labels.index(x.outer)
            low[at], high[at], interior[at] = x.frame
        a = p.pad(a, 0, [max(0, n) for n in low], [max(0, n) for n in high], interior)
        limits = [size + min(0, n) for size, n in zip(shape_of(a), high, strict=True)]
        return p.slice_(a, [max(0, -n) for n in low], limits)

    def _classed(self, b: Tensor) -> Tensor:
        """The taps as (tap of a class, class); a label less where there is one of either."""
        fresh = max((*self.a_labels, *self.b_labels)) + 1
        low, high = [0] * b.ndim, [0] * b.ndim
        pairs = [[size] for size in shape_of(b)]
        names = [[label] for label in self.b_labels]
        for number, x in enumerate(self.axes):
            at, label = self.b_labels.index(x.inner), fresh + number
            if x.classes == 1:
                self.out.remove(x.inner)
                continue
            low[at], high[at] = x.lead, x.turns * x.classes - x.lead - x.window.size
            pairs[at] = [x.turns, x.classes][x.turns == 1 :]
            names[at] = [x.inner, label][x.turns == 1 :]
            self.out[self.out.index(x.inner)] = label
        self.b_labels = [label for group in names for label in group]
        return p.reshape(p.pad(b, 0, low, high), [size for group in pairs for size in group])

    def _windowed(self, a: Tensor) -> Tensor:
        """The windows of the operand, each walked from its end."""
        wide = [x for x in self.axes if x.turns > 1]
        rows = sorted((self.a_labels.index(x.outer), x) for x in wide)
        axes, turns = [at for at, _ in rows], [x.turns for _, x in rows]
        a = p.windows(a, axes, turns, None, [x.gap for _, x in rows])
        for at, x in reversed(rows):
            self.a_labels.insert(at + 1, x.inner)
        return p.flip(a, [self.a_labels.index(x.inner) for _, x in rows])

    def _joined(self, y: Tensor) -> Tensor:
        """The results of all classes in the order of the axis, as many as are asked for."""
        shape, limits = list(shape_of(y)), {}
        for x in reversed(self.axes):
            at = self.out.index(x.outer)
            if x.classes > 1:
                shape[at : at + 2] = [x.results * x.classes]
            limits[x.window.axis] = x.length
        y = p.reshape(y, shape)
        ends = [limits.get(axis, size) for axis, size in enumerate(shape)]
        return p.slice_(y, [0] * len(ends), ends)
