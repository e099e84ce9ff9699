"""Every step at once: values of a scan's body, computed outside of it for all steps together.

Each op of the body becomes one op on values that have the steps as their first axis. A table says
how, op by op; what it does not know stays in the loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lamina.graph.node import Node
from lamina.ops.primitive import PRIMITIVES
from lamina.passes.loops import Loop
from lamina.passes.rewrite import node_of, rebuilt, reshaped

# A value outside, and whether its first axis runs over the steps.
Stepped = tuple[Node, bool]


class EveryStep:
    """Values of an open loop's body, outside.

    Args:
        stays: what is computed in the loop, and stacked.
    """

    def __init__(self, loop: Loop, stays: Callable[[Node], bool]) -> None:
        self.loop, self.stays = loop, stays
        self.known: dict[Node, Stepped] = {}
        for outside, inside in loop.captured.items():
            self.known[inside] = (outside, False)
        for outside, inside in loop.entries.items():
            self.known[inside] = (outside, True)

    def value(self, node: Node) -> Stepped:
        """What a value of the body is outside."""
        waiting = [node]
        while waiting:
            now = waiting[-1]
            left = []
            if now not in self.known and not self._is_kept(now):
                left = [x for x in now.inputs if x not in self.known]
            waiting.extend(left)
            if not left:
                waiting.pop()
                self._know(now)
        return self.known[node]

    def stacked(self, node: Node) -> Node:
        """The value with the steps as its first axis."""
        found, has_steps = self.value(node)
        if has_steps:
            return found
        return _repeated(found, self.loop.length)

    def _is_kept(self, node: Node) -> bool:
        return self.stays(node) or not is_known(node)

    def _know(self, node: Node) -> None:
        if node in self.known:
            return
        if node.op == "const":
            self.known[node] = (node, False)
        elif self._is_kept(node):
            self.known[node] = (self.loop.stack(node), True)
        else:
            xs = [self.known[x] for x in node.inputs]
            if any(has_steps for _, has_steps in xs):
                self.known[node] = (RULES[_kind(node)](node, xs, self.loop.length), True)
            else:
                self.known[node] = (rebuilt(node, tuple(x for x, _ in xs)), False)


def is_known(node: Node) -> bool:
    """Whether the table says how to compute an op for all steps."""
    return node.op == "const" or (_kind(node) in RULES and not node.outputs)


def _kind(node: Node) -> str:
    primitive = PRIMITIVES.get(node.op)
    return primitive.kind if primitive and primitive.kind in RULES else node.op


def _repeated(x: Node, length: int) -> Node:
    return node_of("broadcast_to", [reshaped(x, (1, *x.shape))], x.origin, shape=(length, *x.shape))


def _elementwise(node: Node, xs: Sequence[Stepped], length: int) -> Node:
    rank = len(node.shape)
    inputs = [
        reshaped(x, (length, *[1] * (rank + 1 - len(x.shape)), *x.shape[1:])) if has_steps else x
        for x, has_steps in xs
    ]
    return node_of(node.op, inputs, node.origin, **node.attrs)


def _contract(node: Node, xs: Sequence[Stepped], length: int) -> Node:
    first, second, out = node.attrs["spec"]
    steps = max((*first, *second), default=0) + 1
    labels = [
        (steps, *names) if has_steps else names
        for names, (_, has_steps) in zip((first, second), xs, strict=True)
    ]
    spec = (*labels, (steps, *out))
    return node_of("contract", [x for x, _ in xs], node.origin, spec=spec)


def _reduction(node: Node, xs: Sequence[Stepped], length: int) -> Node:
    axes = tuple(a + 1 for a in node.attrs["axes"])
    return node_of(node.op, [xs[0][0]], node.origin, **{**node.attrs, "axes": axes})


def _reshape(node: Node, xs: Sequence[Stepped], length: int) -> Node:
    return node_of("reshape", [xs[0][0]], node.origin, shape=(length, *node.shape))


def _broadcast(node: Node, xs: Sequence[Stepped], length: int) -> Node:
    x = xs[0][0]
    ones = [1] * (len(node.shape) + 1 - len(x.shape))
    x = reshaped(x, (length, *ones, *x.shape[1:]))
    return node_of("broadcast_to", [x], node.origin, shape=(length, *node.shape))


def _transpose(node: Node, xs: Sequence[Stepped], length: int) -> Node:
    perm = (0, *(a + 1 for a in node.attrs["perm"]))
    return node_of("transpose", [xs[0][0]], node.origin, perm=perm)


def _slice(node: Node, xs: Sequence[Stepped], length: int) -> Node:
    a = node.attrs
    starts, limits = (0, *a["starts"]), (length, *a["limits"])
    strides = (1, *a["strides"])
    x = xs[0][0]
    return node_of("slice", [x], node.origin, starts=starts, limits=limits, strides=strides)


def _flip(node: Node, xs: Sequence[Stepped], length: int) -> Node:
    axes = tuple(a + 1 for a in node.attrs["axes"])
    return node_of("flip", [xs[0][0]], node.origin, axes=axes)


def _concatenate(node: Node, xs: Sequence[Stepped], length: int) -> Node:
    inputs = [x if has_steps else _repeated(x, length) for x, has_steps in xs]
    return node_of("concatenate", inputs, node.origin, axis=node.attrs["axis"] + 1)


RULES: dict[str, Callable[[Node, Sequence[Stepped], int], Node]] = {
    "elementwise": _elementwise,
    "reduction": _reduction,
    "contract": _contract,
    "reshape": _reshape,
    "broadcast_to": _broadcast,
    "transpose": _transpose,
    "slice": _slice,
    "flip": _flip,
    "concatenate": _concatenate,
}
