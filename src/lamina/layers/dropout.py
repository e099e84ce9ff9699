"""Dropout: noise against overfitting."""

from __future__ import annotations

from typing import Any

from lamina import random
from lamina.errors import ArgumentError
from lamina.layers.base import Layer


class Dropout(Layer):
    """While training, sets entries to 0 with probability `rate`, scales the others by 1 / (1 -
    rate).

    Shapes: y as x. Otherwise y = x.
    Args:
        noise_shape: shape of the mask, 1 or None where it is shared or the input's.
        seed: the same seed gives the same masks.
    Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from
        overfitting".
    """

    def __init__(
        self, rate: float, noise_shape: Any = None, seed: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if not isinstance(rate, int | float) or not 0 <= rate <= 1:
            raise ArgumentError(
                "Dropout", "needs a rate between 0 and 1", f"rate={rate!r}",
                "pass the share of entries to drop, for instance 0.5",
            )  # fmt: skip
        self.rate = rate
        self.seed = seed
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)
        self.supports_masking = True
        if rate > 0:
            self.seed_generator = random.SeedGenerator(seed)
        self.built = True

    def call(self, inputs: Any, training: bool | None = False) -> Any:
        """x with entries dropped if training."""
        if not training or self.rate == 0:
            return inputs
        shape = self.noise_shape
        if shape is not None:
            sizes = tuple(inputs.shape)
            shape = tuple(size if n is None else n for n, size in zip(shape, sizes, strict=True))
        return random.dropout(inputs, self.rate, shape, seed=self.seed_generator)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(), "rate": self.rate, "seed": self.seed,
            "noise_shape": self.noise_shape,
        }  # fmt: skip
