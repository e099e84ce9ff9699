"""RMSprop: steps divided by the root of a running mean of squared gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.graph.variable import Variable
from lamina.optimizers.base import Optimizer, Rate


class RMSprop(Optimizer):
    """v <- rho v + (1 - rho) g^2; w <- w - r g / sqrt(v + epsilon).

    Tieleman & Hinton 2012, lecture 6e; centered: Graves 2013, eq. 38-45.

    Args:
        rho: how slowly the mean of squares forgets.
        momentum: above 0, steps are summed: m <- momentum m + step, w <- w - m.
        centered: subtracts the square of the mean gradient from v.
    """

    def __init__(
        self, learning_rate: Rate = 0.001, rho: float = 0.9, momentum: float = 0.0,
        epsilon: float = 1e-7, centered: bool = False, *shared: Any, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, *shared, **options)
        self.rho, self.momentum = rho, momentum
        self.epsilon, self.centered = epsilon, centered
        self._velocities: list[Variable] = []
        self._momentums: list[Variable] = []
        self._average_gradients: list[Variable] = []

    def build(self, variables: Sequence[Variable]) -> None:
        """Makes a mean of squares for each weight, a momentum and a mean gradient where wanted."""
        if self.built:
            return
        super().build(variables)
        self._velocities = self.add_optimizer_variables(variables, "velocity")
        if self.momentum > 0:
            self._momentums = self.add_optimizer_variables(variables, "momentum")
        if self.centered:
            self._average_gradients = self.add_optimizer_variables(variables, "average_gradient")

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Changes one weight."""
        rate = ops.cast(learning_rate, variable.dtype)
        g = ops.cast(gradient, variable.dtype)
        place, rho = self._get_variable_index(variable), self.rho
        v = self._velocities[place]
        self.assign(v, rho * v.value + (1 - rho) * ops.square(g))
        spread = v.value
        if self.centered:
            mean = self._average_gradients[place]
            self.assign(mean, rho * mean.value + (1 - rho) * g)
            spread = spread - ops.square(mean.value)
        step = rate * g / ops.sqrt(spread + self.epsilon)
        if self.momentum > 0:
            m = self._momentums[place]
            self.assign(m, self.momentum * m.value + step)
            step = m.value
        self.assign_sub(variable, step)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimizer."""
        return {
            **super().get_config(), "rho": self.rho, "momentum": self.momentum,
            "epsilon": self.epsilon, "centered": self.centered,
        }  # fmt: skip
