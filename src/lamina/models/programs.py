"""The programs of a model: made once for each layout of data and kind of batch, then found again.

What is kept, until `compile` or another layer makes it stale: the layout of each form of data, what
`prepare` resolved for it, the programs, and which numbers of rows single batches have had.
"""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lamina.data.arrays import Data
from lamina.engines.base import Feed
from lamina.errors import ShapeError, StateError, TraceError
from lamina.graph.program import PREDICT, TRAIN, VALIDATE
from lamina.graph.structure import flatten, pack
from lamina.models.checks import (
    check_target_shapes,
    check_targets,
    check_there_are_targets,
    needs_check,
)
from lamina.models.indices import Tables, check_indices
from lamina.models.own_steps import METHODS, is_own
from lamina.models.probing import probe, states_outputs
from lamina.models.recall import program_for
from lamina.models.runner import Runner
from lamina.models.steps import (
    Feeding,
    Layout,
    build_program,
    predicting_body,
    testing_body,
    training_body,
)

EAGER = "eager"

# So many shapes get a program of their own (decision 5 of the architecture).
SHAPES = 8


@dataclass(eq=False)
class Prepared:
    """What one form of data needs: the symbolic outputs, and whether its targets are checked."""

    y_pred: Any
    per_output: list[Any]
    checked: bool


@dataclass(eq=False)
class Sizes:
    """The numbers of rows that single batches of one phase and layout have had.

    The first few get a step of their own. After those a batch runs through the masked form of the
    next power of two, so that no stream of sizes compiles for ever; where an op has no masked form
    (`exact`), every size has its own step.
    """

    own: set[int] = field(default_factory=set)
    exact: bool = False

    def feeding(self, layout: Layout, rows: int) -> Feeding:
        """How a batch of so many rows is run."""
        if not self.exact and rows not in self.own and len(self.own) >= SHAPES:
            size = 1 << (rows - 1).bit_length()
            return Feeding(layout, size, rows % size)
        self.own.add(rows)
        if len(self.own) == SHAPES + 1:
            _warn_of_shapes("axis 0 (the batch)", sorted(self.own))
        return Feeding(layout, rows)


@dataclass(eq=False)
class Programs:
    """Everything that was made for one compiled model."""

    layouts: dict[Hashable, Layout] = field(default_factory=dict)
    prepared: dict[Hashable, Prepared] = field(default_factory=dict)
    made: dict[tuple[str, Any], list[tuple[Runner, Any]]] = field(default_factory=dict)
    sizes: dict[Hashable, Sizes] = field(default_factory=dict)
    # What the steps of a subclass return, by phase: the metric that holds each value.
    logs: dict[str, dict[str, Any]] = field(default_factory=dict)
    # The pairs (name, metric) of the logs; None when they must be looked up again.
    named: list[tuple[str, Any]] | None = None
    # What `predict` of one small array (by shape, dtype and batch), and `model(x)`, came to.
    asked: dict[Hashable, tuple[Runner, Any]] = field(default_factory=dict)
    called: dict[Hashable, Any] = field(default_factory=dict)
    # The tables whose rows the inputs name; None until they are looked for.
    tables: Tables | None = None
    # The layers, and how many attributes of theirs had been set when these programs were made.
    layers: list[Any] | None = None
    changes: int = 0

    @property
    def runners(self) -> list[Runner]:
        """All programs, in the order in which they were made."""
        return [runner for found in self.made.values() for runner, _ in found]


def refresh(model: Any) -> None:
    """Forgets the programs that predict if an attribute of a layer was set since they were made."""
    programs: Programs = model._programs
    if programs.layers is None:
        programs.layers = model._flatten_layers()
    changes = sum([layer._changes for layer in programs.layers])
    if changes != programs.changes:
        programs.changes = changes
        programs.asked.clear()
        programs.called.clear()
        predicting = [key for key in programs.made if key[1][0][0] == PREDICT]
        for key in predicting:
            del programs.made[key]


