"""hoist_zeros: what is zero around, or between, is computed only where it is not.

    f(border(x), y) = border(f(x, inside(y)))    where f is zero wherever that operand is
    sum over all of border(x) = sum over all of x

`border` merges axes and puts zeros around them: the gradient of a pool, which lies window by
window, goes on so through the activation before the pool, and into the weights' gradient.
"""

from __future__ import annotations

from dataclasses import replace

from lamina.graph.node import Graph, Node
from lamina.passes.regroup import View, gathered, has_windows, made, seen, unseen, zero_operand
from lamina.passes.rewrite import rewrite


def hoist_zeros(graph: Graph) -> Graph:
    """Moves borders from operands to results, and out of sums and contractions."""
    if not has_windows(graph):
        return graph
    return rewrite(graph, _hoisted, hoist_zeros)


def _hoisted(node: Node) -> Node:
    if node.op == "contract":
        for side in (0, 1):
            node = _contracted(node, side)
        return node
    if node.op == "reduce_sum":
        return _summed(node)
    if node.op == "pad":
        return _padded_twice(node)
    index = zero_operand(node, lambda x: _splits(x) is not None)
    if index is None:
        return node
    found = _splits(node.inputs[index])
    assert found is not None
    x, view = found
    inputs = [x if i == index else seen(y, view) for i, y in enumerate(node.inputs)]
    return unseen(made(node.op, inputs, node.origin, **node.attrs), view, node.shape)


def _splits(node: Node) -> tuple[Node, View] | None:
    """What a node gathers, if it merges axes, of which the last is none: lanes run along it."""
    found = gathered(node)
    if found is None or all(len(sizes) == 1 for _, _, sizes in found[1]):
        return None
    return found if len(found[1][-1][2]) == 1 else None


def _padded_twice(node: Node) -> Node:
    """Zeros around zeros."""
    inner = node.inputs[0]
    if inner.op != "pad" or any(node.attrs["interior"]) or any(inner.attrs["interior"]):
        return node
    values = [x.inputs[1].attrs.get("value") for x in (node, inner)]
    if values[0] is None or values[1] is None or values[0].tobytes() != values[1].tobytes():
        return node
    sides = {
        side: tuple(a + b for a, b in zip(node.attrs[side], inner.attrs[side], strict=True))
        for side in ("low", "high")
    }
    none = node.attrs["interior"]
    return made("pad", inner.inputs, node.origin, **sides, interior=none)


def _summed(node: Node) -> Node:
    """The sum over axes that were merged is that over what they were merged of."""
    found = _splits(node.inputs[0])
    if found is None or node.attrs["keepdims"]:
        return node
    (x, view), axes = found, node.attrs["axes"]
    if any(len(view[a][2]) > 1 or view[a][:2] != (0, n)
           for a, n in enumerate(node.inputs[0].shape) if a not in axes):  # fmt: skip
        return node
    folded: list[int] = []
    place = 0
    for a, (_, _, sizes) in enumerate(view):
        if a in axes:
            folded += range(place, place + len(sizes))
        place += len(sizes)
    return made("reduce_sum", [x], node.origin, axes=tuple(folded), keepdims=False)


def _contracted(node: Node, side: int) -> Node:
    """A contraction over merged axes folds what they were merged of."""
    found = _splits(node.inputs[side])
    if found is None:
        return node
    x, view = found
    spec = node.attrs["spec"]
    own, other, out = spec[side], spec[1 - side], spec[2]
    touched = {
        label for label, piece, n in zip(own, view, node.inputs[side].shape, strict=True)
        if piece != (0, n, (n,))
    }  # fmt: skip
    if any(label in out or label not in other for label in touched):
        return node
    free = max((*own, *other)) + 1
    names: dict[int, tuple[int, ...]] = {}
    for label, piece in zip(own, view, strict=True):
        names[label] = (label, *range(free, free + len(piece[2]) - 1))
        free += len(piece[2]) - 1
    pieces = dict(zip(own, view, strict=True))
    partner = node.inputs[1 - side]
    its_view = tuple(
        pieces[label] if label in touched else (0, n, (n,))
        for label, n in zip(other, partner.shape, strict=True)
    )
    inputs, labels = [x, seen(partner, its_view)], [
        tuple(name for label in own for name in names[label]),
        tuple(name for label in other for name in names.get(label, (label,))),
    ]  # fmt: skip
    if side:
        inputs, labels = inputs[::-1], labels[::-1]
    return replace(node, inputs=tuple(inputs), attrs={**node.attrs, "spec": (*labels, out)})
