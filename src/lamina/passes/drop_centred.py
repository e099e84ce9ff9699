"""drop_centred: what is summed about its own mean sums to nothing.

    sum(c (x - mean(x))) = 0        c the same along the axes of the sum

A variance's gradient holds such a sum, by way of the mean: it is zero but for rounding, and costs
two walks over x.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from lamina.graph.dtypes import is_float
from lamina.graph.node import Graph, Node, constant, scalar_of
from lamina.passes.rewrite import rewrite
from lamina.passes.simplify import FOLD_LIMIT
from lamina.passes.winners import is_same

DEPTH = 8  # ops between a sum and the value less its mean


def drop_centred(graph: Graph) -> Graph:
    """Puts a zero in the place of every such sum."""
    return rewrite(graph, _dropped, drop_centred)


def _dropped(node: Node) -> Node:
    if node.op != "reduce_sum" or not is_float(node.dtype) or node.size > FOLD_LIMIT:
        return node
    if not _is_centred(node.inputs[0], node.attrs["axes"]):
        return node
    return constant(np.zeros(node.shape), node.dtype, origin=node.origin)


def _is_centred(x: Node, axes: Sequence[int], left: int = DEPTH) -> bool:
    """Whether the entries of a value along the axes add up to zero."""
    given, left = x.inputs, left - 1
    if left < 0:
        return False
    if x.op == "neg":
        return _is_centred(given[0], axes, left)
    if x.op in ("add", "sub") and all(y.shape == x.shape for y in given):
        return all(_is_centred(y, axes, left) for y in given)
    if x.op == "mul":
        pairs = (given, given[::-1])
        return any(
            a.shape == x.shape and is_same(b, x, axes) and _is_centred(a, axes, left)
            for a, b in pairs
        )
    if x.op == "div":
        whole = given[0].shape == x.shape
        return whole and is_same(given[1], x, axes) and _is_centred(given[0], axes, left)
    return x.op == "sub" and given[0].shape == x.shape and _is_mean(given[1], given[0], axes)


def _is_mean(m: Node, x: Node, axes: Sequence[int]) -> bool:
    """Whether m is the mean of x over the axes, which are 1 in it."""
    while m.op == "broadcast_to":
        m = m.inputs[0]
    if not is_same(m, x, axes):
        return False
    while m.op == "reshape":
        m = m.inputs[0]
    if m.op != "div" or m.inputs[0].op != "reduce_sum" or m.inputs[0].inputs[0] is not x:
        return False
    count = math.prod(x.shape[a] for a in axes)
    same = tuple(m.inputs[0].attrs["axes"]) == tuple(axes)
    return same and scalar_of(m.inputs[1]) == count
