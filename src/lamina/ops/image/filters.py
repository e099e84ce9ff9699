"""Filters: a Gaussian blur, Sobel's edges, and likeness by structure, all by convolution."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.errors import ShapeError
from lamina.graph import dtypes
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.convolution import depthwise_conv
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.image.frames import as_batch
from lamina.ops.public import cast_to, public
from lamina.ops.spatial import per_axis

__all__ = ["gaussian_blur", "sobel_edges", "ssim"]

ROWS = ((-1, -2, -1), (0, 0, 0), (1, 2, 1))


def _each_channel(x: Tensor, kernel: Tensor, padding: str) -> Tensor:
    """(B, H, W, C) filtered by kernels (k, l, M), the same for all channels: (B, o, p, C, M)."""
    channels, (high, wide, count) = shape_of(x)[-1], shape_of(kernel)
    w = p.broadcast_to(p.reshape(kernel, (high, wide, 1, count)), (high, wide, channels, count))
    y = as_tensor(depthwise_conv(x, w, 1, padding, "channels_last"))
    return p.reshape(y, (*shape_of(y)[:-1], channels, count))


def _bell(size: int, sigma: Tensor) -> Tensor:
    """exp(-x^2 / 2 sigma^2) at `size` places around 0, divided by their sum."""
    places = as_tensor((np.arange(size) - (size - 1) / 2).astype(sigma.dtype))
    scaled = p.div(places, sigma)
    found = p.exp(p.mul(p.mul(scaled, scaled), -0.5))
    return p.div(found, p.reduce_sum(found, [0]))


@public
def gaussian_blur(
    images: Any,
    kernel_size: Any = (3, 3),
    sigma: Any = (1.0, 1.0),
    data_format: str | None = None,
) -> Tensor:
    """Images blurred by a Gaussian; zeros stand around them.

    Args:
        kernel_size: entries of the kernel; as in Keras, for both of its axes the first is that
            along the width.
        sigma: standard deviations, in the same order.
    """
    where = "ops.image.gaussian_blur"
    x, back = as_batch(where, images, data_format)
    x = p.cast(x, dtypes.float_type(x.dtype))
    sizes = per_axis(where, "kernel_size", kernel_size, 2)
    deviations = cast_to(as_tensor(sigma), x.dtype)
    if shape_of(deviations) != (2,):
        raise ShapeError(where, "needs two standard deviations", f"sigma={sigma!r}", "pass a pair")
    wide, high = (_bell(size, p.part(deviations, 0, i, i + 1)) for i, size in enumerate(sizes))
    kernel = p.reshape(p.contract(high, wide, ((0,), (1,), (0, 1))), (*sizes[::-1], 1))
    y = _each_channel(x, kernel, "same")
    return back(p.reshape(y, shape_of(x)))


@public
def sobel_edges(images: Any, data_format: str | None = None) -> Tensor:
    """How images rise along the height and along the width, as a last axis of two.

    Sobel & Feldman 1968: [1 2 1] across [-1 0 1]; zeros stand around the images.
    """
    where = "ops.image.sobel_edges"
    if as_tensor(images).ndim != 4:
        raise ShapeError(
            where, "takes a batch of images", f"shape {shape_of(as_tensor(images))}",
            "add a batch axis",
        )  # fmt: skip
    x, back = as_batch(where, images, data_format)
    along = np.asarray(ROWS, x.dtype)
    kernel = as_tensor(np.stack([along, along.T], -1))
    y = _each_channel(x, kernel, "same")
    parts = [back(p.reshape(p.part(y, 4, i, i + 1), shape_of(x))) for i in range(2)]
    return p.concatenate([p.reshape(v, (*shape_of(v), 1)) for v in parts], 4)


@public
def ssim(
    image1: Any,
    image2: Any,
    max_val: float = 1.0,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
    data_format: str | None = None,
) -> Tensor:
    """Structural similarity, 1 for equal images: the mean over windows and channels of

        (2 m1 m2 + c1) (2 s12 + c2) / ((m1^2 + m2^2 + c1) (s1 + s2 + c2))

    with means m and (co)variances s under a Gaussian, c1 = (k1 max_val)^2, c2 = (k2 max_val)^2
    (Wang, Bovik, Sheikh & Simoncelli 2004, eq. 13).
    """
    where = "ops.image.ssim"
    a, b = (as_batch(where, image, data_format)[0] for image in (image1, image2))
    if shape_of(a) != shape_of(b):
        raise ShapeError(
            where, "compares images of one shape", f"{shape_of(a)} and {shape_of(b)}",
            "resize one of them",
        )  # fmt: skip
    dtype, kind = a.dtype, dtypes.result_type(a.dtype, "float")
    a, b = p.cast(a, kind), p.cast(b, kind)
    (size,) = per_axis(where, "filter_size", filter_size, 1)
    bell = _bell(size, as_tensor(np.asarray([filter_sigma], kind)))
    kernel = p.reshape(p.contract(bell, bell, ((0,), (1,), (0, 1))), (size, size, 1))

    def mean(v: Tensor) -> Tensor:
        return _each_channel(v, kernel, "valid")

    first, second = mean(a), mean(b)
    both, squares = p.mul(first, second), p.add(p.mul(first, first), p.mul(second, second))
    spread = p.sub(p.add(mean(p.mul(a, a)), mean(p.mul(b, b))), squares)
    shared = p.sub(mean(p.mul(a, b)), both)
    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    above = p.mul(p.add(p.mul(both, 2.0), c1), p.add(p.mul(shared, 2.0), c2))
    found = p.div(above, p.mul(p.add(squares, c1), p.add(spread, c2)))
    places = found.ndim - 1
    count = float(np.prod(shape_of(found)[1:]))
    likeness = p.div(p.reduce_sum(found, range(1, places + 1)), count)
    return p.cast(likeness if as_tensor(image1).ndim == 4 else p.reshape(likeness, ()), dtype)
