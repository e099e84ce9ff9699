"""`tf.nn`: convolutions, pooling, and blocks of pixels as channels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina import ops
from lamina.compat.tensorflow.shapes import sizes_of
from lamina.errors import ArgumentError

__all__ = [
    "atrous_conv2d", "avg_pool", "avg_pool1d", "avg_pool2d", "avg_pool3d", "conv1d",
    "conv1d_transpose", "conv2d", "conv2d_transpose", "conv3d", "conv3d_transpose",
    "conv_transpose", "convolution", "depth_to_space", "depthwise_conv2d", "max_pool",
    "max_pool1d", "max_pool2d", "max_pool3d", "pool", "separable_conv2d", "space_to_depth",
]  # fmt: skip


def _layout(data_format: Any) -> str:
    return "channels_first" if str(data_format).startswith("NC") else "channels_last"


def _spatial(given: Any, count: int, layout: str) -> Any:
    """Strides or sizes of the spatial axes, of a number, N numbers, or N + 2 of them."""
    sizes = sizes_of(given)
    if len(sizes) == count + 2:
        sizes = sizes[2:] if layout == "channels_first" else sizes[1:-1]
    return sizes * count if len(sizes) == 1 else sizes


def _padded(x: Any, padding: Any) -> tuple[Any, str]:
    """Padding by name; one written out is done here."""
    if isinstance(padding, str):
        return x, padding.lower()
    return ops.pad(x, [tuple(p) for p in padding]), "valid"


def _conv(count: int) -> Callable[..., Any]:
    def conv(
        input: Any,
        filters: Any = None,
        strides: Any = 1,
        padding: Any = "VALID",
        data_format: Any = None,
        dilations: Any = 1,
        name: str | None = None,
        **older: Any,
    ) -> Any:
        kernel = older.pop("filter", filters)
        strides = older.pop("stride", strides)
        layout = _layout(data_format)
        x, pads = _padded(input, padding)
        steps = _spatial(strides, count, layout)
        rate = _spatial(1 if dilations is None else dilations, count, layout)
        return ops.conv(x, kernel, steps, pads, layout, rate)

    conv.__doc__ = f"The convolution of inputs with {count} spatial axes."
    return conv


conv1d, conv2d, conv3d = (_conv(n) for n in (1, 2, 3))


def convolution(
    input: Any,
    filters: Any,
    strides: Any = None,
    padding: str = "VALID",
    data_format: Any = None,
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """The convolution of inputs with as many spatial axes as they have."""
    conv = _conv(len(filters.shape) - 2)
    return conv(input, filters, strides or 1, padding, data_format, dilations or 1)


def atrous_conv2d(
    value: Any, filters: Any, rate: int, padding: str, name: str | None = None
) -> Any:
    """The convolution of images with holes in the kernel."""
    return conv2d(value, filters, 1, padding, None, rate)


def _conv_transpose(count: int) -> Callable[..., Any]:
    def conv_transpose(
        input: Any,
        filters: Any = None,
        output_shape: Any = None,
        strides: Any = 1,
        padding: str = "SAME",
        data_format: Any = None,
        dilations: Any = None,
        name: str | None = None,
        **older: Any,
    ) -> Any:
        kernel, layout = older.pop("filter", filters), _layout(data_format)
        steps = _spatial(strides, count, layout)
        found = ops.conv_transpose(input, kernel, steps, padding.lower(), None, layout)
        wanted = sizes_of(output_shape)
        inner = slice(2, None) if layout == "channels_first" else slice(1, -1)
        if len(wanted) == count + 2 and tuple(found.shape)[inner] != tuple(wanted[inner]):
            return _transposed_to(input, kernel, steps, padding.lower(), layout, wanted[inner])
        return found

    conv_transpose.__doc__ = f"The gradient of `conv{count}d` with respect to its input."
    return conv_transpose


def _transposed_to(x: Any, w: Any, steps: Any, padding: str, layout: str, wanted: Any) -> Any:
    extra = []
    sizes = tuple(x.shape)[2:] if layout == "channels_first" else tuple(x.shape)[1:-1]
    for n, k, s, m in zip(sizes, tuple(w.shape), steps, wanted, strict=False):
        base = (n - 1) * s + k - (2 * (k // 2) if padding == "same" else 0)
        extra.append(m - base)
    if any(not 0 <= e < s for e, s in zip(extra, steps, strict=True)):
        raise ArgumentError(
            "tf.nn.conv_transpose", "has no such output for this input and stride",
            f"output_shape with {wanted} of inputs {sizes}", "use stride times the input's size",
        )  # fmt: skip
    return ops.conv_transpose(x, w, steps, padding, tuple(extra), layout)


conv1d_transpose, conv2d_transpose, conv3d_transpose = (_conv_transpose(n) for n in (1, 2, 3))


def conv_transpose(
    input: Any, filters: Any, output_shape: Any, strides: Any, padding: str = "SAME", **rest: Any
) -> Any:
    """The gradient of `convolution` with respect to its input."""
    return _conv_transpose(len(filters.shape) - 2)(
        input, filters, output_shape, strides, padding, **rest
    )


def depthwise_conv2d(
    input: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    data_format: Any = None,
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """The convolution of each channel by kernels of its own."""
    layout = _layout(data_format)
    x, pads = _padded(input, padding)
    rate = _spatial(dilations or 1, 2, layout)
    return ops.depthwise_conv(x, filter, _spatial(strides, 2, layout), pads, layout, rate)


def separable_conv2d(
    input: Any,
    depthwise_filter: Any,
    pointwise_filter: Any,
    strides: Any,
    padding: Any,
    data_format: Any = None,
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """`depthwise_conv2d`, and a product over the channels."""
    x = depthwise_conv2d(input, depthwise_filter, strides, padding, data_format, dilations)
    return conv2d(x, pointwise_filter, 1, "VALID", data_format)


def _pooling(count: int | None, op: str) -> Callable[..., Any]:
    of = getattr(ops, op)

    def pool(
        input: Any = None,
        ksize: Any = None,
        strides: Any = None,
        padding: Any = "VALID",
        data_format: Any = None,
        name: str | None = None,
        **older: Any,
    ) -> Any:
        x = older.pop("value", input)
        spatial = len(x.shape) - 2 if count is None else count
        layout = _layout(data_format)
        size = _spatial(ksize, spatial, layout)
        steps = size if strides is None else _spatial(strides, spatial, layout)
        return of(x, size, steps, padding.lower(), layout)

    pool.__doc__ = f"lamina.ops.{op}"
    return pool


max_pool, avg_pool = _pooling(None, "max_pool"), _pooling(None, "average_pool")
max_pool1d, max_pool2d, max_pool3d = (_pooling(n, "max_pool") for n in (1, 2, 3))
avg_pool1d, avg_pool2d, avg_pool3d = (_pooling(n, "average_pool") for n in (1, 2, 3))


def pool(
    input: Any,
    window_shape: Any,
    pooling_type: str,
    strides: Any = None,
    padding: str = "VALID",
    data_format: Any = None,
    dilations: Any = None,
    name: str | None = None,
) -> Any:
    """The largest entry ("MAX") or the mean ("AVG") of each window, at steps of 1 by default."""
    of = max_pool if pooling_type == "MAX" else avg_pool
    return of(input, window_shape, strides or 1, padding, data_format)


def space_to_depth(
    input: Any, block_size: int, data_format: str = "NHWC", name: str | None = None
) -> Any:
    """Blocks of pixels as channels."""
    return ops.space_to_depth(input, block_size, _layout(data_format))


def depth_to_space(
    input: Any, block_size: int, data_format: str = "NHWC", name: str | None = None
) -> Any:
    """Channels as blocks of pixels."""
    return ops.depth_to_space(input, block_size, _layout(data_format))
