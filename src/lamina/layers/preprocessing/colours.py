"""Colours that are changed at random while a network learns from pictures."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from lamina import ops, random
from lamina.graph.dtypes import epsilon
from lamina.layers.preprocessing.random_pictures import RandomPictureLayer, Range


class Colouring(RandomPictureLayer):
    """Base of layers that change numbers within `value_range`."""

    def __init__(self, value_range: Any, seed: Any, **kwargs: Any) -> None:
        super().__init__(seed, **kwargs)
        low, high = self._limits("value_range", value_range, -math.inf, math.inf)
        self.value_range = value_range
        self._low, self._high = low, high

    def _within(self, x: Any) -> Any:
        return ops.clip(x, self._low, self._high)

    def _scaled(self, x: Any, most: float) -> Any:
        """Numbers of the range as numbers from 0 to `most`."""
        return (x - self._low) * (most / (self._high - self._low))

    def _restored(self, x: Any, most: float) -> Any:
        """The reverse."""
        return x * ((self._high - self._low) / most) + self._low

    def _each(self, drawn: Any) -> Any:
        """What was drawn for each picture, to meet a batch of them."""
        return ops.reshape(drawn, (-1, 1, 1, 1))

    def _parts(self, x: Any) -> list[Any]:
        """The channels, each with an axis of its own."""
        return list(ops.split(x, x.shape[self._channels], self._channels))

    @property
    def _channels(self) -> int:
        return -1 if self.data_format == "channels_last" else -3

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any, training: bool = True
    ) -> Any:
        """The boxes as they are."""
        return bounding_boxes

    def transform_segmentation_masks(
        self, segmentation_masks: Any, transformation: Any, training: bool = True
    ) -> Any:
        """The masks as they are."""
        return segmentation_masks

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "value_range": self.value_range}


class RandomContrast(Colouring):
    """Each channel of a picture less or more different from its mean.

    Args:
        factor: (lower, upper), 0 to 1: the difference is times 1 - lower to 1 + upper; a number is
            the upper one, lower is then 0.
        value_range: what numbers are clipped to.

    Raises: ArgumentError.
    """

    def __init__(
        self, factor: Any, value_range: Any = (0, 255), seed: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(value_range, seed, **kwargs)
        given = (0, factor) if isinstance(factor, int | float) else factor
        self._limits("factor", given, 0.0, 1.0)
        self.factor = tuple(given)

    def _draw(self, x: Any, seed: Any) -> dict[str, Any]:
        low, high = 1.0 - self.factor[0], 1.0 + self.factor[1]
        drawn = random.uniform((x.shape[0], 1, 1, 1), low, high, self.compute_dtype, seed)
        return {"contrast_factor": drawn}

    def _changed(self, x: Any, drawn: dict[str, Any]) -> Any:
        mean = ops.mean(x, axis=self._places, keepdims=True)
        return self._within((x - mean) * drawn["contrast_factor"] + mean)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "factor": self.factor}


class RandomBrightness(Colouring):
    """Pictures darker or brighter.

    Args:
        factor: a number for both directions, or (lower, upper), -1 to 1: of the whole range.
        value_range: of the numbers.

    Raises: ArgumentError.
    """

    def __init__(
        self, factor: Any, value_range: Any = (0, 255), seed: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(value_range, seed, **kwargs)
        self.factor = self._limits("factor", factor, -1.0, 1.0)

    def _draw(self, x: Any, seed: Any) -> dict[str, Any]:
        drawn = random.uniform((x.shape[0], 1, 1, 1), *self.factor, self.compute_dtype, seed)
        return {"rgb_delta": drawn * (self._high - self._low)}

    def _changed(self, x: Any, drawn: dict[str, Any]) -> Any:
        return self._within(x + drawn["rgb_delta"])

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "factor": self.factor}


class RandomGrayscale(Colouring):
    """Pictures, some of them without colour.

    Args:
        factor: the share of them, 0 to 1.

    Raises: ArgumentError.
    """

    def __init__(
        self, factor: Any = 0.5, data_format: Any = None, seed: Any = None, **kwargs: Any
    ) -> None:
        super().__init__((0, 255), seed, data_format=data_format, **kwargs)
        self._limits("factor", (0, factor), 0.0, 1.0)
        self.factor = factor

    def _draw(self, x: Any, seed: Any) -> Any:
        drawn = random.uniform((x.shape[0],), dtype="float32", seed=seed)
        return ops.less(self._each(drawn), self.factor)

    def _changed(self, x: Any, drawn: Any) -> Any:
        grey = ops.image.rgb_to_grayscale(x, data_format=self.data_format)
        return ops.where(drawn, grey, x)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        config = {**super().get_config(), "factor": self.factor}
        del config["value_range"]
        return config


class _Factored(Colouring):
    """Base of layers that draw a factor for each picture."""

    bounds: ClassVar[Range] = (-1.0, 1.0)

    def __init__(
        self, factor: Any, value_range: Any = (0, 255), data_format: Any = None, seed: Any = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(value_range, seed, data_format=data_format, **kwargs)
        self.factor = self._limits("factor", factor, *self.bounds)

    def _draw(self, x: Any, seed: Any) -> dict[str, Any]:
        return {"factor": self._uniform(x, self.factor, seed)}

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "factor": self.factor}


class RandomHue(_Factored):
    """Pictures whose hues are turned either way.

    Args:
        factor: of half a turn: (lower, upper), or a number for the upper one, 0 to 1.
        value_range: of the numbers.

    Raises: ArgumentError.
    """

    bounds = (0.0, 1.0)

    def _draw(self, x: Any, seed: Any) -> dict[str, Any]:
        way = ops.where(ops.greater(self._uniform(x, (0.0, 1.0), seed), 0.5), -1.0, 1.0)
        return {"factor": way * self._uniform(x, self.factor, seed) * 0.5}

    def _changed(self, x: Any, drawn: dict[str, Any]) -> Any:
        x = ops.image.rgb_to_hsv(self._scaled(x, 1.0), data_format=self.data_format)
        hue, saturation, value = self._parts(x)
        hue = hue + self._each(drawn["factor"])
        hue = ops.where(ops.greater(hue, 1.0), hue - 1.0, hue)
        hue = ops.where(ops.less(hue, 0.0), hue + 1.0, hue)
        x = ops.concatenate([hue, saturation, value], self._channels)
        x = ops.image.hsv_to_rgb(x, data_format=self.data_format)
        return self._restored(ops.clip(x, 0.0, 1.0), 1.0)


class RandomSaturation(_Factored):
    """Pictures with less or more colour: 0.5 keeps them, 0 is grey, near 1 is all colour.

    Args:
        factor: (lower, upper); of a number -number to number.
        value_range: saturations are clipped to it.

    Raises: ArgumentError.
    """

    def _draw(self, x: Any, seed: Any) -> dict[str, Any]:
        drawn = self._uniform(x, self.factor, seed)
        return {"factor": drawn / (1.0 - drawn + epsilon())}

    def _changed(self, x: Any, drawn: dict[str, Any]) -> Any:
        x = ops.image.rgb_to_hsv(x, data_format=self.data_format)
        hue, saturation, value = self._parts(x)
        saturation = self._within(saturation * self._each(drawn["factor"]))
        x = ops.concatenate([hue, saturation, value], self._channels)
        return ops.image.hsv_to_rgb(x, data_format=self.data_format)


class RandomColorDegeneration(_Factored):
    """Pictures that are mixed with themselves without colour: 0 keeps them, 1 is grey.

    Args:
        factor: (lower, upper); of a number -number to number.
        value_range: what numbers are clipped to.

    Raises: ArgumentError.
    """

    def _changed(self, x: Any, drawn: dict[str, Any]) -> Any:
        grey = ops.image.rgb_to_grayscale(x, data_format=self.data_format)
        return self._within(x + self._each(drawn["factor"]) * (grey - x))


class RandomSharpness(_Factored):
    """Pictures less or more sharp: 0 is blurred, 0.5 keeps them, 1 is sharpest.

    Args:
        factor: (lower, upper), or a number for the upper one, 0 to 1.
        value_range: what numbers are clipped to.

    Raises: ArgumentError.
    """

    bounds = (0.0, 1.0)

    def _changed(self, x: Any, drawn: dict[str, Any]) -> Any:
        weights = ops.full((3, 3, 1, 1), 1.0 / 13.0, self.compute_dtype)
        centre = ops.reshape(ops.one_hot(4, 9, dtype=self.compute_dtype), (3, 3, 1, 1))
        kernel = ops.tile(weights + centre * (4.0 / 13.0), (1, 1, x.shape[self._channels], 1))
        smooth = ops.depthwise_conv(x, kernel, 1, "same", self.data_format)
        return self._within(x + (1.0 - 2.0 * self._each(drawn["factor"])) * (smooth - x))


class RandomInvert(_Factored):
    """Pictures, some of them as negatives.

    Args:
        factor: the probability, or two between which it is drawn, 0 to 1.
        value_range: of the numbers.

    Raises: ArgumentError.
    """

    bounds = (0.0, 1.0)

    def __init__(
        self, factor: Any = 1.0, value_range: Any = (0, 255), seed: Any = None,
        data_format: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(factor, value_range, data_format, seed, **kwargs)

    def _draw(self, x: Any, seed: Any) -> dict[str, Any]:
        likely = self._uniform(x, self.factor, seed)
        return {"apply_inversion": ops.less(self._uniform(x, (0.0, 1.0), seed), likely)}

    def _changed(self, x: Any, drawn: dict[str, Any]) -> Any:
        return ops.where(self._each(drawn["apply_inversion"]), self._high - x, x)


class RandomPosterization(_Factored):
    """Pictures of fewer grey levels: of eight bits the first so many are kept.

    Args:
        factor: (lower, upper) from 1 to 8, the upper one drawn never; or a number for it.
        value_range: of the numbers.

    Raises: ArgumentError.
    """

    bounds = (1.0, 8.0)

    def _draw(self, x: Any, seed: Any) -> dict[str, Any]:
        low, high = (int(n) for n in self.factor)
        rows = (x.shape[0],)
        kept = (
            ops.full(rows, low, "int32") if low == high
            else random.randint(rows, low, high, "int32", seed)
        )  # fmt: skip
        return {"shift_factor": 8 - kept}

    def _changed(self, x: Any, drawn: dict[str, Any]) -> Any:
        levels = ops.cast(self._scaled(x, 255.0), "int32")
        shift = self._each(ops.cast(drawn["shift_factor"], "int32"))
        kept = ops.bitwise_left_shift(ops.bitwise_right_shift(levels, shift), shift)
        return self._restored(ops.cast(kept, self.compute_dtype), 255.0)


class RandomColorJitter(Colouring):
    """Brightness, contrast, saturation and hue changed, in this order; None leaves one out.

    Args:
        value_range: of the numbers.
        brightness_factor, contrast_factor, saturation_factor, hue_factor: as in RandomBrightness,
            RandomContrast, RandomSaturation, RandomHue.

    Raises: ArgumentError.
    Keras: its data_format does not reach these four; here it does.
    """

    def __init__(
        self, value_range: Any = (0, 255), brightness_factor: Any = None,
        contrast_factor: Any = None, saturation_factor: Any = None, hue_factor: Any = None,
        seed: Any = None, data_format: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(value_range, seed, data_format=data_format, **kwargs)
        self.factors = {
            "brightness_factor": brightness_factor, "contrast_factor": contrast_factor,
            "saturation_factor": saturation_factor, "hue_factor": hue_factor,
        }  # fmt: skip
        kinds = (RandomBrightness, RandomContrast, RandomSaturation, RandomHue)
        self.changes = [
            kind(factor, value_range=value_range, seed=seed, data_format=self.data_format)
            for kind, factor in zip(kinds, self.factors.values(), strict=True)
            if factor is not None
        ]

    def get_random_transformation(self, data: Any, training: bool = True, seed: Any = None) -> Any:
        """What each of the changes draws."""
        if not training:
            return None
        return [c.get_random_transformation(data, training, seed) for c in self.changes]

    def transform_images(self, images: Any, transformation: Any, training: bool = True) -> Any:
        """A batch of pictures, changed as was drawn, or, where nothing is given, is drawn now."""
        x = self._numbers(images)
        if not training:
            return x
        drawn = transformation or self.get_random_transformation(x)
        for change, of in zip(self.changes, drawn or (), strict=True):
            x = change.transform_images(x, of)
        return x

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), **self.factors}
