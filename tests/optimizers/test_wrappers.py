"""LossScaleOptimizer and MultiOptimizer beside Keras' own, step by step; inside `fit` too."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from one_step import run_step

import lamina
from lamina import layers, optimizers
from lamina.errors import ArgumentError, MissingNameError
from lamina.graph.variable import Variable

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
CLOSE = {"rtol": 2e-5, "atol": 2e-6}
GRADIENTS = np.random.default_rng(0).normal(size=(9, 2, 3)).astype("float32")
GRADIENTS[3, 0, 1], GRADIENTS[6, 1, 0] = np.inf, np.nan


def weights(kind: Any) -> list[Any]:
    return [kind(np.full(3, i, "float32"), name=name) for i, name in enumerate("ab")]


def scaled(k: Any) -> Any:
    return k.optimizers.LossScaleOptimizer(k.optimizers.Adam(0.1), 8.0, 2)


def several(k: Any) -> Any:
    chosen = k.optimizers.OptimizerMap(k.optimizers.Adam(0.1))
    chosen["a.*"] = k.optimizers.SGD(0.2, momentum=0.5)
    return k.optimizers.MultiOptimizer(chosen)


def in_keras(optimizer: Any, variables: list[Any], given: np.ndarray) -> None:
    """One step of Keras', which on JAX may only be taken without state."""
    state = [*variables, *optimizer.variables]
    weights, own = optimizer.stateless_apply(
        [v.value for v in optimizer.variables],
        [keras.ops.convert_to_tensor(g) for g in given],
        [v.value for v in variables],
    )
    for variable, value in zip(state, [*weights, *own], strict=True):
        variable.assign(value)


@pytest.mark.parametrize("make", [scaled, several])
@pytest.mark.parametrize("traced", [False, True])
def test_steps_are_those_of_keras(make: Any, traced: bool) -> None:
    ours, theirs = make(lamina), make(keras)
    mine, yours = weights(Variable), weights(keras.Variable)
    ours.build(mine)
    theirs.build(yours)
    assert len(ours.variables) == len(theirs.variables)
    for step, pair in enumerate(GRADIENTS):
        given = np.nan_to_num(pair) if make is several else pair
        in_keras(theirs, yours, given)
        if traced:
            run_step(lambda *g: ours.apply(g, mine) or (), list(given), native=step > 5)
        else:
            ours.apply(list(given), mine)
        for a, b in zip([*mine, *ours.variables], [*yours, *theirs.variables], strict=True):
            np.testing.assert_allclose(a.numpy(), np.asarray(b.value), **CLOSE)


@pytest.mark.parametrize("make", [scaled, several])
def test_they_train(make: Any) -> None:
    x = np.random.default_rng(1).normal(size=(64, 4)).astype("float32")
    model = lamina.Sequential([layers.Dense(1, name="a"), layers.Dense(1, name="b")])
    model.compile(make(lamina), "mse")
    losses = model.fit(x, x[:, :1], epochs=40, verbose=0).history["loss"]
    assert losses[-1] < 0.05 * losses[0]


@pytest.mark.parametrize("make", [scaled, several])
def test_a_configuration_makes_an_equal_one(make: Any) -> None:
    ours = make(lamina)
    again = optimizers.deserialize(optimizers.serialize(ours))
    assert again.get_config() == ours.get_config()


def test_what_they_refuse() -> None:
    with pytest.raises(ArgumentError, match="belongs to the inner"):
        optimizers.LossScaleOptimizer(optimizers.SGD(), clipnorm=1.0)
    with pytest.raises(MissingNameError, match="no learning rate"):
        several(lamina).learning_rate  # noqa: B018
    chosen = optimizers.OptimizerMap(optimizers.SGD(), {"a.*": optimizers.SGD()})
    chosen[".*b"] = optimizers.Adam()
    with pytest.raises(ArgumentError, match="several optimizers"):
        chosen["ab"]
    with pytest.raises(ArgumentError, match="wrap no others"):
        chosen["c"] = scaled(lamina)
    nested = optimizers.MultiOptimizer(lambda v: scaled(lamina))
    with pytest.raises(ArgumentError, match="wrap no others"):
        nested.build(weights(Variable))
