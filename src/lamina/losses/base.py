"""Loss: values per row from `call`, then weights, a mask and a reduction, the same for all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina import ops
from lamina.errors import ArgumentError, UnsupportedError
from lamina.graph import dtypes
from lamina.graph.structure import flatten, map_structure, pack
from lamina.graph.tensor import BatchSize, Tensor, mask_of
from lamina.naming import auto_name
from lamina.registry import function_config

REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)


class Loss:
    """Base of all losses. A subclass defines `call(y_true, y_pred)`, which returns values per row.

    Args:
        name: default the class name in snake case, numbered.
        reduction: "sum_over_batch_size" or "mean": the sum over all values divided by their
            number; "mean_with_sample_weight": divided by the sum of the weights; "sum"; "none" or
            None: the values themselves.
        dtype: in which it computes, default floatx; targets and predictions are cast to it.
    """

    def __init__(
        self, name: str | None = None, reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:  # fmt: skip
        self.name = name or auto_name(self)
        self.reduction = check_reduction(type(self).__name__, reduction)
        self._dtype = dtypes.standard(getattr(dtype, "name", dtype))

    @property
    def dtype(self) -> str:
        """The dtype in which the loss computes."""
        return self._dtype

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The reduced loss.

        A mask of `y_pred`, or one that `call` leaves on its values, takes values out of the mean.
        """
        masks = [mask_of(leaf) for leaf in flatten(y_pred)]
        y_true, y_pred = self._converted(y_true), self._converted(y_pred)
        values = self.call(y_true, y_pred)
        mask = masks[0] if len(masks) == 1 else None
        own = mask_of(values)
        if own is not None:
            mask = own if mask is None else ops.logical_and(mask, own)
        return reduce_weighted_values(values, sample_weight, mask, self.reduction, self.dtype)

    def _converted(self, value: Any) -> Any:
        """Tensors of the loss's dtype, in the structure given; lists of numbers are one tensor."""
        if all(isinstance(leaf, bool | int | float) for leaf in flatten(value)):
            return ops.convert_to_tensor(value, dtype=self.dtype)
        return map_structure(
            lambda x: None if x is None else ops.convert_to_tensor(x, dtype=self.dtype), value
        )

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The values per row, before weights and reduction. Override it."""
        raise UnsupportedError(
            type(self).__name__, "does not say what it computes", "a class without `call`",
            "define call(self, y_true, y_pred)",
        )  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal loss."""
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The loss that `get_config` describes."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


