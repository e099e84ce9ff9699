"""Pictures in another size, by weights along each axis (half-pixel centres, no antialiasing)."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.errors import ArgumentError, ShapeError
from lamina.graph.data_format import standard_data_format
from lamina.ops.spatial import per_axis

Kernel = Callable[[np.ndarray], np.ndarray]


def _cubic(b: float, c: float) -> Kernel:
    """The cubics of Mitchell and Netravali 1988, eq. 8."""

    def kernel(x: np.ndarray) -> np.ndarray:
        near = ((12 - 9 * b - 6 * c) * x + (-18 + 12 * b + 6 * c)) * x * x + (6 - 2 * b)
        far = (((-b - 6 * c) * x + (6 * b + 30 * c)) * x + (-12 * b - 48 * c)) * x + (
            8 * b + 24 * c
        )
        return np.where(x < 1, near, far) / 6

    return kernel


def _lanczos(radius: float) -> Kernel:
    return lambda x: np.sinc(x) * np.sinc(x / radius)


# Name -> how far a pixel is seen, and its weight by distance.
KERNELS: dict[str, tuple[float, Kernel]] = {
    "bilinear": (1.0, lambda x: 1 - x),
    "bicubic": (2.0, _cubic(0.0, 0.5)),
    "lanczos3": (3.0, _lanczos(3.0)),
    "lanczos5": (5.0, _lanczos(5.0)),
    "gaussian": (1.5, lambda x: np.exp(-2 * x * x)),
    "mitchellcubic": (2.0, _cubic(1 / 3, 1 / 3)),
}
INTERPOLATIONS = (*KERNELS, "nearest", "area")


def check_interpolation(where: str, interpolation: str) -> str:
    """The interpolation's name in small letters.

    Raises: ArgumentError for one that does not exist.
    """
    name = str(interpolation).lower()
    if name not in INTERPOLATIONS:
        raise ArgumentError(
            f"{where}(interpolation=...)", "does not know this one", repr(interpolation),
            f"use one of {', '.join(INTERPOLATIONS)}",
        )  # fmt: skip
    return name


@functools.lru_cache(maxsize=256)
def weights(count: int, size: int, interpolation: str) -> np.ndarray:
    """What each of `count` pixels gives to each of `size` new ones: (size, count), sums 1."""
    scale = count / size
    starts = np.arange(size)[:, None] * scale
    pixels = np.arange(count)[None, :]
    if interpolation == "area":
        given = np.minimum(pixels + 1, starts + scale) - np.maximum(pixels, starts)
        found = np.maximum(given, 0.0)
    elif interpolation == "nearest":
        found = (pixels == np.minimum(np.floor(starts + scale / 2), count - 1)).astype("float64")
    else:
        radius, kernel = KERNELS[interpolation]
        distance = np.abs(pixels + 0.5 - (starts + scale / 2))
        found = np.where(distance < radius, kernel(distance), 0.0)
    result: np.ndarray = (found / found.sum(axis=1, keepdims=True)).astype("float32")
    return result


def resized(images: np.ndarray, size: Sequence[int], interpolation: str) -> np.ndarray:
    """(..., H, W, C) -> (..., *size, C), float32."""
    rows = weights(images.shape[-3], size[0], interpolation)
    columns = weights(images.shape[-2], size[1], interpolation)
    images = np.asarray(images, "float32")
    images = np.matmul(columns, images)
    flat = images.reshape(*images.shape[:-2], -1)
    return np.matmul(rows, flat).reshape(*images.shape[:-3], *size, images.shape[-1])


def cropped(images: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """The largest middle part of (..., H, W, C) that has the ratio of `size`."""
    height, width = images.shape[-3:-1]
    tall = max(min(height, int(width * size[0] / size[1])), 1)
    wide = max(min(width, int(height * size[1] / size[0])), 1)
    top, left = (height - tall) // 2, (width - wide) // 2
    return images[..., top : top + tall, left : left + wide, :]


def padded(images: np.ndarray, size: Sequence[int], interpolation: str) -> np.ndarray:
    """(..., H, W, C) resized to fit into `size` in its own ratio, with zeros around it."""
    height, width = images.shape[-3:-1]
    ratio = max(height / size[0], width / size[1])
    tall, wide = max(int(height / ratio), 1), max(int(width / ratio), 1)
    top, left = int((size[0] - height / ratio) / 2), int((size[1] - width / ratio) / 2)
    result = np.zeros((*images.shape[:-3], *size, images.shape[-1]), "float32")
    result[..., top : top + tall, left : left + wide, :] = resized(
        images, (tall, wide), interpolation
    )
    return result


def smart_resize(
    x: Any, size: Sequence[int], interpolation: str = "bilinear", data_format: str = "channels_last"
) -> np.ndarray:
    """The largest middle part of a picture or a batch that has the ratio of `size`, in that size.

    Shapes: (height, width, channels) or (B, height, width, channels), channels first if
    `data_format` says so.

    Raises: ShapeError for another rank; ArgumentError.
    """
    name = check_interpolation("smart_resize", interpolation)
    first = standard_data_format("smart_resize", data_format) == "channels_first"
    images = np.asarray(x)
    if images.ndim not in (3, 4) or len(size) != 2:
        raise ShapeError(
            "smart_resize", "needs a picture or a batch, and a height and a width",
            f"an array {images.shape}, size={size!r}", "pass (height, width, channels)",
        )  # fmt: skip
    size = per_axis("smart_resize(size=...)", "size", tuple(size), 2)
    images = np.moveaxis(images, -3, -1) if first else images
    found = resized(cropped(images, size), size, name)
    return np.moveaxis(found, -1, -3) if first else found
