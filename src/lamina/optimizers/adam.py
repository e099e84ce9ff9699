"""Adam and its variants: AdamW, Adamax, Nadam."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.errors import ArgumentError
from lamina.graph import dtypes
from lamina.graph.tensor import Tensor
from lamina.graph.variable import Variable
from lamina.optimizers.base import Optimizer, Rate


class TwoMoments(Optimizer):
    """What the family shares: beta_1, beta_2, epsilon, and two variables for each weight."""

    second = "velocity"

    def __init__(
        self, learning_rate: Rate = 0.001, beta_1: float = 0.9, beta_2: float = 0.999,
        epsilon: float = 1e-7, *shared: Any, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, *shared, **options)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon
        self._momentums: list[Variable] = []
        self._velocities: list[Variable] = []

    def build(self, variables: Sequence[Variable]) -> None:
        """Makes a running mean of the gradient and of its size for each weight."""
        if self.built:
            return
        super().build(variables)
        names = ["momentum", self.second]
        self._momentums, self._velocities = self.add_optimizer_variables(variables, names)

    def _moments(self, variable: Variable) -> tuple[Variable, Variable]:
        place = self._get_variable_index(variable)
        return self._momentums[place], self._velocities[place]

    def _powers(self, dtype: str) -> tuple[Tensor, Tensor]:
        """beta_1^t and beta_2^t, t counting from 1."""

        def power(beta: float) -> Tensor:
            return ops.power(ops.cast(beta, dtype), ops.cast(self.iterations + 1, dtype))

        return self._shared.get(("powers", dtype), lambda: (power(self.beta_1), power(self.beta_2)))

    def _move(self, m: Variable, v: Variable, g: Tensor) -> None:
        """m += (1 - beta_1) (g - m); v += (1 - beta_2) (g^2 - v)."""
        self.assign_add(m, (g - m.value) * (1 - self.beta_1))
        self.assign_add(v, (ops.square(g) - v.value) * (1 - self.beta_2))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimizer."""
        return {
            **super().get_config(), "beta_1": self.beta_1, "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }  # fmt: skip


class Adam(TwoMoments):
    """m, v: running means of g and g^2; w <- w - a m / (sqrt(v) + epsilon), where
    a = r sqrt(1 - beta_2^t) / (1 - beta_1^t).

    Kingma & Ba 2015; amsgrad: Reddi, Kale & Kumar 2018.

    Args:
        beta_1, beta_2: how slowly the means forget.
        epsilon: the "epsilon hat" of the paper, before section 2.1.
        amsgrad: divides by the largest v so far.
    """

    def __init__(
        self, learning_rate: Rate = 0.001, beta_1: float = 0.9, beta_2: float = 0.999,
        epsilon: float = 1e-7, amsgrad: bool = False, *shared: Any, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, beta_1, beta_2, epsilon, *shared, **options)
        self.amsgrad = amsgrad
        self._velocity_hats: list[Variable] = []

    def build(self, variables: Sequence[Variable]) -> None:
        """Makes two means for each weight, with amsgrad the largest second one too."""
        if self.built:
            return
        super().build(variables)
        if self.amsgrad:
            self._velocity_hats = self.add_optimizer_variables(variables, "velocity_hat")

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Changes one weight."""
        m, v = self._moments(variable)
        self._move(m, v, ops.cast(gradient, variable.dtype))
        if self.amsgrad:
            largest = self._velocity_hats[self._get_variable_index(variable)]
            self.assign(largest, ops.maximum(largest, v))
            v = largest
        alpha = self._alpha(learning_rate, variable.dtype)
        self.assign_sub(variable, m.value * alpha / (ops.sqrt(v) + self.epsilon))

    def _alpha(self, learning_rate: Any, dtype: str) -> Tensor:
        """The rate with the corrections of both means."""

        def make() -> Tensor:
            power_1, power_2 = self._powers(dtype)
            return ops.cast(learning_rate, dtype) * ops.sqrt(1 - power_2) / (1 - power_1)

        return self._shared.get(("alpha", dtype), make, of=learning_rate)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimizer."""
        return {**super().get_config(), "amsgrad": self.amsgrad}


class AdamW(Adam):
    """Adam with weight decay, 0.004 by default. Loshchilov & Hutter 2019."""

    def __init__(
        self, learning_rate: Rate = 0.001, weight_decay: float = 0.004, beta_1: float = 0.9,
        beta_2: float = 0.999, epsilon: float = 1e-7, amsgrad: bool = False, *shared: Any,
        **options: Any,
    ) -> None:  # fmt: skip
        if weight_decay is None:
            raise ArgumentError(
                "AdamW(weight_decay=...)", "needs a number", "None", "use Adam for no decay"
            )
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay, *shared, **options
        )


class Adamax(TwoMoments):
    """m: running mean of g; u <- max(beta_2 u, |g|); w <- w - r m / ((1 - beta_1^t) (u + epsilon)).

    Kingma & Ba 2015, section 7.1.
    """

    second = "norm"

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Changes one weight."""
        rate = ops.cast(learning_rate, variable.dtype)
        g = ops.cast(gradient, variable.dtype)
        power_1, _ = self._powers(variable.dtype)
        m, u = self._moments(variable)
        self.assign_add(m, (g - m.value) * (1 - self.beta_1))
        self.assign(u, ops.maximum(self.beta_2 * u.value, ops.abs(g)))
        self.assign_sub(variable, rate * m.value / ((1 - power_1) * (u.value + self.epsilon)))


class Nadam(TwoMoments):
    """Adam with Nesterov's momentum, whose beta_1 grows with t: u_t = beta_1 (1 - 0.96^t / 2).

    Dozat 2016, "Incorporating Nesterov momentum into Adam".
    """

    def build(self, variables: Sequence[Variable]) -> None:
        """Makes two means for each weight, and the product of u_1 ... u_t."""
        if self.built:
            return
        super().build(variables)
        dtype = variables[0].dtype if variables else dtypes.floatx()
        self._u_product = self.add_variable((), "ones", dtype, name="u_product")

    def _u(self, ahead: int, dtype: str) -> Tensor:
        def make() -> Tensor:
            t = ops.cast(self.iterations + ahead, dtype)
            return self.beta_1 * (1.0 - 0.5 * ops.power(ops.cast(0.96, dtype), t))

        return self._shared.get(("u", ahead, dtype), make)

    def _update_all(
        self, grads: Sequence[Any], variables: Sequence[Variable], learning_rate: Any
    ) -> None:
        product = self._u_product
        self.assign(product, product.value * self._u(1, product.dtype))
        super()._update_all(grads, variables, learning_rate)

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Changes one weight."""
        dtype = variable.dtype
        rate, g = ops.cast(learning_rate, dtype), ops.cast(gradient, dtype)
        now, following = self._u(1, dtype), self._u(2, dtype)
        product = ops.cast(self._u_product, dtype)
        _, power_2 = self._powers(dtype)
        m, v = self._moments(variable)
        self._move(m, v, g)
        ahead = following * m.value / (1.0 - product * following)
        mean = ahead + (1.0 - now) * g / (1.0 - product)
        size = ops.sqrt(v.value / (1.0 - power_2)) + self.epsilon
        self.assign_sub(variable, mean * rate / size)
