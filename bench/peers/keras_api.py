"""What lamina and Keras share: the same program for the same API."""

from __future__ import annotations

from typing import Any

from bench.peers import Peer
from bench.workloads import Workload

LOSSES = {"sparse": "sparse_categorical_crossentropy", "mse": "mse"}


def build(k: Any, w: Workload) -> Any:
    """The compiled model with its start weights."""
    layers = [k.layers.Input((w.sizes[0],))]
    layers += [k.layers.Dense(units, activation=w.hidden) for units in w.sizes[1:-1]]
    last = "softmax" if w.loss == "sparse" else None
    layers.append(k.layers.Dense(w.sizes[-1], activation=last))
    model = k.Sequential(layers)
    rules = {"adam": k.optimizers.Adam, "rmsprop": k.optimizers.RMSprop, "sgd": k.optimizers.SGD}
    metrics = ["accuracy"] if w.loss == "sparse" else None
    model.compile(rules[w.optimizer](w.rate), LOSSES[w.loss], metrics=metrics)
    model.set_weights(w.weights())
    return model


def prepare_with(k: Any, w: Workload, slower: int) -> Peer:
    """The peer for a module of Keras' API."""
    x, y = w.data()
    model, checked = build(k, w), build(k, w)
    one = x[:1]

    def run(which: Any, epochs: int, shuffle: bool) -> float:
        options = {"batch_size": w.batch, "epochs": epochs, "shuffle": shuffle, "verbose": 0}
        return float(which.fit(x, y, **options).history["loss"][-1])

    return Peer(
        lambda epochs: run(model, epochs, True),
        lambda epochs: run(checked, epochs, False),
        lambda: model.predict(one, verbose=0),
        slower,
    )
