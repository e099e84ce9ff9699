"""Resizing: along each axis a constant matrix of weights, centres of entries at half numbers.

Output entry i of m lies at (i + 1/2) n / m - 1/2 of an axis of n entries. A kernel says how much
each entry near that place counts; the weights of one place sum to 1.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.errors import ArgumentError
from lamina.graph import dtypes
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.adaptive_pooling import along_axis
from lamina.ops.creation import saturate_cast
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.image.frames import as_batch
from lamina.ops.public import axis_of, cast_to, public
from lamina.ops.spatial import per_axis

__all__ = ["resize", "scale_and_translate"]

Kernel = Callable[[Tensor], Tensor]


def _triangle(x: Tensor) -> Tensor:
    return p.max_(p.sub(1.0, x), 0.0)


def _cubic(x: Tensor) -> Tensor:
    """Keys 1981, "Cubic convolution interpolation", eq. 15 (a = -1/2)."""
    near = p.add(p.mul(p.mul(p.sub(p.mul(x, 1.5), 2.5), x), x), 1.0)
    far = p.add(p.mul(p.sub(p.mul(p.add(p.mul(x, -0.5), 2.5), x), 4.0), x), 2.0)
    return p.select(p.ge(x, 2.0), 0.0, p.select(p.ge(x, 1.0), far, near))


def _lanczos(radius: int, x: Tensor) -> Tensor:
    """sinc(x) sinc(x / radius) within the radius."""
    waves = p.mul(p.sin(p.mul(x, np.pi)), p.sin(p.mul(x, np.pi / radius)))
    square = p.mul(p.mul(x, x), np.pi**2 / radius)
    middle = p.gt(x, 1e-3)
    found = p.select(middle, p.div(waves, p.select(middle, square, 1.0)), 1.0)
    return p.select(p.gt(x, float(radius)), 0.0, found)


KERNELS: dict[str, Kernel] = {
    **dict.fromkeys(("linear", "bilinear", "trilinear"), _triangle),
    **dict.fromkeys(("cubic", "bicubic", "tricubic"), _cubic),
    "lanczos3": functools.partial(_lanczos, 3),
    "lanczos5": functools.partial(_lanczos, 5),
}
RESIZES = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")


def weights(n: int, m: int, warp: tuple[Tensor, Tensor], kernel: Kernel, antialias: bool) -> Tensor:
    """(n, m): what each of n entries counts for output entry i, at (i + 1/2 - shift) / scale - 1/2,
    where `warp` is (scale, shift).

    With `antialias` the kernel is as wide as the scale is small. Places outside have no weights.
    """
    scale, shift = warp
    step = p.div(1.0, scale)
    wide = p.max_(step, 1.0) if antialias else as_tensor(1.0, scale.dtype)
    index = as_tensor((np.arange(m) + 0.5).astype(scale.dtype))
    places = p.sub(p.mul(p.sub(index, shift), step), 0.5)
    entries = as_tensor(np.arange(n).astype(scale.dtype)[:, None])
    found = kernel(p.div(p.abs_(p.sub(p.reshape(places, (1, m)), entries)), wide))
    total = p.reduce_sum(found, [0], keepdims=True)
    # Of what is less than that, rounding is all.
    some = p.gt(p.abs_(total), 1000 * float(np.finfo("float32").eps))
    inside = p.logical_and(p.ge(places, -0.5), p.le(places, n - 0.5))
    found = p.select(some, p.div(found, p.select(some, total, 1.0)), 0.0)
    return p.select(p.reshape(inside, (1, m)), found, 0.0)


@public
def resize(
    images: Any,
    size: Any,
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> Tensor:
    """Images in another size, in their own dtype: whole numbers are rounded and clipped.

    Args:
        size: (height, width).
        interpolation: "nearest", "bilinear", "bicubic", "lanczos3" or "lanczos5".
        antialias: blurs what is made smaller, so that every entry counts.
        crop_to_aspect_ratio: cuts the longer side off first, so that nothing is stretched.
        pad_to_aspect_ratio: adds `fill_value` to the shorter side first instead.
    """
    where = "ops.image.resize"
    height, width = per_axis(where, "size", size, 2)
    legal = interpolation in RESIZES and fill_mode == "constant"
    if not legal or (crop_to_aspect_ratio and pad_to_aspect_ratio):
        raise ArgumentError(
            where, "does not know this interpolation or fill_mode, or is to crop and to pad",
            f"interpolation={interpolation!r}, fill_mode={fill_mode!r}, "
            f"crop_to_aspect_ratio={crop_to_aspect_ratio}, "
            f"pad_to_aspect_ratio={pad_to_aspect_ratio}",
            f"use one of {', '.join(RESIZES)}, fill_mode='constant', and at most one of the two",
        )  # fmt: skip
    x, back = as_batch(where, images, data_format)
    if crop_to_aspect_ratio:
        x = _cropped(x, height, width)
    if pad_to_aspect_ratio:
        x = _padded(x, height, width, fill_value)
    for axis, count in ((1, height), (2, width)):
        if shape_of(x)[axis] != count:
            x = _resized(x, axis, count, interpolation, antialias)
    dtype = as_tensor(images).dtype
    if x.dtype != dtype:
        x = as_tensor(saturate_cast(p.round_(x), dtype))
    return back(x)


def _resized(x: Tensor, axis: int, count: int, interpolation: str, antialias: bool) -> Tensor:
    n = shape_of(x)[axis]
    if interpolation == "nearest":
        return _nearest(x, axis, count)
    x = p.cast(x, dtypes.float_type(x.dtype))
    warp = as_tensor(np.asarray(count / n)), as_tensor(np.asarray(0.0))
    matrix = weights(n, count, warp, KERNELS[interpolation], antialias)
    return along_axis(x, matrix, axis)


def _nearest(x: Tensor, axis: int, count: int) -> Tensor:
    """Entry floor((i + 1/2) n / m) for each i: repeated, every k-th, or looked up."""
    n, shape = shape_of(x)[axis], shape_of(x)
    if count % n == 0:
        times = count // n
        x = p.reshape(x, (*shape[: axis + 1], 1, *shape[axis + 1 :]))
        x = p.broadcast_to(x, (*shape[: axis + 1], times, *shape[axis + 1 :]))
        return p.reshape(x, (*shape[:axis], count, *shape[axis + 1 :]))
    if n % count == 0:
        step = n // count
        return p.part(x, axis, step // 2, n, step)
    places = (2 * np.arange(count) + 1) * n // (2 * count)
    return p.gather(x, as_tensor(places.astype("int32")), axis)


def _cropped(x: Tensor, height: int, width: int) -> Tensor:
    """The largest part in the middle with the aspect ratio of the target."""
    batch, rows, columns, channels = shape_of(x)
    high = max(min(rows, int(float(columns * height) / width)), 1)
    wide = max(min(columns, int(float(rows * width) / height)), 1)
    top, left = (rows - high) // 2, (columns - wide) // 2
    return p.slice_(x, (0, top, left, 0), (batch, top + high, left + wide, channels))


def _padded(x: Tensor, height: int, width: int, value: float) -> Tensor:
    """The images between `value`, as much on either side, near the aspect ratio of the target."""
    _, rows, columns, _ = shape_of(x)
    top = (max(rows, int(float(columns * height) / width)) - rows) // 2
    left = (max(columns, int(float(rows * width) / height)) - columns) // 2
    around = (0, top, 0 if top else left, 0)
    return p.pad(x, cast_to(value, x.dtype), around, around)


@public
def scale_and_translate(
    images: Any,
    output_shape: Sequence[int],
    scale: Any,
    translation: Any,
    spatial_dims: Sequence[int],
    method: str,
    antialias: bool = True,
) -> Tensor:
    """Output entry i of each spatial axis is taken at (i + 1/2 - translation) / scale - 1/2; places
    outside are 0.

    Args:
        output_shape: of all axes; those that are not spatial stay as they are.
        scale, translation: one number for each of `spatial_dims`.
        method: "linear", "cubic" (or their names with bi and tri), "lanczos3", "lanczos5".
        antialias: blurs what is made smaller, so that every entry counts.
    """
    where = "ops.image.scale_and_translate"
    x = as_tensor(images)
    x = p.cast(x, dtypes.float_type(x.dtype))
    axes = [axis_of("image.scale_and_translate", a, x.ndim) for a in spatial_dims]
    sizes = per_axis(where, "output_shape", tuple(output_shape), x.ndim, least=0)
    numbers = [cast_to(as_tensor(v), x.dtype) for v in (scale, translation)]
    fits = all(shape_of(v) == (len(axes),) for v in numbers)
    fits = fits and all(n == m for a, (n, m) in enumerate(zip(shape_of(x), sizes, strict=True))
                        if a not in axes)  # fmt: skip
    if method not in KERNELS or not fits:
        raise ArgumentError(
            where, "needs a known method, and a scale, translation and size for each spatial axis",
            f"method={method!r}, output_shape={sizes} of {shape_of(x)} along {axes}, scale "
            f"{shape_of(numbers[0])}, translation {shape_of(numbers[1])}",
            f"use one of {', '.join(KERNELS)}, and vectors of {len(axes)}",
        )  # fmt: skip
    for i, axis in enumerate(axes):
        factor, shift = (p.reshape(p.part(v, 0, i, i + 1), ()) for v in numbers)
        n, m = shape_of(x)[axis], sizes[axis]
        matrix = weights(n, m, (factor, shift), KERNELS[method], antialias)
        x = along_axis(x, matrix, axis)
    return x
