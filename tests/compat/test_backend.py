"""keras.backend of older Keras: every function against its formula in NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import lamina as keras
from lamina import config, layers, ops
from lamina.compat import backend
from lamina.errors import ArgumentError, MissingNameError

X = np.random.default_rng(0).normal(size=(3, 5)).astype("float32")
Y = np.random.default_rng(1).normal(size=(3, 5)).astype("float32")
IMAGE = np.random.default_rng(2).normal(size=(2, 2, 3, 4)).astype("float32")
NORM = np.sqrt((X**2).sum(axis=1, keepdims=True))
ROWS = [
    ("argmax", (X,), X.argmax(-1)),
    ("argmin", (X, 0), X.argmin(0)),
    ("batch_flatten", (X.reshape(3, 5, 1),), X),
    ("concatenate", ([X, Y],), np.concatenate([X, Y], -1)),
    ("constant", ([1.0, 2.0],), np.array([1.0, 2.0])),
    ("cumprod", (X,), X.cumprod(0)),
    ("cumsum", (X,), X.cumsum(0)),
    ("expand_dims", (X,), X[..., None]),
    ("flatten", (X,), X.reshape(-1)),
    ("gather", (X, [2, 0]), X[[2, 0]]),
    ("get_value", (ops.convert_to_tensor(X),), X),
    ("l2_normalize", (X, 1), X / NORM),
    ("mean", (X, 1), X.mean(1)),
    ("permute_dimensions", (X, (1, 0)), X.T),
    ("pow", (X, 2), X**2),
    ("repeat_elements", (X, 2, 1), X.repeat(2, 1)),
    ("reverse", (X, 0), X[::-1]),
    ("switch", (X > 0, X, Y), np.where(X > 0, X, Y)),
    ("variable", (X,), X),
    ("batch_normalization", (X, X[0], Y[1] ** 2, Y[2], X[2]),
     X[2] * (X - X[0]) / np.sqrt(Y[1] ** 2 + 1e-3) + Y[2]),
    ("bias_add", (X, Y[0]), X + Y[0]),
    ("bias_add", (IMAGE, [1.0, 2.0], "channels_first"), IMAGE + np.array([1, 2])[:, None, None]),
    ("conv1d", (IMAGE[0], np.ones((2, 4, 1), "float32")),
     (IMAGE[0, :, :-1].sum(-1) + IMAGE[0, :, 1:].sum(-1))[..., None]),
    ("conv2d", (IMAGE, np.ones((1, 1, 4, 1), "float32"), (1, 2)),
     IMAGE[:, :, ::2].sum(-1, keepdims=True)),
    ("pool2d", (IMAGE, (1, 2)), np.maximum(IMAGE[:, :, :-1], IMAGE[:, :, 1:])),
    ("pool2d", (IMAGE, (1, 3), (1, 1), "valid", None, "avg"), IMAGE.mean(2, keepdims=True)),
    ("pool3d", (IMAGE[None], (1, 1, 3)), IMAGE.max(2, keepdims=True)[None]),
    ("resize_images", (IMAGE, 2, 3), IMAGE.repeat(2, 1).repeat(3, 2)),
    ("spatial_2d_padding", (IMAGE,), np.pad(IMAGE, ((0, 0), (1, 1), (1, 1), (0, 0)))),
    ("temporal_padding", (IMAGE[0], (0, 2)), np.pad(IMAGE[0], ((0, 0), (0, 2), (0, 0)))),
    ("asymmetric_temporal_padding", (IMAGE[0], 0, 2), np.pad(IMAGE[0], ((0, 0), (0, 2), (0, 0)))),
    ("arange", (2, 5), np.arange(2, 5)),
    ("batch_dot", (IMAGE[0], IMAGE[1], (2, 2)), np.einsum("bij,bkj->bik", IMAGE[0], IMAGE[1])),
    ("batch_dot", (IMAGE[0], IMAGE[1].transpose(0, 2, 1)),
     np.einsum("bij,bkj->bik", IMAGE[0], IMAGE[1])),
    ("batch_dot", (X, Y, 1), (X * Y).sum(1, keepdims=True)),
    ("categorical_crossentropy", (np.eye(3), np.full((3, 3), 1 / 3)), np.full(3, np.log(3))),
    ("cast_to_floatx", ([1, 2],), np.float32([1, 2])),
    ("conv2d_transpose", (IMAGE[..., :1], np.ones((1, 1, 2, 1), "float32"), (2, 2, 3, 2)),
     IMAGE[..., :1].repeat(2, -1)),
    ("count_params", (X,), 15),
    ("elu", (X, 0.5), np.where(X > 0, X, 0.5 * np.expm1(X))),
    ("eval", (ops.convert_to_tensor(X),), X),
    ("eye", (3,), np.eye(3)),
    ("foldl", (lambda a, b: 2 * a + b, X[:, 0]), 4 * X[0, 0] + 2 * X[1, 0] + X[2, 0]),
    ("foldr", (lambda a, b: 2 * a + b, X[:, 0]), 4 * X[2, 0] + 2 * X[1, 0] + X[0, 0]),
    ("foldl", (lambda a, b: a + b, X[:, 0], 1.0), 1 + X[:, 0].sum()),
    ("hard_sigmoid", (X,), np.clip(0.2 * X + 0.5, 0, 1)),
    ("map_fn", (lambda row: row * 2, X), 2 * X),
    ("one_hot", ([2, 0], 3), np.eye(3)[[2, 0]]),
    ("ones", ((2, 3),), np.ones((2, 3))),
    ("ones_like", (X,), np.ones_like(X)),
    ("relu", (X, 0.1, 0.5, 0.2), np.where(X >= 0.2, np.minimum(X, 0.5), 0.1 * (X - 0.2))),
    ("relu", (X,), np.maximum(X, 0)),
    ("repeat", (X, 2), np.stack([X, X], 1)),
    ("resize_volumes", (IMAGE[None], 1, 2, 1), IMAGE[None].repeat(2, 2)),
    ("slice", (X, (1, 2), (2, -1)), X[1:3, 2:]),
    ("softmax", (X,), np.exp(X) / np.exp(X).sum(-1, keepdims=True)),
    ("switch", (X[:, 0] > 0, X, Y), np.where(X[:, :1] > 0, X, Y)),
    ("switch", (True, lambda: X, lambda: Y), X),
    ("zeros", ((2, 3),), np.zeros((2, 3))),
    ("zeros_like", (X,), np.zeros_like(X)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "expected"), ROWS, ids=[row[0] for row in ROWS])
def test_value(name, arguments, expected):
    # One float32 operation an element, at most five of them in sums.
    np.testing.assert_allclose(
        np.asarray(getattr(backend, name)(*arguments)), expected, rtol=1e-6, atol=1e-7
    )


def test_each_name_is_there_and_those_of_ops_are_theirs():
    for name in dir(backend):
        assert callable(getattr(backend, name)), name
    for name, names in backend.SAME.items():
        assert names or getattr(backend, name) is getattr(ops, name)


def test_variables_and_facts():
    kept = backend.variable([1.0, 2.0])
    backend.set_value(kept, [3.0, 4.0])
    assert backend.get_value(kept).tolist() == [3.0, 4.0]
    assert (backend.int_shape(X), backend.ndim(X)) == ((3, 5), 2)
    assert backend.epsilon() == 1e-7


def test_the_data_format_has_two_names():
    assert (backend.image_data_format(), backend.image_dim_ordering()) == ("channels_last", "tf")
    try:
        backend.set_image_dim_ordering("th")
        assert config.image_data_format() == "channels_first"
        assert layers.Flatten().data_format == "channels_first"
        backend.set_image_data_format("channels_last")
        assert backend.image_dim_ordering() == "tf"
    finally:
        config.set_image_data_format("channels_last")
    with pytest.raises(ArgumentError, match="knows 'tf' and 'th'"):
        backend.set_image_dim_ordering("channels_first")
    with pytest.raises(ArgumentError, match="does not know this data_format"):
        config.set_image_data_format("tf")


def test_what_is_missing_is_named():
    with pytest.raises(MissingNameError, match=r"keras\.backend has no 'ctc_lost'"):
        backend.ctc_lost()


def test_values_are_read_and_written_by_the_list():
    first, second = backend.variable(1.0), backend.zeros((2,))
    backend.batch_set_value([(first, 5.0), (second, [1, 2])])
    assert [np.asarray(v).tolist() for v in backend.batch_get_value([first, second])] == [5, [1, 2]]
    backend.update_add(first, 1)
    backend.update_sub(second, [1.0, 1.0])
    backend.moving_average_update(first, 2.0, 0.75)
    assert (backend.get_value(first), backend.get_value(second).tolist()) == (5.0, [0, 1])


def test_the_batch_is_normalised():
    y, mean, var = backend.normalize_batch_in_training(X, Y[0], Y[1], [0], 1e-3)
    expected = Y[0] * (X - X.mean(0)) / np.sqrt(X.var(0) + 1e-3) + Y[1]
    for found, value in ((y, expected), (mean, X.mean(0)), (var, X.var(0))):
        np.testing.assert_allclose(np.asarray(found), value, rtol=1e-5, atol=1e-6)


def test_a_recurrence_keeps_what_is_masked():
    def step(x, states):
        return 2 * states[0] + x + states[1], [states[0] + x]

    mask = np.array([[True, True, False], [True, False, True]])
    data = IMAGE[0].transpose(0, 2, 1)[:, :3]  # (2, 3, 3)
    last, outputs, states = backend.rnn(step, data, [np.zeros((2, 3), "float32")], False, mask, [1])
    state, found, before = np.zeros((2, 3)), [], None
    for t in range(3):
        y, counts = 2 * state + data[:, t] + 1, mask[:, t, None]
        before = y if before is None else np.where(counts, y, state)
        found.append(before)
        state = np.where(counts, state + data[:, t], state)
    np.testing.assert_allclose(np.asarray(states[0]), state, rtol=1e-6)
    np.testing.assert_allclose(np.asarray(outputs), np.stack(found, 1), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(np.asarray(last), found[-1], rtol=1e-5, atol=1e-6)


# ── functions of symbolic tensors ──


def dense():
    x = keras.Input((5,))
    layer = layers.Dense(2, activation="tanh")
    return x, layer(x), layer


def test_a_function_computes_what_is_inside_a_model():
    x, y, layer = dense()
    kernel, bias = layer.get_weights()
    inner, doubled = backend.function([x], [y, y * 2])([X])
    np.testing.assert_allclose(inner, np.tanh(X @ kernel + bias), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(doubled, 2 * inner, rtol=1e-6)
    assert backend.function([x], y)(X).shape == (3, 2)
    run = backend.get_session().run(y, feed_dict={x: X})
    np.testing.assert_allclose(run, inner, rtol=1e-6)
    with pytest.raises(ArgumentError, match="needs 1 values"):
        backend.function([x], [y])([X, X])


def test_the_phase_is_an_input():
    x = keras.Input((5,))
    dropped = layers.Dropout(0.5)(x)
    chosen = backend.in_train_phase(x * 2, x)
    f = backend.function([x, backend.learning_phase()], [dropped, chosen])
    ones = np.ones((40, 5), "float32")
    assert [y.mean() for y in f([ones, 0])] == [1, 1]
    assert set(np.unique(f([ones, 1])[0])) == {0, 2}
    assert f([ones, 1])[1].mean() == 2


def test_gradients_reach_inputs_inner_tensors_and_weights():
    x, y, layer = dense()
    kernel, bias = layer.get_weights()
    loss = backend.sum(backend.square(y))
    d_x, d_y, d_kernel, nothing = backend.gradients(loss, [x, y, layer.kernel, keras.Input((1,))])
    assert nothing is None
    found = backend.function([x], [d_x, d_y, d_kernel])([X])
    h = np.tanh(X @ kernel + bias)
    inner = 2 * h * (1 - h**2)
    for value, expected in zip(found, [inner @ kernel.T, 2 * h, X.T @ inner], strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-4, atol=1e-6)


def test_a_function_makes_its_updates():
    x, y, layer = dense()
    count = backend.variable(0.0)
    total = backend.update(count, backend.sum(x))
    f = backend.function([x], [y], updates=[total])
    f([X])
    assert backend.get_value(count) == pytest.approx(X.sum(), rel=1e-5)
    assert layer.built
