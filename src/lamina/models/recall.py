"""Recall: a program that an equal model was traced to before is had without tracing.

What is kept is the outline of the program: its digest, which names its machine code, and which
variables its steps read and write. What it was kept under says everything that a trace follows
from: `likeness`, the forms of the data and every source of lamina. The graphs themselves are traced
when somebody asks for them: to compile a step that was not, or to explain.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lamina import config
from lamina.engines.base import Memory, memory_of
from lamina.errors import StateError
from lamina.graph.digest import digest
from lamina.graph.later import LaterGraph
from lamina.graph.node import Graph
from lamina.graph.program import PREDICT, Phase, Program, Result, Slot, Step
from lamina.graph.variable import Variable
from lamina.models.likeness import likeness
from lamina.models.steps import Feeding, ProgramWithState

SEEN = 1 << 10
_seen: dict[bytes, None] = {}  # programs that were kept or recalled in this process, at most SEEN
Feedings = Mapping[str, Feeding]
Build = Callable[[], ProgramWithState]


def program_for(model: Any, engine: str, feedings: Feedings, build: Build) -> ProgramWithState:
    """The program that `build` traces: recalled, or traced and kept for later."""
    started = time.perf_counter()
    # What `predict` returns is a structure, which only its trace finds.
    memory = None if PREDICT in feedings else memory_of(engine)
    alike = likeness(model) if memory is not None else None
    if memory is None or alike is None:
        return build()
    text, variables = alike
    key = (text, _forms(feedings))
    found = _recalled(memory.load(*key), variables, feedings, build)
    if found is not None:
        assert found.program.digest is not None
        _note(found.program.digest)
        if config.read().verify:
            _check(found.program)
        return replace(found, seconds=time.perf_counter() - started)
    made = build()
    traced = replace(made, program=replace(made.program, digest=digest(made.program)))
    _keep(memory, key, traced, variables)
    return traced


def _forms(feedings: Feedings) -> list[Any]:
    return [
        (name, f.layout.key, f.batch, f.rest, list(map(repr, f.layout.leaves)))
        for name, f in feedings.items()
    ]


def _check(program: Program) -> None:
    """Traces what was recalled, which raises an error if it is another program."""
    for phase in program.phases.values():
        phase.step.graph.nodes()


# ── outlines ──


def _keep(
    memory: Memory, key: tuple[Any, ...], made: ProgramWithState, variables: Sequence[Variable]
) -> None:
    numbers = {variable: i for i, variable in enumerate(variables)}
    if made.program.digest is None or not numbers.keys() >= set(made.variables):
        return  # it has none, or reads what the model does not hold, such as the global seed
    if made.program.digest in _seen:
        return  # models that differ in names alone need not leave an outline each
    _note(made.program.digest)
    record = {
        "digest": made.program.digest.hex(),
        "variables": [numbers[v] for v in made.variables], "written": made.written,
        "phases": {
            name: [_record(p.step), p.rest and _record(p.rest), [list(r) for r in _results(p)]]
            for name, p in made.program.phases.items()
        },
    }  # fmt: skip
    memory.keep(json.dumps(record).encode(), *key)


def _note(digest: bytes) -> None:
    _seen[digest] = None
    while len(_seen) > SEEN:
        _seen.pop(next(iter(_seen)))


def _record(step: Step) -> list[Any]:
    return [step.rows, step.reads, step.writes, step.partial]


def _results(phase: Phase) -> list[tuple[Any, ...]]:
    return [(r.shape, r.dtype, r.each) for r in phase.results]


def _recalled(
    content: bytes | None, variables: Sequence[Variable], feedings: Feedings, build: Build
) -> ProgramWithState | None:
    if content is None:
        return None
    try:
        return _outlined(json.loads(content), variables, feedings, build)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return None  # not an outline of such a program


def _outlined(
    record: Any, variables: Sequence[Variable], feedings: Feedings, build: Build
) -> ProgramWithState:
    used = [variables[_place(i, len(variables))] for i in record["variables"]]
    late = _Late(bytes.fromhex(record["digest"]), build)
    phases = {}
    for name, feeding in feedings.items():
        full, rest, results = record["phases"][name]
        phases[name] = Phase(
            name, feeding.layout.leaves, late.step(name, False, full, len(used)),
            None if rest is None else late.step(name, True, rest, len(used)),
            tuple(Result(tuple(shape), dtype, each) for shape, dtype, each in results),
        )  # fmt: skip
    slots = tuple(Slot(v.path, v.shape, v.dtype, v.reset) for v in used)
    written = tuple(_place(i, len(used)) for i in record["written"])
    program = replace(Program.of(slots, phases), digest=late.digest)
    return ProgramWithState(program, tuple(used), written, 0.0)


def _place(value: Any, count: int) -> int:
    if type(value) is not int or not 0 <= value < count:
        raise ValueError(value)
    return value


class _Late:
    """The trace of a recalled program, made at the first need."""

    def __init__(self, digest: bytes, build: Build) -> None:
        self.digest, self._build = digest, build
        self._program: Program | None = None

    def step(self, phase: str, rest: bool, record: Any, slots: int) -> Step:
        """A step whose graph is not there yet."""
        rows, reads, writes, partial = record
        if type(rows) is not int or type(partial) is not bool:
            raise ValueError(record)
        read, written = (tuple(_place(i, slots) for i in some) for some in (reads, writes))
        return Step(rows, LaterGraph(lambda: self._graph(phase, rest)), read, written, partial)

    def _graph(self, phase: str, rest: bool) -> Graph:
        if self._program is None:
            made = self._build().program
            if digest(made) != self.digest:
                raise StateError(
                    "The model", "has changed since it was compiled, and its program is not traced",
                    "another graph than the one that runs", "call compile(...) again",
                )  # fmt: skip
            self._program = made
        found = self._program.phases[phase]
        step = found.rest if rest else found.step
        assert step is not None
        return step.graph
