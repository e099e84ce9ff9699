"""`tf.random`: draws of lamina's streams. The distributions are TensorFlow's, not the bits.

A seed of an op begins a stream of its own, of which each call takes the next draw, as in
TensorFlow; `set_seed` begins all streams anew.
"""

from __future__ import annotations

import random as python_random
from typing import Any

import numpy as np

from lamina import ops
from lamina import random as ours
from lamina.compat.tensorflow.dtypes import plain
from lamina.compat.tensorflow.shapes import sizes_of
from lamina.graph import dtypes
from lamina.graph.tensor import Array
from lamina.ops.public import public
from lamina.random import SeedGenerator, set_random_seed

__all__ = [
    "Generator", "categorical", "gamma", "get_global_generator", "normal", "poisson",
    "set_global_generator", "set_random_seed", "set_seed", "shuffle", "split",
    "stateless_categorical", "stateless_normal", "stateless_shuffle", "stateless_truncated_normal",
    "stateless_uniform", "truncated_normal", "uniform",
]  # fmt: skip

_streams: dict[int, SeedGenerator] = {}


def set_seed(seed: int) -> None:
    """Seeds lamina's streams; Python's and NumPy's go on as they were."""
    python_state, numpy_state = python_random.getstate(), np.random.get_state()
    set_random_seed(int(seed) % 2**32)
    python_random.setstate(python_state)
    np.random.set_state(numpy_state)
    _streams.clear()


def stream(seed: Any) -> Any:
    """The stream of an op's seed, None for the global one."""
    if seed is None:
        return None
    number = int(seed)
    if number not in _streams:
        _streams[number] = SeedGenerator(number % 2**32)
    return _streams[number]


def normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    seed: Any = None,
    name: str | None = None,
) -> Any:
    """Normal with this mean and standard deviation."""
    return _normal(shape, mean, stddev, plain(dtype), stream(seed))


@public
def _normal(shape: Any, mean: Any, stddev: Any, dtype: Any, seed: Any) -> Any:
    return ours.normal(_wide(shape, mean, stddev), mean, stddev, dtype, seed)


def truncated_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    seed: Any = None,
    name: str | None = None,
) -> Any:
    """Normal, drawn within two standard deviations of the mean only."""
    return _truncated(shape, mean, stddev, plain(dtype), stream(seed))


@public
def _truncated(shape: Any, mean: Any, stddev: Any, dtype: Any, seed: Any) -> Any:
    return ours.truncated_normal(_wide(shape, mean, stddev), mean, stddev, dtype, seed)


def _wide(shape: Any, *parameters: Any) -> tuple[Any, ...]:
    sizes = sizes_of(shape)
    shapes = [np.shape(v) if isinstance(v, np.ndarray) else tuple(getattr(v, "shape", ()))
              for v in parameters]  # fmt: skip
    return sizes if not any(shapes) else tuple(np.broadcast_shapes(sizes, *shapes))


def uniform(
    shape: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = "float32",
    seed: Any = None,
    name: str | None = None,
) -> Any:
    """Uniform on [minval, maxval), of floats by default below 1; whole numbers by their dtype."""
    return _uniform(shape, minval, maxval, plain(dtype), stream(seed))


@public
def _uniform(shape: Any, minval: Any, maxval: Any, dtype: Any, seed: Any) -> Any:
    sizes = sizes_of(shape)
    if dtypes.is_integer(dtype):
        return ours.randint(sizes, minval, maxval, dtype, seed)
    return ours.uniform(sizes, minval, 1.0 if maxval is None else maxval, dtype, seed)


def shuffle(value: Any, seed: Any = None, name: str | None = None) -> Any:
    """The rows in another order."""
    return ours.shuffle(value, seed=stream(seed))


def categorical(
    logits: Any, num_samples: Any, dtype: Any = None, seed: Any = None, name: str | None = None
) -> Any:
    """Classes drawn with these logarithms of probabilities: (B, C) -> (B, num_samples), int64."""
    kind = plain(dtype) or "int64"
    return ops.cast(ours.categorical(logits, int(num_samples), "int32", stream(seed)), kind)


def _host() -> np.random.Generator:
    return np.random.default_rng(ours.draw_seed())


def poisson(
    shape: Any, lam: Any, dtype: Any = "float32", seed: Any = None, name: str | None = None
) -> Any:
    """Counts with this mean, drawn on the host: (*shape, *lam.shape)."""
    means = np.asarray(lam)
    draw = _host() if seed is None else np.random.default_rng(int(seed))
    return Array(draw.poisson(means, (*sizes_of(shape), *means.shape)).astype(str(dtype)))


