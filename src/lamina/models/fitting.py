"""The loop of `fit` on the host: slices, callbacks, logs."""

from __future__ import annotations

import contextlib
import math
import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from lamina import random
from lamina.callbacks.terminate_on_nan import TerminateOnNaN
from lamina.data.arrays import Data, check_finite
from lamina.data.batches import Batches
from lamina.engines.base import Call, Cursor
from lamina.errors import DataError
from lamina.graph.program import TRAIN, VALIDATE
from lamina.models.evaluation import Evaluation
from lamina.models.interrupts import HeldInterrupt
from lamina.models.last_finite import LastFinite, Watch, diverged, place_of, said
from lamina.models.programs import feed_of, feeding_of, prepare, program_of
from lamina.models.reporting import Logs, callbacks_of, logs_of, say_once, settle
from lamina.models.single_batches import run_batch
from lamina.models.standing import Standing
from lamina.random.seeds import set_state_of_streams

RAN_OUT = "a pass over the data ends before steps_per_epoch is reached, and so does the epoch"


class Fit:
    """One call of `fit`.

    Args:
        source: the data, whole or in batches.
        batch: rows a step; None for data in batches.
        validation: (data, batch) or None.
        options: the remaining arguments of `fit`.
    """

    def __init__(
        self, model: Any, source: Any, batch: int | None, validation: Any, options: dict[str, Any]
    ) -> None:
        self.model, self.source, self.batch = model, source, batch
        self.validation = validation
        self.options = options
        self.first = int(options["initial_epoch"])
        self.epochs = max(0, int(options["epochs"]) - self.first)
        # The last epoch that was begun, and the last whose training half was reported.
        self._begun = self._trained = -1
        self.logs: Logs = {}
        self.cursor = Cursor()
        self._is_bad = self._is_diverged = False

    def run(self) -> Any:
        """Trains and returns the history."""
        in_batches = isinstance(self.source, Batches)
        validated_in_batches = self.validation is not None and isinstance(
            self.validation[0], Batches
        )
        if not in_batches:
            prepare(self.model, self.source, training=True)
            if self.validation is not None and not validated_in_batches:
                prepare(self.model, self.validation[0], training=False)
        self.callbacks = callbacks_of(
            self.model, self.options["callbacks"], self.options["verbose"],
            epochs=int(self.options["epochs"]), steps=self._steps(),
        )  # fmt: skip
        self.model.stop_training = False
        self.model.reset_metrics()
        self.callbacks.on_train_begin()
        self._watched = any(isinstance(c, TerminateOnNaN) for c in self.callbacks.callbacks)
        self.standing = Standing(self.model, self.callbacks.callbacks, self.options["resume"])
        if in_batches:
            self._run_batches()
        else:
            hooked = self.callbacks.control_needed("test")[0] != "slice"
            self._run_arrays(native_validation=not (validated_in_batches or hooked))
        optimizer = self.model.optimizer
        if self.epochs and optimizer is not None and optimizer.built:
            optimizer.finalize_variable_values(optimizer._trainable_variables)
        self.callbacks.on_train_end(self.logs)
        return self.model.history

    def _steps(self) -> int | None:
        given = self.options["steps_per_epoch"]
        if given is not None:
            return int(given)
        return self.source.count if isinstance(self.source, Batches) else self._batches()

    def _batches(self) -> int:
        """Batches of one pass over the arrays."""
        assert self.batch is not None
        return -(-self.source.rows // min(self.batch, self.source.rows))

    def _validates(self, epoch: int) -> bool:
        freq = self.options["validation_freq"]
        if self.validation is None:
            return False
        if isinstance(freq, int):
            return (epoch + 1) % freq == 0
        return epoch + 1 in freq

    def _validated_epochs(self) -> Sequence[int]:
        """The epochs of this call, from 0, after which there is a validation."""
        freq = self.options["validation_freq"]
        if isinstance(freq, int):
            return range(-(self.first + 1) % freq, self.epochs, freq)
        return sorted({e - 1 - self.first for e in freq if 0 < e - self.first <= self.epochs})

    # ── how many steps each epoch has ──

    def _calls(self, **options: Any) -> tuple[list[Call], int]:
        """The calls of the epochs: epoch e belongs to entry e modulo their number.

        An epoch never runs past the end of a pass, as in Keras: with steps_per_epoch=3 and passes
        of 4 batches epochs have 3, 1, 3, 1 ... steps. The second number is that of epochs that one
        native call may run.
        """
        batches, asked = self._batches(), self._steps()
        assert asked is not None
        if asked > batches:
            say_once(RAN_OUT)
        steps = min(asked, batches)
        call = Call(steps=steps, **options)
        if batches % steps == 0:
            return [call], self.epochs
        if self.epochs > batches // steps:
            say_once(RAN_OUT)
        last = Call(steps=batches % steps, **options)
        return [call] * (batches // steps) + [last], 1

    def _call(self, epoch: int) -> Call:
        return self.calls[epoch % len(self.calls)]

    # ── whole arrays: many epochs a native call ──

    def _run_arrays(self, native_validation: bool) -> None:
        model, data = self.model, self.source
        feedings = {TRAIN: feeding_of(model, TRAIN, data, self.batch)}
        extra: dict[str, Any] = {}
        if self.validation is not None and native_validation:
            held, batch = self.validation
            feedings[VALIDATE] = feeding_of(model, VALIDATE, held, batch)
            count = -(-held.rows // feedings[VALIDATE].batch)
            asked = self.options["validation_steps"]
            extra = {
                "validation": feed_of(held),
                "validation_steps": count if asked is None else min(int(asked), count),
                "validate": self._validated_epochs(),
            }
        self.runner, _ = program_of(model, feedings)
        self.named = {phase: model._reported(phase) for phase in (TRAIN, VALIDATE)}
        self.sums = list(model._sums())
        self.table = self.runner.table(self.epochs)
        seed = random.draw_seed() if self.options["shuffle"] else None
        self.calls, self.epochs_a_run = self._calls(
            phase=TRAIN, feed=feed_of(data), seed=seed, table=self.table, **extra
        )
        level, hook = self.callbacks.control_needed("train")
        if level == "batch":
            say_once(f"{hook} is called after every batch, so each step is a call of its own")
        if self.validation is not None and not native_validation:
            level = "epoch" if level == "slice" else level
        self.level = level
        self.finite = LastFinite(lambda: self.runner.written, self.sums)
        self.watch = Watch(self.finite)
        if self.standing.found is not None:
            self._go_on()
        self._slices()

    def _go_on(self) -> None:
        """Puts everything where the checkpoint found it."""
        self.standing.check(self._of_call())
        self.standing.restore(self.runner.variables)
        assert self.standing.found is not None
        place = self.standing.found["place"]
        self.cursor = Cursor(**place["cursor"])
        self._begun, self._trained = place["begun"], place["trained"]
        self.logs = place["logs"]
        self.calls = [replace(call, seed=place["seed"]) for call in self.calls]
        for column, kept in zip(self.table, place["table"], strict=True):
            count = min(len(column), len(kept))
            column[:count] = kept[:count]

    def _of_call(self) -> dict[str, Any]:
        """What must be the same for a run that goes on."""
        return {
            "initial_epoch": self.first, "shuffle": self.options["shuffle"],
            "rows": None if self.batch is None else self.source.rows, "batch_size": self.batch,
            "steps": self._steps(),
        }  # fmt: skip

    def _place(self) -> dict[str, Any]:
        """Where the run stands, for a checkpoint."""
        place = {
            "call": self._of_call(), "cursor": asdict(self.cursor), "logs": dict(self.logs),
            "begun": self._begun, "trained": self._trained,
        }  # fmt: skip
        if self.batch is not None:
            place |= {"seed": self.calls[0].seed, "table": list(self.table)}
        return place

    def _slices(self) -> None:
        model, cursor, level = self.model, self.cursor, self.level
        while cursor.epoch < self.epochs:
            # A validation that has begun ends; steps that were not run are left out.
            if model.stop_training and not cursor.validating:
                if cursor.epoch == self._begun:
                    self._close(cursor.epoch, logs_of(self.named[TRAIN], self.runner.sums_now))
                break
            if not cursor.validating and cursor.step == 0:
                self._reset_metrics()
            self._begin_epoch(cursor.epoch)
            if level == "batch" and not cursor.validating:
                self.callbacks.on_train_batch_begin(cursor.step)
            alone = level != "slice" or model.stop_training
            until = min(cursor.epoch + (1 if alone else self.epochs_a_run), self.epochs)
            steps = 1 if level == "batch" and not cursor.validating else None
            cursor = self._slice(cursor, until, steps)
        if cursor.epoch:
            last = cursor.epoch - 1
            settle(self.model, self.runner, self.table, last, 0)

    def _reset_metrics(self) -> None:
        """An epoch starts from nothing, also where a validation or a callback used the metrics."""
        if self.runner.changed(self.sums):
            self.model.reset_metrics()

    def _slice(self, before: Cursor, until: int, steps: int | None) -> Cursor:
        """Runs a slice and reports it. Ctrl-C meanwhile waits until the epochs that ended are in
        the history; but not for what may take long: compiling, and callbacks that the user wrote.
        """
        interrupt, call = HeldInterrupt(), self._call(before.epoch)
        started = time.perf_counter()
        try:
            with interrupt if self.runner.is_warm else contextlib.nullcontext():
                after = self.cursor = self._finite_run(call, before, until, steps)
                if self.level == "slice":
                    self._report(before, after, started)
            if self.level != "slice":
                self._report(before, after, started)
        finally:
            if self._is_bad:
                self.finite.put_back()
        self.runner.took(call, before, after, time.perf_counter() - started)
        self.standing.write(self._place, self.runner.variables)
        interrupt.release()
        return after

    def _finite_run(self, call: Call, before: Cursor, until: int, steps: int | None) -> Cursor:
        """A slice; where numbers stop being finite, that is said, and with TerminateOnNaN the slice
        ends at that step.
        """
        if before.validating:
            return self.runner.run(call, before, until, steps)
        if not self._watched:
            self.watch.begin()
            after = self.runner.run(call, before, until, steps)
            found = self.watch.end(self.runner, call, before, after, until, self._loss)
            if found is not None:
                self._say_diverged(*found)
            return after
        self.finite.keep()
        after = self.runner.run(call, before, until, steps)
        if self._is_loss_finite(after) and self.finite.first_bad() is None:
            return after
        after, bad = self.finite.again(self.runner, call, before, until, self._is_loss_finite)
        epoch, step = place_of(after, call.steps)
        text = said(self.first + epoch, step - 1, bad, self._loss(after))
        warnings.warn(text, stacklevel=2)
        self._is_bad = self.model.stop_training = True
        return after

    def _say_diverged(self, epoch: int, text: str) -> None:
        self._is_diverged = True
        warnings.warn(f"in epoch {self.first + epoch + 1}, {text}", stacklevel=2)

    def _loss(self, at: Cursor) -> float:
        """The running loss of the epoch that a cursor is in, or has just ended."""
        if at.step and not at.validating:
            return logs_of(self.named[TRAIN], self.runner.sums_now).get("loss", 0.0)
        epoch = at.epoch if at.validating else at.epoch - 1
        return logs_of(self.named[TRAIN], self._from_table(epoch, 0)).get("loss", 0.0)

    def _is_loss_finite(self, at: Cursor) -> bool:
        return math.isfinite(self._loss(at))

    def _report(self, before: Cursor, after: Cursor, started: float) -> None:
        """Tells the callbacks of every epoch that a slice ended, then of the one it is in."""
        clock, ended = self.callbacks.clock, after.epoch - before.epoch
        each = (time.perf_counter() - started) / ended if ended else 0.0
        try:
            for i, epoch in enumerate(range(before.epoch, after.epoch)):
                clock.stand(started + each * i)
                self._begin_epoch(epoch)
                clock.stand(started + each * (i + 1))
                self._end_epoch(epoch)
        finally:
            clock.go_on()
        if after.validating:
            self._begin_epoch(after.epoch)
            self._end_steps(after.epoch)
        elif after.step and after.epoch == before.epoch:
            logs = logs_of(self.named[TRAIN], self.runner.sums_now)
            self.callbacks.on_train_batch_end(after.step - 1, logs)

    def _begin_epoch(self, epoch: int) -> None:
        """The epoch begins, unless it has."""
        if epoch > self._begun:
            self._begun = epoch
            self.callbacks.on_epoch_begin(self.first + epoch)

    def _end_steps(self, epoch: int) -> None:
        """The training half of an epoch is over, unless that was said."""
        if epoch == self._trained:
            return
        self._trained = epoch
        self.logs = logs_of(self.named[TRAIN], self._from_table(epoch, 0))
        call = self._call(epoch)
        self.callbacks.on_train_batch_end(call.steps - 1, self.logs)
        if epoch in call.validate:
            self.callbacks.on_test_begin()

    def _end_epoch(self, epoch: int) -> None:
        self._end_steps(epoch)
        logs = dict(self.logs)
        if epoch not in self._call(epoch).validate:
            self._close(epoch, logs)
            return
        measured = logs_of(self.named[VALIDATE], self._from_table(epoch, 1))
        self.callbacks.on_test_end(measured)
        self.logs = logs | {f"val_{name}": value for name, value in measured.items()}
        self.callbacks.on_epoch_end(self.first + epoch, self.logs)

    def _close(self, epoch: int, logs: Logs) -> None:
        """Ends an epoch whose validation, if it has one, is still to be run."""
        if self._validates(self.first + epoch):
            logs |= self._validate()
        self.logs = logs
        self.callbacks.on_epoch_end(self.first + epoch, logs)

    def _from_table(self, epoch: int, column: int) -> Any:
        return lambda variables: self.runner.sums_of(self.table, epoch, column, variables)

    # ── batches from Python: single steps ──

    def _run_batches(self) -> None:
        with contextlib.closing(self.source):
            self._run_epochs()

    def _run_epochs(self) -> None:
        first = self._draw_again() if self.standing.found is not None else None
        for epoch in range(self.first + self.cursor.epoch, self.first + self.epochs):
            if self.model.stop_training:
                break
            if not self.cursor.step:
                self.callbacks.on_epoch_begin(epoch)
                self.model.reset_metrics()
                first = self._first_of(epoch)
                if first is None:
                    break
            self._one_epoch(first)
            if self._validates(epoch):
                self.logs |= self._validate()
            self.callbacks.on_epoch_end(epoch, self.logs)
            self.cursor = Cursor(epoch + 1 - self.first)
            self.standing.write(self._place, ())

    def _draw_again(self) -> Data | None:
        """Draws the batches again that were trained on before the checkpoint, and puts everything
        else where it found it. Returns the batch to go on with in the middle of an epoch.
        """
        self.standing.check(self._of_call())
        found = self.standing.found
        assert found is not None
        at = Cursor(**found["place"]["cursor"])
        set_state_of_streams(found["begun"])
        limit = self.options["steps_per_epoch"]
        for epoch in range(at.epoch + bool(at.step)):
            data, step = self._first_of(self.first + epoch), 0
            while data is not None:
                if not epoch and not step:
                    check_finite("fit", data)
                    weighed = self.model._weigh_classes("fit", data, self.options["class_weight"])
                    prepare(self.model, weighed, training=True)
                if epoch == at.epoch and step == at.step:
                    break
                step += 1
                data = self.source.next() if step != limit else None
            if epoch < at.epoch:
                self.source.end_epoch()
        self.standing.restore(())
        self.cursor, self.logs = at, found["place"]["logs"]
        return data if at.step else None

    def _first_of(self, epoch: int) -> Data | None:
        """Begins an epoch with its first batch; a source used up by those before has none.

        Without a number of steps each epoch is a pass; otherwise it goes on in the pass that has
        begun, or begins one where that is over.
        """
        limit = self.options["steps_per_epoch"]
        self.source.begin_epoch()
        if limit is None or not self.source.is_running:
            self.source.start()
        self.source.expect(limit)
        data: Data | None = self.source.next()
        if data is None and limit is not None:
            self.source.start()
            self.source.expect(limit)
            data = self.source.next()
        if data is None and epoch == self.first:
            raise DataError(
                "fit", "needs at least one batch", "a source that yields nothing",
                "yield (x, y) batches; a generator that is used up must be made anew",
            )  # fmt: skip
        if data is None:
            say_once("the source yields no more batches: the training ends before its last epoch")
        return data

    def _one_epoch(self, data: Data | None) -> None:
        limit = self.options["steps_per_epoch"]
        step = self.cursor.step
        while data is not None:
            check_finite("fit", data)
            data = self.model._weigh_classes("fit", data, self.options["class_weight"])
            self.callbacks.on_train_batch_begin(step)
            self._finite_batch(data, step)
            step += 1
            self.cursor = replace(self.cursor, step=step)
            self.standing.write(self._place, ())
            if self.model.stop_training:
                return
            if step == limit:
                break
            data = self.source.next()
        if limit is not None and step < limit:
            say_once(RAN_OUT)
        self.source.end_epoch()

    def _finite_batch(self, data: Data, step: int) -> None:
        """A step, and what the callbacks hear of it; where TerminateOnNaN watches and numbers stop
        being finite, the model is as before it.
        """
        if not self._watched:
            self.logs = run_batch(self.model, TRAIN, data)
            loss = self.logs.get("loss", 0.0)
            if not self._is_diverged and not math.isfinite(loss):
                changed = self.model.trainable_variables
                bad = LastFinite(lambda: changed, ()).first_bad()
                self._say_diverged(self.cursor.epoch, diverged(loss, f"step {step + 1}", bad))
            self.callbacks.on_train_batch_end(step, self.logs)
            return
        prepare(self.model, data, training=True)
        changed = [*self.model.variables, *self.model.optimizer.variables]
        finite = LastFinite(lambda: changed, self.model._sums())
        finite.keep()
        self.logs = run_batch(self.model, TRAIN, data)
        bad, loss = finite.first_bad(), self.logs.get("loss", 0.0)
        if bad is None and math.isfinite(loss):
            self.callbacks.on_train_batch_end(step, self.logs)
            return
        warnings.warn(said(self.first + self.cursor.epoch, step, bad, loss), stacklevel=2)
        self.model.stop_training = True
        try:
            self.callbacks.on_train_batch_end(step, self.logs)
        finally:
            finite.put_back()

    def _validate(self) -> Logs:
        source, batch = self.validation
        steps = self.options["validation_steps"]
        inner = Evaluation(self.model, source, batch or self.batch or 32, steps, 0, None)
        inner.callbacks = self.callbacks
        return {f"val_{name}": value for name, value in inner.run().items()}
