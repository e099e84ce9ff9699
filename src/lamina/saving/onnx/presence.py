"""Rows that are there: in a file all are, so what counts them counts the batch, and what masks the
absent ones is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.graph.node import Node
from lamina.saving.onnx.builder import Value
from lamina.saving.onnx.elementwise import RULES as ELEMENTWISE


def _times(c: Any, node: Node, x: Value, y: Value) -> Value:
    """The number of rows times the entries of each is the number of entries."""
    found: Value = ELEMENTWISE["mul"](c, node, x, y)
    if x.each is not None and y.array is not None and y.array.size == 1:
        found.each = x.each * int(y.array.reshape(()))
    return found


def _less(c: Any, node: Node, x: Value, y: Value) -> Value:
    """Places along the batch that are below the number of its entries are all places."""
    places = node.inputs[0]
    if places.op == "iota" and places.rows is None and y.each is not None:
        along = places.shape[places.attrs["axis"]]
        if places.size == along == c.rows * y.each:
            return Value(array=np.ones(places.shape, bool))
    found: Value = ELEMENTWISE["lt"](c, node, x, y)
    return found


def _select(c: Any, node: Node, condition: Value, x: Value, y: Value) -> Value:
    """What is chosen everywhere is taken as it is."""
    always = condition.array is not None and condition.array.all()
    if always and node.inputs[1].shape == node.shape:
        return x
    found: Value = ELEMENTWISE["select"](c, node, condition, x, y)
    return found


RULES: dict[str, Callable[..., Any]] = {"mul": _times, "lt": _less, "select": _select}
