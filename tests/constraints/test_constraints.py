"""Every constraint against real Keras: values along several axes, configurations, names."""

from __future__ import annotations

import inspect
from typing import Any

import keras
import numpy as np
import pytest

from lamina import constraints
from lamina.errors import ArgumentError
from lamina.graph.variable import Variable

CASES: list[tuple[str, tuple[Any, ...]]] = [
    ("MaxNorm", ()), ("MaxNorm", (1.0, 1)), ("max_norm", (0.5, [0, 1])), ("NonNeg", ()),
    ("non_neg", ()), ("UnitNorm", ()), ("unit_norm", (1,)), ("MinMaxNorm", ()),
    ("MinMaxNorm", (0.9, 1.1, 0.5, 1)), ("min_max_norm", (0.2, 0.8)),
]  # fmt: skip
IDS = [f"{name}{args}" for name, args in CASES]


@pytest.mark.parametrize(("name", "args"), CASES, ids=IDS)
def test_values_are_those_of_keras(name: str, args: tuple[Any, ...]) -> None:
    """float32 norms of 7 terms in other orders; a column of zeros stays zero."""
    w = np.random.default_rng(0).normal(size=(7, 5)).astype("float32")
    w[:, 2] = 0.0
    ours = getattr(constraints, name)(*args)
    expected = getattr(keras.constraints, name)(*args)(w)
    np.testing.assert_allclose(ours(w), expected, rtol=2e-6)
    np.testing.assert_allclose(ours(Variable(w)), expected, rtol=2e-6)


@pytest.mark.parametrize(("name", "args"), CASES, ids=IDS)
def test_configuration_is_that_of_keras(name: str, args: tuple[Any, ...]) -> None:
    ours = getattr(constraints, name)(*args)
    config = constraints.serialize(ours)
    assert config == keras.constraints.serialize(getattr(keras.constraints, name)(*args))
    assert constraints.deserialize(config).get_config() == ours.get_config()


@pytest.mark.parametrize("name", sorted({name for name, _ in CASES}))
def test_signatures_and_names_are_those_of_keras(name: str) -> None:
    ours, theirs = getattr(constraints, name), getattr(keras.constraints, name)
    assert [(k, p.default) for k, p in inspect.signature(ours).parameters.items()] == [
        (k, p.default) for k, p in inspect.signature(theirs).parameters.items()
    ]
    assert isinstance(constraints.get(name), ours)
    assert set(constraints.__all__) >= {n for n in dir(keras.constraints) if n[0] != "_"}


def test_an_unknown_name_is_answered_with_near_ones() -> None:
    with pytest.raises(ArgumentError, match="did you mean 'MaxNorm' or 'max_norm'"):
        constraints.get("maxnorm_")
