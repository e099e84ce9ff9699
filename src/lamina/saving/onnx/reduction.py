"""Reductions, and places of extremes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from lamina.graph.node import Node, Rows
from lamina.saving.onnx.builder import Value
from lamina.saving.onnx.elementwise import WIDE, widened


def _reduced(op: str) -> Callable[..., Value]:
    """One node; of bools and narrow integers in a wider dtype."""

    def make(c: Any, node: Node, x: Value) -> Value:
        attrs = node.attrs
        if not attrs["axes"]:
            return x
        (x,), dtype = widened(c.b, (x,), node.inputs[0].dtype, WIDE)
        found = c.b.reduce(op, x, attrs["axes"], attrs["keepdims"])
        return c.b.cast(found, dtype, node.dtype)

    return make


def _place(op: str) -> Callable[..., Value]:
    """Several axes are joined to one, in whose order places are counted."""

    def make(c: Any, node: Node, x: Value) -> Value:
        source, axes = node.inputs[0], node.attrs["axes"]
        rank, last = len(source.shape), axes[0]
        if len(axes) > 1:
            kept = [i for i in range(rank) if i not in axes]
            x = c.b.transpose(x, [*kept, *axes])
            joined = [*(source.shape[i] for i in kept), math.prod(source.shape[i] for i in axes)]
            rows = source.rows
            if rows is not None:
                at = kept.index(rows.axis) if rows.axis in kept else len(kept)
                rows = Rows(at, rows.each)
            x, last = c.reshape(x, node, joined, rows), len(kept)
        (x,), _ = widened(c.b, (x,), source.dtype, WIDE)
        return c.b.cast(c.b.add(op, x, axis=last, keepdims=0), "int64", node.dtype)

    return make


RULES: dict[str, Callable[..., Any]] = {
    "reduce_sum": _reduced("ReduceSum"), "reduce_prod": _reduced("ReduceProd"),
    "reduce_max": _reduced("ReduceMax"), "reduce_min": _reduced("ReduceMin"),
    "reduce_any": _reduced("ReduceMax"), "reduce_all": _reduced("ReduceMin"),
    "argmax": _place("ArgMax"), "argmin": _place("ArgMin"),
}  # fmt: skip
