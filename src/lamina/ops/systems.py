"""Systems of linear equations: elimination, triangles, Cholesky's factor; determinants, inverses.

Each is a loop over the columns whose steps are whole-matrix operations, so that it compiles; the
gradients are stated, not derived from the loop. Golub & Van Loan, "Matrix Computations", 3 and 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.errors import ShapeError
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.control import fori_loop
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.linear import matmul
from lamina.ops.public import as_float, promoted, public
from lamina.ops.shaping import expand_dims, swapaxes

__all__ = [
    "cholesky", "cholesky_inverse", "det", "inv", "logdet", "lu_factor", "slogdet", "solve",
    "solve_triangular",
]  # fmt: skip


def matrices(where: str, x: Any, square: bool = True) -> Tensor:
    """Floats (..., m, n), square if asked for.

    Raises: ShapeError.
    """
    tensor = as_float(x)
    shape = shape_of(tensor)
    if len(shape) < 2 or (square and shape[-1] != shape[-2]):
        raise ShapeError(
            f"ops.{where}", f"needs {'square ' if square else ''}matrices", f"shape {shape}",
            "give the tensor two axes" + (" of one size" if square else ""),
        )  # fmt: skip
    return tensor


def across(x: Tensor) -> Tensor:
    """The transposed matrices."""
    return swapaxes(x, -1, -2)


def unit(size: int, place: Any, dtype: str) -> Tensor:
    """(..., size): 1 at `place`, 0 elsewhere."""
    return p.cast(p.eq(p.iota((size,), 0, "int32"), place), dtype)


def column(x: Tensor, place: Any) -> Tensor:
    """Column `place` of matrices: (..., m)."""
    return p.reduce_sum(p.mul(x, unit(shape_of(x)[-1], place, x.dtype)), (x.ndim - 1,))


def row(x: Tensor, place: Any) -> Tensor:
    """Row `place` of matrices: (..., n)."""
    chosen = expand_dims(unit(shape_of(x)[-2], place, x.dtype), -1)
    return p.reduce_sum(p.mul(x, chosen), (x.ndim - 2,))


def with_row(x: Tensor, place: Any, new: Tensor) -> Tensor:
    """The matrices with another row at `place`."""
    chosen = expand_dims(p.eq(p.iota((shape_of(x)[-2],), 0, "int32"), place), -1)
    return p.select(chosen, expand_dims(new, -2), x)


def outer(a: Tensor, b: Tensor) -> Tensor:
    """(..., m) and (..., n) -> (..., m, n)."""
    return p.mul(expand_dims(a, -1), expand_dims(b, -2))


def lower(x: Tensor, below: int = 0) -> Tensor:
    """What lies on and below a diagonal; the rest becomes 0."""
    shape = shape_of(x)
    return p.mul(x, as_tensor(np.tri(shape[-2], shape[-1], below).astype(x.dtype)))


def _pivoted(x: Tensor, k: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """The rows k and that of the largest entry in column k, from k on, exchanged; and its place."""
    found = p.abs_(column(x, k))
    open_ = p.ge(p.iota((size,), 0, "int32"), k)
    best = p.cast(p.argmax(p.select(open_, found, -1.0), x.ndim - 2), "int32")
    place = expand_dims(best, -1)
    chosen = row(x, place)
    return with_row(with_row(x, place, row(x, k)), k, chosen), best


def _eliminated(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(a^-1 b, sign of the determinant, log of its size) by Gauss and Jordan; NaN if a has no
    inverse.
    """
    size, lead = shape_of(a)[-1], tuple(a.shape)[:-2]
    one = p.fill(lead, 1, a.dtype)

    def step(k: Tensor, state: Sequence[Tensor]) -> list[Tensor]:
        x, sign, log = state
        x, best = _pivoted(x, k, size)
        chosen = row(x, k)
        pivot = column(expand_dims(chosen, -2), k)
        pivot = p.reduce_sum(pivot, (pivot.ndim - 1,))
        safe = p.select(p.eq(pivot, 0.0), 1.0, pivot)
        scaled = p.div(chosen, expand_dims(safe, -1))
        x = with_row(p.sub(x, outer(column(x, k), scaled)), k, scaled)
        turn = p.sub(1.0, p.mul(p.cast(p.ne(best, k), a.dtype), 2.0))
        sign = p.mul(sign, p.mul(turn, p.sign(pivot)))
        return [x, sign, p.add(log, p.log(p.abs_(pivot)))]

    whole = p.concatenate([a, b], a.ndim - 1)
    x, sign, log = fori_loop(0, size, step, [whole, one, p.zeros_like(one)])
    found = p.part(x, x.ndim - 1, size, shape_of(x)[-1])
    singular = expand_dims(expand_dims(p.eq(sign, 0.0), -1), -1)
    return p.select(singular, float("nan"), found), sign, log


