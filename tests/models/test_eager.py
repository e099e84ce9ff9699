"""Models that run in Python, step by step: asked for, or because a step looks at values.

The judge is the compiled program of the same model: the numbers agree to some roundings of float32.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lamina as keras
from lamina import GradientTape, ops
from lamina.errors import TraceError

X = np.random.default_rng(2).normal(size=(23, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)
CLOSE = {"rtol": 1e-4, "atol": 1e-5}


def _net(kind: type = keras.Sequential) -> Any:
    keras.utils.set_random_seed(4)
    return kind([
        keras.Input((3,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dropout(0.3),
        keras.layers.BatchNormalization(), keras.layers.Dense(1),
    ])  # fmt: skip


def _trained(model: Any, **options: Any) -> list[Any]:
    model.compile("adam", "mse", metrics=["mae"], **options)
    history = model.fit(X, Y, batch_size=8, epochs=2, verbose=0, validation_split=0.3)
    batch = model.train_on_batch(X[:5], Y[:5])
    return [
        *history.history.values(), batch, model.evaluate(X, Y, verbose=0),
        model.predict(X, batch_size=8, verbose=0), *model.get_weights(),
    ]  # fmt: skip


def _compare(found: list[Any], wanted: list[Any]) -> None:
    for y, want in zip(found, wanted, strict=True):
        np.testing.assert_allclose(y, want, **CLOSE)


def test_run_eagerly_gives_the_same_numbers() -> None:
    _compare(_trained(_net(), run_eagerly=True), _trained(_net()))


def test_run_eagerly_lets_code_look_at_values() -> None:
    seen = []

    class Looking(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            seen.append(float(np.mean(x)))
            return x if bool(ops.all(x > -100.0)) else -x

    class Net(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = Looking(), keras.layers.Dense(1)

        def call(self, x: Any) -> Any:
            return self.last(self.first(x))

    model = Net()
    model.compile("sgd", "mse", run_eagerly=True)
    model.fit(X, Y, batch_size=23, epochs=1, verbose=0)
    assert seen == [pytest.approx(X.mean(), abs=1e-6)]
    assert model.predict(X, verbose=0).shape == (23, 1)
    model.compile("sgd", "mse")
    with pytest.raises(TraceError, match="run_eagerly=True"):
        model.fit(X, Y, epochs=1, verbose=0)


class _Step(keras.Sequential):
    def train_step(self, data: Any) -> Any:
        x, y = data[:2]
        with GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
        weights = self.trainable_variables
        self.optimizer.apply(tape.gradient(loss, weights), weights)
        for metric in self.metrics:
            metric.update_state(*((loss,) if metric.name == "loss" else (y, y_pred)))
        return {m.name: m.result() for m in self.metrics} | self._more(loss)

    def _more(self, loss: Any) -> dict[str, Any]:
        return {}


class _Looks(_Step):
    def _more(self, loss: Any) -> dict[str, Any]:
        self.seen = float(loss)
        return {}


def test_a_step_that_looks_at_values_runs_in_python_and_says_so() -> None:
    with pytest.warns(UserWarning, match=r"_Looks.train_step looks at values"):
        found = _trained(model := _net(_Looks))
    assert np.isfinite(model.seen)
    _compare(found, _trained(_net(_Step)))


def test_an_own_step_is_compiled() -> None:
    model = _net(_Step)
    _trained(model)
    phases = {(p.engine, s.phase) for p in model.explain().programs for s in p.steps}
    engine = model._engine()
    assert {(engine, "train"), (engine, "validate")} <= phases


def test_metrics_that_are_not_listed_are_not_reset() -> None:
    """As in Keras: only what `metrics` lists starts anew with each epoch."""

    class Counting(_Step):
        def __init__(self, layers: Any) -> None:
            super().__init__(layers)
            self.counted, self.kept = keras.metrics.Sum(name="n"), keras.metrics.Sum(name="all")

        @property
        def metrics(self) -> list[Any]:
            return [self.counted]

        def train_step(self, data: Any) -> Any:
            self.counted.update_state(1.0)
            self.kept.update_state(1.0)
            return {"n": self.counted.result(), "all": self.kept.result()}

    model = _net(Counting)
    model.compile()
    history = model.fit(X, Y, batch_size=8, epochs=2, verbose=0)
    assert history.history == {"all": [3.0, 6.0], "n": [3.0, 3.0]}


def test_a_metric_returns_to_what_its_reset_says() -> None:
    class FromOne(keras.metrics.Metric):
        def __init__(self) -> None:
            super().__init__(name="n")
            self.n = self.add_weight(name="n", initializer="ones")

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            self.n.assign_add(1.0)

        def result(self) -> Any:
            return self.n.value

        def reset_state(self) -> None:
            self.n.assign(1.0)

    model = _net()
    model.compile("sgd", "mse", metrics=[FromOne()])
    history = model.fit(X, Y, batch_size=8, epochs=2, verbose=0)
    assert history.history["n"] == [4.0, 4.0]


def test_numpy_on_a_symbol_names_the_op_to_use() -> None:
    symbol = keras.Input((3,))
    with pytest.raises(TraceError, match=r"numpy.mean needs the values(.|\n)*lamina.ops.mean"):
        np.mean(symbol)
    with pytest.raises(TraceError, match=r"lamina.ops.concatenate"):
        np.concatenate([symbol, X])
    assert np.shape(symbol) == (None, 3)
    assert isinstance(np.squeeze(ops.convert_to_tensor(X)), np.ndarray)


def test_an_error_inside_a_layer_names_the_layer() -> None:
    class Wrong(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return ops.matmul(x, np.ones((5, 2), "float32"))

    with pytest.raises(ValueError, match=r"Wrong 'mine': ops.matmul needs equal sizes"):
        keras.Sequential([Wrong(name="mine")])(X)


def _over_zero(y: Any, p: Any) -> Any:
    kept = y[:, 0] > 0.0
    return ops.mean(ops.square(y[kept] - p[kept]))


@pytest.mark.parametrize(
    "loss",
    [
        _over_zero,
        lambda y, p: ops.mean(ops.take(ops.square(y - p), ops.nonzero(y[:, 0] > 0.0)[0], axis=0)),
    ],
    ids=["mask", "nonzero"],
)
def test_sizes_that_depend_on_values_train_in_python(loss: Any) -> None:
    def weighed(y: Any, p: Any) -> Any:
        kept = ops.cast(y[:, 0:1] > 0.0, "float32")
        return ops.sum(kept * ops.square(y - p)) / ops.sum(kept)

    def trained(loss: Any) -> list[Any]:
        model = _net()
        model.compile("sgd", loss)
        history = model.fit(X, Y, batch_size=8, epochs=2, verbose=0)
        return [history.history["loss"], *model.get_weights()]

    with pytest.warns(UserWarning, match="looks at values while it is traced"):
        found = trained(loss)
    _compare(found, trained(weighed))
