"""Convolution, pooling, padding and resizing, with older Keras' arguments."""

from __future__ import annotations

from typing import Any

from lamina import layers, ops
from lamina.errors import ArgumentError
from lamina.graph.tensor import Tensor

__all__ = [
    "asymmetric_spatial_2d_padding", "asymmetric_temporal_padding", "conv1d", "conv2d",
    "conv2d_transpose", "conv3d", "conv3d_transpose", "deconv2d", "deconv3d", "depthwise_conv2d",
    "pool2d", "pool3d", "resize_images", "resize_volumes", "separable_conv1d", "separable_conv2d",
    "spatial_2d_padding", "spatial_3d_padding", "temporal_padding",
]  # fmt: skip


def conv1d(
    x: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Tensor:
    """The convolution of series, images or volumes, as the kernel has axes."""
    return ops.conv(x, kernel, strides, padding, data_format, dilation_rate)


conv2d = conv3d = conv1d


def depthwise_conv2d(
    x: Any,
    depthwise_kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Tensor:
    """The convolution of each channel by itself."""
    return ops.depthwise_conv(x, depthwise_kernel, strides, padding, data_format, dilation_rate)


def separable_conv1d(
    x: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Tensor:
    """The convolution of each channel by itself, and then of all at each place."""
    return ops.separable_conv(
        x, depthwise_kernel, pointwise_kernel, strides, padding, data_format, dilation_rate
    )


separable_conv2d = separable_conv1d


def conv2d_transpose(
    x: Any,
    kernel: Any,
    output_shape: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Any:
    """The adjoint of a convolution; the sizes follow from strides and padding."""
    del output_shape
    return ops.conv_transpose(
        x, kernel, strides, padding, data_format=data_format, dilation_rate=dilation_rate
    )


deconv2d = deconv3d = conv3d_transpose = conv2d_transpose


def pool2d(
    x: Any,
    pool_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    pool_mode: str = "max",
) -> Tensor:
    """The largest entry, or for "avg" the mean, of every window of images."""
    if pool_mode not in ("max", "avg"):
        raise ArgumentError(
            "pool2d", "knows 'max' and 'avg'", f"pool_mode={pool_mode!r}", "use one of them"
        )
    pool = ops.max_pool if pool_mode == "max" else ops.average_pool
    return pool(x, pool_size, strides, padding, data_format)


def pool3d(
    x: Any,
    pool_size: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    pool_mode: str = "max",
) -> Tensor:
    """The largest entry, or for "avg" the mean, of every window of volumes."""
    return pool2d(x, pool_size, strides, padding, data_format, pool_mode)


def resize_images(
    x: Any,
    height_factor: int,
    width_factor: int,
    data_format: str | None = None,
    interpolation: str = "nearest",
) -> Any:
    """Images some times as high and wide."""
    return layers.UpSampling2D((height_factor, width_factor), data_format, interpolation)(x)


def spatial_2d_padding(
    x: Any, padding: Any = ((1, 1), (1, 1)), data_format: str | None = None
) -> Any:
    """Images among zeros."""
    return layers.ZeroPadding2D(padding, data_format)(x)


def temporal_padding(x: Any, padding: Any = (1, 1)) -> Tensor:
    """Sequences (B, T, C) between zeros."""
    return ops.pad(x, ((0, 0), tuple(padding), (0, 0)))


def spatial_3d_padding(
    x: Any, padding: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None
) -> Any:
    """Volumes among zeros."""
    return layers.ZeroPadding3D(padding, data_format)(x)


def asymmetric_temporal_padding(x: Any, left_pad: int = 1, right_pad: int = 1) -> Tensor:
    """Sequences (B, T, C) between zeros."""
    return temporal_padding(x, (left_pad, right_pad))


def asymmetric_spatial_2d_padding(
    x: Any,
    top_pad: int = 1,
    bottom_pad: int = 1,
    left_pad: int = 1,
    right_pad: int = 1,
    dim_ordering: Any = None,
) -> Any:
    """Images among zeros."""
    return spatial_2d_padding(x, ((top_pad, bottom_pad), (left_pad, right_pad)))


def resize_volumes(
    x: Any, depth_factor: int, height_factor: int, width_factor: int, data_format: Any = None
) -> Any:
    """Volumes some times as deep, high and wide."""
    return layers.UpSampling3D((depth_factor, height_factor, width_factor), data_format)(x)
