"""Random tensors: anew in each step, from lamina's one stream where no seed is given."""

from __future__ import annotations

from typing import Any

from lamina import ops, random
from lamina.graph import symbolic
from lamina.graph.dtypes import floatx
from lamina.graph.variable import Variable

__all__ = [
    "dropout", "random_bernoulli", "random_binomial", "random_normal", "random_normal_variable",
    "random_uniform", "random_uniform_variable", "truncated_normal",
]  # fmt: skip


def random_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Normal."""
    drawn = random.normal(_sizes(shape), dtype=dtype or floatx(), seed=seed)
    return ops.add(ops.multiply(drawn, stddev), mean)


def random_uniform(
    shape: Any, minval: Any = 0.0, maxval: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Uniform from minval below maxval."""
    drawn = random.uniform(_sizes(shape), dtype=dtype or floatx(), seed=seed)
    return ops.add(ops.multiply(drawn, ops.subtract(maxval, minval)), minval)


def random_binomial(shape: Any, p: float = 0.0, dtype: Any = None, seed: Any = None) -> Any:
    """1 with probability p, else 0."""
    drawn = random.uniform(_sizes(shape), dtype=dtype or floatx(), seed=seed)
    return ops.cast(ops.less_equal(drawn, p), dtype or floatx())


random_bernoulli = random_binomial


def truncated_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Normal, within two deviations of the mean."""
    return random.truncated_normal(_sizes(shape), mean, stddev, dtype or floatx(), seed)


def random_normal_variable(
    shape: Any, mean: float, scale: float, dtype: Any = None, name: Any = None, seed: Any = None
) -> Variable:
    """A variable that starts normal."""
    drawn = random_normal(shape, mean, scale, dtype, seed)
    return Variable(drawn, dtype=dtype or floatx(), name=name or "variable")


def random_uniform_variable(
    shape: Any, low: float, high: float, dtype: Any = None, name: Any = None, seed: Any = None
) -> Variable:
    """A variable that starts uniform."""
    drawn = random_uniform(shape, low, high, dtype, seed)
    return Variable(drawn, dtype=dtype or floatx(), name=name or "variable")


def dropout(x: Any, level: float, noise_shape: Any = None, seed: Any = None) -> Any:
    """x with a share `level` of its entries at 0 and the others scaled to make up for it."""
    if symbolic.is_symbolic(x):
        return symbolic.record(dropout, [x, level, noise_shape, seed], {})
    return random.dropout(x, level, noise_shape, seed)


def _sizes(shape: Any) -> tuple[Any, ...]:
    return tuple(shape) if isinstance(shape, list | tuple) else tuple(shape.tolist())
