"""keras.backend of older Keras: every function against its formula in NumPy."""

from __future__ import annotations

import numpy as np
import pytest

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
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "expected"), ROWS, ids=[row[0] for row in ROWS])
def test_value(name, arguments, expected):
    # One float32 operation an element, at most five of them in sums.
    np.testing.assert_allclose(
        np.asarray(getattr(backend, name)(*arguments)), expected, rtol=1e-6, atol=1e-7
    )


def test_each_name_is_there_and_those_of_ops_are_theirs():
    for name in backend.__all__:
        assert callable(getattr(backend, name)), name
    for name in backend.SAME:
        assert getattr(backend, name) is getattr(ops, name)


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
    with pytest.raises(MissingNameError, match=r"keras\.backend has no 'rnn'"):
        backend.rnn()
