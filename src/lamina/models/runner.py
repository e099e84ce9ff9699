"""A compiled program in use: the variables' values go in, slices run, the variables follow."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence

import numpy as np

from lamina import config
from lamina.engines import base
from lamina.engines.base import Call, Cursor
from lamina.graph.program import Program
from lamina.models.steps import ProgramWithState
from lamina.passes.pipeline import optimize_program

SLICE_SECONDS = 0.05


class Runner:
    """Holds the executable of one program and keeps its slots and the variables in step.

    Args:
        state: the program and its variables.
        engine: the name of the engine that compiles it.

    Attributes:
        seconds: what the stages took that all phases of the program go through together.
    """

    def __init__(self, state: ProgramWithState, engine: str) -> None:
        self.program: Program = state.program
        self.variables = state.variables
        self._written = state.written
        switches = config.read()
        started = time.perf_counter()
        optimized = optimize_program(state.program, switches.verify)
        passed = time.perf_counter()
        if switches.shadow is not None:
            from lamina.inspect.shadow import Shadow

            self.executable: base.Executable = Shadow(optimized, engine)
        else:
            self.executable = base.compile_with(engine, optimized)
        self.engine = engine
        self.seconds = {
            "tracing": state.seconds,
            "passes": passed - started,
            "planning": time.perf_counter() - passed,
        }
        self._versions: list[int] = [-1] * len(self.variables)
        self._seconds_a_step = 0.0
        self._place = {variable: i for i, variable in enumerate(self.variables)}
        self._sums = {self.variables[slot]: i for i, slot in enumerate(self.program.sums)}

    def table(self, epochs: int) -> list[np.ndarray]:
        """An empty table of epoch sums."""
        slots = [self.program.slots[i] for i in self.program.sums]
        return [np.zeros((epochs, 2, *slot.shape), slot.dtype) for slot in slots]

    def run(self, call: Call, cursor: Cursor, until: int, steps: int | None = None) -> Cursor:
        """One slice: at most `steps` batches, by default as many as fit into some 50 ms."""
        self._push()
        count = steps or self._slice()
        started = time.perf_counter()
        try:
            after = self.executable.run(call, cursor, count, until)
        finally:
            self._pull()
        self._learn(call, cursor, after, time.perf_counter() - started)
        return after

    def finish(
        self, call: Call, until: int, each: Callable[[Cursor], None] | None = None
    ) -> Cursor:
        """Slices until the end of epoch `until` - 1; `each` is called after every slice."""
        cursor = Cursor()
        while cursor.epoch < until:
            cursor = self.run(call, cursor, until)
            if each is not None:
                each(cursor)
        return cursor

    def _slice(self) -> int:
        if not self._seconds_a_step:
            return 1
        return max(1, min(1 << 30, int(SLICE_SECONDS / self._seconds_a_step)))

    def _learn(self, call: Call, before: Cursor, after: Cursor, seconds: float) -> None:
        done = _batches_between(call, before, after)
        if done:
            # At least a nanosecond a step, so that a coarse clock cannot ask for endless slices.
            self._seconds_a_step = max(seconds / done, 1e-9)

    def _push(self) -> None:
        """Writes the variables that somebody changed since the last slice."""
        for i, variable in enumerate(self.variables):
            if self._versions[i] != variable.version:
                self.executable.write(i, variable.numpy())
                self._versions[i] = variable.version

    def _pull(self) -> None:
        """Declares that the written variables' newest values are here."""
        for i in self._written:
            variable = self.variables[i]
            variable.follow(functools.partial(self.executable.read, i))
            self._versions[i] = variable.version

    def sums_now(self, variables: Sequence[object]) -> list[np.ndarray]:
        """The present values of epoch sums, in the middle of an epoch."""
        return [self.executable.read(self._place[v]) for v in variables]  # type: ignore[index]

    def sums_of(
        self, table: Sequence[np.ndarray], epoch: int, column: int, variables: Sequence[object]
    ) -> list[np.ndarray]:
        """The values of epoch sums that an epoch's end wrote into the table."""
        return [table[self._sums[v]][epoch, column] for v in variables]  # type: ignore[index]


def _batches_between(call: Call, before: Cursor, after: Cursor) -> int:
    def position(cursor: Cursor) -> int:
        validated = sum(epoch < cursor.epoch for epoch in call.validate)
        inside = call.steps + cursor.step if cursor.validating else cursor.step
        return cursor.epoch * call.steps + validated * call.validation_steps + inside

    return position(after) - position(before)
