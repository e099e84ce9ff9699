"""Regrouping: what a view takes of each axis, and how it splits it; the view that undoes it.

A pool's windows, which do not overlap, are such a view: of an axis of 11 they take 10 entries as
(5, 2). So is a slice. Applied to the operands of an op it gives the same values as applied to its
result, in fewer operations; `gathered` views turned round (a reshape, then a border of zeros) are
applied to its result instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from lamina.graph.node import Aval, Graph, Node, constant, scalar_of
from lamina.ops.primitive import PRIMITIVES
from lamina.ops.primitives.windowing import windows_of

# Of an axis: the first entry taken, the one after the last, and the sizes that it is split into.
Piece = tuple[int, int, tuple[int, ...]]
View = tuple[Piece, ...]


def made(op: str, inputs: Sequence[Node], origin: str, **attrs: Any) -> Node:
    """A node of one result, shaped by its op's rule."""
    (aval,) = PRIMITIVES[op].infer([Aval(x.shape, x.dtype) for x in inputs], attrs)
    return Node(op, tuple(inputs), aval.shape, aval.dtype, attrs, origin=origin)


def view_of(node: Node) -> View | None:
    """The view that a node is, None if it is none."""
    if node.op == "slice" and set(node.attrs["strides"]) <= {1}:
        bounds = zip(node.attrs["starts"], node.attrs["limits"], strict=True)
        return tuple((a, b, (b - a,)) for a, b in bounds)
    if node.op != "windows":
        return None
    x, found = node.inputs[0], {w.axis: w for w in windows_of(node.attrs)}
    if any(w.size != w.stride or w.dilation != 1 for w in found.values()):
        return None
    pieces: list[Piece] = [(0, n, (n,)) for n in x.shape]
    for axis, w in found.items():
        count = w.count(x.shape[axis])
        pieces[axis] = (0, count * w.size, (count, w.size))
    return tuple(pieces)


def is_whole(view: View, shape: Sequence[int]) -> bool:
    """Whether a view takes every axis as it is."""
    return all(piece == (0, n, (n,)) for piece, n in zip(view, shape, strict=True))


def seen(x: Node, view: View) -> Node:
    """A value, which may broadcast, through a view of the shape that it broadcasts to."""
    own = view[len(view) - len(x.shape) :]
    pieces = [
        piece if n != 1 else (0, 1, (1,) * len(piece[2]))
        for n, piece in zip(x.shape, own, strict=True)
    ]
    if (found := _as_windows(x, pieces)) is not None:
        return found
    starts, limits = tuple(p[0] for p in pieces), tuple(p[1] for p in pieces)
    if limits != x.shape or any(starts):
        ones = (1,) * len(starts)
        x = made("slice", [x], x.origin, starts=starts, limits=limits, strides=ones)
    shape = tuple(n for piece in pieces for n in piece[2])
    return x if shape == x.shape else made("reshape", [x], x.origin, shape=shape)


def _as_windows(x: Node, pieces: Sequence[Piece]) -> Node | None:
    """Windows that do not overlap, where that is the view: so equal views are one node."""
    axes = [a for a, (_, _, sizes) in enumerate(pieces) if len(sizes) > 1]
    for a, (start, limit, sizes) in enumerate(pieces):
        rest = x.shape[a] - limit
        whole = rest == 0 if a not in axes else len(sizes) == 2 and rest < sizes[1]
        if start or not whole or x.shape[a] == 1:
            return None
    sizes = tuple(pieces[a][2][1] for a in axes)
    ones = (1,) * len(axes)
    options = {"axes": tuple(axes), "sizes": sizes, "strides": sizes, "dilations": ones}
    return made("windows", [x], x.origin, **options) if axes else None


def unseen(x: Node, view: View, shape: Sequence[int]) -> Node:
    """The value of this shape of which a view is `x`, zero where the view does not look."""
    inner = tuple(limit - start for start, limit, _ in view)
    if inner != x.shape:
        x = made("reshape", [x], x.origin, shape=inner)
    low = tuple(start for start, _, _ in view)
    high = tuple(n - limit for n, (_, limit, _) in zip(shape, view, strict=True))
    if not any(low + high):
        return x
    zero = constant(0, x.dtype, origin=x.origin)
    none = (0,) * len(low)
    return made("pad", [x, zero], x.origin, low=low, high=high, interior=none)


def gathered(node: Node) -> tuple[Node, View] | None:
    """(x, view) of a node that is `unseen(x, view, its shape)`: axes of x merged, or zeros around
    them, or both. None if it is neither.
    """
    x = node
    view: list[Piece] = [(0, n, (n,)) for n in node.shape]
    if x.op == "pad" and scalar_of(x.inputs[1]) == 0 and not any(x.attrs["interior"]):
        low, high = x.attrs["low"], x.attrs["high"]
        view = [(a, n - b, (n - b - a,)) for a, b, n in zip(low, high, x.shape, strict=True)]
        x = x.inputs[0]
    if x.op == "reshape":
        groups = groups_of(x.inputs[0].shape, x.shape)
        if groups is not None:
            view = [(a, b, group) for (a, b, _), group in zip(view, groups, strict=True)]
            x = x.inputs[0]
    return None if x is node else (x, tuple(view))


def groups_of(old: Sequence[int], new: Sequence[int]) -> list[tuple[int, ...]] | None:
    """The dims of `old` that each dim of `new` merges; None if `new` is no merging of dims."""
    found, left = [], list(old)
    for size in new:
        group = [left.pop(0)] if left else []
        while left and math.prod(group) < size:
            group.append(left.pop(0))
        if not group or math.prod(group) != size:
            return None
        found.append(tuple(group))
    if left and found and math.prod(left) == 1:
        found[-1] += tuple(left)
        left = []
    return None if left else found


def has_windows(graph: Graph) -> bool:
    """Whether there is anything to do for the passes of windows."""
    return any(node.op == "windows" or node.regions for node in graph.nodes())


def is_elementwise(node: Node) -> bool:
    """Whether a node computes each entry from those at the same place."""
    primitive = PRIMITIVES.get(node.op)
    return primitive is not None and primitive.kind == "elementwise" and not node.outputs


def zero_operand(node: Node, fits: Callable[[Node], bool]) -> int | None:
    """The operand, one that fits, that makes a node's entry zero wherever it is zero.

    A product counts, though 0 times infinity is not 0.
    """
    if not is_elementwise(node):
        return None
    x = node.inputs
    legal: tuple[int, ...] = ()
    if node.op == "select":
        legal = tuple(i for i, other in ((1, 2), (2, 1)) if scalar_of(x[other]) == 0)
    elif node.op == "mul":
        legal = (0, 1)
    elif node.op in ("neg", "div"):
        legal = (0,)
    return next((i for i in legal if x[i].shape == node.shape and fits(x[i])), None)
