"""What an engine is: it compiles a program into an executable, and an executable runs calls in
slices.

The meaning of a run, the same in every engine:

    for each epoch from cursor.epoch:
        repeat call.steps times: take the next batch of the main feed, run the phase's step
        if call.close: table[epoch, 0] = epoch sums; reset them
        if the epoch is in call.validate: run the phase "validate" over its feed in order,
            table[epoch, 1] = epoch sums; reset them

Batches come from passes over the feed: pass p visits the rows in the order `order(seed, p, rows)`,
or as they stand when there is no seed; after the last batch of a pass the next pass begins, in the
same epoch if that has steps left.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

import numpy as np

from lamina import config
from lamina.engines.report import StepReport
from lamina.errors import ArgumentError
from lamina.graph.dtypes import DTYPES, name_of
from lamina.graph.dump import dump
from lamina.graph.program import VALIDATE, Phase, Program
from lamina.graph.text import text


@dataclass(frozen=True, eq=False)
class Feed:
    """The arrays of a phase, all with `rows` rows along axis 0, of any lamina dtype, with any
    strides of whole elements.
    """

    arrays: tuple[np.ndarray, ...]
    rows: int

    def batches(self, size: int) -> int:
        """How many batches one pass has, the last maybe partial."""
        return -(-self.rows // size)


@dataclass(frozen=True, eq=False)
class Call:
    """One `fit`, `evaluate` or `predict`.

    Attributes:
        phase: which phase the main feed goes through.
        steps: batches an epoch.
        seed: shuffles the main feed; None keeps the order.
        validation, validation_steps, validate: the feed of the phase "validate", how many of its
            batches are run, and the epochs after which, in their order.
        close: whether an epoch's end writes the table and resets the sums.
        table: for each sum of the program an array (epochs, 2, *slot.shape), written by the run.
        outputs: for each result an array (rows * each, ...), written by the run.
    """

    phase: str
    feed: Feed
    steps: int
    seed: int | None = None
    validation: Feed | None = None
    validation_steps: int = 0
    validate: Sequence[int] = ()
    close: bool = True
    table: Sequence[np.ndarray] = ()
    outputs: Sequence[np.ndarray] = field(default=())


@dataclass(frozen=True)
class Cursor:
    """Where a run stands: epoch, whether in its validation, step there; pass and batch of the
    feed.
    """

    epoch: int = 0
    validating: bool = False
    step: int = 0
    pass_index: int = 0
    batch: int = 0

    def after_batch(self, batches: int) -> Cursor:
        """The next batch of the main feed, maybe of the next pass."""
        if self.batch + 1 < batches:
            return replace(self, step=self.step + 1, batch=self.batch + 1)
        return replace(self, step=self.step + 1, batch=0, pass_index=self.pass_index + 1)


class Executable(Protocol):
    """A compiled program with its state."""

    def write(self, slot: int, value: np.ndarray) -> None:
        """Sets the value of a slot: the slot's shape and dtype, copied."""

    def read(self, slot: int) -> np.ndarray:
        """A copy of a slot's value."""

    def run(self, call: Call, cursor: Cursor, steps: int, until: int) -> Cursor:
        """Runs at most `steps` batches (of either phase), never beyond the end of epoch `until` -
        1.

        Returns where it stands; a cursor of epoch `until` at step 0 says that all is done. An
        epoch that ends exactly at the last step closes in the same run, validation included only
        if steps are left for it.
        """

    def explain(self) -> Sequence[StepReport]:
        """What the engine made of each step that it has seen to so far."""

    def bind(self, phase: str) -> BoundStep:
        """The step of a phase's full batches as a function of one batch."""

    def fork(self) -> Executable:
        """The same program with a copy of the state; what was compiled is shared."""


class BoundStep(Protocol):
    """One batch at a time through the step of a phase, outside the loops; state follows as in a
    run. It belongs to its executable: the two must not be used at the same time.
    """

    def __call__(self, arrays: Sequence[np.ndarray], /) -> list[np.ndarray]:
        """The per-row results for at most as many rows as the step takes.

        Fewer are an error unless the step is partial. Raises: ArgumentError for other shapes, or
        for floats where the step reads integers: those only the gather converts.
        """


@dataclass(frozen=True)
class Passes:
    """What is done to a program before it is compiled. An engine that has compiled an equal
    program, with passes of that name and the same sources, need not do it again.
    """

    name: str
    run: Callable[[Program], Program]


NONE = Passes("none", lambda program: program)
Compile = Callable[[Program, Passes], Executable]


class Memory(Protocol):
    """What an engine keeps from one process to the next, beside what it compiled."""

    def load(self, *parts: object) -> bytes | None:
        """What was kept under these parts, by this very lamina; None if there is nothing."""

    def keep(self, content: bytes, *parts: object) -> None:
        """Keeps it."""


_memories: dict[str, Memory] = {}


def memory_of(name: str) -> Memory | None:
    """The memory of an engine, None if it has none or may not use it now."""
    if name not in _compilers and name in ENGINES:
        importlib.import_module(ENGINES[name])
    settings = config.read()
    asked = settings.guard or settings.dump or settings.symbols or settings.shadow
    return None if asked or not settings.cache else _memories.get(name)


