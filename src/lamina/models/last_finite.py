"""The step at which numbers stopped being finite, and the state before it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
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
        """Runs from the kept state on, up to the first step that leaves a loss or a weight that is
        not finite: more and more steps at once, and then fewer and fewer. Returns where that
        stands, and the weight; the state before it is the kept one.
        """
        self._put_back(everything=True)
        steps, grows = 1, True
        while True:
            self.keep()
            after = runner.run(call, before, until, steps)
            bad = self.first_bad()
            fails = bad is not None or not is_loss_finite(after)
            if steps == 1 and (fails or after.epoch >= until):
                return after, bad
            if fails or after.epoch >= until:
                self._put_back(everything=True)
                grows = False
            else:
                before = after
            steps = 2 * steps if grows else max(1, steps // 2)

    def put_back(self) -> None:
        """Returns to the state before that step; the sums of the epoch stay."""
        self._put_back(everything=False)

    def _put_back(self, everything: bool) -> None:
        for variable, value in self._kept:
            if everything or variable not in self.sums:
                variable.assign(value)


class Watch:
    """Finds out, once in a run, where numbers stopped being finite; the run goes on as it would.

    Copies of the state before slices take a millisecond, and then at most a hundredth of the time;
    a slice of which there is none tells the steps between which it happened.
    """

    FREE, SHARE = 0.001, 0.01

    def __init__(self, finite: LastFinite) -> None:
        self._finite, self._is_kept, self._told = finite, False, False
        self._began, self._spent = time.perf_counter(), 0.0

    def begin(self) -> None:
        """A slice begins."""
        now = time.perf_counter()
        affordable = self._spent <= self.FREE + self.SHARE * (now - self._began)
        self._is_kept = affordable and not self._told
        if self._is_kept:
            self._finite.keep()
            self._spent += time.perf_counter() - now

    def end(
        self, runner: Runner, call: Call, before: Cursor, after: Cursor, until: int,
        loss: Callable[[Cursor], float],
    ) -> tuple[int, str] | None:  # fmt: skip
        """The epoch, from 0, and what is to be said of a slice that has ended, if anything is."""
        if self._told or math.isfinite(loss(after)):
            return None
        self._told = True
        ended = [replace(after, epoch=e + 1, step=0, validating=False)
                 for e in range(before.epoch, after.epoch)]  # fmt: skip
        found = next((at for at in (*ended, after) if not math.isfinite(loss(at))), after)
        value, bad = loss(found), self._finite.first_bad()
        if self._is_kept:
            now = [(v, np.array(v.numpy())) for v in runner.written]
            found, bad = self._finite.again(
                runner, call, before, until, lambda at: math.isfinite(loss(at))
            )
            value = loss(found)
            for variable, kept in now:
                variable.assign(kept)
        epoch, step = place_of(found, call.steps)
        since = before.step + 1 if before.epoch == epoch else 1
        known = self._is_kept or since == step
        at = f"step {step}" if known else f"one of the steps {since} to {step}"
        return epoch, diverged(value, at, bad)


def place_of(at: Cursor, steps: int) -> tuple[int, int]:
    """The epoch, from 0, and the step, from 1, that ended where a cursor stands."""
    if at.validating:
        return at.epoch, steps
    return (at.epoch, at.step) if at.step else (at.epoch - 1, steps)


def diverged(loss: Any, at: str, bad: str | None) -> str:
    """What is said of a run that goes on: behind the epoch."""
    weight = "all weights are finite still" if bad is None else f"{bad} is not finite after it"
    return (
        f"{at}: the loss is {loss}; {weight}. callbacks=[TerminateOnNaN()] would stop there, and "
        "keep the weights from before that step"
    )


def said(epoch: int, step: int, bad: str | None, loss: Any) -> str:
    """What a user reads of it."""
    where = f"in epoch {epoch + 1}, step {step + 1}"
    what = f"{bad} is not finite after it" if bad is not None else "all weights are finite still"
    return f"the loss is {loss} {where}; {what}. The model keeps the weights from before that step"
