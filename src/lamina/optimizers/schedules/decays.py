"""Schedules that decay: exponential, by the inverse of time, polynomial, and in steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.errors import ArgumentError
from lamina.optimizers.schedules.base import LearningRateSchedule, as_rate, check_steps


class ExponentialDecay(LearningRateSchedule):
    """initial * decay_rate ^ (step / decay_steps); with `staircase` the exponent is rounded
    down.
    """

    def __init__(
        self, initial_learning_rate: float, decay_steps: float, decay_rate: float,
        staircase: bool = False, name: str = "ExponentialDecay",
    ) -> None:  # fmt: skip
        check_steps("ExponentialDecay", "decay_steps", decay_steps)
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.decay_rate, self.staircase, self.name = decay_rate, staircase, name

    def __call__(self, step: Any) -> Any:
        """The rate at this step."""
        part = as_rate(step) / as_rate(self.decay_steps)
        part = ops.floor(part) if self.staircase else part
        return as_rate(self.initial_learning_rate) * ops.power(as_rate(self.decay_rate), part)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal schedule."""
        return {
            "initial_learning_rate": self.initial_learning_rate, "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate, "staircase": self.staircase, "name": self.name,
        }  # fmt: skip


class InverseTimeDecay(LearningRateSchedule):
    """initial / (1 + decay_rate * step / decay_steps); with `staircase` step / decay_steps is
    rounded down.
    """

    def __init__(
        self, initial_learning_rate: float, decay_steps: float, decay_rate: float,
        staircase: bool = False, name: str = "InverseTimeDecay",
    ) -> None:  # fmt: skip
        check_steps("InverseTimeDecay", "decay_steps", decay_steps)
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.decay_rate, self.staircase, self.name = decay_rate, staircase, name

    def __call__(self, step: Any) -> Any:
        """The rate at this step."""
        part = as_rate(step) / as_rate(self.decay_steps)
        part = ops.floor(part) if self.staircase else part
        return as_rate(self.initial_learning_rate) / (1.0 + as_rate(self.decay_rate) * part)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal schedule."""
        return {
            "initial_learning_rate": self.initial_learning_rate, "decay_steps": self.decay_steps,
            "decay_rate": self.decay_rate, "staircase": self.staircase, "name": self.name,
        }  # fmt: skip


class PolynomialDecay(LearningRateSchedule):
    """(initial - end) (1 - step / decay_steps)^power + end, and end from decay_steps on.

    With `cycle` decay_steps is instead multiplied by the number of times it has been passed.
    """

    def __init__(
        self, initial_learning_rate: float, decay_steps: float, end_learning_rate: float = 0.0001,
        power: float = 1.0, cycle: bool = False, name: str = "PolynomialDecay",
    ) -> None:  # fmt: skip
        check_steps("PolynomialDecay", "decay_steps", decay_steps)
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.end_learning_rate, self.power = end_learning_rate, power
        self.cycle, self.name = cycle, name

    def __call__(self, step: Any) -> Any:
        """The rate at this step."""
        step, length = as_rate(step), as_rate(self.decay_steps)
        if self.cycle:
            length = length * ops.where(ops.equal(step, 0.0), 1.0, ops.ceil(step / length))
        else:
            step = ops.minimum(step, length)
        end = as_rate(self.end_learning_rate)
        span = as_rate(self.initial_learning_rate) - end
        return span * ops.power(1.0 - step / length, as_rate(self.power)) + end

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal schedule."""
        return {
            "initial_learning_rate": self.initial_learning_rate, "decay_steps": self.decay_steps,
            "end_learning_rate": self.end_learning_rate, "power": self.power,
            "cycle": self.cycle, "name": self.name,
        }  # fmt: skip


class PiecewiseConstantDecay(LearningRateSchedule):
    """values[0] up to and including step boundaries[0], then values[1], ...

    Args:
        boundaries: rising step numbers.
        values: one more than boundaries.
    """

    def __init__(
        self, boundaries: Sequence[float], values: Sequence[float], name: str = "PiecewiseConstant"
    ) -> None:
        if len(boundaries) != len(values) - 1 or not len(boundaries):
            raise ArgumentError(
                "PiecewiseConstantDecay", "needs one value more than boundaries",
                f"{len(boundaries)} boundaries and {len(values)} values",
                "give a value for before the first boundary and one after each",
            )  # fmt: skip
        self.boundaries, self.values, self.name = boundaries, values, name

    def __call__(self, step: Any) -> Any:
        """The rate at this step."""
        step = ops.convert_to_tensor(step)
        rate = as_rate(self.values[0])
        for boundary, value in zip(self.boundaries, self.values[1:], strict=True):
            rate = ops.where(ops.greater(step, ops.cast(boundary, step.dtype)), value, rate)
        return rate

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal schedule."""
        return {"boundaries": self.boundaries, "values": self.values, "name": self.name}
