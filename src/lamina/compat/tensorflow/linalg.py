"""`tf.linalg`, and its products directly under `tf`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lamina import ops
from lamina.compat.tensorflow.arrays import eye as eye
from lamina.compat.tensorflow.math import global_norm as global_norm
from lamina.compat.tensorflow.math import l2_normalize as l2_normalize
from lamina.compat.tensorflow.meeting import meeting
from lamina.compat.tensorflow.shapes import sizes_of
from lamina.errors import TraceError
from lamina.graph.tape import is_recording
from lamina.graph.tensor import Array, KerasTensor, Traced
from lamina.ops.public import public

# Decompositions, which are computed on eager tensors by NumPy.
DECOMPOSITIONS = {
    "cholesky": "cholesky", "det": "det", "eigh": "eigh", "eigvalsh": "eigvalsh", "inv": "inv",
    "pinv": "pinv", "qr": "qr", "slogdet": "slogdet", "solve": "solve",
}  # fmt: skip
PRODUCTS = ("einsum", "matmul", "matvec", "norm", "tensordot")
__all__ = [
    *DECOMPOSITIONS, *PRODUCTS, "adjoint", "band_part", "cross", "diag", "diag_part", "eye",
    "global_norm",
    "l2_normalize", "lstsq", "matrix_transpose", "normalize", "set_diag", "svd", "trace",
    "triangular_solve",
]  # fmt: skip


@public
def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    output_type: Any = None,
    name: str | None = None,
) -> Any:
    """a b, of the last two axes, each transposed first if asked for."""
    a, b = meeting(a, b)
    a = ops.swapaxes(a, -1, -2) if transpose_a or adjoint_a else a
    return ops.matmul(a, ops.swapaxes(b, -1, -2) if transpose_b or adjoint_b else b)


@public
def matvec(
    a: Any, b: Any, transpose_a: bool = False, adjoint_a: bool = False, name: str | None = None
) -> Any:
    """A matrix times a vector."""
    a = ops.swapaxes(a, -1, -2) if transpose_a or adjoint_a else a
    return ops.squeeze(ops.matmul(a, ops.expand_dims(b, -1)), -1)


def einsum(equation: str, *inputs: Any, **hints: Any) -> Any:
    """Einstein's sum; `optimize` and `name` change no result."""
    unknown = set(hints) - {"optimize", "name"}
    if unknown:
        raise TypeError(f"tf.einsum() got an unexpected keyword argument {min(unknown)!r}")
    return ops.einsum(equation, *meeting(*inputs))


def tensordot(a: Any, b: Any, axes: Any, name: str | None = None) -> Any:
    """The product summed over pairs of axes."""
    given = axes if isinstance(axes, int) else np.asarray(axes).tolist()
    x, y = meeting(a, b)
    return ops.tensordot(x, y, axes=given)


@public
def norm(
    tensor: Any,
    ord: Any = "euclidean",
    axis: Any = None,
    keepdims: bool = False,
    name: str | None = None,
) -> Any:
    """The length of vectors, of all entries by default."""
    x = ops.convert_to_tensor(tensor)
    axes = None if axis is None else axis if isinstance(axis, int) else sizes_of(axis)
    if ord in ("euclidean", "fro", 2) and not (ord == 2 and isinstance(axes, tuple)):
        return ops.sqrt(ops.sum(ops.square(x), axis=axes, keepdims=keepdims))
    if axes is None:
        found = ops.norm(ops.reshape(x, (-1,)), ord=ord)
        return ops.reshape(found, (1,) * x.ndim) if keepdims else found
    return ops.norm(x, ord=ord, axis=axes, keepdims=keepdims)


def normalize(
    tensor: Any, ord: Any = "euclidean", axis: Any = None, name: str | None = None
) -> tuple[Any, Any]:
    """The tensor divided by its length, and that length."""
    length = norm(tensor, ord, axis, True)
    return ops.divide(tensor, length), length


@public
def matrix_transpose(a: Any, name: str | None = None, conjugate: bool = False) -> Any:
    """The last two axes exchanged."""
    return ops.swapaxes(a, -1, -2)


adjoint = matrix_transpose


def trace(x: Any, name: str | None = None) -> Any:
    """The sum of the diagonal."""
    return ops.trace(x, axis1=-2, axis2=-1)


