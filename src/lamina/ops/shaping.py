"""Shapes: values move, none changes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lamina.errors import ArgumentError, ShapeError
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.public import axes_of, axis_of, cast_to, public

__all__ = [
    "broadcast_to", "expand_dims", "flip", "fliplr", "flipud", "meshgrid", "moveaxis", "pad",
    "ravel", "repeat", "reshape", "roll", "rot90", "squeeze", "swapaxes", "tile", "transpose",
]  # fmt: skip


@public
def reshape(x: Any, newshape: Any) -> Tensor:
    """The same elements in row-major order; one size may be -1, or None."""
    x = as_tensor(x)
    given = (newshape,) if isinstance(newshape, int | np.integer) else tuple(newshape)
    sizes = [-1 if n is None else int(n) for n in given]
    if sizes.count(-1) > 1:
        raise ShapeError(
            "ops.reshape", "can work out one size only", f"newshape={tuple(given)}",
            "use -1 at most once",
        )  # fmt: skip
    if -1 in sizes:
        known = math.prod(n for n in sizes if n != -1)
        total = math.prod(shape_of(x))
        if known == 0 or total % known:
            raise ShapeError(
                "ops.reshape", "cannot work out the size that is -1",
                f"{shape_of(x)} to {tuple(sizes)}", "the known sizes must divide the elements",
            )  # fmt: skip
        sizes[sizes.index(-1)] = total // known
    return p.reshape(x, sizes)


@public
def ravel(x: Any) -> Tensor:
    """All elements along one axis."""
    return reshape(x, (-1,))


@public
def transpose(x: Any, axes: Any = None) -> Tensor:
    """The axes in the order `axes`, reversed by default."""
    x = as_tensor(x)
    order = range(x.ndim)[::-1] if axes is None else [axis_of("transpose", a, x.ndim) for a in axes]
    return p.transpose(x, list(order))


@public
def swapaxes(x: Any, axis1: int, axis2: int) -> Tensor:
    """Two axes exchanged."""
    x = as_tensor(x)
    i, j = axis_of("swapaxes", axis1, x.ndim), axis_of("swapaxes", axis2, x.ndim)
    perm = list(range(x.ndim))
    perm[i], perm[j] = j, i
    return p.transpose(x, perm)


@public
def moveaxis(x: Any, source: Any, destination: Any) -> Tensor:
    """Axes moved to other places; the rest keep their order."""
    x = as_tensor(x)
    sources, targets = (
        [axis_of("moveaxis", a, x.ndim) for a in (v if isinstance(v, list | tuple) else [v])]
        for v in (source, destination)
    )
    if len(sources) != len(targets):
        raise ArgumentError(
            "ops.moveaxis", "needs as many sources as destinations",
            f"{source!r} to {destination!r}", "give one destination for each source",
        )  # fmt: skip
    perm = [i for i in range(x.ndim) if i not in sources]
    for target, origin in sorted(zip(targets, sources, strict=True)):
        perm.insert(target, origin)
    return p.transpose(x, perm)


@public
def squeeze(x: Any, axis: Any = None) -> Tensor:
    """Without axes of size 1: the given ones, or all."""
    x = as_tensor(x)
    sizes = shape_of(x)
    if axis is None:
        axes: tuple[int, ...] = tuple(i for i, n in enumerate(sizes) if n == 1)
    else:
        axes = axes_of("squeeze", axis, x.ndim)
    if any(sizes[a] != 1 for a in axes):
        raise ShapeError(
            "ops.squeeze", "drops axes of size 1 only", f"axis {axis} of shape {sizes}",
            "choose another axis",
        )  # fmt: skip
    return p.reshape(x, [n for i, n in enumerate(sizes) if i not in axes])


@public
def expand_dims(x: Any, axis: Any) -> Tensor:
    """New axes of size 1 at the given places of the result."""
    x = as_tensor(x)
    wanted = axis if isinstance(axis, list | tuple) else [axis]
    rank = x.ndim + len(wanted)
    places = axes_of("expand_dims", list(wanted), rank)
    rest = iter(shape_of(x))
    return p.reshape(x, [1 if i in places else next(rest) for i in range(rank)])


@public
def broadcast_to(x: Any, shape: Any) -> Tensor:
    """x repeated along axes of size 1 and new leading axes."""
    return p.broadcast_to(as_tensor(x), tuple(shape))


@public
def flip(x: Any, axis: Any = None) -> Tensor:
    """The entries in reverse order along axes (all by default)."""
    x = as_tensor(x)
    return p.flip(x, axes_of("flip", axis, x.ndim))


@public
def roll(x: Any, shift: Any, axis: Any = None) -> Tensor:
    """Entries moved on by `shift`, those at the end coming back at the beginning."""
    x = as_tensor(x)
    if axis is None:
        flat = roll(reshape(x, (-1,)), shift, 0)
        return reshape(flat, tuple(x.shape))
    shifts = shift if isinstance(shift, list | tuple) else [shift]
    places = axis if isinstance(axis, list | tuple) else [axis]
    for by, a in zip(shifts, places, strict=True):
        place = axis_of("roll", a, x.ndim)
        size = shape_of(x)[place]
        cut = -int(by) % size if size else 0
        if cut:
            x = p.concatenate([p.part(x, place, cut, size), p.part(x, place, 0, cut)], place)
    return x


@public
def fliplr(x: Any) -> Tensor:
    """The entries in reverse order along axis 1."""
    return flip(x, 1)


@public
def flipud(x: Any) -> Tensor:
    """The entries in reverse order along axis 0."""
    return flip(x, 0)


@public
def rot90(array: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Tensor:
    """Turned by k quarters in the plane of two axes, from the first towards the second."""
    x = as_tensor(array)
    if len(axes) != 2:
        raise ArgumentError("ops.rot90", "turns in a plane of two axes", repr(axes), "pass two")
    first, second = (axis_of("rot90", a, x.ndim) for a in axes)
    if first == second:
        raise ArgumentError("ops.rot90", "needs two different axes", repr(axes), "pass (0, 1)")
    perm = list(range(x.ndim))
    perm[first], perm[second] = second, first
    quarters = k % 4
    if quarters == 0:
        return x
    if quarters == 2:
        return p.flip(x, (first, second))
    if quarters == 1:
        return p.transpose(p.flip(x, (second,)), perm)
    return p.flip(p.transpose(x, perm), (second,))


@public
def tile(x: Any, repeats: Any) -> Tensor:
    """x put side by side so many times along each axis."""
    x = as_tensor(x)
    counts = [int(repeats)] if isinstance(repeats, int | np.integer) else [int(r) for r in repeats]
    sizes = [1] * (len(counts) - x.ndim) + list(shape_of(x))
    counts = [1] * (len(sizes) - len(counts)) + counts
    paired = [v for n in sizes for v in (1, n)]
    wide = [v for c, n in zip(counts, sizes, strict=True) for v in (c, n)]
    y = p.broadcast_to(p.reshape(x, paired), wide)
    return p.reshape(y, [c * n for c, n in zip(counts, sizes, strict=True)])


@public
def repeat(x: Any, repeats: Any, axis: int | None = None) -> Tensor:
    """Each entry several times in a row, along an axis of the tensor (flat by default)."""
    x = as_tensor(x)
    if axis is None:
        x, place = as_tensor(reshape(x, (-1,))), 0
    else:
        place = axis_of("repeat", axis, x.ndim)
    sizes = shape_of(x)
    counts = np.asarray(repeats)
    if counts.ndim and counts.size != 1:
        return p.gather(x, np.repeat(np.arange(sizes[place]), counts).astype("int32"), place)
    times = int(counts.reshape(-1)[0])
    y = p.reshape(x, (*sizes[: place + 1], 1, *sizes[place + 1 :]))
    y = p.broadcast_to(y, (*sizes[: place + 1], times, *sizes[place + 1 :]))
    return p.reshape(y, (*sizes[:place], sizes[place] * times, *sizes[place + 1 :]))


@public
def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Tensor:
    """x with entries before and after it along each axis.

    Args:
        pad_width: one number, a pair, or a pair for each axis.
        mode: "constant", "reflect" (without the edge), "symmetric" (with it), "edge" (the last
            entry again), "wrap" (from the other end).
        constant_values: the value of "constant", 0 by default.
    """
    x = as_tensor(x)
    widths = np.broadcast_to(np.asarray(pad_width, "int64"), (x.ndim, 2)).tolist()
    if mode == "constant":
        value = cast_to(0 if constant_values is None else constant_values, x.dtype)
        return p.pad(x, value, [a for a, _ in widths], [b for _, b in widths])
    if mode not in ("reflect", "symmetric", "edge", "wrap") or constant_values is not None:
        raise ArgumentError(
            "ops.pad", "does not know this mode, or takes no constant_values with it",
            f"mode={mode!r}", "use 'constant', 'reflect', 'symmetric', 'edge' or 'wrap'",
        )  # fmt: skip
    for axis, (low, high) in enumerate(widths):
        if low or high:
            place = np.pad(np.arange(shape_of(x)[axis]), (low, high), mode)  # type: ignore[call-overload]
            x = p.gather(x, place.astype("int32"), axis)
    return x


@public
def meshgrid(*x: Any, indexing: str = "xy") -> list[Tensor]:
    """Coordinates of the grid that vectors span."""
    vectors = [as_tensor(reshape(v, (-1,))) for v in x]
    order = list(range(len(vectors)))
    if indexing == "xy" and len(order) > 1:
        order[0], order[1] = 1, 0
    shape = [next(iter(vectors[i].shape)) for i in order]
    grids = []
    for i, vector in enumerate(vectors):
        line = [shape[k] if order[k] == i else 1 for k in range(len(shape))]
        grids.append(p.broadcast_to(p.reshape(vector, line), shape))
    return grids
