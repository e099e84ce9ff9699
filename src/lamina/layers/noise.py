"""Noise against overfitting: added, multiplied, or such that mean and variance are kept."""

from __future__ import annotations

import math
from typing import Any

from lamina import ops, random
from lamina.errors import ArgumentError
from lamina.layers.dropout import RandomLayer, concrete, noise_shape_of


class GaussianNoise(RandomLayer):
    """While training, y = x + normal noise of standard deviation `stddev` (0 to 1)."""

    argument = "stddev"
    stddev: float

    def __init__(self, stddev: float, seed: Any = None, **kwargs: Any) -> None:
        super().__init__(stddev, seed, **kwargs)

    def _changed(self, inputs: Any) -> Any:
        noise = random.normal(
            inputs.shape, 0.0, self.stddev, dtype=self.compute_dtype, seed=self.seed_generator
        )
        return ops.add(inputs, noise)


def _less_than_all(layer: RandomLayer) -> float:
    rate: float = layer.rate
    if rate == 1:
        raise ArgumentError(
            f"{type(layer).__name__} '{layer.name}'", "cannot train where everything is dropped",
            "rate=1", "choose a smaller rate",
        )  # fmt: skip
    return rate


class GaussianDropout(RandomLayer):
    """While training, y = x times normal noise of mean 1 and variance rate / (1 - rate).

    Source: Srivastava et al. 2014, "Dropout", section 10.
    """

    def _changed(self, inputs: Any) -> Any:
        rate = _less_than_all(self)
        stddev = math.sqrt(rate / (1 - rate))
        noise = random.normal(
            inputs.shape, 1.0, stddev, dtype=self.compute_dtype, seed=self.seed_generator
        )
        return ops.multiply(inputs, noise)


# The value of selu far below 0: what a dropped entry becomes.
_SATURATED = -1.6732632423543772 * 1.0507009873554805


class AlphaDropout(RandomLayer):
    """While training, sets entries to selu's lowest value with probability `rate`, then scales and
    shifts all so that a mean of 0 and a variance of 1 are kept.

    Args:
        noise_shape: shape of the mask, 1 or None where it is shared or the input's.
    Source: Klambauer et al. 2017, "Self-normalizing neural networks".
    """

    def __init__(
        self, rate: float, noise_shape: Any = None, seed: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(rate, seed, **kwargs)
        self.noise_shape = noise_shape_of(type(self).__name__, noise_shape)

    def _changed(self, inputs: Any) -> Any:
        rate, low = _less_than_all(self), _SATURATED
        shape = concrete(self.noise_shape, inputs)
        kept = ops.greater_equal(random.uniform(shape, seed=self.seed_generator), rate)
        scale = ((1 - rate) * (1 + rate * low**2)) ** -0.5
        return ops.add(ops.multiply(ops.where(kept, inputs, low), scale), -scale * low * rate)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "noise_shape": self.noise_shape}
