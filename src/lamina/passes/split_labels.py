"""split_labels: a contraction takes the axes of windows as they lie, instead of merged ones.

    merged(windows) w = windows split(w)            added(split(g w)) = added(g split(w))

Patches that a program takes by itself and flattens for a product of matrices are a copy of every
window, and so is their gradient. Split, the windows are a view: the product is a convolution.
"""

from __future__ import annotations

from lamina.graph.node import Graph, Node
from lamina.passes.regroup import groups_of
from lamina.passes.rewrite import node_of, reshaped, rewrite

# A label that is split: the labels of its parts, and their sizes.
Parts = dict[int, tuple[tuple[int, ...], tuple[int, ...]]]


def split_labels(graph: Graph) -> Graph:
    """Splits the labels that stand for several axes of windows."""
    if not any(n.op in ("windows", "overlap_add") or n.regions for n in graph.nodes()):
        return graph
    return rewrite(graph, _split, split_labels)


def _split(node: Node) -> Node:
    if node.op == "overlap_add":
        return _added(node)
    if node.op != "contract":
        return node
    found = node
    for side in (0, 1):
        found = _operand(found, side)
    return reshaped(found, node.shape)


def _operand(node: Node, side: int) -> Node:
    """The contraction with the windows that an operand merges, as they are."""
    x = merged = node.inputs[side]
    while merged.op == "reshape":
        merged = merged.inputs[0]
    y, perm = _unturned(merged)
    if x.op != "reshape" or y.op != "windows":
        return node
    groups = groups_of(merged.shape, x.shape)
    if groups is None:
        return node
    parts = _parts(node, dict(zip(node.attrs["spec"][side], groups, strict=True)))
    labels = _spread(node.attrs["spec"][side], parts)
    own = [labels[perm.index(axis)] for axis in range(len(perm))]
    first, second, out = (_spread(part, parts) for part in node.attrs["spec"])
    inputs = [_divided(v, node.attrs["spec"][i], parts) for i, v in enumerate(node.inputs)]
    inputs[side] = y
    spec = (tuple(own), second, out) if side == 0 else (first, tuple(own), out)
    return node_of("contract", inputs, node.origin, **{**node.attrs, "spec": spec})


def _added(node: Node) -> Node:
    """The sum of windows that a contraction makes as merged axes, of windows that it makes."""
    split, outer = _unturned(node.inputs[0])
    if split.op != "reshape":
        return node
    source, inner = _unturned(split.inputs[0])
    groups = groups_of(split.shape, split.inputs[0].shape) if source.op == "contract" else None
    if groups is None:
        return node
    first, second, result = source.attrs["spec"]
    merged = [result[axis] for axis in inner]
    parts = _parts(source, dict(zip(merged, groups, strict=True)))
    fine = _spread(merged, parts)
    inputs = [_divided(x, labels, parts)
              for x, labels in zip(source.inputs, (first, second), strict=True)]  # fmt: skip
    spec = (_spread(first, parts), _spread(second, parts), tuple(fine[axis] for axis in outer))
    windows = node_of("contract", inputs, source.origin, **{**source.attrs, "spec": spec})
    return node.on((windows,), node.regions)


def _unturned(x: Node) -> tuple[Node, list[int]]:
    """What is transposed, and the order of its axes."""
    perm = list(range(len(x.shape)))
    while x.op == "transpose":
        perm = [x.attrs["perm"][axis] for axis in perm]
        x = x.inputs[0]
    return x, perm


def _parts(node: Node, sizes: dict[int, tuple[int, ...]]) -> Parts:
    """New labels for the parts of the labels that have several."""
    free = max(label for labels in node.attrs["spec"][:2] for label in labels) + 1
    found: Parts = {}
    for label, group in sizes.items():
        if len(group) > 1:
            found[label] = ((label, *range(free, free + len(group) - 1)), group)
            free += len(group) - 1
    return found


def _spread(labels: list[int] | tuple[int, ...], parts: Parts) -> tuple[int, ...]:
    return tuple(name for label in labels for name in (parts[label][0] if label in parts
                                                        else (label,)))  # fmt: skip


def _divided(x: Node, labels: tuple[int, ...], parts: Parts) -> Node:
    """An operand whose axes are split as its labels are."""
    pairs = zip(labels, x.shape, strict=True)
    return reshaped(x, [n for label, size in pairs
                        for n in (parts[label][1] if label in parts else (size,))])  # fmt: skip
