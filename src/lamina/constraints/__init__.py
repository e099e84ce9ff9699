"""Constraints: what a weight is replaced by after each update."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lamina import ops
from lamina.graph.dtypes import epsilon
from lamina.graph.tensor import Tensor
from lamina.naming import snake_case
from lamina.registry import Registry, names_only


class Constraint:
    """Base of all constraints. A subclass defines `__call__(w)`, which returns the new weight."""

    def __call__(self, w: Any) -> Any:
        """The weight itself. Override it."""
        return w

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal constraint."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The constraint that `get_config` describes."""
        return cls(**config)


def _norms(w: Tensor, axis: Any) -> Tensor:
    return ops.sqrt(ops.sum(ops.square(w), axis=axis, keepdims=True))


class MaxNorm(Constraint):
    """w scaled down where its norm along `axis` exceeds `max_value`."""

    def __init__(self, max_value: float = 2, axis: Any = 0) -> None:
        self.max_value, self.axis = max_value, axis

    def __call__(self, w: Any) -> Tensor:
        """The constrained weight."""
        w = ops.convert_to_tensor(w)
        norms = _norms(w, self.axis)
        return w * (ops.clip(norms, 0, self.max_value) / (epsilon() + norms))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal constraint."""
        return {"max_value": self.max_value, "axis": self.axis}


class NonNeg(Constraint):
    """max(w, 0)."""

    def __call__(self, w: Any) -> Tensor:
        """The constrained weight."""
        return ops.maximum(w, 0)


class UnitNorm(Constraint):
    """w divided by its norm along `axis`."""

    def __init__(self, axis: Any = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> Tensor:
        """The constrained weight."""
        w = ops.convert_to_tensor(w)
        return w / (epsilon() + _norms(w, self.axis))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal constraint."""
        return {"axis": self.axis}


class MinMaxNorm(Constraint):
    """w scaled towards a norm along `axis` between `min_value` and `max_value`, by the fraction
    `rate` of the way.
    """

    def __init__(
        self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0
    ) -> None:
        self.min_value, self.max_value, self.rate, self.axis = min_value, max_value, rate, axis

    def __call__(self, w: Any) -> Tensor:
        """The constrained weight."""
        w = ops.convert_to_tensor(w)
        norms = _norms(w, self.axis)
        bounded = ops.clip(norms, self.min_value, self.max_value)
        desired = self.rate * bounded + (1 - self.rate) * norms
        return w * (desired / (epsilon() + norms))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal constraint."""
        return {
            "min_value": self.min_value, "max_value": self.max_value, "rate": self.rate,
            "axis": self.axis,
        }  # fmt: skip


_CLASSES = (MaxNorm, NonNeg, UnitNorm, MinMaxNorm, Constraint)
REGISTRY = Registry(
    "constraint",
    "keras.constraints",
    {**{snake_case(c.__name__): c for c in _CLASSES}, **{c.__name__: c for c in _CLASSES}},
)
max_norm, non_neg, unit_norm, min_max_norm = MaxNorm, NonNeg, UnitNorm, MinMaxNorm


def get(identifier: Any) -> Any:
    """The constraint that a name, configuration, class, function or object means; None stays None.

    Raises: ArgumentError that names the nearest constraints.
    """
    return REGISTRY.get(identifier)


def serialize(constraint: Any) -> dict[str, Any]:
    """The configuration of a constraint."""
    return REGISTRY.serialize(constraint)


def deserialize(
    config: Mapping[str, Any] | str, custom_objects: Mapping[str, Any] | None = None
) -> Any:
    """The constraint that a configuration describes."""
    return REGISTRY.deserialize(config, custom_objects)


__all__ = [
    "Constraint", "MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm", "deserialize", "get", "max_norm",
    "min_max_norm", "non_neg", "serialize", "unit_norm",
]  # fmt: skip

__getattr__ = names_only("lamina.constraints", __all__)
