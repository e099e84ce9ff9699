"""Resizing as TensorFlow 1 did it, which placed the corners of pixels, not their centres."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina import ops
from lamina.compat.tensorflow.resizing import pad_to_bounding_box, resize
from lamina.compat.tensorflow.shapes import sizes_of
from lamina.errors import ArgumentError
from lamina.graph import dtypes
from lamina.ops.public import public

__all__ = [
    "resize_area", "resize_bicubic", "resize_bilinear", "resize_image_with_pad", "resize_images",
    "resize_nearest_neighbor",
]  # fmt: skip
# How steep the cubic is at its ends.
_STEEP = -0.75
# TensorFlow has its values in a table of so many entries between two whole numbers.
_STEPS = 1024


def _resizer(how: str, says: str) -> Callable[..., Any]:
    def resized(
        images: Any, size: Any, align_corners: bool = False, name: str | None = None,
        half_pixel_centers: bool = False,
    ) -> Any:  # fmt: skip
        return _resized(images, size, how, align_corners, half_pixel_centers)

    resized.__doc__ = f"Images (B, H, W, C) in another size, {says}."
    return public(resized)


resize_bilinear = _resizer("bilinear", "each entry between the four nearest")
resize_bicubic = _resizer("bicubic", "by cubics through the sixteen nearest entries")
resize_nearest_neighbor = _resizer("nearest", "each entry one that is there")


@public
def resize_area(
    images: Any, size: Any, align_corners: bool = False, name: str | None = None
) -> Any:
    """Images (B, H, W, C) in another size, each entry the mean of what it covers.

    Raises: ArgumentError for aligned corners.
    """
    if align_corners:
        raise ArgumentError(
            "tf.image.resize_area(align_corners=...)", "is False only", "True", "leave it out"
        )
    return resize(images, size, "area")


def resize_images(
    images: Any, size: Any, method: Any = 0, align_corners: bool = False,
    preserve_aspect_ratio: bool = False, name: str | None = None,
) -> Any:  # fmt: skip
    """Images (B, H, W, C) or (H, W, C) in another size."""
    x = ops.convert_to_tensor(images)
    if x.ndim == 3:
        found = resize_images(x[None], size, method, align_corners, preserve_aspect_ratio)
        return found[0]
    if preserve_aspect_ratio:
        rows, columns = (int(n) for n in tuple(x.shape)[1:3])
        height, width = sizes_of(size)
        scale = min(height / rows, width / columns)
        size = (round(rows * scale), round(columns * scale))
    how = {0: "bilinear", 1: "nearest", 2: "bicubic", 3: "area"}.get(method, method)
    if how == "area":
        return resize_area(x, size, align_corners)
    return _resized(x, size, how, align_corners, False)


def resize_image_with_pad(
    image: Any, target_height: int, target_width: int, method: Any = 0,
    align_corners: bool = False,
) -> Any:  # fmt: skip
    """Images made to fit without being stretched, among zeros."""
    rows, columns = (int(n) for n in tuple(image.shape)[-3:-1])
    ratio = max(columns / target_width, rows / target_height)
    high, wide = int(rows / ratio), int(columns / ratio)
    x = resize_images(image, (high, wide), method, align_corners)
    top, left = (target_height - high) // 2, (target_width - wide) // 2
    return pad_to_bounding_box(x, top, left, target_height, target_width)


def _resized(images: Any, size: Any, how: str, align: bool, centers: bool) -> Any:
    x = ops.convert_to_tensor(images)
    if how != "nearest":
        x = ops.cast(x, dtypes.float_type(x.dtype))
    for axis, count in zip((1, 2), sizes_of(size), strict=True):
        n = int(tuple(x.shape)[axis])
        places = _places(n, count, align, centers)
        if how == "nearest":
            places = places + 0.5 if align or centers else places
            x = ops.take(x, np.clip(np.floor(places), 0, n - 1).astype("int32"), axis=axis)
        elif (n, align, centers) != (count, False, False):
            moved = ops.moveaxis(x, axis, -1)
            shares = _shares(places, n, how).T.astype(str(x.dtype))
            x = ops.moveaxis(ops.matmul(moved, shares), -1, axis)
    return x


def _places(n: int, count: int, align: bool, centers: bool) -> np.ndarray:
    """Where each of the new entries stands among the old ones."""
    new = np.arange(count)
    if align and count > 1:
        return new * (n - 1) / (count - 1)
    return (new + 0.5) * n / count - 0.5 if centers else new * n / count


def _shares(places: np.ndarray, n: int, how: str) -> np.ndarray:
    """What of each old entry (columns) is in each new one (rows)."""
    first = np.floor(places).astype(int)
    beyond = places - first
    if how == "bilinear":
        taps = {0: 1 - beyond, 1: beyond}
    else:
        beyond = np.round(beyond * _STEPS) / _STEPS
        taps = {k: _cubic(np.abs(beyond - k)) for k in (-1, 0, 1, 2)}
    found = np.zeros((len(places), n))
    for k, share in taps.items():
        np.add.at(found, (np.arange(len(places)), np.clip(first + k, 0, n - 1)), share)
    return found


def _cubic(d: np.ndarray) -> np.ndarray:
    near = ((_STEEP + 2) * d - (_STEEP + 3)) * d * d + 1
    far = ((_STEEP * d - 5 * _STEEP) * d + 8 * _STEEP) * d - 4 * _STEEP
    return np.where(d <= 1, near, np.where(d < 2, far, 0.0))
