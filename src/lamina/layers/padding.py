"""Padding and cropping: entries added to, or taken from, both ends of the axes of space."""

from __future__ import annotations

from typing import Any, ClassVar

from lamina import ops
from lamina.errors import ShapeError
from lamina.graph.data_format import standard_data_format
from lamina.layers.base import Layer, Shape
from lamina.layers.input_spec import InputSpec
from lamina.layers.sizes import Pairs, pairs_of, space_of


class Bordered(Layer):
    """Base: what changes at the two ends of each axis of space is kept as an attribute.

    Attributes:
        argument: its name, "padding" or "cropping".
        rank: the number of axes of space.
    """

    argument: ClassVar[str]
    rank: ClassVar[int]

    def __init__(self, pairs: Any, data_format: str | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = standard_data_format(type(self).__name__, data_format)
        self._pairs: Pairs = pairs_of(type(self).__name__, self.argument, pairs, self.rank)
        setattr(self, self.argument, self._pairs if self.rank > 1 else self._pairs[0])
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _by_axis(self) -> Pairs:
        """The pair of every axis of the inputs."""
        space = dict(zip(space_of(self.data_format, self.rank), self._pairs, strict=True))
        return tuple(space.get(axis, (0, 0)) for axis in range(self.rank + 2))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        own = {self.argument: getattr(self, self.argument), "data_format": self.data_format}
        return {**super().get_config(), **own}


class ZeroPadding(Bordered):
    """Zeros before and after each axis of space."""

    argument = "padding"

    def __init__(self, padding: Any = 1, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(padding, data_format, **kwargs)

    def call(self, inputs: Any) -> Any:
        """x between zeros."""
        return ops.pad(inputs, self._by_axis())

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """The sizes grow by what is added."""
        return tuple(
            None if n is None else n + before + after
            for n, (before, after) in zip(input_shape, self._by_axis(), strict=True)
        )


class ZeroPadding1D(ZeroPadding):
    """Zeros before and after the steps of x (B, T, C) or (B, C, T): a number or a pair."""

    rank = 1


class ZeroPadding2D(ZeroPadding):
    """Zeros around x (B, H, W, C) or (B, C, H, W): a number, one an axis, or pairs."""

    rank = 2


class ZeroPadding3D(ZeroPadding):
    """Zeros around x (B, D, H, W, C) or (B, C, D, H, W): a number, one an axis, or pairs."""

    rank = 3


class Cropping(Bordered):
    """Entries taken from both ends of each axis of space; at least one must be left."""

    argument = "cropping"
    cropping: Any

    def call(self, inputs: Any) -> Any:
        """The middle of x."""
        sizes = tuple(inputs.shape)
        self.compute_output_shape(sizes)  # checks them
        slices = (
            slice(before, size - after) if before or after else slice(None)
            for (before, after), size in zip(self._by_axis(), sizes, strict=True)
        )
        return inputs[tuple(slices)]

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """The sizes less what is taken.

        Raises: ShapeError if nothing is left.
        """
        pairs = list(zip(input_shape, self._by_axis(), strict=True))
        if any(n is not None and any(pair) and n <= sum(pair) for n, pair in pairs):
            raise ShapeError(
                f"{type(self).__name__} '{self.name}'", "would leave nothing of its inputs",
                f"inputs of shape {tuple(input_shape)}, cropping={self.cropping}", "crop less",
            )  # fmt: skip
        return tuple(n if n is None or not any(pair) else n - sum(pair) for n, pair in pairs)


class Cropping1D(Cropping):
    """The middle steps of x (B, T, C)."""

    rank = 1

    def __init__(self, cropping: Any = (1, 1), **kwargs: Any) -> None:
        super().__init__(cropping, "channels_last", **kwargs)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        config = super().get_config()
        del config["data_format"]
        return config


class Cropping2D(Cropping):
    """The middle of x (B, H, W, C) or (B, C, H, W): a number, one an axis, or pairs."""

    rank = 2

    def __init__(
        self, cropping: Any = ((0, 0), (0, 0)), data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(cropping, data_format, **kwargs)


class Cropping3D(Cropping):
    """The middle of x (B, D, H, W, C) or (B, C, D, H, W): a number, one an axis, or pairs."""

    rank = 3

    def __init__(
        self,
        cropping: Any = ((1, 1), (1, 1), (1, 1)),
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(cropping, data_format, **kwargs)
