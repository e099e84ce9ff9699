"""A process in which no real keras was imported, and small modules in place of lamina's own."""

from __future__ import annotations

import sys
import types

import pytest

from lamina.compat import paths, uninstall
from lamina.registry import Registry


@pytest.fixture
def clean_process(monkeypatch):
    """The judges' keras and tensorflow are put aside for the test, and ours removed after it."""
    for name in list(sys.modules):
        if name.partition(".")[0] in paths.TOP:
            monkeypatch.delitem(sys.modules, name)
    yield
    uninstall()


class Layer:
    """Stands for every layer: refuses what it does not know."""

    def __init__(self, *, name=None, **kwargs):
        if kwargs:
            raise TypeError(f"unknown: {sorted(kwargs)}")
        self.name = name


class Dense(Layer):
    def __init__(
        self, units, activation=None, use_bias=True, kernel_initializer="glorot_uniform",
        kernel_regularizer=None, **kwargs,
    ):  # fmt: skip
        super().__init__(**kwargs)
        self.given = (units, activation, use_bias, kernel_initializer, kernel_regularizer)


class Embedding(Layer):
    def __init__(self, input_dim, output_dim, embeddings_initializer="uniform", **kwargs):
        super().__init__(**kwargs)
        self.given = (input_dim, output_dim, embeddings_initializer)


class Optimizer:
    iterations = 6

    def __init__(self, learning_rate=0.001):
        self.learning_rate = learning_rate

    def _update_all(self, grads, variables, learning_rate):
        return float(learning_rate)


class Adam(Optimizer):
    def __init__(self, learning_rate=0.001, beta_1=0.9, epsilon=1e-7):
        super().__init__(learning_rate)
        self.given = (learning_rate, beta_1, epsilon)


class RMSprop(Adam):
    pass


class Model(Layer):
    built = False

    def compile(self, optimizer="rmsprop", loss=None, loss_weights=None, metrics=None):
        self.compiled = (optimizer, loss, loss_weights, metrics)

    def fit(
        self, x=None, y=None, batch_size=None, epochs=1, verbose="auto", callbacks=None,
        validation_data=None, shuffle=True, class_weight=None, initial_epoch=0,
        steps_per_epoch=None, validation_steps=None,
    ):  # fmt: skip
        self.fitted = (x, y, batch_size, epochs, steps_per_epoch, validation_steps)
        return self

    def evaluate(self, x=None, **kwargs):
        return (x, kwargs)

    def predict(self, x=None, **kwargs):
        return x


class Sequential(Model):
    pass


def normalize(x, axis=None):
    return (x, axis)


def categorical_crossentropy(y_true, y_pred):
    return 0.0


FAKES = {
    "lamina.layers": [Layer, Dense, Embedding],
    "lamina.models": [Model, Sequential],
    "lamina.optimizers": [Optimizer, Adam, RMSprop],
    "lamina.utils": [normalize],
    "lamina.losses": [categorical_crossentropy],
    "lamina.metrics": [categorical_crossentropy],
}


@pytest.fixture
def fakes(monkeypatch, clean_process):
    """lamina with the few classes above and nothing else."""
    package = sys.modules["lamina"]
    for path, members in FAKES.items():
        module = types.ModuleType(path)
        for member in members:
            monkeypatch.setattr(member, "__module__", path)
            setattr(module, member.__name__, member)
        module.REGISTRY = Registry("thing", path, {})
        monkeypatch.setitem(sys.modules, path, module)
        # An attribute of the package, set by an earlier import, would be found first.
        monkeypatch.delitem(vars(package), path.rpartition(".")[2], raising=False)
    return types.SimpleNamespace(**{m.__name__: m for ms in FAKES.values() for m in ms})
