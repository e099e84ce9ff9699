"""`tf.nn`: activations, losses of logits, normalisation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina import ops
from lamina.compat.tensorflow import random
from lamina.compat.tensorflow.math import clip_by_norm
from lamina.compat.tensorflow.math import l2_normalize as l2_normalize
from lamina.compat.tensorflow.math import log_softmax as log_softmax
from lamina.compat.tensorflow.math import softmax as softmax
from lamina.compat.tensorflow.math import softplus as softplus
from lamina.compat.tensorflow.math import zero_fraction as zero_fraction
from lamina.compat.tensorflow.meeting import Function, meeting, table, unary
from lamina.compat.tensorflow.picking import gather
from lamina.compat.tensorflow.places import in_top_k as in_top_k
from lamina.compat.tensorflow.places import top_k as top_k
from lamina.compat.tensorflow.shapes import sizes_of
from lamina.ops.public import public

UNARY = {
    "log_sigmoid": "log_sigmoid", "relu": "relu", "relu6": "relu6", "selu": "selu",
    "sigmoid": "sigmoid", "softsign": "softsign", "tanh": "tanh",
}  # fmt: skip


def _of_features(op: str) -> Function:
    return unary(op, "x" if op in ("sigmoid", "tanh", "log_sigmoid") else "features")


ROWS = table(_of_features, UNARY)
globals().update(ROWS)
__all__ = sorted([
    *ROWS, "batch_normalization", "bias_add", "compute_average_loss", "crelu", "dropout", "elu",
    "embedding_lookup", "gelu", "in_top_k", "l2_loss", "l2_normalize", "leaky_relu",
    "local_response_normalization", "log_poisson_loss", "log_softmax", "lrn", "moments",
    "normalize", "scale_regularization_loss", "sigmoid_cross_entropy_with_logits", "silu",
    "softmax", "softmax_cross_entropy_with_logits", "softmax_cross_entropy_with_logits_v2",
    "softplus", "sparse_softmax_cross_entropy_with_logits", "swish", "top_k",
    "weighted_cross_entropy_with_logits", "weighted_moments", "zero_fraction",
])  # fmt: skip


# ── activations ──


def leaky_relu(features: Any, alpha: Any = 0.2, name: str | None = None) -> Any:
    """x where it is positive, alpha x elsewhere."""
    return ops.leaky_relu(features, alpha)


def elu(features: Any, name: str | None = None) -> Any:
    """x where it is positive, e^x - 1 elsewhere."""
    return ops.elu(features)


def gelu(features: Any, approximate: bool = False, name: str | None = None) -> Any:
    """x times the normal distribution's probability of less than x."""
    return ops.gelu(features, approximate)


@public
def silu(features: Any, beta: float = 1.0, name: str | None = None) -> Any:
    """x sigmoid(beta x)."""
    return ops.multiply(features, ops.sigmoid(ops.multiply(features, beta)))


swish = silu


@public
def crelu(features: Any, axis: int = -1, name: str | None = None) -> Any:
    """The positive parts of x and of -x, side by side."""
    return ops.relu(ops.concatenate([features, ops.negative(features)], axis))


# ── losses ──


@public
def sigmoid_cross_entropy_with_logits(
    labels: Any = None, logits: Any = None, name: str | None = None
) -> Any:
    """-(z log p + (1 - z) log(1 - p)), p = sigmoid(logits), entry by entry."""
    x, z = meeting(logits, labels)
    rest = ops.log1p(ops.exp(ops.negative(ops.absolute(x))))
    return ops.add(ops.subtract(ops.relu(x), ops.multiply(x, z)), rest)


@public
def weighted_cross_entropy_with_logits(
    labels: Any = None, logits: Any = None, pos_weight: Any = 1.0, name: str | None = None
) -> Any:
    """-(z log p pos_weight + (1 - z) log(1 - p)), p = sigmoid(logits)."""
    x, z = meeting(logits, labels)
    weight = ops.add(1.0, ops.multiply(ops.subtract(pos_weight, 1.0), z))
    rest = ops.log1p(ops.exp(ops.negative(ops.absolute(x))))
    rest = ops.add(rest, ops.relu(ops.negative(x)))
    return ops.add(ops.multiply(ops.subtract(1.0, z), x), ops.multiply(weight, rest))


@public
def softmax_cross_entropy_with_logits(
    labels: Any = None, logits: Any = None, axis: int = -1, name: str | None = None, dim: Any = None
) -> Any:
    """-sum z log softmax(logits) along an axis."""
    x, z = meeting(logits, labels)
    logs = ops.log_softmax(x, axis if dim is None else dim)
    return ops.negative(ops.sum(ops.multiply(z, logs), axis=axis if dim is None else dim))


softmax_cross_entropy_with_logits_v2 = softmax_cross_entropy_with_logits


@public
def sparse_softmax_cross_entropy_with_logits(
    labels: Any = None, logits: Any = None, name: str | None = None
) -> Any:
    """-log softmax(logits) of the class that the label names."""
    return ops.sparse_categorical_crossentropy(labels, logits, from_logits=True)


@public
def log_poisson_loss(
    targets: Any, log_input: Any, compute_full_loss: bool = False, name: str | None = None
) -> Any:
    """e^c - z c, the Poisson loss of a logarithm c; with Stirling's term if it is to be full."""
    c, z = meeting(log_input, targets)
    loss = ops.subtract(ops.exp(c), ops.multiply(c, z))
    if not compute_full_loss:
        return loss
    safe = ops.maximum(z, 1.0)
    term = ops.add(
        ops.subtract(ops.multiply(z, ops.log(safe)), z),
        ops.multiply(0.5, ops.log(ops.multiply(6.283185307179586, safe))),
    )
    inside = ops.logical_and(ops.greater_equal(z, 0.0), ops.less_equal(z, 1.0))
    return ops.add(loss, ops.where(inside, ops.zeros_like(z), term))


