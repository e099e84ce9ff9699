"""Targets, weights and arguments that a model cannot learn from, and odd ones that it can."""

from __future__ import annotations

import numpy as np
import pytest

import lamina as keras
from lamina.errors import LaminaError

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(12, 4)).astype("float32")
Y = RANDOM.normal(size=(12, 1)).astype("float32")
C = np.arange(12) % 3
SPARSE, BINARY = "sparse_categorical_crossentropy", "binary_crossentropy"


def model(units=1, loss="mse", activation=None, **options):
    made = keras.Sequential(
        [keras.layers.Input((4,)), keras.layers.Dense(units, activation=activation)]
    )
    made.compile("sgd", loss, **options)
    return made


def classes():
    return model(3, SPARSE, "softmax")


# name -> (what is done, what the message says)
BAD = {
    "more columns": (lambda: model().fit(X, np.ones((12, 3))), r"of the outputs, \(None, 1\)"),
    "fewer columns": (lambda: model(3).fit(X, Y), r"\(None, 3\)"),
    "no columns": (lambda: model(3).fit(X, Y[:, 0]), "y"),
    "rank": (lambda: model().fit(X, Y[:, :, None, None]), "shape of the outputs"),
    "one-hot in sparse": (lambda: classes().fit(X, np.eye(3)[C]), "one whole number a row"),
    "numbers in categorical": (
        lambda: model(3, "categorical_crossentropy", "softmax").fit(X, C), "y"),
    "fractions": (lambda: classes().fit(X, C + 0.5), "whole numbers as labels"),
    "label too high": (lambda: classes().fit(X, C + 1), "labels from 0 to 2"),
    "label too low": (lambda: classes().fit(X, C - 1), "labels from 0 to 2"),
    "no binary": (lambda: model(1, BINARY, "sigmoid").fit(X, C), "from 0 to 1"),
    "signs": (lambda: model(1, BINARY, "sigmoid").evaluate(X, np.sign(Y)), "from 0 to 1"),
    "nan": (lambda: model().fit(np.where(X > 1, np.nan, X), Y), "finite numbers in x"),
    "infinity": (lambda: model().fit(X, np.where(Y > 0, np.inf, Y)), "finite numbers in y"),
    "too large": (lambda: model().fit(X.astype("float64") * 1e300, Y), "float32 can hold"),
    "masked": (lambda: model().fit(np.ma.masked_greater(X, 1), Y), "masked entries"),
    "weights nan": (
        lambda: model().fit(X, Y, sample_weight=np.full(12, np.nan)), "sample_weight"),
    "weights of a class": (
        lambda: classes().fit(X, C, class_weight={0: np.nan}), "finite weights"),
    "loss weights": (lambda: model(loss_weights="a"), "loss_weights"),
    "name of a loss": (lambda: model(loss="mean_sq"), "knows no loss"),
    "shuffle": (lambda: model().fit(X, Y, shuffle="maybe"), "shuffle"),
    "length": (lambda: model().fit(X, Y[:11]), "rows"),
    "split": (lambda: model().fit(X, Y, validation_split=1.5), "validation_split"),
    "batch size": (lambda: model().fit(X, Y, batch_size=0), "batch_size"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_it_is_refused(name):
    act, message = BAD[name]
    with pytest.raises(LaminaError, match=message) as caught:
        act()
    assert len(str(caught.value).splitlines()) <= 12


# What Keras takes and trains rightly on.
GOOD = {
    "flat targets": lambda: model().fit(X, Y[:, 0], verbose=0),
    "an axis more": lambda: model().fit(X, Y[:, :, None], verbose=0),
    "whole numbers as floats": lambda: classes().fit(X, C.astype("float32"), verbose=0),
    "labels in a column": lambda: classes().fit(X, C[:, None], verbose=0),
    "truth values": lambda: model(1, BINARY, "sigmoid").fit(X, Y > 0, verbose=0),
    "soft targets": lambda: model(1, BINARY, "sigmoid").fit(X, np.full((12, 1), 0.3), verbose=0),
    "big-endian": lambda: model().fit(X.astype(">f4"), Y.astype(">f8"), verbose=0),
    "columns first in memory": lambda: model().fit(np.asfortranarray(X), Y, verbose=0),
    "every other row": lambda: model().fit(np.repeat(X, 2, 0)[::2], Y, verbose=0),
    "numbers of float64": lambda: model().fit(X.astype("float64"), Y, verbose=0),
    "nothing is masked": lambda: model().fit(np.ma.masked_array(X), Y, verbose=0),
    "a loss of one's own": lambda: model(3, lambda t, p: keras.ops.mean(p - t, axis=-1)).fit(
        X, Y, verbose=0),
    "shuffle by a number": lambda: model().fit(X, Y, shuffle=1, verbose=0),
    "some classes weighted": lambda: classes().fit(X, C, class_weight={0: 2.0}, verbose=0),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_it_is_taken(name):
    assert GOOD[name]().history["loss"]
