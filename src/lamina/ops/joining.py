"""Tensors put together, and taken apart again."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from lamina.errors import ArgumentError, ShapeError
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.public import axis_of, promoted, public
from lamina.ops.shaping import expand_dims, squeeze

__all__ = [
    "append", "array_split", "concatenate", "dsplit", "dstack", "hsplit", "hstack", "split",
    "stack", "unstack", "vsplit", "vstack",
]  # fmt: skip


@public
def concatenate(xs: Sequence[Any], axis: int = 0) -> Tensor:
    """The tensors one after another along `axis`, in the dtype in which they meet."""
    tensors = _several("concatenate", xs)
    return p.concatenate(tensors, axis_of("concatenate", axis, tensors[0].ndim))


@public
def stack(x: Sequence[Any], axis: int = 0) -> Tensor:
    """The tensors along a new axis."""
    tensors = _several("stack", x)
    place = axis_of("stack", axis, tensors[0].ndim + 1)
    return p.concatenate([as_tensor(expand_dims(t, place)) for t in tensors], place)


def _several(name: str, xs: Sequence[Any]) -> list[Tensor]:
    if len(xs) == 0:
        raise ArgumentError(f"ops.{name}", "needs a tensor", "an empty list", "pass one")
    return promoted(*xs)


@public
def append(x1: Any, x2: Any, axis: int | None = None) -> Tensor:
    """x2 after x1 along an axis; both flat by default."""
    a, b = promoted(x1, x2)
    if axis is None:
        return p.concatenate([p.reshape(x, (math.prod(shape_of(x)),)) for x in (a, b)], 0)
    return p.concatenate([a, b], axis_of("append", axis, a.ndim))


@public
def hstack(xs: Sequence[Any]) -> Tensor:
    """Joined along axis 1, vectors along axis 0."""
    tensors = [p.reshape(t, (1,)) if t.ndim == 0 else t for t in _several("hstack", xs)]
    return p.concatenate(tensors, 0 if tensors[0].ndim == 1 else 1)


@public
def vstack(xs: Sequence[Any]) -> Tensor:
    """Joined along axis 0, vectors as rows."""
    return p.concatenate([_at_least(t, 2, 0) for t in _several("vstack", xs)], 0)


@public
def dstack(xs: Sequence[Any]) -> Tensor:
    """Joined along axis 2: vectors as (1, n, 1), matrices as (n, m, 1)."""
    return p.concatenate([_at_least(_at_least(t, 2, 0), 3, 2) for t in _several("dstack", xs)], 2)


def _at_least(x: Tensor, rank: int, axis: int) -> Tensor:
    """New axes of size 1 at a place until the rank is reached."""
    while x.ndim < rank:
        sizes = list(shape_of(x))
        sizes.insert(min(axis, x.ndim), 1)
        x = p.reshape(x, sizes)
    return x


@public
def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    """Parts along an axis: so many equal ones, or cut before the given places."""
    x = as_tensor(x)
    place = axis_of("split", axis, x.ndim)
    size = shape_of(x)[place]
    if isinstance(indices_or_sections, int | np.integer):
        parts = int(indices_or_sections)
        if parts < 1 or size % parts:
            raise ShapeError(
                "ops.split", "needs parts of equal size", f"{size} entries in {parts} parts",
                "pass the places to cut at",
            )  # fmt: skip
        cuts = [size // parts * i for i in range(1, parts)]
    else:
        given = [int(cut) for cut in np.asarray(indices_or_sections)]
        cuts = [cut % size if cut < 0 else min(cut, size) for cut in given]
    bounds = [0, *cuts, size]
    return [p.part(x, place, a, max(a, b)) for a, b in pairwise(bounds)]


@public
def array_split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    """As `split`, but the parts may differ by one entry."""
    if not isinstance(indices_or_sections, int):
        return split(x, indices_or_sections, axis)
    x = as_tensor(x)
    size = shape_of(x)[axis_of("array_split", axis, x.ndim)]
    base, extra = divmod(size, indices_or_sections)
    sizes = [base + (i < extra) for i in range(indices_or_sections)]
    return split(x, list(np.cumsum(sizes)[:-1]), axis)


def _split_along(name: str, axis: int) -> Callable[..., Any]:
    def function(x: Any, indices_or_sections: Any) -> list[Tensor]:
        x = as_tensor(x)
        return split(x, indices_or_sections, 0 if x.ndim == 1 and axis == 1 else axis)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`split` along axis {axis}."
    return public(function)


vsplit = _split_along("vsplit", 0)
hsplit = _split_along("hsplit", 1)
dsplit = _split_along("dsplit", 2)


@public
def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Tensor]:
    """The slices along an axis, without it."""
    x = as_tensor(x)
    place = axis_of("unstack", axis, x.ndim)
    count = shape_of(x)[place]
    if num is not None and num != count:
        raise ArgumentError("ops.unstack", f"has {count} slices", f"num={num}", "leave num out")
    return [as_tensor(squeeze(p.part(x, place, i, i + 1), place)) for i in range(count)]
