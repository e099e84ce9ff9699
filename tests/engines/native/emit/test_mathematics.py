"""Elementwise mathematics against NumPy in extended precision, in units in the last place.

On machines whose `longdouble` is no wider than float64 the judge itself errs by a unit or so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from tests.engines.native.twin import run_graph, traced, values

from lamina.ops.dispatch import apply, as_tensor

SIZE = 5_003
DTYPES = ("float32", "float64")
EXTENDED = np.longdouble
JUDGE = 0.0 if np.finfo(EXTENDED).eps < 1e-18 else 2.0
Array = np.ndarray


def _near() -> Array:
    """Numbers of both signs and many magnitudes up to about ten."""
    random = np.random.default_rng(7)
    return random.normal(size=SIZE) * 10.0 ** random.uniform(-6, 0.5, SIZE)


def _wide(bound: float) -> Array:
    return np.random.default_rng(8).uniform(-bound, bound, SIZE)


def _erf(x: Array) -> Array:
    """e^(-x^2) 2 / sqrt(pi) times the sum of 2^n x^(2n+1) / (2n+1)!!: nothing cancels."""
    term, total = x.copy(), x.copy()
    for n in range(1, 150):
        term = term * 2 * x * x / (2 * n + 1)
        total = total + term
    return total * np.exp(-x * x) * 2 / np.sqrt(4 * np.arctan(EXTENDED(1)))


def _erfc(x: Array) -> Array:
    """1 - erf(x); from 2 on by the continued fraction (Abramowitz & Stegun 7.1.14)."""
    fraction = np.zeros_like(x)
    far = np.maximum(x, 2)
    for n in range(200, 0, -1):
        fraction = (EXTENDED(n) / 2) / (far + fraction)
    tail = np.exp(-far * far) / (far + fraction) / np.sqrt(4 * np.arctan(EXTENDED(1)))
    return np.where(x < 2, 1 - _erf(np.minimum(x, 2)), tail)


def _erfinv(y: Array) -> Array:
    """Newton's method on erfc(x) = 1 - |y|, or erf(x) = |y| near 0."""
    size = np.abs(y)
    x = np.sqrt(np.maximum(-np.log1p(-size), 0)) * EXTENDED(0.85)
    half_root = np.sqrt(np.arctan(EXTENDED(1)))
    for _ in range(40):
        error = np.where(size < 0.5, _erf(np.minimum(x, 2)) - size, (1 - size) - _erfc(x))
        x = x - error * half_root * np.exp(x * x)
    return np.sign(y) * x


def _logistic(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


@dataclass(frozen=True)
class Row:
    """An op, what is exact, where it is tried, and the bounds that its module states."""

    op: str
    exact: Callable[..., Array]
    arguments: Callable[[], Array]
    bounds: tuple[float, float]  # float32, float64


def _unit_interval() -> Array:
    return np.clip(np.concatenate([_near(), _wide(1.0)]), -1, 1)


def _open_interval() -> Array:
    # 1 - 2^-20 has room below 1 in both widths.
    return np.clip(_unit_interval(), -1 + 2.0**-20, 1 - 2.0**-20)


ROWS = [
    Row("exp", np.exp, lambda: np.concatenate([_near(), _wide(87)]), (1, 1)),
    Row("expm1", np.expm1, lambda: np.concatenate([_near(), _wide(87)]), (2, 2)),
    Row("log", np.log, lambda: np.concatenate([np.abs(_near()), np.exp(_wide(78))]), (1, 1)),
    Row("log1p", np.log1p, lambda: np.concatenate([np.abs(_near()), np.exp(_wide(78))]), (2, 2)),
    Row("tanh", np.tanh, lambda: np.concatenate([_near(), _wide(20)]), (6, 3)),
    Row("logistic", _logistic, lambda: np.concatenate([_near(), _wide(80)]), (3, 3)),
    Row("sqrt", np.sqrt, lambda: np.exp(_wide(87)), (1, 0.5)),
    Row("rsqrt", lambda x: 1 / np.sqrt(x), lambda: np.exp(_wide(87)), (2, 1.5)),
    Row("sin", np.sin, lambda: np.concatenate([_near(), _wide(8e5)]), (1, 3)),
    Row("cos", np.cos, lambda: np.concatenate([_near(), _wide(8e5)]), (1, 3)),
    Row("tan", np.tan, lambda: np.concatenate([_near(), _wide(8e5)]), (1, 4)),
    Row("sin", np.sin, lambda: _wide(1e9), (1, 3)),
    Row("asin", np.arcsin, _unit_interval, (1, 3)),
    Row("acos", np.arccos, _unit_interval, (1, 3)),
    Row("atan", np.arctan, lambda: np.concatenate([_near(), 1 / _near()]), (1, 3)),
    Row("sinh", np.sinh, lambda: np.concatenate([_near(), _wide(88)]), (1, 4)),
    Row("cosh", np.cosh, lambda: np.concatenate([_near(), _wide(88)]), (1, 4)),
    Row("asinh", np.arcsinh, lambda: np.concatenate([_near(), 1 / _near()]), (1, 4)),
    Row("acosh", np.arccosh, lambda: 1 + np.abs(np.concatenate([_near(), 1 / _near()])), (1, 4)),
    Row("atanh", np.arctanh, _open_interval, (1, 4)),
    Row("erf", _erf, lambda: np.clip(np.concatenate([_near(), _wide(6)]), -6, 6), (3, 4)),
    Row("erfinv", _erfinv, lambda: _open_interval()[::7], (3, 6)),
]


def _native(op: str, *operands: Array) -> Array:
    graph = traced(lambda *x: apply(op, *x), operands)
    return run_graph("native", graph, operands)[0]


def _units(found: Array, exact: Array) -> float:
    """The largest error, where neither overflows nor falls among the subnormals."""
    dtype = found.dtype
    with np.errstate(over="ignore"):
        near = np.abs(exact).astype(dtype)
    usual = (np.abs(exact) >= np.finfo(dtype).tiny) & np.isfinite(near)
    error = np.abs(found - exact)[usual] / np.spacing(near[usual])
    return float(error.max())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.op)
