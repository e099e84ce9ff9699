"""Identity: the inputs as they are."""

from __future__ import annotations

from typing import Any

from lamina.layers.base import Layer


class Identity(Layer):
    """y = x, for a place where another layer might stand."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """The inputs."""
        return inputs
