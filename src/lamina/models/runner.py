"""A compiled program in use: the variables' values go in, slices run, the variables follow."""

from __future__ import annotations

import functools
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from lamina import config
from lamina.engines import base
from lamina.engines.base import Call, Cursor, Feed
from lamina.graph.program import Program
from lamina.graph.variable import Variable
from lamina.models.steps import ProgramWithState

SLICE_SECONDS = 0.05


class Runner:
    """Holds the executable of one program and keeps its slots and the variables in step.

    Args:
        state: the program and its variables.
        engine: the name of the engine that compiles it.

    Attributes:
        seconds: what the stages took that all phases of the program go through together.
    """

    # Whether the steps are Python functions that were not traced.
    is_eager = False

    def __init__(self, state: ProgramWithState, engine: str) -> None:
        self.program: Program = state.program
        self.variables = state.variables
        self._written = state.written
        self.engine = engine
        self.seconds = {"tracing": state.seconds}
        self.executable = self._compiled(state.program)
        self._versions: list[int] = [-1] * len(self.variables)
        self._seconds_a_step = 0.0
        self._place = {variable: i for i, variable in enumerate(self.variables)}
        self._sums = {self.variables[slot]: i for i, slot in enumerate(self.program.sums)}
        self._sources = [functools.partial(self._read, i) for i in range(len(self.variables))]
        self._bound: dict[str, base.BoundStep] = {}
        # An executable runs for one thread at a time; another waits for the end of the slice.
        self._lock: AbstractContextManager[Any] = threading.Lock()

    def _compiled(self, program: Program) -> base.Executable:
        """The executable, for which the passes run only if no equal program was compiled before."""
        switches = config.read()
        started = time.perf_counter()
        took: list[float] = []

        def run(program: Program) -> Program:
            from lamina.passes.pipeline import optimize_program

            begun = time.perf_counter()
            optimized = optimize_program(program, switches.verify)
            took.append(time.perf_counter() - begun)
            return optimized

        if switches.shadow is not None:
            from lamina.inspect.shadow import Shadow

            made: base.Executable = Shadow(run(program), self.engine)
        else:
            made = base.compile_with(self.engine, program, base.Passes("all", run))
        whole = time.perf_counter() - started
        if took:
            self.seconds |= {"passes": took[0], "planning": whole - took[0]}
        else:
            self.seconds["cache"] = whole
        return made

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
            with self._lock:
                after = self.executable.run(call, cursor, count, until)
        finally:
            self._pull()
        self.took(call, cursor, after, time.perf_counter() - started)
        return after

    @property
    def written(self) -> list[Variable]:
        """The variables that a step changes."""
        return [self.variables[i] for i in self._written]

    def snapshot(self) -> base.Executable:
        """The executable with the values that its variables have now, for good."""
        self._push()
        with self._lock:
            return self.executable.fork()

    def takes(self, phase: str, rest: int) -> bool:
        """Whether the phase can end with a batch of so many rows (0: a full one)."""
        known = self.program.phases[phase]
        alone = known.rest is not None and known.rest.rows == rest
        return not rest or known.step.partial or alone

    def step(
        self, phase: str, arrays: Sequence[np.ndarray], anew: bool = False
    ) -> list[np.ndarray]:
        """One batch, outside the loops: its per-row results; the sums go on, or start `anew`."""
        self._push()
        try:
            with self._lock:
                if anew:
                    self._reset_sums()
                if phase not in self._bound:
                    self._bound[phase] = self.executable.bind(phase)
                if self._needs_gather(phase, arrays):
                    return self._gathered(phase, arrays)
                return self._bound[phase](arrays)
        finally:
            self._pull()

    def _reset_sums(self) -> None:
        for i in self.program.sums:
            reset = self.program.slots[i].reset
            assert reset is not None
            self.executable.write(i, reset)

    def _needs_gather(self, phase: str, arrays: Sequence[np.ndarray]) -> bool:
        """Floats become integers in the gather only, which saturates them."""
        leaves = self.program.phases[phase].leaves
        return any(
            array.dtype.kind == "f" and leaf.dtype[0] != "f"
            for array, leaf in zip(arrays, leaves, strict=True)
        )

    def _gathered(self, phase: str, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        rows, results = len(arrays[0]), self.program.phases[phase].results
        outputs = [np.zeros((rows * r.each, *r.shape), r.dtype) for r in results]
        call = Call(phase, Feed(tuple(arrays), rows), 1, close=False, outputs=outputs)
        self.executable.run(call, Cursor(), 1, 1)
        return outputs

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

    @property
    def is_warm(self) -> bool:
        """Whether everything was compiled and run before, so that a slice takes its time only."""
        return bool(self._seconds_a_step)

    def took(self, call: Call, before: Cursor, after: Cursor, seconds: float) -> None:
        """Learns how long the steps between two cursors took, what is done after a slice too.

        Steps of validation take another time than those of training: slices at most double.
        """
        done = _batches_between(call, before, after)
        if done:
            # At least a nanosecond a step, so that a coarse clock cannot ask for endless slices.
            self._seconds_a_step = max(seconds / done, self._seconds_a_step / 2, 1e-9)

    def _push(self) -> None:
        """Writes the variables that somebody changed since the last slice."""
        for i, variable in enumerate(self.variables):
            version = variable.version
            if self._versions[i] != version:
                # Outside the lock: the value may have to come from another executable.
                value = variable.numpy()
                with self._lock:
                    self.executable.write(i, value)
                self._versions[i] = version
                variable.lend(self._sources[i], version)

    def changed(self, variables: Sequence[Variable]) -> bool:
        """Whether somebody set one of these since the last slice."""
        known = [v for v in variables if v in self._place]
        return any(self._versions[self._place[v]] != v.version for v in known)

    def _read(self, slot: int) -> np.ndarray:
        with self._lock:
            return self.executable.read(slot)

    def _pull(self) -> None:
        """Declares that the written variables' newest values are here."""
        for i in self._written:
            variable = self.variables[i]
            variable.follow(self._sources[i])
            self._versions[i] = variable.version

    def sums_now(self, variables: Sequence[Variable]) -> list[np.ndarray]:
        """The present values of epoch sums, in the middle of an epoch."""
        return [self._read(self._place[v]) if v in self._place else v.numpy() for v in variables]

    def sums_of(
        self, table: Sequence[np.ndarray], epoch: int, column: int, variables: Sequence[Variable]
    ) -> list[np.ndarray]:
        """The values of epoch sums that an epoch's end wrote into the table; of other variables,
        those that they have.
        """
        return [
            table[self._sums[v]][epoch, column] if v in self._sums else v.numpy() for v in variables
        ]


def _batches_between(call: Call, before: Cursor, after: Cursor) -> int:
    def position(cursor: Cursor) -> int:
        validated = bisect_left(call.validate, cursor.epoch)
        inside = call.steps + cursor.step if cursor.validating else cursor.step
        return cursor.epoch * call.steps + validated * call.validation_steps + inside

    return position(after) - position(before)
