"""SGD: gradient descent, with momentum if wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.errors import ArgumentError
from lamina.graph.variable import Variable
from lamina.optimizers.base import Optimizer, Rate


class SGD(Optimizer):
    """w <- w - r g; with momentum b: m <- b m - r g, w <- w + m (Nesterov: w + b m - r g).

    Polyak 1964; Sutskever, Martens, Dahl & Hinton 2013.

    Args:
        momentum: 0 to 1.
        nesterov: looks ahead along the momentum.
    """

    def __init__(
        self, learning_rate: Rate = 0.01, momentum: float = 0.0, nesterov: bool = False,
        *shared: Any, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, *shared, **options)
        if isinstance(momentum, bool) or not 0 <= momentum <= 1:
            raise ArgumentError(
                "SGD(momentum=...)", "needs a number from 0 to 1", repr(momentum), "pass 0.9"
            )
        self.momentum, self.nesterov = momentum, nesterov
        self.momentums: list[Variable] = []

    def build(self, variables: Sequence[Variable]) -> None:
        """Makes a momentum for each weight, unless there is none."""
        if self.built:
            return
        super().build(variables)
        if self.momentum:
            self.momentums = self.add_optimizer_variables(variables, "momentum")

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Changes one weight."""
        step = ops.cast(gradient, variable.dtype) * ops.cast(learning_rate, variable.dtype)
        if not self.momentum:
            self.assign_sub(variable, step)
            return
        m = self.momentums[self._get_variable_index(variable)]
        self.assign(m, m.value * self.momentum - step)
        self.assign_add(variable, m.value * self.momentum - step if self.nesterov else m.value)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimizer."""
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}
