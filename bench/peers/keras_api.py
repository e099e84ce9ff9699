"""What lamina and Keras share: the same program for the same API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bench.peers import Forward, Peer, timed
from bench.workloads import Workload

LOSSES = {"sparse": "sparse_categorical_crossentropy", "mse": "mse"}


def _own(k: Any, w: Workload) -> tuple[Callable[[int, Any], Any], Any, Any]:
    """A user's layer, activation and loss, in the operations of the module `k`."""
    ops = k.ops

    class Affine(k.layers.Layer):  # type: ignore[misc]
        """y = activation(x w + b); x (B, inputs) -> y (B, units)."""

        def __init__(self, units: int, activation: Any) -> None:
            super().__init__()
            self.units, self.activation = units, activation

        def build(self, shape: Any) -> None:
            self.w = self.add_weight(shape=(shape[-1], self.units), initializer="zeros")
            self.b = self.add_weight(shape=(self.units,), initializer="zeros")

        def call(self, x: Any) -> Any:
            return self.activation(ops.matmul(x, self.w) + self.b)

    def activation(x: Any) -> Any:
        return x / (1.0 + ops.exp(-x))

    def loss(y: Any, p: Any) -> Any:
        p = ops.clip(p / ops.sum(p, axis=-1, keepdims=True), 1e-7, 1 - 1e-7)
        chosen = ops.one_hot(ops.cast(ops.reshape(y, (-1,)), "int32"), w.sizes[-1])
        return -ops.sum(chosen * ops.log(p), axis=-1)

    return Affine, activation, loss


def _built_in(k: Any, w: Workload) -> tuple[Callable[[int, Any], Any], Any, Any]:
    return (lambda units, act: k.layers.Dense(units, activation=act)), w.hidden, LOSSES[w.loss]


def build(k: Any, w: Workload, own: bool | None = None) -> Any:
    """The compiled model with its start weights; `own` overrides the workload's."""
    parts = _own if (w.own if own is None else own) else _built_in
    layer, hidden, loss = parts(k, w)
    layers = [k.layers.Input((w.sizes[0],))]
    layers += [layer(units, hidden) for units in w.sizes[1:-1]]
    last = k.activations.softmax if w.loss == "sparse" else k.activations.linear
    layers.append(layer(w.sizes[-1], last))
    model = k.Sequential(layers)
    rules = {"adam": k.optimizers.Adam, "rmsprop": k.optimizers.RMSprop, "sgd": k.optimizers.SGD}
    metrics = ["accuracy"] if w.loss == "sparse" else None
    model.compile(rules[w.optimizer](w.rate), loss, metrics=metrics)
    model.set_weights(w.weights())
    return model


def prepare_with(k: Any, w: Workload, own: bool | None = None) -> Peer:
    """The peer for a module of Keras' API."""
    x, y = w.data()
    model = build(k, w, own)

    def run(which: Any, epochs: int, shuffle: bool) -> float:
        options = {"batch_size": w.batch, "epochs": epochs, "shuffle": shuffle, "verbose": 0}
        return float(which.fit(x, y, **options).history["loss"][-1])

    return Peer(
        timed(lambda epochs: run(model, epochs, True)),
        lambda epochs: run(build(k, w, own), epochs, False),
        _ways(model),
        lambda rows, batch: model.predict(rows, batch_size=batch, verbose=0),
    )


def _ways(model: Any) -> dict[str, Forward]:
    found: dict[str, Forward] = {
        "predict(x, verbose=0)": lambda rows: model.predict(rows, verbose=0),
        "model(x)": lambda rows: np.asarray(model(rows)),
    }
    if hasattr(model, "compile_predict"):
        found["compile_predict"] = model.compile_predict(batch=1)
    return found
