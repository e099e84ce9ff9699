"""Names of metrics and losses that mean what the shapes say, alone, in lists and by output."""

from __future__ import annotations

import numpy as np
import pytest

import lamina as keras

X = np.random.RandomState(0).rand(12, 2).astype("float32")
LABELS = np.arange(12) % 3
TARGETS = {
    "binary": (LABELS % 2, 1, "sigmoid"),
    "sparse": (LABELS, 3, "softmax"),
    "categorical": (np.eye(3)[LABELS], 3, "softmax"),
}


def accuracy(kind, probabilities):
    """NumPy's own count of right rows."""
    y = TARGETS[kind][0]
    if kind == "binary":
        return np.mean((probabilities[:, 0] > 0.5) == y)
    return np.mean(probabilities.argmax(1) == (y if kind == "sparse" else y.argmax(1)))


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize(
    "given", ["acc", "accuracy", "ACC", ["acc"], {"d": "acc"}, {"d": ["accuracy"]}]
)
@pytest.mark.parametrize("loss", ["crossentropy", "ce"])
def test_accuracy_and_crossentropy_follow_the_shapes(kind, given, loss):
    y, units, activation = TARGETS[kind]
    model = keras.Sequential([keras.layers.Dense(units, activation, name="d")])
    model.compile("sgd", loss, metrics=given)
    measured = model.evaluate(X, y, verbose=0, return_dict=True)
    [name] = set(measured) - {"loss"}
    assert name.lower() in ("acc", "accuracy")
    p = model.predict(X, verbose=0)
    assert measured[name] == pytest.approx(accuracy(kind, p), abs=1e-6)  # float32 sums of 12 rows
    chosen = p[np.arange(12), LABELS] if units > 1 else np.where(y, p[:, 0], 1 - p[:, 0])
    assert measured["loss"] == pytest.approx(-np.log(chosen).mean(), rel=1e-5)  # float32


@pytest.mark.parametrize("name", ["binary_crossentropy", "mse"])
def test_a_metric_of_one_column_takes_targets_without_that_axis(name):
    """Keras 2 gave such targets the axis; Keras 3 does so for `mse` only."""
    model = keras.Sequential([keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", name, metrics=[name])
    flat = model.evaluate(X, LABELS % 2, verbose=0)
    column = model.evaluate(X, (LABELS % 2)[:, None], verbose=0)
    assert flat == column
    assert flat[0] == pytest.approx(flat[1], rel=1e-6)  # both are the mean over 12 rows


def test_names_in_a_flat_list_measure_every_output():
    """Keras 2's rule where the list has not one entry for each output; Keras 3 refuses it."""
    x = keras.Input((2,))
    outputs = [keras.layers.Dense(1, "sigmoid", name=n)(x) for n in "ab"]
    model = keras.Model(x, outputs)
    model.compile("sgd", "mse", metrics=["mae"])
    y = (LABELS % 2)[:, None].astype("float32")
    measured = model.evaluate(X, [y, 1 - y], verbose=0, return_dict=True)
    for name, target, p in zip("ab", [y, 1 - y], model.predict(X, verbose=0), strict=True):
        assert measured[f"{name}_mae"] == pytest.approx(np.abs(target - p).mean(), rel=1e-5)


def test_metrics_names_are_in_the_order_of_what_evaluate_returns():
    x = keras.Input((2,))
    outputs = [keras.layers.Dense(1, name="a")(x), keras.layers.Dense(1, name="b")(x)]
    model = keras.Model(x, outputs)
    model.compile("sgd", ["mse", "mae"], metrics=[["mae", "mse"], ["mse"]])
    values = model.evaluate(X, [X[:, :1], X[:, 1:]], verbose=0)
    by_name = model.evaluate(X, [X[:, :1], X[:, 1:]], verbose=0, return_dict=True)
    # The order of Keras' values: the metrics by names of their own, then the rest by the alphabet.
    assert model.metrics_names == ["loss", "a_loss", "b_loss", "a_mae", "a_mse", "b_mse"]
    assert dict(zip(model.metrics_names, values, strict=True)) == by_name
