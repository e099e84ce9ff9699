"""Lamb: Adam's step, scaled for each weight to the weight's own norm."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.graph.variable import Variable
from lamina.optimizers.adam import TwoMoments


class Lamb(TwoMoments):
    """u = m' / (sqrt(v') + epsilon) with Adam's corrected means; w <- w - r |w| / |u| u.

    You et al. 2020, "Large batch optimization for deep learning".
    """

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Changes one weight."""
        rate = ops.cast(learning_rate, variable.dtype)
        power_1, power_2 = self._powers(variable.dtype)
        m, v = self._moments(variable)
        self._move(m, v, ops.cast(gradient, variable.dtype))
        spread = ops.sqrt(v.value / (1.0 - power_2)) + self.epsilon
        update = m.value / (1.0 - power_1) / spread
        own = ops.sqrt(ops.sum(ops.square(variable.value)))
        size = ops.sqrt(ops.sum(ops.square(update)))
        both = ops.logical_and(ops.greater(own, 0), ops.greater(size, 0))
        ratio = ops.where(both, own / ops.where(both, size, 1.0), 1.0)
        self.assign_sub(variable, ratio * rate * update)
