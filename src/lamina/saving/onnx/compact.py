"""Compact: nodes of a graph that are one node in ONNX together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lamina.graph.node import Node, scalar_of


@dataclass(frozen=True)
class Compact:
    """What the group is made of, and `make(lowering, node, *their values)`."""

    operands: tuple[Node, ...]
    make: Callable[..., Any]


def inserted(before: tuple[int, ...], after: tuple[int, ...]) -> list[int] | None:
    """Which axes of `after`, all of size 1, make `before` when they are taken away."""
    found, at = [], 0
    for axis, size in enumerate(after):
        if at < len(before) and before[at] == size:
            at += 1
        elif size == 1:
            found.append(axis)
        else:
            return None
    return found if at == len(before) else None


def unpadded(x: Node, axes: tuple[int, ...], fits: Callable[[Any], bool]) -> tuple[Node, Any]:
    """What is padded along these axes alone with a value that fits, and the widths (low, high) of
    each; the node itself and zeros if it is not.
    """
    nothing = (x, ([0] * len(axes), [0] * len(axes)))
    if x.op != "pad" or any(x.attrs["interior"]):
        return nothing
    value, low, high = scalar_of(x.inputs[1]), x.attrs["low"], x.attrs["high"]
    outside = any(a or b for i, (a, b) in enumerate(zip(low, high, strict=True)) if i not in axes)
    if value is None or not fits(value) or outside:
        return nothing
    return x.inputs[0], ([low[a] for a in axes], [high[a] for a in axes])
