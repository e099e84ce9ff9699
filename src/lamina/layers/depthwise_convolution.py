"""Convolution of each channel by itself, alone or before a mix of the channels."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers.sizes import count_of
from lamina.layers.sliding import SlidingKernel
from lamina.layers.weight_options import add_weight, keep_options


class DepthwiseConvolution(SlidingKernel):
    """y = activation(x * w + b), every channel of x having `depth_multiplier` filters.

    Shapes: x (B, space..., C) -> y (B, windows..., C depth_multiplier), or both with the channels
        after the batch; w (*kernel_size, C, depth_multiplier), b (C depth_multiplier,).
    Args: as `Convolution`.
    """

    plain = ("depth_multiplier",)
    options = ("depthwise", "bias")

    def __init__(
        self,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias,
            activity_regularizer=activity_regularizer, **kwargs,
        )  # fmt: skip
        self.depth_multiplier = count_of(type(self).__name__, "depth_multiplier", depth_multiplier)
        keep_options(
            self, "depthwise", depthwise_initializer, depthwise_regularizer, depthwise_constraint
        )
        keep_options(self, "bias", bias_initializer, bias_regularizer, bias_constraint)

    def _filters_for(self, input_shape: Any) -> int:
        return self._channels_of(input_shape) * self.depth_multiplier

    def build(self, input_shape: Any) -> None:
        """Makes w and b."""
        channels = self._fixed_channels(input_shape)
        self.compute_output_shape(input_shape)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.kernel = add_weight(self, "depthwise", shape, "kernel")
        self._add_bias(channels * self.depth_multiplier)

    def call(self, inputs: Any) -> Any:
        """y = activation(x * w + b), channel by channel."""
        return self._activated(ops.depthwise_conv(inputs, self.kernel, **self._window_arguments()))


class DepthwiseConv1D(DepthwiseConvolution):
    """Convolution of each channel of sequences x (B, T, C): see `DepthwiseConvolution`."""

    rank = 1


class DepthwiseConv2D(DepthwiseConvolution):
    """Convolution of each channel of images x (B, H, W, C): see `DepthwiseConvolution`."""

    rank = 2


class SeparableConvolution(SlidingKernel):
    """y = activation((x * v) w + b): each channel convolved by itself, then the channels mixed.

    Shapes: x (B, space..., C) -> y (B, windows..., filters), or both with the channels after the
        batch; depthwise v (*kernel_size, C, depth_multiplier), pointwise w (1..., C
        depth_multiplier, filters), b (filters,).
    Args: as `Convolution`.
    """

    plain = ("filters", "depth_multiplier")
    options = ("depthwise", "pointwise", "bias")

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias,
            activity_regularizer=activity_regularizer, **kwargs,
        )  # fmt: skip
        where = type(self).__name__
        self.filters = count_of(where, "filters", filters)
        self.depth_multiplier = count_of(where, "depth_multiplier", depth_multiplier)
        keep_options(
            self, "depthwise", depthwise_initializer, depthwise_regularizer, depthwise_constraint
        )
        keep_options(
            self, "pointwise", pointwise_initializer, pointwise_regularizer, pointwise_constraint
        )
        keep_options(self, "bias", bias_initializer, bias_regularizer, bias_constraint)

    def build(self, input_shape: Any) -> None:
        """Makes v, w and b."""
        channels = self._fixed_channels(input_shape)
        self.compute_output_shape(input_shape)
        between, ones = channels * self.depth_multiplier, (1,) * self.rank
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.depthwise_kernel = add_weight(self, "depthwise", shape, "depthwise_kernel")
        shape = (*ones, between, self.filters)
        self.pointwise_kernel = add_weight(self, "pointwise", shape, "pointwise_kernel")
        self._add_bias(self.filters)

    def call(self, inputs: Any) -> Any:
        """y = activation((x * v) w + b)."""
        y = ops.separable_conv(
            inputs, self.depthwise_kernel, self.pointwise_kernel, **self._window_arguments()
        )
        return self._activated(y)


class SeparableConv1D(SeparableConvolution):
    """Separable convolution of sequences x (B, T, C): see `SeparableConvolution`."""

    rank = 1


class SeparableConv2D(SeparableConvolution):
    """Separable convolution of images x (B, H, W, C): see `SeparableConvolution`."""

    rank = 2
