"""The loss of a batch from variables that are given, the model's own staying as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lamina.errors import ArgumentError
from lamina.graph.stateless import StatelessScope
from lamina.layers.stateless_calls import state_of


def stateless_compute_loss(
    model: Any, state: tuple[Sequence[Any], Sequence[Any], Sequence[Any]], **batch: Any
) -> Any:
    """See `Model.stateless_compute_loss`; `state` is its first three arguments."""
    trainable, others, metrics = state
    where = "stateless_compute_loss"
    pairs = state_of(where, model, trainable, others)
    with StatelessScope([*pairs, *_counted(model, where, "metrics", metrics)]) as scope:
        loss = model.compute_loss(**batch)
    now = scope.get_current_value
    return loss, (
        list(trainable), [now(v) for v in model.non_trainable_variables],
        [now(v) for v in model.metrics_variables],
    )  # fmt: skip


def _counted(model: Any, where: str, name: str, values: Sequence[Any]) -> Any:
    """The pairs (variable, value) of the model's metrics, or of its optimizer."""
    owned = model.metrics_variables if name == "metrics" else list(model.optimizer.variables)
    if len(owned) != len(values):
        raise ArgumentError(
            f"{model.name}.{where}({name}_variables=...)",
            f"needs a value for each of the {len(owned)} variables", f"{len(values)} values",
            "pass as many, in the order of the model's",
        )  # fmt: skip
    return zip(owned, values, strict=True)


def compute_loss_and_updates(
    model: Any,
    state: tuple[Sequence[Any], Sequence[Any], Sequence[Any]],
    x: Any,
    y: Any,
    sample_weight: Any,
    training: bool,
    optimizer_variables: Sequence[Any] | None,
) -> Any:
    """See `Model.compute_loss_and_updates`; `state` is its first three arguments."""
    trainable, others, metrics = state
    options = {"training": training} if model._takes("training") else {}
    y_pred, others = model.stateless_call(trainable, others, x, **options)
    loss, (_, others, metrics) = stateless_compute_loss(
        model, (trainable, others, metrics),
        x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=training,
    )  # fmt: skip
    unscaled = loss
    if training and model.optimizer is not None:
        given = model.optimizer.variables if optimizer_variables is None else optimizer_variables
        with StatelessScope(_counted(model, "compute_loss_and_updates", "optimizer", given)):
            loss = model.optimizer.scale_loss(loss)
    return loss, (unscaled, y_pred, others, metrics)
