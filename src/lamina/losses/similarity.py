"""Circle loss: embeddings of one class near, of others far, each pair weighed by how wrong it is.

Sun et al. 2020, "Circle loss: a unified perspective of pair similarity optimization".
"""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.graph.tensor import Tensor
from lamina.losses.base import LossFunctionWrapper


def circle(
    y_true: Any, y_pred: Any, ref_labels: Any = None, ref_embeddings: Any = None,
    remove_diagonal: bool = True, gamma: float = 80, margin: float = 0.4,
) -> Tensor:  # fmt: skip
    """softplus(logsumexp over the same class + logsumexp over others), of d = 1 - cosine:
    -gamma (m + d)+ (m - d) for the same, gamma (1 + m - d)+ (1 - m - d) for others.

    Rows whose loss is 0 are masked.

    Shapes: y_true (B,) of classes, y_pred (B, size) of length 1; ref_labels and ref_embeddings
        those to compare with, by default the same -> (B,).
    """
    y_pred, y_true = ops.convert_to_tensor(y_pred), ops.cast(y_true, "int32")
    others = y_pred if ref_embeddings is None else ops.convert_to_tensor(ref_embeddings)
    labels = y_true if ref_labels is None else ops.cast(ref_labels, "int32")
    rows, columns = ops.reshape(y_true, (-1, 1)), ops.reshape(labels, (1, -1))
    same = ops.equal(rows, columns)
    other = ops.logical_not(same)
    if remove_diagonal:
        places = [ops.arange(x.shape[a], dtype="int32") for x, a in ((rows, 0), (columns, 1))]
        diagonal = ops.equal(ops.reshape(places[0], (-1, 1)), ops.reshape(places[1], (1, -1)))
        same = ops.logical_and(same, ops.logical_not(diagonal))
    d = ops.maximum(1 - ops.matmul(y_pred, ops.transpose(others)), 0.0)
    near = -gamma * ops.maximum(margin + d, 0.0) * (margin - d)
    far = gamma * ops.maximum(1 + margin - d, 0.0) * (1 - margin - d)
    loss = ops.softplus(_of_pairs(near, same) + _of_pairs(far, other))
    loss._keras_mask = ops.greater(loss, 0)
    return loss


def _of_pairs(scores: Tensor, chosen: Tensor) -> Tensor:
    """log of the sum of exp over the chosen pairs of each row, -inf where there are none.

    The largest score is taken off first, so that rows without a pair have no NaN in their gradient.
    """
    some = ops.any(chosen, axis=1)
    top = ops.max(ops.where(chosen, scores, float("-inf")), axis=1, keepdims=True)
    top = ops.stop_gradient(ops.where(ops.isfinite(top), top, 0.0))
    total = ops.sum(ops.where(chosen, ops.exp(ops.where(chosen, scores - top, 0.0)), 0.0), axis=1)
    found = ops.log(ops.where(some, total, 1.0)) + ops.squeeze(top, axis=1)
    return ops.where(some, found, float("-inf"))


class Circle(LossFunctionWrapper):
    """Circle loss of embeddings of length 1 and their classes."""

    def __init__(
        self, gamma: float = 80.0, margin: float = 0.4, remove_diagonal: bool = True,
        reduction: str | None = "sum_over_batch_size", name: str = "circle", dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(
            circle, reduction, name, dtype, gamma=gamma, margin=margin,
            remove_diagonal=remove_diagonal,
        )  # fmt: skip
