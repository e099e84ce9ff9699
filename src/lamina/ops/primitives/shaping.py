"""Shape primitives: values move, none changes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lamina.errors import ShapeError
from lamina.graph import trace
from lamina.graph.node import Aval, Rows
from lamina.graph.tensor import BatchSize, Tensor
from lamina.ops.dispatch import apply, as_tensor, shape_of
from lamina.ops.primitive import Attrs, Cotangent, Masking, Primitive, Reverse, define
from lamina.ops.primitives.elementwise import check_dtypes, sub
from lamina.ops.primitives.reduction import reduce_sum

Shape = tuple[int, ...]


def _batch_axis(shape: Sequence[Any]) -> Rows | None:
    """The axis of a requested shape whose size is the batch's own."""
    current = trace.current()
    if current is None or not current.dynamic:
        return None
    found = [(axis, size) for axis, size in enumerate(shape) if isinstance(size, BatchSize)]
    if len(found) > 1:
        current.require_exact("a shape holds the batch size twice")
    return Rows(found[0][0], found[0][1].each) if found else None


def _plain(shape: Sequence[Any]) -> Shape:
    return tuple(int(size) for size in shape)


# ── iota ──


def _iota_infer(avals: Sequence[Aval], attrs: Attrs) -> list[Aval]:
    return [Aval(attrs["shape"], attrs["dtype"])]


define(
    Primitive(
        "iota", _iota_infer, lambda masking: [masking.attrs.get("rows")],
        lambda r: (), source=True, kind="source",
    )
)  # fmt: skip


def iota(shape: Sequence[Any], axis: int, dtype: str = "int32") -> Tensor:
    """The index along `axis`, in this shape."""
    rows = _batch_axis(shape)
    extra = {"rows": rows} if rows else {}
    return apply("iota", shape=_plain(shape), axis=axis, dtype=dtype, **extra)


# ── broadcast, reshape, transpose ──


def _broadcast_infer(avals: Sequence[Aval], attrs: Attrs) -> list[Aval]:
    source, shape = avals[0].shape, attrs["shape"]
    pairs = zip(reversed(source), reversed(shape), strict=False)
    if len(source) > len(shape) or any(a not in (1, b) for a, b in pairs):
        raise ShapeError(
            "ops.broadcast_to", "cannot stretch the tensor to this shape",
            f"{source} to {shape}", "only axes of size 1 stretch, and new axes come first",
        )  # fmt: skip
    return [Aval(shape, avals[0].dtype)]


def _broadcast_rows(masking: Masking) -> list[Rows | None]:
    rows, x = masking.rows(), masking.inputs[0].node
    given: Rows | None = masking.attrs.get("rows")
    if rows is None:
        return [given]
    return [Rows(rows.axis + len(masking.outputs[0].shape) - len(x.shape), rows.each)]


def _broadcast_gradient(r: Reverse) -> Sequence[Cotangent]:
    assert r.g[0] is not None
    return (sum_to(r.g[0], shape_of(r.x[0])),)


define(
    Primitive(
        "broadcast_to", _broadcast_infer, _broadcast_rows, _broadcast_gradient,
        source=True, kind="shape",
    )
)  # fmt: skip


def broadcast_to(x: Any, shape: Sequence[Any]) -> Tensor:
    """`x` repeated along axes of size 1 and new leading axes."""
    x = as_tensor(x)
    rows = _batch_axis(shape)
    plain = _plain(shape)
    if plain == shape_of(x) and rows is None:
        return x
    return apply("broadcast_to", x, shape=plain, **({"rows": rows} if rows else {}))


def fill(shape: Sequence[Any], value: Any, dtype: str) -> Tensor:
    """A tensor of one value."""
    return broadcast_to(as_tensor(value, dtype), shape)


def zeros_like(x: Tensor) -> Tensor:
    """Zeros in the shape and dtype of `x`."""
    return fill(tuple(x.shape), 0, x.dtype)


def sum_to(g: Tensor, shape: Shape) -> Tensor:
    """Sums `g` over the axes along which a value of `shape` was broadcast to g's shape."""
    have = shape_of(g)
    lead = len(have) - len(shape)
    axes = tuple(range(lead)) + tuple(
        i + lead for i, size in enumerate(shape) if size == 1 and have[i + lead] != 1
    )
    return reshape(reduce_sum(g, axes), shape) if axes else reshape(g, shape)


def _reshape_infer(avals: Sequence[Aval], attrs: Attrs) -> list[Aval]:
    if math.prod(avals[0].shape) != math.prod(attrs["shape"]):
        raise ShapeError(
            "ops.reshape", "needs as many elements as there are",
            f"{avals[0].shape} to {attrs['shape']}", "the product of the sizes must not change",
        )  # fmt: skip
    return [Aval(attrs["shape"], avals[0].dtype)]