def _solved(a: Tensor, b: Tensor) -> Tensor:
    def rule(xs: Sequence[Tensor], gs: Sequence[Any]) -> list[Tensor]:
        back = _solved(across(xs[0]), gs[0])
        return [p.neg(matmul(back, across(_solved(xs[0], xs[1])))), back]

    (found,) = p.with_gradient([_eliminated(a, b)[0]], [a, b], rule)
    return found


def _alike(where: str, a: Any, b: Any) -> tuple[Tensor, Tensor, bool]:
    """Matrices, and what stands right of them as matrices; and whether that were vectors."""
    a, b = promoted(as_float(a), as_float(b))
    a = matrices(where, a)
    vectors = b.ndim == a.ndim - 1
    right = expand_dims(b, -1) if vectors else b
    if shape_of(right)[-2] != shape_of(a)[-1] or shape_of(right)[:-2] != shape_of(a)[:-2]:
        raise ShapeError(
            f"ops.{where}", "needs as many rows on both sides",
            f"shapes {shape_of(a)} and {shape_of(b)}", "transpose or reshape one",
        )  # fmt: skip
    return a, right, vectors


@public
def solve(a: Any, b: Any) -> Tensor:
    """x with a x = b: (..., n, n) and (..., n) or (..., n, m). NaN where a has no inverse."""
    a, right, vectors = _alike("solve", a, b)
    found = _solved(a, right)
    return p.reshape(found, tuple(found.shape)[:-1]) if vectors else found


@public
def inv(x: Any) -> Tensor:
    """The inverse of square matrices."""
    x = matrices("inv", x)
    one = as_tensor(np.eye(shape_of(x)[-1], dtype=x.dtype))
    return _solved(x, p.broadcast_to(one, x.shape))


def _signed_log(x: Tensor) -> tuple[Tensor, Tensor]:
    nothing = p.fill((*tuple(x.shape)[:-1], 0), 0, x.dtype)
    _, sign, log = _eliminated(x, nothing)

    def rule(xs: Sequence[Tensor], gs: Sequence[Any]) -> list[Tensor | None]:
        if gs[1] is None:
            return [None]
        return [p.mul(expand_dims(expand_dims(gs[1], -1), -1), across(inv(xs[0])))]

    sign, log = p.with_gradient([sign, log], [x], rule)
    return sign, log


@public
def slogdet(x: Any) -> tuple[Tensor, Tensor]:
    """The sign of the determinant, and the logarithm of its size."""
    return _signed_log(matrices("slogdet", x))


@public
def logdet(x: Any) -> Tensor:
    """The logarithm of the size of the determinant."""
    return _signed_log(matrices("logdet", x))[1]


@public
def det(x: Any) -> Tensor:
    """The determinant of square matrices."""
    sign, log = _signed_log(matrices("det", x))
    return p.mul(sign, p.exp(log))


@public
def lu_factor(x: Any) -> tuple[Tensor, Tensor]:
    """(lu, pivots): l below the diagonal, where its ones are left out, and u; row i was exchanged
    with row pivots[i] at step i. It has no gradient.
    """
    x = p.stop_gradient(matrices("lu_factor", x))
    size = shape_of(x)[-1]
    pivots = p.fill((*tuple(x.shape)[:-2], size), 0, "int32")

    def step(k: Tensor, state: Sequence[Tensor]) -> list[Tensor]:
        x, pivots = state
        x, best = _pivoted(x, k, size)
        chosen = row(x, k)
        pivot = p.reduce_sum(p.mul(chosen, unit(size, k, x.dtype)), (x.ndim - 2,), keepdims=True)
        under = p.gt(p.iota((size,), 0, "int32"), k)
        factors = p.select(under, p.div(column(x, k), pivot), 0.0)
        right = p.select(under, chosen, 0.0)
        x = p.sub(x, outer(factors, right))
        mine = p.mul(expand_dims(unit(size, k, x.dtype), -2), expand_dims(factors, -1))
        here = p.logical_and(expand_dims(under, -1), p.eq(p.iota((size, size), 1, "int32"), k))
        x = p.select(here, mine, x)
        at = p.eq(p.iota((size,), 0, "int32"), k)
        return [x, p.select(at, expand_dims(best, -1), pivots)]

    found, pivots = fori_loop(0, size, step, [x, pivots])
    return found, pivots


