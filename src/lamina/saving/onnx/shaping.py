"""Ops that make and move values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.graph.node import Node
from lamina.saving.onnx.builder import Value
from lamina.saving.onnx.elementwise import WIDE, widened

# As far as a slice of steps backwards goes.
BEFORE_ALL = -(1 << 62)


def _iota(c: Any, node: Node) -> Value:
    """Counts along an axis, the batch perhaps, and repeats that along the others."""
    b, shape, axis, rows = c.b, node.shape, node.attrs["axis"], node.rows
    if rows is None or rows.axis != axis:
        line = b.constant(np.arange(shape[axis]).astype(node.dtype))
    else:
        size = b.reshape(c.entries(rows), [])
        line = b.add("Range", b.constant(0, "int64"), size, b.constant(1, "int64"))
        line = b.cast(line, "int64", node.dtype)
    line = c.reshape(line, node, [n if i == axis else 1 for i, n in enumerate(shape)],
                     rows if rows is not None and rows.axis == axis else None)  # fmt: skip
    return line if len(shape) == 1 else b.add("Expand", line, c.shape(shape, rows))


def _broadcast(c: Any, node: Node, x: Value) -> Value:
    """Where x has the batch already, its axis is left as it is."""
    shape, rows = list(node.shape), node.rows
    if node.inputs[0].rows is not None:
        assert rows is not None
        shape[rows.axis], rows = 1, None
    return c.b.add("Expand", x, c.shape(shape, rows))


def _reshape(c: Any, node: Node, x: Value) -> Value:
    return c.reshape(x, node, node.shape, node.rows)


def _slice(c: Any, node: Node, x: Value) -> Value:
    rows = zip(*(node.attrs[key] for key in ("starts", "limits", "strides")), strict=True)
    cut = [(i, *row) for i, (row, n) in enumerate(zip(rows, node.inputs[0].shape, strict=True))
           if row != (0, n, 1)]  # fmt: skip
    axes, starts, ends, steps = zip(*cut, strict=True) if cut else ((), (), (), ())
    return c.b.slice(x, axes, starts, ends, steps) if cut else x


def _flip(c: Any, node: Node, x: Value) -> Value:
    axes = node.attrs["axes"]
    count = len(axes)
    return c.b.slice(x, axes, [-1] * count, [BEFORE_ALL] * count, [-1] * count)


def pad(c: Any, node: Node, x: Value, value: Value) -> Value:
    """Between the entries first: each gets its own axis, which is filled up and cut off again."""
    b, shape, rows = c.b, list(node.inputs[0].shape), node.inputs[0].rows
    (x, value), dtype = widened(b, (x, value), node.dtype, ("bool", *WIDE))
    rank = len(shape)
    for axis, inner in enumerate(node.attrs["interior"]):
        if inner and shape[axis] > 1:
            x = c.reshape(x, node, [*shape[: axis + 1], 1, *shape[axis + 1 :]], _after(rows, axis))
            ends = [0] * (rank + 1)
            ends[axis + 1] = inner
            x = b.add("Pad", x, b.ints([0] * (rank + 1) + ends), value)
            shape[axis] *= inner + 1
            x = c.reshape(x, node, shape, rows)
            shape[axis] -= inner
            x = b.slice(x, [axis], [0], [shape[axis]])
    widths = [*node.attrs["low"], *node.attrs["high"]]
    x = b.add("Pad", x, b.ints(widths), value) if any(widths) else x
    return b.cast(x, dtype, node.dtype)


def _after(rows: Any, axis: int) -> Any:
    """The rows where a new axis follows this one."""
    return rows and type(rows)(rows.axis + (rows.axis > axis), rows.each)


RULES: dict[str, Callable[..., Any]] = {
    "iota": _iota, "broadcast_to": _broadcast, "reshape": _reshape, "slice": _slice, "flip": _flip,
    "pad": pad,
    "transpose": lambda c, node, x: c.b.transpose(x, node.attrs["perm"]),
    "concatenate": lambda c, node, *xs: c.b.add("Concat", *xs, axis=node.attrs["axis"]),
}  # fmt: skip
