"""ActivityRegularization: a penalty on what passes through."""

from __future__ import annotations

from typing import Any

from lamina import regularizers
from lamina.layers.activation import Elementwise


class ActivityRegularization(Elementwise):
    """y = x; adds l1 sum |x| + l2 sum x^2, divided by the number of rows, to the loss."""

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.l1, self.l2 = l1, l2

    def call(self, inputs: Any) -> Any:
        """The inputs as they are."""
        return inputs

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        config = super().get_config()
        del config["activity_regularizer"]
        return {**config, "l1": self.l1, "l2": self.l2}
