"""Warping: images looked up at places that are computed, between entries by interpolation."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.errors import ArgumentError, ShapeError
from lamina.graph import dtypes
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.image.frames import as_batch
from lamina.ops.public import cast_to, public

__all__ = ["affine_transform", "map_coordinates", "perspective_transform"]

Vector = tuple[Tensor, Tensor, Tensor]
ORDERS = {"nearest": 0, "bilinear": 1}


def _mirror(index: Tensor, size: int) -> Tensor:
    """0 1 2 3 2 1 0: the ends once."""
    last = size - 1
    if last == 0:
        return p.mul(index, 0)
    return p.abs_(p.sub(p.mod(p.add(index, last), 2 * last), last))


def _reflect(index: Tensor, size: int) -> Tensor:
    """0 1 2 3 3 2 1 0: the ends twice."""
    twice = _mirror(p.add(p.mul(index, 2), 1), 2 * size + 1)
    return p.floordiv(p.sub(twice, 1), 2)


# Which entry stands for one outside the axis; "constant" has none.
FILL_MODES: dict[str, Callable[[Tensor, int], Tensor]] = {
    "constant": lambda index, size: index,
    "nearest": lambda index, size: p.min_(p.max_(index, 0), size - 1),
    "wrap": lambda index, size: p.mod(index, size),
    "mirror": _mirror,
    "reflect": _reflect,
}


def _checked(where: str, order: Any, fill_mode: str, legal: Sequence[Any]) -> None:
    if order not in legal or fill_mode not in FILL_MODES:
        raise ArgumentError(
            where, "does not know this interpolation or fill_mode",
            f"{order!r}, fill_mode={fill_mode!r}",
            f"use one of {', '.join(map(repr, legal))}, and of {', '.join(FILL_MODES)}",
        )  # fmt: skip


def _nodes(place: Tensor, order: int) -> list[tuple[Tensor, Tensor | None]]:
    """The entries between which a place lies, and their weights (None: 1)."""
    if order == 0:
        return [(p.cast(p.round_(place), "int32"), None)]
    lower = p.floor(place)
    share = p.sub(place, lower)
    index = p.cast(lower, "int32")
    return [(index, p.sub(1.0, share)), (p.add(index, 1), share)]


def _looked_up(
    look: Callable[[Tensor], Tensor],
    places: Sequence[Tensor],
    sizes: Sequence[int],
    how: tuple[int, str, Tensor],
) -> Tensor:
    """The sum over all corners around each place; `look` takes row-major places of entries."""
    order, mode, fill = how
    total: Tensor | None = None
    for corner in itertools.product(*(_nodes(place, order) for place in places)):
        flat, inside, share = as_tensor(0, "int32"), None, None
        for (index, weight), size in zip(corner, sizes, strict=True):
            flat = p.add(p.mul(flat, size), FILL_MODES[mode](index, size))
            if mode == "constant":
                fits = p.logical_and(p.ge(index, 0), p.lt(index, size))
                inside = fits if inside is None else p.logical_and(inside, fits)
            if weight is not None:
                share = weight if share is None else p.mul(share, weight)
        found = look(flat) if inside is None else p.select(inside, look(flat), fill)
        if share is not None:
            found = p.mul(p.cast(found, share.dtype), share)
        total = found if total is None else p.add(total, found)
    assert total is not None
    if not dtypes.is_float(fill.dtype) and dtypes.is_float(total.dtype):
        total = p.round_(total)
    return p.cast(total, fill.dtype)


@public
def map_coordinates(
    inputs: Any, coordinates: Any, order: int, fill_mode: str = "constant", fill_value: float = 0.0
) -> Tensor:
    """y[...] = inputs at the place coordinates[:, ...], one coordinate for each axis of inputs.

    Args:
        order: 0 (the nearest entry, halves to even numbers) or 1 (linear between entries).
        fill_mode: what stands outside: "constant" (`fill_value`), "nearest" (the last entry),
            "wrap" (from the other end), "mirror" and "reflect" (back, the ends once or twice).
    """
    where = "ops.image.map_coordinates"
    _checked(where, order, fill_mode, (0, 1))
    x = as_tensor(inputs)
    if isinstance(coordinates, list | tuple):
        places = [as_tensor(c) for c in coordinates]
    else:
        grid = as_tensor(coordinates)
        count = shape_of(grid)[0] if grid.ndim > 1 else 0
        places = [p.reshape(p.part(grid, 0, i, i + 1), shape_of(grid)[1:]) for i in range(count)]
    if len(places) != x.ndim or x.ndim == 0:
        raise ShapeError(
            where, "needs one coordinate for each axis of the inputs",
            f"coordinates {np.shape(coordinates)} for inputs {shape_of(x)}",
            "put the coordinates along axis 0 of at least two axes",
        )  # fmt: skip
    places = [p.cast(c, dtypes.float_type(c.dtype)) for c in places]
    flat = p.reshape(x, (int(np.prod(shape_of(x))),))
    how = (order, fill_mode, cast_to(fill_value, x.dtype))
    return _looked_up(lambda at: p.gather(flat, at, 0), places, shape_of(x), how)


def _warped(x: Tensor, rows: Tensor, columns: Tensor, how: tuple[int, str, Tensor]) -> Tensor:
    """(B, H, W, C) at rows and columns that broadcast to (B, H W, C)."""
    batch, height, width, channels = shape_of(x)
    flat = p.reshape(x, (batch, height * width, channels))
    shape = (*x.shape[:1], height * width, channels)

    def look(at: Tensor) -> Tensor:
        at = p.min_(p.max_(at, 0), height * width - 1)
        return p.gather_along(flat, p.broadcast_to(at, shape), 1)

    y = _looked_up(look, [rows, columns], (height, width), how)
    return p.reshape(y, shape_of(x))


def _grid(x: Tensor, dtype: str) -> tuple[Tensor, Tensor]:
    """Row and column of every entry, each (1, H W, 1)."""
    height, width = shape_of(x)[1:3]
    found = np.indices((height, width)).reshape(2, 1, height * width, 1).astype(dtype)
    return as_tensor(found[0]), as_tensor(found[1])


@public
def affine_transform(
    images: Any,
    transform: Any,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0,
    data_format: str | None = None,
) -> Tensor:
    """The entry at column x and row y is taken at (a0 x + a1 y + a2, b0 x + b1 y + b2).

    Args:
        transform: (a0, a1, a2, b0, b1, b2, c0, c1), or one such row for each image. As in Keras on
            JAX, channel c adds c0 c to the row and c1 c to the column: leave them 0.
        interpolation: "nearest" or "bilinear".
        fill_mode, fill_value: as for `map_coordinates`.
    """
    where = "ops.image.affine_transform"
    _checked(where, interpolation, fill_mode, tuple(ORDERS))
    x, back = as_batch(where, images, data_format)
    numbers = as_tensor(transform)
    numbers = p.cast(numbers, dtypes.float_type(numbers.dtype))
    if numbers.ndim == 1:
        numbers = p.reshape(numbers, (1, shape_of(numbers)[0]))
    if numbers.ndim != 2 or shape_of(numbers) not in ((1, 8), (shape_of(x)[0], 8)):
        raise ShapeError(
            where, "needs eight numbers, or eight for each image",
            f"transform {shape_of(as_tensor(transform))} for {shape_of(x)[0]} images",
            "pass (8,) or (batch, 8)",
        )  # fmt: skip
    a0, a1, a2, b0, b1, b2, c0, c1 = (
        p.reshape(p.part(numbers, 1, i, i + 1), (*shape_of(numbers)[:1], 1, 1)) for i in range(8)
    )
    rows, columns = _grid(x, numbers.dtype)
    channel = as_tensor(np.arange(shape_of(x)[-1]).astype(numbers.dtype))

    def place(across: Tensor, along: Tensor, start: Tensor, more: Tensor) -> Tensor:
        found = p.add(p.add(p.mul(columns, across), p.mul(rows, along)), p.mul(channel, more))
        return p.add(found, start)

    how = (ORDERS[interpolation], fill_mode, cast_to(fill_value, x.dtype))
    return back(_warped(x, place(b0, b1, b2, c0), place(a0, a1, a2, c1), how))


@public
def perspective_transform(
    images: Any,
    start_points: Any,
    end_points: Any,
    interpolation: str = "bilinear",
    fill_value: float = 0,
    data_format: str | None = None,
) -> Tensor:
    """Images seen so that four points (x, y) of `start_points` come to lie at `end_points`.

    Args:
        start_points, end_points: (4, 2), or such for each image; no three on one line.
        interpolation: "nearest" or "bilinear".
        fill_value: what stands outside the images.
    """
    where = "ops.image.perspective_transform"
    _checked(where, interpolation, "constant", tuple(ORDERS))
    x, back = as_batch(where, images, data_format)
    start, end = (_points(where, points) for points in (start_points, end_points))
    counts = {shape_of(points)[0] for points in (start, end)}
    if len(counts) > 1 or not counts <= {1, shape_of(x)[0]}:
        raise ShapeError(
            where, "needs as many start points as end points, for one image or for all",
            f"{shape_of(start)} and {shape_of(end)} for {shape_of(x)[0]} images",
            "pass (batch, 4, 2)",
        )  # fmt: skip
    along, across, below = _homography(_corners(start), _corners(end))
    rows, columns = _grid(x, start.dtype)

    def linear(row: Vector) -> Tensor:
        return p.add(p.add(p.mul(columns, row[0]), p.mul(rows, row[1])), row[2])

    depth = linear(below)
    how = (ORDERS[interpolation], "constant", cast_to(fill_value, x.dtype))
    return back(_warped(x, p.div(linear(across), depth), p.div(linear(along), depth), how))


@public
def move_points(x: Any, y: Any, start_points: Any, end_points: Any) -> tuple[Tensor, Tensor]:
    """Where points of images, x and y (B, N, M), lie in those of `perspective_transform`."""
    where = "ops.image.warping.move_points"
    start, end = (_corners(_points(where, given)) for given in (start_points, end_points))
    across, down = as_tensor(x), as_tensor(y)

    def linear(row: Vector) -> Tensor:
        return p.add(p.add(p.mul(across, row[0]), p.mul(down, row[1])), row[2])

    along, below, depth = (linear(row) for row in _homography(end, start))
    return p.div(along, depth), p.div(below, depth)


def _points(where: str, given: Any) -> Tensor:
    """Points as (1 or B, 4, 2)."""
    found = as_tensor(given)
    if found.ndim not in (2, 3) or shape_of(found)[-2:] != (4, 2):
        raise ShapeError(
            where, "needs four points of two coordinates", f"shape {shape_of(found)}",
            "pass (4, 2) or (batch, 4, 2)",
        )  # fmt: skip
    found = p.cast(found, dtypes.float_type(found.dtype))
    return found if found.ndim == 3 else p.reshape(found, (1, 4, 2))


def _corners(points: Tensor) -> list[Vector]:
    """The four points as (x, y, 1), each coordinate (B, 1, 1)."""
    found = []
    for i in range(4):
        point = p.part(points, 1, i, i + 1)
        found.append((p.part(point, 2, 0, 1), p.part(point, 2, 1, 2), as_tensor(1.0, point.dtype)))
    return found


def _cross(a: Vector, b: Vector) -> Vector:
    def minor(i: int, j: int) -> Tensor:
        return p.sub(p.mul(a[i], b[j]), p.mul(a[j], b[i]))

    return minor(1, 2), minor(2, 0), minor(0, 1)


def _dot(a: Vector, b: Vector) -> Tensor:
    return p.add(p.add(p.mul(a[0], b[0]), p.mul(a[1], b[1])), p.mul(a[2], b[2]))


def _frame(corners: Sequence[Vector]) -> list[Vector]:
    """The first three corners so stretched that their sum is the fourth, but for a factor."""
    a, b, c, d = corners
    stretched = []
    for corner, others in ((a, _cross(b, c)), (b, _cross(c, a)), (c, _cross(a, b))):
        share = _dot(d, others)
        stretched.append((*(p.mul(v, share) for v in corner),))
    return stretched  # type: ignore[return-value]


def _homography(start: Sequence[Vector], end: Sequence[Vector]) -> tuple[Vector, Vector, Vector]:
    """The rows of the projective map that takes each end point to its start point.

    A map of the unit vectors to the one frame times the inverse of that to the other, whose rows
    are cross products of its columns but for a factor (Heckbert 1989, "Fundamentals of texture
    mapping and image warping", section 2.2.3).
    """
    a, b, c = _frame(end)
    inverse = [_cross(b, c), _cross(c, a), _cross(a, b)]
    columns = _frame(start)

    def row(i: int) -> Vector:
        parts = [tuple(p.mul(v[i], w) for w in u) for v, u in zip(columns, inverse, strict=True)]
        x, y, z = (p.add(p.add(r, s), t) for r, s, t in zip(*parts, strict=True))
        return x, y, z

    return row(0), row(1), row(2)
