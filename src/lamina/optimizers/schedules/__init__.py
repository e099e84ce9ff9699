"""Learning rate schedules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lamina.optimizers.schedules.base import LearningRateSchedule
from lamina.optimizers.schedules.cosine import CosineDecay, CosineDecayRestarts
from lamina.optimizers.schedules.decays import (
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
)
from lamina.registry import Registry, names_only

_CLASSES = (
    ExponentialDecay, PiecewiseConstantDecay, PolynomialDecay, InverseTimeDecay, CosineDecay,
    CosineDecayRestarts,
)  # fmt: skip
REGISTRY = Registry(
    "schedule", "keras.optimizers.schedules", {c.__name__: c for c in _CLASSES}
)  # fmt: skip


def serialize(learning_rate_schedule: Any) -> dict[str, Any]:
    """The configuration of a schedule."""
    return REGISTRY.serialize(learning_rate_schedule)


def deserialize(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The schedule that a configuration describes."""
    return REGISTRY.deserialize(config, custom_objects)


__all__ = [
    "CosineDecay", "CosineDecayRestarts", "ExponentialDecay", "InverseTimeDecay",
    "LearningRateSchedule", "PiecewiseConstantDecay", "PolynomialDecay", "deserialize",
    "serialize",
]  # fmt: skip

__getattr__ = names_only("lamina.optimizers.schedules", __all__)
