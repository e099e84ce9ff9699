"""Axis maps: which axis of a kernel each dim of a value runs along.

A map has one entry a dim: the axis, or None for a dim of size 1. From the map of a node follow
those of its operands; an op through which maps pass that way can be computed inside a tile.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lamina.graph.node import Node
from lamina.ops.primitive import PRIMITIVES

Map = tuple[int | None, ...]

REDUCTIONS = {
    "reduce_sum": "add",
    "reduce_prod": "mul",
    "reduce_max": "max",
    "reduce_min": "min",
    "reduce_any": "logical_or",
    "reduce_all": "logical_and",
}
POSITIONS = {"argmax": "gt", "argmin": "lt"}


def operands(node: Node) -> tuple[Node, ...]:
    """The values that a node is computed from; an item of threefry from those of threefry."""
    if node.op == "item" and node.inputs[0].op == "threefry":
        return node.inputs[0].inputs
    return node.inputs


def is_elementwise(node: Node) -> bool:
    """Whether each element follows from the same place of the operands, broadcast."""
    if node.op == "item":
        return node.inputs[0].op == "threefry"
    primitive = PRIMITIVES.get(node.op)
    return primitive is not None and primitive.kind == "elementwise" and not node.outputs


def is_move(node: Node) -> bool:
    """Whether a node only renames axes: its elements are its operand's, through another map."""
    if node.op == "reshape":
        return _long(node.shape) == _long(node.inputs[0].shape)
    return node.op in ("broadcast_to", "transpose", "stop_gradient")


def picked_dim(node: Node) -> int | None:
    """The dim of which a slice takes one entry, the others whole; None for other nodes."""
    if node.op != "slice":
        return None
    x = node.inputs[0]
    dims = [d for d, size in enumerate(x.shape) if node.shape[d] != size]
    return dims[0] if len(dims) == 1 and node.shape[dims[0]] == 1 else None


def _long(shape: Sequence[int]) -> list[int]:
    return [size for size in shape if size != 1]


def reduced_dims(node: Node) -> tuple[int, ...]:
    """The dims of its operand that a reduction folds."""
    axes: tuple[int, ...] = node.attrs["axes"]
    return axes


def dim_pairs(node: Node, x: Node) -> Iterable[tuple[int, int]]:
    """Pairs (dim of node, dim of operand x) that run along the same axis, size 1 left out."""
    if node.op == "transpose":
        pairs = list(enumerate(node.attrs["perm"]))
    elif node.op == "reshape":
        pairs = list(zip(_places(node.shape), _places(x.shape), strict=True))
    elif node.op in REDUCTIONS or node.op in POSITIONS:
        pairs = _kept_pairs(node, x)
    else:
        lead = len(node.shape) - len(x.shape)
        pairs = [(d + lead, d) for d in range(len(x.shape))]
    return [(d, e) for d, e in pairs if x.shape[e] != 1]


def _places(shape: Sequence[int]) -> list[int]:
    return [d for d, size in enumerate(shape) if size != 1]


def _kept_pairs(node: Node, x: Node) -> list[tuple[int, int]]:
    folded = reduced_dims(node)
    kept = [e for e in range(len(x.shape)) if e not in folded]
    if node.attrs.get("keepdims", False):
        return [(e, e) for e in kept]
    return list(enumerate(kept))


def operand_map(node: Node, m: Map, x: Node, folded: Sequence[int] = ()) -> Map:
    """The map of operand x of a node whose own map is m; `folded` are a reduction's own axes."""
    found: list[int | None] = [None] * len(x.shape)
    for d, e in dim_pairs(node, x):
        found[e] = m[d]
    if folded:
        places = [e for e in reduced_dims(node) if x.shape[e] != 1]
        for e, axis in zip(places, folded, strict=True):
            found[e] = axis
    return tuple(found)


def natural(shape: Sequence[int]) -> tuple[Map, tuple[int, ...]]:
    """The map whose axes are the dims of more than one entry, and the extents of those."""
    places = _places(shape)
    return tuple(places.index(d) if d in places else None for d in range(len(shape))), tuple(
        shape[d] for d in places
    )
