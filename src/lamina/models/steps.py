"""From a compiled model to a program: each phase's step is traced once, on batches of one size.

Only here do model, loss, gradients, optimizer and metrics become one graph.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lamina import ops
from lamina.data.batch_parts import pack_x_y_sample_weight
from lamina.errors import ShapeError
from lamina.graph import dtypes
from lamina.graph.node import Graph, Rows
from lamina.graph.program import TRAIN, VALIDATE, Leaf, Phase, Program, Result, Slot, Step
from lamina.graph.structure import flatten, pack
from lamina.graph.tensor import Tensor, Traced
from lamina.graph.trace import Trace
from lamina.graph.variable import Variable
from lamina.models.own_steps import keep_logs


@dataclass(frozen=True)
class Layout:
    """The structures of x, y and sample_weight, and what one row of each of their arrays is; where
    `folds` are given (see Data), a step gets each array with its first two axes as one.
    """

    structures: tuple[Any, Any, Any]
    leaves: tuple[Leaf, ...]
    folds: tuple[int, ...] = ()

    @staticmethod
    def of(
        x: Any,
        y: Any,
        sample_weight: Any,
        input_dtypes: Sequence[str] | None,
        folds: tuple[int, ...] = (),
    ) -> Layout:
        """The layout of arrays; `input_dtypes` are those of a functional model's inputs."""
        leaves = []
        for place, part in enumerate((x, y, sample_weight)):
            arrays = [a for a in flatten(part) if a is not None]
            wanted: Sequence[str | None] = [None] * len(arrays)
            if place == 0 and input_dtypes is not None and len(input_dtypes) == len(arrays):
                wanted = input_dtypes
            for array, dtype in zip(arrays, wanted, strict=True):
                leaves.append(Leaf(array.shape[1:], dtype or _read_as(array.dtype.name)))
        structures = (_template(x), _template(y), _template(sample_weight))
        return Layout(structures, tuple(leaves), folds)

    def packed(self, tensors: Sequence[Any]) -> list[Any]:
        """x, y, sample_weight as structures of these tensors (None where there is nothing)."""
        if self.folds:
            tensors = [ops.reshape(t, (-1, *t.shape[2:])) for t in tensors]
        rest = iter(tensors)
        return [
            None if template is None else _filled(template, rest) for template in self.structures
        ]

    @cached_property
    def key(self) -> Hashable:
        """Equal for equal layouts."""
        return (repr(self.structures), self.leaves, self.folds)


def _read_as(dtype: str) -> str:
    """Floats enter the graph in floatx; everything else as it is."""
    return dtypes.floatx() if dtypes.is_float(dtype) else dtype


def _template(part: Any) -> Any:
    if part is None:
        return None
    return pack(part, [leaf is not None for leaf in flatten(part)])


def _filled(template: Any, rest: Any) -> Any:
    return pack(template, [next(rest) if there else None for there in flatten(template)])


@dataclass(frozen=True, eq=False)
class Feeding:
    """How a phase is fed: the layout of its data, rows a batch, rows of the last batch if fewer."""

    layout: Layout
    batch: int
    rest: int = 0


@dataclass(eq=False)
class TracedStep:
    """One traced step: which variables it reads and rebinds, its leaves, its per-row results."""

    trace: Trace
    rows: int
    leaves: list[Traced]
    results: list[Traced] = field(default_factory=list)


Body = Callable[[Any, Any, Any], Sequence[Tensor]]


def trace_step(body: Body, layout: Layout, rows: int, partial: bool) -> TracedStep:
    """Traces `body(x, y, sample_weight)` on one batch; it returns the per-row results."""
    with Trace(dynamic=partial) as trace:
        leaves = [
            trace.argument((rows, *leaf.shape), leaf.dtype, Rows(0), f"data[{i}]")
            for i, leaf in enumerate(layout.leaves)
        ]
        results = [trace.lift(ops.convert_to_tensor(y)) for y in body(*layout.packed(leaves))]
        return TracedStep(trace, rows, leaves, results)


