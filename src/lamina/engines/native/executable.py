"""Native executables: a program's arena, and the machine code of its steps.

Memory is planned for all phases when the program is compiled; the code of a phase is made when a
call first needs it.
"""

from __future__ import annotations

import contextlib
import copy
import mmap
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from lamina import config
from lamina.engines import base
from lamina.engines.base import Call, Cursor, Executable, Passes, check_call
from lamina.engines.native import guard
from lamina.engines.native.bound import BoundStep
from lamina.engines.native.buffers import itemsize
from lamina.engines.native.calls import PreparedCall
from lamina.engines.native.code import code_of
from lamina.engines.native.manifest import Place
from lamina.engines.native.step_code import CompiledStep, StepCode
from lamina.engines.native.threads import TeamRecord
from lamina.engines.native.uncollected import uncollected
from lamina.engines.report import StepReport
from lamina.graph import storage
from lamina.graph.dump import dump
from lamina.graph.program import Program

# What plans and emits is imported where it is needed: what was compiled before needs none of it.
if TYPE_CHECKING:
    from lamina.engines.native.link import Library
    from lamina.engines.native.manifest import Manifest
    from lamina.engines.native.planner import PlannedStep, ProgramPlan

PAGE = mmap.PAGESIZE
HUGE_PAGE = 2 << 20
HUGE = 4 << 20  # bytes from which huge pages are asked for


class NativeExecutable:
    """A program's state in an arena, and machine code that works on it."""

    def __init__(self, program: Program, passes: Passes) -> None:
        self.program = program
        self._passes = passes
        self.code = code_of(program, passes, self._planned_manifest)
        self.manifest = self.code.manifest
        self._take(self._arena())
        self.resets = [np.array(program.slots[i].reset, order="C") for i in program.sums]
        self.team = TeamRecord()
        for offset, data in self.manifest.constants:
            self.memory[offset : offset + len(data)] = np.frombuffer(data, "uint8")
        for index, reset in zip(program.sums, self.resets, strict=True):
            self.write(index, reset)
        self._prepared: WeakKeyDictionary[Call, PreparedCall] = WeakKeyDictionary()

    @cached_property
    def plan(self) -> ProgramPlan:
        """What passes and planning make of the program: only needed to compile, and to explain."""
        from lamina.engines.native.identities import without_identities
        from lamina.engines.native.planner import ProgramPlan
        from lamina.engines.native.scatter import with_scatters

        return ProgramPlan(with_scatters(without_identities(self._passes.run(self.program))))

    def _planned_manifest(self) -> Manifest:
        from lamina.engines.native.planner import manifest_of

        with uncollected():
            return manifest_of(self.plan)

    def fork(self) -> NativeExecutable:
        """See `engines.base.Executable.fork`: an arena of its own, the same machine code."""
        other = copy.copy(self)
        other._prepared = WeakKeyDictionary()
        other.team = TeamRecord()
        other._take(self._arena())
        front = self.manifest.front
        for start, length in self.manifest.guards or [(0, front)]:
            if start < front:
                other.memory[start : start + length] = self.memory[start : start + length]
        return other

    def _arena(self) -> np.ndarray:
        """Memory for all buffers, zero where state lies."""
        memory = _zeroed(self.manifest.size)
        if self.manifest.guards:
            guard.close(memory, self.manifest.guards, self.manifest.front)
        return memory

    def _take(self, memory: np.ndarray) -> None:
        """Works on this memory from now on."""
        self.memory = memory
        self._start = int(memory.ctypes.data)
        self._slots = [[self.array(place) for place in copies] for copies in self.manifest.slots]

    # ── state ──

    def write(self, slot: int, value: np.ndarray) -> None:
        """Sets a slot."""
        for view in self._slots[slot]:
            assert value.shape == view.shape
            view[...] = value

    def read(self, slot: int) -> np.ndarray:
        """A copy of a slot."""
        return storage.copy_of(self._slots[slot][0])

    def array(self, place: Place) -> np.ndarray:
        """The elements at a place, as an array on them."""
        size = itemsize(place.dtype)
        return np.ndarray(
            place.shape, place.dtype, self.memory.data, place.offset,
            tuple(step * size for step in place.strides),
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

    def address(self, place: Place) -> int:
        """Where a place begins in this process."""
        return self._start + place.offset

    def step(self, phase: str, rest: bool) -> CompiledStep:
        """The machine code of a step, compiled at the first need."""
        had = self.code.has(phase, rest)
        if had is not None:
            return had
        compiled = self.code.step(phase, rest, lambda: self._compile(phase, rest))
        if config.read().symbols:
            from lamina.engines.native.symbols import publish

            planned = self.plan.phases[phase].step(rest)
            publish(_title(phase, planned), compiled.library, planned.routine)
        return compiled

    def _compile(self, phase: str, rest: bool) -> StepCode:
        from lamina.engines.native.emit_step import compile_step
        from lamina.engines.native.explain import fused

        # The code relies on the manifest, which was not always made from this very plan.
        assert self._planned_manifest() == self.manifest
        planned = self.plan.phases[phase].step(rest)
        title = _title(phase, planned)
        dump("fused", title, lambda: fused(planned.plan))
        with uncollected():
            return compile_step(title, planned.routine, self.plan.arena)

    def explain(self) -> Sequence[StepReport]:
        """See `engines.base.Executable.explain`."""
        from lamina.engines.native.report import report

        return [
            report(name, planned, self._library(name, bool(rest)), self.manifest.size)
            for name, phase in self.plan.phases.items()
            for rest, planned in enumerate((phase.full, phase.rest))
            if planned is not None
        ]

    def _library(self, phase: str, rest: bool) -> Library | None:
        compiled = self.code.has(phase, rest)
        return None if compiled is None else compiled.library


def _title(phase: str, planned: PlannedStep) -> str:
    return f"{phase}-{planned.step.rows}"


def _zeroed(size: int) -> np.ndarray:
    """Zeroed bytes that begin at a page; many lie in huge pages where the system has such."""
    huge = size >= HUGE and hasattr(mmap, "MADV_HUGEPAGE")
    step = HUGE_PAGE if huge else PAGE
    length = (size // step + (2 if huge else 1)) * step
    pages = storage.pages(length)
    if huge:
        with contextlib.suppress(OSError):
            pages.madvise(mmap.MADV_HUGEPAGE)
    memory = np.frombuffer(pages, "uint8")
    return memory[-int(memory.ctypes.data) % step :]


def compile_program(program: Program, passes: Passes) -> Executable:
    """Plans the program's memory, unless that was done before; its code is compiled phase by phase
    as calls need it.
    """
    return NativeExecutable(program, passes)
