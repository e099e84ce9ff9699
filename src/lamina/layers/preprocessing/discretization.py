"""Discretization: numbers to the bins in which they fall."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina import ops
from lamina.errors import ArgumentError, StateError
from lamina.graph.tensor import KerasTensor
from lamina.layers.base import Layer
from lamina.layers.preprocessing import quantiles
from lamina.layers.preprocessing.adapting import batches_of
from lamina.layers.preprocessing.choosing import one_of, refuse_sparse
from lamina.layers.preprocessing.encoding import encode, encoded_shape


class Discretization(Layer):
    """The bin of each number: how many boundaries are not above it.

    Shapes: "int" y as x; else vectors of len(bin_boundaries) + 1.
    Args:
        bin_boundaries: the numbers between the bins, in ascending order.
        num_bins: instead of these, how many bins `adapt` is to learn, each as full as the others.
        epsilon: how exact the quantiles are.
        output_mode: "int", "one_hot", "multi_hot" or "count".
    """

    def __init__(
        self,
        bin_boundaries: Any = None,
        num_bins: int | None = None,
        epsilon: float = 0.01,
        output_mode: str = "int",
        sparse: bool = False,
        dtype: Any = None,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        refuse_sparse("Discretization", sparse)
        modes = ("int", "one_hot", "multi_hot", "count")
        self.output_mode = one_of("Discretization", "output_mode", output_mode, modes)
        if (num_bins is None) == (bin_boundaries is None) or (num_bins or 0) < 0:
            raise ArgumentError(
                "Discretization", "needs bin_boundaries or a number of bins, not both",
                f"bin_boundaries={bin_boundaries!r:.40}, num_bins={num_bins!r}",
                "pass bin_boundaries=[0.0, 1.0], or num_bins=4 and call adapt(data)",
            )  # fmt: skip
        self.bin_boundaries = bin_boundaries
        self.num_bins, self.epsilon, self.sparse = num_bins, epsilon, sparse
        self._summary = np.zeros((2, 0), "float32")

    @property
    def output_dtype(self) -> str:
        """The dtype of the results: int32 for bins."""
        return "int32" if self.output_mode == "int" else self.compute_dtype

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Learns the boundaries from data: an array, or what yields batches.

        Args:
            batch_size: accepted; it changes no result.
            steps: how many batches are looked at.
        """
        if self.num_bins is None:
            raise ArgumentError(
                f"Discretization '{self.name}'", "cannot adapt: its boundaries were given",
                "adapt()", "pass num_bins= instead of bin_boundaries=",
            )  # fmt: skip
        self.reset_state()
        for batch in batches_of("Discretization", data, steps):
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Looks at a batch."""
        summary = quantiles.summary_of(np.array(data).astype("float32"), self.epsilon)
        self._summary = quantiles.merged(summary, self._summary, self.epsilon)

    def finalize_state(self) -> None:
        """Takes the boundaries of what was seen."""
        if self.num_bins is not None:
            self.bin_boundaries = quantiles.boundaries(self._summary, self.num_bins)

    def reset_state(self) -> None:
        """Forgets what was seen."""
        self._summary = np.zeros((2, 0), "float32")

    def _converted(self, leaf: Any) -> Any:
        return super()._converted(ops.convert_to_tensor(leaf) if isinstance(leaf, float) else leaf)

    def call(self, inputs: Any) -> Any:
        """The bins, or their vectors."""
        if self.bin_boundaries is None:
            raise StateError(
                f"Discretization '{self.name}'", "has no boundaries yet", "a call",
                "call adapt(data) first, or pass bin_boundaries=",
            )  # fmt: skip
        given = ops.convert_to_tensor(inputs)
        bins = ops.digitize(given, np.asarray(self.bin_boundaries, "float32"))
        return encode(bins, self.output_mode, len(self.bin_boundaries) + 1, self.output_dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of the inputs, or of the vectors."""
        bounds = self.bin_boundaries
        depth = self.num_bins if bounds is None else len(bounds) + 1
        return encoded_shape(input_shape, self.output_mode, depth)

    def compute_output_spec(self, inputs: Any) -> Any:
        """A symbolic tensor of the output's shape and dtype."""
        return KerasTensor(self.compute_output_shape(inputs.shape), self.output_dtype)

    def _spec(self, args: Any) -> Any:
        return self.compute_output_spec(args[0])

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer, learnt boundaries included."""
        return {
            "bin_boundaries": self.bin_boundaries, "num_bins": self.num_bins,
            "epsilon": self.epsilon, "output_mode": self.output_mode, "sparse": self.sparse,
            "name": self.name, "dtype": self.dtype,
        }  # fmt: skip

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The layer that `get_config` describes."""
        if config.get("num_bins") is None or config.get("bin_boundaries") is None:
            return cls(**config)
        config = dict(config)
        learnt = config.pop("bin_boundaries")
        layer = cls(**config)
        layer.bin_boundaries = learnt
        return layer
