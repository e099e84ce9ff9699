"""Decompositions of matrices: Householder's QR; singular values and eigenvectors by rotations.

Jacobi's rotations of pairs of columns, after Hestenes 1958: all pairs that share no column turn at
once, in rounds of a tournament (Brent & Luk 1985), so that a round is a few operations on wholes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.errors import ArgumentError, UnsupportedError
from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p
from lamina.ops.control import fori_loop
from lamina.ops.dispatch import as_tensor, shape_of
from lamina.ops.linear import matmul
from lamina.ops.public import as_float, promoted, public
from lamina.ops.shaping import expand_dims, pad
from lamina.ops.systems import across, column, lower, matrices, outer, unit

__all__ = ["eigh", "lstsq", "matrix_rank", "pinv", "qr", "svd"]

SWEEPS = {"float32": 10, "float64": 14}


def _refuse(name: str) -> Any:
    def rule(*_: Any) -> Any:
        raise UnsupportedError(
            f"ops.{name}", "has no gradient in this form", "a gradient of it",
            "use the reduced form of matrices with at least as many rows as columns",
        )  # fmt: skip

    return rule


# ── QR ──


def _reflected(x: Tensor) -> tuple[Tensor, Tensor]:
    """q (m, m) and r (m, n) with q r = x, by Householder's reflections; LAPACK's signs."""
    rows, columns = shape_of(x)[-2:]
    one = p.broadcast_to(as_tensor(np.eye(rows, dtype=x.dtype)), (*tuple(x.shape)[:-2], rows, rows))

    def step(k: Tensor, state: Sequence[Tensor]) -> list[Tensor]:
        q, r = state
        places = p.iota((rows,), 0, "int32")
        entries = column(r, k)
        axis = entries.ndim - 1
        below = p.select(p.gt(places, k), entries, 0.0)
        first = p.reduce_sum(p.mul(entries, unit(rows, k, x.dtype)), (axis,), keepdims=True)
        rest = p.reduce_sum(p.mul(below, below), (axis,), keepdims=True)
        still = p.eq(rest, 0.0)
        size = p.sqrt(p.add(p.mul(first, first), rest))
        end = p.select(p.lt(first, 0.0), size, p.neg(size))
        safe_end = p.select(still, p.add(p.zeros_like(end), 1.0), end)
        scale = p.select(still, p.add(p.zeros_like(end), 1.0), p.sub(first, end))
        v = p.add(p.div(below, scale), unit(rows, k, x.dtype))
        tau = p.select(still, 0.0, p.div(p.sub(end, first), safe_end))
        turned = p.mul(tau, v)
        r = p.sub(r, outer(turned, p.reduce_sum(p.mul(expand_dims(v, -1), r), (r.ndim - 2,))))
        q = p.sub(q, outer(p.reduce_sum(p.mul(q, expand_dims(v, -2)), (q.ndim - 1,)), turned))
        return [q, r]

    q, r = fori_loop(0, min(rows, columns), step, [one, x])
    return q, across(lower(across(r)))


def _reduced(x: Tensor) -> tuple[Tensor, Tensor]:
    rows, columns = shape_of(x)[-2:]
    q, r = _reflected(x)
    small = min(rows, columns)
    q, r = p.part(q, q.ndim - 1, 0, small), p.part(r, r.ndim - 2, 0, small)

    def rule(xs: Sequence[Tensor], gs: Sequence[Any]) -> list[Tensor]:
        """Walter & Lehmann 2010: (gq + q sym(r gr' - gq' q)) r'^-1, sym from the lower triangle."""
        from lamina.ops.systems import solve_triangular

        q, r = _reduced(xs[0])
        gq, gr = (p.zeros_like(y) if g is None else g for y, g in zip((q, r), gs, strict=True))
        inner = p.sub(matmul(r, across(gr)), matmul(across(gq), q))
        inner = p.add(lower(inner), across(lower(inner, -1)))
        whole = p.add(gq, matmul(q, inner))
        return [across(solve_triangular(r, across(whole)))]

    q, r = p.with_gradient([q, r], [x], rule if rows >= columns else _refuse("qr"))
    return q, r


