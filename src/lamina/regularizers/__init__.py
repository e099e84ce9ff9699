"""Regularizers: what a weight, or an activity, adds to the loss."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from lamina import ops
from lamina.errors import ArgumentError, ShapeError, UnsupportedError
from lamina.graph.tensor import Tensor
from lamina.naming import snake_case
from lamina.registry import Registry, names_only


class Regularizer:
    """Base of all regularizers. A subclass defines `__call__(x)`, which returns a scalar."""

    def __call__(self, x: Any) -> Any:
        """What x adds to the loss: nothing. Override it."""
        return 0.0

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal regularizer. Override it."""
        raise UnsupportedError(
            type(self).__name__, "does not say how it is made", "a class without `get_config`",
            "define get_config(self)",
        )  # fmt: skip

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The regularizer that `get_config` describes."""
        return cls(**config)


def _factor(where: str, value: Any, default: float) -> float:
    if value is None:
        return default
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value < 0:
        raise ArgumentError(
            where, "needs a number that is finite and not negative", repr(value),
            "pass for instance 0.01",
        )  # fmt: skip
    return float(value)


class L1L2(Regularizer):
    """l1 * sum |x| + l2 * sum x^2."""

    def __init__(self, l1: float | None = 0.0, l2: float | None = 0.0) -> None:
        self.l1 = _factor("L1L2(l1=...)", l1, 0.0)
        self.l2 = _factor("L1L2(l2=...)", l2, 0.0)

    def __call__(self, x: Any) -> Tensor:
        """What x adds to the loss."""
        x = ops.convert_to_tensor(x)
        total = ops.cast(0.0, x.dtype)
        if self.l1:
            total = total + self.l1 * ops.sum(ops.absolute(x))
        if self.l2:
            total = total + self.l2 * ops.sum(ops.square(x))
        return total

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal regularizer."""
        return {"l1": self.l1, "l2": self.l2}


class L1(Regularizer):
    """l1 * sum |x|."""

    def __init__(self, l1: float | None = 0.01) -> None:
        self.l1 = _factor("L1(l1=...)", l1, 0.01)

    def __call__(self, x: Any) -> Tensor:
        """What x adds to the loss."""
        return ops.multiply(self.l1, ops.sum(ops.absolute(x)))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal regularizer."""
        return {"l1": self.l1}


class L2(Regularizer):
    """l2 * sum x^2."""

    def __init__(self, l2: float | None = 0.01) -> None:
        self.l2 = _factor("L2(l2=...)", l2, 0.01)

    def __call__(self, x: Any) -> Tensor:
        """What x adds to the loss."""
        return ops.multiply(self.l2, ops.sum(ops.square(x)))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal regularizer."""
        return {"l2": self.l2}


class OrthogonalRegularizer(Regularizer):
    """factor times the mean |cosine| between different rows (or columns) of a matrix."""

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        self.factor = _factor("OrthogonalRegularizer(factor=...)", factor, 0.01)
        if mode not in ("rows", "columns"):
            raise ArgumentError(
                "OrthogonalRegularizer(mode=...)", "needs 'rows' or 'columns'", repr(mode),
                "use mode='rows'",
            )  # fmt: skip
        self.mode = mode

    def __call__(self, x: Any) -> Tensor:
        """What the matrix adds to the loss.

        Raises: ShapeError unless x has two axes.
        """
        x = ops.convert_to_tensor(x)
        if len(x.shape) != 2:
            raise ShapeError(
                "OrthogonalRegularizer", "needs a matrix", f"shape {tuple(x.shape)}",
                "use it on weights of two axes",
            )  # fmt: skip
        rows = ops.normalize(x if self.mode == "rows" else ops.transpose(x), axis=1)
        size = int(rows.shape[0])
        cosines = ops.matmul(rows, ops.transpose(rows)) * (1.0 - ops.eye(size, dtype=x.dtype))
        pairs = size * (size - 1.0) / 2.0
        return self.factor * 0.5 * ops.sum(ops.absolute(cosines)) / pairs

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal regularizer."""
        return {"factor": self.factor, "mode": self.mode}


_CLASSES = (L1, L2, L1L2, OrthogonalRegularizer, Regularizer)
REGISTRY = Registry(
    "regularizer",
    "keras.regularizers",
    {
        **{snake_case(c.__name__): c for c in _CLASSES},
        **{c.__name__: c for c in _CLASSES},
        "l1_l2": L1L2,
    },
)
l1, l2, l1_l2, orthogonal_regularizer = L1, L2, L1L2, OrthogonalRegularizer


def get(identifier: Any) -> Any:
    """The regularizer that a name, configuration, class, function or object means; None stays
    None.

    Raises: ArgumentError that names the nearest regularizers.
    """
    return REGISTRY.get(identifier)


def serialize(regularizer: Any) -> dict[str, Any]:
    """The configuration of a regularizer."""
    return REGISTRY.serialize(regularizer)


def deserialize(
    config: Mapping[str, Any] | str, custom_objects: Mapping[str, Any] | None = None
) -> Any:
    """The regularizer that a configuration describes."""
    return REGISTRY.deserialize(config, custom_objects)


__all__ = [
    "L1", "L1L2", "L2", "OrthogonalRegularizer", "Regularizer", "deserialize", "get", "l1",
    "l1_l2", "l2", "orthogonal_regularizer", "serialize",
]  # fmt: skip

__getattr__ = names_only("lamina.regularizers", __all__)