def trace_phase(body: Body, feeding: Feeding) -> tuple[TracedStep, TracedStep | None]:
    """The step for full batches, and one for the rest if the masked form does not exist.

    A partial last batch runs through the same graph with its absent rows masked, unless an op in it
    has no masked form: then the rest gets a graph of its own size.
    """
    full = trace_step(body, feeding.layout, feeding.batch, partial=feeding.rest > 0)
    if not full.trace.exact:
        return full, None
    full = trace_step(body, feeding.layout, feeding.batch, partial=False)
    return full, trace_step(body, feeding.layout, feeding.rest, partial=False)


@dataclass(frozen=True, eq=False)
class ProgramWithState:
    """A program, the variables that its slots hold, and the seconds that tracing it took."""

    program: Program
    variables: tuple[Variable, ...]
    written: tuple[int, ...]
    seconds: float


def build_program(
    bodies: dict[str, tuple[Body, Feeding]], sums: Callable[[], set[Variable]]
) -> ProgramWithState:
    """One program of these phases, which share the slots of their variables.

    `sums()`, asked after the trace, says which variables start anew with each epoch.
    """
    started = time.perf_counter()
    traced = {name: trace_phase(body, feeding) for name, (body, feeding) in bodies.items()}
    steps = [step for pair in traced.values() for step in pair if step is not None]
    variables = list(dict.fromkeys(v for step in steps for v in step.trace.reads))
    anew = sums()
    slots = tuple(Slot(v.path, v.shape, v.dtype, v.reset if v in anew else None) for v in variables)
    place = {variable: i for i, variable in enumerate(variables)}
    phases = {}
    for name, (full, rest) in traced.items():
        feeding = bodies[name][1]
        phases[name] = Phase(
            name, feeding.layout.leaves, _step(full, place),
            None if rest is None else _step(rest, place),
            tuple(_result(name, node, full.rows) for node in full.results),
        )  # fmt: skip
    written = {place[v] for step in steps for v in step.trace.updates()}
    resets = {i for i, slot in enumerate(slots) if slot.reset is not None}
    return ProgramWithState(
        Program.of(slots, phases), tuple(variables), tuple(sorted(written | resets)),
        time.perf_counter() - started,
    )  # fmt: skip


def _step(traced: TracedStep, place: dict[Variable, int]) -> Step:
    trace = traced.trace
    updates = trace.updates()
    inputs = [*trace.reads.values(), *(leaf.node for leaf in traced.leaves)]
    if trace.dynamic:
        inputs.append(trace.valid.node)
    outputs = [*updates.values(), *(result.node for result in traced.results)]
    return Step(
        traced.rows,
        Graph(tuple(inputs), tuple(outputs)),
        tuple(place[v] for v in trace.reads),
        tuple(place[v] for v in updates),
        trace.dynamic,
    )


def _result(phase: str, result: Traced, rows: int) -> Result:
    shape, along = result.node.shape, result.node.rows
    each = along.each if along is not None else (shape[0] // rows if shape else 0)
    if not shape or (along is not None and along.axis != 0) or shape[0] != rows * each or not each:
        raise ShapeError(
            phase, "needs outputs whose first axis is the batch",
            f"an output of shape {shape} for {rows} rows", "keep the batch as axis 0",
        )  # fmt: skip
    return Result(shape[1:], result.node.dtype, each)


# ── what the phases do ──


def training_body(model: Any) -> Body:
    """Forward, loss, gradients, update, metric sums."""

    def body(x: Any, y: Any, sample_weight: Any) -> Sequence[Tensor]:
        logs = model.train_step(pack_x_y_sample_weight(x, y, sample_weight))
        keep_logs(model, TRAIN, logs)
        return ()

    return body


def testing_body(model: Any) -> Body:
    """Forward, loss, metric sums."""

    def body(x: Any, y: Any, sample_weight: Any) -> Sequence[Tensor]:
        logs = model.test_step(pack_x_y_sample_weight(x, y, sample_weight))
        keep_logs(model, VALIDATE, logs)
        return ()

    return body


def predicting_body(model: Any, found: list[Any]) -> Body:
    """Forward; `found` receives the structure of the outputs."""

    def body(x: Any, y: Any, sample_weight: Any) -> Sequence[Tensor]:
        outputs = model.predict_step(pack_x_y_sample_weight(x))
        found[:] = [_template(outputs)]
        return [output for output in flatten(outputs) if output is not None]

    return body
