"""Eigenvectors and singular vectors, whose signs are free: against NumPy, and by what they make.

Tolerance: float32, some tens of rotations of columns of length up to 4: 2e-5.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from one_step import run_step, value_and_gradient

from lamina import ops
from lamina.errors import ArgumentError, ShapeError, UnsupportedError

CLOSE = {"rtol": 2e-5, "atol": 2e-5}


def drawn(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).normal(size=shape).astype("float32")


def symmetric(*shape: int) -> np.ndarray:
    x = drawn(*shape)
    return (x + np.swapaxes(x, -1, -2)) / 2


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (5, 5), (3, 4, 4), (17, 17)])
def test_eigenvectors(shape: Any) -> None:
    x = symmetric(*shape)
    w, v = (np.asarray(y) for y in ops.eigh(x))
    np.testing.assert_allclose(w, np.linalg.eigvalsh(x), **CLOSE)
    np.testing.assert_allclose(v * w[..., None, :] @ np.swapaxes(v, -1, -2), x, **CLOSE)
    eye = np.broadcast_to(np.eye(shape[-1]), shape)
    np.testing.assert_allclose(np.swapaxes(v, -1, -2) @ v, eye, **CLOSE)


@pytest.mark.parametrize("shape", [(1, 1), (4, 4), (6, 3), (2, 3, 5), (20, 13)])
@pytest.mark.parametrize("full", [False, True])
def test_singular_vectors(shape: Any, full: bool) -> None:
    x = drawn(*shape)
    u, s, v = (np.asarray(y) for y in ops.svd(x, full_matrices=full))
    wanted = np.linalg.svd(x, full_matrices=full)
    assert [u.shape, s.shape, v.shape] == [y.shape for y in wanted]
    np.testing.assert_allclose(s, wanted[1], **CLOSE)
    k = s.shape[-1]
    np.testing.assert_allclose(u[..., :k] * s[..., None, :] @ v[..., :k, :], x, **CLOSE)
    for y in (u, np.swapaxes(v, -1, -2)):
        eye = np.swapaxes(y, -1, -2) @ y
        np.testing.assert_allclose(eye, np.broadcast_to(np.eye(eye.shape[-1]), eye.shape), **CLOSE)


def test_a_matrix_without_full_rank() -> None:
    x = np.outer([1.0, 2.0, 0.0], [1.0, 1.0, 0.0]).astype("float32")
    u, s, _ = (np.asarray(y) for y in ops.svd(x))
    np.testing.assert_allclose(s, [np.sqrt(10), 0, 0], **CLOSE)
    np.testing.assert_allclose(u.T @ u, np.eye(3), **CLOSE)
    assert int(ops.matrix_rank(x)) == 1
    np.testing.assert_allclose(ops.pinv(x), np.linalg.pinv(x), **CLOSE)


MAKES = {
    "eigh": (symmetric(4, 4), lambda x: (lambda w, v: v * ops.exp(w) @ ops.transpose(v))(
        *ops.eigh(x))),
    "svd": (drawn(5, 3), lambda x: (lambda u, s, v: u * ops.exp(s) @ v)(
        *ops.svd(x, full_matrices=False))),
    "svd wide": (drawn(2, 4), lambda x: (lambda u, s, v: u * ops.exp(s) @ v)(
        *ops.svd(x, full_matrices=False))),
}  # fmt: skip


@pytest.mark.parametrize("name", MAKES)
def test_gradients_are_differences(name: str) -> None:
    """Of what no sign changes; central differences of float64."""
    x, make = MAKES[name]
    x = x.astype("float64")
    g = np.random.default_rng(1).normal(size=np.asarray(make(x)).shape)
    _, found = value_and_gradient(make, x, g)
    for place in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[place] = 1e-6
        if name == "eigh":
            step = (step + step.T) / 2
        up, down = (np.sum(g * np.asarray(make(x + sign * step))) for sign in (1, -1))
        slope = (up - down) / 2e-6
        along = np.sum(found * step) / 1e-6
        np.testing.assert_allclose(along, slope, rtol=1e-5, atol=1e-6)


def test_both_engines() -> None:
    x = symmetric(5, 5)

    def made(a: Any) -> list[Any]:
        return [
            ops.eigh(a)[0], ops.svd(a, compute_uv=False), ops.qr(a)[1], ops.solve(a, a),
            ops.det(a), ops.lstsq(a, a),
        ]  # fmt: skip

    run_step(made, [x], native=True)


def test_what_is_refused() -> None:
    with pytest.raises(ShapeError, match="square matrices"):
        ops.eigh(drawn(2, 3))
    with pytest.raises(ArgumentError, match="'reduced' and 'complete'"):
        ops.qr(drawn(2, 3), "half")
    with pytest.raises(UnsupportedError, match="no gradient in this form"):
        value_and_gradient(lambda x: ops.qr(x)[0], drawn(2, 3), np.ones((2, 2), "float32"))
