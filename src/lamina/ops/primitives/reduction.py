"""Reductions over axes. `axes` is a sorted tuple; `keepdims` keeps them with size 1.

Absent rows of a partial batch are filled with the value that is neutral to the reduction.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from lamina.errors import ShapeError
from lamina.graph import dtypes
from lamina.graph.node import Aval, Rows
from lamina.graph.tensor import Tensor
from lamina.ops.dispatch import apply, as_tensor, shape_of
from lamina.ops.primitive import Attrs, Cotangent, Masking, Primitive, Reverse, define
from lamina.ops.primitives.elementwise import ANY, NUMERIC, cast, check_dtypes, div, eq, mul

Axes = Sequence[int]


def reduced(shape: tuple[int, ...], axes: Axes, keepdims: bool) -> tuple[int, ...]:
    """The shape that is left when `axes` are reduced."""
    if keepdims:
        return tuple(1 if i in axes else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in axes)


def rows_left(rows: Rows, axes: Axes, keepdims: bool) -> Rows:
    """Rows whose axis is not reduced, in the reduced shape."""
    return rows if keepdims else Rows(rows.axis - sum(a < rows.axis for a in axes), rows.each)


def restore(y: Tensor, x: Tensor, axes: Axes) -> Tensor:
    """A reduction's value with its axes back, of size 1."""
    from lamina.ops.primitives.shaping import reshape

    return reshape(y, reduced(shape_of(x), axes, keepdims=True))


def _define(
    name: str,
    legal: Sequence[str],
    neutral: Callable[[str], Any],
    rule: Callable[[Tensor, Tensor, Tensor, Axes], Tensor] | None,
    result: str | None = None,
) -> Callable[..., Tensor]:
    public = name.removeprefix("reduce_")

    def infer(avals: Sequence[Aval], attrs: Attrs) -> list[Aval]:
        x = avals[0]
        check_dtypes(public, avals, legal)
        empty = 0 in [x.shape[a] for a in attrs["axes"]]
        if empty and name not in ("reduce_sum", "reduce_prod", "reduce_any", "reduce_all"):
            raise ShapeError(
                f"ops.{public}", "of no elements has no value", f"shape {x.shape}",
                "reduce an axis that is not empty",
            )  # fmt: skip
        return [Aval(reduced(x.shape, attrs["axes"], attrs["keepdims"]), result or x.dtype)]

    def rows(masking: Masking) -> list[Rows | None]:
        found, axes = masking.rows(), masking.attrs["axes"]
        if found is None or found.axis not in axes:
            return [found and rows_left(found, axes, masking.attrs["keepdims"])]
        masking.fill(0, neutral(masking.inputs[0].dtype))
        return [None]

    def gradient(r: Reverse) -> Sequence[Cotangent]:
        if rule is None or not dtypes.is_float(r.x[0].dtype):
            return (None,)
        axes, x = r.attrs["axes"], r.x[0]
        assert r.g[0] is not None
        return (rule(restore(r.g[0], x, axes), restore(r.y[0], x, axes), x, axes),)

    define(Primitive(name, infer, rows, gradient, kind="reduction"))

    def function(x: Any, axes: Axes, keepdims: bool = False) -> Tensor:
        return apply(name, as_tensor(x), axes=tuple(sorted(axes)), keepdims=keepdims)

    function.__name__ = name
    function.__doc__ = f"The primitive `{name}` over sorted axes."
    return function


def _spread(g: Tensor, y: Tensor, x: Tensor, axes: Axes) -> Tensor:
    from lamina.ops.primitives.shaping import broadcast_to

    return broadcast_to(g, tuple(x.shape))


def _extreme(g: Tensor, y: Tensor, x: Tensor, axes: Axes) -> Tensor:
    """Equal extremes share the cotangent evenly, as in JAX."""
    chosen = cast(eq(x, y), x.dtype)
    return div(mul(g, chosen), reduce_sum(chosen, axes, keepdims=True))


def _product(g: Tensor, y: Tensor, x: Tensor, axes: Axes) -> Tensor:
    """The product of all the others, without dividing: what stands before times what stands
    after.
    """
    from lamina.ops.primitives.ordering import cumprod
    from lamina.ops.primitives.shaping import fill, flip, pad, reshape, slice_, transpose

    shape = shape_of(x)
    kept = [i for i in range(len(shape)) if i not in axes]
    perm = [*kept, *axes]
    count = math.prod(shape[a] for a in axes)
    rest = tuple(shape[i] for i in kept)
    if count == 0 or 0 in rest:
        return fill(shape, 0, x.dtype)
    flat = reshape(transpose(x, perm), (*rest, count))
    last = len(rest)
    one_before = ([0] * last + [1], [0] * (last + 1))

    def exclusive(v: Tensor) -> Tensor:
        shifted = pad(slice_(v, [0] * (last + 1), (*rest, count - 1)), 1.0, *one_before)
        return cumprod(shifted, last)

    others = mul(exclusive(flat), flip(exclusive(flip(flat, [last])), [last]))
    back = sorted(range(len(perm)), key=perm.__getitem__)
    return mul(g, transpose(reshape(others, [shape[i] for i in perm]), back))


reduce_sum = _define("reduce_sum", NUMERIC, lambda dtype: 0, _spread)
reduce_max = _define("reduce_max", ANY, dtypes.lowest, _extreme)
reduce_min = _define("reduce_min", ANY, dtypes.highest, _extreme)
reduce_prod = _define("reduce_prod", NUMERIC, lambda dtype: 1, _product)
reduce_any = _define("reduce_any", ("bool",), lambda dtype: False, None)
reduce_all = _define("reduce_all", ("bool",), lambda dtype: True, None)


def _define_position(name: str, neutral: Callable[[str], Any]) -> Callable[..., Tensor]:
    def infer(avals: Sequence[Aval], attrs: Attrs) -> list[Aval]:
        shape, axes = avals[0].shape, attrs["axes"]
        if 0 in [shape[a] for a in axes]:
            raise ShapeError(
                f"ops.{name}", "of no elements has no value", f"shape {shape}",
                "choose an axis that is not empty",
            )  # fmt: skip
        return [Aval(reduced(shape, axes, keepdims=False), "int32")]

    def rows(masking: Masking) -> list[Rows | None]:
        found, axes = masking.rows(), masking.attrs["axes"]
        if found is None or found.axis not in axes:
            return [found and rows_left(found, axes, keepdims=False)]
        if found.axis != axes[0]:
            masking.exact("a place among several axes counts the rows of the batch")
        masking.fill(0, neutral(masking.inputs[0].dtype))
        return [None]

    define(Primitive(name, infer, rows, lambda r: (None,), kind="position"))

    def function(x: Any, axis: int | Axes) -> Tensor:
        axes = (axis,) if isinstance(axis, int) else tuple(sorted(axis))
        return apply(name, as_tensor(x), axes=axes)

    function.__name__ = name
    function.__doc__ = (
        f"The first place of the extreme along `axis`, row-major in several (`{name}`), int32; "
        "NaN wins."
    )
    return function


argmax = _define_position("argmax", dtypes.lowest)
argmin = _define_position("argmin", dtypes.highest)
