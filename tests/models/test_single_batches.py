"""Calls of one batch: which programs they share, and that they mean what the loops mean."""

from __future__ import annotations

import threading
import warnings

import numpy as np
import pytest

import lamina as keras
from lamina import ops
from lamina.errors import ArgumentError, UnsupportedError
from lamina.graph.program import PREDICT, TRAIN

RNG = np.random.default_rng(7)


def net(inputs=3, dtype="float32", **compiled):
    model = keras.Sequential(
        [
            keras.Input((inputs,), dtype=dtype),
            keras.layers.Dense(9, activation="relu"),
            keras.layers.Dense(4, activation="softmax"),
        ]
    )
    options = {"optimizer": "adam", "loss": "sparse_categorical_crossentropy"} | compiled
    model.compile(metrics=["accuracy"], **options)
    return model


def rows(count, inputs=3):
    return RNG.standard_normal((count, inputs)).astype("float32")


def labels(count):
    return RNG.integers(0, 4, count).astype("int32")


def twins():
    first, second = net(), net()
    second.set_weights(first.get_weights())
    return first, second


def programs(model, phase):
    return [
        runner
        for key, found in model._programs.made.items()
        for runner, _ in found
        if key[1][0][0] == phase
    ]


# ── training ──


def test_a_step_on_a_batch_is_an_epoch_of_one_step():
    one, whole = twins()
    x, y = rows(13), labels(13)
    logs = one.train_on_batch(x, y, return_dict=True)
    history = whole.fit(x, y, batch_size=13, shuffle=False, verbose=0).history
    assert logs == pytest.approx({name: values[0] for name, values in history.items()}, rel=1e-6)
    for ours, theirs in zip(one.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_many_sizes_share_masked_steps_and_train_alike():
    """Twelve sizes: eight steps of their own, then powers of two; an engine of plain NumPy, each
    size its own, is the judge.
    """
    model, judge = twins()
    judge.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], run_eagerly=True)
    for count in (3, 5, 7, 8, 9, 11, 13, 15, 17, 18, 19, 33):
        x, y = rows(count), labels(count)
        ours = model.train_on_batch(x, y)
        judge._programs.sizes.clear()
        np.testing.assert_allclose(ours, judge.train_on_batch(x, y), rtol=1e-5)
    sizes = [runner.program.phases[TRAIN].step.rows for runner in programs(model, TRAIN)]
    assert sizes == [3, 5, 7, 8, 9, 11, 13, 15, 32, 64]
    for ours, theirs in zip(model.get_weights(), judge.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


class CumulatingRows(keras.layers.Layer):
    """No partial batch runs through this: it has no masked form."""

    def call(self, x):
        return ops.cumsum(x, axis=0)


def test_where_no_masked_form_exists_each_size_is_compiled_and_the_ninth_warns():
    model = keras.Sequential([keras.Input((2,)), CumulatingRows()])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for count in range(1, 9):
            model.predict_on_batch(rows(count, 2))
    with pytest.warns(UserWarning, match=r"axis 0 \(the batch\) has had 9 sizes"):
        model.predict_on_batch(rows(9, 2))
    x = rows(12, 2)
    np.testing.assert_allclose(model.predict_on_batch(x), np.cumsum(x, 0), rtol=1e-5)


def test_the_ninth_size_of_another_axis_warns_and_names_it():
    x = keras.Input((None, 2))
    model = keras.Model(x, keras.layers.Dense(3)(x))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for count in range(1, 9):
            model.predict_on_batch(np.ones((2, count, 2), "float32"))
    with pytest.warns(UserWarning, match="axis 1 of array 0 of the data has had 9 sizes"):
        model.predict_on_batch(np.ones((2, 9, 2), "float32"))


def test_rests_share_one_masked_step():
    model = net()
    for count in (33, 37, 45, 63):
        np.testing.assert_allclose(model.predict(x := rows(count), verbose=0), model(x), rtol=1e-5)
    assert len(programs(model, PREDICT)) == 1


def test_labels_are_checked_every_time():
    model = net()
    x, y = rows(6), labels(6)
    model.train_on_batch(x, y)
    with pytest.raises(keras.errors.DataError, match="labels from 0 to 3"):
        model.train_on_batch(x, np.full(6, 4, "int32"))


# ── predict and call ──


def test_predict_again_follows_the_weights_and_the_layers():
    model = net()
    x = rows(2)
    for _ in range(3):
        model.set_weights([w + 0.1 for w in model.get_weights()])
        first, again = model.predict(x, verbose=0), model.predict(x, verbose=0)
        np.testing.assert_array_equal(first, again)
        np.testing.assert_allclose(first, by_hand(model, x), rtol=1e-5)
    model.layers[-1].activation = None
    np.testing.assert_allclose(model.predict(x, verbose=0), by_hand(model, x, None), rtol=1e-5)


def by_hand(model, x, activation="softmax"):
    w, b, v, c = model.get_weights()
    y = np.maximum(x @ w + b, 0) @ v + c
    if activation is None:
        return y
    y = np.exp(y - y.max(-1, keepdims=True))
    return y / y.sum(-1, keepdims=True)


@pytest.mark.parametrize(
    "given",
    [
        rows(3),
        rows(3).astype("float64"),
        np.ones((3, 3), "int32"),
        np.asfortranarray(rows(3)),
        ops.convert_to_tensor(rows(3)),
    ],
    ids=["float32", "float64", "int32", "fortran", "tensor"],
)
def test_a_call_gives_the_same_each_time(given):
    """The first runs the layers, the next ones a program."""
    model = net()
    results = [model(given) for _ in range(4)]
    assert all(type(result) is type(results[0]) for result in results)
    for result in results:
        np.testing.assert_allclose(result, by_hand(model, np.asarray(given)), rtol=1e-5)
    model.set_weights([w * 0.5 for w in model.get_weights()])
    np.testing.assert_allclose(model(given), by_hand(model, np.asarray(given)), rtol=1e-5)
    model.layers[-1].activation = None
    for _ in range(3):
        np.testing.assert_allclose(model(given), by_hand(model, np.asarray(given), None), rtol=1e-5)


def test_structures_of_inputs_and_outputs():
    a, b = keras.Input((2,), name="a"), keras.Input((3,), name="b")
    joined = keras.layers.Concatenate()([a, b])
    outputs = {"sum": keras.layers.Dense(2)(joined), "same": keras.layers.Activation("tanh")(a)}
    model = keras.Model([a, b], outputs)
    x = [rows(4, 2), rows(4, 3)]
    first = model(x)
    for again in (model(x), model(x), model.predict(x, verbose=0), model.compile_predict(4)(x)):
        assert sorted(again) == ["same", "sum"]
        for name in again:
            np.testing.assert_allclose(again[name], first[name], rtol=1e-5)
    named = model.compile_predict(4)({"b": x[1], "a": x[0]})
    np.testing.assert_allclose(named["sum"], first["sum"], rtol=1e-5)


class Counting(keras.layers.Layer):
    calls = 0

    def call(self, x):
        self.calls += 1
        return x * 2.0


def test_the_users_code_runs_in_every_call():
    counting = Counting()
    model = keras.Sequential([keras.Input((2,)), counting])
    before, seen = counting.calls, []
    for _ in range(4):
        model(rows(2, 2))
    assert counting.calls == before + 4
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, activation=seen_by(seen))])
    del seen[:]
    for _ in range(5):
        model(rows(2, 2))
    assert len(seen) >= 5


