"""Products that are summed: MatMul of operands whose axes are brought into the order of its kinds,
and joined where it takes one axis of a kind.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lamina.graph.node import Node, Rows
from lamina.saving.onnx.builder import Value
from lamina.saving.onnx.elementwise import WIDE, widened

Labels = Sequence[int]


def _contract(c: Any, node: Node, x: Value, y: Value) -> Value:
    """(shared.., left.., summed) times (shared.., summed, right); the left axes are joined only
    where some are shared.
    """
    (x, y), dtype = widened(c.b, (x, y), node.dtype, WIDE)
    a, b, out = node.attrs["spec"]
    first, second = node.inputs
    if len([n for n in a if n not in b]) < len([n for n in b if n not in a]):
        (first, a, x), (second, b, y) = (second, b, y), (first, a, x)
    sizes = dict(zip((*a, *b), (*first.shape, *second.shape), strict=True))
    shared = [n for n in out if n in a and n in b]
    left = [n for n in out if n not in b]
    right = [n for n in out if n not in a]
    summed = [n for n in a if n not in out]
    alone = [[n] for n in shared]
    lefts = [left] if shared or not left else [[n] for n in left]
    x = _grouped(c, node, x, (a, _row(first, a)), [*alone, *lefts, summed], sizes)
    y = _grouped(c, node, y, (b, _row(second, b)), [*alone, summed, right], sizes)
    found = c.b.cast(c.b.add("MatMul", x, y), dtype, node.dtype)
    order = [*shared, *left, *right]
    if len(right) != 1 or any(len(group) != 1 for group in lefts):
        found = _joined(c, node, found, [[n] for n in order], _row(node, out), sizes)
    return c.b.transpose(found, [order.index(n) for n in out])


def _row(node: Node, labels: Labels) -> int | None:
    """The label of the batch."""
    return None if node.rows is None else labels[node.rows.axis]


def _grouped(
    c: Any,
    node: Node,
    value: Value,
    named: tuple[Labels, int | None],
    groups: Sequence[Labels],
    sizes: Mapping[int, int],
) -> Value:
    """An operand in the order of the groups, each of which becomes one axis."""
    labels, row = named
    value = c.b.transpose(value, [list(labels).index(n) for group in groups for n in group])
    if all(len(group) == 1 for group in groups):
        return value
    return _joined(c, node, value, groups, row, sizes)


def _joined(
    c: Any,
    node: Node,
    value: Value,
    groups: Sequence[Labels],
    row: int | None,
    sizes: Mapping[int, int],
) -> Value:
    """The value with one axis for each group."""
    shape = [math.prod(sizes[n] for n in group) for group in groups]
    at = next((i for i, group in enumerate(groups) if row in group), None)
    return c.reshape(value, node, shape, None if at is None else Rows(at))


RULES: dict[str, Callable[..., Any]] = {"contract": _contract}
