"""Pipeline: preprocessing layers one after another."""

from __future__ import annotations

from typing import Any

from lamina.errors import ArgumentError
from lamina.layers.base import Layer
from lamina.layers.serialization import deserialize, serialize


class Pipeline(Layer):
    """Applies layers in turn.

    Args:
        layers: the layers in their order.
    """

    def __init__(self, layers: Any, name: str | None = None) -> None:
        super().__init__(name=name)
        self._pipeline_layers = list(layers)
        self.built = True

    @property
    def layers(self) -> list[Any]:
        """The layers in their order."""
        return self._pipeline_layers

    def _converted(self, leaf: Any) -> Any:
        return leaf

    def call(self, inputs: Any, training: bool | None = True, mask: Any = None) -> Any:
        """What the last layer gives."""
        for layer in self._pipeline_layers:
            options = {"training": training} if layer._takes("training") else {}
            inputs = layer(inputs, **options)
        return inputs

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {"layers": [serialize(layer) for layer in self._pipeline_layers], "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The layer that `get_config` describes."""
        layers = config.get("layers")
        if not isinstance(layers, list | tuple):
            raise ArgumentError(
                "Pipeline.from_config", "needs a list of layers", f"{layers!r:.60}",
                "pass what get_config() returned",
            )  # fmt: skip
        return cls(**{**config, "layers": [deserialize(layer) for layer in layers]})
