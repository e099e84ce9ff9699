"""Functions of tensors whose defaults or meaning were others than those of lamina.ops."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina import ops
from lamina.compat.recurrent_spellings import hard_sigmoid_of_keras_1 as hard_sigmoid
from lamina.errors import ShapeError
from lamina.graph.data_format import standard_data_format
from lamina.graph.tensor import Tensor

__all__ = [
    "arange", "argmax", "argmin", "batch_dot", "batch_flatten", "batch_normalization", "bias_add",
    "categorical_crossentropy", "concatenate", "cumprod", "cumsum", "elu", "expand_dims", "gather",
    "hard_sigmoid", "l2_normalize", "normalize_batch_in_training", "one_hot", "relu", "repeat",
    "slice", "softmax", "sparse_categorical_crossentropy",
]  # fmt: skip


def arange(start: int, stop: int | None = None, step: int = 1, dtype: Any = "int32") -> Tensor:
    """Numbers from start below stop, or from 0 below start."""
    return ops.arange(start, stop, step, dtype)


def relu(x: Any, alpha: float = 0.0, max_value: Any = None, threshold: float = 0.0) -> Any:
    """x from the threshold up to max_value, alpha (x - threshold) below."""
    below = ops.multiply(alpha, ops.subtract(x, threshold))
    y = ops.where(ops.greater_equal(x, threshold), x, below)
    return y if max_value is None else ops.minimum(y, max_value)


def elu(x: Any, alpha: float = 1.0) -> Any:
    """x above 0, alpha (e^x - 1) below."""
    return ops.elu(x, alpha)


def softmax(x: Any, axis: int = -1) -> Any:
    """e^x / sum e^x over an axis."""
    return ops.softmax(x, axis)


def one_hot(indices: Any, num_classes: int) -> Any:
    """Rows with a 1 at the place of each number."""
    return ops.one_hot(indices, num_classes)


def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """- sum target log output over an axis."""
    return ops.categorical_crossentropy(target, output, from_logits, axis)


def sparse_categorical_crossentropy(
    target: Any,
    output: Any,
    from_logits: bool = False,
    axis: int = -1,
    ignore_class: int | None = None,
) -> Any:
    """- log output at the place of the class; 0 where the class is `ignore_class`."""
    if ignore_class is None:
        return ops.sparse_categorical_crossentropy(target, output, from_logits, axis)
    counts = ops.not_equal(target, ignore_class)
    known = ops.where(counts, target, ops.zeros_like(target))
    values = ops.sparse_categorical_crossentropy(known, output, from_logits, axis)
    return ops.where(counts, values, ops.zeros_like(values))


def repeat(x: Any, n: int) -> Any:
    """(B, D) -> (B, n, D)."""
    return ops.repeat(ops.expand_dims(x, 1), n, 1)


def slice(x: Any, start: Sequence[int], size: Sequence[int]) -> Any:
    """The block that begins at `start`; a size of -1 goes to the end."""
    ends = [None if n == -1 else i + n for i, n in zip(start, size, strict=True)]
    return x[tuple(_from_to(i, end) for i, end in zip(start, ends, strict=True))]


def _from_to(start: int, end: int | None) -> Any:
    return builtins.slice(start, end)


def batch_dot(x: Any, y: Any, axes: Any = None) -> Any:
    """The product of two tensors, row by row, summed over one axis of each; (B, 1) of vectors.

    By default the last axis of x meets the one before the last of y, or its only one. Of more than
    three axes all but the last two are rows, as matrices of TensorFlow are multiplied; Keras 2.3
    and later keep each of x beside each of y there.
    """
    if axes is None:
        axes = (len(x.shape) - 1, max(1, len(y.shape) - 2))
    i, j = (axes, axes) if isinstance(axes, int) else tuple(axes)
    if max(len(x.shape), len(y.shape)) > 3:
        return _matrices(x, y, i, j)
    i, j = i % len(x.shape), j % len(y.shape)
    if 0 in (i, j):
        raise ShapeError(
            "K.batch_dot", "sums over an axis of each row, not over rows", f"axes={axes}",
            "name axes from 1 on",
        )  # fmt: skip
    letters = iter("bcdefghijklmnopqrstuvw")
    left = ["a", *(next(letters) for _ in x.shape[1:])]
    right = ["a", *(next(letters) for _ in y.shape[1:])]
    right[j] = left[i]
    rest = [c for place, c in enumerate(left) if place != i]
    rest += [c for place, c in enumerate(right) if place not in (0, j)]
    product = ops.einsum(f"{''.join(left)},{''.join(right)}->{''.join(rest)}", x, y)
    return ops.expand_dims(product, 1) if len(rest) == 1 else product


def _matrices(x: Any, y: Any, i: int, j: int) -> Any:
    """The products of matrices in the last two axes; the one of fewer axes is given more."""
    ranks = len(x.shape), len(y.shape)
    n = max(ranks)
    for _ in range(n - ranks[0]):
        x = ops.expand_dims(x, -1)
    for _ in range(n - ranks[1]):
        y = ops.expand_dims(y, -1)
    x = x if i % n == n - 1 else ops.swapaxes(x, -1, -2)
    y = ops.swapaxes(y, -1, -2) if j % n == n - 1 else y
    first = sum(ranks) - 3 if ranks[0] > ranks[1] else ranks[0] - 1
    gone = tuple(range(first, first + abs(ranks[0] - ranks[1])))
    product = ops.matmul(x, y)
    return ops.squeeze(product, gone) if gone else product


def normalize_batch_in_training(
    x: Any, gamma: Any, beta: Any, reduction_axes: Sequence[int], epsilon: float = 1e-3
) -> tuple[Any, Any, Any]:
    """The batch with mean 0 and variance 1 over these axes, scaled and moved; mean and variance."""
    axes = list(reduction_axes)
    mean, var = ops.moments(x, axes=axes, keepdims=True)
    y = ops.divide(ops.subtract(x, mean), ops.sqrt(ops.add(var, epsilon)))
    flat = [ops.squeeze(m, axes) for m in (mean, var)]
    kept = [1 if axis in axes else -1 for axis in range(len(x.shape))]
    scaled = y if gamma is None else ops.multiply(y, ops.reshape(gamma, kept))
    moved = scaled if beta is None else ops.add(scaled, ops.reshape(beta, kept))
    return moved, flat[0], flat[1]


def argmax(x: Any, axis: int = -1) -> Tensor:
    """Places of the largest values, along the last axis by default."""
    return ops.argmax(x, axis)


def argmin(x: Any, axis: int = -1) -> Tensor:
    """Places of the smallest values, along the last axis by default."""
    return ops.argmin(x, axis)


def batch_normalization(
    x: Any, mean: Any, var: Any, beta: Any, gamma: Any, axis: int = -1, epsilon: float = 1e-3
) -> Tensor:
    """gamma (x - mean) / sqrt(var + epsilon) + beta."""
    return ops.batch_normalization(x, mean, var, axis, beta, gamma, epsilon)


def bias_add(x: Any, bias: Any, data_format: str | None = None) -> Tensor:
    """x plus a number for each channel."""
    if standard_data_format("bias_add", data_format) == "channels_first":
        bias = ops.reshape(bias, (-1, *[1] * (len(x.shape) - 2)))
    return ops.add(x, bias)


def batch_flatten(x: Any) -> Tensor:
    """(B, ...) -> (B, product of the rest)."""
    return ops.reshape(x, (-1, int(np.prod(x.shape[1:]))))


def concatenate(tensors: Sequence[Any], axis: int = -1) -> Tensor:
    """The tensors one after another, along the last axis by default."""
    return ops.concatenate(tensors, axis)


def cumprod(x: Any, axis: int = 0) -> Tensor:
    """Running products, along the first axis by default."""
    return ops.cumprod(x, axis)


def cumsum(x: Any, axis: int = 0) -> Tensor:
    """Running sums, along the first axis by default."""
    return ops.cumsum(x, axis)


def expand_dims(x: Any, axis: int = -1) -> Tensor:
    """A new axis of size 1, the last by default."""
    return ops.expand_dims(x, axis)


def gather(reference: Any, indices: Any) -> Tensor:
    """The rows of `reference` with these numbers."""
    return ops.take(reference, indices, axis=0)


def l2_normalize(x: Any, axis: int | None = None) -> Tensor:
    """x / sqrt(max(sum x^2, 1e-12)), the sum along `axis`, by default over all of x."""
    total = ops.sum(ops.square(x), axis=axis, keepdims=True)
    return ops.multiply(x, ops.rsqrt(ops.maximum(total, 1e-12)))
