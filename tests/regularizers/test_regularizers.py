"""Every regularizer against real Keras: values, gradients, configurations, names."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import jax
import keras
import numpy as np
import pytest
from one_step import value_and_gradient
from recorded import Answers, flat

from lamina import regularizers
from lamina.errors import ArgumentError, ShapeError

CASES: list[tuple[str, tuple[Any, ...]]] = [
    ("L1", ()), ("L1", (0.3,)), ("L2", ()), ("L2", (0.3,)), ("l1", (0.2,)), ("l2", (0.01,)),
    ("L1L2", ()), ("L1L2", (0.1, 0.2)), ("l1_l2", (0.0, 0.2)), ("L1L2", (0.3, None)),
    ("OrthogonalRegularizer", ()), ("OrthogonalRegularizer", (0.5, "columns")),
    ("orthogonal_regularizer", (0.5, "rows")),
]  # fmt: skip
IDS = [f"{name}{args}" for name, args in CASES]


X = np.random.default_rng(0).normal(size=(7, 5)).astype("float32")
# float32 sums of 35 terms in other orders.
CLOSE = {"rtol": 1e-5, "atol": 1e-7}


def keras_answer(name: str, args: tuple[Any, ...]) -> np.ndarray:
    """Keras' value and gradient."""
    theirs = getattr(keras.regularizers, name)(*args)
    return flat(*jax.value_and_grad(lambda x: theirs(x))(X))


ANSWERS = Answers(
    __file__,
    {key: functools.partial(keras_answer, *case) for key, case in zip(IDS, CASES, strict=True)},
)


def test_keras_still_answers_as_recorded() -> None:
    ANSWERS.check_live(2, seed=1, **CLOSE)


@pytest.mark.parametrize("key", IDS)
def test_values_and_gradients_are_those_of_keras(key: str) -> None:
    name, args = CASES[IDS.index(key)]
    ours = getattr(regularizers, name)(*args)
    found = value_and_gradient(ours, X, np.float32(1.0))
    np.testing.assert_allclose(flat(*found), ANSWERS[key], **CLOSE)


@pytest.mark.parametrize(("name", "args"), CASES, ids=IDS)
def test_configuration_is_that_of_keras(name: str, args: tuple[Any, ...]) -> None:
    ours = getattr(regularizers, name)(*args)
    config = regularizers.serialize(ours)
    theirs = keras.regularizers.serialize(getattr(keras.regularizers, name)(*args))
    assert config == {**theirs, "config": pytest.approx(theirs["config"])}
    assert regularizers.deserialize(config).get_config() == ours.get_config()
    assert regularizers.get(config).get_config() == ours.get_config()


@pytest.mark.parametrize("name", sorted({name for name, _ in CASES}))
def test_signatures_and_names_are_those_of_keras(name: str) -> None:
    ours, theirs = getattr(regularizers, name), getattr(keras.regularizers, name)
    assert [(k, p.default) for k, p in inspect.signature(ours).parameters.items()] == [
        (k, p.default) for k, p in inspect.signature(theirs).parameters.items()
    ]
    assert isinstance(regularizers.get(name), ours)
    assert set(regularizers.__all__) >= {n for n in dir(keras.regularizers) if n[0] != "_"}


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: regularizers.L2(-0.1), ArgumentError),
        (lambda: regularizers.L1("a"), ArgumentError),
        (lambda: regularizers.L1L2(float("nan")), ArgumentError),
        (lambda: regularizers.OrthogonalRegularizer(0.1, "diagonal"), ArgumentError),
        (lambda: regularizers.OrthogonalRegularizer()(np.ones(3)), ShapeError),
        (lambda: regularizers.get("l3"), ArgumentError),
    ],
)
def test_illegal_arguments_are_refused(call: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        call()
