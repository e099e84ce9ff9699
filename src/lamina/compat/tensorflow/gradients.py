"""`tf.GradientTape` and `tf.gradients`."""

from __future__ import annotations

from typing import Any

from lamina.errors import UnsupportedError
from lamina.gradient_tape import GradientTape as GradientTape


class UnconnectedGradients:
    """What the gradient is of what is not connected."""

    NONE, ZERO = "none", "zero"


def gradients(ys: Any, xs: Any, **options: Any) -> Any:
    """Raises: UnsupportedError: it belongs to graphs of TensorFlow 1."""
    raise UnsupportedError(
        "tf.gradients", "belongs to the graphs of TensorFlow 1", "a call of it",
        "compute ys inside `with tf.GradientTape() as tape:`, then tape.gradient(ys, xs)",
    )  # fmt: skip
