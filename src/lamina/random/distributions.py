"""Distributions made of Threefry's bits; the counter is the row-major index of the entry."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.errors import ArgumentError
from lamina.graph import dtypes, storage, trace
from lamina.graph.tape import is_recording
from lamina.graph.tensor import Array, Tensor
from lamina.ops import primitives as p
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.random.seeds import key_of

# Entries that are drawn at a time outside a trace, so that what is between bits and values stays
# in the caches.
BLOCK = 1 << 15


def index_of(shape: Sequence[Any]) -> Tensor:
    """The row-major index of every entry, uint32, in this shape."""
    total: Tensor = p.fill(tuple(shape), 0, "uint32")
    stride = 1
    for axis in reversed(range(len(shape))):
        line = [n if i == axis else 1 for i, n in enumerate(shape)]
        total = p.add(
            total, p.mul(p.iota(line, axis, "uint32"), as_tensor(stride % 2**32, "uint32"))
        )
        stride *= int(shape[axis])
    return total


def bits(shape: Sequence[Any], seed: Any, stream: int = 0) -> tuple[Tensor, Tensor]:
    """Two words of random bits an entry; `stream` tells apart several draws of one key."""
    return _hashed(
        key_of(seed) if not isinstance(seed, tuple) else seed[0], index_of(shape), stream
    )


def _hashed(key: Tensor, index: Tensor, stream: int = 0) -> tuple[Tensor, Tensor]:
    words = [p.reshape(p.slice_(key, [i], [i + 1]), ()) for i in range(2)]
    return p.threefry(words[0], words[1], index, as_tensor(stream, "uint32"))


def unit_of(key: Tensor, index: Tensor, stream: int, dtype: str) -> Tensor:
    """A float in [0, 1) for each index, from one of the streams of a key."""
    return _unit(*_hashed(key, index, stream), dtype)


def _unit(word: Tensor, second: Tensor, dtype: str) -> Tensor:
    """A float in [0, 1) from 24 bits of one word, or 53 of two."""
    if dtype == "float32":
        top = p.shift_right(word, as_tensor(8, "uint32"))
        return p.mul(p.cast(top, "float32"), 2.0**-24)
    high = p.cast(p.shift_right(word, as_tensor(5, "uint32")), "float64")
    low = p.cast(p.shift_right(second, as_tensor(6, "uint32")), "float64")
    return p.mul(p.add(p.mul(high, 2.0**26), low), 2.0**-53)


def float_dtype(dtype: Any) -> str:
    """The float dtype of a draw. Raises: ArgumentError for another."""
    kind = dtypes.standard(dtype)
    if not dtypes.is_float(kind):
        raise ArgumentError(
            "random", "draws floats here", f"dtype={kind}", "use random.randint for whole numbers"
        )
    return kind


def _drawn(
    make: Callable[..., Tensor], shape: Any, dtype: Any, seed: Any, *parameters: Any
) -> Tensor:
    """`make` of numbers in [0, 1) and parameters in the result's dtype, entry by entry."""
    shape, kind = tuple(shape), float_dtype(dtype)
    given = [p.cast(as_tensor(v, kind), kind) for v in parameters]
    whole = trace.current() is not None or is_recording() or any(v.shape for v in given)
    if whole or math.prod(shape) <= BLOCK:
        return make(_unit(*bits(shape, seed), kind), *given)
    key = key_of(seed)
    found = storage.room(shape, kind)
    entries = found.reshape(-1)
    for start in range(0, len(entries), BLOCK):
        block = entries[start : start + BLOCK]
        index = as_tensor(np.arange(start, start + len(block)).astype("uint32"))
        block[...] = make(_unit(*_hashed(key, index), kind), *given)
    return Array(found)


