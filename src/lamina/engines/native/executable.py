"""Native executables: a program's arena, its compiled steps, and the calls that run them.

Memory is planned for all phases when the program is compiled; the code of a phase is made when a
call first needs it. A gather is compiled for each dtype in which data comes, and shared by all
programs.
"""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina.engines.base import Call, Cursor, Executable, Feed, check_call
from lamina.engines.native import driver, gather, records
from lamina.engines.native.buffers import CONSTANT, DATA, RESULT, STATE, View, fresh, itemsize
from lamina.engines.native.emit_step import compile_step
from lamina.engines.native.explain import fused
from lamina.engines.native.kernel import Routine
from lamina.engines.native.link import Library
from lamina.engines.native.lower import Copies, Lowering, copies_of, moves_of
from lamina.engines.native.memory import Arena
from lamina.engines.native.moves import settle
from lamina.engines.native.records import Record
from lamina.engines.native.tiles.lanes import Layouts
from lamina.engines.native.tiles.plan import GraphPlan, plain_dims
from lamina.graph.dump import dump
from lamina.graph.node import Aval
from lamina.graph.program import VALIDATE, Phase, Program, Step

PAGE = 4096


@dataclass(frozen=True, eq=False)
class PlannedStep:
    """A step with its memory: where its leaves, its number of rows and its results lie."""

    step: Step
    plan: GraphPlan
    routine: Routine
    leaves: tuple[Copies, ...]
    valid: View | None
    results: tuple[View, ...]


@dataclass(frozen=True, eq=False)
class PlannedPhase:
    """The steps of a phase: for full batches, and for a last one of other size."""

    phase: Phase
    full: PlannedStep
    rest: PlannedStep | None


def memory_budget() -> int:
    """Bytes that a program may take: the machine's memory."""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        return int(os.sysconf("SC_PHYS_PAGES")) * int(os.sysconf("SC_PAGE_SIZE"))
    return 1 << 36


