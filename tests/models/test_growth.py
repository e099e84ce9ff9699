"""Memory does not grow with the number of fits and models."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

import lamina as keras
from lamina.graph.node import Node
from lamina.graph.trace import Trace
from lamina.graph.variable import Variable

X = np.random.default_rng(0).random((64, 8)).astype("float32")
GROWTH = """
import gc, numpy as np, lamina as keras

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

X = np.random.default_rng(0).random((64, 8)).astype("float32")
Y = X.sum(1, keepdims=True)

def made():
    layers = [keras.Input((8,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1)]
    model = keras.Sequential(layers)
    model.compile("adam", "mse")
    return model

def grown(once, times, warm):
    for _ in range(warm):
        once()
    gc.collect()
    before = resident()
    for _ in range(times):
        once()
    gc.collect()
    return (resident() - before) / times

model = made()
print(grown(lambda: model.fit(X, Y, verbose=0), 1000, 300))
print(grown(lambda: made().fit(X, Y, verbose=0), 200, 300))
"""


def network():
    x = keras.Input((8,))
    h = keras.layers.Dropout(0.1)(keras.layers.Dense(4, "tanh")(x))
    model = keras.Model(x, keras.layers.Dense(1)(keras.ops.concatenate([h, h], axis=-1)))
    model.compile("adam", "mse", metrics=["mae"])
    return model


def test_nothing_of_a_model_is_left():
    def used():
        model = network()
        model.fit(X, X[:, :1], validation_split=0.2, verbose=0)
        model.predict(X, verbose=0)
        model(X)

    def counts():
        gc.collect()
        kinds = (Trace, Node, Variable)
        return Counter(type(o).__name__ for o in gc.get_objects() if isinstance(o, kinds))

    used()
    before = counts()
    for _ in range(3):
        used()
    assert counts() - before == Counter()


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_a_thousand_fits_and_two_hundred_models():
    """At most 1 KiB a fit, and 50 KiB a model: pages of the whole process, after a start."""
    done = subprocess.run(
        [sys.executable, "-c", GROWTH], capture_output=True, text=True, check=True
    )
    fit, model = map(float, done.stdout.split())
    assert fit <= 1024
    assert model <= 50 * 1024
