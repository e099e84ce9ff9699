"""Gradients on their way to the rule: paired with variables, clipped by their norms."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from lamina import ops
from lamina.errors import DataError
from lamina.graph.tensor import Tensor
from lamina.graph.variable import Variable


def paired(grads: Sequence[Any], variables: Sequence[Variable]) -> list[tuple[Any, Variable]]:
    """(gradient, variable), without the variables whose gradient is None; of those it warns.

    Raises: DataError if every gradient is None.
    """
    pairs = [(g, v) for g, v in zip(grads, variables, strict=True) if g is not None]
    if not pairs:
        raise DataError(
            "the optimizer", "was given no gradient for any variable",
            f"None for each of {len(variables)} variables",
            "make the loss depend on the weights",
        )  # fmt: skip
    missing = [v.path for g, v in zip(grads, variables, strict=True) if g is None]
    if missing:
        warnings.warn(
            f"the loss does not depend on the variables {missing}, so they stay as they are",
            stacklevel=3,
        )
    return pairs


def clipped_by_norm(gradient: Any, limit: float) -> Tensor:
    """The gradient scaled so that its norm is at most `limit`."""
    total = ops.sum(ops.square(gradient))
    # A zero gradient must not meet 0 / 0, nor the infinite slope of the root.
    some = ops.greater(total, 0.0)
    norm = ops.where(some, ops.sqrt(ops.where(some, total, 1.0)), total)
    return ops.divide(ops.multiply(gradient, limit), ops.maximum(norm, limit))


def clipped_by_global_norm(gradients: Sequence[Any], limit: float) -> list[Tensor]:
    """All gradients scaled alike so that the norm of all together is at most `limit`.

    A norm that is not finite makes them NaN. Pascanu, Mikolov & Bengio 2013.
    """
    total: Any = 0.0
    for gradient in gradients:
        total = ops.add(total, ops.sum(ops.square(gradient)))
    norm = ops.sqrt(total)
    scale = limit * ops.minimum(1.0 / norm, 1.0 / limit)
    scale = scale + (norm - norm)
    return [ops.multiply(gradient, scale) for gradient in gradients]
