"""Functions of TensorFlow 1 that have another name, or other arguments, today."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from lamina import ops
from lamina.compat.tensorflow import image, nn
from lamina.compat.tensorflow.meeting import fitted
from lamina.graph.variable import Variable
from lamina.ops.public import public
from lamina.optimizers import schedules

# ── variables ──


def assign(ref: Any, value: Any, **hints: Any) -> Any:
    """ref becomes value."""
    return ref.assign(fitted(value, ref.dtype))


def assign_add(ref: Any, value: Any, **hints: Any) -> Any:
    """ref becomes ref + value."""
    return ref.assign_add(fitted(value, ref.dtype))


def assign_sub(ref: Any, value: Any, **hints: Any) -> Any:
    """ref becomes ref - value."""
    return ref.assign_sub(fitted(value, ref.dtype))


def _scatterer(reduction: str | None) -> Callable[..., Any]:
    def scatter(ref: Any, indices: Any, updates: Any, **hints: Any) -> Any:
        rows = ops.expand_dims(indices, -1)
        return ref.assign(ops.scatter_update(ref.value, rows, updates, reduction))

    scatter.__doc__ = "Changes the rows of a variable at some indices."
    return scatter


scatter_add, scatter_update = _scatterer("add"), _scatterer(None)


@functools.cache
def _global_step() -> Variable:
    return Variable(0, dtype="int64", trainable=False, name="global_step")


def get_or_create_global_step(graph: Any = None) -> Variable:
    """The count of steps, of which there is one."""
    return _global_step()


# ── rates that fall ──


def exponential_decay(
    learning_rate: float, global_step: Any, decay_steps: int, decay_rate: float,
    staircase: bool = False, name: str | None = None,
) -> Any:  # fmt: skip
    """A schedule over the optimizer's steps, which TensorFlow 1 counted in `global_step`."""
    return schedules.ExponentialDecay(learning_rate, decay_steps, decay_rate, staircase)


def piecewise_constant(x: Any, boundaries: Any, values: Any, name: str | None = None) -> Any:
    """A schedule over the optimizer's steps."""
    return schedules.PiecewiseConstantDecay(boundaries, values)


def polynomial_decay(
    learning_rate: float, global_step: Any, decay_steps: int, end_learning_rate: float = 0.0001,
    power: float = 1.0, cycle: bool = False, name: str | None = None,
) -> Any:  # fmt: skip
    """A schedule over the optimizer's steps."""
    return schedules.PolynomialDecay(learning_rate, decay_steps, end_learning_rate, power, cycle)


# ── windows and losses ──


@public
def extract_image_patches(
    images: Any, ksizes: Any = None, strides: Any = None, rates: Any = None,
    padding: str = "VALID", name: str | None = None, sizes: Any = None,
) -> Any:  # fmt: skip
    """`tf.image.extract_patches`."""
    return image.extract_patches(images, sizes or ksizes, strides, rates, padding)


@public
def xw_plus_b(x: Any, weights: Any, biases: Any, name: str | None = None) -> Any:
    """x weights + biases."""
    return ops.add(ops.matmul(x, weights), biases)


def _mean(per_row: Any, weights: Any) -> Any:
    """The mean over all entries, or over those whose weight is not 0."""
    if isinstance(weights, int | float) and weights == 1:
        return ops.mean(per_row)
    wide = ops.broadcast_to(fitted(weights, per_row.dtype), per_row.shape)
    used = ops.sum(ops.cast(ops.not_equal(wide, 0), per_row.dtype))
    return ops.divide_no_nan(ops.sum(ops.multiply(per_row, wide)), used)


@public
def softmax_cross_entropy(
    onehot_labels: Any, logits: Any, weights: Any = 1.0, label_smoothing: float = 0.0
) -> Any:
    """The mean cross-entropy of rows of logits."""
    y = ops.cast(onehot_labels, ops.convert_to_tensor(logits).dtype)
    if label_smoothing:
        y = y * (1 - label_smoothing) + label_smoothing / int(tuple(y.shape)[-1])
    return _mean(nn.softmax_cross_entropy_with_logits(labels=y, logits=logits), weights)


@public
def sparse_softmax_cross_entropy(labels: Any, logits: Any, weights: Any = 1.0) -> Any:
    """The mean cross-entropy of rows of logits, with labels that are numbers."""
    return _mean(nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits), weights)


@public
def sigmoid_cross_entropy(
    multi_class_labels: Any, logits: Any, weights: Any = 1.0, label_smoothing: float = 0.0
) -> Any:
    """The mean binary cross-entropy of logits."""
    y = ops.cast(multi_class_labels, ops.convert_to_tensor(logits).dtype)
    y = y * (1 - label_smoothing) + 0.5 * label_smoothing
    return _mean(nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits), weights)


@public
def absolute_difference(labels: Any, predictions: Any, weights: Any = 1.0) -> Any:
    """The mean of |predictions - labels|."""
    return _mean(ops.abs(ops.subtract(predictions, labels)), weights)


@public
def huber_loss(labels: Any, predictions: Any, weights: Any = 1.0, delta: float = 1.0) -> Any:
    """The mean of half the square of errors up to delta, and on in a straight line."""
    size = ops.abs(ops.subtract(predictions, labels))
    inner = ops.minimum(size, delta)
    return _mean(inner * inner * 0.5 + delta * (size - inner), weights)
