"""Activation: an elementwise (or softmax) function as a layer."""

from __future__ import annotations

from typing import Any

from lamina import activations
from lamina.layers.base import Layer


class Activation(Layer):
    """y = activation(x), in the shape of x.

    Args:
        activation: a name, such as "relu", or a function of one tensor.
    """

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.activation = activations.get(activation)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """y = activation(x)."""
        return self.activation(inputs)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "activation": activations.serialize(self.activation)}
