"""scikit-learn's MLPClassifier and MLPRegressor.

They start from weights of their own, clip no probabilities and count no hits, so that their loss
and predictions are not compared.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from bench.native import Unavailable
from bench.peers import Peer, drawn, in_batches, timed
from bench.workloads import Workload

ACTIVATIONS = {name: name for name in ("relu", "tanh")}
SOLVERS: dict[str, dict[str, Any]] = {
    "adam": {"solver": "adam", "epsilon": 1e-7},
    "sgd": {"solver": "sgd", "momentum": 0.0, "nesterovs_momentum": False},
}


def prepare(w: Workload) -> Peer:
    """See `bench.peers`."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    if w.parts:
        raise Unavailable("scikit-learn has dense networks only")
    if w.own:
        raise Unavailable("scikit-learn takes no layer, activation or loss of a user's")
    hidden = drawn(ACTIVATIONS, w.hidden, "scikit-learn")
    solver = drawn(SOLVERS, w.optimizer, "scikit-learn")
    x, y = w.data()
    kind, targets = (MLPRegressor, y.ravel()) if w.loss == "mse" else (MLPClassifier, y)
    warnings.simplefilter("ignore")
    kept: list[Any] = []

    def train(epochs: int) -> float:
        model = kind(
            hidden_layer_sizes=w.sizes[1:-1], activation=hidden, alpha=0.0, batch_size=w.batch,
            learning_rate_init=w.rate, max_iter=epochs, tol=0, n_iter_no_change=10**6, **solver,
        )  # fmt: skip
        model.fit(x, targets)
        kept[:] = [model]
        return float(model.loss_)

    def predict(rows: np.ndarray) -> np.ndarray:
        if not kept:
            train(1)
        return kept[0].predict(rows) if w.loss == "mse" else kept[0].predict_proba(rows)

    name = "predict" if w.loss == "mse" else "predict_proba"
    ways = {name: predict}
    return Peer(timed(train), None, ways, in_batches(predict), comparable=False)
