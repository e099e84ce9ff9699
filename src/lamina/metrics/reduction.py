"""Metrics that add up: Sum, Mean, and a function's mean over all rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from lamina import losses, ops
from lamina.graph.tensor import Tensor, mask_of
from lamina.losses.base import apply_mask, squeeze_or_expand_to_same_rank
from lamina.metrics.base import Metric
from lamina.registry import function_config


def per_row(
    values: Any, sample_weight: Any, reduce: Callable[..., Tensor], dtype: str
) -> tuple[Tensor, Tensor | None]:
    """Values (B, ...) times weights, reduced to (B,), and the weights reduced to (B,).

    Weights may have fewer axes than the values: those they lack are reduced first.
    """
    mask = mask_of(values)
    values = ops.cast(values, dtype)
    if sample_weight is not None:
        sample_weight = ops.convert_to_tensor(sample_weight, dtype=dtype)
        if mask is not None:
            sample_weight = apply_mask(sample_weight, mask, dtype, "sum")
        values, sample_weight = squeeze_or_expand_to_same_rank(values, sample_weight)
        rank = len(sample_weight.shape)
        if len(values.shape) > rank:
            values = reduce(values, axis=list(range(rank, len(values.shape))))
        sample_weight = ops.broadcast_to(sample_weight, values.shape)
        values = ops.multiply(values, sample_weight)
        if rank > 1:
            sample_weight = reduce(sample_weight, axis=list(range(1, rank)))
    if len(values.shape) > 1:
        values = reduce(values, axis=list(range(1, len(values.shape))))
    return values, sample_weight


class Sum(Metric):
    """The weighted sum of all values it is given."""

    def __init__(self, name: str | None = "sum", dtype: Any = None) -> None:
        super().__init__(dtype, name)
        self.total = self.add_variable((), "zeros", self.dtype, name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Adds the values, times weights if there are any."""
        values, _ = per_row(values, sample_weight, ops.sum, self.dtype)
        self.total.assign_add(ops.sum(values))

    def result(self) -> Tensor:
        """The sum."""
        return ops.cast(self.total, self.dtype)

    def result_of(self, values: Sequence[np.ndarray]) -> Any:
        """The result were the variables these."""
        if type(self).result is not Sum.result:
            return super().result_of(values)
        return values[0]


class Mean(Metric):
    """The weighted mean of all values it is given: sum of w v / sum of w."""

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(dtype, name)
        self.total = self.add_variable((), "zeros", self.dtype, name="total")
        self.count = self.add_variable((), "zeros", self.dtype, name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Adds the values; each row counts by its weight, or once."""
        values, sample_weight = per_row(values, sample_weight, ops.mean, self.dtype)
        self.total.assign_add(ops.sum(values))
        if sample_weight is not None:
            rows: Any = ops.sum(sample_weight)
        else:
            rows = values.shape[0] if len(values.shape) else 1
        self.count.assign_add(ops.cast(rows, self.dtype))

    def result(self) -> Tensor:
        """The mean, 0 before the first row."""
        return ops.divide_no_nan(self.total, self.count)

    def result_of(self, values: Sequence[np.ndarray]) -> Any:
        """The result were the variables these."""
        if type(self).result is not Mean.result:
            return super().result_of(values)
        total, count = values[0], values[1]
        return total / count if count else np.zeros_like(total)


class MeanMetricWrapper(Mean):
    """The mean over all rows of a function (y_true, y_pred, **options) -> values per row.

    The options are attributes of the object too. A mask of y_pred takes its entries out.

    Attributes:
        aligns: whether the function gets targets of the rank of the predictions, (B, 1) of (B,), as
            in Keras 2; the compatibility layer sets it.
    """

    aligns: ClassVar[bool] = False

    def __init__(
        self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(name, dtype)
        self._fn = fn
        self._options = kwargs
        if self._direction is None and fn in losses.REGISTRY.table.values():
            self._direction = "down"
        self.__dict__.update(kwargs)

    def update_state(  # type: ignore[override]
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        """Adds a batch of targets and predictions."""
        mask = mask_of(y_pred)
        if self.aligns:
            tensors = map(ops.convert_to_tensor, (y_true, y_pred))
            y_true, y_pred = squeeze_or_expand_to_same_rank(*tensors)
        values = self._fn(y_true, y_pred, **self._options)
        sample_weight = apply_mask(sample_weight, mask, self.dtype, "sum")
        super().update_state(values, sample_weight)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric; the function by name where it was given."""
        config = {**super().get_config(), **self._options}
        if type(self) is MeanMetricWrapper:
            config["fn"] = function_config(self._fn)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The metric that `get_config` describes."""
        from lamina.metrics import function_named

        if isinstance(config.get("fn"), dict):
            config = {**config, "fn": function_named(config["fn"]["config"])}
        return cls(**config)