class LossFunctionWrapper(Loss):
    """A function (y_true, y_pred, **options) -> values per row, as a Loss.

    The options are attributes of the object too.
    """

    def __init__(
        self, fn: Callable[..., Any], reduction: str | None = "sum_over_batch_size",
        name: str | None = None, dtype: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(name, reduction, dtype)
        self.fn = fn
        self.options = kwargs
        self.__dict__.update(kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """fn of targets and predictions, brought to one rank where the last axis is 1."""
        targets, outputs = flatten(y_true), flatten(y_pred)
        if len(targets) == len(outputs):
            pairs = [_same_rank(t, p) for t, p in zip(targets, outputs, strict=True)]
            y_true = pack(y_true, [pair[0] for pair in pairs])
            y_pred = pack(y_pred, [pair[1] for pair in pairs])
        return self.fn(y_true, y_pred, **self.options)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal loss; the function by name where it was given."""
        config = {**super().get_config(), **self.options}
        if type(self) is LossFunctionWrapper:
            config["fn"] = function_config(self.fn)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The loss that `get_config` describes."""
        from lamina.losses import deserialize

        if isinstance(config.get("fn"), dict):
            config = {**config, "fn": deserialize(config["fn"])}
        return cls(**config)


def check_reduction(where: str, reduction: str | None) -> str | None:
    """The reduction itself; ArgumentError if there is none of this name."""
    if reduction not in REDUCTIONS:
        raise ArgumentError(
            f"{where}(reduction=...)", "has no such reduction", repr(reduction),
            f"use one of {', '.join(map(repr, REDUCTIONS))}",
        )  # fmt: skip
    return reduction


def count_of(x: Tensor, dtype: str) -> Tensor:
    """The number of elements as a scalar; of a partial batch only those of rows that are there."""
    fixed, rows = 1, None
    for size in x.shape:
        if isinstance(size, BatchSize):
            rows = size
        else:
            fixed *= int(size)
    total = ops.cast(fixed, dtype)
    return total if rows is None else ops.multiply(ops.cast(rows, dtype), total)


def _same_rank(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    if isinstance(y_true, Tensor) and isinstance(y_pred, Tensor):
        return squeeze_or_expand_to_same_rank(y_true, y_pred)
    return y_true, y_pred


def squeeze_or_expand_to_same_rank(
    x1: Tensor, x2: Tensor, expand_rank_1: bool = True
) -> tuple[Tensor, Tensor]:
    """Where ranks differ by one and the longer shape ends in 1, makes the ranks equal.

    A vector gains an axis (unless `expand_rank_1` is False); anything else makes the other lose
    its last.
    """
    if len(x1.shape) == len(x2.shape) + 1 and x1.shape[-1] == 1:
        if len(x2.shape) == 1 and expand_rank_1:
            return x1, ops.expand_dims(x2, axis=-1)
        return ops.squeeze(x1, axis=-1), x2
    if len(x2.shape) == len(x1.shape) + 1 and x2.shape[-1] == 1:
        x2, x1 = squeeze_or_expand_to_same_rank(x2, x1, expand_rank_1)
    return x1, x2


def aligned(y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    """Targets in the dtype of the predictions, both of one rank."""
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true, dtype=y_pred.dtype)
    return squeeze_or_expand_to_same_rank(y_true, y_pred)


def reduce_weighted_values(
    values: Any, sample_weight: Any = None, mask: Any = None,
    reduction: str | None = "sum_over_batch_size", dtype: Any = None,
) -> Tensor:  # fmt: skip
    """Values times weights, reduced; masked values count neither in the sum nor in its divisor.

    Shapes: values (B, ...); sample_weight and mask broadcast against them, (B,) or (B, ...).
    """
    values = ops.convert_to_tensor(values, dtype=dtype)
    if sample_weight is not None:
        sample_weight = ops.convert_to_tensor(sample_weight, dtype=dtype)
    sample_weight = apply_mask(sample_weight, mask, values.dtype, reduction)
    if sample_weight is not None:
        sample_weight = ops.cast(sample_weight, values.dtype)
        values, sample_weight = squeeze_or_expand_to_same_rank(values, sample_weight)
        values = ops.multiply(values, sample_weight)
    return _reduced(values, sample_weight, reduction)


def _reduced(values: Tensor, sample_weight: Tensor | None, reduction: str | None) -> Tensor:
    if reduction in (None, "none") or values.shape == () or tuple(values.shape) == (0,):
        return values
    total = ops.sum(values)
    if reduction == "sum":
        return total
    if reduction == "mean_with_sample_weight" and sample_weight is not None:
        divisor = ops.cast(ops.sum(sample_weight), total.dtype)
    else:
        divisor = count_of(values, total.dtype)
    return ops.divide_no_nan(total, divisor)


def apply_mask(sample_weight: Any, mask: Any, dtype: str, reduction: str | None) -> Tensor | None:
    """Weights that contain the mask: 0 where it is False.

    For a mean the others become total / valid, so that dividing by the number of all values gives
    the mean over the valid ones.
    """
    if mask is None:
        return None if sample_weight is None else ops.convert_to_tensor(sample_weight)
    mask = ops.convert_to_tensor(mask)
    weight = ops.cast(mask, dtype)
    if reduction in ("mean", "sum_over_batch_size"):
        scale = ops.divide_no_nan(count_of(mask, dtype), ops.sum(weight))
        weight = ops.where(ops.cast(mask, "bool"), scale, ops.cast(0, dtype))
    if sample_weight is None:
        return weight
    sample_weight = ops.cast(ops.convert_to_tensor(sample_weight), dtype)
    weight, sample_weight = squeeze_or_expand_to_same_rank(weight, sample_weight)
    return ops.multiply(sample_weight, weight)