def cross(a: Any, b: Any, name: str | None = None) -> Any:
    """The cross product of vectors of three."""
    return ops.cross(a, b)


@public
def diag(diagonal: Any, name: str = "diag") -> Any:
    """Matrices with these diagonals."""
    x = ops.convert_to_tensor(diagonal)
    return ops.multiply(ops.expand_dims(x, -1), ops.eye(x.shape[-1], dtype=x.dtype))


def diag_part(input: Any, name: str = "diag_part") -> Any:
    """The diagonals of matrices."""
    return ops.diagonal(input, axis1=-2, axis2=-1)


@public
def set_diag(input: Any, diagonal: Any, name: str = "set_diag") -> Any:
    """Matrices with their diagonals replaced."""
    x = ops.convert_to_tensor(input)
    rows, columns = x.shape[-2:]
    on = ops.eye(rows, columns, dtype="bool")
    wide = ops.expand_dims(diagonal, -1)
    short = min(rows, columns)
    if rows > short:
        wide = ops.pad(wide, [(0, 0)] * (x.ndim - 2) + [(0, rows - short), (0, 0)])
    return ops.where(on, ops.cast(wide, x.dtype), x)


@public
def band_part(input: Any, num_lower: Any, num_upper: Any, name: str | None = None) -> Any:
    """The entries within so many diagonals below and above the main one (-1: all), else 0."""
    x = ops.convert_to_tensor(input)
    rows, columns = x.shape[-2:]
    below = np.arange(rows)[:, None] - np.arange(columns)[None, :]
    kept = np.ones((rows, columns), bool)
    kept &= (below <= int(num_lower)) if int(num_lower) >= 0 else True
    kept &= (-below <= int(num_upper)) if int(num_upper) >= 0 else True
    return ops.where(kept, x, ops.zeros_like(x))


def _eager(name: str, *given: Any) -> list[np.ndarray]:
    if any(isinstance(x, Traced | KerasTensor) for x in given) or is_recording():
        raise TraceError(
            f"tf.linalg.{name}", "works on eager tensors, outside gradients",
            ", ".join(repr(x) for x in given), "compute it before the model or the tape",
        )  # fmt: skip
    return [np.asarray(ops.convert_to_tensor(x)) for x in given]


def _decomposition(name: str, numpy_name: str) -> Callable[..., Any]:
    known = getattr(ops, name, None)

    def compute(*args: Any, name: str | None = None) -> Any:
        if known is not None:
            return known(*args)
        arrays = _eager(numpy_name, *args)
        found = getattr(np.linalg, numpy_name)(*arrays)
        if isinstance(found, tuple):
            return tuple(Array(np.asarray(part)) for part in found)
        return Array(np.asarray(found))

    compute.__doc__ = f"numpy.linalg.{numpy_name} of an eager tensor."
    return compute


globals().update({name: _decomposition(name, of) for name, of in DECOMPOSITIONS.items()})


def lstsq(
    matrix: Any,
    rhs: Any,
    l2_regularizer: float = 0.0,
    fast: bool = True,
    name: str | None = None,
) -> Any:
    """The x for which |matrix x - rhs|^2 + l2_regularizer |x|^2 is least."""
    a, b = _eager("lstsq", matrix, rhs)
    if not l2_regularizer:
        return Array(np.linalg.lstsq(a, b, rcond=None)[0].astype(a.dtype))
    square = a.T @ a + l2_regularizer * np.eye(a.shape[1], dtype=a.dtype)
    return Array(np.linalg.solve(square, a.T @ b))


def svd(
    tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: str | None = None
) -> Any:
    """Singular values, and u and v (not v's transpose, as in TensorFlow)."""
    (x,) = _eager("svd", tensor)
    if not compute_uv:
        return Array(np.linalg.svd(x, compute_uv=False))
    u, s, vt = np.linalg.svd(x, full_matrices)
    return Array(s), Array(u), Array(np.swapaxes(vt, -1, -2))


def triangular_solve(
    matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: str | None = None
) -> Any:
    """The solution of a triangular system."""
    a, b = _eager("triangular_solve", matrix, rhs)
    a = np.tril(a) if lower else np.triu(a)
    return Array(np.linalg.solve(np.swapaxes(a, -1, -2) if adjoint else a, b))
