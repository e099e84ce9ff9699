"""Layers of strings and tables against what real Keras answered (`words.py`).

Tolerance: Keras' answers are rounded to five digits, so 2e-5; buckets and indices are exact.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.layers.words import FILE, ROWS, TEXTS, WORDS
from tests.one_step import run_step

import lamina
from lamina import layers
from lamina.errors import (
    ArgumentError,
    DataError,
    ShapeError,
    StateError,
    TraceError,
    UnsupportedError,
)

KERAS = json.loads(FILE.read_text("utf-8"))


def agree(found, wanted):
    if isinstance(wanted, list) and isinstance(found, list):
        assert len(found) == len(wanted), (found, wanted)
        for have, want in zip(found, wanted, strict=True):
            agree(have, want)
    elif isinstance(wanted, float):
        assert abs(found - wanted) < 2e-5 * max(1, abs(wanted)), (found, wanted)
    else:
        assert found == wanted


@pytest.mark.parametrize("name", ROWS)
def test_a_layer_is_keras(name):
    agree(ROWS[name](lamina), KERAS[name])


def test_every_row_is_recorded():
    assert set(KERAS) == set(ROWS)


def test_indices_become_strings_again():
    layer = layers.StringLookup(vocabulary=["x", "yé"], mask_token="", invert=True)
    found = layer(np.array([[0, 1, 2], [3, 4, 9]]))
    assert found.shape == (2, 3)
    assert found.numpy()[1].tolist() == ["yé".encode(), b"[UNK]", b"[UNK]"]
    assert bool((found[0] == ["", "[UNK]", "x"]).numpy().all())
    assert [text.numpy().decode() for text in found[0]] == ["", "[UNK]", "x"]


def test_a_vocabulary_is_read_from_a_file(tmp_path):
    (tmp_path / "words.txt").write_text("one\ntwo\nthree\n", "utf-8")
    layer = layers.StringLookup(vocabulary=str(tmp_path / "words.txt"))
    assert layer.get_vocabulary() == ["[UNK]", "one", "two", "three"]
    np.testing.assert_array_equal(layer(["two", "four"]), [2, 0])
    with pytest.raises(ArgumentError, match="found no such vocabulary file"):
        layers.StringLookup(vocabulary=str(tmp_path / "none.txt"))


def test_what_was_learnt_is_kept_in_a_folder(tmp_path):
    layer = layers.TextVectorization(output_mode="tf_idf")
    layer.adapt(TEXTS)
    store = {}
    layer.save_own_variables(store)
    layer.save_assets(tmp_path)
    again = layers.TextVectorization.from_config(layer.get_config())
    again.load_own_variables(store)
    again.load_assets(tmp_path)
    assert again.get_vocabulary() == layer.get_vocabulary()
    np.testing.assert_array_equal(again(TEXTS), layer(TEXTS))


@pytest.mark.parametrize(
    "data",
    [
        lambda: WORDS.ravel().tolist(),
        lambda: WORDS.ravel(),
        lambda: iter(WORDS),
        lambda: iter([(row, 1) for row in WORDS]),
        lambda: [row.tolist() for row in WORDS],
    ],
    ids=["list", "array", "batches", "pairs", "lists"],
)
def test_lookups_learn_from_what_comes(data):
    layer = layers.StringLookup()
    layer.adapt(data())
    assert layer.get_vocabulary() == ["[UNK]", "a", "b", "é", "zz", "q", "c"]


def test_as_many_batches_are_looked_at_as_are_asked_for():
    layer = layers.StringLookup()
    layer.adapt(iter(WORDS), steps=1)
    assert layer.get_vocabulary() == ["[UNK]", "b", "a"]


def test_texts_are_split_and_made_plain_by_functions():
    layer = layers.TextVectorization(
        standardize=lambda x: np.char.replace(x, "-", " "),
        split=lambda x: [text.split("o") for text in x.tolist()],
    )
    layer.adapt(["a-boc", "c"])
    assert layer.get_vocabulary() == ["", "[UNK]", "c", "a b"]
    np.testing.assert_array_equal(layer(["coa b", "d"]), [[2, 3], [1, 0]])


WRONG = {
    "repeated": (lambda: layers.StringLookup(vocabulary=["a", "a"]), ArgumentError, "each token"),
    "none": (lambda: layers.StringLookup(vocabulary=[]), ArgumentError, "with tokens"),
    "reserved": (
        lambda: layers.StringLookup(vocabulary=["a", "b"], mask_token="b"), ArgumentError,
        "reserved token",
    ),
    "too many": (
        lambda: layers.StringLookup(max_tokens=2, vocabulary=["a", "b"]), ArgumentError, "at most"
    ),
    "unknown": (
        lambda: layers.StringLookup(vocabulary=["a"], num_oov_indices=0)(["b"]), DataError,
        "knows all tokens",
    ),
    "unlearnt": (
        lambda: layers.StringLookup(output_mode="count")(["b"]), StateError, "no vocabulary"
    ),
    "adapted": (
        lambda: layers.StringLookup(vocabulary=["a"]).adapt(["b"]), ArgumentError, "cannot adapt"
    ),
    "weights": (
        lambda: layers.StringLookup(vocabulary=["a"], output_mode="tf_idf"), ArgumentError,
        "idf_weights",
    ),
    "mode": (lambda: layers.StringLookup(output_mode="two_hot"), ArgumentError, "does not know"),
    "inverse": (
        lambda: layers.StringLookup(invert=True, output_mode="count"), ArgumentError, "invert"
    ),
    "sparse": (lambda: layers.StringLookup(sparse=True), UnsupportedError, "dense tensors only"),
    "ragged": (lambda: layers.TextVectorization(ragged=True), UnsupportedError, "dense tensors"),
    "length": (
        lambda: layers.TextVectorization(output_mode="count", output_sequence_length=3),
        ArgumentError, "output_sequence_length",
    ),
    "several": (lambda: layers.TextVectorization()(WORDS), ShapeError, "splits texts"),
    "strings": (lambda: layers.IntegerLookup()(["a"]), TypeError, "takes whole numbers"),
    "bins": (lambda: layers.Hashing(0), ArgumentError, "num_bins"),
    "salt": (lambda: layers.Hashing(3, salt="a"), ArgumentError, "salt"),
    "one feature": (lambda: layers.HashedCrossing(3)(["a"]), ArgumentError, "two or more"),
    "empty": (lambda: layers.StringLookup().adapt(iter([])), DataError, "at least one batch"),
    "boundaries": (lambda: layers.Discretization(), ArgumentError, "bin_boundaries or a number"),
    "early": (lambda: layers.Discretization(num_bins=2)([1.0]), StateError, "no boundaries"),
    "moments": (lambda: layers.Normalization(mean=1.0), ArgumentError, "a mean and a variance"),
    "tokens": (lambda: layers.CategoryEncoding(), ArgumentError, "positive whole number"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(name):
    make, kind, what = WRONG[name]
    with pytest.raises(kind, match=what):
        make()


def test_strings_are_not_for_the_graph():
    layer = layers.IntegerLookup(vocabulary=[1])
    given = lamina.Input((2,))
    with pytest.raises(TraceError, match="works on the host"):
        run_step(lambda x: [layer(x)], [np.ones((2, 2), "int32")])
    assert layer(given).shape == (None, 2)
