"""A seeded sample of networks nobody wrote, trained by real Keras and by lamina side by side.

The recorded cases say what was thought of; these come from a generator. The seed is fixed, so
that a failure can be looked at; raise COUNT to search. Tolerance: as in test_training.
"""

from __future__ import annotations

import os

import keras
import numpy as np
import pytest
from tests.oracle.case import Case, inputs, measure, random, targets

import lamina
from lamina.utils import clear_session

# Keras' own variables, in this version of NumPy
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
SEED, COUNT = 2026, 24 if os.environ.get("ORACLE") == "live" else 6
ACTIVATIONS = ("relu", "tanh", "sigmoid", "elu", "softplus", "gelu", None)
GOALS = (
    ("sparse_categorical_crossentropy", "classes", "softmax"),
    ("categorical_crossentropy", "one_hot", "softmax"),
    ("binary_crossentropy", "binary", "sigmoid"),
    ("mse", "real", None),
    ("mae", "real", "tanh"),
)
OPTIMIZERS = (
    ("SGD", {"learning_rate": 0.05, "momentum": 0.9}),
    ("SGD", {"learning_rate": 0.1, "clipnorm": 0.5}),
    ("Adam", {"learning_rate": 0.01}),
    ("RMSprop", {"learning_rate": 0.005, "weight_decay": 0.01}),
)


def drawn(stream, things):
    """One of these, by the stream."""
    return things[int(stream.integers(len(things)))]


def network(k, seed):
    """A Functional model of one to four layers that split, meet or are shared."""
    stream = random(seed)
    given = k.Input((5,))
    shared = k.layers.Dense(5, drawn(stream, ACTIVATIONS))
    x = given
    for _ in range(int(stream.integers(1, 5))):
        kind = drawn(stream, ("dense", "shared", "split", "skip", "reshape"))
        width, activation = int(stream.integers(1, 9)), drawn(stream, ACTIVATIONS)
        if kind == "shared":
            x = k.layers.Concatenate()([shared(given), x])
        elif kind == "split":
            a, b = (k.layers.Dense(width, activation)(x) for _ in range(2))
            x = drawn(stream, (k.layers.Add, k.layers.Multiply, k.layers.Maximum))()([a, b])
        elif kind == "skip":
            x = k.layers.Add()([x, k.layers.Dense(x.shape[-1], activation)(x)])
        elif kind == "reshape":
            x = k.layers.Reshape((1, x.shape[-1]))(x)
            x = k.layers.Flatten()(k.layers.Dense(width, activation)(x))
        else:
            x = k.layers.Dense(width, activation, kernel_regularizer=drawn(stream, ("l2", None)))(x)
    loss, _, last = drawn(stream, GOALS)
    name, arguments = drawn(stream, OPTIMIZERS)
    model = k.Model(given, k.layers.Dense(3, last)(x))
    model.compile(getattr(k.optimizers, name)(**arguments), loss, metrics=["accuracy"])
    return model, loss


def sample(seed):
    """The network of a seed with data for its loss, and what else `fit` is given."""
    _, loss = network(lamina, seed)
    stream = random(seed + 1)
    kind = next(kind for name, kind, _ in GOALS if name == loss)
    fit = {"batch_size": int(stream.integers(1, 30)), "epochs": 2}
    if stream.random() < 0.5:
        fit["sample_weight"] = stream.random(23).astype("float32")
    if stream.random() < 0.5:
        fit["validation_split"] = 0.25
    return Case(lambda k: network(k, seed)[0], inputs(seed), targets(kind), fit)


@pytest.mark.parametrize("seed", range(SEED, SEED + COUNT))
def test_a_generated_network_trains_as_in_keras(seed):
    clear_session()
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    case = sample(seed)
    wanted = measure(keras, case)
    start = [wanted[f"start/{i}"] for i in range(sum(key.startswith("start/") for key in wanted))]
    found = measure(lamina, case, start)
    assert sorted(found) == sorted(wanted)
    for quantity, want in wanted.items():
        np.testing.assert_allclose(
            found[quantity], want, rtol=2e-4, atol=2e-5, err_msg=f"seed {seed}: {quantity}"
        )
