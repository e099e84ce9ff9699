"""Keras' activations as functions of a tensor; the formulas stand in `lamina.ops`."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.graph.tensor import Tensor


def relu(
    x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Tensor:
    """y = x above `threshold`, negative_slope (x - threshold) below, at most `max_value`."""
    x = ops.convert_to_tensor(x)
    if threshold == 0 and max_value is None:
        return ops.leaky_relu(x, negative_slope) if negative_slope else ops.relu(x)
    if threshold == 0:
        y = ops.relu6(x) if max_value == 6 else ops.relu(x)
    else:
        y = ops.where(ops.greater(x, ops.cast(threshold, x.dtype)), x, ops.zeros_like(x))
    if max_value is not None and not (threshold == 0 and max_value == 6):
        y = ops.clip(y, 0.0, max_value)
    return y - negative_slope * ops.relu(threshold - x) if negative_slope else y


def leaky_relu(x: Any, negative_slope: float = 0.2) -> Tensor:
    """y = x where x >= 0, negative_slope x below."""
    return ops.leaky_relu(x, negative_slope=negative_slope)


def relu6(x: Any) -> Tensor:
    """y = min(max(x, 0), 6)."""
    return ops.relu6(x)


def softmax(x: Any, axis: Any = -1) -> Tensor:
    """y = e^x / sum of e^x along `axis`."""
    return ops.softmax(x, axis=axis)


def log_softmax(x: Any, axis: Any = -1) -> Tensor:
    """y = x - log of the sum of e^x along `axis`."""
    return ops.log_softmax(x, axis=axis)


def elu(x: Any, alpha: float = 1.0) -> Tensor:
    """y = x where x > 0, alpha (e^x - 1) below. Clevert, Unterthiner & Hochreiter 2015."""
    return ops.elu(x, alpha=alpha)


def selu(x: Any) -> Tensor:
    """y = scale elu(x, alpha), which keeps mean 0 and variance 1. Klambauer et al. 2017."""
    return ops.selu(x)


def celu(x: Any, alpha: float = 1.0) -> Tensor:
    """y = max(x, 0) + min(0, alpha (e^(x / alpha) - 1)). Barron 2017."""
    return ops.celu(x, alpha=alpha)


def softplus(x: Any) -> Tensor:
    """y = log(1 + e^x)."""
    return ops.softplus(x)


def softsign(x: Any) -> Tensor:
    """y = x / (1 + |x|)."""
    return ops.softsign(x)


def squareplus(x: Any, b: float = 4) -> Tensor:
    """y = (x + sqrt(x^2 + b)) / 2. Barron 2021."""
    return ops.squareplus(x, b=b)


def soft_shrink(x: Any, threshold: float = 0.5) -> Tensor:
    """y = sign(x) max(|x| - threshold, 0)."""
    return ops.soft_shrink(x, threshold=threshold)


def hard_shrink(x: Any, threshold: float = 0.5) -> Tensor:
    """y = x where |x| > threshold, else 0."""
    return ops.hard_shrink(x, threshold=threshold)


def tanh_shrink(x: Any) -> Tensor:
    """y = x - tanh(x)."""
    return ops.tanh_shrink(x)


def sparse_plus(x: Any) -> Tensor:
    """y = 0 below -1, x above 1, (x + 1)^2 / 4 between."""
    return ops.sparse_plus(x)


def sparse_sigmoid(x: Any) -> Tensor:
    """y = 0 below -1, 1 above 1, (x + 1) / 2 between."""
    return ops.sparse_sigmoid(x)


def sparsemax(x: Any, axis: int = -1) -> Tensor:
    """The nearest distribution to x along `axis`. Martins & Astudillo 2016."""
    return ops.sparsemax(x, axis=axis)


def silu(x: Any) -> Tensor:
    """y = x sigmoid(x). Ramachandran, Zoph & Le 2017."""
    return ops.silu(x)


def hard_silu(x: Any) -> Tensor:
    """y = x hard_sigmoid(x)."""
    return ops.hard_silu(x)


def gelu(x: Any, approximate: bool = False) -> Tensor:
    """y = x P(X <= x) for a standard normal X, or its tanh approximation. Hendrycks & Gimpel
    2016.
    """
    return ops.gelu(x, approximate=approximate)


def glu(x: Any, axis: int = -1) -> Tensor:
    """y = a sigmoid(b), a and b the halves of x along `axis`. Dauphin et al. 2017."""
    return ops.glu(x, axis=axis)


def tanh(x: Any) -> Tensor:
    """y = tanh(x)."""
    return ops.tanh(x)


def hard_tanh(x: Any) -> Tensor:
    """y = x limited to [-1, 1]."""
    return ops.hard_tanh(x)


def sigmoid(x: Any) -> Tensor:
    """y = 1 / (1 + e^-x)."""
    return ops.sigmoid(x)


def log_sigmoid(x: Any) -> Tensor:
    """y = -log(1 + e^-x)."""
    return ops.log_sigmoid(x)


def hard_sigmoid(x: Any) -> Tensor:
    """y = min(max(x / 6 + 1 / 2, 0), 1)."""
    return ops.hard_sigmoid(x)


def exponential(x: Any) -> Tensor:
    """y = e^x."""
    return ops.exp(x)


def mish(x: Any) -> Tensor:
    """y = x tanh(softplus(x)). Misra 2019."""
    x = ops.convert_to_tensor(x)
    return x * ops.tanh(ops.softplus(x))


def threshold(x: Any, threshold: float, default_value: float) -> Tensor:
    """y = x where x > threshold, else default_value."""
    return ops.threshold(x, threshold, default_value)


def linear(x: Any) -> Any:
    """y = x."""
    return x
