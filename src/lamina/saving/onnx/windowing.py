"""Windows by an index of their entries, and their sums by the same index."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.graph.node import Node, Rows
from lamina.ops.primitives.windowing import Window, windows_of
from lamina.saving.onnx.builder import Value
from lamina.saving.onnx.indexing import added


def _index(w: Window, count: int) -> np.ndarray:
    """Where the entries of each window lie along the axis: (windows, entries)."""
    outer, inner = np.arange(count) * w.stride, np.arange(w.size) * w.dilation
    return (outer[:, None] + inner).astype("int64")


def _windows(c: Any, node: Node, x: Value) -> Value:
    for i, w in enumerate(windows_of(node.attrs)):
        index = c.b.constant(_index(w, w.count(node.inputs[0].shape[w.axis])))
        x = c.b.add("Gather", x, index, axis=w.axis + i)
    return x


def _overlap_add(c: Any, node: Node, g: Value) -> Value:
    """Axis by axis, the last first: zeros to which each entry is added in its place."""
    shape, rows = list(node.inputs[0].shape), node.inputs[0].rows
    pairs = list(enumerate(zip(windows_of(node.attrs), node.attrs["lengths"], strict=True)))
    for i, (w, length) in reversed(pairs):
        at = w.axis + i
        index = _index(w, shape[at]).reshape(-1)
        shape[at : at + 2] = [index.size]
        rows = rows and Rows(rows.axis - (rows.axis > at), rows.each)
        g = c.reshape(g, node, shape, rows)
        shape[at] = length
        zeros = c.b.add("Expand", c.b.constant(0, node.dtype), c.shape(shape, rows))
        g = added(c, node, zeros, c.b.constant(index), g, at, len(shape))
    return g


RULES: dict[str, Callable[..., Any]] = {"windows": _windows, "overlap_add": _overlap_add}
