"""Sorting and cumulating along an axis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.graph.node import Node
from lamina.saving.onnx.builder import Value
from lamina.saving.onnx.elementwise import WIDE, widened


def _sorted(result: int) -> Callable[..., Value]:
    """All entries by size, which TopK gives with their places; equal ones keep their order."""

    def make(c: Any, node: Node, x: Value) -> Value:
        axis, given = node.attrs["axis"], node.inputs[0]
        if given.rows is not None and given.rows.axis == axis:
            raise c.unsupported(node, "orders the rows of an open batch")
        (x,), dtype = widened(c.b, (x,), given.dtype, WIDE)
        count = c.b.ints([given.shape[axis]])
        pair = c.b.several("TopK", [x, count], 2, axis=axis, largest=0, sorted=1)
        return c.b.cast(pair[result], (dtype, "int64")[result], node.dtype)

    return make


def _cumsum(c: Any, node: Node, x: Value) -> Value:
    (x,), dtype = widened(c.b, (x,), node.dtype, WIDE)
    found = c.b.add("CumSum", x, c.b.constant(node.attrs["axis"], "int64"))
    return c.b.cast(found, dtype, node.dtype)


def _cumprod(c: Any, node: Node, x: Value) -> Value:
    """A loop along the axis that carries the product."""
    axis, shape, rows = node.attrs["axis"], node.shape, node.rows
    rest = [n for i, n in enumerate(shape) if i != axis]
    if shape[axis] == 0:
        return x
    if rows is not None:
        rows = type(rows)(rows.axis - (rows.axis > axis), rows.each)
    (x,), dtype = widened(c.b, (x,), node.dtype, WIDE)
    start = c.b.add("Expand", c.b.constant(1, dtype), c.shape(rest, rows))
    inner = c.b.child()
    carry, entry = (c.b.names.fresh(f"{c.b.origin}/{n}") for n in ("product", "entry"))
    product = inner.add("Mul", Value(carry), Value(entry))
    body = inner.body(
        c.b.names.fresh(f"{c.b.origin}/products"),
        [(carry, dtype, None), (entry, dtype, None)], [(product, dtype), (product, dtype)],
    )  # fmt: skip
    _, found = c.b.several(
        "Scan", [start, x], 2, body=body, num_scan_inputs=1, scan_input_axes=[axis],
        scan_output_axes=[axis],
    )  # fmt: skip
    return c.b.cast(found, dtype, node.dtype)


RULES: dict[str, Callable[..., Any]] = {
    "sort": _sorted(0), "argsort": _sorted(1), "cumsum": _cumsum, "cumprod": _cumprod,
}  # fmt: skip
