"""Transposed convolution: what the gradient of a convolution does, as a layer."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.errors import ArgumentError
from lamina.layers.base import Shape
from lamina.layers.sizes import count_of, refuse_strides_with_gaps, sizes_of, space_of
from lamina.layers.sliding import SlidingKernel
from lamina.layers.weight_options import add_weight, keep_options
from lamina.layers.windows import with_channels


class ConvolutionTranspose(SlidingKernel):
    """Every entry of x adds the kernel, times itself, to a window of y; then b and the activation.

    Shapes: x (B, space..., C) -> y (B, larger space..., filters), or both with the channels after
        the batch; w (*kernel_size, filters, C), b (filters,). With "same" padding space grows
        `strides` times; with "valid" to (n - 1) stride + the window, at least n stride.
    Args:
        output_padding: how many entries y has beyond the smallest size that a convolution takes to
            x: less than the stride.
        others: as `Convolution`.
    """

    plain = ("filters", "output_padding")

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        output_padding: Any = None,
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias,
            activity_regularizer=activity_regularizer, **kwargs,
        )  # fmt: skip
        self.filters = count_of(type(self).__name__, "filters", filters)
        self.output_padding = self._checked(output_padding)
        keep_options(self, "kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        keep_options(self, "bias", bias_initializer, bias_regularizer, bias_constraint)
        refuse_strides_with_gaps(type(self).__name__, self.strides, self.dilation_rate)

    def _checked(self, output_padding: Any) -> tuple[int, ...] | None:
        if output_padding is None:
            return None
        where = type(self).__name__
        found = sizes_of(where, "output_padding", output_padding, self.rank, least=0)
        if any(extra >= stride for extra, stride in zip(found, self.strides, strict=True)):
            raise ArgumentError(
                where, "needs an output_padding below the stride on every axis",
                f"output_padding={found}, strides={self.strides}", "make it smaller, or None",
            )  # fmt: skip
        return found

    def build(self, input_shape: Any) -> None:
        """Makes w and b."""
        channels = self._fixed_channels(input_shape)
        self.kernel = add_weight(self, "kernel", (*self.kernel_size, self.filters, channels))
        self._add_bias(self.filters)

    def call(self, inputs: Any) -> Any:
        """y = activation(transposed convolution of x + b)."""
        y = ops.conv_transpose(
            inputs, self.kernel, output_padding=self.output_padding, **self._window_arguments()
        )
        return self._activated(y)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """Space grows with the strides and the window; a channel a filter."""
        found = list(input_shape)
        for i, axis in enumerate(space_of(self.data_format, self.rank)):
            if found[axis] is not None:
                found[axis] = self._grown(i, found[axis])
        return with_channels(tuple(found), self.data_format, self.filters)

    def _grown(self, i: int, n: int) -> int:
        """The size of axis i of space for n entries."""
        stride = self.strides[i]
        extent = (self.kernel_size[i] - 1) * self.dilation_rate[i] + 1
        extra = None if self.output_padding is None else self.output_padding[i]
        if self.padding == "valid":
            return (n - 1) * stride + (max(extent, stride) if extra is None else extent + extra)
        return n * stride if extra is None else (n - 1) * stride + extent % 2 + extra


class Conv1DTranspose(ConvolutionTranspose):
    """Transposed convolution of sequences x (B, T, C): see `ConvolutionTranspose`."""

    rank = 1


class Conv2DTranspose(ConvolutionTranspose):
    """Transposed convolution of images x (B, H, W, C): see `ConvolutionTranspose`."""

    rank = 2


class Conv3DTranspose(ConvolutionTranspose):
    """Transposed convolution of volumes x (B, D, H, W, C): see `ConvolutionTranspose`.

    As in Keras, `data_format` stands before `output_padding` here.
    """

    rank = 3

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        output_padding: Any = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            filters, kernel_size, strides, padding, output_padding, data_format, dilation_rate,
            activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer,
            bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint, **kwargs,
        )  # fmt: skip
