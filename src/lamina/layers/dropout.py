"""Dropout: entries, or whole channels, that are left out at random against overfitting."""

from __future__ import annotations

from typing import Any, ClassVar

from lamina import random
from lamina.errors import ArgumentError
from lamina.graph.data_format import standard_data_format
from lamina.layers.base import Layer
from lamina.layers.input_spec import InputSpec
from lamina.layers.sizes import space_of


class RandomLayer(Layer):
    """Base of layers that change their inputs at random while training, and not otherwise.

    Args:
        rate: how much of it, 0 (nothing is drawn) to 1.
        seed: the same seed gives the same draws.
    """

    argument: ClassVar[str] = "rate"
    rate: float

    def __init__(self, rate: float, seed: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(rate, int | float) or not 0 <= rate <= 1:
            raise ArgumentError(
                f"{type(self).__name__}({self.argument}=...)", "needs a number between 0 and 1",
                f"{self.argument}={rate!r}", f"pass {self.argument}=0.5, for instance",
            )  # fmt: skip
        setattr(self, self.argument, rate)
        self.seed = seed
        self.supports_masking = True
        if rate > 0:
            self.seed_generator = random.SeedGenerator(seed)
        self.built = True

    def call(self, inputs: Any, training: bool | None = False) -> Any:
        """x, changed at random if training."""
        if not training or getattr(self, self.argument) == 0:
            return inputs
        return self._changed(inputs)

    def _changed(self, inputs: Any) -> Any:
        raise NotImplementedError

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of the inputs."""
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        own = {self.argument: getattr(self, self.argument), "seed": self.seed}
        return {**super().get_config(), **own}


def noise_shape_of(where: str, noise_shape: Any) -> tuple[int | None, ...] | None:
    """The shape of a mask: positive sizes, None where it is the input's.

    Raises: ArgumentError for anything else.
    """
    if noise_shape is None:
        return None
    sizes = tuple(noise_shape) if hasattr(noise_shape, "__iter__") else (0,)
    if not all(n is None or (isinstance(n, int) and n > 0) for n in sizes):
        raise ArgumentError(
            f"{where}(noise_shape=...)", "needs positive sizes, or None where it is the input's",
            f"noise_shape={noise_shape!r}", "pass noise_shape=(None, 1, None), for instance",
        )  # fmt: skip
    return sizes


def concrete(noise_shape: Any, inputs: Any) -> tuple[Any, ...]:
    """The shape of the mask for these inputs."""
    sizes = tuple(inputs.shape)
    if noise_shape is None:
        return sizes
    if len(noise_shape) != len(sizes):
        raise ArgumentError(
            "noise_shape", "needs a size for each axis of the inputs",
            f"noise_shape={noise_shape}, inputs of shape {sizes}", "write None where it is theirs",
        )  # fmt: skip
    return tuple(size if n is None else n for n, size in zip(noise_shape, sizes, strict=True))


class Dropout(RandomLayer):
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
        super().__init__(rate, seed, **kwargs)
        self.noise_shape = noise_shape_of(type(self).__name__, noise_shape)

    def _changed(self, inputs: Any) -> Any:
        shape = concrete(self.noise_shape, inputs)
        return random.dropout(inputs, self.rate, shape, seed=self.seed_generator)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {**super().get_config(), "noise_shape": self.noise_shape}


class SpatialDropout(RandomLayer):
    """Dropout of whole channels: all entries of a channel of a row are kept or none.

    Source: Tompson et al. 2014, "Efficient object localization using convolutional networks".
    """

    rank: ClassVar[int]

    def __init__(
        self,
        rate: float,
        data_format: str | None = None,
        seed: Any = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(rate, seed, name=name, dtype=dtype)
        self.data_format = standard_data_format(type(self).__name__, data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _changed(self, inputs: Any) -> Any:
        space = space_of(self.data_format, self.rank)
        shape = tuple(1 if i in space else n for i, n in enumerate(inputs.shape))
        return random.dropout(inputs, self.rate, shape, seed=self.seed_generator)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        return {
            "rate": self.rate, "data_format": self.data_format, "seed": self.seed,
            "name": self.name, "dtype": self.dtype,
        }  # fmt: skip


class SpatialDropout1D(SpatialDropout):
    """Dropout of whole channels of x (B, T, C)."""

    rank = 1

    def __init__(
        self, rate: float, seed: Any = None, name: str | None = None, dtype: Any = None
    ) -> None:
        super().__init__(rate, "channels_last", seed, name, dtype)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal layer."""
        config = super().get_config()
        del config["data_format"]
        return config


class SpatialDropout2D(SpatialDropout):
    """Dropout of whole channels of x (B, H, W, C) or (B, C, H, W)."""

    rank = 2


class SpatialDropout3D(SpatialDropout):
    """Dropout of whole channels of x (B, D, H, W, C) or (B, C, D, H, W)."""

    rank = 3
