"""Models that begin with layers of strings and tables: that part runs on the host, the rest
compiled. The judge is the same model fed with what the layers give when they are called.
"""

from __future__ import annotations

import numpy as np
import pytest

import lamina
from lamina import layers
from lamina.errors import DataError, UnsupportedError

TEXTS = np.array(["the cat sat", "a dog ran far", "cats and dogs", "the the a"] * 5)
LABELS = np.array([0, 1, 1, 0] * 5)


def vectorizer():
    layer = layers.TextVectorization(max_tokens=30, output_sequence_length=4)
    layer.adapt(TEXTS)
    return layer


def behind():
    lamina.utils.set_random_seed(3)
    return [layers.Embedding(30, 4), layers.GlobalAveragePooling1D(), layers.Dense(1)]


def fitted(model, x, **options):
    model.compile("adam", "mse")
    lamina.utils.set_random_seed(5)
    return model.fit(x, LABELS, epochs=3, batch_size=8, verbose=0, **options)


@pytest.mark.parametrize("shape", ["unbuilt", "(1,)", "()"])
def test_a_model_of_texts_learns_as_one_of_indices(shape):
    words = vectorizer()
    start = [] if shape == "unbuilt" else [lamina.Input(eval(shape), dtype="string")]
    ours, plain = lamina.Sequential([*start, words, *behind()]), lamina.Sequential(behind())
    x, ids = TEXTS[:, None], np.asarray(words(TEXTS))
    got, want = (
        fitted(m, given, validation_data=(given[:8], LABELS[:8]))
        for m, given in ((ours, TEXTS), (plain, ids))
    )
    assert got.history == want.history
    expected = plain.predict(ids, verbose=0)
    for given in (TEXTS, x, TEXTS.tolist(), TEXTS.astype(object), TEXTS.astype("S")):
        np.testing.assert_array_equal(ours.predict(given, verbose=0), expected)
    np.testing.assert_allclose(ours(TEXTS), expected, atol=1e-6)
    np.testing.assert_allclose(ours.predict_on_batch(TEXTS[:3]), expected[:3], atol=1e-6)
    assert ours.evaluate(TEXTS, LABELS, verbose=0) == plain.evaluate(ids, LABELS, verbose=0)


def test_batches_of_texts_are_taken_too():
    words = vectorizer()
    model = lamina.Sequential([words, *behind()])
    model.compile("adam", "mse")

    def batches():
        for i in range(0, 20, 8):
            yield TEXTS[i : i + 8], LABELS[i : i + 8]

    model.fit(batches(), steps_per_epoch=3, verbose=0)
    assert model.predict((x for x, _ in batches()), verbose=0).shape == (20, 1)


def features():
    age = lamina.Input((1,), name="age")
    city = lamina.Input((1,), name="city", dtype="string")
    code = lamina.Input((1,), name="code", dtype="int64")
    parts = [
        layers.Rescaling(0.5)(age),
        layers.StringLookup(vocabulary=["x", "y"], output_mode="one_hot")(city),
        layers.IntegerLookup(vocabulary=[5, 7], output_mode="multi_hot")(code),
    ]
    return {"age": age, "city": city, "code": code}, layers.concatenate(parts)


DATA = {
    "age": np.arange(6.0), "city": np.array(list("xyzxyx")), "code": np.array([5, 7, 9, 5, 5, 7]),
}  # fmt: skip
WANTED = [
    [0, 0, 1, 0, 0, 1, 0], [0.5, 0, 0, 1, 0, 0, 1], [1, 1, 0, 0, 1, 0, 0],
    [1.5, 0, 1, 0, 0, 1, 0], [2, 0, 0, 1, 0, 1, 0], [2.5, 0, 1, 0, 0, 0, 1],
]  # fmt: skip


def test_columns_of_several_kinds_enter_a_model():
    given, joined = features()
    model = lamina.Model(given, joined)
    np.testing.assert_allclose(model.predict(DATA, verbose=0), WANTED, atol=1e-6)
    np.testing.assert_allclose(model(DATA), WANTED, atol=1e-6)


def test_a_model_inside_a_model_keeps_its_host_part():
    given, joined = features()
    inner = lamina.Model(given, layers.Dense(7, kernel_initializer="identity")(joined))
    outer = lamina.Model([*given.values()], layers.Rescaling(2.0)(inner(given)))
    columns = list(DATA.values())
    np.testing.assert_allclose(outer.predict(columns, verbose=0), 2 * np.array(WANTED), atol=1e-6)
    outer.compile("sgd", "mse")
    before = inner.get_weights()[0]
    outer.fit(columns, np.zeros((6, 7)), verbose=0)
    assert (inner.get_weights()[0] != before).any()


def test_a_model_can_be_all_on_the_host():
    words = vectorizer()
    model = lamina.Sequential([words])
    np.testing.assert_array_equal(model.predict(TEXTS, verbose=0), words(TEXTS))
    back = lamina.Sequential([layers.StringLookup(vocabulary=["q"], invert=True)])
    assert back.predict(np.array([[0], [1]]), verbose=0).tolist() == [["[UNK]"], ["q"]]


def test_indices_beyond_the_table_are_found():
    model = lamina.Sequential([vectorizer(), layers.Embedding(3, 2), layers.Flatten()])
    with pytest.raises(DataError, match="rows"):
        model.predict(TEXTS, verbose=0)


def test_a_layer_that_is_trained_does_not_feed_the_host():
    x = lamina.Input((1,))
    y = layers.IntegerLookup(vocabulary=[1])(layers.Dense(1)(x))
    model = lamina.Model(x, y)
    with pytest.raises(UnsupportedError, match="cannot be trained"):
        model.predict(np.ones((2, 1)), verbose=0)
    with pytest.raises(UnsupportedError, match="begin with numbers"):
        lamina.Sequential([lamina.Input((1,), dtype="string"), vectorizer()]).compile_predict()
