"""Indexing: taking entries out, putting entries in."""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.errors import ArgumentError, ShapeError, TraceError
from lamina.graph import dtypes
from lamina.graph.tensor import Array, Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.public import axis_of, cast_to, promoted, public


def index(x: Tensor, key: Any) -> Tensor:
    """x[key] as NumPy has it."""
    keys = list(key) if isinstance(key, tuple) else [key]
    keys = _without_ellipsis(keys, x.ndim)
    starts, limits, strides, flips, dropped, new, gathers = [], [], [], [], [], [], []
    axis = place = 0
    for k in keys:
        if k is None:
            new.append(place)
            place += 1
            continue
        size = shape_of(x)[axis]
        first, stop, step = 0, size, 1
        if isinstance(k, builtins.slice):
            first, stop, step = k.indices(size)
            if step < 0:
                count = len(range(first, stop, step))
                first, stop, step = first + (count - 1) * step, first + 1, -step
                first, stop = (0, 0) if count == 0 else (first, stop)
                flips.append(axis)
            stop = max(first, stop)
            place += 1
        elif isinstance(k, int | np.integer) and not isinstance(k, bool):
            first = _inside(int(k), size, axis)
            stop = first + 1
            dropped.append(axis)
        else:
            gathers.append((axis, place, k))
            place += 1
        starts.append(first)
        limits.append(stop)
        strides.append(step)
        axis += 1
    y = p.flip(p.slice_(x, starts, limits, strides), flips)
    if len(gathers) > 1:
        return _several(x, y, gathers, keys)
    for axis, _, k in gathers:
        y = _taken(y, k, axis)
    kept = [n for i, n in enumerate(shape_of(y)) if i not in dropped or gathers]
    if gathers and dropped:
        raise ArgumentError(
            "a tensor index", "mixes whole numbers with an index tensor", repr(keys),
            "index in two steps",
        )  # fmt: skip
    for position in new:
        kept.insert(position, 1)
    return p.reshape(y, kept)


def _several(x: Tensor, y: Tensor, gathers: list[Any], keys: list[Any]) -> Tensor:
    """Index tensors along the leading axes together: x[i, j]."""
    axes = [axis for axis, _, _ in gathers]
    plain = [k for k in keys if isinstance(k, builtins.slice) and k != builtins.slice(None)]
    if axes != list(range(len(axes))) or plain or any(k is None for k in keys):
        raise ArgumentError(
            "a tensor index", "takes several index tensors along the first axes only", repr(keys),
            "move these axes to the front, or use ops.take",
        )  # fmt: skip
    sizes = shape_of(x)
    indices = promoted(*(as_tensor(k) for _, _, k in gathers))
    flat = p.fill((), 0, indices[0].dtype)
    for axis, k in zip(axes, indices, strict=True):
        k = p.select(p.lt(k, 0), p.add(k, sizes[axis]), k)
        flat = p.add(p.mul(flat, sizes[axis]), k)
    count = math.prod(sizes[: len(axes)])
    return p.gather(p.reshape(y, (count, *sizes[len(axes) :])), flat, 0)


def _without_ellipsis(keys: list[Any], rank: int) -> list[Any]:
    used = sum(k is not None and k is not Ellipsis for k in keys)
    if used > rank:
        raise ShapeError(
            "a tensor index", f"has more entries than the tensor's {rank} axes", repr(keys)[:80],
            "leave some out",
        )  # fmt: skip
    dots = [i for i, k in enumerate(keys) if k is Ellipsis]
    if len(dots) > 1:
        raise ArgumentError("a tensor index", "takes one ... only", repr(keys), "leave one out")
    at = dots[0] if dots else len(keys)
    return keys[:at] + [builtins.slice(None)] * (rank - used) + keys[at + 1 :]


def _inside(k: int, size: int, axis: int) -> int:
    if not -size <= k < size:
        raise OutsideAxisError(k, size, axis)
    return k % size


class OutsideAxisError(ShapeError, IndexError):
    """A whole number that points outside an axis."""

    def __init__(self, *args: Any) -> None:
        if len(args) == 4:
            super().__init__(*args)
        else:
            k, size, axis = args
            super().__init__(
                "a tensor index", f"points outside axis {axis} of size {size}", str(k),
                f"choose from {-size} to {size - 1}",
            )  # fmt: skip


def _taken(y: Tensor, k: Any, axis: int) -> Tensor:
    k = as_tensor(k)
    if k.dtype == "bool":
        if not isinstance(k, Array):
            raise TraceError(
                "a tensor index", "cannot be a mask while a graph is traced: its size is not known",
                repr(k), "use ops.where, or multiply by the mask",
            )  # fmt: skip
        k = as_tensor(np.nonzero(k.value)[0].astype("int32"))
    return p.gather(y, k, axis)


@public
def take(x: Any, indices: Any, axis: int | None = None) -> Tensor:
    """Whole slices of x by their places along an axis (of the flat tensor by default).

    Negative places count from the end; places beyond it are clamped to the last.
    """
    x, indices = as_tensor(x), as_tensor(indices)
    if dtypes.is_float(indices.dtype) or indices.dtype == "bool":
        indices = p.cast(indices, "int32")
    if axis is None:
        return p.gather(p.reshape(x, (math.prod(shape_of(x)),)), indices, 0)
    return p.gather(x, indices, axis_of("take", axis, x.ndim))