# ── layouts ──


def layout_of(model: Any, data: Data) -> Layout:
    """The layout of these data, one object for each."""
    programs: Programs = model._programs
    found = programs.layouts.get(data.form)
    if found is None:
        if model._graph is not None:
            model._graph.check_arrays(data.x)
        inputs = _input_dtypes(model, data.x)
        found = Layout.of(data.x, data.y, data.sample_weight, inputs, data.folds)
        programs.layouts[data.form] = found
        _count_layouts(programs, found)
    return found


def _input_dtypes(model: Any, x: Any) -> list[str] | None:
    graph = model._graph
    if graph is None or isinstance(x, Mapping) or len(flatten(x)) != len(graph.flat_inputs):
        return None
    return [tensor.dtype for tensor in graph.flat_inputs]


def _count_layouts(programs: Programs, new: Layout) -> None:
    """Warns when the layouts that differ in sizes alone become too many."""
    alike = {
        layout.key: layout
        for layout in programs.layouts.values()
        if repr(layout.structures) == repr(new.structures)
        and [len(leaf.shape) for leaf in layout.leaves] == [len(leaf.shape) for leaf in new.leaves]
    }
    if len(alike) != SHAPES + 1:
        return
    for i, leaf in enumerate(new.leaves):
        for axis in range(len(leaf.shape)):
            sizes = {layout.leaves[i].shape[axis] for layout in alike.values()}
            if len(sizes) > 1:
                _warn_of_shapes(f"axis {axis + 1} of array {i} of the data", sorted(sizes))


def _warn_of_shapes(axis: str, sizes: list[int]) -> None:
    warnings.warn(
        f"{axis} has had {len(sizes)} sizes ({', '.join(map(str, sizes))}), and each is compiled "
        "anew: pad the data to a few sizes to avoid that",
        stacklevel=2,
    )


# ── what must exist before a step is traced ──


def prepare(model: Any, data: Data, training: bool) -> None:
    """Weights, losses, metrics and moments exist from here on, and the targets are checked.

    Raises: DataError, ShapeError for targets that a loss cannot learn from; StateError without an
        optimizer to train with.
    """
    if is_own(model, TRAIN if training else VALIDATE) or _is_seen_only_running(model):
        # The step says what it needs; the weights are made by its first batch.
        model._trained_weights = []
        return
    key = (data.form, training)
    found = model._programs.prepared.get(key)
    if found is None:
        found = _prepared(model, data, training)
        model._programs.prepared[key] = found
        model._programs.named = None
    if found.checked:
        targets = model._per_output(data.y, found.y_pred, None)[0]
        check_targets(model._objective.losses, targets, found.per_output)


def _is_seen_only_running(model: Any) -> bool:
    """Whether only the model's own code, which must not be traced, says what it returns."""
    return bool(model._engine() == EAGER) and not states_outputs(model)


def _prepared(model: Any, data: Data, training: bool) -> Prepared:
    layout = layout_of(model, data)
    try:
        y_pred, targets = probe(model, layout)
    except ShapeError:
        # Sizes that the inputs do not state are the likeliest reason.
        if model._graph is not None:
            model._graph.check_arrays(data.x, exact=True)
        raise
    model._settle_outputs(y_pred)
    per_target, per_output, _ = model._per_output(targets, y_pred, None)
    model._objective.build(per_target, per_output)
    check_there_are_targets(model._objective.losses, per_target)
    check_target_shapes(model._objective.losses, per_target, per_output)
    model._metrics_set.build(per_target, per_output)
    if training:
        if model.optimizer is None:
            raise StateError(
                f"Model '{model.name}'", "has no optimizer to train with",
                "compile(optimizer=None)", "pass one",
            )  # fmt: skip
        model._trained_weights = model._weights_to_train()
        model.optimizer = model.optimizer.for_variables(model._trained_weights)
        model.optimizer.build(model._trained_weights)
    return Prepared(y_pred, per_output, needs_check(model._objective.losses))


