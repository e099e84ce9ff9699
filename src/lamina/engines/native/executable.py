"""Native executables: a program's arena, and the machine code of its steps.

Memory is planned for all phases when the program is compiled; the code of a phase is made when a
call first needs it.
"""

from __future__ import annotations

import contextlib
import copy
import mmap
from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np

from lamina.engines import base
from lamina.engines.base import Call, Cursor, Executable, check_call
from lamina.engines.native.bound import BoundStep
from lamina.engines.native.buffers import CONSTANT, View, itemsize
from lamina.engines.native.calls import PreparedCall
from lamina.engines.native.emit_step import CompiledStep, compile_step
from lamina.engines.native.explain import fused
from lamina.engines.native.identities import without_identities
from lamina.engines.native.link import Library
from lamina.engines.native.planner import PlannedStep, ProgramPlan
from lamina.engines.native.report import report
from lamina.engines.native.threads import TeamRecord
from lamina.engines.report import StepReport
from lamina.graph.dump import dump
from lamina.graph.program import Program

PAGE = mmap.PAGESIZE
HUGE_PAGE = 2 << 20
HUGE = 4 << 20  # bytes from which huge pages are asked for


class NativeExecutable:
    """A program's state in an arena, and machine code that works on it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.plan = ProgramPlan(program)
        self._take(_zeroed(self.plan.arena.bytes))
        self.resets = [np.array(program.slots[i].reset, order="C") for i in program.sums]
        self._steps: dict[PlannedStep, CompiledStep] = {}
        self.team = TeamRecord()
        for buffer, offset in self.plan.arena.permanent.items():
            if buffer.kind == CONSTANT and buffer.value is not None:
                self.memory[offset : offset + buffer.bytes] = buffer.value.view("uint8")
        for index, reset in zip(program.sums, self.resets, strict=True):
            self.write(index, reset)
        self._prepared: WeakKeyDictionary[Call, PreparedCall] = WeakKeyDictionary()

    def fork(self) -> NativeExecutable:
        """See `engines.base.Executable.fork`: an arena of its own, the same machine code."""
        other = copy.copy(self)
        other._prepared = WeakKeyDictionary()
        other.team = TeamRecord()
        other._take(_zeroed(self.plan.arena.bytes))
        front = self.plan.arena.front
        other.memory[:front] = self.memory[:front]
        return other

    def _take(self, memory: np.ndarray) -> None:
        """Works on this memory from now on."""
        self.memory = memory
        self._start = int(memory.ctypes.data)
        self._slots = [[self.array(view) for view in copies] for copies in self.plan.slots]

    # ── state ──

    def write(self, slot: int, value: np.ndarray) -> None:
        """Sets a slot."""
        for view in self._slots[slot]:
            assert value.shape == view.shape
            view[...] = value

    def read(self, slot: int) -> np.ndarray:
        """A copy of a slot."""
        return self._slots[slot][0].copy()

    def array(self, view: View) -> np.ndarray:
        """The elements of a view of permanent memory, as an array on it."""
        size = itemsize(view.dtype)
        return np.ndarray(
            view.shape, view.dtype, self.memory.data, self.plan.arena.offset(view),
            tuple(step * size for step in view.strides),
        )  # fmt: skip

    # ── running ──

    def run(self, call: Call, cursor: Cursor, steps: int, until: int) -> Cursor:
        """See `engines.base.Executable.run`."""
        prepared = self._prepared.get(call)
        if prepared is None:
            check_call(self.program, call)
            prepared = self._prepared[call] = PreparedCall(self, call)
        return prepared.run(cursor, steps, until)

    def bind(self, phase: str) -> base.BoundStep:
        """See `engines.base.Executable.bind`."""
        return BoundStep(self, phase).shortened()

    @property
    def address_of_arena(self) -> int:
        """Where the arena begins in this process."""
        return self._start

    def address(self, view: View) -> int:
        """Where a view lies in this process."""
        return self._start + self.plan.arena.offset(view)

    def step(self, name: str, planned: PlannedStep) -> CompiledStep:
        """The machine code of a step, compiled at the first need."""
        if planned not in self._steps:
            title = f"{name}-{planned.step.rows}"
            dump("fused", title, lambda: fused(planned.plan))
            self._steps[planned] = compile_step(title, planned.routine, self.plan.arena)
        return self._steps[planned]

    def explain(self) -> Sequence[StepReport]:
        """See `engines.base.Executable.explain`."""
        return [
            report(name, planned, self._library(planned), self.plan.arena.bytes)
            for name, phase in self.plan.phases.items()
            for planned in (phase.full, phase.rest)
            if planned is not None
        ]

    def _library(self, planned: PlannedStep) -> Library | None:
        compiled = self._steps.get(planned)
        return None if compiled is None else compiled.library


def _zeroed(size: int) -> np.ndarray:
    """Zeroed bytes of this process alone that begin at a page, in huge pages if there are many and
    the system has such.
    """
    huge = size >= HUGE and hasattr(mmap, "MADV_HUGEPAGE")
    step = HUGE_PAGE if huge else PAGE
    length = (size // step + (2 if huge else 1)) * step
    if not hasattr(mmap, "MAP_PRIVATE"):
        return np.frombuffer(mmap.mmap(-1, length), "uint8")
    pages = mmap.mmap(-1, length, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if huge:
        with contextlib.suppress(OSError):
            pages.madvise(mmap.MADV_HUGEPAGE)
    memory = np.frombuffer(pages, "uint8")
    return memory[-int(memory.ctypes.data) % step :]


def compile_program(program: Program) -> Executable:
    """Plans the program's memory; its code is compiled phase by phase as calls need it."""
    return NativeExecutable(without_identities(program))
