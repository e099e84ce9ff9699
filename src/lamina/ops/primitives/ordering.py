"""Primitives that run along one axis in order: sort, argsort, cumsum, cumprod."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.graph import dtypes
from lamina.graph.node import Aval, Rows
from lamina.graph.tensor import Tensor
from lamina.ops.dispatch import apply, as_tensor, shape_of
from lamina.ops.primitive import Attrs, Cotangent, Masking, Primitive, Reverse, define
from lamina.ops.primitives.control import scan
from lamina.ops.primitives.elementwise import add, check_dtypes, mul
from lamina.ops.primitives.indexing import scatter_along_add
from lamina.ops.primitives.shaping import fill, flip, pad, slice_, transpose, zeros_like


def _same_infer(name: str, legal: Sequence[str]) -> Any:
    def infer(avals: Sequence[Aval], attrs: Attrs) -> list[Aval]:
        check_dtypes(name, avals, legal)
        return [avals[0]]

    return infer


def _not_along_rows(masking: Masking) -> list[Rows | None]:
    rows = masking.rows()
    if rows is not None and rows.axis == masking.attrs["axis"]:
        masking.exact("an op orders or accumulates along the batch")
    return [rows]


# ── sorting: ascending, NaN last, equal entries in their order ──


def _sort_gradient(r: Reverse) -> Sequence[Cotangent]:
    x, axis = r.x[0], r.attrs["axis"]
    return (scatter_along_add(zeros_like(x), argsort(x, axis), r.g[0], axis),)


define(
    Primitive(
        "sort", _same_infer("sort", dtypes.DTYPES), _not_along_rows, _sort_gradient,
        kind="ordering",
    )
)  # fmt: skip
define(
    Primitive(
        "argsort", lambda avals, attrs: [Aval(avals[0].shape, "int32")], _not_along_rows,
        lambda r: (None,), kind="ordering",
    )
)  # fmt: skip


def sort(x: Any, axis: int) -> Tensor:
    """The entries along `axis` in ascending order, NaN last."""
    return apply("sort", as_tensor(x), axis=axis)


def argsort(x: Any, axis: int) -> Tensor:
    """Where each entry of the sorted order comes from (int32); equal entries keep their order."""
    return apply("argsort", as_tensor(x), axis=axis)


# ── cumulation ──


def _cumsum_gradient(r: Reverse) -> Sequence[Cotangent]:
    """dx_j is the sum of g_i for i >= j."""
    axis = [r.attrs["axis"]]
    return (flip(cumsum(flip(r.g[0], axis), axis[0]), axis),)


def _cumprod_gradient(r: Reverse) -> Sequence[Cotangent]:
    """dx_j = y_{j-1} s_j with s_j = g_j + x_{j+1} s_{j+1}: no division, so zeros are no
    exception.
    """
    g, y, x, axis = r.g[0], r.y[0], r.x[0], r.attrs["axis"]
    assert g is not None
    shape = shape_of(x)
    if 0 in shape:
        return (g,)
    rank = len(shape)
    first = [1 if i == axis else 0 for i in range(rank)]
    zero = [0] * rank
    cut = [n - 1 if i == axis else n for i, n in enumerate(shape)]
    before = pad(slice_(y, zero, cut), 1.0, first, zero)
    after = pad(slice_(x, first, shape), 0.0, zero, first)
    front = [axis, *[i for i in range(rank) if i != axis]]
    back = sorted(range(rank), key=front.__getitem__)

    def step(s: Sequence[Tensor], now: Sequence[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        value = add(now[0], mul(now[1], s[0]))
        return [value], [value]

    start = fill([shape[i] for i in front[1:]], 0, x.dtype)
    inputs = [transpose(g, front), transpose(after, front)]
    _, (sums,) = scan(step, [start], inputs, shape[axis], reverse=True)
    return (mul(before, transpose(sums, back)),)


_NUMERIC = dtypes.DTYPES[1:]
define(
    Primitive(
        "cumsum", _same_infer("cumsum", _NUMERIC), _not_along_rows, _cumsum_gradient,
        kind="ordering",
    )
)  # fmt: skip
define(
    Primitive(
        "cumprod", _same_infer("cumprod", _NUMERIC), _not_along_rows, _cumprod_gradient,
        kind="ordering",
    )
)  # fmt: skip


def cumsum(x: Any, axis: int) -> Tensor:
    """y_i = x_0 + ... + x_i along `axis`."""
    return apply("cumsum", as_tensor(x), axis=axis)


def cumprod(x: Any, axis: int) -> Tensor:
    """y_i = x_0 ... x_i along `axis`."""
    return apply("cumprod", as_tensor(x), axis=axis)
