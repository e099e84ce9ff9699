"""Pooling over all of space: the mean or the largest entry of each channel of a row."""

from __future__ import annotations

from typing import Any, ClassVar

from lamina import ops
from lamina.graph.data_format import standard_data_format
from lamina.layers.base import Layer, Shape
from lamina.layers.input_spec import InputSpec
from lamina.layers.sizes import space_of


class GlobalPooling(Layer):
    """Base. Shapes: x (B, space..., C) -> y (B, C), with axes of size 1 for space if `keepdims`;
    for "channels_first" x (B, C, space...) -> y (B, C).
    """

    rank: ClassVar[int]

    def __init__(
        self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.data_format = standard_data_format(type(self).__name__, data_format)
        self.keepdims = keepdims
        self.input_spec = InputSpec(ndim=self.rank + 2)
        self.built = True

    @property
    def _space(self) -> tuple[int, ...]:
        return tuple(space_of(self.data_format, self.rank))

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """Space is gone, or of size 1."""
        rest = (1 if i in self._space else n for i, n in enumerate(input_shape))
        kept = (n for i, n in enumerate(input_shape) if i not in self._space)
        return tuple(rest if self.keepdims else kept)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(), "data_format": self.data_format, "keepdims": self.keepdims,
        }  # fmt: skip


class GlobalMaxPooling(GlobalPooling):
    """The largest entry of each channel."""

    def call(self, inputs: Any) -> Any:
        """y = max of x over space."""
        return ops.max(inputs, axis=self._space, keepdims=self.keepdims)


class GlobalAveragePooling(GlobalPooling):
    """The mean of each channel."""

    def call(self, inputs: Any) -> Any:
        """y = mean of x over space."""
        return ops.mean(inputs, axis=self._space, keepdims=self.keepdims)


class GlobalMaxPooling1D(GlobalMaxPooling):
    """y = max of x over the steps: (B, T, C) -> (B, C)."""

    rank = 1


class GlobalMaxPooling2D(GlobalMaxPooling):
    """y = max of x over space: (B, H, W, C) -> (B, C)."""

    rank = 2


class GlobalMaxPooling3D(GlobalMaxPooling):
    """y = max of x over space: (B, D, H, W, C) -> (B, C)."""

    rank = 3


class GlobalAveragePooling1D(GlobalAveragePooling):
    """y = mean of x over the steps that are not masked: (B, T, C) -> (B, C).

    A row whose steps are all masked gives NaN, as in Keras.
    """

    rank = 1

    def __init__(
        self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(data_format, keepdims, **kwargs)
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """y = mean of x over the steps where the mask (B, T) is true."""
        if mask is None:
            return super().call(inputs)
        channels = 2 if self.data_format == "channels_last" else 1
        kept = ops.expand_dims(ops.cast(mask, "bool"), channels)
        total = ops.sum(ops.where(kept, inputs, 0), self._space, keepdims=self.keepdims)
        count = ops.sum(ops.cast(kept, inputs.dtype), self._space, keepdims=self.keepdims)
        return ops.divide(total, count)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Without steps there is no mask."""
        return None


class GlobalAveragePooling2D(GlobalAveragePooling):
    """y = mean of x over space: (B, H, W, C) -> (B, C)."""

    rank = 2


class GlobalAveragePooling3D(GlobalAveragePooling):
    """y = mean of x over space: (B, D, H, W, C) -> (B, C)."""

    rank = 3
