"""Fourier transforms, of pairs (real, imaginary): there is no complex dtype.

A transform of n = a b points is a transforms of b points, turned, and b of a points (Cooley & Tukey
1965); a prime number of points is a product with the matrix of cosines and sines. So all is made
of products, which differentiate and compile like any other.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.errors import ArgumentError, DtypeError, ShapeError
from lamina.graph import dtypes
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.bells import bell
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.linear import matmul
from lamina.ops.public import as_float, public
from lamina.ops.shaping import pad

__all__ = ["extract_sequences", "fft", "fft2", "ifft2", "irfft", "istft", "rfft", "stft"]

Pair = tuple[Tensor, Tensor]
# Up to this many points the matrix is quicker than its factors.
DIRECT = 32


def _pair(where: str, x: Any) -> Pair:
    if not isinstance(x, tuple | list) or len(x) != 2:
        raise ArgumentError(
            f"ops.{where}", "takes a pair (real, imaginary)", f"{type(x).__name__}",
            "pass (x, ops.zeros_like(x)) for real numbers",
        )  # fmt: skip
    real, imaginary = (as_tensor(part) for part in x)
    if shape_of(real) != shape_of(imaginary):
        raise ShapeError(
            f"ops.{where}", "needs parts of one shape",
            f"{tuple(real.shape)} and {tuple(imaginary.shape)}", "broadcast them first",
        )  # fmt: skip
    if not dtypes.is_float(real.dtype) or real.dtype != imaginary.dtype:
        raise ArgumentError(
            f"ops.{where}", "takes floats of one dtype", f"{real.dtype} and {imaginary.dtype}",
            "cast them first",
        )  # fmt: skip
    return real, imaginary


def _times(a: Pair, b: Pair, product: Callable[[Any, Any], Any]) -> Pair:
    """The product of complex numbers, `product` being that of real ones."""
    real = p.sub(product(a[0], b[0]), product(a[1], b[1]))
    return real, p.add(product(a[0], b[1]), product(a[1], b[0]))


def _roots(exponents: np.ndarray, size: int, dtype: str) -> Pair:
    """exp(-2 pi i k / size) for each exponent k; reduced first, so that it is exact."""
    angle = -2.0 * np.pi * (exponents % size) / size
    return as_tensor(np.cos(angle).astype(dtype)), as_tensor(np.sin(angle).astype(dtype))


def _across(x: Tensor) -> Tensor:
    """The last two axes exchanged."""
    axes = list(range(x.ndim))
    return p.transpose(x, [*axes[:-2], axes[-1], axes[-2]])


def _factor(size: int) -> int:
    """The divisor nearest to the root, 1 of a prime."""
    return next(k for k in range(math.isqrt(size), 0, -1) if size % k == 0)


def _transformed(x: Pair) -> Pair:
    """The transform of the last axis."""
    size, dtype = shape_of(x[0])[-1], x[0].dtype
    a = _factor(size) if size > DIRECT else 1
    if a == 1:
        grid = np.outer(np.arange(size), np.arange(size))
        return _times(x, _roots(grid, size, dtype), matmul)
    b, lead = size // a, shape_of(x[0])[:-1]
    # Point j of the data is j1 + a j2, point k of the result k2 + b k1.
    split = [_across(p.reshape(part, (*lead, b, a))) for part in x]
    inner = _transformed((split[0], split[1]))
    turned = _times(inner, _roots(np.outer(np.arange(a), np.arange(b)), size, dtype), p.mul)
    outer = _transformed((_across(turned[0]), _across(turned[1])))
    whole = [p.reshape(_across(part), (*lead, size)) for part in outer]
    return whole[0], whole[1]


def _turned_back(x: Pair) -> Pair:
    """The inverse transform of the last axis: that of the conjugate, conjugated, by its size."""
    size = shape_of(x[0])[-1]
    real, imaginary = _transformed((x[0], p.neg(x[1])))
    return p.div(real, float(size)), p.div(imaginary, float(-size))


def _swapped(x: Pair) -> Pair:
    return _across(x[0]), _across(x[1])


@public
def fft(x: Any) -> Pair:
    """sum_j x_j exp(-2 pi i j k / n) along the last axis, of and as (real, imaginary)."""
    return _transformed(_pair("fft", x))


@public
def fft2(x: Any) -> Pair:
    """The transform of the last two axes."""
    return _swapped(_transformed(_swapped(_transformed(_pair("fft2", x)))))


@public
def ifft2(x: Any) -> Pair:
    """The inverse of `fft2`."""
    return _swapped(_turned_back(_swapped(_turned_back(_pair("ifft2", x)))))


def _fitted(x: Tensor, size: int) -> Tensor:
    """The last axis cut, or filled with zeros, to this size."""
    have = shape_of(x)[-1]
    if have >= size:
        return p.part(x, x.ndim - 1, 0, size)
    return pad(x, [(0, 0)] * (x.ndim - 1) + [(0, size - have)])


@public
def rfft(x: Any, fft_length: int | None = None) -> Pair:
    """The first n // 2 + 1 entries of the transform of real numbers; the others mirror them."""
    real = as_float(x)
    real = real if fft_length is None else _fitted(real, int(fft_length))
    size, axis = shape_of(real)[-1], real.ndim - 1
    whole = _transformed((real, p.zeros_like(real)))
    return p.part(whole[0], axis, 0, size // 2 + 1), p.part(whole[1], axis, 0, size // 2 + 1)


@public
def irfft(x: Any, fft_length: int | None = None) -> Tensor:
    """The real numbers, by default 2 (n - 1), whose `rfft` this is."""
    return _real_back(_pair("irfft", x), fft_length)


def _real_back(pair: Pair, fft_length: int | None) -> Tensor:
    size = 2 * (shape_of(pair[0])[-1] - 1) if fft_length is None else int(fft_length)
    real, imaginary = (_fitted(part, size // 2 + 1) for part in pair)
    dtype = real.dtype
    # What stands for itself, 0 and the middle, counts once and only by its real part.
    twice = np.full(size // 2 + 1, 2.0)
    twice[0] = 1.0
    if size % 2 == 0:
        twice[-1] = 1.0
    angles = np.outer(np.arange(size // 2 + 1), np.arange(size)) % size * (2 * np.pi / size)
    weigh = twice[:, None] / size
    cosines, sines = (
        as_tensor((weigh * part).astype(dtype)) for part in (np.cos(angles), -np.sin(angles))
    )
    return p.add(matmul(real, cosines), matmul(imaginary, sines))


@public
def extract_sequences(x: Any, sequence_length: int, sequence_stride: int) -> Tensor:
    """Pieces of the last axis: (..., n) -> (..., pieces, sequence_length)."""
    return _pieces(as_tensor(x), int(sequence_length), int(sequence_stride))


def _pieces(x: Tensor, length: int, stride: int) -> Tensor:
    size = shape_of(x)[-1]
    count = (size - length) // stride + 1
    if length < 1 or stride < 1 or count < 1:
        raise ShapeError(
            "ops.extract_sequences", "needs pieces no longer than the axis",
            f"length {length}, stride {stride} of {size}", "shorten the pieces",
        )  # fmt: skip
    places = np.arange(count)[:, None] * stride + np.arange(length)
    flat = p.gather(x, as_tensor(places.reshape(-1).astype("int32")), x.ndim - 1)
    return p.reshape(flat, (*shape_of(x)[:-1], count, length))


def window_of(where: str, window: Any, length: int, fft_length: int, dtype: str) -> np.ndarray:
    """The weights of a piece, in the middle of `fft_length` points; periodic bells by name."""
    left = (fft_length - length) // 2
    right = fft_length - length - left
    if window is None:
        return np.ones(fft_length, dtype)
    if isinstance(window, str):
        weights = bell(f"ops.{where}", window, length, periodic=True)
    else:
        weights = np.asarray(window)
        if weights.shape != (length,):
            raise ShapeError(
                f"ops.{where}(window=...)", f"needs {length} weights", f"shape {weights.shape}",
                "give one for each point of a sequence",
            )  # fmt: skip
    return np.pad(weights, (left, right)).astype(dtype)


@public
def stft(
    x: Any, sequence_length: int, sequence_stride: int, fft_length: int, window: Any = "hann",
    center: bool = True,
) -> Pair:  # fmt: skip
    """The `rfft` of overlapping pieces: (..., n) -> two of (..., pieces, fft_length // 2 + 1).

    Args:
        sequence_length: points of a piece, at most `fft_length`, in whose middle they stand.
        window: "hann", "hamming" or another of SciPy's names, weights or None.
        center: pieces stand around their times; the ends are mirrored.
    """
    x = as_tensor(x)
    if not dtypes.is_float(x.dtype):
        raise DtypeError("ops.stft", "takes floats", x.dtype, "cast them first")
    if fft_length < sequence_length:
        raise ArgumentError(
            "ops.stft", "needs fft_length of at least sequence_length",
            f"{fft_length} and {sequence_length}", "raise fft_length",
        )  # fmt: skip
    weights = window_of("stft", window, sequence_length, fft_length, x.dtype)
    if center:
        x = pad(x, [(0, 0)] * (x.ndim - 1) + [(fft_length // 2, fft_length // 2)], mode="reflect")
    pieces = p.mul(_pieces(x, fft_length, sequence_stride), as_tensor(weights))
    whole = _transformed((pieces, p.zeros_like(pieces)))
    axis, stop = pieces.ndim - 1, fft_length // 2 + 1
    return p.part(whole[0], axis, 0, stop), p.part(whole[1], axis, 0, stop)


@public
def istft(
    x: Any, sequence_length: int, sequence_stride: int, fft_length: int,
    length: int | None = None, window: Any = "hann", center: bool = True,
) -> Tensor:  # fmt: skip
    """The inverse of `stft`: pieces are turned back, weighed, added where they overlap, and divided
    by the sum of the squared weights. Griffin & Lim 1984.
    """
    pair = _pair("istft", x)
    if pair[0].ndim < 2:
        raise ShapeError(
            "ops.istft", "needs pieces (..., pieces, bins)", f"shape {tuple(pair[0].shape)}",
            "pass what ops.stft returned",
        )  # fmt: skip
    dtype, count = pair[0].dtype, shape_of(pair[0])[-2]
    weights = window_of("istft", window, sequence_length, fft_length, dtype)
    pieces = p.mul(_real_back(pair, fft_length), as_tensor(weights))
    total = fft_length + sequence_stride * (count - 1)
    weight = np.zeros(total)
    for i in range(count):
        weight[i * sequence_stride :][:fft_length] += weights.astype("float64") ** 2
    weight = np.where(weight > 1e-10, weight, 1.0)
    if window is None:
        weight *= sequence_stride / fft_length  # as Keras has it
    found = p.div(_overlapped(pieces, sequence_stride, total), as_tensor(weight.astype(dtype)))
    start = fft_length // 2 if center else 0
    stop = start + length if length is not None else total - start
    return p.part(found, found.ndim - 1, start, min(stop, total))


def _overlapped(pieces: Tensor, stride: int, total: int) -> Tensor:
    """(..., pieces, length) -> (..., total), each piece added at its place."""
    *lead, count, length = shape_of(pieces)
    parts = -(-length // stride)
    whole = pad(pieces, [(0, 0)] * (pieces.ndim - 1) + [(0, parts * stride - length)])
    blocks = p.reshape(whole, (*lead, count, parts, stride))
    places = len(lead)
    found = None
    for k in range(parts):  # block k of each piece lies k strides further
        block = p.reshape(p.part(blocks, places + 1, k, k + 1), (*lead, count, stride))
        moved = pad(block, [(0, 0)] * places + [(k, parts - 1 - k), (0, 0)])
        found = moved if found is None else p.add(found, moved)
    assert found is not None
    flat = p.reshape(found, (*lead, (count + parts - 1) * stride))
    return p.part(flat, places, 0, total)
