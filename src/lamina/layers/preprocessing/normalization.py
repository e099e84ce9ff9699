"""Normalization: features with mean 0 and variance 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina import ops
from lamina.errors import ArgumentError, ShapeError
from lamina.graph import dtypes, trace
from lamina.layers.base import Layer
from lamina.layers.preprocessing.adapting import batches_of, is_whole

# Mean, variance, and of how many entries.
Moments = tuple[Any, Any, int]


class Normalization(Layer):
    """y = (x - mean) / sqrt(variance), or the reverse with `invert`.

    Shapes: y as x; mean and variance the axes that are kept.
    Args:
        axis: which axes have a mean and a variance for each index; None for one of all.
        mean, variance: given, or learnt by `adapt`; until then 0 and 1.
        invert: y = x sqrt(variance) + mean.
    """

    def __init__(
        self,
        axis: Any = -1,
        mean: Any = None,
        variance: Any = None,
        invert: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        axis = () if axis is None else axis
        self.axis: tuple[int, ...] = (axis,) if isinstance(axis, int) else tuple(axis)
        self.input_mean, self.input_variance, self.invert = mean, variance, invert
        self.supports_masking = True
        shapes = np.shape(mean), np.shape(variance)
        paired = (mean is None) == (variance is None) and shapes[0] == shapes[1]
        if not paired or len(shapes[0]) > len(self.axis):
            raise ArgumentError(
                "Normalization", "needs a mean and a variance of one shape, an axis for each of "
                "theirs", f"mean of shape {shapes[0]}, variance of shape {shapes[1]}, axis "
                f"{self.axis}" if mean is not None and variance is not None
                else f"mean={mean!r:.40}, variance={variance!r:.40}",
                "pass both, or neither and call adapt(data)",
            )  # fmt: skip

    def build(self, input_shape: Any) -> None:
        """Makes the weights; the axes that are kept must have known sizes."""
        rank = len(input_shape)
        if any(not -rank <= a < rank for a in self.axis):
            raise ArgumentError(
                "Normalization(axis=...)", f"needs axes from {-rank} to {rank - 1}",
                f"axis={self.axis}, inputs of shape {tuple(input_shape)}", "choose others",
            )  # fmt: skip
        kept = sorted(a % rank for a in self.axis)
        if any(input_shape[a] is None for a in kept):
            raise ShapeError(
                f"Normalization '{self.name}'", "needs known sizes on the axes that it keeps",
                f"shape {tuple(input_shape)}, axis {self.axis}", "give the input a fixed size",
            )  # fmt: skip
        self._kept = tuple(kept)
        self._sizes = tuple(input_shape[a] for a in kept)
        self._broadcast = [input_shape[a] if a in kept else 1 for a in range(rank)]
        if self.input_mean is None:
            options: dict[str, Any] = {"shape": self._sizes, "trainable": False}
            self.adapt_mean = self.add_weight(name="mean", initializer="zeros", **options)
            self.adapt_variance = self.add_weight(name="variance", initializer="ones", **options)
            self.count = self.add_weight(
                name="count", shape=(), dtype="int32", initializer="zeros", trainable=False
            )
        self.built = True

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Learns mean and variance from data: an array, or what yields batches.

        Args:
            batch_size: accepted; it changes no result.
            steps: how many batches are looked at.
        """
        if self.input_mean is not None:
            raise ArgumentError(
                f"Normalization '{self.name}'", "cannot adapt: mean and variance were given",
                "adapt()", "leave mean= and variance= out",
            )  # fmt: skip
        with trace.suspended():
            moments: Moments | None = None
            whole = is_whole(data)
            for batch in batches_of("Normalization", data, steps):
                array = _numbers(batch)
                # What a source yields with one axis is one row.
                array = array if whole or array.ndim > 1 else array[None]
                self._build_for(array)
                moments = _together(moments, self._moments(array))
            assert moments is not None
            self.adapt_mean.assign(np.asarray(moments[0], self.dtype))
            self.adapt_variance.assign(np.asarray(moments[1], self.dtype))

    def _build_for(self, array: np.ndarray) -> None:
        """Builds the layer for these data, or sees to it that they are like those before."""
        if not self.built:
            self._build_once([array.shape], {})
        known = len(self._broadcast) == array.ndim
        if not known or tuple(array.shape[a] for a in self._kept) != self._sizes:
            raise ShapeError(
                f"Normalization '{self.name}'", f"was built for {self._sizes} on axes {self._kept}",
                f"data of shape {array.shape}", "adapt to data like those of the calls",
            )  # fmt: skip

    def _moments(self, array: np.ndarray) -> Moments:
        over = tuple(a for a in range(array.ndim) if a not in self._kept)
        count = math.prod(array.shape[a] for a in over)
        return np.mean(array, over), np.var(array, over), count

    def finalize_state(self) -> None:
        """Nothing: the weights are what is used."""

    @property
    def mean(self) -> Any:
        """The mean, in a shape that fits the inputs; None before the layer is built."""
        return self._moment("mean") if self.built else None

    @property
    def variance(self) -> Any:
        """The variance, in a shape that fits the inputs; None before the layer is built."""
        return self._moment("variance") if self.built else None

    def _moment(self, name: str) -> Any:
        given = self.input_mean if name == "mean" else self.input_variance
        if given is None:
            weight = self.adapt_mean if name == "mean" else self.adapt_variance
            return ops.reshape(weight.value, self._broadcast)
        array = np.asarray(given, self.compute_dtype)
        shape: Sequence[int] = [1] * len(self._broadcast)
        if array.ndim:
            sizes = list(shape)
            for place, size in zip(reversed(self._kept), reversed(array.shape), strict=False):
                sizes[place] = size
            shape = sizes
        return ops.convert_to_tensor(np.broadcast_to(array.reshape(shape), self._broadcast))

    def call(self, inputs: Any) -> Any:
        """The normalised inputs, or the reverse."""
        x = ops.cast(ops.convert_to_tensor(inputs), self.compute_dtype)
        spread = ops.maximum(ops.sqrt(self.variance), dtypes.epsilon())
        if self.invert:
            return ops.add(self.mean, ops.multiply(x, spread))
        return ops.divide(ops.subtract(x, self.mean), spread)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of the inputs."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer; learnt numbers are weights."""
        return {
            **super().get_config(), "axis": self.axis, "invert": self.invert,
            "mean": np.array(self.input_mean).tolist(),
            "variance": np.array(self.input_variance).tolist(),
        }  # fmt: skip


def _numbers(batch: Any) -> np.ndarray:
    array = np.asarray(batch)
    return array if array.dtype.kind == "f" else array.astype(dtypes.floatx())


def _together(one: Moments | None, other: Moments) -> Moments:
    """Mean, variance and number of entries of two sets of data (Chan et al. 1979)."""
    if one is None:
        return other
    count = one[2] + other[2]
    share = other[2] / count
    mean = one[0] * (1 - share) + other[0] * share
    variance = (one[1] + (one[0] - mean) ** 2) * (1 - share)
    variance += (other[1] + (other[0] - mean) ** 2) * share
    return mean, variance, count
