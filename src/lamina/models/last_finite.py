"""LastFinite: the step at which numbers stopped being finite, and the state before it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

import numpy as np

from lamina.engines.base import Call, Cursor
from lamina.graph.variable import Variable
from lamina.models.runner import Runner


class LastFinite:
    """Keeps what a slice changes, so that the slice can be run again, step by step.

    Args:
        variables: tells what steps change, at the time of asking.
        sums: the variables that start anew with each epoch; they are not put back at the end, so
            that the logs tell what happened.
    """

    def __init__(
        self, variables: Callable[[], Iterable[Variable]], sums: Collection[Variable]
    ) -> None:
        self._variables, self.sums = variables, set(sums)
        self._kept: list[tuple[Variable, np.ndarray]] = []

    def keep(self) -> None:
        """Copies the state as it is now."""
        self._kept = [(v, np.array(v.numpy())) for v in self._variables()]

    def first_bad(self) -> str | None:
        """The path of the first weight that is not finite; None if all are."""
        for variable in self._variables():
            if variable not in self.sums:
                value = variable.numpy()
                if value.dtype.kind == "f" and not np.isfinite(value).all():
                    return variable.path
        return None

    def again(
        self, runner: Runner, call: Call, before: Cursor, until: int,
        is_loss_finite: Callable[[Cursor], bool],
    ) -> tuple[Cursor, str | None]:  # fmt: skip
        """Runs from the kept state on, step by step, up to the first step that leaves a loss or a
        weight that is not finite. Returns where that stands, and the weight.
        """
        self._put_back(everything=True)
        while True:
            self.keep()
            after = runner.run(call, before, until, 1)
            bad = self.first_bad()
            if bad is not None or not is_loss_finite(after) or after.epoch >= until:
                return after, bad
            before = after

    def put_back(self) -> None:
        """Returns to the state before that step; the sums of the epoch stay."""
        self._put_back(everything=False)

    def _put_back(self, everything: bool) -> None:
        for variable, value in self._kept:
            if everything or variable not in self.sums:
                variable.assign(value)


def said(epoch: int, step: int, bad: str | None, loss: Any) -> str:
    """What a user reads of it."""
    where = f"in epoch {epoch + 1}, step {step + 1}"
    what = f"{bad} is not finite after it" if bad is not None else "all weights are finite still"
    return f"the loss is {loss} {where}; {what}. The model keeps the weights from before that step"
