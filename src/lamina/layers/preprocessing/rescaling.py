"""Rescaling: numbers in another range."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina import ops
from lamina.graph.data_format import image_data_format
from lamina.layers.base import Layer


class Rescaling(Layer):
    """y = x scale + offset.

    Shapes: y as x.
    Args:
        scale, offset: numbers, or one for each channel.
    """

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale, self.offset = scale, offset
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """The rescaled inputs."""
        scale = np.asarray(self.scale, self.compute_dtype)
        if scale.ndim and image_data_format() == "channels_first":
            scale = scale.reshape(scale.shape + (1,) * (3 - scale.ndim))
        x = ops.cast(ops.convert_to_tensor(inputs), self.compute_dtype)
        offset = np.asarray(self.offset, self.compute_dtype)
        return ops.add(ops.multiply(x, scale), offset)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of the inputs."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "scale": _plain(self.scale), "offset": _plain(self.offset)}


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value
