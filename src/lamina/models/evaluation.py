"""The loop of `evaluate`, and of a validation within `fit` that needs the host."""

from __future__ import annotations

import contextlib
from typing import Any

from lamina.data.arrays import check_finite
from lamina.data.batches import Batches
from lamina.engines.base import Call, Cursor
from lamina.errors import DataError
from lamina.graph.program import VALIDATE
from lamina.models.programs import feed_of, feeding_of, prepare, program_of
from lamina.models.reporting import Logs, callbacks_of, logs_of, settle
from lamina.models.single_batches import run_batch


class Evaluation:
    """One call of `evaluate`, or one validation within `fit`."""

    def __init__(
        self, model: Any, source: Any, batch: int, steps: int | None, verbose: Any, callbacks: Any
    ) -> None:
        self.model, self.source, self.batch, self.steps = model, source, batch, steps
        self.verbose, self.given = verbose, callbacks
        self.callbacks: Any = None

    def run(self) -> Logs:
        """Measures and returns the logs."""
        if self.callbacks is None:
            count = self.source.count if isinstance(self.source, Batches) else self._count()
            self.callbacks = callbacks_of(
                self.model, self.given, self.verbose, epochs=1, steps=count
            )
        self.callbacks.on_test_begin()
        if isinstance(self.source, Batches):
            with contextlib.closing(self.source):
                logs = self._in_batches()
        else:
            logs = self._whole()
        self.callbacks.on_test_end(logs)
        return logs

    def _count(self) -> int:
        count = -(-self.source.rows // min(self.batch, self.source.rows))
        return count if self.steps is None else min(int(self.steps), count)

    def _whole(self) -> Logs:
        model = self.model
        prepare(model, self.source, training=False)
        model.reset_metrics()
        feeding = feeding_of(model, VALIDATE, self.source, self.batch)
        runner, _ = program_of(model, {VALIDATE: feeding})
        named = model._reported(VALIDATE)
        table = runner.table(1)
        count = self._count()
        call = Call(VALIDATE, feed_of(self.source), count, table=table)
        single = self.callbacks.control_needed("test")[0] == "batch"
        cursor = Cursor()
        while cursor.epoch < 1:
            if single:
                self.callbacks.on_test_batch_begin(cursor.step)
            cursor = runner.run(call, cursor, until=1, steps=1 if single else None)
            if cursor.epoch < 1:
                logs = logs_of(named, runner.sums_now)
                self.callbacks.on_test_batch_end(cursor.step - 1, logs)
        logs = logs_of(named, lambda variables: runner.sums_of(table, 0, 0, variables))
        self.callbacks.on_test_batch_end(count - 1, logs)
        settle(model, runner, table, 0, 0)
        return logs

    def _in_batches(self) -> Logs:
        self.model.reset_metrics()
        self.source.begin_epoch()
        self.source.expect(self.steps)
        logs: Logs = {}
        step = 0
        while self.steps is None or step < self.steps:
            data = self.source.next()
            if data is None:
                break
            check_finite(self.source.where, data)
            self.callbacks.on_test_batch_begin(step)
            logs = run_batch(self.model, VALIDATE, data)
            self.callbacks.on_test_batch_end(step, logs)
            step += 1
        if step == 0:
            raise DataError(
                self.source.where, "needs at least one batch", "a source that yields nothing",
                "yield (x, y) batches",
            )  # fmt: skip
        self.source.end_epoch()
        return logs
