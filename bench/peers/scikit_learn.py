"""scikit-learn's MLPClassifier and MLPRegressor.

They start from weights of their own and clip no probabilities, so that their loss is not compared.
"""

from __future__ import annotations

import math
import warnings

from bench.peers import Peer
from bench.peers.c import Unavailable
from bench.workloads import Workload


def prepare(w: Workload) -> Peer:
    """See `bench.peers`."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    if w.optimizer == "rmsprop":
        raise Unavailable("scikit-learn has no RMSprop")
    x, y = w.data()
    kind = MLPRegressor if w.loss == "mse" else MLPClassifier
    warnings.simplefilter("ignore")

    def train(epochs: int) -> float:
        model = kind(
            w.sizes[1:-1], activation=w.hidden, solver=w.optimizer, alpha=0.0, batch_size=w.batch,
            learning_rate_init=w.rate, epsilon=1e-7, max_iter=epochs, tol=0, n_iter_no_change=10**6,
        )  # fmt: skip
        model.fit(x, y.ravel() if w.loss == "mse" else y)
        kept[:] = [model]
        return float(model.loss_)

    kept: list[MLPClassifier] = []
    train(1)
    return Peer(train, lambda epochs: math.nan, lambda: kept[0].predict(x[:1]), 100)
