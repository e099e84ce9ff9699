"""Rules that add up squared gradients: Adagrad, Adadelta, Ftrl."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import initializers, ops
from lamina.errors import ArgumentError
from lamina.graph.tensor import Tensor
from lamina.graph.variable import Variable
from lamina.optimizers.base import Optimizer, Rate


class Adagrad(Optimizer):
    """s <- s + g^2; w <- w - r g / sqrt(s + epsilon). Duchi, Hazan & Singer 2011.

    Args:
        initial_accumulator_value: what s starts from.
    """

    def __init__(
        self, learning_rate: Rate = 0.001, initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7, *shared: Any, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, *shared, **options)
        self.initial_accumulator_value, self.epsilon = initial_accumulator_value, epsilon
        self._accumulators: list[Variable] = []

    def build(self, variables: Sequence[Variable]) -> None:
        """Makes a sum of squares for each weight."""
        if self.built:
            return
        super().build(variables)
        first = initializers.Constant(self.initial_accumulator_value)
        self._accumulators = self.add_optimizer_variables(variables, "accumulator", first)

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Changes one weight."""
        rate = ops.cast(learning_rate, variable.dtype)
        g = ops.cast(gradient, variable.dtype)
        total = self._accumulators[self._get_variable_index(variable)]
        self.assign_add(total, ops.square(g))
        self.assign_sub(variable, rate * g / ops.sqrt(total.value + self.epsilon))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimizer."""
        return {
            **super().get_config(), "initial_accumulator_value": self.initial_accumulator_value,
            "epsilon": self.epsilon,
        }  # fmt: skip


class Adadelta(Optimizer):
    """s: running mean of g^2, d: of steps squared; step = g sqrt(d + epsilon) / sqrt(s + epsilon);
    w <- w - r step. Zeiler 2012.

    Args:
        rho: how slowly the means forget.
    """

    def __init__(
        self, learning_rate: Rate = 0.001, rho: float = 0.95, epsilon: float = 1e-7, *shared: Any,
        **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, *shared, **options)
        self.rho, self.epsilon = rho, epsilon
        self._accumulated_grads: list[Variable] = []
        self._accumulated_delta_vars: list[Variable] = []

    def build(self, variables: Sequence[Variable]) -> None:
        """Makes two running means for each weight."""
        if self.built:
            return
        super().build(variables)
        names = ["accumulated_grad", "accumulated_delta_var"]
        self._accumulated_grads, self._accumulated_delta_vars = self.add_optimizer_variables(
            variables, names
        )

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Changes one weight."""
        rate = ops.cast(learning_rate, variable.dtype)
        g = ops.cast(gradient, variable.dtype)
        place, rho = self._get_variable_index(variable), self.rho
        s, d = self._accumulated_grads[place], self._accumulated_delta_vars[place]
        self.assign(s, rho * s.value + (1 - rho) * ops.square(g))
        step = -(self._root(d) * g / self._root(s))
        self.assign(d, rho * d.value + (1 - rho) * ops.square(step))
        self.assign_add(variable, rate * step)

    def _root(self, mean: Variable) -> Tensor:
        root: Tensor = ops.sqrt(mean.value + self.epsilon)
        return root

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimizer."""
        return {**super().get_config(), "rho": self.rho, "epsilon": self.epsilon}


class Ftrl(Optimizer):
    """Follow the regularised leader: w is the minimum of the linear and squared terms so far.

    s' = s + g^2; z <- z + g - (s'^p - s^p) w / r, with p = -learning_rate_power;
    w = (clip(z, -l1, l1) - z) / (s'^p / r + 2 l2).
    McMahan et al. 2013, "Ad click prediction".

    Args:
        learning_rate_power: at most 0; 0 keeps the rate constant.
        initial_accumulator_value: what s starts from.
        l1_regularization_strength, l2_regularization_strength: l1 and l2 above.
        l2_shrinkage_regularization_strength: adds 2 times it, times w, to the gradient.
        beta: adds beta / (2 r) to l2.
    """

    def __init__(
        self, learning_rate: Rate = 0.001, learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1, l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0, beta: float = 0.0, *shared: Any,
        **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, *shared, **options)
        self._own = {
            "learning_rate_power": learning_rate_power,
            "initial_accumulator_value": initial_accumulator_value,
            "l1_regularization_strength": l1_regularization_strength,
            "l2_regularization_strength": l2_regularization_strength,
            "l2_shrinkage_regularization_strength": l2_shrinkage_regularization_strength,
        }
        for name, value in self._own.items():
            sign = -1 if name == "learning_rate_power" else 1
            if sign * value < 0:
                raise ArgumentError(
                    f"Ftrl({name}=...)", f"needs a number {'up to' if sign < 0 else 'from'} 0",
                    repr(value), "leave it out for the default",
                )  # fmt: skip
        self.learning_rate_power, self.beta = learning_rate_power, beta
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self._accumulators: list[Variable] = []
        self._linears: list[Variable] = []

    def build(self, variables: Sequence[Variable]) -> None:
        """Makes s and z for each weight."""
        if self.built:
            return
        super().build(variables)
        first = initializers.Constant(self.initial_accumulator_value)
        self._accumulators, self._linears = self.add_optimizer_variables(
            variables, ["accumulator", "linear"], [first, "zeros"]
        )

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Changes one weight."""
        rate = ops.cast(learning_rate, variable.dtype)
        place, power = self._get_variable_index(variable), -self.learning_rate_power
        s, z, w = self._accumulators[place], self._linears[place], variable.value
        g = ops.cast(gradient, variable.dtype)
        shrinking = g + 2 * self.l2_shrinkage_regularization_strength * w
        total = s.value + ops.square(g)
        grown, before = ops.power(total, power), ops.power(s.value, power)
        self.assign_add(z, shrinking - (grown - before) / rate * w)
        l1 = self.l1_regularization_strength
        l2 = self.l2_regularization_strength + self.beta / (2.0 * rate)
        clipped = ops.clip(z.value, -l1, l1)
        self.assign(variable, (clipped - z.value) / (grown / rate + 2 * l2))
        self.assign(s, total)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimizer."""
        return {**super().get_config(), **self._own, "beta": self.beta}
