"""exp, log and their kin against NumPy's in extended precision, in units in the last place."""

import numpy as np
import pytest
from tests.engines.native.twin import run_graph, traced

from lamina.ops import primitives as p

# The largest error that the module states, in units in the last place.
BOUNDS = {"exp": 1.0, "log": 1.0, "expm1": 2.0, "log1p": 2.0, "tanh": 3.0}
EXACT = {"exp": np.exp, "log": np.log, "expm1": np.expm1, "log1p": np.log1p, "tanh": np.tanh}
SPECIAL = [0.0, np.inf, -np.inf, np.nan, -1.0, -2.0, 1.0, 1e30, -1e30]


def _inputs(op: str, dtype: str) -> np.ndarray:
    random = np.random.default_rng(7)
    size = 20_001
    near = random.normal(size=size) * 10.0 ** random.uniform(-6, 0.5, size)
    wide = random.uniform(-87, 88, size)
    values = np.concatenate([near, wide])
    if op in ("log", "log1p"):
        values = np.concatenate([np.abs(near), np.exp(wide * 0.9), 1 + near * 1e-3])
    return values.astype(dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("op", sorted(BOUNDS))
def test_error_stays_within_the_stated_units(op, dtype):
    x = _inputs(op, dtype)
    graph = traced(getattr(p, op), [x])
    (found,) = run_graph("native", graph, [x])
    exact = EXACT[op](x.astype(np.longdouble))
    normal = np.abs(exact) >= np.finfo(dtype).tiny
    error = np.abs(found - exact) / np.spacing(np.abs(exact).astype(dtype))
    assert error[normal].max() <= BOUNDS[op]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("op", sorted(BOUNDS))
def test_special_values_are_numpys(op, dtype):
    x = np.asarray(SPECIAL, dtype)
    with np.errstate(all="ignore"):
        want = EXACT[op](x)
    (found,) = run_graph("native", traced(getattr(p, op), [x]), [x])
    np.testing.assert_allclose(found, want, rtol=4 * np.finfo(dtype).eps)
