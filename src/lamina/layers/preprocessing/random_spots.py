"""Pictures that are blurred, or of which parts are erased, at random."""

from __future__ import annotations

from typing import Any

from lamina import ops, random
from lamina.errors import ArgumentError
from lamina.layers.preprocessing.colours import Colouring


def span_of_axis(length: int, share: Any, axis: int, start: Any) -> Any:
    """Which places of an axis of a batch of pictures are inside, of each picture by itself.

    Args:
        share: of the length that is inside, (B,); start: where it begins, 0 to 1 of what is left.
    """
    shape = [1, 1, 1, 1]
    shape[axis] = length
    size = share * float(length)
    first = start * (float(length) - size)
    place = ops.reshape(ops.arange(length, dtype=share.dtype), shape)
    first, end = (ops.reshape(edge, (-1, 1, 1, 1)) for edge in (first, first + size))
    return ops.logical_and(ops.greater_equal(place, first), ops.less(place, end))


class _Sometimes(Colouring):
    """Base of layers that change a picture with a probability."""

    def __init__(
        self, factor: Any, value_range: Any, data_format: Any, seed: Any, **kwargs: Any
    ) -> None:
        super().__init__(value_range, seed, data_format=data_format, **kwargs)
        self.factor = self._limits("factor", factor, 0.0, 1.0)

    def _chosen(self, x: Any, seed: Any) -> Any:
        likely = self._uniform(x, self.factor, seed)
        return ops.less(self._uniform(x, (0.0, 1.0), seed), likely)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "factor": self.factor}


class RandomGaussianBlur(_Sometimes):
    """Pictures, some of them blurred.

    Args:
        factor: the probability, or two between which it is drawn, 0 to 1.
        kernel_size: odd, of the blur; one or two.
        sigma: standard deviations in pixels: (lower, upper), or a number for the upper one, 0 to 1.
        value_range: what numbers are clipped to.

    Raises: ArgumentError.
    """

    def __init__(
        self, factor: Any = 1.0, kernel_size: Any = 3, sigma: Any = 1.0,
        value_range: Any = (0, 255), data_format: Any = None, seed: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(factor, value_range, data_format, seed, **kwargs)
        sizes = tuple(kernel_size) if isinstance(kernel_size, tuple | list) else (kernel_size,) * 2
        if len(sizes) != 2 or not all(isinstance(n, int) and n > 0 and n % 2 for n in sizes):
            raise ArgumentError(
                "RandomGaussianBlur(kernel_size=...)", "needs an odd number, or two of them",
                repr(kernel_size), "pass 3",
            )  # fmt: skip
        self.kernel_size = sizes
        self.sigma = self._limits("sigma", sigma, 0.0, 1.0)

    def _draw(self, x: Any, seed: Any) -> dict[str, Any]:
        chosen = self._chosen(x, seed)
        blur = random.uniform((2,), *self.sigma, self.compute_dtype, seed) + 1e-6
        return {"should_apply_blur": chosen, "blur_factor": blur}

    def _changed(self, x: Any, drawn: dict[str, Any]) -> Any:
        blurred = ops.image.gaussian_blur(
            x, self.kernel_size, drawn["blur_factor"], data_format=self.data_format
        )
        return self._within(ops.where(self._each(drawn["should_apply_blur"]), blurred, x))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "kernel_size": self.kernel_size, "sigma": self.sigma}


class RandomErasing(_Sometimes):
    """Pictures, of some a rectangle is erased. Zhong et al. 2020.

    Args:
        factor: the probability, or two between which it is drawn, 0 to 1.
        scale: (lower, upper): the shares of height and width are roots of numbers between these.
        fill_value: a number, three for the channels, or None for Gaussian noise.
        value_range: what the filling is clipped to.

    Raises: ArgumentError.
    """

    def __init__(
        self, factor: Any = 1.0, scale: Any = (0.02, 0.33), fill_value: Any = None,
        value_range: Any = (0, 255), seed: Any = None, data_format: Any = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(factor, value_range, data_format, seed, **kwargs)
        self.scale = self._limits("scale", scale, 0.0, 1.0)
        several = isinstance(fill_value, tuple | list)
        if several and len(fill_value) != 3:
            raise ArgumentError(
                "RandomErasing(fill_value=...)", "needs a number, or three", repr(fill_value),
                "leave it out for noise",
            )  # fmt: skip
        self.fill_value = fill_value

    def _draw(self, x: Any, seed: Any) -> dict[str, Any]:
        rows, columns = self._size(x)
        shape = (x.shape[0], 2)
        share = ops.sqrt(random.uniform(shape, *self.scale, self.compute_dtype, seed))
        first, second = (self._uniform(x, (0.0, 1.0), seed) for _ in range(2))
        inside = ops.logical_and(
            span_of_axis(columns, share[:, 0], self._places[1], first),
            span_of_axis(rows, share[:, 1], self._places[0], second),
        )
        masks = ops.broadcast_to(inside, ops.shape(x))
        return {"batch_masks": masks, "apply_erasing": self._chosen(x, seed),
                "fill_value": self._filling(x, seed)}  # fmt: skip

    def _filling(self, x: Any, seed: Any) -> Any:
        fill = self.fill_value
        if fill is None:
            fill = random.normal(x.shape, dtype=self.compute_dtype, seed=seed) * self._high
        elif isinstance(fill, tuple | list):
            shape = [1, 1, 1, 1]
            shape[self._channels] = 3
            fill = ops.reshape(ops.convert_to_tensor(fill, self.compute_dtype), shape)
        return self._within(ops.zeros_like(x) + fill)

    def _changed(self, x: Any, drawn: dict[str, Any]) -> Any:
        erased = ops.where(drawn["batch_masks"], drawn["fill_value"], x)
        return ops.where(self._each(drawn["apply_erasing"]), erased, x)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "scale": self.scale, "fill_value": self.fill_value}
