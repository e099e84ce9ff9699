"""LearningRateSchedule: from the number of the step to the learning rate."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.errors import ArgumentError, UnsupportedError
from lamina.graph import dtypes


class LearningRateSchedule:
    """Base of all schedules. A subclass defines `__call__(step)` with lamina.ops, and
    `get_config`.
    """

    def __call__(self, step: Any) -> Any:
        """The learning rate at this step (an integer, or an int32 tensor). Override it."""
        raise UnsupportedError(
            type(self).__name__, "does not say what the rate is", "a class without `__call__`",
            "define __call__(self, step)",
        )  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal schedule. Override it."""
        raise UnsupportedError(
            type(self).__name__, "does not say how it is made", "a class without `get_config`",
            "define get_config(self)",
        )  # fmt: skip

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The schedule that `get_config` describes."""
        return cls(**config)


def as_rate(value: Any) -> Any:
    """A number, or the number of a step, in floatx."""
    return ops.cast(value, dtypes.floatx())


def check_steps(where: str, argument: str, steps: Any) -> None:
    """Raises: ArgumentError unless the number of steps is positive."""
    if not steps > 0:
        raise ArgumentError(
            f"{where}({argument}=...)", "needs a positive number of steps", repr(steps),
            "count steps of the optimizer, not epochs",
        )  # fmt: skip
