"""Initializers without chance: zeros, ones, a constant, the identity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina import ops
from lamina.errors import ShapeError
from lamina.graph import dtypes
from lamina.graph.tensor import Tensor
from lamina.initializers.base import Initializer


class Zeros(Initializer):
    """All 0."""

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        """Zeros of this shape."""
        return ops.zeros(tuple(shape), dtype=dtypes.standard(dtype))


class Ones(Initializer):
    """All 1."""

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        """Ones of this shape."""
        return ops.ones(tuple(shape), dtype=dtypes.standard(dtype))


class Constant(Initializer):
    """All `value`, a number or an array that broadcasts to the shape."""

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        """The value, broadcast to this shape."""
        value = ops.cast(self.value, dtypes.standard(dtype))
        return ops.broadcast_to(value, tuple(shape))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        simple = isinstance(self.value, int | float)
        return {"value": self.value if simple else np.asarray(self.value).tolist()}


class Identity(Initializer):
    """`gain` on the diagonal, 0 elsewhere; for matrices only."""

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        """gain times the identity.

        Raises: ShapeError unless the shape has two axes.
        """
        if len(shape) != 2:
            raise ShapeError(
                "Identity", "makes matrices only", f"shape {tuple(shape)}",
                "use Orthogonal for more axes",
            )  # fmt: skip
        kind = dtypes.standard(dtype)
        return ops.cast(ops.multiply(self.gain, ops.eye(shape[0], shape[1], dtype=kind)), kind)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer.

        Keras leaves `gain` out of it.
        """
        return {"gain": self.gain}
