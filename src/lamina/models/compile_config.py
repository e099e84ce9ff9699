"""What a model was compiled with, as a configuration, and back."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

from lamina.configurations import deserialize_keras_object, serialize_keras_object


def compile_config(model: Any) -> dict[str, Any]:
    """The arguments of `compile`, as Keras' files have them; empty before it."""
    if not model.compiled:
        return {}
    given = model._compiled
    return {
        "optimizer": serialize_keras_object(model.optimizer),
        "loss": serialize_keras_object(given.get("loss")),
        "loss_weights": serialize_keras_object(given.get("loss_weights")),
        "metrics": serialize_keras_object(given.get("metrics")),
        "weighted_metrics": serialize_keras_object(given.get("weighted_metrics")),
        "run_eagerly": bool(given.get("run_eagerly")),
        "steps_per_execution": 1,
        "jit_compile": False,
    }


def compile_from(model: Any, config: dict[str, Any]) -> None:
    """Compiles a model as a configuration says, and makes the optimizer's variables.

    A class with a `compile` of its own is left uncompiled, with a warning.
    """
    from lamina.models.trainer import Trainer

    # What stands around a method, for programs in older manners, keeps its place.
    if inspect.unwrap(type(model).compile) is not inspect.unwrap(Trainer.compile):
        warnings.warn(
            f"{type(model).__name__} has a `compile` of its own: call it after loading, or define "
            "get_compile_config and compile_from_config too",
            stacklevel=2,
        )
        return
    found = deserialize_keras_object(dict(config))
    found.pop("jit_compile", None)
    model.compile(**found)
    if model.optimizer is not None and model.built and not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
