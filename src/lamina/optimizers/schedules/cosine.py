"""Cosine schedules. Loshchilov & Hutter 2017, "SGDR: stochastic gradient descent with warm
restarts".
"""

from __future__ import annotations

import math
from typing import Any

from lamina import ops
from lamina.errors import ArgumentError
from lamina.optimizers.schedules.base import LearningRateSchedule, as_rate, check_steps


def _half_wave(part: Any) -> Any:
    """From 1 to 0 as `part` goes from 0 to 1."""
    return 0.5 * (1.0 + ops.cos(math.pi * part))


class CosineDecay(LearningRateSchedule):
    """From the initial rate to alpha times it, along half a cosine wave of `decay_steps`.

    With `warmup_target`, first linearly from the initial rate to the target in `warmup_steps`, and
    then from the target down.
    """

    def __init__(
        self, initial_learning_rate: float, decay_steps: float, alpha: float = 0.0,
        name: str = "CosineDecay", warmup_target: float | None = None, warmup_steps: float = 0,
    ) -> None:  # fmt: skip
        check_steps("CosineDecay", "decay_steps", decay_steps)
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.alpha, self.name = alpha, name
        self.warmup_target, self.warmup_steps = warmup_target, warmup_steps

    def __call__(self, step: Any) -> Any:
        """The rate at this step."""
        step, length = as_rate(step), as_rate(self.decay_steps)
        first = as_rate(self.initial_learning_rate)
        if self.warmup_target is None:
            return self._decayed(ops.minimum(step, length), first)
        target, warmup = as_rate(self.warmup_target), as_rate(self.warmup_steps)
        step = ops.minimum(step, length + warmup)
        decayed = self._decayed(step - warmup, target)
        if not self.warmup_steps:
            return decayed
        return ops.where(step < warmup, first + (target - first) * (step / warmup), decayed)

    def _decayed(self, step: Any, rate: Any) -> Any:
        wave = _half_wave(step / as_rate(self.decay_steps))
        return rate * ((1.0 - self.alpha) * wave + self.alpha)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal schedule."""
        return {
            "initial_learning_rate": self.initial_learning_rate, "decay_steps": self.decay_steps,
            "alpha": self.alpha, "name": self.name, "warmup_target": self.warmup_target,
            "warmup_steps": self.warmup_steps,
        }  # fmt: skip


class CosineDecayRestarts(LearningRateSchedule):
    """Half cosine waves one after another: each `t_mul` times as long as the one before, and
    beginning `m_mul` times as high.
    """

    def __init__(
        self, initial_learning_rate: float, first_decay_steps: float, t_mul: float = 2.0,
        m_mul: float = 1.0, alpha: float = 0.0, name: str = "SGDRDecay",
    ) -> None:  # fmt: skip
        check_steps("CosineDecayRestarts", "first_decay_steps", first_decay_steps)
        if not t_mul > 0:
            raise ArgumentError(
                "CosineDecayRestarts(t_mul=...)", "needs a positive number", repr(t_mul),
                "pass 1 for waves of equal length",
            )  # fmt: skip
        self.initial_learning_rate, self.alpha, self.name = initial_learning_rate, alpha, name
        self.first_decay_steps, self._t_mul, self._m_mul = first_decay_steps, t_mul, m_mul

    def __call__(self, step: Any) -> Any:
        """The rate at this step."""
        restarts, part = self._place(as_rate(step) / as_rate(self.first_decay_steps))
        height = ops.power(as_rate(self._m_mul), restarts)
        wave = height * _half_wave(part)
        return as_rate(self.initial_learning_rate) * ((1.0 - self.alpha) * wave + self.alpha)

    def _place(self, waves: Any) -> tuple[Any, Any]:
        """How many waves are over, and the part of the present one that is; `waves` counts the
        steps in lengths of the first wave.
        """
        if self._t_mul == 1.0:
            restarts = ops.floor(waves)
            return restarts, waves - restarts
        t = as_rate(self._t_mul)
        # The first n waves have length (1 - t^n) / (1 - t).
        restarts = ops.floor(ops.log(1.0 - waves * (1.0 - t)) / ops.log(t))
        power = ops.power(t, restarts)
        return restarts, (waves - (1.0 - power) / (1.0 - t)) / power

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal schedule."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "first_decay_steps": self.first_decay_steps, "t_mul": self._t_mul,
            "m_mul": self._m_mul, "alpha": self.alpha, "name": self.name,
        }  # fmt: skip
