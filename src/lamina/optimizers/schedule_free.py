"""Schedule-free AdamW: an average of the path takes the place of a falling learning rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.graph.variable import Variable
from lamina.optimizers.base import Optimizer, Rate


class ScheduleFreeAdamW(Optimizer):
    """z <- z - r g / (sqrt(v / (1 - beta_2^t)) + epsilon); x <- x + (z - x) / t;
    w = (1 - beta_1) z + beta_1 x. Defazio et al. 2024, arXiv 2405.15682.

    v is a running mean of g^2; x is not kept, but found from w and z.

    Args:
        beta_1: how much of the average is in the weights; beta_2: how slowly v forgets.
        warmup_steps: over these the rate grows from 0.
    """

    def __init__(
        self, learning_rate: Rate = 0.0025, beta_1: float = 0.9, beta_2: float = 0.999,
        epsilon: float = 1e-8, warmup_steps: int = 0, *shared: Any, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, *shared, **options)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon
        self.warmup_steps = warmup_steps
        self._momentums: list[Variable] = []
        self._velocities: list[Variable] = []

    def build(self, variables: Sequence[Variable]) -> None:
        """Makes z, which begins at the weight, and v for each weight."""
        if self.built:
            return
        super().build(variables)
        names = ["momentum", "velocity"]
        self._momentums, self._velocities = self.add_optimizer_variables(variables, names)
        for z, variable in zip(self._momentums, variables, strict=True):
            z.assign(variable.value)

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Changes one weight."""
        dtype, place = variable.dtype, self._get_variable_index(variable)
        rate, g = ops.cast(learning_rate, dtype), ops.cast(gradient, dtype)
        t = ops.cast(self.iterations + 1, dtype)
        if self.warmup_steps > 0:
            rate = rate * ops.minimum(t / self.warmup_steps, 1.0)
        z, v = self._momentums[place], self._velocities[place]
        average = (variable.value - (1 - self.beta_1) * z.value) / self.beta_1
        self.assign_add(v, (ops.square(g) - v.value) * (1 - self.beta_2))
        mean = v.value / (1 - ops.power(ops.cast(self.beta_2, dtype), t))
        self.assign_sub(z, rate * g / (ops.sqrt(mean) + self.epsilon))
        average = (1 - 1 / t) * average + z.value / t
        self.assign(variable, (1 - self.beta_1) * z.value + self.beta_1 * average)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimizer."""
        return {
            **super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2,
            "epsilon": self.epsilon, "warmup_steps": self.warmup_steps,
        }  # fmt: skip