ENGINES = {"reference": "lamina.engines.reference", "native": "lamina.engines.native"}
_compilers: dict[str, Compile] = {}


def register(name: str, compile_program: Compile, memory: Memory | None = None) -> None:
    """An engine offers itself; called when its module is imported."""
    _compilers[name] = compile_program
    if memory is not None:
        _memories[name] = memory


def compile_with(name: str, program: Program, passes: Passes = NONE) -> Executable:
    """Compiles with the engine of this name, imported at the first need.

    Args:
        passes: what is to be done to the program first.

    Raises: ArgumentError for an unknown engine.
    """
    if name not in ENGINES:
        raise ArgumentError(
            "engine", "is not known", repr(name), f"choose one of {', '.join(ENGINES)}"
        )
    if name not in _compilers:
        importlib.import_module(ENGINES[name])
    if config.read().dump:
        program, passes = passes.run(program), NONE
        _dump(program)
    return _compilers[name](program, passes)


def _dump(program: Program) -> None:
    for phase in program.phases.values():
        for step in (phase.step, phase.rest):
            if step is not None:
                dump("graph", f"{phase.name}-{step.rows}", partial(text, step.graph, origins=True))


def check_call(program: Program, call: Call) -> None:
    """Sizes, dtypes and layout of everything a run will touch, before any of it is touched.

    Raises: ArgumentError naming what does not fit the program.
    """
    _check_feed(program, call.phase, call.feed)
    if call.validation is not None:
        _check_feed(program, VALIDATE, call.validation)
    phase = program.phases[call.phase]
    if call.outputs:
        shapes = [(call.feed.rows * r.each, *r.shape) for r in phase.results]
        _check_arrays("outputs", call.outputs, shapes, [r.dtype for r in phase.results])
    if call.close:
        slots = [program.slots[i] for i in program.sums]
        epochs = call.table[0].shape[0] if len(call.table) else 0
        shapes = [(epochs, 2, *slot.shape) for slot in slots]
        _check_arrays("table", call.table, shapes, [slot.dtype for slot in slots])


def _check_feed(program: Program, name: str, feed: Feed) -> None:
    phase = program.phases[name]
    shapes = [(feed.rows, *leaf.shape) for leaf in phase.leaves]
    found = [(array.shape, _lies_in_elements(array)) for array in feed.arrays]
    if found != [(shape, True) for shape in shapes]:
        raise ArgumentError(
            name, "does not fit the program", str([(a.shape, a.strides) for a in feed.arrays]),
            f"pass aligned arrays of shapes {shapes}",
        )  # fmt: skip
    if feed.rows < 1:
        raise ArgumentError(
            f"phase '{name}'", "has no rows to run on", f"{feed.rows} rows", "pass at least one row"
        )
    remainder = feed.rows % phase.step.rows
    fits = phase.step.partial or (phase.rest is not None and phase.rest.rows == remainder)
    if remainder and not fits:
        raise ArgumentError(
            f"phase '{name}'", "has no step for the last batch",
            f"{feed.rows} rows in batches of {phase.step.rows}", "compile a step of that size",
        )  # fmt: skip


def _lies_in_elements(array: np.ndarray) -> bool:
    """Whether every element lies whole elements away from the first, as the gather counts."""
    return (
        array.flags.aligned
        and array.dtype.isnative
        and name_of(array.dtype) in DTYPES
        and all(step % array.itemsize == 0 for step in array.strides)
    )


def check_batch(phase: Phase, arrays: Sequence[np.ndarray]) -> int:
    """The number of rows of a batch for a phase's full step.

    Raises: ArgumentError if it does not fit the step.
    """
    rows = len(arrays[0]) if arrays else phase.step.rows
    fits = len(arrays) == len(phase.leaves) and (
        rows == phase.step.rows or (phase.step.partial and 0 < rows < phase.step.rows)
    )
    if fits:
        for array, leaf in zip(arrays, phase.leaves, strict=True):
            fits &= array.shape == (rows, *leaf.shape)
            fits &= array.dtype.kind != "f" or leaf.dtype.startswith("float")
    if not fits:
        raise ArgumentError(
            f"phase '{phase.name}'", "cannot take this batch in one step",
            f"{[(array.shape, array.dtype.name) for array in arrays]}",
            f"pass {phase.step.rows} rows of {[(leaf.shape, leaf.dtype) for leaf in phase.leaves]}",
        )  # fmt: skip
    return rows


def _check_arrays(
    where: str,
    arrays: Sequence[np.ndarray],
    shapes: Sequence[tuple[int, ...]],
    kinds: Sequence[str],
) -> None:
    found = [(array.shape, array.dtype.name, array.flags.c_contiguous) for array in arrays]
    wanted = [(shape, kind, True) for shape, kind in zip(shapes, kinds, strict=False)]
    if found != wanted or len(shapes) != len(kinds):
        raise ArgumentError(
            where, "does not fit the program", str(found), f"pass C-contiguous arrays {wanted}"
        )
