"""Layers that change the shape of each row and nothing else: Flatten, Reshape, Permute,
RepeatVector.
"""

from __future__ import annotations

import math
from typing import Any

from lamina import ops
from lamina.errors import ArgumentError, ArgumentTypeError, ShapeError
from lamina.graph.data_format import standard_data_format
from lamina.layers.base import Layer, Shape
from lamina.layers.input_spec import InputSpec
from lamina.layers.sizes import count_of


class Flatten(Layer):
    """Each row as a vector: x (B, a, b, ...) -> y (B, a b ...); (B,) -> (B, 1).

    Args:
        data_format: "channels_last" (default) or "channels_first", which moves axis 1 to the end
            before flattening.
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = standard_data_format("Flatten", data_format)
        self.input_spec = InputSpec(min_ndim=1)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The rows flattened in row-major order."""
        if self.data_format == "channels_first" and inputs.ndim > 1:
            inputs = ops.moveaxis(inputs, 1, -1)
        rest = tuple(inputs.shape[1:])
        return ops.reshape(inputs, (inputs.shape[0], math.prod(rest)))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "data_format": self.data_format}


class Reshape(Layer):
    """Each row in another shape: x (B, ...) -> y (B, *target_shape); one entry may be -1."""

    def __init__(self, target_shape: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target_shape: Shape = (
            (target_shape,) if isinstance(target_shape, int) else tuple(target_shape)
        )
        if list(self.target_shape).count(-1) > 1:
            raise ArgumentError(
                "Reshape", "can work out one size only", f"target_shape={self.target_shape}",
                "use -1 at most once",
            )  # fmt: skip
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The rows in the target shape."""
        count = math.prod(inputs.shape[1:])
        known = math.prod(n for n in self.target_shape if n is not None and n != -1)
        if (-1 in self.target_shape and (known == 0 or count % known)) or (
            -1 not in self.target_shape and known != count
        ):
            raise ShapeError(
                f"Reshape '{self.name}'", f"cannot make rows of shape {self.target_shape}",
                f"x of shape {tuple(inputs.shape)}, rows of {count} elements",
                "choose a shape with as many elements",
            )  # fmt: skip
        sizes = [count // known if n == -1 else n for n in self.target_shape]
        return ops.reshape(inputs, (inputs.shape[0], *sizes))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "target_shape": self.target_shape}


class Permute(Layer):
    """The axes of each row in another order: `dims` are their numbers, from 1."""

    def __init__(self, dims: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ArgumentError(
                "Permute", "needs each axis of a row once, counted from 1", f"dims={dims!r}",
                "pass dims=(2, 1), for instance",
            )  # fmt: skip
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, inputs: Any) -> Any:
        """The rows transposed."""
        return ops.transpose(inputs, (0, *self.dims))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "dims": self.dims}


class RepeatVector(Layer):
    """Each row n times: x (B, C) -> y (B, n, C)."""

    def __init__(self, n: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(n, int) or isinstance(n, bool):
            raise ArgumentTypeError(
                "RepeatVector", "needs a whole number", f"n={n!r}", "pass n=3, for instance"
            )
        self.n = count_of("RepeatVector", "n", n)
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs: Any) -> Any:
        """The rows repeated along a new axis 1."""
        return ops.repeat(ops.expand_dims(inputs, 1), self.n, axis=1)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "n": self.n}
