"""Estimators: what scikit-learn checks of them, and where they are used."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import lamina as keras
from lamina.datasets import iris
from lamina.errors import ArgumentError, ArgumentTypeError, StateError
from lamina.sklearn import Classifier, KerasClassifier, KerasRegressor, Regressor, Transformer

X, Y = (np.concatenate(parts) for parts in zip(*iris.load_data(), strict=True))
TARGETS = X[:, :1] * 2 - X[:, 1:2]


def network(X, y, units=8, softmax=True):
    """A small compiled model for such data."""
    keras.utils.set_random_seed(1)
    last = keras.layers.Dense(y.shape[1], activation="softmax" if softmax else None)
    hidden = keras.layers.Dense(units, activation="relu")
    model = keras.Sequential([keras.layers.Input((X.shape[1],)), hidden, last])
    model.compile(keras.optimizers.Adam(0.02), "categorical_crossentropy" if softmax else "mse")
    return model


PLAIN = {"softmax": False}
ESTIMATORS = {
    "classifier": Classifier(network, fit_kwargs={"epochs": 2, "verbose": 0}),
    "regressor": Regressor(network, model_kwargs=PLAIN, fit_kwargs={"verbose": 0}),
    "transformer": Transformer(network, model_kwargs=PLAIN, fit_kwargs={"verbose": 0}),
}
# The one exception: mini-batches of repeated rows are others than those of weighted rows.
EXCEPT = {"check_sample_weight_equivalence_on_dense_data"}


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.filterwarnings("ignore")
def test_scikit_learn_accepts_it(name):
    results = check_estimator(ESTIMATORS[name], on_fail=None, on_skip=None)
    failed = {r["check_name"]: str(r["exception"]) for r in results if r["status"] == "failed"}
    assert len(results) > 40
    assert set(failed) <= EXCEPT, failed


def test_in_pipelines_and_searches():
    model = network(X, np.zeros((1, 3)))
    estimator = make_pipeline(StandardScaler(), Classifier(model, fit_kwargs={"epochs": 40}))
    estimator.fit(X, Y, classifier__verbose=0)
    assert estimator.score(X, Y) > 0.8
    assert cross_val_score(
        Classifier(network, fit_kwargs={"epochs": 20, "verbose": 0}), X, Y, cv=3
    ).mean() > 0.6  # fmt: skip
    grid = {"model_kwargs": [{"units": 2}, {"units": 16}]}
    search = GridSearchCV(
        Classifier(network, fit_kwargs={"epochs": 10, "verbose": 0}), grid, cv=2
    ).fit(X, Y)
    assert search.best_params_["model_kwargs"] == {"units": 16}
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    np.testing.assert_array_equal(again.predict(X), search.predict(X))


def test_labels_come_back_as_they_were():
    names = np.array(["setosa", "versicolor", "virginica"])[Y]
    estimator = Classifier(network, fit_kwargs={"epochs": 60, "verbose": 0}).fit(X, names)
    assert set(estimator.predict(X)) <= set(names)
    assert estimator.predict_proba(X).shape == (len(X), 3)
    assert estimator.score(X, names) > 0.8
    assert len(estimator.history_.history["loss"]) == 60
    assert not hasattr(clone(estimator), "model_")


def test_warm_start_goes_on():
    estimator = Regressor(network, True, PLAIN, {"epochs": 3, "verbose": 0}).fit(X, TARGETS)
    first = estimator.history_.history["loss"][-1]
    assert estimator.fit(X, TARGETS).history_.history["loss"][0] < 1.2 * first


def test_what_is_no_model():
    with pytest.raises(ArgumentTypeError, match="needs a compiled model"):
        Regressor(3).fit(X, TARGETS)
    with pytest.raises(StateError, match="was not compiled"):
        Regressor(keras.Sequential([keras.layers.Dense(1)])).fit(X, TARGETS)


# ── as keras.wrappers.scikit_learn had them ──


def classifier(units=4, optimizer="adam", loss="categorical_crossentropy", last=3):
    keras.utils.set_random_seed(2)
    end = "softmax" if last > 1 else "sigmoid"
    model = keras.Sequential(
        [keras.layers.Dense(units, activation="relu"), keras.layers.Dense(last, activation=end)]
    )
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


def regressor():
    keras.utils.set_random_seed(2)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.1), "mse")
    return model


def test_the_older_classifier():
    estimator = KerasClassifier(build_fn=classifier, epochs=40, batch_size=10, verbose=0)
    estimator.fit(X, Y)
    assert estimator.score(X, Y) == pytest.approx(np.mean(estimator.predict(X) == Y))
    assert estimator.score(X, Y) > 0.7
    one_hot = KerasClassifier(classifier, epochs=40, batch_size=10, verbose=0)
    history = one_hot.fit(X, keras.utils.to_categorical(Y))
    assert len(history.history["loss"]) == 40
    np.testing.assert_array_equal(one_hot.predict(X), estimator.predict(X))
    two = KerasClassifier(classifier, loss="binary_crossentropy", last=1, epochs=5, verbose=0)
    x, y = X[Y < 2], Y[Y < 2]
    two.fit(x, y)
    assert two.predict_proba(x).shape == (100, 2)
    assert two.score(x, y) == pytest.approx(np.mean(two.predict(x)[:, 0] == y))


def test_the_older_searches():
    estimator = KerasClassifier(build_fn=classifier, epochs=5, verbose=0)
    grid = GridSearchCV(estimator, {"units": [1, 16], "batch_size": [5]}, cv=2).fit(X, Y)
    assert grid.best_params_ == {"units": 16, "batch_size": 5}
    scores = cross_val_score(KerasRegressor(build_fn=regressor, nb_epoch=3, verbose=0), X, TARGETS)
    assert (scores < 0).all()
    with pytest.raises(ArgumentError, match="did you mean epochs"):
        KerasClassifier(classifier, epoch=3)
