"""Trainer: compile, fit, evaluate and predict, with Keras' signatures."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from lamina import metrics as metrics_module
from lamina import ops, optimizers
from lamina.data.arrays import Data, check_finite, read, split_validation
from lamina.data.batch_parts import unpack_x_y_sample_weight
from lamina.data.batches import Batches, comes_in_batches
from lamina.data.weights import weigh_classes
from lamina.engines import choice
from lamina.errors import ArgumentError, StateError, TraceError, ValueSizeError
from lamina.gradient_tape import GradientTape
from lamina.graph.program import PREDICT, TRAIN, VALIDATE
from lamina.graph.structure import flatten, map_structure
from lamina.graph.tensor import Tensor, Traced, without_mask
from lamina.graph.trace import current, scoped
from lamina.models.checks import (
    check_count,
    check_frequency,
    check_shuffle,
    check_verbose,
    check_whole,
    reject_ignored,
)
from lamina.models.evaluation import Evaluation
from lamina.models.fitting import Fit
from lamina.models.hosting import outputs_on_host, staged
from lamina.models.measuring import Measuring
from lamina.models.objective import CompiledLoss, CompiledMetrics, check_names, in_order
from lamina.models.own_steps import check_steps, is_own
from lamina.models.prediction import Prediction
from lamina.models.programs import EAGER, Programs
from lamina.models.single_batches import note_prediction, predict_again, predict_batch, run_batch

BATCH = 32


class Trainer(Measuring):
    """What a model can do with data. Mixed into `Model`."""

    def __init__(self) -> None:
        self.stop_training = False
        self.history: Any = None
        self.optimizer: Any = None
        self.compiled = False
        self._compiled: dict[str, Any] = {}
        self._programs = Programs()
        self._objective: Any = None
        self._metrics_set: Any = None
        self._loss_tracker: Any = None
        self._trained_weights: list[Any] = []

    # ── compile ──

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: Any = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """States how the model learns. The work of compiling happens when data are first seen.

        Args:
            optimizer: a name or an optimizer.
            loss: a name, function, `Loss`, or a list or dict of them for several outputs.
            loss_weights: factors of the outputs' losses.
            metrics, weighted_metrics: what to report, without and with sample weights.
            run_eagerly: run the Python code for each batch, op by op with NumPy, instead of machine
                code: to print, to stop in a debugger, to look at values.
            steps_per_execution, jit_compile, auto_scale_loss: accepted; they change no result.
        """
        made = None if optimizer is None else optimizers.get(optimizer)
        check_names(loss, loss_weights, (metrics, weighted_metrics))
        names_of = functools.partial(output_names, self)
        metrics_set = CompiledMetrics(metrics, weighted_metrics, names_of)  # raises if wrong
        self.optimizer = made
        self._compiled = {
            "loss": loss, "loss_weights": loss_weights, "metrics": metrics,
            "weighted_metrics": weighted_metrics, "run_eagerly": bool(run_eagerly),
        }  # fmt: skip
        self._loss_tracker = metrics_module.Mean(name="loss")
        self._objective, self._metrics_set = None, metrics_set
        self.loss = loss
        self.run_eagerly = bool(run_eagerly)
        self.compiled = True
        self.stop_training = False
        self._forget_programs()

    def _forget_programs(self) -> None:
        self._programs = Programs()

    def _engine(self) -> str:
        return EAGER if self._compiled.get("run_eagerly") else choice.engine()

    def _require_compiled(self, where: str) -> None:
        if not self.compiled:
            raise NotCompiledError(where, type(self).__name__, self.name)  # type: ignore[attr-defined]

    # ── loss and metrics ──

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The scalar that `fit` minimises: the compiled loss and all that layers added.

        Override it for a loss of your own; write it with lamina.ops.
        """
        losses = []
        if y_pred is not None:
            self._settle_outputs(y_pred)
            targets, outputs, weights = self._per_output(y, y_pred, sample_weight)
            value = self._objective(targets, outputs, weights)
            if value is not None:
                losses.append(value)
        losses += [ops.sum(value) for value in self.losses]  # type: ignore[attr-defined]
        if not losses:
            raise ArgumentError(
                f"Model '{self.name}'", "has no loss to compute",  # type: ignore[attr-defined]
                "neither compile(loss=...) nor add_loss", "pass a loss to compile",
            )  # fmt: skip
        total = losses[0]
        for value in losses[1:]:
            total = ops.add(total, value)
        return total

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Adds a batch to the compiled metrics and returns everything that is reported, by name.

        Override it to update metrics of your own, which are attributes of the model; call the
        inherited method in it and return `get_metrics_result()`.
        """
        if y_pred is not None and self._metrics_set is not None:
            self._settle_outputs(y_pred)
            self._metrics_set.update(*self._per_output(y, y_pred, sample_weight))
        return self.get_metrics_result()

    def _settle_outputs(self, y_pred: Any) -> None:
        """The compiled loss and metrics, for outputs of these names."""
        if self._objective is None:
            names, given = self._names_of(y_pred), self._compiled
            self._objective = CompiledLoss(given.get("loss"), given.get("loss_weights"), names)
            if self._metrics_set is not None:
                self._metrics_set.names = names

    def _total_loss(self, x: Any, y: Any, y_pred: Any, sample_weight: Any, training: bool) -> Any:
        with scoped("loss"):
            parameters = inspect.signature(self.compute_loss).parameters
            takes = "training" in parameters or "kwargs" in parameters
            known = {"training": training} if takes else {}
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, **known)
        traced = isinstance(loss, Traced) or current() is None
        if not isinstance(loss, Tensor) or tuple(loss.shape) != () or not traced:
            raise ArgumentError(
                f"Model '{self.name}'",  # type: ignore[attr-defined]
                "needs a scalar loss that depends on its data",
                f"{loss!r:.80}", "return a scalar from compute_loss",
            )  # fmt: skip
        return loss

    # ── one batch ──

    def _weights_to_train(self) -> list[Any]:
        """The weights that `fit` changes."""
        return list(self.trainable_variables)  # type: ignore[attr-defined]

    def train_step(self, data: Any) -> Any:
        """What `fit` does with a batch: forward, loss, gradients, update; returns the logs.

        Override it for a step of your own, with `GradientTape`; it is compiled. `data` is x, (x, y)
        or (x, y, sample_weight); the logs of an epoch are those of its last batch.
        """
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        weights = self._trained_weights or self._weights_to_train()
        with GradientTape() as tape:
            tape.watch(weights)
            y_pred = self(x, training=True)  # type: ignore[operator]
            loss = self._total_loss(x, y, y_pred, sample_weight, training=True)
            with scoped(self.optimizer.name):
                scaled = self.optimizer.scale_loss(loss)
        with scoped(self.optimizer.name):
            grads = tape.gradient(scaled, weights, unconnected_gradients="zero")
        # While Keras trains on JAX the outputs leave their mask at the loss: metrics count every
        # step. In `evaluate`, and so in validation, they count those that the mask lets through.
        unmasked = map_structure(without_mask, y_pred)
        logs = self._update_metrics(x, y, unmasked, sample_weight, loss)
        if weights:
            self.optimizer.apply(grads, weights)
        return logs

    def test_step(self, data: Any) -> Any:
        """What `evaluate`, and a validation, does with a batch; returns the logs."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        y_pred = self(x, training=False)  # type: ignore[operator]
        loss = self._total_loss(x, y, y_pred, sample_weight, training=False)
        return self._update_metrics(x, y, y_pred, sample_weight, loss)

    def predict_step(self, data: Any) -> Any:
        """What `predict` does with a batch; returns the outputs."""
        x, _, _ = unpack_x_y_sample_weight(data)
        return self(x, training=False)  # type: ignore[operator]

    def _update_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any, loss: Tensor) -> Any:
        rows = flatten(x)[0].shape[0]
        with scoped("metrics"):
            with scoped("loss"):
                self._loss_tracker.update_state(loss, sample_weight=ops.cast(rows, loss.dtype))
            return self.compute_metrics(x, y, y_pred, sample_weight)

    def _per_output(
        self, y: Any, y_pred: Any, sample_weight: Any
    ) -> tuple[list[Any], list[Any], list[Any]]:
        """Targets, outputs and weights, one entry for each output, in the outputs' order."""
        names = self._names_of(y_pred)
        outputs = in_order(y_pred, names)
        targets = in_order(y, names) if y is not None else [None] * len(outputs)
        if len(targets) != len(outputs):
            targets = self._targets_where_lost(targets, len(outputs))
        weights = in_order(sample_weight, names) if sample_weight is not None else [None]
        if len(weights) < len(outputs):
            weights = [weights[0]] * len(outputs)
        return targets, outputs, weights

    def _targets_where_lost(self, targets: list[Any], outputs: int) -> list[Any]:
        """Targets only for the outputs that have a loss."""
        given = flatten(self._compiled["loss"])
        having = [i for i, loss in enumerate(given) if loss is not None]
        if len(given) != outputs or len(having) != len(targets):
            raise ArgumentError(
                "y", f"needs one array for each of the {outputs} outputs", f"{len(targets)} arrays",
                "pass a list or dict of targets",
            )  # fmt: skip
        placed: list[Any] = [None] * outputs
        for i, target in zip(having, targets, strict=True):
            placed[i] = target
        return placed

    def _names_of(self, y_pred: Any) -> list[str]:
        graph = self._graph  # type: ignore[attr-defined]
        if graph is not None:
            if isinstance(y_pred, Mapping) and set(y_pred) != set(graph.output_names):
                return sorted(y_pred)
            return list(graph.output_names)
        if isinstance(y_pred, Mapping):
            return sorted(y_pred)
        return [f"output_{i + 1}" for i in range(len(flatten(y_pred)))]

    # ── fit ──

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
        *,
        resume: Any = None,
        **hints: Any,
    ) -> Any:
        """Trains for `epochs` passes over the data and returns the `History`.

        Args:
            x, y: arrays with equal numbers of rows, lists or dicts of them for several inputs or
                outputs; or one object that yields batches (x, y) or (x, y, sample_weight).
            batch_size: rows a step, 32 by default; the last batch may have fewer.
            epochs: the epoch to end with, counted from `initial_epoch`.
            verbose: 0 silent, 1 a bar, 2 a line an epoch; "auto" is 1.
            validation_split: share of the rows, from the end, held back for validation.
            validation_data: (x, y) or (x, y, sample_weight), or something that yields batches.
            shuffle: whether each epoch visits the rows in another order.
            class_weight: {class: weight}; sample_weight: one weight a row.
            steps_per_epoch, validation_steps: batches an epoch, instead of one pass, where they
                are not 0; an epoch ends where a pass does, the next one then begins a new pass.
            resume: the path of a checkpoint that `callbacks.BackupAndRestore` wrote: the run goes
                on from there, and ends bit for bit as if it had not been broken off.
            validation_freq: validate every so many epochs, or after the listed ones (from 1).

        Raises: StateError before `compile`; DataError for data that do not go together, hold NaN
            or labels out of range; the model is then as it was.
        """
        reject_ignored("fit", hints)
        self._require_compiled("fit")
        check_steps(self, TRAIN)
        check_verbose("fit", verbose)
        check_frequency(validation_freq)
        check_shuffle(shuffle)
        epochs = check_whole("fit", "epochs", epochs, 0)
        initial_epoch = check_whole("fit", "initial_epoch", initial_epoch, 0)
        batch_size = check_count("fit", "batch_size", batch_size)
        validation_batch_size = check_count("fit", "validation_batch_size", validation_batch_size)
        steps_per_epoch = check_count("fit", "steps_per_epoch", steps_per_epoch, 0)
        validation_steps = check_count("fit", "validation_steps", validation_steps, 0)
        options = {
            "epochs": epochs, "verbose": verbose, "callbacks": callbacks,
            "initial_epoch": initial_epoch, "steps_per_epoch": steps_per_epoch or None,
            "validation_steps": validation_steps or None, "validation_freq": validation_freq,
            "shuffle": shuffle, "class_weight": class_weight, "resume": resume,
        }  # fmt: skip
        validation = self._validation(validation_data, validation_batch_size or batch_size)
        if comes_in_batches(x):
            if y is not None or sample_weight is not None or validation_split:
                raise ArgumentError(
                    "fit", "takes targets, weights and a split from the batches themselves",
                    "y, sample_weight or validation_split beside data that come in batches",
                    "yield (x, y, sample_weight) from the generator",
                )  # fmt: skip
            source = Batches(
                "fit", x, shuffle, lambda part: staged(self, part), is_own(self, TRAIN)
            )
            return Fit(self, source, None, validation, options).run()
        data = read("fit", staged(self, x), y, sample_weight)
        check_finite("fit", data)
        if validation_split and validation_data is None:
            data, held_back = split_validation(data, validation_split)
            validation = (held_back, validation_batch_size or batch_size or BATCH)
        data = self._weigh_classes("fit", data, class_weight)
        return Fit(self, data, batch_size or BATCH, validation, options).run()

    def _may_run_in_python(self, error: TraceError, phases: Collection[str]) -> bool:
        """Whether a step that could not be traced is to run batch by batch instead: one of the
        user's own, or one with sizes that depend on values.
        """
        return isinstance(error, ValueSizeError) or any(is_own(self, phase) for phase in phases)

    def _weigh_classes(self, where: str, data: Data, class_weight: Any) -> Data:
        return weigh_classes(where, data, class_weight)

    def _validation(self, given: Any, batch_size: int | None) -> Any:
        if given is None:
            return None
        if comes_in_batches(given) and not isinstance(given, str | bytes):
            where = "fit(validation_data=...)"
            return (self._batches_to_test(where, given), None)
        if not isinstance(given, list | tuple) or not 1 <= len(given) <= 3:
            raise ArgumentError(
                "fit(validation_data=...)", "needs (x, y) or (x, y, sample_weight)",
                f"{type(given).__name__}", "pass a tuple of arrays",
            )  # fmt: skip
        data = read("fit(validation_data=...)", staged(self, given[0]), *given[1:])
        check_finite("fit(validation_data=...)", data)
        return (data, batch_size or BATCH)

    def _batches_to_test(self, where: str, given: Any) -> Batches:
        uneven = is_own(self, VALIDATE)
        return Batches(where, given, stage=lambda part: staged(self, part), uneven=uneven)

    # ── evaluate, predict ──

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **hints: Any,
    ) -> Any:
        """The loss and the metrics on these data, as a list, or a dict by name.

        Args and errors: as `fit`.
        """
        reject_ignored("evaluate", hints)
        self._require_compiled("evaluate")
        check_steps(self, VALIDATE)
        check_verbose("evaluate", verbose)
        batch_size = check_count("evaluate", "batch_size", batch_size)
        steps = check_count("evaluate", "steps", steps, least=0)
        source: Any
        if comes_in_batches(x):
            source = self._batches_to_test("evaluate", x)
        else:
            source = read("evaluate", staged(self, x), y, sample_weight)
            check_finite("evaluate", source)
        batch, steps = batch_size or BATCH, steps or None
        logs = Evaluation(self, source, batch, steps, verbose, callbacks).run()
        return dict(logs) if return_dict else self._in_metrics_order(logs)

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
        **hints: Any,
    ) -> Any:
        """The outputs for all rows of x, as NumPy arrays in the structure of the outputs."""
        plain = type(x) is np.ndarray and verbose == 0 and callbacks is None and steps is None
        key = (x.shape, x.dtype, batch_size, self._engine()) if plain and not hints else None
        if key is not None and (outputs := predict_again(self, key, x)) is not None:
            return outputs
        reject_ignored("predict", hints)
        check_steps(self, PREDICT)
        check_verbose("predict", verbose)
        batch_size = check_count("predict", "batch_size", batch_size)
        steps = check_count("predict", "steps", steps, least=0)
        if comes_in_batches(x):
            source: Any = Batches("predict", x, stage=lambda part: staged(self, part))
        else:
            entering = staged(self, x)
            key = key if entering is x else None
            if (outputs := outputs_on_host(self, entering)) is not None:
                return outputs
            source = read("predict", entering)
        batch, steps = batch_size or BATCH, steps or None
        outputs = Prediction(self, source, batch, steps, verbose, callbacks).run()
        if key is not None and isinstance(source, Data) and source.rows <= batch:
            note_prediction(self, key, source)
        return outputs

    # ── single batches ──

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """One step on these rows; returns their loss and metrics."""
        self._require_compiled("train_on_batch")
        check_steps(self, TRAIN)
        data = read("train_on_batch", staged(self, x), y, sample_weight)
        check_finite("train_on_batch", data)
        data = self._weigh_classes("train_on_batch", data, class_weight)
        return self._on_batch(TRAIN, data, return_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """The loss and the metrics of these rows."""
        self._require_compiled("test_on_batch")
        check_steps(self, VALIDATE)
        data = read("test_on_batch", staged(self, x), y, sample_weight)
        check_finite("test_on_batch", data)
        return self._on_batch(VALIDATE, data, return_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for these rows, computed as one batch."""
        check_steps(self, PREDICT)
        return predict_batch(self, read("predict_on_batch", staged(self, x)))

    def _on_batch(self, phase: str, data: Data, return_dict: bool) -> Any:
        logs = run_batch(self, phase, data, anew=True)
        return dict(logs) if return_dict else self._in_metrics_order(logs)


def output_names(model: Any, y_pred: Any) -> list[str]:
    """The names of a model's outputs: a function, which says what it does by its name alone."""
    names: list[str] = model._names_of(y_pred)
    return names


class NotCompiledError(StateError, ValueError):
    """`fit` or `evaluate` before `compile` (Keras raises ValueError)."""

    def __init__(self, where: str, kind: str = "", name: str = "", mend: str = "") -> None:
        if mend:
            super().__init__(where, kind, name, mend)
        else:
            super().__init__(
                f"{kind} '{name}'", "must be compiled first", f"{where}() before compile()",
                "call compile(optimizer=..., loss=...)",
            )  # fmt: skip