def gamma(
    shape: Any,
    alpha: Any,
    beta: Any = None,
    dtype: Any = "float32",
    seed: Any = None,
    name: str | None = None,
) -> Any:
    """Gamma with this shape and rate, drawn on the host: (*shape, *alpha.shape)."""
    rates = np.ones(()) if beta is None else np.asarray(beta)
    means = np.broadcast_to(np.asarray(alpha), np.broadcast_shapes(np.shape(alpha), rates.shape))
    draw = _host() if seed is None else np.random.default_rng(int(seed))
    found = draw.gamma(means, 1.0 / rates, (*sizes_of(shape), *means.shape))
    return Array(found.astype(str(dtype)))


# ── without state: a seed of two numbers gives the same draws every time ──


def _key(seed: Any) -> Any:
    return ops.cast(ops.convert_to_tensor(seed), "uint32")


def stateless_normal(
    shape: Any,
    seed: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    name: str | None = None,
    alg: Any = None,
) -> Any:
    """Normal draws of a seed of two numbers."""
    return _normal(shape, mean, stddev, plain(dtype), _key(seed))


def stateless_truncated_normal(
    shape: Any,
    seed: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    name: str | None = None,
    alg: Any = None,
) -> Any:
    """Truncated normal draws of a seed of two numbers."""
    return _truncated(shape, mean, stddev, plain(dtype), _key(seed))


def stateless_uniform(
    shape: Any,
    seed: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = "float32",
    name: str | None = None,
    alg: Any = None,
) -> Any:
    """Uniform draws of a seed of two numbers."""
    return _uniform(shape, minval, maxval, plain(dtype), _key(seed))


def stateless_categorical(
    logits: Any, num_samples: Any, seed: Any, dtype: Any = "int64", name: str | None = None
) -> Any:
    """Classes drawn by a seed of two numbers."""
    found = ours.categorical(logits, int(num_samples), "int32", _key(seed))
    return ops.cast(found, plain(dtype))


def stateless_shuffle(value: Any, seed: Any, alg: Any = None, name: str | None = None) -> Any:
    """The rows in the order of a seed of two numbers."""
    return ours.shuffle(value, seed=_key(seed))


def split(seed: Any, num: int = 2, alg: Any = None) -> Any:
    """Seeds made of one: (num, 2)."""
    return ops.cast(ours.randint((int(num), 2), 0, 2**31 - 1, "int32", _key(seed)), "int32")


class Generator:
    """A stream of random numbers of its own."""

    def __init__(self, seed: int | None = None, **hints: Any) -> None:
        self._seed = SeedGenerator(None if seed is None else int(seed) % 2**32)

    @classmethod
    def from_seed(cls, seed: int, alg: Any = None) -> Generator:
        """The stream of a seed."""
        return cls(seed)

    @classmethod
    def from_non_deterministic_state(cls, alg: Any = None) -> Generator:
        """A stream that begins anywhere."""
        return cls()

    @property
    def state(self) -> Any:
        """The seed and how many draws there were."""
        return self._seed.state

    def reset_from_seed(self, seed: int) -> None:
        """Begins the stream of a seed."""
        self._seed = SeedGenerator(int(seed) % 2**32)

    def normal(
        self, shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float32",
        name: Any = None,
    ) -> Any:  # fmt: skip
        """Normal draws."""
        return _normal(shape, mean, stddev, plain(dtype), self._seed)

    def truncated_normal(
        self, shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float32",
        name: Any = None,
    ) -> Any:  # fmt: skip
        """Truncated normal draws."""
        return _truncated(shape, mean, stddev, plain(dtype), self._seed)

    def uniform(
        self, shape: Any, minval: Any = 0, maxval: Any = None, dtype: Any = "float32",
        name: Any = None,
    ) -> Any:  # fmt: skip
        """Uniform draws."""
        return _uniform(shape, minval, maxval, plain(dtype), self._seed)

    def make_seeds(self, count: int = 1) -> Any:
        """Seeds for the stateless functions: (2, count)."""
        return ours.randint((2, int(count)), 0, 2**31 - 1, "int64", self._seed)

    def split(self, count: int = 1) -> list[Generator]:
        """Streams made of this one."""
        return [Generator(int(n)) for n in np.asarray(self.make_seeds(count))[0]]


_global: Generator | None = None


def get_global_generator() -> Generator:
    """The generator that all share."""
    global _global
    if _global is None:
        _global = Generator()
    return _global


def set_global_generator(generator: Generator) -> None:
    """Sets the generator that all share."""
    global _global
    _global = generator