def _reshape_rows(masking: Masking) -> list[Rows | None]:
    """Rows survive where the axes before theirs keep their product and whole rows stay together."""
    rows, before = masking.rows(), masking.inputs[0].node.shape
    after = masking.outputs[0].shape
    if rows is None:
        return [None]
    lead, batch = math.prod(before[: rows.axis]), before[rows.axis] // rows.each
    for axis, size in enumerate(after):
        if math.prod(after[:axis]) == lead and size % batch == 0 and size > 1:
            return [Rows(axis, size // batch)]
    masking.exact("a reshape mixes the rows of the batch")
    return [None]


define(
    Primitive(
        "reshape", _reshape_infer, _reshape_rows,
        lambda r: (reshape(r.g[0], shape_of(r.x[0])),), kind="shape",
    )
)  # fmt: skip


def reshape(x: Any, shape: Sequence[Any]) -> Tensor:
    """The same elements in row-major order in another shape (no -1 here)."""
    x = as_tensor(x)
    return x if _plain(shape) == shape_of(x) else apply("reshape", x, shape=_plain(shape))


def _transpose_infer(avals: Sequence[Aval], attrs: Attrs) -> list[Aval]:
    shape, perm = avals[0].shape, attrs["perm"]
    if sorted(perm) != list(range(len(shape))):
        raise ShapeError(
            "ops.transpose", "needs each axis once", f"axes {perm} for shape {shape}",
            f"give a permutation of 0..{len(shape) - 1}",
        )  # fmt: skip
    return [Aval(tuple(shape[axis] for axis in perm), avals[0].dtype)]


def _transpose_rows(masking: Masking) -> list[Rows | None]:
    rows = masking.rows()
    return [Rows(masking.attrs["perm"].index(rows.axis), rows.each) if rows else None]


def _transpose_gradient(r: Reverse) -> Sequence[Cotangent]:
    perm = r.attrs["perm"]
    return (transpose(r.g[0], sorted(range(len(perm)), key=perm.__getitem__)),)


define(Primitive("transpose", _transpose_infer, _transpose_rows, _transpose_gradient, kind="shape"))


def transpose(x: Any, perm: Sequence[int]) -> Tensor:
    """The axes in the order `perm`."""
    if list(perm) == list(range(len(perm))):
        return as_tensor(x)
    return apply("transpose", x, perm=tuple(perm))


# ── concatenate, slice, flip, pad ──


def _concatenate_infer(avals: Sequence[Aval], attrs: Attrs) -> list[Aval]:
    check_dtypes("concatenate", avals, [avals[0].dtype])
    axis, first = attrs["axis"], avals[0].shape
    rest = {a.shape[:axis] + a.shape[axis + 1 :] for a in avals}
    if len(rest) > 1 or len({len(a.shape) for a in avals}) > 1:
        raise ShapeError(
            "ops.concatenate", f"needs shapes that agree except along axis {axis}",
            ", ".join(str(a.shape) for a in avals), "reshape, or choose another axis",
        )  # fmt: skip
    total = sum(a.shape[axis] for a in avals)
    return [Aval((*first[:axis], total, *first[axis + 1 :]), avals[0].dtype)]


def _concatenate_rows(masking: Masking) -> list[Rows | None]:
    found = {x.node.rows for x in masking.inputs} - {None}
    rows = found.pop()
    if found or rows is None or rows.axis == masking.attrs["axis"]:
        masking.exact("concatenate joins along the batch")
        return [None]
    return [rows]


def _concatenate_gradient(r: Reverse) -> Sequence[Cotangent]:
    g, axis, start, parts = r.g[0], r.attrs["axis"], 0, []
    assert g is not None
    shape = shape_of(g)
    for x in r.x:
        starts, limits = [0] * len(shape), list(shape)
        starts[axis], limits[axis] = start, start + shape_of(x)[axis]
        start = limits[axis]
        parts.append(slice_(g, starts, limits))
    return parts


define(
    Primitive(
        "concatenate", _concatenate_infer, _concatenate_rows, _concatenate_gradient, kind="shape"
    )
)


def concatenate(xs: Sequence[Any], axis: int) -> Tensor:
    """The tensors one after another along `axis` (not negative)."""
    return as_tensor(xs[0]) if len(xs) == 1 else apply("concatenate", *xs, axis=axis)


def _slice_infer(avals: Sequence[Aval], attrs: Attrs) -> list[Aval]:
    shape = avals[0].shape
    bounds = list(zip(attrs["starts"], attrs["limits"], attrs["strides"], shape, strict=True))
    if any(not 0 <= start <= limit <= size or step < 1 for start, limit, step, size in bounds):
        raise ShapeError(
            "ops.slice", "reaches beyond the tensor",
            f"{attrs['starts']} to {attrs['limits']} of {shape}", "keep start <= limit <= size",
        )  # fmt: skip
    sizes = tuple(-(-(limit - start) // step) for start, limit, step, _ in bounds)
    return [Aval(sizes, avals[0].dtype)]


def _slice_rows(masking: Masking) -> list[Rows | None]:
    rows = masking.rows()
    if (
        rows is None
        or masking.outputs[0].shape[rows.axis] == (masking.inputs[0].node.shape[rows.axis])
    ):
        return [rows]
    masking.exact("a slice takes part of the batch")
    return [None]


def _slice_gradient(r: Reverse) -> Sequence[Cotangent]:
    g, starts, strides = r.g[0], r.attrs["starts"], r.attrs["strides"]
    assert g is not None
    taken = [
        start + max(0, (n - 1) * step + 1)
        for start, step, n in zip(starts, strides, shape_of(g), strict=True)
    ]
    high = [size - end for size, end in zip(shape_of(r.x[0]), taken, strict=True)]
    return (pad(g, 0, starts, high, [step - 1 for step in strides]),)


define(Primitive("slice", _slice_infer, _slice_rows, _slice_gradient, kind="shape"))


def slice_(
    x: Any, starts: Sequence[int], limits: Sequence[int], strides: Sequence[int] | None = None
) -> Tensor:
    """Entries start, start + stride, ... below limit of each axis; strides are positive."""
    x = as_tensor(x)
    strides = tuple(strides) if strides is not None else (1,) * len(starts)
    if not any(starts) and tuple(limits) == shape_of(x) and set(strides) <= {1}:
        return x
    return apply("slice", x, starts=tuple(starts), limits=tuple(limits), strides=strides)


def part(x: Any, axis: int, start: int, stop: int, step: int = 1) -> Tensor:
    """The entries start, start + step, ... below stop of one axis."""
    x = as_tensor(x)
    starts, limits, strides = [0] * x.ndim, list(shape_of(x)), [1] * x.ndim
    starts[axis], limits[axis], strides[axis] = start, stop, step
    return slice_(x, starts, limits, strides)


def _flip_rows(masking: Masking) -> list[Rows | None]:
    rows = masking.rows()
    if rows is not None and rows.axis in masking.attrs["axes"]:
        masking.exact("flip turns the batch round")
    return [rows]


define(
    Primitive(
        "flip", lambda avals, attrs: [avals[0]], _flip_rows,
        lambda r: (flip(r.g[0], r.attrs["axes"]),), kind="shape",
    )
)  # fmt: skip


def flip(x: Any, axes: Sequence[int]) -> Tensor:
    """The entries in reverse order along `axes`."""
    return apply("flip", x, axes=tuple(axes)) if axes else as_tensor(x)


def _pad_infer(avals: Sequence[Aval], attrs: Attrs) -> list[Aval]:
    check_dtypes("pad", avals, [avals[0].dtype])
    widths = zip(attrs["low"], attrs["high"], attrs["interior"], avals[0].shape, strict=True)
    if any(low < 0 or high < 0 or inner < 0 for low, high, inner, _ in widths):
        raise ShapeError(
            "ops.pad", "takes widths from 0 up", f"{attrs['low']} and {attrs['high']}",
            "slice the tensor to make it smaller",
        )  # fmt: skip
    widths = zip(attrs["low"], attrs["high"], attrs["interior"], avals[0].shape, strict=True)
    shape = tuple(low + high + n + max(0, n - 1) * inner for low, high, inner, n in widths)
    return [Aval(shape, avals[0].dtype)]


def _pad_rows(masking: Masking) -> list[Rows | None]:
    rows = masking.rows()
    if (
        rows is None
        or masking.outputs[0].shape[rows.axis] == (masking.inputs[0].node.shape[rows.axis])
    ):
        return [rows]
    masking.exact("pad adds to the batch")
    return [None]


def _pad_gradient(r: Reverse) -> Sequence[Cotangent]:
    g, low, interior = r.g[0], r.attrs["low"], r.attrs["interior"]
    assert g is not None
    shape = shape_of(r.x[0])
    strides = [inner + 1 for inner in interior]
    limits = [
        start + max(0, (n - 1) * step + 1)
        for start, n, step in zip(low, shape, strides, strict=True)
    ]
    inside = slice_(g, low, limits, strides)
    every = tuple(range(len(shape)))
    return inside, sub(reduce_sum(g, every), reduce_sum(inside, every))


define(Primitive("pad", _pad_infer, _pad_rows, _pad_gradient, kind="shape"))


def pad(
    x: Any,
    value: Any,
    low: Sequence[int],
    high: Sequence[int],
    interior: Sequence[int] | None = None,
) -> Tensor:
    """`x` with `value` (a scalar) before, after and between the entries of each axis."""
    x = as_tensor(x)
    interior = tuple(interior) if interior is not None else (0,) * len(low)
    if not any((*low, *high, *interior)):
        return x
    return apply("pad", x, value, low=tuple(low), high=tuple(high), interior=interior)
