"""Every activation against real Keras: values and gradients, signatures, names, configurations."""

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

from lamina import activations
from lamina.errors import ArgumentError

NAMES = sorted(
    n for n in dir(keras.activations)
    if not n.startswith("_") and n not in ("get", "serialize", "deserialize")
)  # fmt: skip
# Keras' sparsemax on JAX adds up the partial sums of the support where the paper takes the last:
# its rows do not sum to 1. Ours has a test of its own.
CASES: list[tuple[str, dict[str, Any]]] = [
    *((name, {}) for name in NAMES if name not in ("threshold", "sparsemax")),
    ("threshold", {"threshold": 0.3, "default_value": -2.0}),
    ("relu", {"negative_slope": 0.2}),
    ("relu", {"max_value": 1.0}),
    ("relu", {"max_value": 6}),
    ("relu", {"threshold": 0.4}),
    ("relu", {"negative_slope": 0.3, "max_value": 0.8, "threshold": 0.2}),
    ("relu", {"negative_slope": 0.3, "max_value": 6.0, "threshold": 0.2}),
    ("relu", {"negative_slope": 0.3, "max_value": 0.8}),
    ("leaky_relu", {"negative_slope": 0.5}),
    ("elu", {"alpha": 0.7}),
    ("celu", {"alpha": 0.7}),
    ("gelu", {"approximate": True}),
    ("softmax", {"axis": 0}),
    ("log_softmax", {"axis": 0}),
    ("glu", {"axis": 1}),
    ("squareplus", {"b": 1.0}),
    ("hard_shrink", {"threshold": 0.8}),
    ("soft_shrink", {"threshold": 0.8}),
]


@pytest.mark.parametrize("axis", [-1, 0])
def test_sparsemax_is_the_nearest_distribution(axis: int) -> None:
    """The optimality conditions of min |p - x| over the simplex: x - p is one number where p > 0,
    and x is at most that elsewhere.
    """
    x = np.random.default_rng(1).normal(size=(9, 7)).astype("float32")
    p = np.asarray(activations.sparsemax(x, axis=axis))
    np.testing.assert_allclose(p.sum(axis), 1.0, rtol=1e-6)
    assert p.min() >= 0
    assert ((p > 0).sum(axis) > 1).any()
    level = np.where(p > 0, x - p, np.inf).min(axis, keepdims=True)
    np.testing.assert_allclose(np.where(p > 0, x - p, level), level + 0 * x, atol=1e-6)
    assert (np.where(p > 0, level, x) <= level + 1e-6).all()


IDS = [f"{name}-{i}" for i, (name, _) in enumerate(CASES)]
# float32, elementary functions of two libraries: a few units in the last place, also of a gradient
# that is a difference of larger numbers.
CLOSE = {"rtol": 2e-5, "atol": 5e-6}


def data(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and a cotangent. Inputs keep clear of kinks, where a gradient is a choice that the
    ops' own tests make.
    """
    rng = np.random.default_rng(4)
    x = (3.0 * rng.normal(size=(17, 6))).astype("float32")
    return x, rng.normal(size=(17, 3 if name == "glu" else 6)).astype("float32")


def keras_answer(name: str, options: dict[str, Any]) -> np.ndarray:
    """Keras' value and gradient."""
    x, cotangent = data(name)
    value, back = jax.vjp(lambda v: getattr(keras.activations, name)(v, **options), x)
    return flat(value, *back(cotangent))


ANSWERS = Answers(
    __file__,
    {key: functools.partial(keras_answer, *case) for key, case in zip(IDS, CASES, strict=True)},
)


def test_keras_still_answers_as_recorded() -> None:
    ANSWERS.check_live(4, seed=2, **CLOSE)


@pytest.mark.parametrize("key", IDS)
def test_values_and_gradients_are_those_of_keras(key: str) -> None:
    name, options = CASES[IDS.index(key)]
    x, cotangent = data(name)
    ours = getattr(activations, name)
    value, g = value_and_gradient(lambda v: ours(v, **options), x, cotangent)
    np.testing.assert_allclose(flat(value, g), ANSWERS[key], **CLOSE)
    np.testing.assert_allclose(flat(ours(x, **options)), flat(value), rtol=0)


@pytest.mark.parametrize("name", NAMES)
def test_signatures_and_names_are_those_of_keras(name: str) -> None:
    ours, theirs = getattr(activations, name), getattr(keras.activations, name)
    assert [(k, p.default) for k, p in inspect.signature(ours).parameters.items()] == [
        (k, p.default) for k, p in inspect.signature(theirs).parameters.items()
    ]
    assert activations.get(name) is ours
    assert activations.serialize(ours) == keras.activations.serialize(theirs)
    assert activations.deserialize(activations.serialize(ours)) is ours


def test_get_takes_functions_and_none() -> None:
    def mine(x: Any) -> Any:
        return x

    assert activations.get(mine) is mine
    assert activations.get(None) is activations.linear
    assert activations.get({"class_name": "function", "config": "tanh"}) is activations.tanh
    assert activations.serialize(mine)["config"] == "mine"


def test_an_unknown_name_is_answered_with_near_ones() -> None:
    with pytest.raises(ArgumentError, match="did you mean 'relu'"):
        activations.get("rellu")
