"""What all layers share that slide a kernel over the axes of space."""

from __future__ import annotations

from typing import Any, ClassVar

from lamina import activations, ops, regularizers
from lamina.errors import ShapeError
from lamina.graph.data_format import standard_data_format
from lamina.graph.variable import Variable
from lamina.layers.base import Layer, Shape
from lamina.layers.input_spec import InputSpec
from lamina.layers.sizes import padding_of, sizes_of
from lamina.layers.weight_options import add_weight, options_config
from lamina.layers.windows import windowed_shape, with_channels


class SlidingKernel(Layer):
    """Base: where the windows lie, the bias, and the activation.

    Attributes:
        rank: the number of axes of space.
        plain: the arguments that are written to the configuration as they are.
        options: the weights with an initializer, a regularizer and a constraint.
    """

    rank: ClassVar[int]
    paddings: ClassVar[tuple[str, ...]] = ("valid", "same")
    plain: ClassVar[tuple[str, ...]] = ()
    options: ClassVar[tuple[str, ...]] = ("kernel", "bias")
    bias: Variable | None
    filters: int

    def __init__(
        self,
        kernel_size: Any,
        strides: Any,
        padding: str,
        data_format: str | None,
        dilation_rate: Any,
        activation: Any,
        use_bias: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        where, rank = type(self).__name__, self.rank
        self.kernel_size = sizes_of(where, "kernel_size", kernel_size, rank)
        self.strides = sizes_of(where, "strides", strides, rank)
        self.dilation_rate = sizes_of(where, "dilation_rate", dilation_rate, rank)
        self.padding = padding_of(where, padding, self.paddings)
        self.data_format = standard_data_format(where, data_format)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.input_spec = InputSpec(ndim=rank + 2)

    def _fixed_channels(self, input_shape: Any) -> int:
        """The number of channels, which later inputs must have too."""
        channels = self._channels_of(input_shape)
        axis = -1 if self.data_format == "channels_last" else 1
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={axis: channels})
        return channels

    def _channels_of(self, input_shape: Any) -> int:
        """The number of channels.

        Raises: ShapeError if it is unknown.
        """
        channels: int | None = input_shape[-1 if self.data_format == "channels_last" else 1]
        if channels is None:
            raise ShapeError(
                f"{type(self).__name__} '{self.name}'", "needs to know the number of channels",
                f"inputs of shape {tuple(input_shape)}", "give that axis a fixed size",
            )  # fmt: skip
        return channels

    def _add_bias(self, filters: int) -> None:
        self.bias = add_weight(self, "bias", (filters,)) if self.use_bias else None

    def _activated(self, y: Any) -> Any:
        """activation(y + b)."""
        if self.bias is not None:
            along = with_channels((1,) * y.ndim, self.data_format, self.bias.shape[0])
            y = ops.add(y, ops.reshape(self.bias, along))
        return self.activation(y)

    def _window_arguments(self) -> dict[str, Any]:
        """What all ops that slide a kernel take."""
        return {
            "strides": self.strides, "padding": self.padding, "data_format": self.data_format,
            "dilation_rate": self.dilation_rate,
        }  # fmt: skip

    def _filters_for(self, input_shape: Any) -> int:
        return self.filters

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """One entry a window on each axis of space, and a channel a filter.

        Raises: ShapeError if a window is longer than its axis.
        """
        counts = windowed_shape(self, input_shape, self.kernel_size, self.dilation_rate)
        shape = tuple(counts.get(axis, n) for axis, n in enumerate(input_shape))
        return with_channels(shape, self.data_format, self._filters_for(input_shape))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        plain = (
            "kernel_size", "strides", "padding", "data_format", "dilation_rate", "use_bias",
            *self.plain,
        )  # fmt: skip
        return {
            **super().get_config(),
            **{name: getattr(self, name) for name in plain},
            **options_config(self, *self.options),
            "activation": activations.serialize(self.activation),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
        }
