"""The inverse of the error function: float64 number by number; narrower floats, of which
initializers draw millions, by an interpolation of the same:

    erfinv(y) = y p(w),   w = -log(1 - y^2)     for w < 5      (Giles 2010)
              = sign(y) q(sqrt w)               beyond
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import numpy as np

Array = np.ndarray
Series = Callable[[Array], Array]
# Degrees that leave a hundredth of a unit in the last place of float32, whose w is below 17.
SPLIT, END, DEGREES = 5.0, 17.0, (11, 14)


def _newton(y: float) -> float:
    """Newton's method on erf(x) = y from Winitzki's approximation (2008)."""
    if not 0.0 < abs(y) < 1.0:
        return math.nan if y != y or abs(y) > 1.0 else y * math.inf if y else y
    slant = math.log1p(-y * y)
    middle = 2.0 / (math.pi * 0.147) + slant / 2.0
    x = math.copysign(math.sqrt(math.sqrt(middle * middle - slant / 0.147) - middle), y)
    for _ in range(4):
        # In the tails erfc keeps the digits that 1 - erf would lose.
        error = math.erf(x) - y if abs(x) < 1.0 else math.copysign(1.0, x) * (
            (1.0 - abs(y)) - math.erfc(abs(x))
        )  # fmt: skip
        x -= error / (2.0 / math.sqrt(math.pi) * math.exp(-x * x))
    return x


@functools.cache
def _interpolations() -> tuple[Series, Series]:
    """p and q."""
    from numpy.polynomial import Chebyshev

    def of_root(root: float) -> float:
        return _newton(math.sqrt(-math.expm1(-root * root)))

    def over(f: Callable[[float], float], degree: int, ends: list[float]) -> Series:
        found: Series = Chebyshev.interpolate(np.vectorize(f), degree, ends)
        return found

    return (
        over(lambda w: of_root(math.sqrt(w)) / math.sqrt(-math.expm1(-w)), DEGREES[0], [0, SPLIT]),
        over(of_root, DEGREES[1], [math.sqrt(SPLIT), math.sqrt(END)]),
    )


def erfinv(y: Array) -> Array:
    """The x with erf(x) = y; infinite at -1 and 1, NaN beyond. The result is float64."""
    if y.dtype == np.float64:
        return np.asarray([_newton(v) for v in y.ravel().tolist()]).reshape(y.shape)
    near, far = _interpolations()
    wide = y.astype("float64")
    with np.errstate(divide="ignore", invalid="ignore"):
        w = np.asarray(-np.log((1.0 - wide) * (1.0 + wide)))
        x = np.asarray(wide * near(w))
        tail = w >= SPLIT
        found = np.where(w[tail] > END, np.inf, far(np.sqrt(np.minimum(w[tail], END))))
        x[tail] = np.copysign(found, wide[tail])
    return x
