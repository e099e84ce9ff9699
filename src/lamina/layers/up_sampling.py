"""UpSampling: larger sequences, images and volumes, by repetition or interpolation."""

from __future__ import annotations

from typing import Any, ClassVar

from lamina import ops
from lamina.errors import ArgumentError, ArgumentTypeError
from lamina.graph.data_format import standard_data_format
from lamina.layers.base import Layer, Shape
from lamina.layers.input_spec import InputSpec
from lamina.layers.sizes import sizes_of, space_of

INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")


class UpSampling(Layer):
    """Base: each axis of space becomes `size` times as long, every entry being repeated."""

    rank: ClassVar[int]

    def __init__(self, size: Any = 2, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        where = type(self).__name__
        self.data_format = standard_data_format(where, data_format)
        self.size: Any = sizes_of(where, "size", size, self.rank)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _factors(self) -> dict[int, int]:
        """By axis of space, how many times as long it becomes."""
        sizes = self.size if isinstance(self.size, tuple) else (self.size,)
        return dict(zip(space_of(self.data_format, self.rank), sizes, strict=True))

    def call(self, inputs: Any) -> Any:
        """x with every entry repeated along space."""
        for axis, factor in self._factors().items():
            if factor > 1:
                inputs = ops.repeat(inputs, factor, axis=axis)
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """The sizes times the factors."""
        factors = self._factors()
        return tuple(
            None if n is None else n * factors[axis] if axis in factors else n
            for axis, n in enumerate(input_shape)
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "size": self.size, "data_format": self.data_format}


class UpSampling1D(UpSampling):
    """Each step of x (B, T, C) `size` times."""

    rank = 1

    def __init__(self, size: int = 2, **kwargs: Any) -> None:
        if not isinstance(size, int) or isinstance(size, bool):
            raise ArgumentTypeError(
                "UpSampling1D", "needs a whole number", f"size={size!r}", "pass size=2"
            )
        super().__init__(size, "channels_last", **kwargs)
        self.size = size

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        config = super().get_config()
        del config["data_format"]
        return config


class UpSampling2D(UpSampling):
    """x (B, H, W, C) or (B, C, H, W), `size` times as high and wide.

    Args:
        interpolation: "nearest" (repetition), "bilinear", "bicubic", "lanczos3" or "lanczos5".
    """

    rank = 2

    def __init__(
        self,
        size: Any = (2, 2),
        data_format: str | None = None,
        interpolation: str = "nearest",
        **kwargs: Any,
    ) -> None:
        super().__init__(size, data_format, **kwargs)
        self.interpolation = str(interpolation).lower()
        if self.interpolation not in INTERPOLATIONS:
            raise ArgumentError(
                "UpSampling2D(interpolation=...)", "does not know this one",
                f"interpolation={interpolation!r}", f"use one of {', '.join(INTERPOLATIONS)}",
            )  # fmt: skip

    def call(self, inputs: Any) -> Any:
        """x repeated, or interpolated, along height and width."""
        if self.interpolation == "nearest":
            return super().call(inputs)
        shape = self.compute_output_shape(tuple(inputs.shape))
        return ops.image.resize(
            inputs, tuple(shape[axis] for axis in self._factors()),
            interpolation=self.interpolation, data_format=self.data_format,
        )  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "interpolation": self.interpolation}


class UpSampling3D(UpSampling):
    """Each entry of x (B, D, H, W, C) or (B, C, D, H, W) `size` times along space."""

    rank = 3
