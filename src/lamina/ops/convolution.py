"""Convolution: a contraction of windows with a kernel.

    y[b, o, f] = the sum over k, c of x[b, o stride + k dilation, c] w[k, c, f]

for any number of spatial axes (o and k stand for one index each along all of them). No window is
copied: `windows` is a view.
"""

from __future__ import annotations

from typing import Any

from lamina.errors import ShapeError
from lamina.graph.data_format import standard_data_format
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.public import cast_to, public
from lamina.ops.spatial import (
    check_windows,
    from_channels_last,
    padded,
    padding_of,
    pads_of,
    per_axis,
    to_channels_last,
)

__all__ = ["conv", "depthwise_conv", "separable_conv"]


@public
def conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Tensor:
    """Convolution over N spatial axes; see the module. The result has the kernel's dtype.

    Shapes: x (B, n1, .., nN, C), w (k1, .., kN, C / groups, F) -> (B, o1, .., oN, F). Where the
    kernel has fewer channels than the input, each group of channels makes its share of the F.

    Args:
        strides, dilation_rate: one number, or one for each spatial axis.
        padding: "valid" (none), "same" (o = ceil(n / stride)) or "causal" (o = ceil(n / stride),
            all of it before the axis).
        data_format: "channels_last" (default) or "channels_first".

    Raises: ShapeError for ranks or channels that do not go together, and where no window fits.
    """
    where = "ops.conv"
    x, w, layout = operands_of(where, inputs, kernel, data_format)
    channels, (*_, inner, filters) = shape_of(x)[-1], checked_kernel(where, x, w)
    if channels % inner:
        raise ShapeError(
            where, "needs channels that are a multiple of the kernel's",
            f"{channels} channels for a kernel of {shape_of(w)}",
            "make the kernel (*sizes, channels / groups, filters)",
        )  # fmt: skip
    groups = channels // inner
    if groups == 0 or filters % groups:
        raise ShapeError(
            where, "needs filters that are a multiple of the groups",
            f"{filters} filters for {groups} groups ({channels} channels, kernel {shape_of(w)})",
            "choose another number of filters or of groups",
        )  # fmt: skip
    y = _convolved(where, x, w, groups, strides, padding, dilation_rate)
    return from_channels_last(y, layout)


@public
def depthwise_conv(
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Tensor:
    """Convolution of each channel by itself, with M kernels for each.

    Shapes: x (B, n1, .., nN, C), w (k1, .., kN, C, M) -> (B, o1, .., oN, C M). Arguments and
    errors as for `conv`.
    """
    where = "ops.depthwise_conv"
    x, w, layout = operands_of(where, inputs, kernel, data_format)
    y = _by_channel(where, x, w, strides, padding, dilation_rate)
    return from_channels_last(y, layout)


def _by_channel(
    where: str, x: Tensor, w: Tensor, strides: Any, padding: str, dilation_rate: Any
) -> Tensor:
    """`depthwise_conv` of a channels-last input."""
    channels, (*sizes, inner, times) = shape_of(x)[-1], checked_kernel(where, x, w)
    if channels != inner:
        raise ShapeError(
            where, "needs as many channels as the kernel",
            f"{channels} channels for a kernel of {shape_of(w)}",
            "make the kernel (*sizes, channels, kernels a channel)",
        )  # fmt: skip
    w = p.reshape(w, (*sizes, 1, channels * times))
    return _convolved(where, x, w, channels, strides, padding, dilation_rate)


@public
def separable_conv(
    inputs: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Tensor:
    """`depthwise_conv`, then a convolution of size 1 that mixes its channels.

    Shapes: x (B, n1, .., nN, C), depthwise (k1, .., kN, C, M), pointwise (1, .., 1, C M, F) ->
    (B, o1, .., oN, F). Arguments and errors as for `conv`.
    """
    where = "ops.separable_conv"
    x, first, layout = operands_of(where, inputs, depthwise_kernel, data_format)
    second = as_tensor(pointwise_kernel)
    y = _by_channel(where, x, first, strides, padding, dilation_rate)
    *sizes, inner, _ = checked_kernel(where, y, second)
    if set(sizes) != {1} or inner != shape_of(y)[-1]:
        raise ShapeError(
            where, "needs a pointwise kernel of size 1 for all channels of the depthwise one",
            f"{shape_of(second)} for {shape_of(y)[-1]} channels",
            f"make it {(*[1] * len(sizes), shape_of(y)[-1])} and filters",
        )  # fmt: skip
    y = _convolved(where, p.cast(y, second.dtype), second, 1, 1, "valid", 1)
    return from_channels_last(y, layout)


def operands_of(
    where: str, inputs: Any, kernel: Any, data_format: str | None
) -> tuple[Tensor, Tensor, str]:
    """The inputs, channels last and in the kernel's dtype, the kernel, and the inputs' layout."""
    layout = standard_data_format(where, data_format)
    w = as_tensor(kernel)
    return to_channels_last(where, cast_to(inputs, w.dtype), layout), w, layout


def checked_kernel(where: str, x: Tensor, w: Tensor) -> tuple[int, ...]:
    """The kernel's shape, which has the rank of the inputs and no size of 0."""
    if w.ndim != x.ndim or 0 in shape_of(w):
        raise ShapeError(
            where, "needs a kernel with the rank of the inputs, and entries",
            f"kernel {shape_of(w)} for inputs (channels last) of {shape_of(x)}",
            "make the kernel (*sizes, channels, filters)",
        )  # fmt: skip
    return shape_of(w)


def _convolved(
    where: str, x: Tensor, w: Tensor, groups: int, strides: Any, padding: str, dilation_rate: Any
) -> Tensor:
    """The convolution of a channels-last input, each group of channels by itself."""
    count = x.ndim - 2
    sizes = shape_of(w)[:count]
    steps = per_axis(where, "strides", strides, count)
    gaps = per_axis(where, "dilation_rate", dilation_rate, count)
    legal = ("valid", "same", "causal") if count == 1 else ("valid", "same")
    word = padding_of(where, padding, legal)
    extents = [(k - 1) * gap + 1 for k, gap in zip(sizes, gaps, strict=True)]
    pads = pads_of(word, shape_of(x)[1:-1], extents, steps)
    check_windows(where, shape_of(x), pads, extents, "the kernel")
    x = padded(_in_groups(x, groups), pads, 0)
    seen = p.windows(x, range(1, 1 + count), sizes, steps, gaps)
    return product_of_windows(seen, w, groups, count)


def _in_groups(x: Tensor, groups: int) -> Tensor:
    """(.., C) as (.., G, C / G); as it is where there is one group."""
    *lead, channels = shape_of(x)
    return x if groups == 1 else p.reshape(x, (*lead, groups, channels // groups))


def product_of_windows(seen: Tensor, w: Tensor, groups: int, count: int) -> Tensor:
    """Windows (B, o1, k1, .., [G,] c) times a kernel (k1, .., c, G f): (B, o1, .., G f)."""
    *sizes, inner, filters = shape_of(w)
    batch, group, channel, unit = 0, 1, 2, 3
    outer, within = range(4, 4 + count), range(4 + count, 4 + 2 * count)
    pairs = [label for pair in zip(outer, within, strict=True) for label in pair]
    some = [group] if groups > 1 else []
    if groups > 1:
        w = p.reshape(w, (*sizes, inner, groups, filters // groups))
    spec = (
        (batch, *pairs, *some, channel), (*within, channel, *some, unit),
        (batch, *outer, *some, unit),
    )  # fmt: skip
    y = p.contract(seen, w, spec)
    return p.reshape(y, (*shape_of(y)[: 1 + count], filters))
