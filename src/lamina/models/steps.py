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
from lamina.autodiff import gradient
from lamina.errors import ArgumentError, ShapeError, UnsupportedError
from lamina.graph import dtypes
from lamina.graph.node import Graph, Rows
from lamina.graph.program import Leaf, Phase, Program, Result, Slot, Step
from lamina.graph.structure import flatten, map_structure, pack
from lamina.graph.tensor import Tensor, Traced, without_mask
from lamina.graph.trace import Trace, scoped
from lamina.graph.variable import Variable


@dataclass(frozen=True)
class Layout:
    """The structures of x, y and sample_weight, and what one row of each of their arrays is."""

    structures: tuple[Any, Any, Any]
    leaves: tuple[Leaf, ...]

    @staticmethod
    def of(x: Any, y: Any, sample_weight: Any, input_dtypes: Sequence[str] | None) -> Layout:
        """The layout of arrays; `input_dtypes` are those of a functional model's inputs."""
        leaves = []
        for place, part in enumerate((x, y, sample_weight)):
            arrays = [a for a in flatten(part) if a is not None]
            wanted: Sequence[str | None] = [None] * len(arrays)
            if place == 0 and input_dtypes is not None and len(input_dtypes) == len(arrays):
                wanted = input_dtypes
            for array, dtype in zip(arrays, wanted, strict=True):
                leaves.append(Leaf(array.shape[1:], dtype or _read_as(array.dtype.name)))
        return Layout((_template(x), _template(y), _template(sample_weight)), tuple(leaves))

    def packed(self, tensors: Sequence[Any]) -> list[Any]:
        """x, y, sample_weight as structures of these tensors (None where there is nothing)."""
        rest = iter(tensors)
        return [
            None if template is None else _filled(template, rest) for template in self.structures
        ]

    @cached_property
    def key(self) -> Hashable:
        """Equal for equal layouts."""
        return (repr(self.structures), self.leaves)


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


def build_program(bodies: dict[str, tuple[Body, Feeding]]) -> ProgramWithState:
    """One program of these phases, which share the slots of their variables."""
    started = time.perf_counter()
    traced = {name: trace_phase(body, feeding) for name, (body, feeding) in bodies.items()}
    steps = [step for pair in traced.values() for step in pair if step is not None]
    variables = list(dict.fromkeys(v for step in steps for v in step.trace.reads))
    slots = tuple(Slot(v.path, v.shape, v.dtype, v.reset) for v in variables)
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
    sums = {i for i, slot in enumerate(slots) if slot.reset is not None}
    return ProgramWithState(
        Program.of(slots, phases), tuple(variables), tuple(sorted(written | sums)),
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
        weights = model._trained_weights
        before = [weight.value for weight in weights]
        y_pred = model(x, training=True)
        with scoped("loss"):
            loss = model._total_loss(x, y, y_pred, sample_weight, training=True)
        if not isinstance(loss, Traced) or loss.node.shape != ():
            raise ArgumentError(
                f"Model '{model.name}'", "needs a scalar loss that depends on its data",
                f"{loss!r:.80}", "return a scalar from compute_loss",
            )  # fmt: skip
        with scoped(model.optimizer.name):
            grads = gradient(model.optimizer.scale_loss(loss), before)
            filled = [
                ops.zeros_like(value) if g is None else g
                for value, g in zip(before, grads, strict=True)
            ]
        # While Keras trains on JAX the outputs leave their mask at the loss: metrics count every
        # step. In `evaluate`, and so in validation, they count those that the mask lets through.
        _update_metrics(model, x, y, map_structure(without_mask, y_pred), sample_weight, loss)
        if weights:
            _apply(model.optimizer, filled, weights)
        return ()

    return body


def _apply(optimizer: Any, grads: Sequence[Any], weights: Sequence[Variable]) -> None:
    from lamina.graph.trace import current

    running = current()
    assert running is not None
    # The rows of a partial batch are summed already: nothing here runs over the batch.
    with running.scope(optimizer.name), running.unmasked():
        optimizer.apply(grads, weights)


def testing_body(model: Any) -> Body:
    """Forward, loss, metric sums."""

    def body(x: Any, y: Any, sample_weight: Any) -> Sequence[Tensor]:
        y_pred = model(x, training=False)
        with scoped("loss"):
            loss = model._total_loss(x, y, y_pred, sample_weight, training=False)
        _update_metrics(model, x, y, y_pred, sample_weight, loss)
        return ()

    return body


def predicting_body(model: Any, found: list[Any]) -> Body:
    """Forward; `found` receives the structure of the outputs."""

    def body(x: Any, y: Any, sample_weight: Any) -> Sequence[Tensor]:
        outputs = model(x, training=False)
        found[:] = [_template(outputs)]
        return [output for output in flatten(outputs) if output is not None]

    return body


def _update_metrics(
    model: Any, x: Any, y: Any, y_pred: Any, sample_weight: Any, loss: Tensor
) -> None:
    rows = flatten(x)[0].shape[0]
    with scoped("metrics"):
        with scoped("loss"):
            model._loss_tracker.update_state(loss, sample_weight=ops.cast(rows, loss.dtype))
        reported = set(model.compute_metrics(x, y, y_pred, sample_weight) or ())
    if reported != set(model.get_metrics_result()):
        raise UnsupportedError(
            f"{type(model).__name__}.compute_metrics", "reports metrics, no other values",
            f"a result with the keys {sorted(reported)}",
            "return self.get_metrics_result(); make other values a Metric, an attribute of the "
            "model",
        )  # fmt: skip
