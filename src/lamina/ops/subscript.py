"""x[key], with NumPy's meaning: whole numbers, slices, None, ..., index tensors, eager masks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lamina.errors import ArgumentError, ShapeError, ValueSizeError
from lamina.graph.tensor import Array, Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.primitives.elementwise import broadcast_shapes
from lamina.ops.public import public

__all__ = ["get_item", "getitem"]

WHERE = "a tensor index"


class OutsideAxisError(ShapeError, IndexError):
    """A whole number that points outside an axis."""


@dataclass
class _Plan:
    """What a key asks for, axis by axis.

    Attributes:
        bounds: (start, limit, stride) for each axis; flips: axes to turn round afterwards.
        dropped: axes that a whole number removes.
        picks: (axis, index tensor, place among the keys) of the index tensors.
        new: places of new axes, in the result of slicing.
        dots: the place of ..., which parts index tensors even where it stands for no axis.
    """

    bounds: list[tuple[int, int, int]] = field(default_factory=list)
    flips: list[int] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    picks: list[tuple[int, Tensor, int]] = field(default_factory=list)
    new: list[int] = field(default_factory=list)
    dots: int | None = None


@public
def getitem(x: Any, key: Any) -> Tensor:
    """x[key] as NumPy has it; places of index tensors beyond an axis are clamped to it."""
    x = as_tensor(x)
    keys = _expanded(list(key) if isinstance(key, tuple) else [key], x.ndim)
    plan = _planned(keys, shape_of(x))
    starts, limits, strides = zip(*plan.bounds, strict=True) if plan.bounds else ((), (), ())
    y = p.flip(p.slice_(x, starts, limits, strides), plan.flips)
    if plan.picks:
        return _picked(y, plan)
    sizes = [n for axis, n in enumerate(shape_of(y)) if axis not in plan.dropped]
    return p.reshape(y, _with_new(sizes, plan.new))


get_item = getitem


def _with_new(sizes: Sequence[int], places: Sequence[int]) -> list[int]:
    full = list(sizes)
    for place in places:
        full.insert(place, 1)
    return full


def _is_whole(k: Any) -> bool:
    return isinstance(k, int | np.integer) and not isinstance(k, bool)


def _expanded(keys: list[Any], rank: int) -> list[Any]:
    """Keys without masks: one for each axis, None for a new one, ... before what it stands for."""
    plain: list[Any] = []
    for k in keys:
        if k is None or k is Ellipsis or isinstance(k, slice) or _is_whole(k):
            plain.append(k)
        else:
            plain.extend(_index_tensors(k))
    used = sum(k is not None and k is not Ellipsis for k in plain)
    dots = [i for i, k in enumerate(plain) if k is Ellipsis]
    if len(dots) > 1:
        raise ArgumentError(WHERE, "takes one ... only", repr(keys)[:80], "leave one out")
    if used > rank:
        raise ShapeError(
            WHERE, f"has more entries than the tensor's {rank} axes", repr(keys)[:80],
            "leave some out",
        )  # fmt: skip
    at = dots[0] if dots else len(plain)
    return plain[: at + 1] + [slice(None)] * (rank - used) + plain[at + 1 :]


def _index_tensors(k: Any) -> list[Tensor]:
    """An index tensor, or one for each axis of a mask."""
    index = as_tensor(k)
    if index.dtype != "bool":
        return [index]
    if not isinstance(index, Array):
        raise ValueSizeError(
            WHERE, "cannot be a mask while a graph is traced: the size is not known", repr(index),
            "use ops.where, or multiply by the mask",
        )  # fmt: skip
    return [as_tensor(places.astype("int32")) for places in np.nonzero(index.value)]


def _planned(keys: Sequence[Any], sizes: Sequence[int]) -> _Plan:
    plan = _Plan()
    several = any(isinstance(k, Tensor) for k in keys)
    axis = 0
    for place, k in enumerate(keys):
        if k is Ellipsis:
            plan.dots = place
            continue
        if k is None:
            earlier = (plan.dots is not None) + (0 if several else len(plan.dropped))
            plan.new.append(place - earlier)
            continue
        bounds = (0, sizes[axis], 1)
        if isinstance(k, slice):
            bounds = _slice_bounds(k, sizes[axis], axis, plan)
        elif isinstance(k, Tensor):
            plan.picks.append((axis, k, place))
        else:
            first = _inside(int(k), sizes[axis], axis)
            bounds = (first, first + 1, 1)
            plan.dropped.append(axis)
            if several:
                plan.picks.append((axis, as_tensor(0), place))
        plan.bounds.append(bounds)
        axis += 1
    return plan


def _slice_bounds(k: slice, size: int, axis: int, plan: _Plan) -> tuple[int, int, int]:
    first, stop, step = k.indices(size)
    count = len(range(first, stop, step))
    if step > 0:
        return first, max(first, stop), step
    plan.flips.append(axis)
    if count == 0:
        return 0, 0, 1
    return first + (count - 1) * step, first + 1, -step


def _inside(k: int, size: int, axis: int) -> int:
    if not -size <= k < size:
        raise OutsideAxisError(
            WHERE, f"points outside axis {axis} of size {size}", str(k),
            f"choose from {-size} to {size - 1}" if size else "give the axis an entry",
        )  # fmt: skip
    return k % size


def _picked(y: Tensor, plan: _Plan) -> Tensor:
    """The entries that index tensors name together; their axes take the place of the first.

    If something stands between them, NumPy puts their axes first.
    """
    axes = [axis for axis, _, _ in plan.picks]
    places = [place for _, _, place in plan.picks]
    together = places == list(range(places[0], places[0] + len(places)))
    index, lead = _joined(y, plan.picks)
    rest = [axis for axis in range(y.ndim) if axis not in axes]
    at = axes[0] if together else 0
    if axes != list(range(at, at + len(axes))):
        y = p.transpose(y, [*rest[:at], *axes, *rest[at:]])
    sizes = shape_of(y)
    if len(axes) > 1:
        count = int(np.prod(sizes[at : at + len(axes)], dtype="int64"))
        y = p.reshape(y, (*sizes[:at], count, *sizes[at + len(axes) :]))
    y = p.gather(y, index, at)
    if not plan.new:
        return y
    ranks = [place - (plan.dots is not None and place > plan.dots) for place in places]
    new = [
        n - sum(rank < n for rank in ranks) + (len(lead) if n > ranks[0] or not together else 0)
        for n in plan.new
    ]
    return p.reshape(y, _with_new(shape_of(y), new))


def _joined(y: Tensor, picks: Sequence[tuple[int, Tensor, int]]) -> tuple[Tensor, tuple[int, ...]]:
    """One index into the picked axes taken as one, and its shape."""
    lead = broadcast_shapes("getitem", [shape_of(k) for _, k, _ in picks])
    if len(picks) == 1:
        return picks[0][1], lead
    flat: Tensor = p.fill((), 0, "int32")
    for axis, k, _ in picks:
        size = shape_of(y)[axis]
        k = p.cast(k, "int32")
        k = p.select(p.lt(k, 0), p.add(k, size), k)
        k = p.min_(p.max_(k, 0), size - 1)
        flat = p.add(p.mul(flat, size), k)
    return flat, lead
