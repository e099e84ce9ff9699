"""Small functions of Keras 1 and 2: formulas of NumPy, and Keras' own CTC, are the judges."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

import lamina
from lamina.compat import older_utils

R = np.random.RandomState(0)


def test_classes_of_probabilities():
    p = R.rand(7, 3)
    np.testing.assert_array_equal(older_utils.probas_to_classes(p), p.argmax(1))
    for column in (p[:, :1], p[:, 0]):
        np.testing.assert_array_equal(older_utils.probas_to_classes(column), p[:, 0] > 0.5)


def test_kernels_are_turned_in_space_only():
    kernel = R.rand(2, 3, 4, 5)
    np.testing.assert_array_equal(older_utils.convert_kernel(kernel), kernel[::-1, ::-1])


def test_rows_and_lists():
    x = R.rand(6, 2)
    first, none = older_utils.slice_arrays([x, None], 1, 4)
    np.testing.assert_array_equal(first, x[1:4])
    assert none is None
    np.testing.assert_array_equal(older_utils.slice_arrays(x, [4, 0]), x[[4, 0]])
    assert older_utils.to_list((1, 2)) == [(1, 2)]
    assert older_utils.to_list((1, 2), True) == [1, 2]
    dense = lamina.layers.Dense(3)
    dense.build((None, 4))
    assert older_utils.count_params([*dense.weights, dense.kernel]) == 15


@pytest.fixture(scope="module")
def judge():
    return importlib.import_module("keras").ops


def test_ctc_is_keras(judge):
    p = R.dirichlet(np.ones(5), size=(3, 8)).astype("float32")
    labels = np.array([[0, 1, 2], [3, 3, 0], [2, 0, 0]])
    lengths, sizes = np.array([[8], [7], [5]]), np.array([[3], [2], [1]])
    ours = np.asarray(older_utils.ctc_batch_cost(labels, p, lengths, sizes))
    logits = np.log(p + 1e-7)
    theirs = judge.ctc_loss(labels, logits, sizes[:, 0], lengths[:, 0], mask_index=4)
    assert ours.shape == (3, 1)
    np.testing.assert_allclose(ours[:, 0], np.asarray(theirs), rtol=1e-4)  # sums of 8 exponentials
    [path], scores = older_utils.ctc_decode(p, lengths[:, 0])
    kept, told = judge.ctc_decode(logits, lengths[:, 0], "greedy", mask_index=4)
    np.testing.assert_array_equal(np.asarray(path), np.asarray(kept)[0])
    np.testing.assert_allclose(np.asarray(scores), np.asarray(told), rtol=1e-5)  # float32


def test_metrics_of_keras_1():
    """scikit-learn is the judge; epsilon moves a quotient by 1e-7."""
    from sklearn import metrics as judge

    y = R.randint(0, 2, (40, 1))
    p = np.clip(y + R.normal(size=y.shape) * 0.6, 0, 1)
    said = np.round(p)
    for name, expected in {
        "precision": judge.precision_score(y, said),
        "recall": judge.recall_score(y, said),
        "fmeasure": judge.f1_score(y, said),
        "matthews_correlation": judge.matthews_corrcoef(y[:, 0], said[:, 0]),
    }.items():
        found = getattr(older_utils, name)(y.astype("float32"), p.astype("float32"))
        assert float(found) == pytest.approx(expected, abs=1e-5)
    found = older_utils.fbeta_score(y.astype("float32"), p.astype("float32"), beta=2)
    assert float(found) == pytest.approx(judge.fbeta_score(y, said, beta=2), abs=1e-5)


def test_layers_of_keras_1():
    from lamina.compat.layers import ParametricSoftplus, SReLU

    x = R.normal(size=(5, 4)).astype("float32") * 3
    layer = SReLU(t_left_init="zero", a_left_init="ones", t_right_init="ones", a_right_init="one")
    layer.build((None, 4))
    layer.set_weights([np.full(4, v) for v in (-1.0, 0.2, 1.5, 0.3)])
    expected = np.where(x < -1, -1 + 0.2 * (x + 1), np.where(x > 0.5, 0.5 + 0.3 * (x - 0.5), x))
    np.testing.assert_allclose(layer(x), expected, rtol=1e-5, atol=1e-6)
    found = ParametricSoftplus()(x)
    np.testing.assert_allclose(found, 0.2 * np.logaddexp(0, 5 * x), rtol=1e-5, atol=1e-6)
    for made in (layer, ParametricSoftplus(shared_axes=[1])):
        assert type(made).from_config(made.get_config()).get_config() == made.get_config()


def test_queues_and_rows_of_a_file(tmp_path):
    import h5py

    from lamina.compat.queues import GeneratorEnqueuer, HDF5Matrix, OrderedEnqueuer

    rows = np.arange(20.0).reshape(10, 2)
    with h5py.File(tmp_path / "rows.h5", "w") as file:
        file["x"] = rows
    read = HDF5Matrix(tmp_path / "rows.h5", "x", 2, 8, normalizer=lambda x: x + 1)
    assert (len(read), read.shape, read.dtype, read.ndim, read.size) == (6, (6, 2), float, 2, 12)
    np.testing.assert_array_equal(read, rows[2:8] + 1)
    np.testing.assert_array_equal(read[[3, 0, 3]], rows[[5, 2, 5]] + 1)
    np.testing.assert_array_equal(read[-1], rows[7] + 1)
    queue = OrderedEnqueuer([1, 2, 3])
    queue.start()
    found = queue.get()
    assert [next(found) for _ in range(5)] == [1, 2, 3, 1, 2]
    queue.stop()
    assert list(found) == []
    queue = GeneratorEnqueuer(iter("ab"))
    queue.start()
    assert (list(queue.get()), queue.is_running()) == (["a", "b"], True)
