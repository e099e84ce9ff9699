"""pick_winners: what is asked of a window's largest entry is asked of the largest entry.

    max(f(x)) = f(max(x))                                  f rising
    won(f(x)) = won(x)                                     f rising
    f(select(won, g, 0), h(x)) = select(won, f(g, h(max(x))), 0)
    sum(select(won, g, 0)) = sum(g)

with won(x) = (place == argmax(x)), and f zero wherever its first operand is. So a pool computes the
activation before it once a window, and its gradient needs nothing but (value, place) of each.
Where f makes equal what was not, a winner of x is one of several of f(x): no less a gradient. An
argmax that is asked for itself stays the first of f(x).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lamina.graph.node import Graph, Node, scalar_of
from lamina.passes.regroup import has_windows, is_elementwise, made, zero_operand
from lamina.passes.rewrite import rewrite
from lamina.passes.winners import is_same, winner_of

RISING = ("tanh", "logistic", "exp")


def pick_winners(graph: Graph) -> Graph:
    """Applies the rules wherever windows are folded."""
    if not has_windows(graph):
        return graph
    return rewrite(graph, _picked, pick_winners)


def _picked(node: Node) -> Node:
    if node.op == "reduce_max":
        return _before(node)
    if node.op == "reduce_sum":
        return _summed(node)
    if node.op == "select":
        node = _won_before(node)
    index = zero_operand(node, lambda x: winner_of(x) is not None)
    return node if index is None else _at_winner(node, index)


# ── max and argmax ──


def _before(node: Node) -> Node:
    """The fold of what a rising function is computed from; the function afterwards."""
    x, axes = node.inputs[0], node.attrs["axes"]
    keep = node.attrs.get("keepdims", False)
    place = _rising(x, axes, strictly=node.op == "argmax")
    if place is None or keep:
        return node
    below = _before(made(node.op, [x.inputs[place]], node.origin, **node.attrs))
    if node.op == "argmax":
        return below
    if x.op == "select":
        condition, limit, _ = x.inputs
        low = made(condition.op, [below, condition.inputs[1]], x.origin)
        return made(x.op, [low, limit, below], x.origin, **x.attrs)
    inputs = [below if i == place else _along(y, x, axes) for i, y in enumerate(x.inputs)]
    return made(x.op, inputs, x.origin, **x.attrs)


def _won_before(node: Node) -> Node:
    """What a winner gets, the winner being found in what a rising function is computed from."""
    found = winner_of(node)
    if found is None:
        return node
    winner = found.winner
    best = winner.inputs[0] if winner.op == "reshape" else winner
    below = _before(best)
    if below is best:
        return node
    new = below if winner is best else winner.on((below,), ())
    condition = node.inputs[0]
    inputs = tuple(new if y is winner else y for y in condition.inputs)
    return node.on((condition.on(inputs, ()), *node.inputs[1:]), ())


def _rising(x: Node, axes: Sequence[int], strictly: bool) -> int | None:
    """The operand with which a value rises, the others being the same along the axes."""
    if x.op in RISING:
        return 0
    if x.op == "add":
        for i, y in enumerate(x.inputs):
            if y.shape == x.shape and is_same(x.inputs[1 - i], x, axes):
                return i
    if x.op == "select" and not strictly:
        condition, yes, no = x.inputs
        limit = scalar_of(yes)
        low = condition.op == "le" and condition.inputs[0] is no and limit is not None
        if low and scalar_of(condition.inputs[1]) == limit and no.shape == x.shape:
            return 2
    return None


def _along(y: Node, x: Node, axes: Sequence[int]) -> Node:
    """Such an operand without the axes."""
    lead = len(x.shape) - len(y.shape)
    shape = tuple(n for d, n in enumerate(y.shape) if d + lead not in axes)
    return y if shape == y.shape else made("reshape", [y], y.origin, shape=shape)


# ── gradients at the winner ──


def _at_winner(node: Node, index: int) -> Node:
    given = node.inputs[index]
    found = winner_of(given)
    assert found is not None
    x, axes, g = found.x, found.axes, found.g
    others = [y if i == index else _largest(y, node, (x, axes)) for i, y in enumerate(node.inputs)]
    if any(y is None for y in others):
        return node
    others[index] = g
    value = made(node.op, [y for y in others if y is not None], node.origin, **node.attrs)
    return replace(given, inputs=(given.inputs[0], value, given.inputs[2]), origin=node.origin)


def _largest(y: Node, like: Node, where: tuple[Node, tuple[int, ...]]) -> Node | None:
    """The entry of a value at the winner of its window, which has size 1 along the axes."""
    x, axes = where
    if y is x:
        shape = tuple(1 if a in axes else n for a, n in enumerate(x.shape))
        best = _before(made("reduce_max", [x], x.origin, axes=axes, keepdims=False))
        return made("reshape", [best], x.origin, shape=shape)
    if is_same(y, like, axes):
        return y
    if not is_elementwise(y):
        return None
    inputs = [_largest(z, like, where) for z in y.inputs]
    if any(z is None for z in inputs):
        return None
    return made(y.op, [z for z in inputs if z is not None], y.origin, **y.attrs)


def _summed(node: Node) -> Node:
    """One entry a window is not zero."""
    found = winner_of(node.inputs[0])
    if found is None or node.attrs["keepdims"]:
        return node
    axes, g = found.axes, found.g
    x, folded = node.inputs[0], node.attrs["axes"]
    if not set(axes) <= set(folded) or g.shape != tuple(
        1 if a in axes else n for a, n in enumerate(x.shape)
    ):
        return node
    return made("reduce_sum", [g], node.origin, axes=folded, keepdims=False)
