"""Adaptive pooling: windows of such sizes that the result has a given size."""

from __future__ import annotations

from typing import Any, ClassVar

from lamina import ops
from lamina.errors import ArgumentTypeError
from lamina.graph.data_format import standard_data_format
from lamina.layers.base import Layer, Shape
from lamina.layers.input_spec import InputSpec
from lamina.layers.sizes import sizes_of, space_of


class AdaptivePooling(Layer):
    """Base. Window i of an axis of n entries, of m in the result, goes from floor(i n / m) to
    ceil((i + 1) n / m).

    Shapes: x (B, space..., C) -> y (B, *output_size, C), or both with the channels after the batch.
    Args:
        output_size: a number, or one for each axis of space.
    """

    rank: ClassVar[int]

    def __init__(self, output_size: Any, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        where = type(self).__name__
        if not isinstance(output_size, int | list | tuple):
            raise ArgumentTypeError(
                f"{where}(output_size=...)", f"needs a whole number, or {self.rank} of them",
                f"{output_size!r} of type {type(output_size).__name__}", "pass output_size=4",
            )  # fmt: skip
        self.output_size = sizes_of(where, "output_size", output_size, self.rank)
        self.data_format = standard_data_format(where, data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)
        self.built = True

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """Space becomes `output_size`."""
        space = dict(zip(space_of(self.data_format, self.rank), self.output_size, strict=True))
        return tuple(space.get(axis, n) for axis, n in enumerate(input_shape))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        own = {"output_size": self.output_size, "data_format": self.data_format}
        return {**super().get_config(), **own}


class AdaptiveMaxPooling(AdaptivePooling):
    """The largest entry of every window."""

    def call(self, inputs: Any) -> Any:
        """y = max of each window of x."""
        return ops.adaptive_max_pool(inputs, self.output_size, self.data_format)


class AdaptiveAveragePooling(AdaptivePooling):
    """The mean of every window."""

    def call(self, inputs: Any) -> Any:
        """y = mean of each window of x."""
        return ops.adaptive_average_pool(inputs, self.output_size, self.data_format)


class AdaptiveMaxPooling1D(AdaptiveMaxPooling):
    """y = max over windows of the steps of x (B, T, C)."""

    rank = 1


class AdaptiveMaxPooling2D(AdaptiveMaxPooling):
    """y = max over windows of x (B, H, W, C)."""

    rank = 2


class AdaptiveMaxPooling3D(AdaptiveMaxPooling):
    """y = max over windows of x (B, D, H, W, C)."""

    rank = 3


class AdaptiveAveragePooling1D(AdaptiveAveragePooling):
    """y = mean over windows of the steps of x (B, T, C)."""

    rank = 1


class AdaptiveAveragePooling2D(AdaptiveAveragePooling):
    """y = mean over windows of x (B, H, W, C)."""

    rank = 2


class AdaptiveAveragePooling3D(AdaptiveAveragePooling):
    """y = mean over windows of x (B, D, H, W, C)."""

    rank = 3
