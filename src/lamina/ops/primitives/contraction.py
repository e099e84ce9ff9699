"""contract: the product of two tensors summed over shared labels, one einsum of two operands.

`spec` = (labels of a, labels of b, labels of the result), each a tuple of small integers, none
twice in one operand. A label that only one operand has must be in the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.errors import ShapeError
from lamina.graph.node import Aval, Rows
from lamina.graph.tensor import Tensor
from lamina.ops.dispatch import apply
from lamina.ops.primitive import Attrs, Cotangent, Masking, Primitive, Reverse, define
from lamina.ops.primitives.elementwise import NUMERIC, check_dtypes

Spec = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]


def _infer(avals: Sequence[Aval], attrs: Attrs) -> list[Aval]:
    check_dtypes("matmul", avals, NUMERIC)
    a_labels, b_labels, out = attrs["spec"]
    sizes: dict[int, int] = {}
    for labels, aval in zip((a_labels, b_labels), avals, strict=True):
        assert len(labels) == len(aval.shape) == len(set(labels))
        for label, size in zip(labels, aval.shape, strict=True):
            if sizes.setdefault(label, size) != size:
                raise ShapeError(
                    "ops.matmul", "needs equal sizes along the axes that are multiplied",
                    f"shapes {avals[0].shape} and {avals[1].shape}",
                    "transpose or reshape one of them",
                )  # fmt: skip
    lonely = set(a_labels) ^ set(b_labels)
    assert lonely <= set(out) <= set(sizes)
    return [Aval(tuple(sizes[label] for label in out), avals[0].dtype)]


def _rows(masking: Masking) -> list[Rows | None]:
    """A label of the result that carries rows keeps them; a summed one is masked in one operand."""
    a_labels, b_labels, out = masking.attrs["spec"]
    found: set[tuple[int, int]] = set()
    for index, labels in enumerate((a_labels, b_labels)):
        rows = masking.rows(index)
        if rows is None:
            continue
        label = labels[rows.axis]
        if label in out:
            found.add((label, rows.each))
        else:
            masking.fill(index, 0)
    if len(found) > 1:
        masking.exact("a product pairs the rows of the batch with one another")
    return [Rows(out.index(label), each) for label, each in sorted(found)[:1]] or [None]


def _gradient(r: Reverse) -> Sequence[Cotangent]:
    g, (a, b) = r.g[0], r.x
    a_labels, b_labels, out = r.attrs["spec"]
    return contract(g, b, (out, b_labels, a_labels)), contract(a, g, (a_labels, out, b_labels))


define(Primitive("contract", _infer, _rows, _gradient, kind="contraction"))


def contract(a: Any, b: Any, spec: Spec) -> Tensor:
    """Sums a * b over the labels that are not in the result."""
    return apply("contract", a, b, spec=tuple(tuple(labels) for labels in spec))