def l2_loss(t: Any, name: str | None = None) -> Any:
    """sum t^2 / 2."""
    return ops.multiply(ops.sum(ops.square(t)), 0.5)


def compute_average_loss(
    per_example_loss: Any, sample_weight: Any = None, global_batch_size: Any = None
) -> Any:
    """The weighted sum of the losses over the size of the batch."""
    loss = ops.convert_to_tensor(per_example_loss)
    if sample_weight is not None:
        loss = ops.multiply(loss, ops.cast(sample_weight, loss.dtype))
    size = loss.shape[0] if global_batch_size is None else global_batch_size
    return ops.divide(ops.sum(loss), ops.cast(size, loss.dtype))


def scale_regularization_loss(regularization_loss: Any) -> Any:
    """The sum of the losses: there is one device."""
    return ops.sum(regularization_loss)


# ── regularisation, normalisation ──


def dropout(
    x: Any,
    rate: Any = None,
    noise_shape: Any = None,
    seed: Any = None,
    name: str | None = None,
    keep_prob: Any = None,
) -> Any:
    """Entries set to 0 with probability `rate`, the others divided by 1 - rate."""
    from lamina.random import dropout as drop

    share = 1.0 - float(keep_prob) if rate is None and keep_prob is not None else float(rate)
    shape = None if noise_shape is None else sizes_of(noise_shape)
    return _dropped(drop, x, share, shape, random.stream(seed))


@public
def _dropped(drop: Callable[..., Any], x: Any, rate: float, shape: Any, seed: Any) -> Any:
    if shape is not None:
        full = tuple(x.shape)
        shape = tuple(m if n in (None, -1) else n for n, m in zip(shape, full, strict=True))
    return drop(x, rate, shape, seed)


def moments(
    x: Any,
    axes: Any,
    shift: Any = None,
    keepdims: bool = False,
    name: str | None = None,
    keep_dims: bool | None = None,
) -> Any:
    """Mean and variance over axes."""
    found = axes if isinstance(axes, int) else list(sizes_of(axes))
    return ops.moments(x, found, bool(keepdims if keep_dims is None else keep_dims))


def weighted_moments(
    x: Any, axes: Any, frequency_weights: Any, keepdims: bool = False, name: str | None = None
) -> tuple[Any, Any]:
    """Weighted mean and variance over axes."""
    x, w = meeting(x, frequency_weights)
    w = ops.broadcast_to(w, ops.convert_to_tensor(x).shape)
    axis = axes if isinstance(axes, int) else sizes_of(axes)
    total = ops.sum(w, axis=axis, keepdims=True)
    mean = ops.divide(ops.sum(ops.multiply(w, x), axis=axis, keepdims=True), total)
    spread = ops.multiply(w, ops.square(ops.subtract(x, mean)))
    variance = ops.divide(ops.sum(spread, axis=axis, keepdims=True), total)
    if keepdims:
        return mean, variance
    return ops.squeeze(mean, axis), ops.squeeze(variance, axis)


@public
def batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    offset: Any,
    scale: Any,
    variance_epsilon: float,
    name: str | None = None,
) -> Any:
    """scale (x - mean) / sqrt(variance + variance_epsilon) + offset."""
    factor = ops.rsqrt(ops.add(variance, variance_epsilon))
    if scale is not None:
        factor = ops.multiply(factor, scale)
    shift = ops.negative(ops.multiply(mean, factor))
    return ops.add(ops.multiply(x, factor), shift if offset is None else ops.add(offset, shift))


def normalize(tensor: Any, ord: Any = "euclidean", axis: Any = None, name: Any = None) -> Any:
    """The tensor divided by its length, and that length."""
    from lamina.compat.tensorflow.linalg import normalize

    return normalize(tensor, ord, axis)


@public
def local_response_normalization(
    input: Any,
    depth_radius: int = 5,
    bias: float = 1.0,
    alpha: float = 1.0,
    beta: float = 0.5,
    name: str | None = None,
) -> Any:
    """x / (bias + alpha times the squares of the neighbouring channels)^beta.

    Krizhevsky, Sutskever & Hinton 2012, section 3.3.
    """
    x = ops.convert_to_tensor(input)
    squares, reach = ops.square(x), int(depth_radius)
    wide = ops.pad(squares, [(0, 0)] * (x.ndim - 1) + [(reach, reach)])
    channels = x.shape[-1]
    total = wide[..., :channels]
    for k in range(1, 2 * reach + 1):
        total = ops.add(total, wide[..., k : k + channels])
    return ops.divide(x, ops.power(ops.add(bias, ops.multiply(alpha, total)), beta))


lrn = local_response_normalization


def bias_add(value: Any, bias: Any, data_format: Any = None, name: str | None = None) -> Any:
    """x plus a number for each channel."""
    return ops.add(value, _channelled(bias, len(value.shape), data_format))


def _channelled(bias: Any, rank: int, data_format: Any) -> Any:
    first = data_format is not None and str(data_format).startswith("NC")
    return ops.reshape(bias, (-1, *[1] * (rank - 2))) if first else bias


def embedding_lookup(
    params: Any, ids: Any, max_norm: Any = None, name: str | None = None, **hints: Any
) -> Any:
    """The rows of `params` with these numbers; scaled down to max_norm where longer."""
    rows = gather(params[0] if isinstance(params, list | tuple) else params, ids)
    if max_norm is None:
        return rows
    return clip_by_norm(rows, max_norm, axes=-1)
