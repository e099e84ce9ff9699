"""correlate: windows of a contraction that are added up are a contraction over windows instead.

The gradient of a convolution with respect to its input, and a transposed convolution, make a value
for each place of each window and add those that meet:

    y[i] = the sum of g[o, f] w[k, f] over f and all o, k with o s + k d = i       (s stride, d gap)

Their windows are as many times larger than y as the kernel has entries. For s = 1 the same is

    y[i] = the sum of G[i + (K - 1 - k) d, f] w[k, f] over f, k        with G = g between zeros,

a contraction of windows of G, walked backwards, with the same w: nothing of that size exists. For
s > 1 and d = 1 the taps fall into s classes, k = q s + r, and each makes every s-th entry of y:

    y[p s + r] = the sum of G[p - q, f] w[q s + r, f] over f, q

one contraction too, whose results (p, r) lie in memory as y does; or, where K is no multiple of s
and the zeros that fill the classes would cost more than putting results together, one contraction
a class. For other s and d zeros stand between the entries of g, and s is 1.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lamina.graph.node import Graph, Node
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import shape_of
from lamina.ops.primitives.windowing import places, windows_of
from lamina.passes.rewrite import made, rebuilt
from lamina.passes.taps import Taps
from lamina.passes.winners import scattered

Labels = list[int]
# What an entry of the windows costs, written and added, in multiply-adds: it goes through memory
# twice, at some cycles a vector, while a vector of multiply-adds takes half a cycle.
TRAFFIC = 40
# What an entry of the sums costs where it lies between those of other classes.
TOGETHER = 8


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
        costs = _Costs(source, axes)
        if fits and inner <= set(other) and costs.pays():
            apart = costs.of_classes < costs.of_one
            chosen = _unfilled(axes) if apart else axes
            rewrite = _Rewrite(chosen, list(labels), list(other), out, apart)
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


def _axes(node: Node, out: Labels, part: Node | None) -> list[Taps]:
    """The windowed axes; a slice with gaps is left as it is."""
    found, shape = [], node.inputs[0].shape
    for (w, at), length in zip(places(windows_of(node.attrs)), node.attrs["lengths"], strict=True):
        start, limit = 0, length
        if part is not None and part.attrs["strides"][w.axis] == 1:
            start, limit = part.attrs["starts"][w.axis], part.attrs["limits"][w.axis]
        found.append(Taps(w, out[at], out[at + 1], shape[at], start, limit - start))
    return found


def _unfilled(axes: Sequence[Taps]) -> list[Taps]:
    """The axes for a contraction a class."""
    return [replace(axis, filled=False) for axis in axes]


@dataclass(frozen=True)
class _Costs:
    """What the sums cost in multiply-adds: of windows that are made, of one contraction whose
    classes are filled up, of one contraction a class whose results are put together.
    """

    source: Node
    axes: Sequence[Taps]

    @property
    def of_windows(self) -> int:
        """A term for each entry of a window, which is written and added."""
        labels, _, out = self.source.attrs["spec"]
        sizes = zip(labels, self.source.inputs[0].shape, strict=True)
        summed = math.prod(size for label, size in sizes if label not in out)
        return self.source.size * (summed + TRAFFIC)

    def _terms(self, axes: Sequence[Taps], taps: Callable[[Taps], int]) -> int:
        """Multiply-adds for so many taps of each axis."""
        sizes: dict[int, int] = {}
        for labels, x in zip(self.source.attrs["spec"], self.source.inputs, strict=False):
            sizes.update(zip(labels, x.shape, strict=True))
        for a in axes:
            sizes[a.outer], sizes[a.inner] = a.results, taps(a)
        return math.prod(sizes.values())

    @property
    def of_one(self) -> int:
        """A term for each tap of each class, the fillings too."""
        return self._terms(self.axes, lambda a: a.turns * a.classes)

    @property
    def of_classes(self) -> int:
        """A term for each tap, and results that are put together."""
        axes, entries = _unfilled(self.axes), self.source.size
        for a in axes:
            entries = entries // (a.count * a.window.size) * a.results * a.classes
        several = any(a.classes > 1 for a in axes)
        return self._terms(axes, lambda a: a.window.size) + TOGETHER * entries * several

    def pays(self) -> bool:
        """Whether there is anything to sum, for less than with windows."""
        return 0 < min(self.of_one, self.of_classes) <= self.of_windows


def _rest(found: Node, part: Node, axes: Sequence[Taps]) -> Node:
    """What is left of a slice when the windowed axes have their part."""
    starts, limits = list(part.attrs["starts"]), list(part.attrs["limits"])
    for a in axes:
        if part.attrs["strides"][a.window.axis] == 1:
            starts[a.window.axis], limits[a.window.axis] = 0, a.length
    strides = part.attrs["strides"]
    return made(lambda x: p.slice_(x, starts, limits, strides), [found], part.origin)


@dataclass
class _Rewrite:
    """Builds the contraction: labels of the operand with the windows, of the other, of y.

    Args:
        apart: whether each class is a contraction by itself.
    """

    axes: list[Taps]
    a_labels: Labels
    b_labels: Labels
    out: Labels
    apart: bool

    def run(self, a: Tensor, b: Tensor) -> Tensor:
        """The sums from the two operands of the contraction that made the windows."""
        a = self._framed(a)
        if self.apart:
            self.out = [
                x for x in self.out if x not in {t.inner for t in self.axes if t.classes == 1}
            ]
            return self._joined(self._by_class(a, b, [t for t in self.axes if t.classes > 1], {}))
        b = self._classed(b)
        names = {t: t.inner for t in self.axes}
        a, labels = self._windowed(a, {t: t.turns for t in self.axes}, names)
        y = p.contract(a, b, (tuple(labels), tuple(self.b_labels), tuple(self.out)))
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

    def _windowed(
        self, a: Tensor, turns: dict[Taps, int], names: dict[Taps, int]
    ) -> tuple[Tensor, Labels]:
        """The windows of the operand, of so many taps each and walked from their ends, and its
        labels, those of the taps being `names`.
        """
        labels = list(self.a_labels)
        rows = sorted((labels.index(x.outer), x) for x, count in turns.items() if count > 1)
        axes, sizes = [at for at, _ in rows], [turns[x] for _, x in rows]
        a = p.windows(a, axes, sizes, None, [x.gap for _, x in rows])
        for at, x in reversed(rows):
            labels.insert(at + 1, names[x])
        return p.flip(a, [labels.index(names[x]) for _, x in rows]), labels

    def _by_class(
        self, a: Tensor, b: Tensor, rest: Sequence[Taps], chosen: dict[Taps, int]
    ) -> Tensor:
        """The results of all classes of the axes that are left, side by side."""
        if not rest:
            return self._one_class(a, b, chosen)
        axis = rest[0]
        parts = [self._by_class(a, b, rest[1:], {**chosen, axis: r}) for r in range(axis.classes)]
        return p.concatenate(parts, self.out.index(axis.inner))

    def _one_class(self, a: Tensor, b: Tensor, chosen: dict[Taps, int]) -> Tensor:
        """The results of one class of each axis, with an axis of 1 where the classes are."""
        fresh = max((*self.a_labels, *self.b_labels)) + 1
        turns, names = {x: x.turns for x in self.axes}, {x: x.inner for x in self.axes}
        b_labels = list(self.b_labels)
        for x, number in chosen.items():
            first, turns[x], start = x.of_class(number)
            a = p.part(a, self.a_labels.index(x.outer), start, start + x.results + turns[x] - 1)
            at = b_labels.index(x.inner)
            b = p.part(b, at, first, x.window.size, x.classes)
            if turns[x] > 1:
                names[x], fresh = fresh, fresh + 1
                b_labels.insert(at, names[x])
                b = p.reshape(b, [*shape_of(b)[: at + 1], 1, *shape_of(b)[at + 1 :]])
        a, labels = self._windowed(a, turns, names)
        return p.contract(a, b, (tuple(labels), tuple(b_labels), tuple(self.out)))

    def _joined(self, y: Tensor) -> Tensor:
        """The results of all classes in the order of the axis, as many as are asked for."""
        shape, limits = list(shape_of(y)), {}
        for x in reversed(self.axes):
            at = self.out.index(x.outer)
            if x.classes > 1:
                shape[at : at + 2] = [x.results * x.classes]
            limits[x.window.axis] = (x.skipped, x.skipped + x.length)
        y = p.reshape(y, shape)
        bounds = [limits.get(axis, (0, size)) for axis, size in enumerate(shape)]
        return p.slice_(y, [start for start, _ in bounds], [stop for _, stop in bounds])
