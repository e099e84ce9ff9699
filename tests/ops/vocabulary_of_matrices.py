"""Rows of linear systems: well-conditioned matrices, alone and in batches."""

from __future__ import annotations

import numpy as np
from vocabulary import Spec, add, call, real


def regular(*shape: int) -> Spec:
    """Matrices whose diagonal is not small; rows are out of order."""

    def drawn(random: np.random.Generator) -> np.ndarray:
        x = random.uniform(-1, 1, shape) + 2 * np.eye(shape[-1])
        return np.roll(x, 1, axis=-2).astype("float32")

    return drawn


def positive(*shape: int) -> Spec:
    """Symmetric, positive definite matrices."""

    def drawn(random: np.random.Generator) -> np.ndarray:
        x = random.uniform(-1, 1, shape)
        return (x @ np.swapaxes(x, -1, -2) + np.eye(shape[-1])).astype("float32")

    return drawn


def triangle(*shape: int) -> Spec:
    """Lower triangles with a large diagonal."""

    def drawn(random: np.random.Generator) -> np.ndarray:
        return np.tril(random.uniform(-1, 1, shape) + 2 * np.eye(shape[-1])).astype("float32")

    return drawn


add("det slogdet logdet inv", call(regular(4, 4)), call(regular(2, 3, 5, 5)), call(regular(1, 1)))
add("lu_factor", call(regular(4, 4)), call(regular(2, 5, 5)))
add(
    "solve",
    call(regular(4, 4), real(4, 2)),
    call(regular(2, 5, 5), real(2, 5, 3)),
    call(regular(3, 3), real(3)),
)
add(
    "solve_triangular",
    call(triangle(4, 4), real(4, 2), lower=True),
    call(triangle(2, 3, 3), real(2, 3, 1), True),
    call(positive(4, 4), real(4, 3)),
)
add("cholesky", call(positive(4, 4)), call(positive(2, 5, 5)), call(positive(3, 3), upper=True))
add("cholesky_inverse", call(triangle(4, 4)), call(positive(3, 3), upper=True))
add("qr", call(regular(4, 4)), call(real(2, 5, 3)), call(real(3, 5)), call(real(4, 2), "complete"))
add("svd", *[call(real(*s), compute_uv=False) for s in ((4, 4), (2, 5, 3), (3, 6), (1, 1))])
add("pinv", call(regular(3, 3)), call(real(2, 5, 3)), call(real(2, 4)))
add("matrix_rank", call(real(4, 3)), call(real(2, 3, 5)), call(real(4, 4), tol=1.5))
add("lstsq", call(real(5, 3), real(5, 2)), call(real(6, 2), real(6)))
