"""Pooling: the largest entry or the sum of each window."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina.graph.node import Node
from lamina.ops.primitives.windowing import Window, places, windows_of
from lamina.saving.onnx.builder import Value
from lamina.saving.onnx.compact import Compact, unpadded

# As many axes as the common runtimes pool along.
MOST = 3


def find_largest(node: Node) -> Compact | None:
    """The largest entries of windows, with -inf around them."""
    return _find(node, "MaxPool", lambda value: value == -np.inf)


def find_sum(node: Node) -> Compact | None:
    """The sums of windows, with zeros around them: their means, times their sizes."""
    found = _find(node, "AveragePool", lambda value: value == 0)
    return None if found is None or any(w.dilation > 1 for w in found.make.windows) else found


def _find(node: Node, op: str, fits: Callable[[Any], bool]) -> Any:
    seen = node.inputs[0]
    if seen.op != "windows" or node.dtype[0] != "f" or node.attrs["keepdims"]:
        return None
    given = windows_of(seen.attrs)
    axes = tuple(w.axis for w in given)
    within = tuple(at + 1 for _, at in places(given))
    rows = seen.inputs[0].rows
    if node.attrs["axes"] != within or len(given) > MOST or (rows is None and 0 in axes):
        return None
    x, widths = unpadded(seen.inputs[0], axes, fits)
    return Compact((x,), _Pool(op, x, given, widths))


@dataclass(frozen=True)
class _Pool:
    op: str
    x: Node
    windows: list[Window]
    widths: Any

    def __call__(self, c: Any, node: Node, x: Value) -> Value:
        """As (batch, all other axes, space ..) and back."""
        rows, rank = self.x.rows, len(self.x.shape)
        batch = 0 if rows is None else rows.axis
        space = [w.axis for w in self.windows]
        others = [a for a in range(rank) if a != batch and a not in space]
        order = [batch, *others, *space]
        x = c.b.transpose(x, order)
        first = rows and type(rows)(0, rows.each)
        if len(others) != 1:
            shape = [self.x.shape[a] for a in order]
            count = math.prod(self.x.shape[a] for a in others)
            x = c.reshape(x, node, [shape[0], count, *shape[1 + len(others) :]], first)
        sizes = [w.size for w in self.windows]
        extra: dict[str, Any] = {"count_include_pad": 1} if self.op == "AveragePool" else {}
        if any(w.dilation > 1 for w in self.windows):
            extra["dilations"] = [w.dilation for w in self.windows]
        y = c.b.add(
            self.op, x, kernel_shape=sizes, strides=[w.stride for w in self.windows],
            pads=[*self.widths[0], *self.widths[1]], **extra,
        )  # fmt: skip
        if self.op == "AveragePool":
            y = c.b.add("Mul", y, c.b.constant(math.prod(sizes), node.dtype))
        if len(others) != 1:
            y = c.reshape(y, node, [node.shape[a] for a in order], first)
        return c.b.transpose(y, sorted(range(rank), key=order.__getitem__))
