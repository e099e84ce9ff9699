"""Tensors of complex numbers, and what `tf` and `tf.math` find out about them."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina import ops
from lamina.compat.tensorflow.shapes import TensorShape
from lamina.graph.tensor import Array
from lamina.ops.public import public

__all__ = ["abs", "angle", "complex", "conj", "imag", "real"]


class Complex:
    """A tensor of complex numbers, as two real ones."""

    __array_priority__ = 200
    dtype = "complex64"

    def __init__(self, real: Any, imag: Any) -> None:
        self.real, self.imag = ops.convert_to_tensor(real), ops.convert_to_tensor(imag)

    @property
    def shape(self) -> TensorShape:
        """The sizes of the axes."""
        return TensorShape(self.real.shape)

    def get_shape(self) -> TensorShape:
        """The sizes of the axes."""
        return self.shape

    def numpy(self) -> np.ndarray:
        """The values."""
        return np.asarray(self.real) + 1j * np.asarray(self.imag)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self.numpy().astype(dtype or "complex64")

    def __getitem__(self, key: Any) -> Complex:
        return Complex(self.real[key], self.imag[key])

    def __len__(self) -> int:
        return len(self.real)

    def __abs__(self) -> Any:
        return ops.sqrt(ops.add(ops.square(self.real), ops.square(self.imag)))

    def __neg__(self) -> Complex:
        return Complex(-self.real, -self.imag)

    def __add__(self, other: Any) -> Complex:
        re, im = parts(other)
        return Complex(self.real + re, self.imag + im)

    def __sub__(self, other: Any) -> Complex:
        re, im = parts(other)
        return Complex(self.real - re, self.imag - im)

    def __mul__(self, other: Any) -> Complex:
        re, im = parts(other)
        return Complex(self.real * re - self.imag * im, self.real * im + self.imag * re)

    def __truediv__(self, other: Any) -> Complex:
        re, im = parts(other)
        size = re * re + im * im
        up = self * Complex(re, -im)
        return Complex(up.real / size, up.imag / size)

    __radd__, __rmul__ = __add__, __mul__

    def __repr__(self) -> str:
        return f"<complex tensor of shape {tuple(self.shape)}>"


def parts(x: Any) -> tuple[Any, Any]:
    """The real and the imaginary part of a tensor, an array or a number."""
    if isinstance(x, Complex):
        return x.real, x.imag
    if np.iscomplexobj(x):
        array = np.asarray(x)
        return Array(array.real.astype("float32")), Array(array.imag.astype("float32"))
    real = ops.convert_to_tensor(x)
    return real, ops.zeros_like(real)


def complex(real: Any, imag: Any, name: str | None = None) -> Complex:
    """A complex tensor of its parts."""
    return Complex(real, imag)


@public
def abs(x: Any, name: str | None = None) -> Any:
    """The size of each entry."""
    return x.__abs__() if isinstance(x, Complex) else ops.abs(x)


@public
def real(input: Any, name: str | None = None) -> Any:
    """The real part."""
    return parts(input)[0]


@public
def imag(input: Any, name: str | None = None) -> Any:
    """The imaginary part."""
    return parts(input)[1]


@public
def angle(input: Any, name: str | None = None) -> Any:
    """The direction of each entry, in radians."""
    re, im = parts(input)
    return ops.arctan2(im, re)


def conj(x: Any, name: str | None = None) -> Any:
    """The entries mirrored at the real axis."""
    return Complex(x.real, -x.imag) if isinstance(x, Complex) else x
