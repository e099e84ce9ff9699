"""Losses and metrics by the names of older Keras, products of rows, and files at a period."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

import lamina
from lamina.compat import install, uninstall

RANDOM = np.random.default_rng(8)
X, Y = RANDOM.random((8, 3)), np.eye(2)[np.arange(8) % 2]
OLD = {
    "mse": "mean_squared_error", "MAE": "mean_absolute_error", "kld": "kl_divergence",
    "kullback_leibler_divergence": "kl_divergence", "cosine_proximity": "cosine_similarity",
    "logcosh": "log_cosh", "bce": "binary_crossentropy",
}  # fmt: skip


@pytest.fixture
def keras(clean_process):
    install()
    return importlib.import_module("keras")


@pytest.mark.parametrize("name", OLD)
def test_a_loss_by_its_older_name(name, keras):
    wanted = getattr(lamina.losses, OLD[name])
    for module in ("losses", "objectives", "metrics"):
        assert getattr(importlib.import_module(f"keras.{module}"), name) is wanted
    model = keras.models.Sequential([keras.layers.Dense(2, activation="softmax")])
    model.compile("sgd", name)
    found = model.evaluate(X, Y, verbose=0)
    # A mean of 8 float32 numbers of order 1.
    assert found == pytest.approx(float(np.mean(wanted(Y, model.predict(X, verbose=0)))), rel=1e-5)


def test_older_names_go_with_the_border(keras):
    assert "logcosh" in lamina.losses.REGISTRY.table
    uninstall()
    assert "logcosh" not in lamina.losses.REGISTRY.table


def test_files_at_a_period(keras, tmp_path):
    model = keras.models.Sequential([keras.layers.Dense(2)])
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="a file every so many epochs"):
        saving = keras.callbacks.ModelCheckpoint(str(tmp_path / "{epoch}.h5"), period=2)
    model.fit(X, Y, epochs=5, verbose=0, callbacks=[saving])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2.h5", "4.h5"]


@pytest.mark.parametrize("axes", [[2, 2], [2, 3]])
def test_rows_of_matrices(axes, keras):
    from lamina.compat import backend as K

    x = RANDOM.random((2, 4, 5)).astype("float32")
    if axes == [2, 2]:
        y = RANDOM.random((2, 4, 5, 3)).astype("float32")
        wanted = np.einsum("bni,bnid->bnd", x, y)
    else:
        x, y = x[:, :, :, None], RANDOM.random((2, 4, 3, 5)).astype("float32")
        wanted = np.einsum("bnik,bndi->bnkd", x, y)
    # Sums of five products of float32.
    np.testing.assert_allclose(np.asarray(K.batch_dot(x, y, axes)), wanted, rtol=1e-5, atol=1e-6)
