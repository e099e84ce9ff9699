"""Hosts: a value with a border around it, inside which the value itself is computed.

`pad` of what a kernel makes costs no copy: the kernel stores into the middle of the larger buffer,
and only the border is filled. What is there already, data for one, is copied into the middle, in
whatever layout the readers ask for.
"""

from __future__ import annotations

from lamina.engines.native.buffers import View
from lamina.engines.native.tiles.views import split_dims
from lamina.graph.node import Node, scalar_of

HELD = ("reshape", "stop_gradient")
Dims = tuple[int | None, ...]


def is_host(node: Node) -> bool:
    """Whether a value may be computed inside this node."""
    if node.op != "pad" or any(node.attrs["interior"]) or 0 in node.shape:
        return False
    return scalar_of(node.inputs[1]) is not None


def held(host: Node) -> Node:
    """The value inside a host."""
    node = host.inputs[0]
    while node.op in HELD:
        node = node.inputs[0]
    return node


def _reshapes(host: Node) -> list[Node]:
    """Those between a host and what it holds, from the outermost."""
    found, node = [], host.inputs[0]
    while node.op in HELD:
        if node.op == "reshape":
            found.append(node)
        node = node.inputs[0]
    return found


def dims_of(host: Node) -> Dims | None:
    """Which dim of a host each dim of what it holds is; None if that is no view of the host."""
    found: Dims = tuple(range(len(host.shape)))
    for node in _reshapes(host):
        cut = split_dims(node.shape, node.inputs[0].shape)
        if cut is None:
            return None
        found = tuple(None if d is None else found[d] for d in cut)
    return found


def middle(host: Node, view: View) -> View:
    """What the border leaves."""
    low, high = host.attrs["low"], host.attrs["high"]
    limits = [n - b for n, b in zip(host.shape, high, strict=True)]
    return view.sliced(low, limits, [1] * len(low))


def inside(host: Node, view: View) -> View:
    """Where the value lies that a host holds."""
    found = middle(host, view)
    for node in _reshapes(host):
        seen = found.reshaped(node.inputs[0].shape)
        assert seen is not None, "splitting axes is a view"
        found = seen
    return found


def border(host: Node, view: View) -> list[View]:
    """The parts of a host that it fills itself: slabs on both sides of each axis."""
    low, high = host.attrs["low"], host.attrs["high"]
    starts, limits, found = [0] * len(low), list(host.shape), []
    for d, (a, b) in enumerate(zip(low, high, strict=True)):
        n = host.shape[d]
        for start, limit in ((0, a), (n - b, n)):
            if start < limit:
                lower, upper = [*starts], [*limits]
                lower[d], upper[d] = start, limit
                found.append(view.sliced(lower, upper, [1] * len(low)))
        starts[d], limits[d] = a, n - b
    return found
