"""Convolution in 1 to 3 axes of space."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.errors import ArgumentError, ShapeError
from lamina.layers.sizes import count_of, refuse_strides_with_gaps
from lamina.layers.sliding import SlidingKernel
from lamina.layers.weight_options import add_weight, keep_options


class Convolution(SlidingKernel):
    """y = activation(x * w + b), each filter over the channels of its group.

    Shapes: x (B, space..., C) -> y (B, windows..., filters), or both with the channels after the
        batch; w (*kernel_size, C / groups, filters), b (filters,).
    Start:  w Glorot uniform, b zero.
    Args:
        filters: the number of channels of y.
        kernel_size, strides, dilation_rate: a number, or one for each axis of space; a stride or a
            dilation, not both.
        padding: "valid" (only whole windows) or "same" (a window for each stride, among zeros).
        data_format: "channels_last" or "channels_first"; by default keras.config's.
    Raises: ShapeError if a window is longer than its axis.
    Keras:  same arguments and weight order; `lora_rank` is not offered.
    """

    plain = ("filters", "groups")

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        groups: int = 1,
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
        where = type(self).__name__
        self.filters = count_of(where, "filters", filters)
        self.groups = count_of(where, "groups", groups)
        keep_options(self, "kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        keep_options(self, "bias", bias_initializer, bias_regularizer, bias_constraint)
        if self.filters % self.groups:
            raise ArgumentError(
                where, "needs a number of filters that its groups divide",
                f"filters={filters}, groups={groups}", "choose a multiple of groups",
            )  # fmt: skip
        refuse_strides_with_gaps(type(self).__name__, self.strides, self.dilation_rate)

    def build(self, input_shape: Any) -> None:
        """Makes w and b."""
        channels = self._fixed_channels(input_shape)
        if channels % self.groups:
            raise ShapeError(
                f"{type(self).__name__} '{self.name}'", "needs channels that its groups divide",
                f"{channels} channels, groups={self.groups}", "choose a divisor of the channels",
            )  # fmt: skip
        self.compute_output_shape(input_shape)
        shape = (*self.kernel_size, channels // self.groups, self.filters)
        self.kernel = add_weight(self, "kernel", shape)
        self._add_bias(self.filters)

    def call(self, inputs: Any) -> Any:
        """y = activation(x * w + b)."""
        return self._activated(ops.conv(inputs, self.kernel, **self._window_arguments()))


class Conv1D(Convolution):
    """Convolution of sequences x (B, T, C): see `Convolution`.

    Args:
        padding: also "causal": y at a step depends on x up to that step only.
    """

    rank = 1
    paddings = ("valid", "same", "causal")


class Conv2D(Convolution):
    """Convolution of images x (B, H, W, C): see `Convolution`."""

    rank = 2


class Conv3D(Convolution):
    """Convolution of volumes x (B, D, H, W, C): see `Convolution`."""

    rank = 3