@public
def qr(x: Any, mode: str = "reduced") -> tuple[Tensor, Tensor]:
    """q with orthonormal columns and r above the diagonal, q r = x.

    Args:
        mode: "reduced": q (m, k), r (k, n) with k = min(m, n); "complete": q (m, m), r (m, n).
    """
    x = matrices("qr", x, square=False)
    if mode == "reduced":
        return _reduced(x)
    if mode != "complete":
        raise ArgumentError(
            "ops.qr(mode=...)", "knows 'reduced' and 'complete'", repr(mode), "use one of them"
        )
    q, r = p.with_gradient(_reflected(x), [x], _refuse("qr"))
    return q, r


# ── rotations ──


def _next_round(half: int) -> list[int]:
    """Where the columns of the next round come from: column 0 stays, the others go round."""
    if half == 1:
        return [0, 1]
    top, bottom = list(range(half)), list(range(half, 2 * half))
    return [0, bottom[0], *top[1:-1], *bottom[1:], top[-1]]


def _rotated(x: Tensor) -> tuple[Tensor, Tensor]:
    """x v with orthogonal columns, and the orthogonal v; columns in any order."""
    columns = shape_of(x)[-1]
    size = max(2, columns + columns % 2)
    half = size // 2
    x = pad(x, [(0, 0)] * (x.ndim - 1) + [(0, size - columns)])
    v = p.broadcast_to(as_tensor(np.eye(size, dtype=x.dtype)), (*tuple(x.shape)[:-2], size, size))
    order, axis = as_tensor(np.asarray(_next_round(half), "int32")), x.ndim - 1

    def step(_: Tensor, state: Sequence[Tensor]) -> list[Tensor]:
        x, v = state
        a, b = p.part(x, axis, 0, half), p.part(x, axis, half, size)
        aa, bb, ab = (
            p.reduce_sum(p.mul(y, z), (axis - 1,), keepdims=True)
            for y, z in ((a, a), (b, b), (a, b))
        )
        none = p.eq(ab, 0.0)
        one = p.add(p.zeros_like(ab), 1.0)
        zeta = p.div(p.sub(bb, aa), p.mul(p.select(none, one, ab), 2.0))
        side = p.select(p.lt(zeta, 0.0), p.neg(one), one)
        root = p.sqrt(p.add(p.mul(zeta, zeta), 1.0))
        t = p.select(none, 0.0, p.div(side, p.add(p.abs_(zeta), root)))
        c = p.rsqrt(p.add(p.mul(t, t), 1.0))
        s = p.mul(c, t)

        def turned(y: Tensor) -> Tensor:
            left, right = p.part(y, axis, 0, half), p.part(y, axis, half, size)
            new = [p.sub(p.mul(c, left), p.mul(s, right)), p.add(p.mul(s, left), p.mul(c, right))]
            return p.gather(p.concatenate(new, axis), order, axis)

        return [turned(x), turned(v)]

    rounds = SWEEPS[x.dtype] * (size - 1)
    x, v = fori_loop(0, rounds, step, [x, v])
    v = p.part(p.part(v, axis, 0, columns), axis - 1, 0, columns)
    return p.part(x, axis, 0, columns), v


def _in_order(keys: Tensor, *ys: Tensor) -> list[Tensor]:
    """Columns in the rising order of their keys."""
    order = p.argsort(keys, keys.ndim - 1)
    chosen = expand_dims(order, -2)
    return [
        p.gather_along(y, p.broadcast_to(chosen, y.shape), y.ndim - 1) for y in ys
    ]  # fmt: skip


# ── symmetric matrices ──


