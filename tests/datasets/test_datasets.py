"""The data sets: equal to scikit-learn's, dealt out whole and in proportion."""

import numpy as np
import pytest
from sklearn import datasets as sklearn_datasets

from lamina import datasets
from lamina.datasets import clinical_trial
from lamina.datasets.shipped import load
from lamina.errors import ArgumentError, MissingNameError

SHIPPED = ("digits", "breast_cancer", "wine", "iris")


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_arrays_are_scikit_learns(name):
    bunch = getattr(sklearn_datasets, f"load_{name}")()
    x, y = load(name)
    np.testing.assert_array_equal(x, bunch.data.astype("float32"))
    np.testing.assert_array_equal(y, bunch.target)


@pytest.mark.parametrize("name", SHIPPED)
def test_parts_hold_every_row_once_in_proportion(name):
    parts = getattr(datasets, name).load_data()
    x, y = load(name)
    scale = 16 if name == "digits" else 1
    dealt = np.concatenate([part[0] for part in parts])
    np.testing.assert_array_equal(
        np.sort(np.sort(dealt * scale, axis=0), axis=0), np.sort(x, axis=0)
    )
    share = np.bincount(y) / len(y)
    for _, labels in parts:
        # Each class is cut at most one row off its share.
        assert np.all(np.abs(np.bincount(labels) - share * len(labels)) <= 1)


def test_clinical_trial_is_as_described():
    ages, labels = clinical_trial.generate()
    assert len(ages) == 2100
    assert ages.min() == 13
    assert ages.max() == 100
    assert labels[ages >= 65].mean() == pytest.approx(0.95, abs=1e-3)
    assert labels[ages < 65].mean() == pytest.approx(0.05, abs=1e-3)
    parts = clinical_trial.load_data()
    assert [len(x) for x, _ in parts] == [2100, 210, 210]
    for x, _ in parts:
        assert x.shape[1:] == (1,)
        assert x.dtype == np.float32
        assert x.min() >= 0
        assert x.max() <= 1


def test_split_takes_structures_counts_and_shares():
    x = {"a": np.arange(40), "b": np.arange(40.0).reshape(20, 2).repeat(2, axis=0)}
    y = np.arange(40) % 2
    train, validation, test = datasets.split(x, y, validation=0.25, test=4, seed=3)
    assert [len(part[1]) for part in (train, validation, test)] == [26, 10, 4]
    assert sorted(np.concatenate([p[0]["a"] for p in (train, validation, test)])) == [*range(40)]
    for part in (train, validation, test):
        np.testing.assert_array_equal(part[0]["a"] % 2, part[1])
    again = datasets.split(x, y, validation=0.25, test=4, seed=3)
    np.testing.assert_array_equal(again[0][0]["a"], train[0]["a"])


def test_stratified_split_keeps_rare_classes_in_proportion():
    y = np.repeat([0, 1], [90, 10])
    parts = datasets.split(np.arange(100), y, 0.2, 0.2, seed=0, stratify=True)
    assert [int(part[1].sum()) for part in parts] == [6, 2, 2]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"validation": 1.5}, "needs a share below 1 or a number of rows"),
        ({"validation": 0.6, "test": 0.5}, "needs to leave rows for training"),
        ({"test": True}, "needs a share below 1 or a number of rows"),
    ],
)
def test_split_refuses(arguments, text):
    with pytest.raises(ArgumentError, match=text):
        datasets.split(np.zeros(10), np.zeros(10), **arguments)


def test_split_refuses_arrays_of_other_lengths():
    with pytest.raises(ArgumentError, match="needs as many rows in each array"):
        datasets.split(np.zeros(10), np.zeros(9))


def test_unknown_data_set_is_named():
    with pytest.raises(MissingNameError, match="has no data set 'mnist2'"):
        datasets.mnist2  # noqa: B018