class _Planner:
    """Plans the memory of all phases of a program in one arena."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.arena = Arena(memory_budget())
        self.lowering = Lowering()
        # The layouts of slots are chosen by the kernels of all phases together.
        self._dims: list[list[int]] = [[] for _ in program.slots]
        steps = [s for phase in program.phases.values() for s in (phase.step, phase.rest) if s]
        self._plans = {step: self._graph_plan(step) for step in steps}
        self.slots = [
            copies_of(Aval(slot.shape, slot.dtype), dims, STATE)
            for slot, dims in zip(program.slots, self._dims, strict=True)
        ]
        for copies in self.slots:
            self._keep(copies)
        self.phases = {name: self._phase(phase) for name, phase in program.phases.items()}

    def _keep(self, copies: Copies) -> None:
        for view in copies:
            self.arena.keep(view.buffer)

    def _graph_plan(self, step: Step) -> GraphPlan:
        inputs, outputs = step.graph.inputs, step.graph.outputs
        layouts = Layouts()
        for node, index in zip(inputs, step.reads, strict=False):
            if self.program.slots[index].reset is not None:
                layouts.fix(node, plain_dims(node))
            else:
                layouts.dims[node] = self._dims[index]
        places = dict(zip(step.reads, inputs, strict=False))
        updates = {
            places[index]: new
            for index, new in zip(step.writes, outputs, strict=False)
            if index in places
        }
        return GraphPlan(step.graph, updates, layouts, outputs[len(step.writes) :])

    def _phase(self, phase: Phase) -> PlannedPhase:
        full = self._step(phase, phase.step)
        rest = self._step(phase, phase.rest) if phase.rest is not None else None
        return PlannedPhase(phase, full, rest)

    def _step(self, phase: Phase, step: Step) -> PlannedStep:
        plan = self._plans[step]
        first = len(step.reads)
        nodes = step.graph.inputs[first : first + len(phase.leaves)]
        leaves = tuple(copies_of(node.aval, plan.layouts.of(node), DATA) for node in nodes)
        valid = fresh(Aval((), "int32"), DATA) if step.partial else None
        results = tuple(
            fresh(Aval((step.rows * r.each, *r.shape), r.dtype), RESULT) for r in phase.results
        )
        inputs = [self.slots[i] for i in step.reads] + list(leaves)
        written = len(step.writes)
        items, outputs = self.lowering.graph(
            step.graph,
            inputs + ([(valid,)] if valid else []),
            [*[None] * written, *results],
            plan,
        )
        new = zip(outputs, step.writes, strict=False)
        moves = [move for copies, i in new for move in moves_of(copies, self.slots[i])]
        routine = settle(Routine(items, moves), self.arena.homes)
        for copies in (*leaves, *([(valid,)] if valid else [])):
            self._keep(copies)
        self.arena.plan(routine)
        return PlannedStep(step, plan, routine, leaves, valid, results)


class NativeExecutable:
    """A program's state in an arena, and machine code that works on it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._plan = _Planner(program)
        self._memory = _aligned(self._plan.arena.bytes)
        self._steps: dict[PlannedStep, tuple[Library, int]] = {}
        self._resets = [np.array(program.slots[i].reset, order="C") for i in program.sums]
        for buffer, offset in self._plan.arena.permanent.items():
            if buffer.kind == CONSTANT and buffer.value is not None:
                self._memory[offset : offset + buffer.bytes] = buffer.value.view("uint8")
        for index, reset in zip(program.sums, self._resets, strict=True):
            self.write(index, reset)
        self._prepared: tuple[Call, _Prepared] | None = None

    # ── state ──

    def write(self, slot: int, value: np.ndarray) -> None:
        """Sets a slot."""
        for copy in self._plan.slots[slot]:
            view = self._array(copy)
            assert value.shape == view.shape
            view[...] = value

    def read(self, slot: int) -> np.ndarray:
        """A copy of a slot."""
        return self._array(self._plan.slots[slot][0]).copy()

    def _array(self, view: View) -> np.ndarray:
        """The elements of a view of permanent memory, as an array on it."""
        size = itemsize(view.dtype)
        return np.ndarray(
            view.shape, view.dtype, self._memory.data, self._plan.arena.offset(view),
            tuple(step * size for step in view.strides),
        )  # fmt: skip

    # ── running ──

    def run(self, call: Call, cursor: Cursor, steps: int, until: int) -> Cursor:
        """See `engines.base.Executable.run`."""
        check_call(self.program, call)
        if self._prepared is None or self._prepared[0] is not call:
            self._prepared = call, _Prepared(self, call)
        return self._prepared[1].run(cursor, steps, until)

    def address(self, view: View) -> int:
        """Where a view lies in this process."""
        return int(self._memory.ctypes.data) + self._plan.arena.offset(view)

    def feed(self, name: str, feed: Feed, outputs: Any = ()) -> Record:
        """The record of a phase on these data."""
        planned = self._plan.phases[name]
        record = Record(records.Feed)
        record.put(records.Feed.ROWS, feed.rows)
        record.put(records.Feed.BATCHES, feed.batches(planned.full.step.rows))
        record.refer(records.Feed.STEP, self._step(planned.full, feed, planned.phase, outputs))
        if planned.rest is not None and feed.rows % planned.full.step.rows:
            record.refer(records.Feed.REST, self._step(planned.rest, feed, planned.phase, outputs))
        return record

    def _step(self, planned: PlannedStep, feed: Feed, phase: Phase, outputs: Any) -> Record:
        if planned not in self._steps:
            name = f"{phase.name}-{planned.step.rows}"
            dump("fused", name, lambda: fused(planned.plan))
            self._steps[planned] = compile_step(name, planned.routine, self._plan.arena)
        record = Record(records.Step)
        record.put(records.Step.FUNCTION, self._steps[planned][1])
        record.refer(records.Step.ARENA, self._memory)
        record.put(records.Step.ROWS, planned.step.rows)
        if planned.valid is not None:
            record.put(records.Step.VALID, self.address(planned.valid))
        views = [
            (array, view)
            for array, copies in zip(feed.arrays, planned.leaves, strict=True)
            for view in copies
        ]
        leaves = Record(records.Leaf, len(views))
        for i, (array, view) in enumerate(views):
            leaves.put(records.Leaf.FUNCTION, gather.function(view, array.dtype.name), i)
            leaves.put(records.Leaf.TARGET, self.address(view), i)
            leaves.refer(records.Leaf.SOURCE, array, i)
        record.put(records.Step.LEAVES, len(views))
        record.refer(records.Step.LEAF, leaves)
        results = Record(records.Result, len(outputs))
        for i, (array, view) in enumerate(zip(outputs, planned.results, strict=bool(outputs))):
            results.put(records.Result.VALUE, self.address(view), i)
            results.refer(records.Result.OUTPUT, array, i)
            bytes_a_row = view.size * itemsize(view.dtype) // planned.step.rows
            results.put(records.Result.BYTES, bytes_a_row, i)
        record.put(records.Step.RESULTS, len(outputs))
        record.refer(records.Step.RESULT, results)
        return record

    def sums(self, call: Call) -> Record:
        """The records of the epoch sums."""
        record = Record(records.Sum, len(self.program.sums))
        for i, index in enumerate(self.program.sums):
            view = self._plan.slots[index][0]
            record.put(records.Sum.VALUE, self.address(view), i)
            record.refer(records.Sum.RESET, self._resets[i], i)
            record.refer(records.Sum.TABLE, call.table[i], i)
            record.put(records.Sum.BYTES, view.size * itemsize(view.dtype), i)
        return record


