"""Scales of colour: AutoContrast, Equalization, Solarization."""

from __future__ import annotations

from typing import Any

from lamina import ops, random
from lamina.errors import ArgumentError
from lamina.layers.preprocessing.colours import Colouring


class AutoContrast(Colouring):
    """Each channel of a picture stretched over the whole range, while training and after.

    Args:
        value_range: of the numbers.

    Raises: ArgumentError.
    Keras: with channels first it stretches rows; here channels.
    """

    def __init__(self, value_range: Any = (0, 255), **kwargs: Any) -> None:
        super().__init__(value_range, None, **kwargs)
        self.value_range = sorted(value_range)

    def _draw(self, x: Any, seed: Any) -> dict[str, Any]:
        return {}

    def transform_images(
        self, images: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """A batch of pictures, stretched; a channel of one number stays."""
        x = self._numbers(images)
        levels = self._scaled(x, 255.0)
        low = ops.min(levels, axis=self._places, keepdims=True)
        span = ops.max(levels, axis=self._places, keepdims=True) - low
        flat = ops.equal(span, 0.0)
        scale = 255.0 / ops.where(flat, 1.0, span)
        found = self._restored(ops.clip(levels * scale - low * scale, 0.0, 255.0), 255.0)
        return ops.where(flat, x, found)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        config = super().get_config()
        del config["seed"]
        return config


class Equalization(Colouring):
    """Pictures whose grey levels are as frequent as can be, each channel by itself.

    As in Keras a histogram counts a channel of all pictures of a batch.

    Args:
        value_range: of the numbers.
        bins: of a histogram.

    Raises: ArgumentError.
    """

    def __init__(
        self, value_range: Any = (0, 255), bins: int = 256, data_format: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(value_range, None, data_format=data_format, **kwargs)
        if not isinstance(bins, int) or isinstance(bins, bool) or bins < 2:
            raise ArgumentError(
                "Equalization(bins=...)", "needs a whole number from 2 up", repr(bins), "pass 256"
            )
        self.value_range, self.bins = sorted(value_range), bins

    def _draw(self, x: Any, seed: Any) -> dict[str, Any]:
        return {}

    def transform_images(
        self, images: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """A batch of pictures, equalised while training."""
        x = self._numbers(images)
        if not training:
            return x
        parts = [self._equalised(channel) for channel in self._parts(self._scaled(x, 255.0))]
        return self._restored(ops.concatenate(parts, self._channels), 255.0)

    def _equalised(self, levels: Any) -> Any:
        places = ops.cast(levels * ((self.bins - 1) / 255.0), "int32")
        flat = ops.reshape(ops.clip(places, 0, self.bins - 1), (-1,))
        counts = ops.segment_sum(ops.ones_like(flat), flat, num_segments=self.bins)
        below = ops.cumsum(counts)
        first = ops.take(below, ops.argmax(ops.greater(below, 0)))
        rest = ops.maximum(below[-1] - first, 1)
        table = ops.cast(below - first, self.compute_dtype) * 255.0
        table = ops.clip(ops.round(table / ops.cast(rest, self.compute_dtype)), 0.0, 255.0)
        found = ops.take(table, ops.clip(places, 0, self.bins - 1))
        several = ops.greater(ops.sum(ops.cast(ops.greater(counts, 0), "int32")), 1)
        return ops.where(several, found, levels)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        config = {**super().get_config(), "bins": self.bins}
        del config["seed"]
        return config


class Solarization(Colouring):
    """Pictures made brighter, and turned into negatives from a threshold on.

    Args:
        addition_factor, threshold_factor: (lower, upper), or a number for the upper one, 0 to 1, of
            256 levels; as in Keras the lower one counts in levels.
        value_range: of the numbers.

    Raises: ArgumentError.
    """

    def __init__(
        self, addition_factor: Any = 0.0, threshold_factor: Any = 0.0,
        value_range: Any = (0, 255), seed: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(value_range, seed, **kwargs)
        self.value_range = sorted(value_range)
        self.addition_factor = self._limits("addition_factor", addition_factor, 0.0, 1.0)
        self.threshold_factor = self._limits("threshold_factor", threshold_factor, 0.0, 1.0)

    def _draw(self, x: Any, seed: Any) -> dict[str, Any]:
        def levels(factor: Any) -> Any:
            shape = (x.shape[0], 1, 1, 1)
            return random.uniform(shape, factor[0], factor[1] * 255, self.compute_dtype, seed)

        return {"additions": levels(self.addition_factor),
                "thresholds": levels(self.threshold_factor)}  # fmt: skip

    def _changed(self, x: Any, drawn: dict[str, Any]) -> Any:
        levels = ops.clip(self._scaled(x, 255.0) + drawn["additions"], 0.0, 255.0)
        levels = ops.where(ops.less(levels, drawn["thresholds"]), levels, 255.0 - levels)
        return self._restored(levels, 255.0)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            **super().get_config(), "addition_factor": self.addition_factor,
            "threshold_factor": self.threshold_factor,
        }  # fmt: skip