def seen_by(seen):
    def activation(x):
        seen.append(x)
        return x * 1.0

    return activation


def test_losses_of_layers_are_there_after_every_call():
    layer = keras.layers.Dense(2, activity_regularizer="l2")
    model = keras.Sequential([keras.Input((2,)), layer])
    for _ in range(4):
        model(x := rows(3, 2))
        np.testing.assert_allclose(
            float(model.losses[0]), 0.01 * np.sum(np.asarray(layer(x)) ** 2) / 3, rtol=1e-4
        )


def test_training_mode_and_traces_call_the_layers():
    model = keras.Sequential([keras.Input((50,)), keras.layers.Dropout(0.5)])
    x = np.ones((4, 50), "float32")
    for _ in range(3):
        assert np.any(np.asarray(model(x, training=True)) == 0)
        np.testing.assert_array_equal(model(x), x)
    outer = keras.Sequential([keras.Input((50,)), model])
    np.testing.assert_array_equal(outer.predict(x, verbose=0), x)


# ── compile_predict ──


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize("eager", [False, True], ids=["native", "reference"])
def test_a_served_model_keeps_its_weights(batch, eager):
    model = net(run_eagerly=eager)
    x = rows(batch)
    serve = model.compile_predict(batch=batch)
    before = model.predict(x, verbose=0)
    model.set_weights([w + 1 for w in model.get_weights()])
    np.testing.assert_array_equal(serve(x), before)
    np.testing.assert_allclose(serve(x.tolist()), before, rtol=1e-6)
    result = serve(x)
    result[...] = 0
    np.testing.assert_array_equal(serve(x), before)
    np.testing.assert_allclose(serve(x[:1]), before[:1], rtol=1e-6)


