"""Pooling: the largest entry, or the mean, of every window of each channel."""

from __future__ import annotations

from typing import Any, ClassVar

from lamina import ops
from lamina.graph.data_format import standard_data_format
from lamina.layers.base import Layer, Shape
from lamina.layers.input_spec import InputSpec
from lamina.layers.sizes import padding_of, sizes_of
from lamina.layers.windows import windowed_shape


class Pooling(Layer):
    """Base. Shapes: x (B, space..., C) -> y (B, windows..., C), or both with the channels after
    the batch.

    Args:
        pool_size: the sizes of a window, a number or one for each axis of space.
        strides: from one window to the next, by default `pool_size`.
        padding: "valid" (only whole windows) or "same" (one for each stride).
    Raises: ShapeError if a window is longer than its axis.
    """

    rank: ClassVar[int]

    def __init__(
        self,
        pool_size: Any,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        where = type(self).__name__
        self.pool_size = sizes_of(where, "pool_size", pool_size, self.rank)
        strides = self.pool_size if strides is None else strides
        self.strides = sizes_of(where, "strides", strides, self.rank)
        self.padding = padding_of(where, padding)
        self.data_format = standard_data_format(where, data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)
        self.built = True

    def _arguments_for(self, inputs: Any) -> tuple[Any, ...]:
        self.compute_output_shape(tuple(inputs.shape))  # checks them
        return self.pool_size, self.strides, self.padding, self.data_format

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """One entry a window."""
        counts = windowed_shape(self, input_shape, self.pool_size, (1,) * self.rank)
        return tuple(counts.get(axis, n) for axis, n in enumerate(input_shape))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        names = ("pool_size", "strides", "padding", "data_format")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


class MaxPooling(Pooling):
    """The largest entry of every window."""

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format, name, **kwargs)

    def call(self, inputs: Any) -> Any:
        """y = max of each window of x."""
        return ops.max_pool(inputs, *self._arguments_for(inputs))


class AveragePooling(Pooling):
    """The mean of every window, of what lies in x."""

    def call(self, inputs: Any) -> Any:
        """y = mean of each window of x."""
        return ops.average_pool(inputs, *self._arguments_for(inputs))


class MaxPooling1D(MaxPooling):
    """y = max over windows of the steps of x (B, T, C)."""

    rank = 1


class MaxPooling2D(MaxPooling):
    """y = max over windows of x (B, H, W, C)."""

    rank = 2


class MaxPooling3D(MaxPooling):
    """y = max over windows of x (B, D, H, W, C)."""

    rank = 3


class AveragePooling1D(AveragePooling):
    """y = mean over windows of the steps of x (B, T, C)."""

    rank = 1


class AveragePooling2D(AveragePooling):
    """y = mean over windows of x (B, H, W, C)."""

    rank = 2


class AveragePooling3D(AveragePooling):
    """y = mean over windows of x (B, D, H, W, C)."""

    rank = 3
