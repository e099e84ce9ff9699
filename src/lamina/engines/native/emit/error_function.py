"""erf and its inverse, in all lanes at once and in both float widths.

    erf(x)    = x p(x^2)                      for |x| < 1
              = 1 - erfc(x),  erfc = e^q(x)   beyond
    erfinv(y) = y p(w),  w = -log(1 - y^2)    for w < 5      (Giles 2010)
              = sign(y) q(sqrt w)             beyond

p and q are Chebyshev interpolations. In float64 one step of Halley's method on erf(x) = y follows.
Largest error found, in units in the last place: erf 3 (float32) and 4 (float64), erfinv 3 and 6.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from lamina.engines.native.emit import exponential
from lamina.engines.native.emit.function import Function
from lamina.engines.native.emit.series import centred, clamped, magnitude, polynomial, with_sign
from lamina.engines.native.emit.types import Value

Series = Sequence[float]

# erf(sqrt z) / sqrt z on [0, 1].
NEAR: dict[int, Series] = {
    32: (
        1.1283791658483509, -0.37612626666720334, 0.11283594715160218, -0.026854212010626412,
        0.005189087423433974, -0.000801686428716587, 7.875875062685488e-05,
    ),
    64: (
        1.1283791670955126, -0.3761263890318375, 0.11283791670954879, -0.026866170645076792,
        0.0052239776248180145, -0.000854832698083379, 0.0001205533111164271,
        -1.4925595266831182e-05, 1.6461000484121368e-06, -1.6350312701054695e-07,
        1.4659775274047436e-08, -1.1372848856791674e-09, 5.957176147748911e-11,
    ),
}  # fmt: skip
# (middle, half) of the range, and log(erfc) in it.
TAIL: dict[int, tuple[float, float, Series]] = {
    32: (2.5, 1.5, (
        -7.806815272727264, -8.029021111004955, -2.123760906742585, -0.03664630296024443,
        0.010962852552154257, -0.003194763891509097, 0.0008767322217607843,
        -0.00022168193713285972, 4.6895587022581285e-05, -2.542888619759094e-06,
        -2.211289408057152e-06,
    )),
    64: (3.5, 2.5, (
        -14.112437402148174, -18.165248970912977, -6.042206592138937, -0.08165090971779924,
        0.034128411079638966, -0.014384548330638939, 0.005953704478685765,
        -0.0023739972761078476, 0.0008935765564792124, -0.0003078195950532894,
        9.090110364175726e-05, -1.8474346905170144e-05, -1.4783966569639068e-06,
        4.5653913877192366e-06, -3.4196471333147524e-06, 1.919146618676658e-06,
        -9.177975332669318e-07, 3.825150644927939e-07, -1.286781347382139e-07,
        2.7966374245484618e-08, -3.0414788597569983e-09, -9.652825205360373e-10,
        4.861099102922557e-09, -5.195160738537221e-09, 2.19018459068511e-09,
        -3.245901999030085e-10,
    )),
}  # fmt: skip
# erfinv(y) / y by w on [0, 5].
INVERSE_MIDDLE: Series = (
    1.501409360450329, 0.6166006976365915, -0.02610870547001968, -0.019573849871456703,
    0.008529272899990876, -0.00048558786029831555, -0.0008456995282308036,
    0.00028572469974080887, 3.560786010087296e-05, -3.407259357545556e-05,
)  # fmt: skip
# erfinv(y) / y by sqrt(w).
INVERSE_TAIL: dict[int, tuple[float, float, Series]] = {
    32: (3.2, 1.0, (
        3.033636505887714, 1.0046924395960062, 0.005976611141917002, -0.004294059231371744,
        0.0029226351868255128, -0.0019935282631773094, 0.001161365012246522,
        -0.0003584102689548119, -0.00011693730338754231, 9.980885695791657e-05,
    )),
    64: (4.2, 2.0, (
        4.041726369018339, 2.0198021662369814, 0.0032294614269137425, -0.0051453253238868835,
        0.003646905210603401, -0.0028665636014248365, 0.0018386453602577014,
        0.0003837504882490653, 0.0011871415144442488, -0.005526989208822247,
        0.0033398616179729, 0.0015433864619786364, -0.0013440003619607699,
    )),
}  # fmt: skip
SPLIT = 5.0


def _near(f: Function, size: Value) -> Value:
    """erf(x) for x < 1."""
    return f.mul(size, polynomial(f, f.mul(size, size), NEAR[size.type.bits]))


def _complement(f: Function, size: Value) -> Value:
    """erfc(x) for x >= 1; beyond the range what it is at its end, which is nothing beside 1."""
    middle, half, series = TAIL[size.type.bits]
    inside = clamped(f, size, middle - half, middle + half)
    return exponential.exp(f, centred(f, inside, middle, half, series))


def erf(f: Function, x: Value) -> Value:
    """2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x."""
    size, one = magnitude(f, x), f.const(x.type, 1)
    far = f.sub(one, _complement(f, size))
    return with_sign(f, f.select(f.compare("lt", size, one), _near(f, size), far), x)


def _start(f: Function, size: Value) -> Value:
    """erfinv of 0 <= y < 1 to seven digits."""
    one = f.const(size.type, 1)
    w = f.neg(exponential.log(f, f.mul(f.sub(one, size), f.add(one, size))))
    near = centred(f, w, SPLIT / 2, SPLIT / 2, INVERSE_MIDDLE)
    far = centred(f, f.intrinsic("sqrt", w), *INVERSE_TAIL[size.type.bits])
    return f.mul(size, f.select(f.compare("lt", w, f.const(w.type, SPLIT)), near, far))


def _halley(f: Function, x: Value, y: Value) -> Value:
    """One step towards erf(x) = y: x - u / (1 + x u), u = (erf(x) - y) e^(x^2) sqrt(pi) / 2."""
    one = f.const(x.type, 1)
    # In the tail erfc keeps the digits that 1 - erf would lose.
    near = f.sub(_near(f, x), y)
    far = f.sub(f.sub(one, y), _complement(f, x))
    error = f.select(f.compare("lt", x, one), near, far)
    slope = f.mul(exponential.exp(f, f.mul(x, x)), f.const(x.type, math.sqrt(math.pi) / 2))
    u = f.mul(error, slope)
    return f.sub(x, f.fdiv(u, f.fma(x, u, one)))


def erfinv(f: Function, y: Value) -> Value:
    """The x with erf(x) = y; infinite at -1 and 1, NaN beyond."""
    size = magnitude(f, y)
    x = _start(f, size)
    if y.type.bits == 64:
        x = _halley(f, x, size)
    edge = f.compare("eq", size, f.const(y.type, 1))
    return with_sign(f, f.select(edge, f.const(x.type, math.inf), x), y)


RULES = {
    "erf": lambda f, dtype, x: erf(f, x),
    "erfinv": lambda f, dtype, y: erfinv(f, y),
}