def test_many_threads_get_their_own_rows():
    model = net(64)
    serve = model.compile_predict(batch=2)
    batches = [rows(2, 64) for _ in range(20)]
    expected = [model.predict(x, verbose=0) for x in batches]
    wrong = []

    def work():
        for turn in range(400):
            i = turn % len(batches)
            if not np.array_equal(serve(batches[i]), expected[i]):
                wrong.append(i)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_threads_predict_while_one_trains():
    """Each sees weights of some moment: rows of a softmax always sum to one."""
    model = net()
    x, y = rows(400), labels(400)
    sums, stop = [], threading.Event()

    def work():
        while not stop.is_set():
            sums.append(np.sum(model.predict(x[:3], verbose=0), axis=-1))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        model.fit(x, y, batch_size=16, epochs=30, verbose=0)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    np.testing.assert_allclose(np.concatenate(sums), 1.0, rtol=1e-5)
    np.testing.assert_allclose(model.predict(x[:3], verbose=0), by_hand(model, x[:3]), rtol=1e-5)


def test_floats_for_whole_numbers_are_converted_as_everywhere():
    model = keras.Sequential([keras.Input((2,), dtype="int32"), keras.layers.Dense(2)])
    x = np.array([[1.9, -3.5]], "float32")
    serve = model.compile_predict()
    for result in (model(x), model(x), model.predict(x, verbose=0), serve(x)):
        np.testing.assert_allclose(result, model(np.array([[1, -3]], "int32")), rtol=1e-6)


class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(2)

    def call(self, x):
        return self.dense(x)


def test_a_model_without_inputs_takes_an_example():
    model = Own()
    with pytest.raises(ArgumentError, match=r"compile_predict needs to know the shape"):
        model.compile_predict()
    x = rows(1, 5)
    np.testing.assert_allclose(model.compile_predict(like=x)(x), model(x), rtol=1e-6)


REFUSED = [
    (lambda serve: serve(rows(3)), ArgumentError, "pass 2 rows"),
    (lambda serve: serve(rows(2, 4)), ArgumentError, r"received: \[\(\(2, 4\), 'float32'\)\]"),
    (lambda serve: serve([rows(2), rows(2)]), ArgumentError, "cannot take this batch"),
    (lambda serve: serve("rows"), keras.errors.DataError, "cannot read x"),
    (lambda serve: serve(np.zeros((0, 3))), ArgumentError, "pass 2 rows"),
    (lambda serve: serve(np.array([["a"]])), keras.errors.DataError, "cannot read x"),
]


@pytest.mark.parametrize(("call", "error", "text"), REFUSED)
def test_what_a_served_model_refuses(call, error, text):
    with pytest.raises(error, match=text):
        call(net().compile_predict(batch=2))


def test_a_model_that_draws_when_it_predicts_is_not_served():
    x = keras.Input((2,))
    model = keras.Model(x, keras.layers.Dropout(0.5)(x, training=True))
    with pytest.raises(UnsupportedError, match="serves models whose state stands still"):
        model.compile_predict()
