"""TensorFlow's functions beside Keras, against what TensorFlow itself answered."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest
import tensorflow_calls as calls

from lamina import compat
from lamina.errors import MissingNameError

# float32 sums in another order; functions such as erf and lgamma are approximated.
# Operators are Keras': int32 / int32 is float32, and a float64 array keeps its dtype.
OTHER_DTYPES = {"tf.truediv(n, 2)", "tf.constant([7]) / tf.constant([2])"}
TOLERANCE = {"rtol": 2e-5, "atol": 2e-5}


@functools.cache
def recorded():
    with np.load(Path(__file__).with_name("tensorflow.npz")) as found:
        return {name: found[str(i)] for i, name in enumerate(found["names"].tolist())}


@pytest.fixture
def tf(clean_process):
    compat.install()
    import tensorflow

    return tensorflow


@pytest.mark.parametrize("call", calls.CALLS)
def test_a_function_gives_what_tensorflow_gave(call, tf):
    found = calls.answer(tf, call)
    expected = [v for k, v in recorded().items() if k.rpartition(" #")[0] == call]
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        assert a.shape == b.shape
        assert a.dtype == b.dtype or call in OTHER_DTYPES
        np.testing.assert_allclose(
            a.astype("float64") if a.dtype != bool else a, b.astype(float), **TOLERANCE
        )


def test_every_name_of_the_table_is_there(tf):
    from lamina.compat.tensorflow import table

    for path, rows in table.NAMES.items():
        module = tf
        for part in filter(None, path.split(".")):
            module = getattr(module, part)
        for name in rows:
            assert getattr(module, name) is not None or name == "newaxis", (path, name)


def test_what_is_refused_says_why(tf):
    with pytest.raises(MissingNameError, match="ONNX"):
        tf.lite  # noqa: B018 - looking it up is the test
    with pytest.raises(MissingNameError, match="reduce_sum"):
        tf.reduce_summ  # noqa: B018


def test_eager_tensors_are_tensorflows(tf):
    x = tf.constant([[1.0, 2.0]])
    assert x.shape.as_list() == [1, 2]
    assert x.dtype == tf.float32
    assert x.dtype.as_numpy_dtype is np.float32
    values = x.numpy()
    values[0, 0] = 5.0
    assert x.numpy()[0, 0] == 1.0
    assert str(x) == "tf.Tensor([[1. 2.]], shape=(1, 2), dtype=float32)"
    assert isinstance(tf.constant("a"), tf.Tensor)
    v = tf.Variable(3)
    assert v.assign_add(2) is v
    assert (v.numpy(), v.dtype) == (5, "int32")


def test_the_border_gives_tensors_back(tf):
    compat.uninstall()
    from lamina import ops

    assert type(ops.zeros((1,)).shape) is tuple
    assert type(ops.zeros((1,)).dtype) is str


def test_pipelines(tf):
    x = np.arange(10)
    data = tf.data.Dataset.from_tensor_slices((x, x * 2))
    batches = data.shuffle(10, seed=1).batch(4)
    assert len(batches) == 3
    assert batches.element_spec[0] == tf.TensorSpec([None], tf.int64)
    seen = np.concatenate([a.numpy() for a, _ in batches])
    assert sorted(seen) == list(x)
    assert list(seen) != list(x)
    windows = tf.data.Dataset.range(5).window(3, shift=1, drop_remainder=True)
    rows = windows.flat_map(lambda w: w.batch(3)).map(lambda w: (w[:-1], w[-1]))
    assert [int(last) for _, last in rows.as_numpy_iterator()] == [2, 3, 4]
    turns = tf.data.Dataset.range(3).interleave(
        lambda i: tf.data.Dataset.from_tensors(i).repeat(2), cycle_length=2
    )
    assert list(turns.as_numpy_iterator()) == [0, 1, 0, 1, 2, 2]


def test_a_batch_of_any_size_can_be_a_shape(tf):
    x = tf.keras.Input((None, 4))
    y = tf.reshape(x, [tf.shape(x)[0], -1, 2])
    assert tf.keras.Model(x, y).predict(np.zeros((5, 3, 4)), verbose=0).shape == (5, 6, 2)


def test_checkpoints(tf, tmp_path):
    v = tf.Variable(1.0)
    checkpoint = tf.train.Checkpoint(v=v)
    manager = tf.train.CheckpointManager(checkpoint, str(tmp_path), max_to_keep=2)
    for value in (2.0, 3.0, 4.0):
        v.assign(value)
        manager.save()
    v.assign(0.0)
    checkpoint.restore(tf.train.latest_checkpoint(str(tmp_path)))
    assert v.numpy() == 4.0
    assert len(manager.checkpoints) == 2