def uniform(
    shape: Any, minval: Any = 0.0, maxval: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Tensor:
    """Uniform on [minval, maxval)."""

    def make(unit: Tensor, low: Tensor, high: Tensor) -> Tensor:
        return p.add(p.mul(unit, p.sub(high, low)), low)

    return _drawn(make, shape, dtype, seed, minval, maxval)


def normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Tensor:
    """Normal with this mean and standard deviation: sqrt(2) erfinv(u) for u uniform on (-1, 1)."""

    def make(unit: Tensor, centre: Tensor, spread: Tensor) -> Tensor:
        # The middle of each of the 2^24 (2^53) cells: never -1 or 1, whose erfinv is infinite.
        half = 2.0**-25 if unit.dtype == "float32" else 2.0**-54
        centred = p.sub(p.mul(p.add(unit, half), 2.0), 1.0)
        draws = p.mul(p.erfinv(centred), math.sqrt(2.0))
        return p.add(p.mul(draws, spread), centre)

    return _drawn(make, shape, dtype, seed, mean, stddev)


def truncated_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Tensor:
    """Normal, drawn within two standard deviations of the mean only."""
    edge = math.erf(2.0 / math.sqrt(2.0))

    def make(unit: Tensor, centre: Tensor, spread: Tensor) -> Tensor:
        inside = p.mul(p.sub(p.mul(unit, 2.0), 1.0), edge)
        draws = p.mul(p.erfinv(inside), math.sqrt(2.0))
        draws = p.min_(p.max_(draws, -2.0), 2.0)
        return p.add(p.mul(draws, spread), centre)

    return _drawn(make, shape, dtype, seed, mean, stddev)


def randint(shape: Any, minval: Any, maxval: Any, dtype: Any = "int32", seed: Any = None) -> Tensor:
    """Whole numbers from minval below maxval, equally likely (to within 2^-32 of each other)."""
    kind = dtypes.standard(dtype)
    word, _ = bits(tuple(shape), seed)
    low, high = (p.cast(as_tensor(v), "int64") for v in (minval, maxval))
    width = p.cast(p.sub(high, low), "uint64")
    scaled = p.shift_right(p.mul(p.cast(word, "uint64"), width), as_tensor(32, "uint64"))
    return p.cast(p.add(p.cast(scaled, "int64"), low), kind)


def bernoulli(shape: Any, p_true: float, seed: Any = None) -> Tensor:
    """True with probability `p_true`: bool."""
    return p.lt(_unit(*bits(tuple(shape), seed), "float32"), float(p_true))


def dropout(inputs: Any, rate: float, noise_shape: Any = None, seed: Any = None) -> Tensor:
    """Entries set to 0 with probability `rate`, the others divided by 1 - rate."""
    x = as_tensor(inputs)
    if rate >= 1.0:
        return p.zeros_like(x)
    shape = tuple(x.shape) if noise_shape is None else tuple(noise_shape)
    kept = p.ge(_unit(*bits(shape, seed), "float32"), float(rate))
    return p.select(kept, p.div(x, 1.0 - rate), 0.0)


def categorical(logits: Any, num_samples: int, dtype: Any = "int32", seed: Any = None) -> Tensor:
    """Classes drawn by unnormalised log-probabilities (rows, classes): (rows, num_samples).

    The largest of logits plus Gumbel noise (Gumbel 1954).
    """
    x = as_tensor(logits)
    rows, classes = shape_of(x)
    unit = _unit(*bits((rows, num_samples, classes), seed), x.dtype)
    noise = p.neg(p.log(p.neg(p.log(p.add(unit, 2.0**-26)))))
    scores = p.add(p.reshape(x, (rows, 1, classes)), noise)
    return p.cast(p.argmax(scores, 2), dtypes.standard(dtype))


def shuffle(x: Any, axis: int = 0, seed: Any = None) -> Tensor:
    """The slices along an axis in random order."""
    x = as_tensor(x)
    place = axis % x.ndim
    word, _ = bits((shape_of(x)[place],), seed)
    return p.gather(x, p.argsort(word, 0), place)
