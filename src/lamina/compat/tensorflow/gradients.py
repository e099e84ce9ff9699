"""`tf.GradientTape` and `tf.gradients`."""

from __future__ import annotations

from typing import Any

from lamina.compat.backend import functions
from lamina.errors import UnsupportedError
from lamina.gradient_tape import GradientTape as GradientTape
from lamina.graph.tensor import Array


class UnconnectedGradients:
    """What the gradient is of what is not connected."""

    NONE, ZERO = "none", "zero"


def gradients(ys: Any, xs: Any, grad_ys: Any = None, name: Any = None, **hints: Any) -> list[Any]:
    """The symbolic gradients of the sum of ys, each times its `grad_ys`, with respect to xs.

    Raises: UnsupportedError for ys that are values.
    """
    del name, hints
    several = list(ys) if isinstance(ys, list | tuple) else [ys]
    if any(isinstance(y, Array) for y in several):
        raise UnsupportedError(
            "tf.gradients", "belongs to the graphs of TensorFlow 1", "values",
            "compute ys inside `with tf.GradientTape() as tape:`, then tape.gradient(ys, xs)",
        )  # fmt: skip
    found: list[Any] = functions.gradients(several, xs, grad_ys)
    return found
