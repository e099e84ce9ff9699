"""Views: values that are others seen differently, and lie as those lie."""

from __future__ import annotations

from lamina.graph.node import Node
from lamina.ops.primitives.windowing import windows_of
from lamina.passes.cheap import MOVES


def root(node: Node) -> Node:
    """The value whose memory a view shows."""
    while node.op in MOVES:
        node = node.inputs[0]
    return node


def alias_dims(node: Node) -> tuple[int | None, ...] | None:
    """Which dim of its operand each dim of a view is, where the view shows it as it lies."""
    if node.op == "transpose":
        return tuple(node.attrs["perm"])
    if node.op == "stop_gradient":
        return tuple(range(len(node.shape)))
    if node.op == "slice":
        return tuple(d if step == 1 else None for d, step in enumerate(node.attrs["strides"]))
    if node.op == "flip":
        return tuple(None if d in node.attrs["axes"] else d for d in range(len(node.shape)))
    if node.op == "windows":
        return _window_dims(node)
    return split_dims(node.inputs[0].shape, node.shape) if node.op == "reshape" else None


def shows_windows(node: Node) -> bool:
    """Whether a value is a view of windows, which overlap."""
    while node.op != "windows":
        if alias_dims(node) is None:
            return False
        node = node.inputs[0]
    return True


def _window_dims(node: Node) -> tuple[int | None, ...]:
    """Windows next to each other, and entries within one, lie as the axis they are of."""
    found: list[int | None] = []
    windows = {w.axis: w for w in windows_of(node.attrs)}
    for d in range(len(node.inputs[0].shape)):
        w = windows.get(d)
        if w is None:
            found.append(d)
        else:
            found += [d if w.stride == 1 else None, d if w.dilation == 1 else None]
    return tuple(found)


def split_dims(old: tuple[int, ...], new: tuple[int, ...]) -> tuple[int | None, ...] | None:
    """The same for a reshape that cuts dims in two or more; None if it joins some."""
    found: list[int | None] = []
    place = 0
    for d, size in enumerate(old):
        if size == 1:
            continue
        left = size
        while left > 1 and place < len(new):
            if left % new[place]:
                return None
            left //= new[place]
            found.append(d if left == 1 and new[place] > 1 else None)
            place += 1
        if left > 1:
            return None
    return (*found, *[None] * (len(new) - place)) if 0 not in old else None
