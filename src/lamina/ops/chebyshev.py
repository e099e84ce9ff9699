"""Functions without a primitive of their own, as Chebyshev series that are fitted on the host.

A series is fitted at its first use, to the precision of the dtype it is wanted in, and summed by
Clenshaw's recurrence (Clenshaw 1955).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import numpy as np

from lamina.graph.tensor import Tensor
from lamina.ops import primitives as p

DEGREE = 26
EDGE = 8.0  # where the two series of the Bessel function meet


def series(name: str, u: Tensor) -> Tensor:
    """The fitted function `name` at u in [-1, 1]."""
    coefficients = _coefficients(name, u.dtype)
    twice = p.mul(u, 2.0)
    after, last = p.zeros_like(u), p.zeros_like(u)
    for c in reversed(coefficients[1:]):
        last, after = p.add(p.sub(p.mul(twice, last), after), c), last
    return p.add(p.sub(p.mul(u, last), after), coefficients[0])


@functools.cache
def _coefficients(name: str, dtype: str) -> list[float]:
    """The coefficients, without a tail that is below the dtype's precision."""
    from numpy.polynomial import chebyshev

    found = chebyshev.chebinterpolate(np.vectorize(_FITTED[name]), DEGREE)
    least = float(np.finfo(dtype).eps) / 8 * float(np.max(np.abs(found)))
    kept = max(int(np.flatnonzero(np.abs(found) > least)[-1]) + 1, 2)
    return [float(c) for c in found[:kept]]


# ── e^(x^2) erfc(x) for x >= 0, over t = 2 / (2 + x) in (0, 1] ──


def _erfc_over_t(u: float) -> float:
    t = max((u + 1) / 2, 1e-9)
    x = 2 / t - 2
    if x < 20:
        return math.exp(x * x) * math.erfc(x) / t
    # Abramowitz & Stegun 7.1.23; beyond 20 its terms fall below 1e-20 before they grow.
    return _asymptotic(lambda k: -(2 * k - 1) / (2 * x * x)) / (x * math.sqrt(math.pi)) / t


def _asymptotic(ratio: Callable[[int], float]) -> float:
    """1 + r_1 + r_1 r_2 + ..., ten terms."""
    total = term = 1.0
    for k in range(1, 11):
        term *= ratio(k)
        total += term
    return total


def scaled_erfc(x: Tensor) -> Tensor:
    """e^(x^2) erfc(x) for x >= 0."""
    t = p.div(2.0, p.add(x, 2.0))
    return p.mul(series("erfc", p.sub(p.mul(t, 2.0), 1.0)), t)


# ── e^-x I0(x) for x >= 0: over x below 8, over 1 / x above ──


def _i0_near(u: float) -> float:
    x = (u + 1) / 2 * EDGE
    return float(np.i0(x)) * math.exp(-x)


def _i0_far(u: float) -> float:
    """sqrt(x) e^-x I0(x)."""
    x = EDGE / max((u + 1) / 2, 1e-12)
    if x < 100:
        return float(np.i0(x)) * math.exp(-x) * math.sqrt(x)
    # Abramowitz & Stegun 9.7.1.
    return _asymptotic(lambda k: (2 * k - 1) ** 2 / (8 * x * k)) / math.sqrt(2 * math.pi)


def bessel_i0(x: Tensor) -> Tensor:
    """The modified Bessel function I0."""
    size = p.abs_(x)
    near = p.min_(size, EDGE)
    below = series("i0 near", p.sub(p.mul(near, 2.0 / EDGE), 1.0))
    far = p.max_(size, EDGE)
    beyond = p.mul(series("i0 far", p.sub(p.div(2.0 * EDGE, far), 1.0)), p.rsqrt(far))
    return p.mul(p.exp(size), p.select(p.gt(size, EDGE), beyond, below))


_FITTED: dict[str, Callable[[float], float]] = {
    "erfc": _erfc_over_t,
    "i0 near": _i0_near,
    "i0 far": _i0_far,
}
