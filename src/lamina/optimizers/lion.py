"""Lion: steps of one size, by the sign of a mean of gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.errors import ArgumentError
from lamina.graph.variable import Variable
from lamina.optimizers.base import Optimizer, Rate


class Lion(Optimizer):
    """w <- w - r sign(beta_1 m + (1 - beta_1) g); m <- beta_2 m + (1 - beta_2) g.

    Chen et al. 2023, "Symbolic discovery of optimization algorithms".

    Args:
        beta_1: above 0, at most 1.
    """

    def __init__(
        self, learning_rate: Rate = 0.001, beta_1: float = 0.9, beta_2: float = 0.99, *shared: Any,
        **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, *shared, **options)
        if not 0 < beta_1 <= 1:
            raise ArgumentError(
                "Lion(beta_1=...)", "needs a number above 0, at most 1", repr(beta_1), "pass 0.9"
            )
        self.beta_1, self.beta_2 = beta_1, beta_2
        self._momentums: list[Variable] = []

    def build(self, variables: Sequence[Variable]) -> None:
        """Makes a mean gradient for each weight."""
        if self.built:
            return
        super().build(variables)
        self._momentums = self.add_optimizer_variables(variables, "momentum")

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Changes one weight."""
        dtype = variable.dtype
        rate, g = ops.cast(learning_rate, dtype), ops.cast(gradient, dtype)
        beta_1, beta_2 = ops.cast(self.beta_1, dtype), ops.cast(self.beta_2, dtype)
        m = self._momentums[self._get_variable_index(variable)]
        self.assign_sub(variable, rate * ops.sign(m.value * beta_1 + g * (1.0 - beta_1)))
        self.assign(m, m.value * beta_2 + g * (1.0 - beta_2))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimizer."""
        return {**super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2}
