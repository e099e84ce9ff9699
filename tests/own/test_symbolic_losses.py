"""Losses of symbolic tensors that are added to a model, and names that older layers had too."""

from __future__ import annotations

import numpy as np

import lamina

X = np.random.default_rng(3).random((30, 6)).astype("float32")


def test_a_symbolic_loss_is_minimised():
    """The mean square of what a layer makes, beside no other loss: known in closed form."""
    i = lamina.Input((6,))
    hidden = lamina.layers.Dense(2, name="hidden")(i)
    model = lamina.Model(i, lamina.layers.Dense(1)(hidden))
    model.add_loss(lamina.ops.mean(lamina.ops.square(hidden)))
    model.compile(lamina.optimizers.SGD(0.1))
    w, b = model.get_layer("hidden").get_weights()
    history = model.fit(X, batch_size=30, epochs=2, shuffle=False, verbose=0)
    # One float32 mean of 60 squares, a gradient step, and the mean after it.
    made = X @ w + b
    np.testing.assert_allclose(history.history["loss"][0], np.mean(made**2), rtol=1e-5)
    grad = 2 * made / made.size
    made = X @ (w - 0.1 * X.T @ grad) + b - 0.1 * grad.sum(axis=0)
    np.testing.assert_allclose(history.history["loss"][1], np.mean(made**2), rtol=1e-5)


def test_it_adds_to_the_compiled_loss():
    i = lamina.Input((6,))
    out = lamina.layers.Dense(1)(i)
    model = lamina.Model(i, out)
    model.compile("sgd", "mse")
    alone = model.evaluate(X, X[:, :1], verbose=0)
    model.add_loss(lamina.ops.sum(out) * 0.0 + 2.5)
    np.testing.assert_allclose(model.evaluate(X, X[:, :1], verbose=0), alone + 2.5, rtol=1e-6)
