"""Metrics that are the mean of a loss function over all rows."""

from __future__ import annotations

from typing import Any

from lamina import losses, ops
from lamina.graph.tensor import Tensor
from lamina.losses.base import aligned
from lamina.metrics.reduction import Mean, MeanMetricWrapper


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Tensor:
    """The cosine of the angle between y_true and y_pred along `axis` (the loss is its
    negative).
    """
    return ops.negative(losses.cosine_similarity(y_true, y_pred, axis=axis))


class MeanSquaredError(MeanMetricWrapper):
    """Mean of (y_true - y_pred)^2."""

    def __init__(self, name: str | None = "mean_squared_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_squared_error, name, dtype)


class RootMeanSquaredError(Mean):
    """Square root of the mean of (y_true - y_pred)^2."""

    _direction = "down"

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(name, dtype)

    def update_state(  # type: ignore[override]
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        """Adds a batch of squared errors."""
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        y_true, y_pred = aligned(y_true, y_pred)
        super().update_state(ops.square(y_pred - y_true), sample_weight)

    def result(self) -> Tensor:
        """The root of the mean."""
        return ops.sqrt(super().result())


class MeanAbsoluteError(MeanMetricWrapper):
    """Mean of |y_true - y_pred|."""

    def __init__(self, name: str | None = "mean_absolute_error", dtype: Any = None) -> None:
        super().__init__(losses.mean_absolute_error, name, dtype)


class MeanAbsolutePercentageError(MeanMetricWrapper):
    """Mean of 100 |y_true - y_pred| / |y_true|."""

    def __init__(
        self, name: str | None = "mean_absolute_percentage_error", dtype: Any = None
    ) -> None:
        super().__init__(losses.mean_absolute_percentage_error, name, dtype)


class MeanSquaredLogarithmicError(MeanMetricWrapper):
    """Mean of (log(1 + y_true) - log(1 + y_pred))^2."""

    def __init__(
        self, name: str | None = "mean_squared_logarithmic_error", dtype: Any = None
    ) -> None:
        super().__init__(losses.mean_squared_logarithmic_error, name, dtype)


class LogCoshError(MeanMetricWrapper):
    """Mean of log(cosh(y_pred - y_true))."""

    def __init__(self, name: str | None = "logcosh", dtype: Any = None) -> None:
        super().__init__(losses.log_cosh, name, dtype)


class CosineSimilarity(MeanMetricWrapper):
    """Mean cosine of the angle between y_true and y_pred along `axis`.

    Keras: same arguments; the configuration holds `axis`, which Keras' leaves out.
    """

    _direction = "up"

    def __init__(
        self, name: str | None = "cosine_similarity", dtype: Any = None, axis: int = -1
    ) -> None:
        super().__init__(cosine_similarity, name, dtype, axis=axis)


class KLDivergence(MeanMetricWrapper):
    """Mean over rows of the sum of t log(t / p)."""

    def __init__(self, name: str | None = "kl_divergence", dtype: Any = None) -> None:
        super().__init__(losses.kl_divergence, name, dtype)


class Poisson(MeanMetricWrapper):
    """Mean of p - t log p."""

    def __init__(self, name: str | None = "poisson", dtype: Any = None) -> None:
        super().__init__(losses.poisson, name, dtype)


class BinaryCrossentropy(MeanMetricWrapper):
    """Mean of -(t log p + (1 - t) log(1 - p))."""

    def __init__(
        self, name: str | None = "binary_crossentropy", dtype: Any = None,
        from_logits: bool = False, label_smoothing: float = 0,
    ) -> None:  # fmt: skip
        super().__init__(
            losses.binary_crossentropy, name, dtype,
            from_logits=from_logits, label_smoothing=label_smoothing,
        )  # fmt: skip


class CategoricalCrossentropy(MeanMetricWrapper):
    """Mean over rows of -sum t log p for one-hot targets."""

    def __init__(
        self, name: str | None = "categorical_crossentropy", dtype: Any = None,
        from_logits: bool = False, label_smoothing: float = 0, axis: int = -1,
    ) -> None:  # fmt: skip
        super().__init__(
            losses.categorical_crossentropy, name, dtype,
            from_logits=from_logits, label_smoothing=label_smoothing, axis=axis,
        )  # fmt: skip


class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """Mean over rows of -log p of the class whose number is the target."""

    def __init__(
        self, name: str | None = "sparse_categorical_crossentropy", dtype: Any = None,
        from_logits: bool = False, ignore_class: int | None = None, axis: int = -1,
    ) -> None:  # fmt: skip
        super().__init__(
            losses.sparse_categorical_crossentropy, name, dtype,
            from_logits=from_logits, ignore_class=ignore_class, axis=axis,
        )  # fmt: skip


class Hinge(MeanMetricWrapper):
    """Mean of max(1 - y_true y_pred, 0)."""

    def __init__(self, name: str | None = "hinge", dtype: Any = None) -> None:
        super().__init__(losses.hinge, name, dtype)


class SquaredHinge(MeanMetricWrapper):
    """Mean of max(1 - y_true y_pred, 0)^2."""

    def __init__(self, name: str | None = "squared_hinge", dtype: Any = None) -> None:
        super().__init__(losses.squared_hinge, name, dtype)


class CategoricalHinge(MeanMetricWrapper):
    """Mean of max(neg - pos + 1, 0) for one-hot targets."""

    def __init__(self, name: str | None = "categorical_hinge", dtype: Any = None) -> None:
        super().__init__(losses.categorical_hinge, name, dtype)
