"""Calls: the records that the driver works on, made once a call; a slice only moves the cursor."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lamina.engines.base import Call, Cursor, Feed
from lamina.engines.native import driver, gather
from lamina.engines.native.manifest import Place, StepPlaces
from lamina.engines.native.records import Feed as FeedWord
from lamina.engines.native.records import Leaf, Record, Result, Run, Sum
from lamina.engines.native.records import Step as StepWord
from lamina.engines.native.threads import POOL
from lamina.errors import ArgumentError
from lamina.graph.program import VALIDATE

if TYPE_CHECKING:
    from lamina.engines.native.executable import NativeExecutable

Arrays = Sequence[np.ndarray]


class PreparedCall:
    """One call of an executable. It keeps the call's arrays alive, but not the call."""

    def __init__(self, owner: NativeExecutable, call: Call) -> None:
        make = _Records(owner)
        self._library, address = driver.function()
        self._function = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(address)
        self._epochs = call.table[0].shape[0] if call.close and call.table else None
        phases = owner.manifest.phases
        batch = phases[call.phase].full.rows
        self._batches = call.feed.batches(batch)
        self._validates = bool(call.validate)
        self.record = record = Record(Run)
        record.refer(Run.MAIN, make.feed(call.phase, call.feed, call.outputs))
        record.put(Run.STEPS, call.steps)
        if call.validation is not None:
            record.refer(Run.VALIDATION, make.feed(VALIDATE, call.validation, ()))
            record.put(Run.VALIDATION_STEPS, call.validation_steps)
            batch = max(batch, phases[VALIDATE].full.rows)
        make.validate(record, call)
        record.refer(Run.PLACES, np.zeros(batch, "int64"))
        record.put(Run.ORDER_PASS, -1)
        if call.seed is not None:
            make.order(record, call.seed, call.feed.rows)
        record.put(Run.CLOSE, int(call.close))
        if call.close:
            record.put(Run.SUMS, len(owner.program.sums))
            record.refer(Run.SUM, make.sums(call.table))
        self._team = owner.team if make.parallel else None

    # ── running ──

    def run(self, cursor: Cursor, steps: int, until: int) -> Cursor:
        """One slice."""
        self._check(cursor, until)
        place = (
            cursor.epoch, cursor.validating, cursor.step, cursor.pass_index, cursor.batch,
            steps, until,
        )  # fmt: skip
        words = self.record.words[0]
        words[Run.EPOCH : Run.UNTIL + 1] = place
        if self._team is None:
            self._function(self.record.address)
        else:
            with POOL.joined(self._team):
                self._function(self.record.address)
        epoch, validating, step, pass_index, batch = words[: Run.BATCH + 1].tolist()
        return Cursor(epoch, bool(validating), step, pass_index, batch)

    def _check(self, cursor: Cursor, until: int) -> None:
        """What the driver relies on besides the call: it goes where the cursor says."""
        inside = 0 <= cursor.batch < max(self._batches, 1) and min(cursor.epoch, cursor.step) >= 0
        if not inside or (cursor.validating and not self._validates):
            raise ArgumentError(
                "run", "cannot start from this cursor", str(cursor),
                f"use one that run returned; a pass has {self._batches} batches",
            )  # fmt: skip
        if self._epochs is not None and until > self._epochs:
            raise ArgumentError(
                "run", "is asked for more epochs than the table has rows",
                f"until = {until}, {self._epochs} rows", "make the table longer",
            )  # fmt: skip


class _Records:
    """Makes the records of an executable's calls."""

    def __init__(self, owner: NativeExecutable) -> None:
        self.owner = owner
        self.parallel = False

    def validate(self, record: Record, call: Call) -> None:
        """One byte an epoch, up to the last after which the validation runs."""
        epochs = np.fromiter(call.validate, "int64", len(call.validate))
        marks = np.zeros(epochs[-1] + 1 if len(epochs) else 0, "uint8")
        marks[epochs] = 1
        record.refer(Run.VALIDATE, marks)
        record.put(Run.VALIDATES, len(marks))

    def order(self, record: Record, seed: int, rows: int) -> None:
        """Room for the order of a pass, and its seed."""
        record.refer(Run.ORDER, np.zeros(rows + 1, "int64"))
        record.refer(Run.BITS, driver.room_for_bits(rows))
        record.put(Run.SEED_LOW, seed & 0xFFFFFFFF)
        record.put(Run.SEED_HIGH, seed >> 32 & 0xFFFFFFFF)

    def feed(self, name: str, feed: Feed, outputs: Arrays) -> Record:
        """A phase on these data."""
        steps = self.owner.manifest.phases[name]
        record = Record(FeedWord)
        record.put(FeedWord.ROWS, feed.rows)
        record.put(FeedWord.BATCHES, feed.batches(steps.full.rows))
        record.refer(FeedWord.STEP, self._step((name, False), feed.arrays, outputs))
        if steps.rest is not None and feed.rows % steps.full.rows:
            record.refer(FeedWord.REST, self._step((name, True), feed.arrays, outputs))
        return record

    def _step(self, which: tuple[str, bool], arrays: Arrays, outputs: Arrays) -> Record:
        owner = self.owner
        record = Record(StepWord)
        step = owner.step(*which)
        places = owner.manifest.phases[which[0]].step(which[1])
        record.put(StepWord.FUNCTION, step.team_step)
        if step.parallel:
            record.put(StepWord.TEAM, owner.team.address)
            self.parallel = True
        record.refer(StepWord.ARENA, owner.memory)
        record.put(StepWord.ROWS, places.rows)
        if places.valid is not None:
            record.put(StepWord.VALID, owner.address(places.valid))
        pairs = zip(arrays, places.leaves, strict=True)
        leaves = [(array, place) for array, copies in pairs for place in copies]
        record.put(StepWord.LEAVES, len(leaves))
        record.refer(StepWord.LEAF, self._leaves(leaves))
        record.put(StepWord.RESULTS, len(outputs))
        record.refer(StepWord.RESULT, self._results(places, outputs))
        return record

    def _leaves(self, leaves: Sequence[tuple[np.ndarray, Place]]) -> Record:
        record = Record(Leaf, len(leaves))
        kinds = [gather.kind_of(place, array) for array, place in leaves]
        made = record.keep(gather.gathers(kinds))
        for i, (array, place) in enumerate(leaves):
            record.put(Leaf.FUNCTION, made[i].address, i)
            record.put(Leaf.TARGET, self.owner.address(place), i)
            record.refer(Leaf.SOURCE, array, i)
        return record

    def _results(self, places: StepPlaces, outputs: Arrays) -> Record:
        record = Record(Result, len(outputs))
        for i, (array, place) in enumerate(zip(outputs, places.results, strict=bool(outputs))):
            record.put(Result.VALUE, self.owner.address(place), i)
            record.refer(Result.OUTPUT, array, i)
            record.put(Result.BYTES, place.bytes // places.rows, i)
        return record

    def sums(self, table: Arrays) -> Record:
        """The epoch sums."""
        owner = self.owner
        record = Record(Sum, len(owner.program.sums))
        for i, index in enumerate(owner.program.sums):
            place = owner.manifest.slots[index][0]
            record.put(Sum.VALUE, owner.address(place), i)
            record.refer(Sum.RESET, owner.resets[i], i)
            record.refer(Sum.TABLE, table[i], i)
            record.put(Sum.BYTES, place.bytes, i)
        return record
