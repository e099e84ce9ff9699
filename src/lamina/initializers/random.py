"""Random initializers. Distributions are Keras'; the bits are those of `lamina.random`.

With an integer `seed`, or none, every call of one initializer returns the same values (none draws
one integer from the global generator when the initializer is made); a `SeedGenerator` gives new
values each time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina import ops, random
from lamina.errors import ArgumentError, ShapeError
from lamina.graph import dtypes
from lamina.graph.tensor import Tensor
from lamina.initializers.base import Initializer

MODES = ("fan_in", "fan_out", "fan_avg")
DISTRIBUTIONS = ("uniform", "truncated_normal", "untruncated_normal")

# Standard deviation of a standard normal variable truncated to [-2, 2].
TRUNCATED_STDDEV = 0.87962566103423978


class RandomInitializer(Initializer):
    """What random initializers share: the seed."""

    def __init__(self, seed: Any = None) -> None:
        self._init_seed = seed
        if isinstance(seed, dict):
            seed = random.SeedGenerator.from_config(seed["config"])
        if seed is not None and not isinstance(seed, int | np.integer | random.SeedGenerator):
            raise ArgumentError(
                f"{type(self).__name__}(seed=...)", "needs an integer or a SeedGenerator",
                repr(seed), "pass for instance seed=0",
            )  # fmt: skip
        self.seed = random.draw_seed() if seed is None else seed

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        seed = self._init_seed
        if isinstance(seed, random.SeedGenerator):
            seed = {
                "module": "keras.random", "class_name": "SeedGenerator",
                "config": seed.get_config(), "registered_name": None,
            }  # fmt: skip
        return {"seed": seed}


class RandomNormal(RandomInitializer):
    """Normal with this mean and standard deviation."""

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None) -> None:
        super().__init__(seed)
        self.mean, self.stddev = mean, stddev

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        """Values of this shape."""
        kind = dtypes.standard(dtype)
        return random.normal(tuple(shape), self.mean, self.stddev, dtype=kind, seed=self.seed)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        return {**super().get_config(), "mean": self.mean, "stddev": self.stddev}


class TruncatedNormal(RandomNormal):
    """Normal, with what lies beyond two standard deviations drawn again."""

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        """Values of this shape."""
        return random.truncated_normal(
            tuple(shape), self.mean, self.stddev, dtype=dtypes.standard(dtype), seed=self.seed
        )


class RandomUniform(RandomInitializer):
    """Uniform in [minval, maxval)."""

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Any = None) -> None:
        super().__init__(seed)
        self.minval, self.maxval = minval, maxval

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        """Values of this shape."""
        kind = dtypes.standard(dtype)
        return random.uniform(tuple(shape), self.minval, self.maxval, dtype=kind, seed=self.seed)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        return {**super().get_config(), "minval": self.minval, "maxval": self.maxval}


class VarianceScaling(RandomInitializer):
    """Variance `scale` / n, where n is the number of inputs, outputs or their mean.

    Args:
        scale: positive.
        mode: n is "fan_in", "fan_out" or "fan_avg".
        distribution: "truncated_normal" (or "normal"), "untruncated_normal" or "uniform".
        input_axes, output_axes: which axes count as inputs and outputs; by default the last two
            axes do, times all axes before them.
    """

    def __init__(
        self, scale: float = 1.0, mode: str = "fan_in", distribution: str = "truncated_normal",
        seed: Any = None, input_axes: Any = None, output_axes: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(seed)
        distribution = distribution.lower()
        distribution = "truncated_normal" if distribution == "normal" else distribution
        _check(scale > 0, "scale", "a positive number", scale)
        _check(mode in MODES, "mode", f"one of {', '.join(MODES)}", mode)
        legal = distribution in DISTRIBUTIONS
        _check(legal, "distribution", f"one of {', '.join(DISTRIBUTIONS)}", distribution)
        self.scale, self.mode, self.distribution = scale, mode, distribution
        self.input_axes, self.output_axes = input_axes, output_axes

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        """Values of this shape."""
        shape, kind = tuple(shape), dtypes.standard(dtype)
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, fan)
        if self.distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            return random.uniform(shape, -limit, limit, dtype=kind, seed=self.seed)
        stddev = math.sqrt(variance)
        if self.distribution == "untruncated_normal":
            return random.normal(shape, 0.0, stddev, dtype=kind, seed=self.seed)
        return random.truncated_normal(
            shape, 0.0, stddev / TRUNCATED_STDDEV, dtype=kind, seed=self.seed
        )

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        axes = {"input_axes": self.input_axes, "output_axes": self.output_axes}
        if type(self) is not VarianceScaling:
            return {**super().get_config(), **axes}
        own = {"scale": self.scale, "mode": self.mode, "distribution": self.distribution}
        return {**super().get_config(), **own, **axes}


def _check(legal: bool, argument: str, needed: str, received: Any) -> None:
    if not legal:
        raise ArgumentError(
            f"VarianceScaling({argument}=...)", f"needs {needed}", repr(received),
            "see its docstring",
        )  # fmt: skip


def compute_fans(
    shape: Sequence[int], input_axes: Any = None, output_axes: Any = None
) -> tuple[int, int]:
    """How many inputs and outputs a weight of this shape connects."""
    if input_axes is not None and output_axes is not None:
        return math.prod(shape[a] for a in input_axes), math.prod(shape[a] for a in output_axes)
    if len(shape) < 2:
        return (shape[0], shape[0]) if shape else (1, 1)
    field = math.prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field


class GlorotUniform(VarianceScaling):
    """Uniform within sqrt(6 / (fan_in + fan_out)). Glorot & Bengio 2010, eq. 16."""

    def __init__(self, seed: Any = None, input_axes: Any = None, output_axes: Any = None) -> None:
        super().__init__(1.0, "fan_avg", "uniform", seed, input_axes, output_axes)


class GlorotNormal(VarianceScaling):
    """Truncated normal of variance 2 / (fan_in + fan_out). Glorot & Bengio 2010."""

    def __init__(self, seed: Any = None, input_axes: Any = None, output_axes: Any = None) -> None:
        super().__init__(1.0, "fan_avg", "truncated_normal", seed, input_axes, output_axes)


class LecunUniform(VarianceScaling):
    """Uniform within sqrt(3 / fan_in). LeCun, Bottou, Orr & Müller 1998, "Efficient backprop"."""

    def __init__(self, seed: Any = None, input_axes: Any = None, output_axes: Any = None) -> None:
        super().__init__(1.0, "fan_in", "uniform", seed, input_axes, output_axes)


class LecunNormal(VarianceScaling):
    """Truncated normal of variance 1 / fan_in. LeCun, Bottou, Orr & Müller 1998."""

    def __init__(self, seed: Any = None, input_axes: Any = None, output_axes: Any = None) -> None:
        super().__init__(1.0, "fan_in", "truncated_normal", seed, input_axes, output_axes)


class HeUniform(VarianceScaling):
    """Uniform within sqrt(6 / fan_in). He, Zhang, Ren & Sun 2015, "Delving deep into
    rectifiers".
    """

    def __init__(self, seed: Any = None, input_axes: Any = None, output_axes: Any = None) -> None:
        super().__init__(2.0, "fan_in", "uniform", seed, input_axes, output_axes)


class HeNormal(VarianceScaling):
    """Truncated normal of variance 2 / fan_in. He, Zhang, Ren & Sun 2015."""

    def __init__(self, seed: Any = None, input_axes: Any = None, output_axes: Any = None) -> None:
        super().__init__(2.0, "fan_in", "truncated_normal", seed, input_axes, output_axes)


class Orthogonal(RandomInitializer):
    """`gain` times a matrix with orthonormal rows or columns, whichever are fewer.

    The axes before the last are taken as one. It is the Q of a normal matrix, with the signs that
    make the distribution uniform. Saxe, McClelland & Ganguli 2014; Mezzadri 2007.
    """

    def __init__(self, gain: float = 1.0, seed: Any = None) -> None:
        super().__init__(seed)
        self.gain = gain

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        """Values of this shape.

        Raises: ShapeError unless the shape has two axes or more.
        """
        if len(shape) < 2:
            raise ShapeError(
                "Orthogonal", "needs a shape of at least two axes", f"shape {tuple(shape)}",
                "use GlorotUniform for vectors",
            )  # fmt: skip
        rows, columns = math.prod(shape[:-1]), shape[-1]
        kind = dtypes.standard(dtype)
        size = (max(rows, columns), min(rows, columns))
        q, r = np.linalg.qr(np.asarray(random.normal(size, dtype=kind, seed=self.seed)))
        q = q * np.sign(np.diagonal(r))
        q = (q if rows >= columns else q.T).reshape(tuple(shape))
        return ops.convert_to_tensor(np.asarray(self.gain * q, kind))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer."""
        return {**super().get_config(), "gain": self.gain}
