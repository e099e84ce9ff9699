"""Winners: values that are not zero at one place of each window only, that of its largest entry."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lamina.graph.dtypes import is_float
from lamina.graph.node import Node, scalar_of
from lamina.ops.primitives.windowing import windows_of
from lamina.passes.regroup import gathered


@dataclass(frozen=True)
class Won:
    """select(place == argmax(x, axes), g, 0), g being the same along the axes.

    `winner` is the operand of the comparison that shows the argmax.
    """

    x: Node
    axes: tuple[int, ...]
    winner: Node
    g: Node


def winner_of(node: Node) -> Won | None:
    """What a node says of winners, None if it does not."""
    if node.op != "select" or scalar_of(node.inputs[2]) != 0 or node.inputs[0].op != "eq":
        return None
    for winner, place in (node.inputs[0].inputs, node.inputs[0].inputs[::-1]):
        best = winner.inputs[0] if winner.op == "reshape" else winner
        if best.op != "argmax" or best.inputs[0].shape != node.shape:
            continue
        axes = tuple(best.attrs["axes"])
        alike = is_same(winner, node, axes) and is_same(node.inputs[1], node, axes)
        if alike and _counts(place, node.shape, axes):
            return Won(best.inputs[0], axes, winner, node.inputs[1])
    return None


@dataclass(frozen=True)
class Scattered:
    """overlap_add(border(select(won, g, 0)) w): what winners add to the windows that they are in.

    y[b, i.., c] = the sum of g[b, o.., f] w[k.., c, f] over all f, o, k with
    i = (start + o size + won[b, o.., f]) stride + k dilation.

    Attributes:
        winner: (B, O.., F), row-major in the windows of `sizes`; g: as many entries.
        starts, strides, dilations: of each spatial axis.
    """

    winner: Node
    g: Node
    w: Node
    starts: tuple[int, ...]
    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]


# Entries of a window from which its one winner is a small part of it.
FEW = 4


def scattered(node: Node) -> Scattered | None:
    """What a node adds up of winners, None if it does not, or if that is little less work."""
    if node.op != "overlap_add" or node.inputs[0].op != "contract":
        return None
    product, windows = node.inputs[0], windows_of(node.attrs)
    x, w = product.inputs
    count, found = len(windows), gathered(x)
    won = winner_of(found[0]) if found is not None else None
    labels = product.attrs["spec"]
    if found is None or won is None or count != len(x.shape) - 2 or len(w.shape) != count + 2:
        return None
    view, best = found[1], won.winner
    best = best.inputs[0] if best.op == "reshape" else best
    batch, *outer, f = labels[0]
    pairs = zip(outer, labels[1], strict=False)
    wanted = (batch, *(n for pair in pairs for n in pair), labels[1][-2])
    apart = [len(sizes) for _, _, sizes in view] == [1, *[2] * count, 1]
    plain = labels[2] == wanted and labels[1][-1] == f and is_float(node.dtype)
    sizes = tuple(piece[2][-1] for piece in view[1:-1])
    full = best.shape[0] == x.shape[0] and won.g.size == best.size
    if not apart or not plain or math.prod(sizes) < FEW or not full:
        return None
    return Scattered(
        best, won.g, w, tuple(piece[0] for piece in view[1:-1]), sizes,
        tuple(v.stride for v in windows), tuple(v.dilation for v in windows),
    )  # fmt: skip


def is_same(y: Node, x: Node, axes: Sequence[int]) -> bool:
    """Whether an operand of x does not change along these axes of x."""
    lead = len(x.shape) - len(y.shape)
    return all(a < lead or y.shape[a - lead] == 1 for a in axes)


def _counts(place: Node, shape: Sequence[int], axes: Sequence[int]) -> bool:
    """Whether a constant numbers the entries along these axes, in row-major order."""
    if place.op != "const" or len(place.shape) != len(shape):
        return False
    line = tuple(n if a in axes else 1 for a, n in enumerate(shape))
    return place.shape == line and bool(
        np.array_equal(place.attrs["value"].reshape(-1), np.arange(math.prod(line)))
    )
