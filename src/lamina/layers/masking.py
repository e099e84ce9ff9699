"""Masking: steps that hold nothing but one value do not count."""

from __future__ import annotations

from typing import Any

from lamina import ops
from lamina.layers.base import Layer


class Masking(Layer):
    """y = x, with zeros in the steps all of whose entries are `mask_value`; these are masked.

    Shapes: x (B, T, ..., n) -> y as x; the mask (B, T, ...).
    """

    def __init__(self, mask_value: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mask_value = mask_value
        self.supports_masking = True
        self.built = True

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Whether anything of a step differs from `mask_value`."""
        return ops.any(ops.not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs: Any) -> Any:
        """x where a step counts, 0 elsewhere."""
        counts = ops.any(ops.not_equal(inputs, self.mask_value), axis=-1, keepdims=True)
        outputs = ops.where(counts, inputs, 0)
        outputs._keras_mask = ops.squeeze(counts, axis=-1)
        return outputs

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "mask_value": self.mask_value}
