"""Programs run by NumPy: the loops of `engines/base.py`, word for word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lamina.engines.base import (
    BoundStep,
    Call,
    Cursor,
    Executable,
    Feed,
    Passes,
    check_batch,
    check_call,
)
from lamina.engines.reference.elementwise import cast
from lamina.engines.reference.evaluate import evaluate
from lamina.engines.reference.explain import reports
from lamina.engines.reference.order import order
from lamina.engines.report import StepReport
from lamina.graph.program import VALIDATE, Phase, Program, Step


class ReferenceExecutable:
    """A program's state as a list of arrays."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._state = [
            np.zeros(slot.shape, slot.dtype) if slot.reset is None else np.array(slot.reset)
            for slot in program.slots
        ]
        self._order: tuple[tuple[int | None, int, int], np.ndarray] | None = None

    def write(self, slot: int, value: np.ndarray) -> None:
        """Sets a slot."""
        assert value.shape == self._state[slot].shape
        self._state[slot] = np.array(value, self._state[slot].dtype)

    def read(self, slot: int) -> np.ndarray:
        """A copy of a slot."""
        return self._state[slot].copy()

    def run(self, call: Call, cursor: Cursor, steps: int, until: int) -> Cursor:
        """See `engines.base.Executable.run`."""
        check_call(self.program, call)
        main = self.program.phases[call.phase]
        while cursor.epoch < until:
            if steps == 0:
                return cursor
            if cursor.validating:
                cursor = self._validation_step(call, cursor)
            else:
                places = self._pass(call.seed, cursor.pass_index, call.feed.rows)
                self._batch(main, call.feed, places, cursor.batch, call)
                cursor = cursor.after_batch(call.feed.batches(main.step.rows))
                cursor = self._close_training(call, cursor)
            steps -= 1
        return cursor

    def explain(self) -> Sequence[StepReport]:
        """See `engines.base.Executable.explain`."""
        return list(reports(self.program))

    def bind(self, phase: str) -> BoundStep:
        """See `engines.base.Executable.bind`."""
        bound = self.program.phases[phase]

        def run(arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
            rows = check_batch(bound, arrays)
            results = self._step(bound, bound.step, (arrays, np.arange(rows)), rows)
            return [
                np.array(value[: rows * result.each])
                for value, result in zip(results, bound.results, strict=True)
            ]

        return run

    def fork(self) -> Executable:
        """See `engines.base.Executable.fork`."""
        other = type(self)(self.program)
        other._state = [value.copy() for value in self._state]
        return other

    def _validation_step(self, call: Call, cursor: Cursor) -> Cursor:
        assert call.validation is not None
        phase = self.program.phases[VALIDATE]
        batch = cursor.step % call.validation.batches(phase.step.rows)
        places = np.arange(call.validation.rows)
        self._batch(phase, call.validation, places, batch, None)
        if cursor.step + 1 < call.validation_steps:
            return replace(cursor, step=cursor.step + 1)
        self._close(call, cursor.epoch, 1)
        return replace(cursor, epoch=cursor.epoch + 1, validating=False, step=0)

    def _close_training(self, call: Call, cursor: Cursor) -> Cursor:
        if cursor.step < call.steps:
            return cursor
        if call.close:
            self._close(call, cursor.epoch, 0)
        if cursor.epoch in call.validate:
            return replace(cursor, validating=True, step=0)
        return replace(cursor, epoch=cursor.epoch + 1, step=0)

    def _close(self, call: Call, epoch: int, column: int) -> None:
        for column_of, index in zip(call.table, self.program.sums, strict=True):
            column_of[epoch, column] = self._state[index]
            self._state[index] = np.array(self.program.slots[index].reset)

    def _pass(self, seed: int | None, pass_index: int, rows: int) -> np.ndarray:
        key = (seed, 0 if seed is None else pass_index, rows)
        if self._order is None or self._order[0] != key:
            self._order = (key, order(seed, pass_index, rows))
        return self._order[1]

    def _batch(
        self, phase: Phase, feed: Feed, places: np.ndarray, batch: int, call: Call | None
    ) -> None:
        size = phase.step.rows
        chosen = places[batch * size : (batch + 1) * size]
        valid = len(chosen)
        step = phase.step
        if valid < size and not step.partial:
            assert phase.rest is not None
            step = phase.rest
        per_row = self._step(phase, step, (feed.arrays, chosen), valid)
        if call is not None and call.outputs:
            for output, result, value in zip(call.outputs, phase.results, per_row, strict=True):
                start = batch * size * result.each
                output[start : start + valid * result.each] = value[: valid * result.each]

    def _step(
        self, phase: Phase, step: Step, data: tuple[Sequence[np.ndarray], np.ndarray], valid: int
    ) -> list[np.ndarray]:
        """The per-row results of a step on these rows of the arrays; the state follows."""
        arrays, chosen = data
        filled = np.concatenate([chosen, np.repeat(chosen[:1], step.rows - valid)])
        inputs = [self._state[i] for i in step.reads]
        for leaf, array in zip(phase.leaves, arrays, strict=True):
            inputs.append(cast(array[filled], leaf.dtype))
        if step.partial:
            inputs.append(np.asarray(valid, "int32"))
        results = self._evaluate(step, inputs)
        for slot, value in zip(step.writes, results, strict=False):
            self._state[slot] = value
        return results[len(step.writes) :]

    def _evaluate(self, step: Step, inputs: list[np.ndarray]) -> list[np.ndarray]:
        return evaluate(step.graph, inputs)


def compile_program(program: Program, passes: Passes) -> Executable:
    """Nothing to compile: the program is interpreted."""
    return ReferenceExecutable(passes.run(program))
