"""Optimizers, by class and name: `optimizers.get("adam")`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lamina.optimizers import schedules
from lamina.optimizers.accumulating import Adadelta, Adagrad, Ftrl
from lamina.optimizers.adafactor import Adafactor
from lamina.optimizers.adam import Adam, Adamax, AdamW, Nadam
from lamina.optimizers.arguments import check_own
from lamina.optimizers.base import Optimizer
from lamina.optimizers.lamb import Lamb
from lamina.optimizers.lion import Lion
from lamina.optimizers.loss_scale import LossScaleOptimizer
from lamina.optimizers.multi import MultiOptimizer, OptimizerMap
from lamina.optimizers.muon import Muon
from lamina.optimizers.rmsprop import RMSprop
from lamina.optimizers.schedule_free import ScheduleFreeAdamW
from lamina.optimizers.sgd import SGD
from lamina.registry import Registry, names_only

_CLASSES = (
    Adam, SGD, RMSprop, AdamW, Adagrad, Adadelta, Adamax, Nadam, Ftrl, Lion, Lamb, Adafactor,
    Muon, ScheduleFreeAdamW, LossScaleOptimizer, MultiOptimizer, Optimizer,
)  # fmt: skip
REGISTRY = Registry(
    "optimizer", "keras.optimizers", {c.__name__: c for c in _CLASSES}, fold=True
)  # fmt: skip


def get(identifier: Any) -> Any:
    """The optimizer that a name (in any case), configuration, class or object means; None stays
    None.

    Raises: ArgumentError that names the nearest optimizers, or a number outside its legal values.
    """
    found = REGISTRY.get(identifier, lambda found: isinstance(found, Optimizer))
    if found is not None:
        check_own(found)
    return found


def serialize(optimizer: Any) -> dict[str, Any]:
    """The configuration of an optimizer, without its state."""
    return REGISTRY.serialize(optimizer)


def deserialize(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The optimizer that a configuration describes."""
    return REGISTRY.deserialize(config, custom_objects)


__all__ = [
    "SGD", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Lamb", "Lion",
    "LossScaleOptimizer", "MultiOptimizer", "Muon", "Nadam", "Optimizer", "OptimizerMap", "RMSprop",
    "ScheduleFreeAdamW", "deserialize", "get", "schedules", "serialize",
]  # fmt: skip

__getattr__ = names_only("lamina.optimizers", __all__)