@public
def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> Tensor:
    """One entry for each index: y[i, j] = x[i, indices[i, j]] along `axis`."""
    x, indices = as_tensor(x), as_tensor(indices)
    if axis is None:
        x = p.reshape(x, (math.prod(shape_of(x)),))
        return p.gather(x, p.reshape(indices, (math.prod(shape_of(indices)),)), 0)
    place = axis_of("take_along_axis", axis, x.ndim)
    if x.ndim != indices.ndim:
        raise ShapeError(
            "ops.take_along_axis", "needs as many axes in both",
            f"{shape_of(x)} and {shape_of(indices)}", "expand the indices",
        )  # fmt: skip
    meet = np.broadcast_shapes(
        *(tuple(1 if i == place else n for i, n in enumerate(shape_of(t))) for t in (x, indices))
    )
    x, indices = (
        p.broadcast_to(
            t, [tuple(t.shape)[i] if i == place or n == shape_of(t)[i] else n
                for i, n in enumerate(meet)],
        )
        for t in (x, indices)
    )  # fmt: skip
    return p.gather_along(x, indices, place)


@public
def one_hot(
    x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False
) -> Tensor:
    """1 at the place that x names along a new axis, 0 elsewhere; all 0 for places outside."""
    if sparse:
        raise ArgumentError("ops.one_hot", "makes dense tensors", "sparse=True", "leave it out")
    x = as_tensor(x)
    place = axis_of("one_hot", axis, x.ndim + 1)
    sizes = list(shape_of(x))
    x = p.cast(x, "int32") if not dtypes.is_integer(x.dtype) else x
    places = p.iota(
        [num_classes if i == place else 1 for i in range(len(sizes) + 1)], place, x.dtype
    )
    spread = p.reshape(x, [*sizes[:place], 1, *sizes[place:]])
    return p.cast(p.eq(spread, places), dtypes.standard(dtype))


@public
def multi_hot(
    inputs: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False
) -> Tensor:
    """1 at every place that a row names, 0 elsewhere."""
    x = as_tensor(inputs)
    reduce = 1 if x.ndim > 1 else 0
    hot = as_tensor(one_hot(x, num_classes, axis, dtype, sparse))
    return p.reduce_max(hot, (reduce,))


@public
def nonzero(x: Any) -> list[Tensor]:
    """The places of entries that are not zero, one int32 tensor an axis. Eager tensors only."""
    x = as_tensor(x)
    if not isinstance(x, Array):
        raise TraceError(
            "ops.nonzero", "has a result whose size depends on values", repr(x),
            "use ops.where(condition, x1, x2), or multiply by a mask",
        )  # fmt: skip
    return [as_tensor(places.astype("int32")) for places in np.nonzero(x.value)]


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


def _flat_places(indices: Any, shape: Sequence[int]) -> Tensor:
    """Row-major places of indices (n, k) into the first k axes of a shape."""
    indices = as_tensor(indices)
    depth = shape_of(indices)[-1]
    places = p.fill((), 0, indices.dtype)
    for axis in range(depth):
        column = p.slice_(
            indices, [0] * (indices.ndim - 1) + [axis], [*shape_of(indices)[:-1], axis + 1]
        )
        places = p.add(p.mul(places, int(shape[axis])), p.reshape(column, shape_of(indices)[:-1]))
    return places


@public
def scatter(indices: Any, values: Any, shape: Sequence[int]) -> Tensor:
    """Zeros of this shape with values added at indices (n, k)."""
    values = as_tensor(values)
    sizes = tuple(int(n) for n in shape)
    places = _flat_places(indices, sizes)
    depth = shape_of(as_tensor(indices))[-1]
    target = p.fill((math.prod(sizes[:depth]), *sizes[depth:]), 0, values.dtype)
    return p.reshape(p.scatter_add(target, places, values, 0), sizes)


@public
def scatter_update(inputs: Any, indices: Any, updates: Any, reduction: Any = None) -> Tensor:
    """x with entries at indices (n, k) replaced, or added to with reduction="add"."""
    x = as_tensor(inputs)
    updates = cast_to(updates, x.dtype)
    sizes = shape_of(x)
    depth = shape_of(as_tensor(indices))[-1]
    places = _flat_places(indices, sizes)
    flat = p.reshape(x, (math.prod(sizes[:depth]), *sizes[depth:]))
    if reduction is None:
        # The last of several updates of one place wins: the others add nothing.
        order = p.iota(shape_of(places), 0, "int32")
        last = p.fill((shape_of(flat)[0],), -1, "int32")
        last = _scatter_max(last, places, order)
        wins = p.eq(p.gather(last, places, 0), order)
        wide = p.reshape(wins, (*shape_of(wins), *[1] * (updates.ndim - wins.ndim)))
        touched = p.ge(last, 0)
        mask = p.reshape(touched, (*shape_of(touched), *[1] * (flat.ndim - 1)))
        exact = p.scatter_add(p.zeros_like(flat), places, p.select(wide, updates, 0), 0)
        return p.reshape(p.select(mask, exact, flat), sizes)
    if reduction != "add":
        raise ArgumentError(
            "ops.scatter_update", "does not know this reduction", repr(reduction), "use 'add'"
        )
    return p.reshape(p.scatter_add(flat, places, updates, 0), sizes)


def _scatter_max(target: Tensor, places: Tensor, values: Tensor) -> Tensor:
    """The largest of the values that fall on each place; `target` where none does."""
    count = shape_of(target)[0]
    hits = p.eq(p.reshape(places, (shape_of(places)[0], 1)), p.iota((1, count), 1, places.dtype))
    column = p.reshape(values, (shape_of(values)[0], 1))
    spread = p.select(hits, p.broadcast_to(column, shape_of(hits)), -1)
    return p.max_(target, p.reduce_max(spread, (0,)))
