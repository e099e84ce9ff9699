"""`tf.image`: images in another size, parts of them, borders around them."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina import ops
from lamina.compat.tensorflow.shapes import sizes_of
from lamina.graph import dtypes
from lamina.ops import image as images_of
from lamina.ops.public import public

__all__ = [
    "ResizeMethod", "central_crop", "crop_and_resize", "crop_to_bounding_box",
    "pad_to_bounding_box", "resize", "resize_image_with_crop_or_pad", "resize_with_crop_or_pad",
    "resize_with_pad",
]  # fmt: skip


class ResizeMethod:
    """Names of interpolations."""

    BILINEAR, NEAREST_NEIGHBOR, BICUBIC, AREA = "bilinear", "nearest", "bicubic", "area"
    LANCZOS3, LANCZOS5, GAUSSIAN = "lanczos3", "lanczos5", "gaussian"
    MITCHELLCUBIC = "mitchellcubic"


@public
def resize(
    images: Any,
    size: Any,
    method: Any = "bilinear",
    preserve_aspect_ratio: bool = False,
    antialias: bool = False,
    name: str | None = None,
) -> Any:
    """Images in another size, as floats; by "nearest" in their own dtype."""
    x = ops.convert_to_tensor(images)
    height, width = sizes_of(size)
    if preserve_aspect_ratio:
        rows, columns = (int(n) for n in tuple(x.shape)[-3:-1])
        scale = min(height / rows, width / columns)
        height, width = round(rows * scale), round(columns * scale)
    names = {0: "bilinear", 1: "nearest", 2: "bicubic", 3: "area"}
    how = names.get(method, method) if isinstance(method, int) else method
    if how != "nearest":
        x = ops.cast(x, dtypes.float_type(x.dtype))
    if how == "area":
        return _by_area(x, height, width)
    return images_of.resize(x, (height, width), how, antialias, data_format="channels_last")


def _by_area(x: Any, height: int, width: int) -> Any:
    """Each entry the mean of the area that it covers."""
    for axis, count in ((-3, height), (-2, width)):
        n = int(tuple(x.shape)[axis])
        edges = np.arange(count + 1) * n / count
        places = np.arange(n)
        low = np.maximum(edges[:-1, None], places)
        high = np.minimum(edges[1:, None], places + 1)
        share = np.maximum(high - low, 0) * count / n
        moved = ops.moveaxis(x, axis, -1)
        x = ops.moveaxis(ops.matmul(moved, share.T.astype(str(x.dtype))), -1, axis)
    return x


def resize_with_pad(
    image: Any,
    target_height: int,
    target_width: int,
    method: Any = "bilinear",
    antialias: bool = False,
) -> Any:
    """Images made to fit without being stretched, among zeros."""
    rows, columns = (int(n) for n in tuple(image.shape)[-3:-1])
    ratio = max(columns / target_width, rows / target_height)
    # Rounded down, as TensorFlow does.
    high, wide = int(np.floor(rows / ratio)), int(np.floor(columns / ratio))
    x = resize(image, (high, wide), method, antialias=antialias)
    top = max(0, int(np.floor((target_height - rows / ratio) / 2)))
    left = max(0, int(np.floor((target_width - columns / ratio) / 2)))
    return pad_to_bounding_box(x, top, left, target_height, target_width)


def resize_with_crop_or_pad(image: Any, target_height: int, target_width: int) -> Any:
    """The middle of images, or the images among zeros."""
    x = ops.convert_to_tensor(image)
    rows, columns = (int(n) for n in tuple(x.shape)[-3:-1])
    top, left = max(0, (rows - target_height) // 2), max(0, (columns - target_width) // 2)
    high, wide = min(rows, target_height), min(columns, target_width)
    x = crop_to_bounding_box(x, top, left, high, wide)
    above, before = max(0, (target_height - rows) // 2), max(0, (target_width - columns) // 2)
    return pad_to_bounding_box(x, above, before, target_height, target_width)


resize_image_with_crop_or_pad = resize_with_crop_or_pad


@public
def crop_to_bounding_box(
    image: Any, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any
) -> Any:
    """The part of images that begins there."""
    x = ops.convert_to_tensor(image)
    top, left = int(offset_height), int(offset_width)
    return x[..., top : top + int(target_height), left : left + int(target_width), :]


@public
def pad_to_bounding_box(
    image: Any, offset_height: Any, offset_width: Any, target_height: Any, target_width: Any
) -> Any:
    """Images among zeros."""
    x = ops.convert_to_tensor(image)
    rows, columns = (int(n) for n in tuple(x.shape)[-3:-1])
    high = (int(offset_height), int(target_height) - int(offset_height) - rows)
    wide = (int(offset_width), int(target_width) - int(offset_width) - columns)
    return ops.pad(x, [(0, 0)] * (x.ndim - 3) + [high, wide, (0, 0)])


@public
def central_crop(image: Any, central_fraction: float) -> Any:
    """The middle of images, this share of each side."""
    x = ops.convert_to_tensor(image)
    rows, columns = (int(n) for n in tuple(x.shape)[-3:-1])
    top = int((rows - rows * float(central_fraction)) / 2)
    left = int((columns - columns * float(central_fraction)) / 2)
    return x[..., top : rows - top, left : columns - left, :]


def crop_and_resize(
    image: Any,
    boxes: Any,
    box_indices: Any,
    crop_size: Any,
    method: str = "bilinear",
    extrapolation_value: float = 0.0,
    name: str | None = None,
) -> Any:
    """Parts of images, given by their edges as shares of a side, in one size.

    Args:
        boxes: (n, 4): top, left, bottom, right. box_indices: (n,): of which image.
    """
    x = ops.cast(image, "float32")
    boxes, number = ops.cast(boxes, "float32"), ops.cast(box_indices, "int32")
    rows, columns, channels = (int(n) for n in tuple(x.shape)[1:])
    high, wide = (int(n) for n in sizes_of(crop_size))
    y = _between(boxes[:, 0:1], boxes[:, 2:3], rows, high)[:, :, None]
    x_at = _between(boxes[:, 1:2], boxes[:, 3:4], columns, wide)[:, None, :]
    flat = ops.reshape(x, (-1, channels))

    def entries(row: Any, column: Any) -> Any:
        row = ops.clip(ops.cast(row, "int32"), 0, rows - 1)
        column = ops.clip(ops.cast(column, "int32"), 0, columns - 1)
        place = (ops.reshape(number, (-1, 1, 1)) * rows + row) * columns + column
        return ops.take(flat, place, axis=0)

    if method == "nearest":
        found = entries(ops.floor(y + 0.5), ops.floor(x_at + 0.5))
    else:
        top, left = ops.floor(y), ops.floor(x_at)
        down, over = (y - top)[..., None], (x_at - left)[..., None]
        upper = entries(top, left) * (1 - over) + entries(top, left + 1) * over
        lower = entries(top + 1, left) * (1 - over) + entries(top + 1, left + 1) * over
        found = upper * (1 - down) + lower * down
    inside = (y >= 0) & (y <= rows - 1) & (x_at >= 0) & (x_at <= columns - 1)
    return ops.where(inside[..., None], found, extrapolation_value)


def _between(first: Any, last: Any, n: int, count: int) -> Any:
    """Places (boxes, count) along an axis of n entries, from edge to edge, or the middle."""
    if count == 1:
        return (first + last) * ((n - 1) / 2)
    return (first + (last - first) * (np.arange(count, dtype="float32") / (count - 1))) * (n - 1)
