"""Products that are summed: MatMul where the operands' axes fall into its three kinds, else
Einsum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lamina.graph.node import Node
from lamina.saving.onnx.builder import Value
from lamina.saving.onnx.elementwise import WIDE, widened

Labels = Sequence[int]


def _contract(c: Any, node: Node, x: Value, y: Value) -> Value:
    a, b, out = node.attrs["spec"]
    (x, y), dtype = widened(c.b, (x, y), node.dtype, WIDE)
    found = _product(c, x, y, a, b, out)
    if found is None:
        found = _einsum(c, x, y, a, b, out)
    return c.b.cast(found, dtype, node.dtype)


def _product(c: Any, x: Value, y: Value, a: Labels, b: Labels, out: Labels) -> Value | None:
    """(shared.., left.., sum) times (shared.., sum, right): one axis of each kind, but of the left
    any number where none is shared.
    """
    shared = [n for n in out if n in a and n in b]
    left = [n for n in out if n not in b]
    right = [n for n in out if n not in a]
    summed = [n for n in a if n not in out]
    if len(right) > 1 and len(left) == 1 and not shared:
        return _product(c, y, x, b, a, out)
    if len(summed) != 1 or len(right) != 1 or not left or (shared and len(left) > 1):
        return None
    x = c.b.transpose(x, [a.index(n) for n in (*shared, *left, *summed)])
    y = c.b.transpose(y, [b.index(n) for n in (*shared, *summed, *right)])
    order = [*shared, *left, *right]
    return c.b.transpose(c.b.add("MatMul", x, y), [order.index(n) for n in out])


def _einsum(c: Any, x: Value, y: Value, a: Labels, b: Labels, out: Labels) -> Value:
    letters = {label: chr(ord("a") + i) for i, label in enumerate(dict.fromkeys((*a, *b)))}
    first, second, result = ("".join(letters[n] for n in labels) for labels in (a, b, out))
    return c.b.add("Einsum", x, y, equation=f"{first},{second}->{result}")


RULES: dict[str, Callable[..., Any]] = {"contract": _contract}
