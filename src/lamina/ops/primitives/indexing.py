"""Indexing primitives. An index may be negative, counting from the end; one beyond the axis is
clamped to it, in every engine, so that no index reaches outside the tensor.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.errors import ShapeError
from lamina.graph import dtypes
from lamina.graph.node import Aval, Rows
from lamina.graph.tensor import Tensor
from lamina.ops.dispatch import apply, as_tensor, shape_of
from lamina.ops.primitive import Attrs, Cotangent, Masking, Primitive, Reverse, define
from lamina.ops.primitives.elementwise import check_dtypes
from lamina.ops.primitives.shaping import zeros_like


def _check_index(name: str, aval: Aval) -> None:
    check_dtypes(name, [aval], dtypes.INTEGERS)


def _not_empty(name: str, aval: Aval, axis: int, count: int) -> None:
    if aval.shape[axis] == 0 and count:
        raise ShapeError(
            f"ops.{name}", "cannot take entries of an empty axis",
            f"shape {aval.shape}, axis {axis}", "give the axis at least one entry",
        )  # fmt: skip


# ── gather, scatter_add: whole slices by an index tensor ──


def _gather_infer(avals: Sequence[Aval], attrs: Attrs) -> list[Aval]:
    x, index = avals
    axis = attrs["axis"]
    _check_index("take", index)
    _not_empty("take", x, axis, index.shape.count(0) == 0)
    return [Aval((*x.shape[:axis], *index.shape, *x.shape[axis + 1 :]), x.dtype)]


def _gather_rows(masking: Masking) -> list[Rows | None]:
    x, index, axis = masking.rows(0), masking.rows(1), masking.attrs["axis"]
    rank = len(masking.inputs[1].node.shape)
    if x is not None and (index is not None or x.axis == axis):
        masking.exact("take picks rows of the batch")
        return [None]
    if index is not None:
        return [Rows(axis + index.axis, index.each)]
    if x is None or x.axis < axis:
        return [x]
    return [Rows(x.axis + rank - 1, x.each)]


def _gather_gradient(r: Reverse) -> Sequence[Cotangent]:
    x, index = r.x
    return scatter_add(zeros_like(x), index, r.g[0], r.attrs["axis"]), None


define(Primitive("gather", _gather_infer, _gather_rows, _gather_gradient, kind="indexing"))


def gather(x: Any, index: Any, axis: int) -> Tensor:
    """y[..., i..., ...] = x[..., index[i...], ...] along `axis` (not negative)."""
    return apply("gather", as_tensor(x), as_tensor(index), axis=axis)


def _scatter_infer(avals: Sequence[Aval], attrs: Attrs) -> list[Aval]:
    x, index, updates = avals
    axis = attrs["axis"]
    _check_index("scatter", index)
    check_dtypes("scatter", [x, updates], dtypes.DTYPES[1:])
    _not_empty("scatter", x, axis, index.shape.count(0) == 0)
    expected = (*x.shape[:axis], *index.shape, *x.shape[axis + 1 :])
    if updates.shape != expected:
        raise ShapeError(
            "ops.scatter", "needs updates in the shape of index and tensor",
            f"{updates.shape} where {expected} is needed", "reshape the updates",
        )  # fmt: skip
    return [x]


def _scatter_rows(masking: Masking) -> list[Rows | None]:
    """Updates of absent rows add zero; rows of the target itself cannot be kept apart."""
    if masking.rows(0) is not None:
        masking.exact("scatter writes into the batch")
        return [masking.rows(0)]
    if masking.rows(2) is not None:
        masking.fill(2, 0)
    elif masking.rows(1) is not None:
        masking.exact("scatter repeats one update for each row")
    return [None]


def _scatter_gradient(r: Reverse) -> Sequence[Cotangent]:
    return r.g[0], None, gather(r.g[0], r.x[1], r.attrs["axis"])


define(Primitive("scatter_add", _scatter_infer, _scatter_rows, _scatter_gradient, kind="indexing"))


def scatter_add(x: Any, index: Any, updates: Any, axis: int) -> Tensor:
    """`x` with each update added at its index along `axis`; equal indices add up in order."""
    return apply("scatter_add", x, as_tensor(index), updates, axis=axis)


# ── gather_along, scatter_along_add: one index an entry (NumPy's take_along_axis) ──


def _along_shape(name: str, x: Aval, index: Aval, axis: int) -> tuple[int, ...]:
    _check_index(name, index)
    if len(x.shape) != len(index.shape) or any(
        a != b for i, (a, b) in enumerate(zip(x.shape, index.shape, strict=True)) if i != axis
    ):
        raise ShapeError(
            f"ops.{name}", f"needs shapes that agree except along axis {axis}",
            f"{x.shape} and {index.shape}", "broadcast the index to the tensor's shape",
        )  # fmt: skip
    _not_empty(name, x, axis, index.shape.count(0) == 0)
    return index.shape


def _gather_along_infer(avals: Sequence[Aval], attrs: Attrs) -> list[Aval]:
    x, index = avals
    return [Aval(_along_shape("take_along_axis", x, index, attrs["axis"]), x.dtype)]


def _along_rows(masking: Masking) -> list[Rows | None]:
    found = {x.node.rows for x in masking.inputs} - {None}
    rows = found.pop()
    if found or rows is None or rows.axis == masking.attrs["axis"]:
        masking.exact("take_along_axis picks rows of the batch")
        return [None]
    return [rows]


def _gather_along_gradient(r: Reverse) -> Sequence[Cotangent]:
    x, index = r.x
    return scatter_along_add(zeros_like(x), index, r.g[0], r.attrs["axis"]), None


define(
    Primitive(
        "gather_along", _gather_along_infer, _along_rows, _gather_along_gradient, kind="indexing"
    )
)


def gather_along(x: Any, index: Any, axis: int) -> Tensor:
    """y[i, j] = x[i, index[i, j]] along `axis`."""
    return apply("gather_along", as_tensor(x), as_tensor(index), axis=axis)


def _scatter_along_infer(avals: Sequence[Aval], attrs: Attrs) -> list[Aval]:
    x, index, updates = avals
    check_dtypes("scatter", [x, updates], dtypes.DTYPES[1:])
    shape = _along_shape("put_along_axis", x, index, attrs["axis"])
    if updates.shape != shape:
        raise ShapeError(
            "ops.put_along_axis", "needs one update an index",
            f"{updates.shape} where {shape} is needed", "broadcast the updates",
        )  # fmt: skip
    return [x]


def _scatter_along_gradient(r: Reverse) -> Sequence[Cotangent]:
    return r.g[0], None, gather_along(r.g[0], r.x[1], r.attrs["axis"])


define(
    Primitive(
        "scatter_along_add", _scatter_along_infer, _along_rows, _scatter_along_gradient,
        kind="indexing",
    )
)  # fmt: skip


def scatter_along_add(x: Any, index: Any, updates: Any, axis: int) -> Tensor:
    """`x` with updates[i, j] added at [i, index[i, j]] along `axis`."""
    return apply("scatter_along_add", x, as_tensor(index), updates, axis=axis)


# ── slices whose start is a value ──


def _dynamic_slice_infer(avals: Sequence[Aval], attrs: Attrs) -> list[Aval]:
    x, sizes = avals[0], attrs["sizes"]
    _starts("slice", x, avals[1:], sizes)
    return [Aval(sizes, x.dtype)]


def _starts(name: str, x: Aval, starts: Sequence[Aval], sizes: tuple[int, ...]) -> None:
    for start in starts:
        _check_index(name, start)
    fits = len(starts) == len(sizes) == len(x.shape) and all(
        0 <= n <= size for n, size in zip(sizes, x.shape, strict=True)
    )
    if not fits or any(start.shape for start in starts):
        raise ShapeError(
            f"ops.{name}", "needs a scalar start for each axis and sizes that fit",
            f"sizes {sizes} of shape {x.shape}", "pass one start and one size an axis",
        )  # fmt: skip


def _dynamic_rows(masking: Masking) -> list[Rows | None]:
    rows = masking.rows(0)
    if rows is None or any(x.node.rows for x in masking.inputs[1:]):
        masking.exact("a slice depends on rows of the batch")
        return [None]
    if masking.outputs[0].shape[rows.axis] != masking.inputs[0].node.shape[rows.axis]:
        masking.exact("a slice takes part of the batch")
        return [None]
    return [rows]


def _dynamic_slice_gradient(r: Reverse) -> Sequence[Cotangent]:
    x, *starts = r.x
    return dynamic_update_slice(zeros_like(x), r.g[0], starts), *[None] * len(starts)


define(
    Primitive(
        "dynamic_slice", _dynamic_slice_infer, _dynamic_rows, _dynamic_slice_gradient,
        kind="indexing",
    )
)  # fmt: skip


def dynamic_slice(x: Any, starts: Sequence[Any], sizes: Sequence[int]) -> Tensor:
    """A block of `sizes` from `starts` (int32 scalars), moved inside the tensor if it reaches
    out.
    """
    return apply("dynamic_slice", x, *[as_tensor(s, "int32") for s in starts], sizes=tuple(sizes))


def _update_infer(avals: Sequence[Aval], attrs: Attrs) -> list[Aval]:
    x, update, *starts = avals
    check_dtypes("slice_update", [x, update], dtypes.DTYPES)
    _starts("slice_update", x, starts, update.shape)
    return [x]


def _update_rows(masking: Masking) -> list[Rows | None]:
    rows = masking.rows(0)
    if rows != masking.rows(1) or any(x.node.rows for x in masking.inputs[2:]):
        masking.exact("slice_update writes into the batch")
    return [rows]


def _update_gradient(r: Reverse) -> Sequence[Cotangent]:
    _, update, *starts = r.x

    outside = dynamic_update_slice(r.g[0], zeros_like(update), starts)
    return outside, dynamic_slice(r.g[0], starts, shape_of(update)), *[None] * len(starts)


define(
    Primitive(
        "dynamic_update_slice", _update_infer, _update_rows, _update_gradient, kind="indexing"
    )
)


def dynamic_update_slice(x: Any, update: Any, starts: Sequence[Any]) -> Tensor:
    """`x` with the block at `starts` replaced by `update`; starts are clamped as in
    dynamic_slice.
    """
    return apply("dynamic_update_slice", x, update, *[as_tensor(s, "int32") for s in starts])