# ── programs ──


def feeding_of(model: Any, phase: str, data: Data, batch: int | None = None) -> Feeding:
    """How these data are fed in batches of so many rows; in one batch without a number."""
    layout = layout_of(model, data)
    check_indices(model, data.x)
    if batch is not None and data.rows >= batch:
        return Feeding(layout, batch, data.rows % batch)
    sizes = model._programs.sizes.setdefault((phase, layout.key), Sizes())
    feeding = sizes.feeding(layout, data.rows)
    if feeding.rest:
        runner, _ = program_of(model, {phase: feeding})
        if not runner.program.phases[phase].step.partial:
            sizes.exact = True
            return sizes.feeding(layout, data.rows)
    return feeding


def program_of(
    model: Any, feedings: dict[str, Feeding], compiled: bool = False
) -> tuple[Runner, Any]:
    """The compiled program of these phases, and the structure of what it predicts.

    Args:
        compiled: make one also for a model that runs eagerly, for the reference engine.
    """
    engine = model._engine()
    if compiled and engine == EAGER:
        engine = "reference"
    phases = tuple((name, f.layout.key, f.batch, f.rest > 0) for name, f in feedings.items())
    known = model._programs.made.setdefault((engine, phases), [])
    for runner, structure in known:
        if all(runner.takes(name, feeding.rest) for name, feeding in feedings.items()):
            return runner, structure
    found: list[Any] = []
    bodies = {name: (_body(model, name, found), f) for name, f in feedings.items()}
    runner = _runner(model, engine, feedings, bodies)
    # Nothing but its calls says what a program that was not traced returns.
    structure = found[0] if found else Later(found)
    known.append((runner, structure))
    model._programs.named = None
    return known[-1]


def _runner(model: Any, engine: str, feedings: dict[str, Feeding], bodies: Any) -> Runner:
    if engine == EAGER:
        return _eager(model, bodies)
    for metric in model.metrics:
        metric.settle_resets()
    try:
        state = program_for(model, engine, feedings, lambda: build_program(bodies, model._sums))
    except TraceError as error:
        if not model._may_run_in_python(error, feedings):
            raise
        own = ", ".join(METHODS[phase] for phase in feedings if is_own(model, phase))
        warnings.warn(
            f"{type(model).__name__}{f'.{own}' if own else ''} looks at values while it is traced: "
            f"{error.where} {error.what}. It runs in Python, step by step: compute with "
            "lamina.ops, and sizes that do not depend on values, to have it compiled",
            stacklevel=2,
        )
        return _eager(model, bodies)
    return Runner(state, engine)


def _eager(model: Any, bodies: Any) -> Runner:
    from lamina.models.eager import EagerRunner

    return EagerRunner(model, bodies)


@dataclass(frozen=True, eq=False)
class Later:
    """The structure of what a program predicts, which its last call left in `found`."""

    found: list[Any]


def packed(structure: Any, leaves: Sequence[Any]) -> Any:
    """What a program predicts, in its structure; None where the model returned nothing."""
    if isinstance(structure, Later):
        structure = structure.found[0]
    if structure is True:
        return leaves[0]
    rest = iter(leaves)
    return pack(structure, [next(rest) if there else None for there in flatten(structure)])


def _body(model: Any, phase: str, found: list[Any]) -> Any:
    if phase == PREDICT:
        return predicting_body(model, found)
    return training_body(model) if phase == TRAIN else testing_body(model)


def feed_of(data: Data) -> Feed:
    """What an engine reads the rows of these data from."""
    return Feed(tuple(data.leaves), data.rows)


def feeding_to_predict(model: Any, data: Data, batch: int | None) -> Feeding:
    """How the model is asked for these rows; it is built first if it is not."""
    if not (model.built or is_own(model, PREDICT) or _is_seen_only_running(model)):
        probe(model, layout_of(model, data))
    refresh(model)
    return feeding_of(model, PREDICT, data, batch)
