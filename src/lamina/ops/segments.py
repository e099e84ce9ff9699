"""Reductions over segments: entries with one number belong together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.errors import ArgumentError, ShapeError, ValueSizeError
from lamina.graph import dtypes
from lamina.graph.tensor import Array, Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.public import public

__all__ = ["segment_max", "segment_min", "segment_prod", "segment_sum"]


def _checked(
    name: str, data: Any, segment_ids: Any, num_segments: Any
) -> tuple[Tensor, Tensor, int]:
    x, ids = as_tensor(data), as_tensor(segment_ids)
    if ids.ndim != 1 or x.ndim < 1 or shape_of(x)[0] != shape_of(ids)[0]:
        raise ShapeError(
            f"ops.{name}", "needs one segment number for each slice of data",
            f"segment_ids {shape_of(ids)} for data {shape_of(x)}", "pass a vector of that length",
        )  # fmt: skip
    if not dtypes.is_integer(ids.dtype):
        raise ArgumentError(f"ops.{name}", "numbers segments by whole numbers", ids.dtype, "cast")
    if num_segments is not None:
        return x, ids, int(num_segments)
    if not isinstance(ids, Array):
        raise ValueSizeError(
            f"ops.{name}", "has a size that depends on values", repr(ids), "pass num_segments="
        )
    return x, ids, int(ids.value.max(initial=-1)) + 1


def _wide(flags: Tensor, x: Tensor) -> Tensor:
    """One flag a slice, in a shape that broadcasts against x."""
    return p.reshape(flags, (*shape_of(flags), *[1] * (x.ndim - 1)))


@public
def segment_sum(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """y_s = the sum of data_i with segment_ids_i = s, along axis 0; numbers outside are dropped.

    Args:
        num_segments: how many there are; by default max(segment_ids) + 1, of eager ids only.
        sorted: says that the ids rise; it changes nothing but speed.
    """
    x, ids, count = _checked("segment_sum", data, segment_ids, num_segments)
    inside = p.logical_and(p.ge(ids, 0), p.lt(ids, count))
    kept = p.select(_wide(inside, x), x, as_tensor(0, x.dtype))
    return p.scatter_add(p.fill((count, *shape_of(x)[1:]), 0, x.dtype), ids, kept, 0)


def reduce_segments(
    x: Tensor, ids: Tensor, count: int, combine: Callable[..., Tensor], neutral: Any
) -> Tensor:
    """Each segment's entries combined by an associative function; `neutral` for an empty one.

    The entries are sorted by segment; then distances double, so that after log2(n) rounds the
    last entry of every segment holds all of it (Hillis & Steele 1986).
    """
    n = shape_of(ids)[0]
    empty = p.fill((count, *shape_of(x)[1:]), neutral, x.dtype)
    if n == 0 or count == 0:
        return empty
    order = p.argsort(ids, 0)
    ids, x = p.gather(ids, order, 0), p.gather(x, order, 0)
    distance = 1
    while distance < n:
        same = p.eq(p.part(ids, 0, distance, n), p.part(ids, 0, 0, n - distance))
        after, before = p.part(x, 0, distance, n), p.part(x, 0, 0, n - distance)
        joined = p.select(_wide(same, x), combine(after, before), after)
        x = p.concatenate([p.part(x, 0, 0, distance), joined], 0)
        distance *= 2
    numbers = p.iota((count, 1), 0, ids.dtype)
    upto = p.reduce_sum(p.cast(p.le(ids, numbers), "int32"), (1,))
    below = p.reduce_sum(p.cast(p.lt(ids, numbers), "int32"), (1,))
    last = p.gather(x, p.max_(p.sub(upto, 1), 0), 0)
    return p.select(_wide(p.gt(upto, below), x), last, empty)


def _segments(
    name: str, combine: Callable[..., Tensor], neutral: Callable[[str], Any], word: str
) -> Callable[..., Any]:
    def function(
        data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
    ) -> Tensor:
        x, ids, count = _checked(name, data, segment_ids, num_segments)
        return reduce_segments(x, ids, count, combine, neutral(x.dtype))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"The {word} of each segment along axis 0, as `segment_sum` has them."
    return public(function)


segment_max = _segments("segment_max", p.max_, dtypes.lowest, "largest entry")
segment_min = _segments("segment_min", p.min_, dtypes.highest, "smallest entry")
segment_prod = _segments("segment_prod", p.mul, lambda dtype: 1, "product")
