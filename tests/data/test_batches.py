"""Data that come in batches: read ahead, in order, with their errors, and closed."""

from __future__ import annotations

import threading
import time

import keras as judge
import numpy as np
import pytest

import lamina as keras
from lamina.data.ahead import Ahead
from lamina.data.batches import Batches
from lamina.errors import UnsupportedError

RNG = np.random.default_rng(3)
X = RNG.standard_normal((50, 3)).astype("float32")
Y = RNG.standard_normal((50, 1)).astype("float32")


def net(module=keras):
    model = module.Sequential([module.Input((3,)), module.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.set_weights([np.ones((3, 1)), np.zeros(1)])
    return model


def pairs(size=10):
    return [(X[i : i + size], Y[i : i + size]) for i in range(0, len(X), size)]


def numbered(base, batches, **options):
    class Rows(base):
        def __init__(self):
            super().__init__(**options)
            self.asked, self.threads, self.hooks = [], set(), []

        def __len__(self):
            return len(batches)

        def __getitem__(self, index):
            self.asked.append(index)
            self.threads.add(threading.current_thread())
            return batches[index]

        def on_epoch_begin(self):
            self.hooks.append("begin")

        def on_epoch_end(self):
            self.hooks.append(f"end {len(self.asked)}")

    return Rows()


def wait_until(true):
    for _ in range(200):
        if true():
            return True
        time.sleep(0.01)
    return False


# ── reading ahead ──


@pytest.mark.parametrize("workers", [1, 3])
def test_items_keep_the_order_of_the_source(workers):
    def call(i):
        time.sleep(0.002 * (i % 3))
        return i

    ahead = Ahead((lambda i=i: call(i) for i in range(40)), workers, depth=4)
    ahead.allow(100)
    assert list(ahead) == list(range(40))
    ahead.close()


def test_no_more_is_asked_for_than_depth_and_permission_say():
    asked = []

    def calls():
        for i in range(100):
            asked.append(i)
            yield lambda i=i: i

    ahead = Ahead(calls(), 1, depth=3)
    time.sleep(0.05)
    assert asked == []
    ahead.allow(10)
    assert wait_until(lambda: len(asked) == 3)
    assert [next(ahead) for _ in range(9)] == list(range(9))
    assert wait_until(lambda: len(asked) == 10)
    time.sleep(0.05)
    assert len(asked) == 10
    assert [next(ahead) for _ in range(2)] == [9, 10], "a taker who asks is served"
    ahead.close()


@pytest.mark.parametrize("broken", ["source", "item"])
def test_an_exception_comes_in_its_place(broken):
    def fail():
        raise ZeroDivisionError("here")

    def calls():
        yield lambda: 1
        if broken == "source":
            fail()
        yield fail

    ahead = Ahead(calls(), 1, 4)
    assert next(ahead) == 1
    with pytest.raises(ZeroDivisionError, match="here"):
        next(ahead)
    with pytest.raises(StopIteration):
        next(ahead)
    ahead.close()


def test_closing_ends_the_threads_and_the_source():
    closed = []

    def calls():
        try:
            while True:
                yield lambda: 0
        finally:
            closed.append(True)

    ahead = Ahead(calls(), 1, 2)
    assert next(ahead) == 0
    ahead.close()
    assert closed == [True]
    assert not any(thread.is_alive() for thread in ahead._threads)


# ── generators ──


def test_a_generator_is_asked_for_what_an_epoch_takes_and_left_open():
    made = []

    def endless():
        while True:
            made.append(len(made))
            yield pairs()[made[-1] % 5]

    source = endless()
    model = net()
    model.fit(source, steps_per_epoch=3, epochs=2, verbose=0)
    assert made == [0, 1, 2, 3, 4, 5]
    model.evaluate(source, steps=2, verbose=0)
    assert len(model.predict((x for x, _ in source), steps=1, verbose=0)) == 10
    next(source)
    assert len(made) in (10, 11), "the generator around it read one ahead at most"


def test_what_an_epochs_end_changes_the_next_epoch_sees():
    level, seen = [1], []

    class Rows:
        def __iter__(self):
            for x, y in pairs():
                seen.append(level[0])
                yield x, y

    class Harder(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            level[0] += 1

    net().fit(Rows(), epochs=3, verbose=0, callbacks=[Harder()])
    assert seen == [1] * 5 + [2] * 5 + [3] * 5


@pytest.mark.parametrize("act", ["fit", "evaluate", "predict"])
def test_an_error_of_the_source_ends_the_call_and_closes_it(act):
    closed = []

    class Rows:
        def __iter__(self):
            try:
                yield pairs()[0]
                raise OSError("the disk is gone")
            finally:
                closed.append(True)

    model = net()
    # Other tests may have left a reader that waits for a source of theirs.
    before = set(threading.enumerate())
    with pytest.raises(OSError, match="the disk is gone"):
        getattr(model, act)(Rows(), verbose=0)
    assert closed == [True]
    left = set(threading.enumerate()) - before
    assert not [t for t in left if t.name == "lamina-ahead" and t.is_alive()]
    model.fit(X, Y, verbose=0)


def test_a_step_that_fails_closes_the_source():
    closed = []

    class Rows:
        def __iter__(self):
            try:
                yield pairs()[0]
                yield np.full((4, 3), np.nan, "float32"), Y[:4]
                yield pairs()[0]
            finally:
                closed.append(True)

    with pytest.raises(keras.errors.DataError, match="needs finite numbers"):
        net().fit(Rows(), verbose=0)
    assert closed == [True]


def test_an_odd_last_batch_is_compiled_once():
    model = net()
    batches = [*pairs(), (X[:7], Y[:7])]
    for _ in range(3):
        model.fit(iter(batches), verbose=0)
    assert sum(len(found) for found in model._programs.made.values()) == 2


# ── numbered batches ──


@pytest.mark.parametrize("workers", [1, 4])
def test_a_py_dataset_trains_as_in_keras(workers):
    """With one thread: Keras' own threads leave out the first batch that they made."""
    batches = [*pairs(), (X[:7], Y[:7])]
    found = []
    for module, threads in ((keras, workers), (judge, 1)):
        rows = numbered(module.utils.PyDataset, batches, workers=threads)
        model = net(module)
        history = model.fit(rows, epochs=3, shuffle=False, verbose=0, validation_data=rows)
        measured = model.evaluate(rows, verbose=0)
        found.append((history.history, measured, model.predict(rows, verbose=0), rows))
    (ours, loss, predicted, rows), (theirs, expected_loss, expected, _) = found
    # Some 18 steps of SGD in float32, sums in another order.
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, rtol=1e-4)
    np.testing.assert_allclose(loss, expected_loss, rtol=1e-4)
    np.testing.assert_allclose(predicted, expected, rtol=1e-4, atol=1e-5)
    assert sorted(rows.asked) == sorted(8 * list(range(6)))
    assert threading.main_thread() not in rows.threads


def test_numbered_batches_come_in_another_order_each_epoch():
    """By Python's own random numbers, as in Keras, so that `set_random_seed` repeats them."""
    orders = []
    for _ in range(2):
        keras.utils.set_random_seed(11)
        rows = numbered(keras.utils.PyDataset, pairs())
        net().fit(rows, epochs=2, verbose=0)
        orders.append(rows.asked)
    assert orders[0] == orders[1]
    assert orders[0][:5] != orders[0][5:]
    assert sorted(orders[0][:5]) == sorted(orders[0][5:]) == list(range(5))


def test_the_hooks_of_an_epoch_stand_around_its_batches():
    rows = numbered(keras.utils.PyDataset, pairs())
    net().fit(rows, epochs=2, verbose=0, shuffle=False)
    assert rows.hooks == ["begin", "end 5", "begin", "end 10"]


def test_keras_own_class_is_read_too():
    rows = numbered(judge.utils.PyDataset, pairs())
    source = Batches("fit", rows)
    assert (source.count, source.is_numbered) == (5, True)
    net().fit(rows, verbose=0, shuffle=False)
    assert rows.asked == [0, 1, 2, 3, 4]


def test_endless_numbered_batches_take_steps_per_epoch():
    class Endless(keras.utils.PyDataset):
        num_batches = None

        def __getitem__(self, index):
            return pairs()[index % 5]

    history = net().fit(Endless(), steps_per_epoch=7, epochs=2, verbose=0)
    assert history.epoch == [0, 1]


@pytest.mark.parametrize("ask", [lambda d: d[0], lambda d: d.num_batches])
def test_a_py_dataset_without_its_methods_says_so(ask):
    with pytest.raises(UnsupportedError, match="PyDataset"):
        ask(keras.utils.PyDataset())
    assert keras.utils.Sequence is keras.utils.PyDataset
