"""Indexing. An index counts from the end if it is negative, and is then moved inside the axis,
which ONNX leaves open.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.graph.node import Node, Rows
from lamina.saving.onnx.builder import Value
from lamina.saving.onnx.elementwise import WIDE, widened


def _inside(c: Any, node: Node, index: Value, axis: int) -> Value:
    """The index of an axis of the node's first operand, from 0 up and inside."""
    b, (x, places) = c.b, node.inputs[:2]
    if x.rows is not None and x.rows.axis == axis:
        raise c.unsupported(node, "picks rows of an open batch")
    size = x.shape[axis]
    if index.array is not None:
        wide = index.array.astype("int64")
        return b.constant(np.clip(np.where(wide < 0, wide + size, wide), 0, max(size - 1, 0)))
    index = b.cast(index, places.dtype, "int64")
    if places.dtype[0] != "u":
        low = b.add("Less", index, b.constant(0, "int64"))
        index = b.where(low, b.add("Add", index, b.constant(size, "int64")), index)
    return b.add("Clip", index, b.constant(0, "int64"), b.constant(max(size - 1, 0), "int64"))


def _gather(c: Any, node: Node, x: Value, index: Value) -> Value:
    axis = node.attrs["axis"]
    return c.b.add("Gather", x, _inside(c, node, index, axis), axis=axis)


def _gather_along(c: Any, node: Node, x: Value, index: Value) -> Value:
    axis = node.attrs["axis"]
    return c.b.add("GatherElements", x, _inside(c, node, index, axis), axis=axis)


def added(
    c: Any, node: Node, x: Value, index: Value, updates: Value, axis: int, rank: int
) -> Value:
    """x with each slice of the updates added in its place along the axis; `index` is a vector."""
    c.needs(node, 16)
    front = [axis, *(i for i in range(rank) if i != axis)]
    back = sorted(range(rank), key=front.__getitem__)
    places = c.b.reshape(index, [-1, 1])
    given = [c.b.transpose(x, front), places, c.b.transpose(updates, front)]
    return c.b.transpose(c.b.add("ScatterND", *given, reduction="add"), back)


def _scatter_add(c: Any, node: Node, x: Value, index: Value, updates: Value) -> Value:
    (x, updates), dtype = widened(c.b, (x, updates), node.dtype, WIDE)
    axis, (target, places, source) = node.attrs["axis"], node.inputs
    shape = target.shape
    among = range(axis, axis + len(places.shape))
    if source.rows is not None and source.rows.axis not in among:
        raise c.unsupported(node, "adds rows of an open batch to what has a fixed size")
    flat = [*shape[:axis], places.size, *shape[axis + 1 :]]
    # The rows of the updates, if any, are among the places.
    updates = c.reshape(updates, node, flat, source.rows and Rows(axis))
    index = c.b.reshape(_inside(c, node, index, axis), [-1])
    return c.b.cast(added(c, node, x, index, updates, axis, len(shape)), dtype, node.dtype)


def _scatter_along(c: Any, node: Node, x: Value, index: Value, updates: Value) -> Value:
    c.needs(node, 16)
    (x, updates), dtype = widened(c.b, (x, updates), node.dtype, WIDE)
    axis = node.attrs["axis"]
    index = _inside(c, node, index, axis)
    found = c.b.add("ScatterElements", x, index, updates, axis=axis, reduction="add")
    return c.b.cast(found, dtype, node.dtype)


# ── slices whose start is a value ──


def _starts(c: Any, node: Node, starts: tuple[Value, ...], axes: list[int], sizes: Any) -> Value:
    """The first places along these axes as a vector, moved so that the block lies inside."""
    given, shape = node.inputs[-len(starts) :], node.inputs[0].shape
    parts = [c.b.reshape(c.b.cast(starts[a], given[a].dtype, "int64"), [1]) for a in axes]
    most = [shape[a] - sizes[a] for a in axes]
    vector = parts[0] if len(parts) == 1 else c.b.add("Concat", *parts, axis=0)
    below = c.b.add("Max", vector, c.b.ints([0] * len(axes)))
    return c.b.add("Min", below, c.b.ints(most))


def _partial(node: Node, sizes: Any) -> list[int]:
    """The axes along which a block does not fill the tensor."""
    return [a for a, n in enumerate(node.inputs[0].shape) if sizes[a] != n]


def _dynamic_slice(c: Any, node: Node, x: Value, *starts: Value) -> Value:
    sizes = node.attrs["sizes"]
    axes = _partial(node, sizes)
    if not axes:
        return x
    first = _starts(c, node, starts, axes, sizes)
    end = c.b.add("Add", first, c.b.ints([sizes[a] for a in axes]))
    return c.b.add("Slice", x, first, end, c.b.ints(axes))


def _dynamic_update(c: Any, node: Node, x: Value, update: Value, *starts: Value) -> Value:
    """Only the axes that the block does not fill are indexed; they come first for that."""
    sizes, rank = node.inputs[1].shape, len(node.shape)
    axes = _partial(node, sizes)
    if not axes:
        return update
    grid = np.stack(np.meshgrid(*(np.arange(sizes[a]) for a in axes), indexing="ij"), -1)
    places = c.b.add("Add", c.b.constant(grid, "int64"), _starts(c, node, starts, axes, sizes))
    front = [*axes, *(i for i in range(rank) if i not in axes)]
    back = sorted(range(rank), key=front.__getitem__)
    found = c.b.add("ScatterND", c.b.transpose(x, front), places, c.b.transpose(update, front))
    return c.b.transpose(found, back)


RULES: dict[str, Callable[..., Any]] = {
    "gather": _gather, "gather_along": _gather_along, "scatter_add": _scatter_add,
    "scatter_along_add": _scatter_along, "dynamic_slice": _dynamic_slice,
    "dynamic_update_slice": _dynamic_update,
}  # fmt: skip
