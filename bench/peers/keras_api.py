"""What lamina and Keras share: the same program for the same API."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.parts import Link
from bench.peers import Forward, Peer, timed
from bench.workloads import Workload

LOSSES = {
    "sparse": "sparse_categorical_crossentropy", "binary": "binary_crossentropy", "mse": "mse",
}  # fmt: skip
PLAIN = {
    "dense": "Dense", "norm": "BatchNormalization", "flatten": "Flatten", "dropout": "Dropout",
    "embedding": "Embedding", "lstm": "LSTM", "gru": "GRU", "highest": "GlobalMaxPooling1D",
    "pool": "MaxPooling2D",
}  # fmt: skip
LAST = {"sparse": "softmax", "binary": "sigmoid", "mse": "linear"}


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


def _layer(k: Any, link: Link) -> Any:
    """A part of a network as a layer of the module `k`."""
    layers, rest, images = k.layers, link.part[1:], len(link.given) == 3
    if link.kind == "conv":
        kind = layers.Conv2D if images else layers.Conv1D
        return kind(rest[0], rest[1], padding=rest[2])
    if link.kind == "bidirectional":
        return layers.Bidirectional(layers.LSTM(*rest))
    if link.kind not in PLAIN:
        return layers.Activation(link.kind)
    return getattr(layers, PLAIN[link.kind])(*rest)


def _layers(k: Any, w: Workload, own: bool) -> tuple[list[Any], Any]:
    """The layers but for the input, the last activation among them; the loss."""
    last = k.layers.Activation(LAST[w.loss])
    if not own:
        return [*(_layer(k, link) for link in w.links), last], LOSSES[w.loss]
    layer, hidden, loss = _own(k, w)
    plain = k.activations.linear
    return [
        *(layer(units, hidden) for units in w.sizes[1:-1]),
        layer(w.sizes[-1], plain),
        last,
    ], loss


def build(k: Any, w: Workload, own: bool | None = None) -> Any:
    """The compiled model with its start weights; `own` overrides the workload's."""
    layers, loss = _layers(k, w, w.own if own is None else own)
    words = w.whole[0][0] == "embedding"
    first = k.layers.Input(w.row_shape, dtype="int32" if words else "float32")
    model = k.Sequential([first, *layers])
    rules = {"adam": k.optimizers.Adam, "rmsprop": k.optimizers.RMSprop, "sgd": k.optimizers.SGD}
    metrics = None if w.loss == "mse" else ["accuracy"]
    more = {} if w.optimizer == "sgd" else {"epsilon": w.epsilon}
    model.compile(rules[w.optimizer](w.rate, **more), loss, metrics=metrics)
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
        lambda epochs: run(build(k, w.calm(), own), epochs, False),
        _ways(model),
        lambda rows, batch: model.predict(rows, batch_size=batch, verbose=0),
    )


def _ways(model: Any) -> dict[str, Forward]:
    found: dict[str, Forward] = {
        "predict(x, verbose=0)": lambda rows: model.predict(rows, verbose=0),
        "model(x)": lambda rows: np.asarray(model(rows)),
    }
    if hasattr(model, "compile_predict"):
        # Bound at its first call: a snapshot of the weights is no part of training.
        bound = functools.cache(lambda: model.compile_predict(batch=1))
        found["compile_predict"] = lambda rows: bound()(rows)
    return found
