"""Muon: matrices move along the nearest orthogonal matrix to their momentum."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.graph.tensor import Tensor
from lamina.graph.variable import Variable
from lamina.optimizers.base import Optimizer, Rate


class Muon(Optimizer):
    """Matrices: m <- momentum m + g; w <- w - r o(m) sqrt(max(n, k)) rms_rate, where o makes all
    singular values about 1 by `ns_steps` Newton-Schulz steps x <- a x + (b x x' + c (x x')^2) x.
    Everything else, embeddings too: AdamW.

    Jordan et al. 2024, "Muon"; the scale after Liu et al. 2025, arXiv 2502.16982.

    Args:
        adam_beta_1, adam_beta_2, epsilon, adam_weight_decay, adam_lr_ratio: of the AdamW part, the
            last times the learning rate.
        weight_decay: of the matrices.
        exclude_layers: patterns of paths whose matrices AdamW moves; exclude_embeddings: those with
            "embedding" in their path.
        muon_a, muon_b, muon_c: the polynomial.
        momentum, nesterov: of the matrices.
        rms_rate: None leaves the scale out.
    """

    def __init__(
        self, learning_rate: Rate = 0.001, adam_beta_1: float = 0.9, adam_beta_2: float = 0.999,
        adam_weight_decay: float | None = 0.004, epsilon: float = 1e-7,
        weight_decay: float | None = 0.004, clipnorm: float | None = None,
        clipvalue: float | None = None, global_clipnorm: float | None = None,
        use_ema: bool = False, ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None, loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None, name: str | None = None,
        exclude_layers: Sequence[str] | None = None, exclude_embeddings: bool = True,
        muon_a: float = 3.4445, muon_b: float = -4.7750, muon_c: float = 2.0315,
        adam_lr_ratio: float = 1, momentum: float = 0.95, ns_steps: int = 5,
        nesterov: bool = True, rms_rate: float | None = 0.2, **unknown: Any,
    ) -> None:  # fmt: skip
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema,
            ema_momentum, ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps,
            name, **unknown,
        )  # fmt: skip
        self.adam_beta_1, self.adam_beta_2, self.epsilon = adam_beta_1, adam_beta_2, epsilon
        self.adam_weight_decay, self.adam_lr_ratio = adam_weight_decay, adam_lr_ratio
        self.exclude_layers = exclude_layers or []
        self.exclude_embeddings = exclude_embeddings
        self.muon_a, self.muon_b, self.muon_c = muon_a, muon_b, muon_c
        self.momentum, self.ns_steps, self.nesterov = momentum, ns_steps, nesterov
        self.rms_rate = rms_rate
        self.momentums: list[Variable] = []
        self.adam_velocities: list[Variable | None] = []

    def _should_use_adamw(self, variable: Variable) -> bool:
        if len(variable.shape) != 2:
            return True
        if self.exclude_embeddings and "embedding" in variable.path.lower():
            return True
        return any(re.search(pattern, variable.path) for pattern in self.exclude_layers)

    def build(self, variables: Sequence[Variable]) -> None:
        """Makes a momentum for each weight, and for what AdamW moves a mean of squares."""
        if self.built:
            return
        super().build(variables)
        for variable in variables:
            self.momentums.append(self.add_variable_from_reference(variable, "momentum"))
            second = None
            if self._should_use_adamw(variable):
                second = self.add_variable_from_reference(variable, "velocity")
            self.adam_velocities.append(second)

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Changes one weight."""
        place = self._get_variable_index(variable)
        m, v = self.momentums[place], self.adam_velocities[place]
        g, rate = ops.cast(gradient, variable.dtype), ops.cast(learning_rate, variable.dtype)
        if v is None:
            self._move_matrix(g, variable, rate, m)
        else:
            self._move_by_adam(g, variable, rate * self.adam_lr_ratio, m, v)

    def _move_matrix(self, g: Tensor, variable: Variable, rate: Any, m: Variable) -> None:
        self.assign(m, g + m.value * self.momentum)
        towards = g + self.momentum * m.value if self.nesterov else m.value
        step = rate * self._orthogonal(towards)
        if self.rms_rate is not None:
            step = step * (math.sqrt(max(variable.shape)) * self.rms_rate)
        self.assign_sub(variable, step)

    def _orthogonal(self, x: Tensor) -> Tensor:
        """About u v' of x = u s v'; the wide side last, so that x x' is the small product."""
        tall = x.shape[0] > x.shape[1]
        x = ops.transpose(x) if tall else x
        # The largest singular value is at most the Frobenius norm.
        x = x / (ops.sqrt(ops.sum(ops.square(x))) + 1e-7)
        for _ in range(self.ns_steps):
            square = ops.matmul(x, ops.transpose(x))
            polynomial = self.muon_b * square + ops.matmul(self.muon_c * square, square)
            x = self.muon_a * x + ops.matmul(polynomial, x)
        return ops.transpose(x) if tall else x

    def _move_by_adam(
        self, g: Tensor, variable: Variable, rate: Any, m: Variable, v: Variable
    ) -> None:
        t = ops.cast(self.iterations + 1, variable.dtype)
        power_1, power_2 = (
            ops.power(ops.cast(beta, variable.dtype), t)
            for beta in (self.adam_beta_1, self.adam_beta_2)
        )
        self.assign_add(m, (g - m.value) * (1 - self.adam_beta_1))
        self.assign_add(v, (ops.square(g) - v.value) * (1 - self.adam_beta_2))
        alpha = rate * ops.sqrt(1 - power_2) / (1 - power_1)
        self.assign_sub(variable, m.value * alpha / (ops.sqrt(v.value) + self.epsilon))

    def _apply_weight_decay(self, variables: Sequence[Variable]) -> None:
        for variable in variables:
            adam = self._should_use_adamw(variable)
            decay = self.adam_weight_decay if adam else self.weight_decay
            if decay is not None and self._use_weight_decay(variable):
                held, rate = variable.value, ops.cast(self.learning_rate, variable.dtype)
                variable.assign(held - held * decay * rate)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimizer."""
        own = (
            "adam_beta_1", "adam_beta_2", "epsilon", "exclude_layers", "muon_a", "muon_b",
            "muon_c", "adam_lr_ratio", "momentum", "ns_steps", "nesterov", "exclude_embeddings",
            "adam_weight_decay", "rms_rate",
        )  # fmt: skip
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}