def _substituted(a: Tensor, b: Tensor, is_lower: bool) -> Tensor:
    size = shape_of(a)[-1]

    def step(t: Tensor, x: Tensor) -> Tensor:
        i = t if is_lower else p.sub(size - 1, t)
        entries = row(a, i)
        known = p.reduce_sum(p.mul(expand_dims(entries, -1), x), (x.ndim - 2,))
        pivot = p.reduce_sum(p.mul(entries, unit(size, i, a.dtype)), (a.ndim - 2,), keepdims=True)
        return with_row(x, i, p.div(p.sub(row(b, i), known), pivot))

    found = fori_loop(0, size, step, p.zeros_like(b))

    def rule(xs: Sequence[Tensor], gs: Sequence[Any]) -> list[Tensor]:
        back = _substituted(across(xs[0]), gs[0], not is_lower)
        whole = p.neg(matmul(back, across(_substituted(xs[0], xs[1], is_lower))))
        return [lower(whole) if is_lower else across(lower(across(whole))), back]

    (found,) = p.with_gradient([found], [a, b], rule)
    return found


@public
def solve_triangular(a: Any, b: Any, lower: bool = False) -> Tensor:
    """x with a x = b, where only one triangle of a is looked at."""
    a, right, vectors = _alike("solve_triangular", a, b)
    found = _substituted(a, right, lower)
    return p.reshape(found, tuple(found.shape)[:-1]) if vectors else found


def _factored(x: Tensor) -> Tensor:
    """l with l l' = x, below the diagonal; NaN where x is not positive definite."""
    size = shape_of(x)[-1]

    def step(k: Tensor, state: Sequence[Tensor]) -> list[Tensor]:
        rest, found = state
        entries = column(rest, k)
        pivot = p.reduce_sum(p.mul(entries, unit(size, k, x.dtype)), (x.ndim - 2,), keepdims=True)
        open_ = p.ge(p.iota((size,), 0, "int32"), k)
        mine = p.select(open_, p.div(entries, p.sqrt(pivot)), 0.0)
        found = p.add(found, outer(mine, unit(size, k, x.dtype)))
        return [p.sub(rest, outer(mine, mine)), found]

    _, found = fori_loop(0, size, step, [x, p.zeros_like(x)])

    def rule(xs: Sequence[Tensor], gs: Sequence[Any]) -> list[Tensor]:
        """Murray 2016, arXiv 1602.07527, eq. 10."""
        factor = _factored(xs[0])
        inner = lower(matmul(across(factor), gs[0]))
        inner = p.mul(inner, as_tensor((1 - 0.5 * np.eye(size)).astype(x.dtype)))
        left = _substituted(across(factor), inner, False)
        whole = across(_substituted(across(factor), across(left), False))
        return [p.mul(p.add(whole, across(whole)), 0.5)]

    (found,) = p.with_gradient([found], [x], rule)
    return found


@public
def cholesky(x: Any, upper: bool = False) -> Tensor:
    """l below the diagonal with l l' = x of symmetric, positive definite matrices, NaN of others;
    with `upper` its transpose.
    """
    x = matrices("cholesky", x)
    found = _factored(p.mul(p.add(x, across(x)), 0.5))
    return across(found) if upper else found


@public
def cholesky_inverse(x: Any, upper: bool = False) -> Tensor:
    """The inverse of a matrix whose Cholesky factor this is."""
    x = matrices("cholesky_inverse", x)
    one = p.broadcast_to(as_tensor(np.eye(shape_of(x)[-1], dtype=x.dtype)), x.shape)
    turned = _substituted(x, one, not upper)
    pair = (turned, across(turned)) if upper else (across(turned), turned)
    return matmul(*pair)
