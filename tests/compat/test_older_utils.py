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
