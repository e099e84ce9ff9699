"""What `train_step`s of TensorFlow 2.2 to 2.15 use of their model, and what `load_weights` gave."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from lamina import ops
from lamina.graph.program import TRAIN, VALIDATE
from lamina.graph.structure import flatten
from lamina.graph.trace import current
from lamina.models.own_steps import is_own


class CompiledLossOfModel:
    """The compiled loss of a model as a function of a batch; each call adds to the reported loss.

    Args:
        model: the model, which has been compiled.
    """

    def __init__(self, model: Any) -> None:
        self._model = model

    def __call__(
        self,
        y_true: Any,
        y_pred: Any,
        sample_weight: Any = None,
        regularization_losses: Sequence[Any] | None = None,
    ) -> Any:
        """The scalar to be minimised: the losses of the outputs, and those of layers if given."""
        model = self._model
        model._settle_outputs(y_pred)
        total = model._objective(*model._per_output(y_true, y_pred, sample_weight))
        parts = [] if total is None else [total]
        parts += [ops.sum(value) for value in regularization_losses or ()]
        total = functools.reduce(ops.add, parts) if parts else ops.convert_to_tensor(0.0)
        rows = flatten(y_pred)[0].shape[0]
        model._loss_tracker.update_state(total, sample_weight=ops.cast(rows, total.dtype))
        return total

    @property
    def metrics(self) -> list[Any]:
        """The running mean of the loss, and those of the outputs where there are several."""
        objective = self._model._objective
        return [self._model._loss_tracker, *([] if objective is None else objective.metrics)]

    def reset_state(self) -> None:
        """Returns the running means to their beginning."""
        for metric in self.metrics:
            metric.reset_state()


def compiled_loss(self: Any) -> CompiledLossOfModel | None:
    """The compiled loss; None before `compile`."""
    return CompiledLossOfModel(self) if self.compiled else None


def compiled_metrics(self: Any) -> Any:
    """The compiled metrics as one, with `update_state(y, y_pred, sample_weight)`."""
    return self._metrics_set


class Status:
    """What restoring returns: everything was set at once."""

    def assert_consumed(self) -> Status:
        """The status."""
        return self

    assert_existing_objects_matched = expect_partial = assert_nontrivial_match = assert_consumed

    def initialize_or_restore(self, session: Any = None) -> None:
        """Nothing."""

    run_restore_ops = initialize_or_restore


def with_status(load_weights: Callable[..., None]) -> Callable[..., Status]:
    """`load_weights` that returns a status."""

    @functools.wraps(load_weights)
    def load(self: Any, *args: Any, **kwargs: Any) -> Status:
        load_weights(self, *args, **kwargs)
        return Status()

    return load


def reporting_loss(compute_loss: Callable[..., Any]) -> Callable[..., Any]:
    """`compute_loss` that adds to the reported loss where a step is the program's own, as
    TensorFlow 2.9 to 2.15 did. What the step then reports itself takes its place.
    """

    @functools.wraps(compute_loss)
    def computed(self: Any, *args: Any, **kwargs: Any) -> Any:
        total = compute_loss(self, *args, **kwargs)
        if not (is_own(self, TRAIN) or is_own(self, VALIDATE)) or self._loss_tracker is None:
            return total
        batch = [kwargs.get(name) for name in ("y_pred", "x", "y")] + list(args)
        leaves = [leaf for leaf in flatten(batch) if leaf is not None]
        rows = leaves[0].shape[0] if leaves and leaves[0].shape else 1
        _report(self._loss_tracker, total, rows)
        return total

    return computed


def _report(tracker: Any, loss: Any, rows: Any) -> None:
    """Adds to the tracker, until it is told a loss itself within the same trace."""
    trace, before = current(), [v.value for v in tracker.variables]
    update = type(tracker).update_state

    def replaced(*args: Any, **kwargs: Any) -> Any:
        del tracker.update_state
        if current() is trace:
            for variable, value in zip(tracker.variables, before, strict=True):
                variable.assign(value)
        return update(tracker, *args, **kwargs)

    update(tracker, loss, sample_weight=ops.cast(rows, loss.dtype))
    tracker.update_state = replaced