class _Prepared:
    """The records of one call; its slices only change the cursor."""

    def __init__(self, owner: NativeExecutable, call: Call) -> None:
        self.call = call
        self.library, address = driver.function()
        self.function = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(address)
        main = owner.feed(call.phase, call.feed, call.outputs)
        rows = owner.program.phases[call.phase].step.rows
        self.record = record = Record(records.Run)
        record.refer(records.Run.MAIN, main)
        record.put(records.Run.STEPS, call.steps)
        record.put(records.Run.ORDER_PASS, -1)
        if call.validation is not None:
            record.refer(records.Run.VALIDATION, owner.feed(VALIDATE, call.validation))
            record.put(records.Run.VALIDATION_STEPS, call.validation_steps)
            rows = max(rows, owner.program.phases[VALIDATE].step.rows)
        record.refer(records.Run.PLACES, np.zeros(rows, "int64"))
        if call.seed is not None:
            record.refer(records.Run.ORDER, np.zeros(call.feed.rows + 1, "int64"))
            record.refer(records.Run.BITS, driver.room_for_bits(call.feed.rows))
            record.put(records.Run.SEED_LOW, call.seed & 0xFFFFFFFF)
            record.put(records.Run.SEED_HIGH, call.seed >> 32 & 0xFFFFFFFF)
        record.put(records.Run.CLOSE, int(call.close))
        if call.close:
            record.put(records.Run.SUMS, len(owner.program.sums))
            record.refer(records.Run.SUM, owner.sums(call))

    def run(self, cursor: Cursor, steps: int, until: int) -> Cursor:
        record, words = self.record, records.Run
        validate = np.zeros(max(until, 0) + 1, "uint8")
        validate[[epoch for epoch in self.call.validate if epoch < until]] = 1
        record.refer(words.VALIDATE, validate)
        place = (
            cursor.epoch, cursor.validating, cursor.step, cursor.pass_index, cursor.batch,
            steps, until,
        )  # fmt: skip
        record.words[0, words.EPOCH : words.UNTIL + 1] = place
        self.function(record.address)
        epoch, validating, step, pass_index, batch = (int(w) for w in record.words[0, :5])
        return Cursor(epoch, bool(validating), step, pass_index, batch)


def _aligned(size: int) -> np.ndarray:
    """Zeroed bytes that begin at a page."""
    memory = np.zeros(size + 2 * PAGE, "uint8")
    start = -int(memory.ctypes.data) % PAGE
    return memory[start : start + size + PAGE]


def compile_program(program: Program) -> Executable:
    """Plans the program's memory; its code is compiled phase by phase as calls need it."""
    return NativeExecutable(program)
