"""The loop of `predict`."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from lamina.data.arrays import Data
from lamina.data.batches import Batches
from lamina.engines.base import Call, Cursor
from lamina.errors import DataError
from lamina.graph.program import PREDICT
from lamina.graph.structure import flatten, pack
from lamina.models.programs import feed_of, feeding_to_predict, packed, program_of
from lamina.models.reporting import callbacks_of
from lamina.models.runner import Runner


class Prediction:
    """One call of `predict`."""

    def __init__(
        self, model: Any, source: Any, batch: int, steps: int | None, verbose: Any, callbacks: Any
    ) -> None:
        self.model, self.source, self.batch, self.steps = model, source, batch, steps
        count = source.count if isinstance(source, Batches) else -(-source.rows // batch)
        self.callbacks = callbacks_of(model, callbacks, verbose, epochs=1, steps=steps or count)

    def run(self) -> Any:
        """The outputs of all rows."""
        self.callbacks.on_predict_begin()
        if isinstance(self.source, Batches):
            with contextlib.closing(self.source):
                outputs = self._in_batches()
        else:
            rows = self.source.rows
            if self.steps is not None:
                rows = min(rows, self.steps * self.batch)
            outputs = self._whole(self.source.take(0, rows))
        self.callbacks.on_predict_end()
        return outputs

    def _whole(self, data: Data) -> Any:
        model = self.model
        data = Data(data.x, None, None, data.rows)
        feeding = feeding_to_predict(model, data, self.batch)
        runner, structure = program_of(model, {PREDICT: feeding})
        if runner.is_eager:
            return self._eagerly(runner, structure, data, feeding.batch)
        results = runner.program.phases[PREDICT].results
        outputs = [np.zeros((data.rows * r.each, *r.shape), r.dtype) for r in results]
        count = -(-data.rows // feeding.batch)
        call = Call(PREDICT, feed_of(data), count, close=False, outputs=outputs)
        single = self.callbacks.control_needed("predict")[0] == "batch"
        cursor = Cursor()
        while cursor.epoch < 1:
            if single:
                self.callbacks.on_predict_batch_begin(cursor.step)
            before = cursor.step
            cursor = runner.run(call, cursor, until=1, steps=1 if single else None)
            done = cursor.step if cursor.epoch < 1 else count
            first = before * feeding.batch
            part = [
                out[first * r.each : done * feeding.batch * r.each]
                for out, r in zip(outputs, results, strict=True)
            ]
            self.callbacks.on_predict_batch_end(done - 1, {"outputs": packed(structure, part)})
        return packed(structure, outputs)

    def _eagerly(self, runner: Runner, structure: Any, data: Data, batch: int) -> Any:
        """Batch by batch, as only the outputs say what they are."""
        parts: list[list[np.ndarray]] = []
        for step, start in enumerate(range(0, data.rows, batch)):
            self.callbacks.on_predict_batch_begin(step)
            rows = data.take(start, min(start + batch, data.rows))
            parts.append(runner.step(PREDICT, rows.leaves))
            outputs = packed(structure, parts[-1])
            self.callbacks.on_predict_batch_end(step, {"outputs": outputs})
        return packed(structure, [np.concatenate(column) for column in zip(*parts, strict=True)])

    def _in_batches(self) -> Any:
        self.source.begin_epoch()
        self.source.expect(self.steps)
        parts: list[Any] = []
        while self.steps is None or len(parts) < self.steps:
            data = self.source.next()
            if data is None:
                break
            self.batch = data.rows
            parts.append(self._whole(data))
        if not parts:
            raise DataError(
                "predict", "needs at least one batch", "a source that yields nothing",
                "yield batches of x",
            )  # fmt: skip
        self.source.end_epoch()
        columns = zip(*(flatten(part) for part in parts), strict=True)
        return pack(parts[0], [np.concatenate(column) for column in columns])
