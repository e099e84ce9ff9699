"""parts: equal parts along an axis become an axis of their own.

A value that is only ever read in equal slices along one axis is computed with that axis in two, the
number of the part and the place in it; and a sum of values that were padded with zeros to stand
beside each other is a concatenation of them. Elements and their sums stay the same; kernels see
that one element of each part is wanted at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lamina.graph.node import Graph, Node, scalar_of
from lamina.ops.primitive import PRIMITIVES
from lamina.passes.rewrite import node_of, reshaped, rewrite, substitute

MANY = 8  # parts: as many as a kernel can hold side by side
MOST = 64  # terms of a sum that are looked at


def parts(graph: Graph) -> Graph:
    """Concatenates padded sums; gives parts an axis of their own."""
    graph = rewrite(graph, lambda node: _concatenated(node) or node, parts)
    users: dict[Node, list[Node]] = {}
    for node in graph.nodes():
        for x in node.inputs:
            users.setdefault(x, []).append(node)
    known: dict[Node, Node] = {}
    outputs = set(graph.outputs)
    for node in graph.nodes():
        if node in outputs or node not in users:
            continue
        found = _axis(node, users[node])
        if found is not None:
            split = _Split(users, outputs, *found).of(node)
            pieces = [_piece(piece, split, *found) for piece in users[node]]
            # What they are computed from may have been replaced itself.
            known.update(zip(users[node], substitute(pieces, known), strict=True))
    if not known:
        return graph
    return graph.giving(tuple(substitute(graph.outputs, known)))


# ── slices ──


def _axis(node: Node, users: Sequence[Node]) -> tuple[int, int] | None:
    """The axis along which all users take equal parts, and how many of those there are."""
    if not _is_split(node) or len(users) < 2 or any(user.op != "slice" for user in users):
        return None
    axes = {d for user in users for d, size in enumerate(user.shape) if size != node.shape[d]}
    sizes = {user.shape[axis] for user in users for axis in axes}
    if len(axes) != 1 or len(sizes) != 1:
        return None
    (axis,), (size,) = axes, sizes
    count, rest = divmod(node.shape[axis], max(size, 1))
    fits = (
        all(
            user.attrs["starts"][axis] % size == 0 and user.attrs["strides"][axis] == 1
            for user in users
        )
        if size > 1
        else False
    )
    return (axis, count) if fits and not rest and count <= MANY else None


def _is_split(node: Node) -> bool:
    """Whether an op can be computed with an axis in two."""
    primitive = PRIMITIVES.get(node.op)
    elementwise = primitive is not None and primitive.kind == "elementwise" and not node.outputs
    return elementwise or node.op == "contract"


class _Split:
    """Values with dim `axis` in two: (..., n) as (..., count, n / count)."""

    def __init__(
        self, users: Mapping[Node, Sequence[Node]], outputs: set[Node], axis: int, count: int
    ) -> None:
        self.users, self.outputs, self.count = users, outputs, count
        self.axis = axis

    def of(self, node: Node, axis: int | None = None) -> Node:
        """The value, its producers included as far as nobody else reads them."""
        axis = self.axis if axis is None else axis
        if node.op == "contract":
            return self._contract(node, axis)
        inputs = [self._operand(x, axis - len(node.shape) + len(x.shape)) for x in node.inputs]
        return node_of(node.op, inputs, node.origin, **node.attrs)

    def _operand(self, x: Node, axis: int) -> Node:
        if axis < 0:
            return x
        if x.shape[axis] == 1:
            return reshaped(x, (*x.shape[:axis], 1, *x.shape[axis:]))
        if _is_split(x) and len(self.users[x]) == 1 and x not in self.outputs:
            return self.of(x, axis)
        return self._reshaped(x, axis)

    def _reshaped(self, x: Node, axis: int) -> Node:
        size = x.shape[axis] // self.count
        return reshaped(x, (*x.shape[:axis], self.count, size, *x.shape[axis + 1 :]))

    def _contract(self, node: Node, axis: int) -> Node:
        first, second, out = node.attrs["spec"]
        label, new = out[axis], max((*first, *second), default=0) + 1

        def split(labels: Sequence[int]) -> tuple[int, ...]:
            return tuple(n for old in labels for n in ((new, old) if old == label else (old,)))

        inputs = [
            self._reshaped(x, labels.index(label)) if label in labels else x
            for x, labels in zip(node.inputs, (first, second), strict=True)
        ]
        spec = tuple(map(split, (first, second, out)))
        return node_of("contract", inputs, node.origin, spec=spec)


def _piece(piece: Node, split: Node, axis: int, count: int) -> Node:
    """The slice of one part, taken of the value with an axis for the parts."""
    start = piece.attrs["starts"][axis] // piece.shape[axis]
    starts, limits = [0] * len(split.shape), list(split.shape)
    starts[axis], limits[axis] = start, start + 1
    ones = (1,) * len(split.shape)
    taken = node_of(
        "slice", [split], piece.origin, starts=tuple(starts), limits=tuple(limits), strides=ones
    )
    return reshaped(taken, piece.shape)


# ── padded sums ──


def _concatenated(node: Node) -> Node | None:
    """A sum of values padded with zeros that stand beside each other, as their concatenation."""
    if node.op != "add":
        return None
    pads = _pads(node)
    if pads is None:
        return None
    axes = {d for pad in pads for d, n in enumerate(pad.inputs[0].shape) if n != node.shape[d]}
    if len(pads) < 2 or len(axes) != 1 or any(pad.shape != node.shape for pad in pads):
        return None
    (axis,) = axes
    pads.sort(key=lambda pad: int(pad.attrs["low"][axis]))
    end = 0
    for pad in pads:
        if pad.attrs["low"][axis] != end or any(pad.attrs["interior"]):
            return None
        end += pad.inputs[0].shape[axis]
    if end != node.shape[axis]:
        return None
    return node_of("concatenate", [pad.inputs[0] for pad in pads], node.origin, axis=axis)


def _pads(node: Node) -> list[Node] | None:
    """The zero-padded terms of a sum; None where a term is something else."""
    found: list[Node] = []
    waiting = [node]
    while waiting:
        now = waiting.pop()
        if now.op == "add" and len(found) + len(waiting) < MOST:
            waiting.extend(now.inputs)
        elif now.op == "pad" and scalar_of(now.inputs[1]) == 0:
            found.append(now)
        else:
            return None
    return found
