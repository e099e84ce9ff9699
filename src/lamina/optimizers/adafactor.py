"""Adafactor: squared gradients of a matrix kept as one mean a row and one a column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.graph.tensor import Tensor
from lamina.graph.variable import Variable
from lamina.optimizers.base import Optimizer, Rate


def _rms(x: Any) -> Tensor:
    root: Tensor = ops.sqrt(ops.mean(ops.square(x)))
    return root


class Adafactor(Optimizer):
    """v = r c / mean r from running means r, c of g^2 over columns and rows; u = g / sqrt(v), with
    an rms of at most `clip_threshold`; w <- w - max(epsilon_2, rms w) min(rate, 1 / sqrt(t)) u.

    Shazeer & Stern 2018. Weights of one axis keep v itself.

    Args:
        beta_2_decay: the means forget by 1 - t^beta_2_decay.
        epsilon_1: is added to g^2. epsilon_2: the least scale of a weight.
        relative_step: the rate is at most 1 / sqrt(t), unless a schedule gives it.
    """

    def __init__(
        self, learning_rate: Rate = 0.001, beta_2_decay: float = -0.8, epsilon_1: float = 1e-30,
        epsilon_2: float = 0.001, clip_threshold: float = 1.0, relative_step: bool = True,
        *shared: Any, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, *shared, **options)
        self.beta_2_decay, self.relative_step = beta_2_decay, relative_step
        self.epsilon_1, self.epsilon_2 = epsilon_1, epsilon_2
        self.clip_threshold = clip_threshold
        self._r: list[Variable] = []
        self._c: list[Variable] = []
        self._v: list[Variable] = []

    def build(self, variables: Sequence[Variable]) -> None:
        """Makes the means of rows and columns, and v; for vectors Keras' two unused numbers too,
        so that saved states have one order.
        """
        if self.built:
            return
        super().build(variables)
        for variable in variables:
            shape, name = variable.shape, variable.name
            if len(shape) < 2:
                self._r.append(self.add_variable((), dtype="int32", name=name))
                self._c.append(self.add_variable((), dtype="int32", name=name))
            else:
                columns = (*shape[:-2], shape[-1])
                self._r.append(self.add_variable(shape[:-1], dtype=variable.dtype, name=name))
                self._c.append(self.add_variable(columns, dtype=variable.dtype, name=name))
            self._v.append(self.add_variable_from_reference(variable, "velocity"))

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Changes one weight."""
        dtype = variable.dtype
        rate, g = ops.cast(learning_rate, dtype), ops.cast(gradient, dtype)
        t = ops.cast(self.iterations + 1, dtype)
        slowest = 1.0 / ops.sqrt(t)
        if self.relative_step and not callable(self._learning_rate):
            rate = ops.minimum(rate, slowest)
        scale = ops.maximum(_rms(variable), ops.cast(self.epsilon_2, dtype))
        kept = 1.0 - ops.power(t, ops.cast(self.beta_2_decay, dtype))
        v = self._v[self._get_variable_index(variable)]
        squares = ops.square(g) + self.epsilon_1
        self.assign(v, self._second_moment(variable, squares, kept))
        u = g / ops.sqrt(v.value)
        u = u / ops.maximum(_rms(u) / self.clip_threshold, 1.0)
        self.assign_sub(variable, scale * ops.minimum(rate, slowest) * u)

    def _second_moment(self, variable: Variable, squares: Tensor, kept: Tensor) -> Tensor:
        place = self._get_variable_index(variable)
        if len(variable.shape) < 2:
            return kept * self._v[place].value + (1.0 - kept) * squares
        r, c = self._r[place], self._c[place]
        self.assign(r, kept * r.value + (1.0 - kept) * ops.mean(squares, axis=-1))
        self.assign(c, kept * c.value + (1.0 - kept) * ops.mean(squares, axis=-2))
        part = r.value / ops.mean(r.value, axis=-1, keepdims=True)
        found: Tensor = ops.expand_dims(part, -1) * ops.expand_dims(c.value, -2)
        return found

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal optimizer."""
        return {
            **super().get_config(), "beta_2_decay": self.beta_2_decay, "epsilon_1": self.epsilon_1,
            "epsilon_2": self.epsilon_2, "clip_threshold": self.clip_threshold,
            "relative_step": self.relative_step,
        }  # fmt: skip
