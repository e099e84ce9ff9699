"""CTC: labels whose places in time are not known."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.errors import ShapeError
from lamina.graph.tensor import Tensor
from lamina.losses.base import LossFunctionWrapper


def ctc(y_true: Any, y_pred: Any) -> Tensor:
    """-log of the probability of the labels over all ways to spread them over the steps.

    Shapes: y_true (B, N) of classes from 1, 0 after the end; y_pred (B, T, classes) of logits,
        class 0 standing for no label -> (B,). Graves et al. 2006.
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    if y_true.ndim != 2 or y_pred.ndim != 3:
        raise ShapeError(
            "losses.ctc", "needs targets (batch, labels) and logits (batch, steps, classes)",
            f"targets of shape {tuple(y_true.shape)}, logits of shape {tuple(y_pred.shape)}",
            "return a score for each class at each step",
        )  # fmt: skip
    lengths = ops.sum(ops.cast(ops.not_equal(y_true, 0), "int32"), axis=-1)
    steps = ops.full((y_pred.shape[0],), int(y_pred.shape[1]), dtype="int32")
    return ops.ctc_loss(y_true, y_pred, lengths, steps, mask_index=0)


class CTC(LossFunctionWrapper):
    """-log of the probability of labels whose places in time are not known."""

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str = "ctc", dtype: Any = None
    ) -> None:
        super().__init__(ctc, reduction, name, dtype)
