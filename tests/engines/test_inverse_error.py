"""The reference engine's inverse of the error function, against SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from lamina.engines.reference.inverse_error import erfinv

EDGES = np.array([0.0, -1.0, 1.0, 2.0, np.nan, -3.0])


@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    # What the interpolation leaves, far below float32's 1.2e-7; two units in the last place.
    [("float16", 2e-9), ("float32", 2e-9), ("float64", 6e-16)],
)
def test_places_of_every_size_and_both_tails(dtype, tolerance):
    near_one = 1 - np.logspace(-16, -1, 301)
    y = np.concatenate([np.linspace(-0.999, 0.999, 1001), near_one, -near_one]).astype(dtype)
    y = np.concatenate([y, np.logspace(-7, -1, 101).astype(dtype), EDGES.astype(dtype)])
    np.testing.assert_allclose(erfinv(y), special.erfinv(y.astype("float64")), rtol=tolerance)
    single = np.array(0.25, dtype)
    assert erfinv(single).shape == ()
    assert float(erfinv(single)) == pytest.approx(float(special.erfinv(0.25)), rel=tolerance)
