"""Layers that only Keras 1 and 2 had, made of those there are."""

from __future__ import annotations

from typing import Any

from lamina.layers.activation import ReLU


class ThresholdedReLU(ReLU):
    """y = x above theta, 0 below."""

    def __init__(self, theta: float = 1.0, **kwargs: Any) -> None:
        super().__init__(threshold=theta, **kwargs)
        self.theta = theta

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        config = super().get_config()
        for name in ("max_value", "negative_slope", "threshold"):
            del config[name]
        return {**config, "theta": self.theta}