def test_error_stays_within_the_stated_units(row: Row, dtype: str) -> None:
    x = row.arguments().astype(dtype)
    bound = row.bounds[DTYPES.index(dtype)] + (JUDGE if dtype == "float64" else 0)
    assert _units(_native(row.op, x), row.exact(x.astype(EXTENDED))) <= bound


@pytest.mark.parametrize("dtype", DTYPES)
def test_angles_of_points(dtype: str) -> None:
    y, x = _near().astype(dtype), _near()[::-1].astype(dtype)
    exact = np.arctan2(y.astype(EXTENDED), x.astype(EXTENDED))
    assert _units(_native("atan2", y, x), exact) <= (1 if dtype == "float32" else 3 + JUDGE)


@pytest.mark.parametrize("dtype", DTYPES)
def test_powers(dtype: str) -> None:
    a, b = np.exp(_wide(9)).astype(dtype), _wide(8).astype(dtype)
    exact = a.astype(EXTENDED) ** b.astype(EXTENDED)
    assert _units(_native("pow", a, b), exact) <= 1 + (JUDGE if dtype == "float64" else 0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("base", [0.9, 1.0, 1.0000001, 10.0, 1e-30, 1e30, 0.0, np.inf, -2.0])
def test_powers_of_a_number_that_is_known(base: float, dtype: str) -> None:
    """As Adam's beta^t: the logarithm of the number is taken when the code is made."""
    a = np.asarray(base, dtype)
    special = np.array([0.0, -0.0, 1.0, -1.0, 3.0, np.inf, -np.inf, np.nan, 1e30], dtype)
    b = np.concatenate([special, _wide(8).astype(dtype)])
    graph = traced(lambda x: apply("pow", as_tensor(a), x), [b])
    found = run_graph("native", graph, [b])[0]
    with np.errstate(all="ignore"):
        exact = a.astype(EXTENDED) ** b.astype(EXTENDED)
        want = np.power(a, special)
    np.testing.assert_allclose(
        found[:9], want, rtol=8 * np.finfo(dtype).eps, atol=np.finfo(dtype).tiny
    )
    if 0 < base < np.inf:
        assert _units(found[9:], exact[9:]) <= 1 + (JUDGE if dtype == "float64" else 0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("op", ["pow", "atan2"])
def test_every_special_value_with_every_other(op: str, dtype: str) -> None:
    some = [0.0, np.inf, np.nan, 1.0, 2.0, 3.0, 0.5, 2.5, 1e30, np.finfo(dtype).max]
    line = np.array(some + [-v for v in some[1:]]).astype(dtype)
    a, b = (v.ravel() for v in np.meshgrid(line, line))
    with np.errstate(all="ignore"):
        want = {"pow": np.power, "atan2": np.arctan2}[op](a, b)
    usual = ~(np.abs(want) < np.finfo(dtype).tiny) | (want == 0)
    np.testing.assert_allclose(
        _native(op, a, b)[usual], want[usual], rtol=8 * np.finfo(dtype).eps, atol=0
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.op)
def test_special_values_are_numpys(row: Row, dtype: str) -> None:
    x = np.array([0, np.inf, -np.inf, np.nan, -1, -2, 1, 1e30, -1e30, 2.0**25]).astype(dtype)
    limits = {"erf": (-6.0, 6.0), "erfinv": (-2.0, 2.0)}
    with np.errstate(all="ignore"):
        want = row.exact(np.clip(x, *limits.get(row.op, (-np.inf, np.inf))))
        if row.op == "erfinv":
            want = np.select([np.abs(x) == 1, np.abs(x) > 1], [x * np.inf, np.nan], want)
    np.testing.assert_allclose(_native(row.op, x), want, rtol=8 * np.finfo(dtype).eps, atol=0)


@pytest.mark.parametrize("size", [1, 3, 8, 17])
def test_far_arguments_among_near_ones(size: int) -> None:
    """One argument beyond the range of the fast reduction takes the whole vector along."""
    x = values((size,), "float32")
    x[size // 2] = 1e10
    for op, exact in (("sin", np.sin), ("cos", np.cos), ("tan", np.tan)):
        want = exact(x.astype("float64"))
        np.testing.assert_allclose(_native(op, x), want, rtol=1e-6)
