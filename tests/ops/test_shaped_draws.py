"""random.gamma, beta and binomial: SciPy's distributions are the judges."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import lamina
from lamina import random
from lamina.errors import ArgumentError

COUNT = 20_000


@pytest.mark.parametrize("alpha", [0.1, 0.7, 1.0, 3.0, 50.0])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gamma(alpha, dtype):
    """Kolmogorov-Smirnov; a right draw fails once in 10,000 seeds, and the seed is fixed."""
    drawn = np.asarray(random.gamma((COUNT,), alpha, dtype, seed=1))
    assert drawn.dtype == dtype
    assert stats.kstest(drawn, "gamma", (alpha,)).pvalue > 1e-4


@pytest.mark.parametrize(("a", "b"), [(0.1, 0.2), (1.0, 1.0), (2.0, 3.0), (0.5, 5.0)])
def test_beta(a, b):
    drawn = np.asarray(random.beta((COUNT,), a, b, "float64", seed=2))
    assert ((drawn >= 0) & (drawn <= 1)).all()
    assert stats.kstest(drawn, "beta", (a, b)).pvalue > 1e-4


@pytest.mark.parametrize(("n", "p"), [(1, 0.5), (10, 0.3), (40, 0.95)])
def test_binomial(n, p):
    drawn = np.asarray(random.binomial((COUNT,), n, p, seed=3))
    found = np.bincount(drawn.astype(int), minlength=n + 1)
    expected = stats.binom.pmf(np.arange(n + 1), n, p) * COUNT
    often = expected > 5
    assert found.sum() == COUNT
    rest = [found[~often].sum()], [max(expected[~often].sum(), 1e-9)]
    squares = (np.append(found[often], rest[0]) - np.append(expected[often], rest[1])) ** 2
    chi = (squares[:-1] / expected[often]).sum()
    assert chi < stats.chi2.ppf(0.9999, often.sum())


def test_parameters_for_each_entry_and_draws_that_follow():
    alpha = np.array([[0.5], [20.0]], "float32")
    drawn = np.asarray(random.gamma((2, 4000), alpha, seed=4))
    # Five standard errors of a mean.
    np.testing.assert_allclose(drawn.mean(axis=1), alpha[:, 0], atol=5 * np.sqrt(20 / 4000))
    counts = np.array([0, 3, 5])
    assert (np.asarray(random.binomial((100, 3), counts, 1.0, seed=1)) == counts).all()
    stream = random.SeedGenerator(1)
    a, b = (np.asarray(random.beta((5,), 2.0, 2.0, seed=stream)) for _ in range(2))
    assert not np.allclose(a, b)
    np.testing.assert_array_equal(
        np.asarray(random.gamma((7,), 2.0, seed=9)), np.asarray(random.gamma((7,), 2.0, seed=9))
    )


def test_wrong_arguments_are_refused():
    with pytest.raises(ArgumentError, match="draws floats"):
        random.gamma((2,), 1.0, "int32")
    with pytest.raises(ArgumentError, match="at most"):
        random.binomial((1 << 20,), 1000, 0.5)

    class Drawing(lamina.layers.Layer):
        def call(self, x):
            return random.binomial(x.shape, x, 0.5)

    with pytest.raises(ArgumentError, match="known before the program runs"):
        Drawing()(lamina.Input((3,)))
