"""The plan of a program: the kernels of all its steps, and every buffer's place in one arena.

The layouts of slots are chosen by the kernels of all phases together: first every graph is fused
and says how it wants its values to lie, then the slots get their buffers, then the graphs are
lowered onto them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lamina.engines.native import guard
from lamina.engines.native.buffers import CONSTANT, DATA, RESULT, STATE, View, fresh
from lamina.engines.native.copies import Copies, copies_of, moves_of
from lamina.engines.native.kernel import Invoke, Routine
from lamina.engines.native.lower import Lowering
from lamina.engines.native.manifest import (
    Manifest,
    PhasePlaces,
    Place,
    Places,
    StepPlaces,
    memory_budget,
)
from lamina.engines.native.memory import Arena
from lamina.engines.native.moves import settle
from lamina.engines.native.tiles.layouts import Layouts
from lamina.engines.native.tiles.plan import GraphPlan, plain_dims
from lamina.engines.native.tiles.spread import spread
from lamina.graph.node import Aval
from lamina.graph.program import Phase, Program, Step

SPREAD_BYTES = 32 << 10  # of a batch of one input, from which it is gathered once only


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

    def step(self, rest: bool) -> PlannedStep:
        """One of the two."""
        found = self.rest if rest else self.full
        assert found is not None
        return found


class ProgramPlan:
    """Plans the memory of all phases of a program in one arena."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.arena = Arena(memory_budget(), guard.is_on())
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
        spread_out = [
            Invoke(spread(copies[0], copy)) for copies in leaves for copy in copies[1:]
            if _is_spread(copies)
        ]  # fmt: skip
        valid = fresh(Aval((), "int32"), DATA) if step.partial else None
        results = tuple(
            fresh(Aval((step.rows * r.each, *r.shape), r.dtype), RESULT) for r in phase.results
        )
        inputs = [self.slots[i] for i in step.reads] + list(leaves)
        written = len(step.writes)
        items, outputs = self.lowering.graph(
            step.graph,
            inputs + ([(valid,)] if valid else []),
            [*[None] * written, *((view,) for view in results)],
            plan,
        )
        new = zip(outputs, step.writes, strict=False)
        moves = [move for copies, i in new for move in moves_of(copies, self.slots[i])]
        routine = settle(Routine([*spread_out, *items], moves), self.arena.homes)
        for copies in (*leaves, *([(valid,)] if valid else [])):
            self._keep(copies)
        self.arena.plan(routine)
        gathered = tuple(copies[:1] if _is_spread(copies) else copies for copies in leaves)
        return PlannedStep(step, plan, routine, gathered, valid, results)


def _is_spread(copies: Copies) -> bool:
    """A large leaf is gathered once and spread, a small one gathered as often as it is wanted."""
    return copies[0].buffer.bytes >= SPREAD_BYTES


# ── of a plan ──


def manifest_of(plan: ProgramPlan) -> Manifest:
    """What running a planned program needs."""
    arena = plan.arena

    def step(planned: PlannedStep) -> StepPlaces:
        leaves = tuple(_places(arena, copies) for copies in planned.leaves)
        valid = None if planned.valid is None else _place(arena, planned.valid)
        return StepPlaces(planned.step.rows, leaves, valid, _places(arena, planned.results))

    phases = {
        name: PhasePlaces(step(phase.full), None if phase.rest is None else step(phase.rest))
        for name, phase in plan.phases.items()
    }
    constants = tuple(
        (offset, np.ascontiguousarray(buffer.value).tobytes())
        for buffer, offset in arena.permanent.items()
        if buffer.kind == CONSTANT and buffer.value is not None
    )
    slots = tuple(_places(arena, copies) for copies in plan.slots)
    return Manifest(arena.bytes, arena.front, slots, phases, constants, arena.guards())


def _places(arena: Arena, views: Copies) -> Places:
    return tuple(_place(arena, view) for view in views)


def _place(arena: Arena, view: View) -> Place:
    return Place(view.dtype, view.shape, view.strides, arena.offset(view))
