"""Distributions with a shape: gamma, beta and binomial; each key is drawn from several times."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lamina import ops
from lamina.errors import ArgumentError
from lamina.graph.tensor import Array, Tensor
from lamina.random.distributions import float_dtype, index_of, unit_of
from lamina.random.seeds import key_of

# Proposals for each entry: the odds that none of them is taken are below 1e-10.
_TRIES = 8
_TINY = {"float32": 2.0**-25, "float64": 2.0**-54}
# Uniform numbers that a binomial draw may take.
_MOST = 1 << 28


def gamma(shape: Any, alpha: Any, dtype: Any = None, seed: Any = None) -> Tensor:
    """Gamma with this shape parameter and scale 1.

    Marsaglia & Tsang 2000.

    Args:
        alpha: above 0, a number or a tensor that broadcasts to `shape`.
    """
    kind = float_dtype(dtype)
    return ops.exp(_log_gamma(tuple(shape), ops.cast(alpha, kind), key_of(seed), 0, kind))


def beta(shape: Any, alpha: Any, beta: Any, dtype: Any = None, seed: Any = None) -> Tensor:
    """Beta on [0, 1]: g(alpha) / (g(alpha) + g(beta)) of gamma variables, by their logarithms.

    Args:
        alpha, beta: above 0, numbers or tensors that broadcast to `shape`.
    """
    kind, key = float_dtype(dtype), key_of(seed)
    a = _log_gamma(tuple(shape), ops.cast(alpha, kind), key, 0, kind)
    b = _log_gamma(tuple(shape), ops.cast(beta, kind), key, 2 * _TRIES + 1, kind)
    return ops.exp(ops.subtract(a, ops.logaddexp(a, b)))


def _log_gamma(shape: tuple[Any, ...], alpha: Tensor, key: Any, stream: int, kind: str) -> Tensor:
    """The logarithm of gamma variables, from 2 * _TRIES + 1 streams of the key."""
    index = index_of(shape)
    small = ops.less(alpha, 1.0)
    d = ops.where(small, alpha + 1.0, alpha) - 1.0 / 3.0
    c = 1.0 / ops.sqrt(9.0 * d)

    def unit(number: int) -> Tensor:
        # The middle of each cell: never 0, whose logarithm is infinite.
        return ops.add(unit_of(key, index, stream + number, kind), _TINY[kind])

    found = ops.full(shape, 1.0, kind)
    taken = ops.full(shape, False, "bool")
    for number in range(_TRIES):
        x = ops.multiply(ops.erfinv(2.0 * unit(2 * number) - 1.0), math.sqrt(2.0))
        v = ops.power(1.0 + c * x, 3)
        positive = ops.greater(v, 0.0)
        log_v = ops.log(ops.where(positive, v, 1.0))
        limit = 0.5 * ops.square(x) + d - d * v + d * log_v
        fits = ops.logical_and(positive, ops.less(ops.log(unit(2 * number + 1)), limit))
        first = ops.logical_and(fits, ops.logical_not(taken))
        found = ops.where(first, ops.log(d) + log_v, found)
        taken = ops.logical_or(taken, fits)
    shift = ops.log(unit(2 * _TRIES)) / ops.where(small, alpha, 1.0)
    return ops.where(small, found + shift, found)


def binomial(
    shape: Any, counts: Any, probabilities: Any, dtype: Any = None, seed: Any = None
) -> Tensor:
    """How many of `counts` trials succeed, each with this probability: floats of whole value.

    Args:
        counts: from 0, numbers that are known when the draw is traced; they broadcast to `shape`.
        probabilities: 0 to 1, a number or a tensor that broadcasts to `shape`.

    Raises: ArgumentError for counts that only a run knows, or too many trials.
    """
    kind, key, shape = float_dtype(dtype), key_of(seed), tuple(shape)
    known = counts.value if isinstance(counts, Array) else counts
    if isinstance(known, Tensor):
        raise ArgumentError(
            "random.binomial(counts=...)", "must be known before the program runs",
            f"a traced tensor of shape {tuple(known.shape)}", "pass a number, or a NumPy array",
        )  # fmt: skip
    trials = np.broadcast_to(np.asarray(known), [int(n) for n in shape])
    most = int(trials.max(initial=0))
    if most * trials.size > _MOST:
        raise ArgumentError(
            "random.binomial", f"makes at most {_MOST} trials", f"{most} for {trials.size} entries",
            "draw fewer at a time",
        )  # fmt: skip
    index, likely = index_of(shape), ops.cast(probabilities, kind)
    total = ops.zeros(shape, kind)
    for number in range(most):
        hit = ops.less(unit_of(key, index, number, kind), likely)
        counted = ops.logical_and(hit, ops.convert_to_tensor(trials > number))
        total = ops.add(total, ops.cast(counted, kind))
    return total
