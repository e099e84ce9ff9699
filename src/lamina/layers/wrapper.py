"""Wrapper: base of layers that apply another layer in their own way."""

from __future__ import annotations

from typing import Any

from lamina.errors import ArgumentError, ArgumentTypeError
from lamina.layers import serialization
from lamina.layers.base import Layer


class NotALayerError(ArgumentTypeError, ArgumentError):
    """Something else where a layer is needed. Keras raises ValueError here."""


def check_layer(where: str, layer: Any) -> None:
    """Raises: NotALayerError."""
    if not isinstance(layer, Layer):
        raise NotALayerError(
            where, "wraps a layer", f"{layer!r:.60} of type {type(layer).__name__}",
            "pass Dense(8), for instance (an instance, not the class)",
        )  # fmt: skip


class Wrapper(Layer):
    """Holds the layer that it applies: `self.layer`.

    Raises: NotALayerError for anything that is no layer.
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        check_layer(type(self).__name__, layer)
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape: Any = None) -> None:
        """Builds the layer inside."""
        self.layer.build_inside(input_shape)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "layer": serialization.serialize(self.layer)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The layer that `get_config` describes."""
        layer = serialization.deserialize(config["layer"], custom_objects)
        return cls(layer, **{key: value for key, value in config.items() if key != "layer"})
