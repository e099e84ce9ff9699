"""Intersection over union of classes, for segmentation, from a confusion matrix."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.errors import ArgumentError
from lamina.graph import dtypes
from lamina.graph.tensor import Tensor
from lamina.metrics.base import Metric


class IoU(Metric):
    """Mean over the target classes of true positives / (true + false positives + false negatives).

    Args:
        num_classes: how many classes there are; labels outside are left out.
        target_class_ids: which of them are averaged.
        ignore_class: labels of this class are left out.
        sparse_y_true, sparse_y_pred: whether they are class numbers, or scores along `axis`.
        dtype: of the confusion matrix, default int32.
    """

    _direction = "up"

    def __init__(
        self, num_classes: int, target_class_ids: Sequence[int], name: str | None = None,
        dtype: Any = None, ignore_class: int | None = None, sparse_y_true: bool = True,
        sparse_y_pred: bool = True, axis: int = -1,
    ) -> None:  # fmt: skip
        super().__init__(dtype or "int32", name)
        self.target_class_ids = list(target_class_ids)
        if max(self.target_class_ids) >= num_classes:
            raise ArgumentError(
                f"{type(self).__name__}(target_class_ids=...)",
                f"needs numbers below {num_classes}", repr(self.target_class_ids),
                "raise num_classes",
            )  # fmt: skip
        self.num_classes, self.ignore_class, self.axis = num_classes, ignore_class, axis
        self.sparse_y_true, self.sparse_y_pred = sparse_y_true, sparse_y_pred
        self.total_cm = self.add_variable(
            (num_classes, num_classes), dtype=self.dtype, name="total_confusion_matrix"
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Counts a batch."""
        if not self.sparse_y_true:
            y_true = ops.argmax(y_true, axis=self.axis)
        if not self.sparse_y_pred:
            y_pred = ops.argmax(y_pred, axis=self.axis)
        y_true, y_pred = ops.cast(y_true, "int32"), ops.cast(y_pred, "int32")
        labels, guesses = ops.reshape(y_true, (-1,)), ops.reshape(y_pred, (-1,))
        weights = self._weights(sample_weight, y_true, labels)
        legal = ops.logical_and(
            _within(labels, self.num_classes), _within(guesses, self.num_classes)
        )
        if self.ignore_class is not None:
            legal = ops.logical_and(legal, ops.not_equal(labels, self.ignore_class))
        weights = ops.where(legal, weights, ops.zeros_like(weights))
        places = ops.where(legal, labels * self.num_classes + guesses, ops.zeros_like(labels))
        counts = ops.scatter(ops.expand_dims(places, -1), weights, (self.num_classes**2,))
        self.total_cm.assign_add(ops.reshape(counts, (self.num_classes, self.num_classes)))

    def _weights(self, sample_weight: Any, y_true: Tensor, labels: Tensor) -> Tensor:
        """One weight for each of the flat labels; weights per row are repeated along the row."""
        if sample_weight is None:
            return ops.cast(ops.ones_like(labels), self.dtype)
        weights = ops.convert_to_tensor(sample_weight)
        if dtypes.is_float(weights.dtype) and dtypes.is_integer(self.dtype):
            warnings.warn(
                f"{type(self).__name__} counts in {self.dtype} and truncates sample weights of "
                f"{weights.dtype}; pass dtype='float32' to keep them",
                stacklevel=3,
            )
        weights = ops.cast(weights, self.dtype)
        if len(weights.shape) == 1 and weights.shape[0] == y_true.shape[0]:
            weights = ops.reshape(weights, (-1, *[1] * (len(y_true.shape) - 1)))
            weights = ops.broadcast_to(weights, y_true.shape)
        if len(weights.shape) > 1:
            weights = ops.reshape(weights, (-1,))
        return ops.broadcast_to(weights, labels.shape)

    def result(self) -> Tensor:
        """The mean over the target classes that occur."""
        matrix = ops.cast(self.total_cm, "float32")
        right = ops.diagonal(matrix)
        either = ops.sum(matrix, axis=0) + ops.sum(matrix, axis=1) - right
        chosen = ops.convert_to_tensor(self.target_class_ids, dtype="int32")
        right, either = ops.take(right, chosen), ops.take(either, chosen)
        occurs = ops.greater(either, 1e-9)
        scores = ops.where(occurs, right / (either + dtypes.epsilon()), 0.0)
        return ops.sum(scores) / (ops.sum(ops.cast(occurs, "float32")) + dtypes.epsilon())

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric."""
        return {
            **super().get_config(), "num_classes": self.num_classes,
            "target_class_ids": self.target_class_ids, "ignore_class": self.ignore_class,
            "sparse_y_true": self.sparse_y_true, "sparse_y_pred": self.sparse_y_pred,
            "axis": self.axis,
        }  # fmt: skip

    def _without(self, *names: str) -> dict[str, Any]:
        return {key: value for key, value in IoU.get_config(self).items() if key not in names}


def _within(classes: Tensor, count: int) -> Tensor:
    return ops.logical_and(ops.greater_equal(classes, 0), ops.less(classes, count))


class BinaryIoU(IoU):
    """IoU of the classes 0 and 1, predictions being scores that a threshold turns into classes."""

    def __init__(
        self, target_class_ids: Sequence[int] = (0, 1), threshold: float = 0.5,
        name: str | None = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = threshold

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Counts a batch."""
        scores = ops.cast(y_pred, "float32")
        super().update_state(y_true, ops.greater_equal(scores, self.threshold), sample_weight)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric."""
        fixed = ("num_classes", "ignore_class", "sparse_y_true", "sparse_y_pred", "axis")
        return {**self._without(*fixed), "threshold": self.threshold}


class MeanIoU(IoU):
    """IoU averaged over all classes."""

    def __init__(
        self, num_classes: int, name: str | None = None, dtype: Any = None,
        ignore_class: int | None = None, sparse_y_true: bool = True, sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:  # fmt: skip
        super().__init__(
            num_classes, range(num_classes), name, dtype, ignore_class, sparse_y_true,
            sparse_y_pred, axis,
        )  # fmt: skip

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric."""
        return self._without("target_class_ids")


class OneHotIoU(IoU):
    """IoU where targets are one-hot and outputs are scores."""

    def __init__(
        self, num_classes: int, target_class_ids: Sequence[int], name: str | None = None,
        dtype: Any = None, ignore_class: int | None = None, sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:  # fmt: skip
        super().__init__(
            num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric."""
        return self._without("sparse_y_true")


class OneHotMeanIoU(MeanIoU):
    """IoU averaged over all classes, where targets are one-hot and outputs are scores."""

    def __init__(
        self, num_classes: int, name: str | None = None, dtype: Any = None,
        ignore_class: int | None = None, sparse_y_pred: bool = False, axis: int = -1,
    ) -> None:  # fmt: skip
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal metric."""
        return self._without("target_class_ids", "sparse_y_true")