def _symmetric(x: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues in rising order, and eigenvectors."""
    size = shape_of(x)[-1]
    # Moved by at least its norm it is positive: then singular vectors are eigenvectors.
    sums = p.reduce_sum(p.abs_(x), (x.ndim - 1,), keepdims=True)
    bound = p.reduce_max(sums, (x.ndim - 2,), keepdims=True)
    moved = p.add(x, p.mul(bound, as_tensor(np.eye(size, dtype=x.dtype))))
    _, v = _rotated(moved)
    w = p.reduce_sum(p.mul(v, matmul(x, v)), (x.ndim - 2,))
    v, ordered = _in_order(w, v, expand_dims(w, -2))
    w = p.reshape(ordered, tuple(w.shape))

    def rule(xs: Sequence[Tensor], gs: Sequence[Any]) -> list[Tensor]:
        """Giles 2008, 3.1."""
        w, v = _symmetric(xs[0])
        inner = p.zeros_like(v) if gs[1] is None else matmul(across(v), gs[1])
        gaps = p.sub(expand_dims(w, -2), expand_dims(w, -1))
        same = p.eq(gaps, 0.0)
        inner = p.select(same, 0.0, p.div(inner, p.select(same, p.add(gaps, 1.0), gaps)))
        if gs[0] is not None:
            diagonal = as_tensor(np.eye(size, dtype=w.dtype))
            inner = p.add(inner, p.mul(diagonal, expand_dims(gs[0], -2)))
        whole = matmul(matmul(v, inner), across(v))
        return [p.mul(p.add(whole, across(whole)), 0.5)]

    w, v = p.with_gradient([w, v], [x], rule)
    return w, v


@public
def eigh(x: Any) -> tuple[Tensor, Tensor]:
    """Eigenvalues of symmetric matrices in rising order, and orthonormal eigenvectors as columns,
    each up to its sign.
    """
    x = matrices("eigh", x)
    return _symmetric(p.mul(p.add(x, across(x)), 0.5))


# ── singular values ──


def _tall(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """u (m, n), s (n,) falling, v (n, n) of m >= n."""
    turned, v = _rotated(x)
    s = p.sqrt(p.reduce_sum(p.mul(turned, turned), (x.ndim - 2,)))
    turned, v = _in_order(p.neg(s), turned, v)
    # Orthogonal columns: r is diagonal, and q has directions for zeros too.
    q, r = _reflected(turned)
    columns = shape_of(x)[-1]
    eye = as_tensor(np.eye(columns, dtype=x.dtype))
    diagonal = p.reduce_sum(p.mul(p.part(r, r.ndim - 2, 0, columns), eye), (r.ndim - 1,))
    signs = p.select(p.lt(diagonal, 0.0), -1.0, p.add(p.zeros_like(diagonal), 1.0))
    return p.mul(p.part(q, q.ndim - 1, 0, columns), expand_dims(signs, -2)), p.abs_(diagonal), v


def _singular(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """u (m, k), s (k,), v (n, k)."""
    rows, columns = shape_of(x)[-2:]
    if rows >= columns:
        u, s, v = _tall(x)
    else:
        v, s, u = _tall(across(x))

    def rule(xs: Sequence[Tensor], gs: Sequence[Any]) -> list[Tensor]:
        """Townsend 2016, "Differentiating the singular value decomposition"."""
        u, s, v = _singular(xs[0])
        size = shape_of(s)[-1]
        eye = as_tensor(np.eye(size, dtype=s.dtype))
        wide = expand_dims(s, -2)
        gaps = p.sub(p.mul(wide, wide), across(p.mul(wide, wide)))
        same = p.eq(gaps, 0.0)
        f = p.select(same, 0.0, p.div(p.add(p.zeros_like(gaps), 1.0),
                                      p.select(same, p.add(gaps, 1.0), gaps)))  # fmt: skip
        gu, gs_, gv = gs
        inner = p.zeros_like(gaps) if gs_ is None else p.mul(eye, expand_dims(gs_, -2))
        whole = None
        for g, left, is_u in ((gu, u, True), (gv, v, False)):
            if g is None:
                continue
            part = p.mul(f, p.sub(matmul(across(left), g), matmul(across(g), left)))
            inner = p.add(inner, p.mul(part, wide) if is_u else p.mul(across(wide), part))
            rest = p.sub(p.div(g, wide), matmul(left, matmul(across(left), p.div(g, wide))))
            term = matmul(rest, across(v)) if is_u else matmul(u, across(rest))
            whole = term if whole is None else p.add(whole, term)
        found = matmul(matmul(u, inner), across(v))
        return [found if whole is None else p.add(found, whole)]

    u, s, v = p.with_gradient([u, s, v], [x], rule)
    return u, s, v


@public
def svd(x: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """u, s and v' with u diag(s) v' = x, s falling; the pairs of columns up to their signs.

    Args:
        full_matrices: u (m, m) and v' (n, n), which have no gradient unless m = n; else u (m, k)
            and v' (k, n) with k = min(m, n).
        compute_uv: False gives s alone.
    """
    x = matrices("svd", x, square=False)
    u, s, v = _singular(x)
    if not compute_uv:
        return s
    if full_matrices:
        u, v = _completed(u), _completed(v)
    return u, s, across(v)


def _completed(q: Tensor) -> Tensor:
    """Orthonormal columns, and others until there are as many as rows."""
    rows, columns = shape_of(q)[-2:]
    if rows == columns:
        return q
    whole, _ = _reflected(q)
    both = p.concatenate([q, p.part(whole, q.ndim - 1, columns, rows)], q.ndim - 1)
    (found,) = p.with_gradient([both], [q], _refuse("svd"))
    return found


def _cut(s: Tensor, rcond: Any, shape: Sequence[int]) -> Tensor:
    """Which singular values count: those above `rcond` times the largest."""
    factor = max(shape[-2:]) * float(np.finfo(s.dtype).eps) if rcond is None else rcond
    largest = p.reduce_max(s, (s.ndim - 1,), keepdims=True)
    return p.gt(s, p.mul(largest, as_tensor(factor, s.dtype)))


def _pseudo_inverse(x: Tensor, rcond: Any) -> Tensor:
    u, s, v = _singular(x)
    kept = _cut(s, rcond, shape_of(x))
    one = p.add(p.zeros_like(s), 1.0)
    inverse = p.select(kept, p.div(one, p.select(kept, s, one)), 0.0)
    return matmul(p.mul(v, expand_dims(inverse, -2)), across(u))


@public
def pinv(x: Any, rcond: Any = None) -> Tensor:
    """The pseudo-inverse of Moore and Penrose: singular values up to `rcond` times the largest
    (default 10 max(m, n) epsilon) count as 0.
    """
    x = matrices("pinv", x, square=False)
    eps = 10 * max(shape_of(x)[-2:]) * float(np.finfo(x.dtype).eps)
    return _pseudo_inverse(x, eps if rcond is None else rcond)


@public
def matrix_rank(x: Any, tol: Any = None) -> Tensor:
    """How many singular values are above `tol`, by default max(m, n) epsilon times the largest:
    int32.
    """
    x = matrices("matrix_rank", x, square=False)
    _, s, _ = _singular(x)
    kept = _cut(s, None, shape_of(x)) if tol is None else p.gt(s, as_tensor(tol, s.dtype))
    return p.reduce_sum(p.cast(kept, "int32"), (s.ndim - 1,))


@public
def lstsq(a: Any, b: Any, rcond: Any = None) -> Tensor:
    """x that makes |a x - b| least; of several the shortest. a (m, n), b (m,) or (m, k)."""
    a, b = promoted(as_float(a), as_float(b))
    a = matrices("lstsq", a, square=False)
    right = expand_dims(b, -1) if b.ndim == a.ndim - 1 else b
    found = matmul(_pseudo_inverse(a, rcond), right)
    return p.reshape(found, tuple(found.shape)[:-1]) if b.ndim == a.ndim - 1 else found
