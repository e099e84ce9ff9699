"""Blocks and entries put into tensors, and blocks taken out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from lamina.errors import ArgumentError, ShapeError
from lamina.graph import dtypes
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.public import cast_to, public
from lamina.ops.segments import reduce_segments

__all__ = ["scatter", "scatter_update", "slice", "slice_update"]


@public
def slice(inputs: Any, start_indices: Any, shape: Sequence[int]) -> Tensor:
    """The block of this shape that begins at `start_indices`, moved inside where it reaches out."""
    x = as_tensor(inputs)
    return p.dynamic_slice(x, _starts(start_indices, x.ndim), tuple(shape))


@public
def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Tensor:
    """x with the block at `start_indices` replaced."""
    x = as_tensor(inputs)
    return p.dynamic_update_slice(x, cast_to(updates, x.dtype), _starts(start_indices, x.ndim))


def _starts(given: Any, rank: int) -> list[Any]:
    if isinstance(given, Tensor):
        flat = p.cast(given, "int32")
        return [p.reshape(p.slice_(flat, [i], [i + 1]), ()) for i in range(rank)]
    return [p.cast(as_tensor(start), "int32") for start in given]


def _places(name: str, indices: Any, sizes: Sequence[int]) -> tuple[Tensor, Tensor, int]:
    """Row-major places of indices (..., k) into the first k axes, which lie inside, and k.

    Negative indices count from the end; the place of one outside is that of entry 0.
    """
    indices = as_tensor(indices)
    depth = shape_of(indices)[-1] if indices.ndim else 0
    if not dtypes.is_integer(indices.dtype) or not 0 < depth <= len(sizes):
        raise ShapeError(
            f"ops.{name}", "needs whole indices whose last axis names axes of the tensor",
            f"{indices.dtype}{list(shape_of(indices))} into {tuple(sizes)}",
            "pass indices of shape (n, k)",
        )  # fmt: skip
    lead = shape_of(indices)[:-1]
    count = math.prod(lead)
    flat, inside = p.fill((count,), 0, "int32"), p.fill((count,), True, "bool")
    rows = p.cast(p.reshape(indices, (count, depth)), "int32")
    for axis in range(depth):
        column = p.reshape(p.slice_(rows, [0, axis], [count, axis + 1]), (count,))
        column = p.select(p.lt(column, 0), p.add(column, int(sizes[axis])), column)
        fits = p.logical_and(p.ge(column, 0), p.lt(column, int(sizes[axis])))
        inside = p.logical_and(inside, fits)
        flat = p.add(p.mul(flat, int(sizes[axis])), column)
    return p.select(inside, flat, 0), inside, depth


@public
def scatter(indices: Any, values: Any, shape: Sequence[int]) -> Tensor:
    """Zeros of this shape with values added at indices (..., k); indices outside are left out."""
    values = as_tensor(values)
    sizes = tuple(int(n) for n in shape)
    return _added(p.fill(sizes, 0, values.dtype), indices, values, "scatter")


def _added(x: Tensor, indices: Any, updates: Tensor, name: str) -> Tensor:
    sizes = shape_of(x)
    places, inside, depth = _places(name, indices, sizes)
    rest = sizes[depth:]
    rows = _updates(name, updates, shape_of(as_tensor(indices))[:-1], rest)
    kept = p.select(_wide(inside, rest), rows, as_tensor(0, x.dtype))
    flat = p.reshape(x, (math.prod(sizes[:depth]), *rest))
    return p.reshape(p.scatter_add(flat, places, kept, 0), sizes)


def _updates(name: str, updates: Tensor, lead: Sequence[int], rest: Sequence[int]) -> Tensor:
    """One slice an index: (n, *rest)."""
    if updates.ndim > len(lead) + len(rest):
        raise ShapeError(
            f"ops.{name}", "needs one update an index", f"{shape_of(updates)}",
            f"pass updates of shape {(*lead, *rest)}",
        )  # fmt: skip
    return p.reshape(p.broadcast_to(updates, (*lead, *rest)), (math.prod(lead), *rest))


def _wide(flags: Tensor, rest: Sequence[int]) -> Tensor:
    return p.reshape(flags, (*shape_of(flags), *[1] * len(rest)))


_COMBINE: dict[str, tuple[Callable[..., Tensor], Callable[[str], Any]]] = {
    "max": (p.max_, dtypes.lowest),
    "min": (p.min_, dtypes.highest),
    "mul": (p.mul, lambda dtype: 1),
}


@public
def scatter_update(inputs: Any, indices: Any, updates: Any, reduction: Any = None) -> Tensor:
    """x with entries at indices (..., k) replaced; the last update of a place wins.

    Args:
        reduction: "add", "max", "min" or "mul" combine the updates with what is there instead.
    """
    x = as_tensor(inputs)
    updates = cast_to(updates, x.dtype)
    if reduction == "add":
        return _added(x, indices, updates, "scatter_update")
    if reduction is not None and reduction not in _COMBINE:
        raise ArgumentError(
            "ops.scatter_update", "does not know this reduction", repr(reduction),
            f"use None, 'add' or one of {', '.join(_COMBINE)}",
        )  # fmt: skip
    sizes = shape_of(x)
    places, inside, depth = _places("scatter_update", indices, sizes)
    rest, count = sizes[depth:], math.prod(sizes[:depth])
    rows = _updates("scatter_update", updates, shape_of(as_tensor(indices))[:-1], rest)
    # Segment `count` collects the updates that lie outside.
    places = p.select(inside, places, count)
    flat = p.reshape(x, (count, *rest))
    if reduction is None:
        return p.reshape(_replaced(flat, places, rows, count), sizes)
    combine, neutral = _COMBINE[reduction]
    parts = reduce_segments(rows, places, count + 1, combine, neutral(x.dtype))
    return p.reshape(combine(flat, p.part(parts, 0, 0, count)), sizes)


def _replaced(flat: Tensor, places: Tensor, rows: Tensor, count: int) -> Tensor:
    """The rows of `flat` that are named, taken from the last update that names them."""
    n = shape_of(places)[0]
    if n == 0:
        return flat
    order = p.iota((n,), 0, "int32")
    last = reduce_segments(order, places, count + 1, p.max_, -1)
    last = p.part(last, 0, 0, count)
    chosen = p.gather(rows, p.max_(last, 0), 0)
    return p.select(_wide(p.ge(last, 0), shape_of(flat)[1:]), chosen, flat)
