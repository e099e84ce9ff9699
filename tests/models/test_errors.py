"""Every wrong call is an error of four parts, and the model is as it was before it."""

from __future__ import annotations

import numpy as np
import pytest
from tests.models.programs import CLASSES, FEATURES, ROWS, SPARSE, X, Y, compiled, fit

import lamina
from lamina.errors import (
    ArgumentError,
    ArgumentTypeError,
    DataError,
    LaminaError,
    ShapeError,
    StateError,
    UnsupportedError,
)

ONE_HOT = np.eye(CLASSES, dtype="float32")[Y]


def _with(array, row, value):
    changed = np.array(array, "float32")
    changed[row] = value
    return changed


CALLS = {
    # shapes
    "x too wide": (ShapeError, f"({ROWS}, 5)", lambda m: fit_on(m, np.ones((ROWS, 5)), Y)),
    "x of one row": (ShapeError, f"({FEATURES},)", lambda m: m.predict(X[0], verbose=0)),
    "x in a call": (ShapeError, f"({ROWS}, 3)", lambda m: m(X[:, :3])),
    "x in evaluate": (ShapeError, "(20, 2)", lambda m: m.evaluate(X[:, :2], Y, verbose=0)),
    "x on a batch": (ShapeError, "(20, 2)", lambda m: m.train_on_batch(X[:, :2], Y)),
    "x held back": (ShapeError, "(7, 2)", lambda m: fit(m, validation_data=(X[:7, :2], Y[:7]))),
    "rows differ": (DataError, "y with 5", lambda m: fit_on(m, X, Y[:5])),
    "rows of lists": (DataError, "inhomogeneous", lambda m: m.predict([[1, 2], [1]], verbose=0)),
    "rows none": (DataError, "no rows", lambda m: fit_on(m, X[:0], Y[:0])),
    "weights rows": (DataError, "19", lambda m: fit(m, sample_weight=np.ones(19))),
    "weights": (ShapeError, "1 arrays", lambda m: m.set_weights([np.ones(3)])),
    # labels, numbers
    "labels too high": (DataError, "from 3 to 5", lambda m: fit_on(m, X, Y + 3)),
    "labels below 0": (DataError, "from -1", lambda m: m.evaluate(X, Y - 1, verbose=0)),
    "labels held back": (DataError, "5", lambda m: fit(m, validation_data=(X[:7], Y[:7] + 3))),
    "labels on a batch": (DataError, "from 3", lambda m: m.test_on_batch(X, Y + 3)),
    "labels one-hot": (ShapeError, "(20, 3)", lambda m: fit_on(m, X, ONE_HOT)),
    "no targets": (DataError, "y=None", lambda m: m.fit(X, verbose=0)),
    "NaN": (DataError, "nan in row 3", lambda m: fit_on(m, _with(X, 3, np.nan), Y)),
    "infinity": (DataError, "inf in row 5", lambda m: m.evaluate(_with(X, 5, np.inf), Y)),
    "NaN held back": (DataError, "nan", lambda m: fit(m, validation_data=(X[:7] * np.nan, Y[:7]))),
    "NaN weights": (DataError, "nan", lambda m: fit(m, sample_weight=_with(Y, 0, np.nan))),
    "words": (DataError, "<U1", lambda m: m.predict(np.array([["a"] * 4]), verbose=0)),
    # arguments of fit and its like
    "epochs": (ArgumentError, "-1", lambda m: fit(m, epochs=-1)),
    "initial_epoch": (ArgumentError, "-2", lambda m: fit(m, initial_epoch=-2)),
    "batch_size": (ArgumentError, "2.5", lambda m: fit(m, batch_size=2.5)),
    "steps_per_epoch": (ArgumentError, "'3'", lambda m: fit(m, steps_per_epoch="3")),
    "steps": (ArgumentError, "-1", lambda m: m.predict(X, steps=-1)),
    "verbose": (ArgumentError, "'loud'", lambda m: fit(m, verbose="loud")),
    "verbose of evaluate": (ArgumentError, "7", lambda m: m.evaluate(X, Y, verbose=7)),
    "validation_split": (ArgumentError, "1.5", lambda m: fit(m, validation_split=1.5)),
    "validation_freq 0": (ArgumentError, "0", lambda m: fit(m, validation_freq=0)),
    "validation_freq word": (ArgumentError, "'x'", lambda m: fit(m, validation_freq="x")),
    "validation_data": (ArgumentError, "ndarray", lambda m: fit(m, validation_data=X)),
    "class_weight": (ArgumentError, "list", lambda m: fit(m, class_weight=[1, 2, 3])),
    "both weights": (
        ArgumentError, "a sample_weight",
        lambda m: fit(m, class_weight={0: 2.0}, sample_weight=np.ones(ROWS)),
    ),
    "callbacks": (ArgumentTypeError, "3", lambda m: fit(m, callbacks=[3])),
    "unknown argument": (ArgumentTypeError, "epoch", lambda m: fit(m, epoch=3)),
    # names, and what compile is given
    "optimizer": (ArgumentError, "'adamm'", lambda m: m.compile("adamm", SPARSE)),
    "metrics": (ArgumentTypeError, "7 of type int", lambda m: m.compile("adam", "mse", metrics=7)),
    "layer": (ArgumentError, "'nowhere'", lambda m: m.get_layer("nowhere")),
}  # fmt: skip


def fit_on(model, x, y):
    return model.fit(x, y, batch_size=6, epochs=2, shuffle=False, verbose=0)


def four_parts(error):
    assert isinstance(error, LaminaError)
    parts = (error.where, error.what, error.received, error.mend)
    assert all(isinstance(part, str) and part.strip() for part in parts)
    return error


@pytest.mark.parametrize("name", CALLS)
def test_a_wrong_call_leaves_the_model_as_it_was(name):
    kind, received, call = CALLS[name]
    model, twin = compiled(lamina), compiled(lamina)
    fit(model), fit(twin)
    with pytest.raises(kind) as caught:
        call(model)
    assert received in four_parts(caught.value).received
    assert fit(model) == fit(twin)
    for ours, theirs in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


EARLY = {
    "fit": (StateError, lambda m: m.fit(X, Y)),
    "evaluate": (StateError, lambda m: m.evaluate(X, Y)),
    "train_on_batch": (StateError, lambda m: m.train_on_batch(X, Y)),
    "test_on_batch": (StateError, lambda m: m.test_on_batch(X, Y)),
    "count_params": (ValueError, lambda m: m.count_params()),
}


@pytest.mark.parametrize("name", EARLY)
def test_a_call_that_comes_too_early(name):
    kind, call = EARLY[name]
    model = lamina.Sequential([lamina.layers.Dense(2)])
    with pytest.raises(kind) as caught:
        call(model)
    four_parts(caught.value)
    assert not model.built


NAMES = {
    "loss": (ArgumentError, "mean_square", lambda: compiled(lamina, loss="mean_square").fit(X, Y)),
    "metric": (ArgumentError, "acuracy", lambda: compiled(lamina, metrics=["acuracy"]).fit(X, Y)),
    "activation": (ArgumentError, "relux", lambda: lamina.layers.Dense(3, "relux")),
    "layer": (AttributeError, "Dence", lambda: lamina.layers.Dence),
    "callback": (AttributeError, "EarlyStop", lambda: lamina.callbacks.EarlyStop),
    "model": (AttributeError, "Sequental", lambda: lamina.models.Sequental),
    "util": (AttributeError, "to_categorial", lambda: lamina.utils.to_categorial),
}


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_name_is_answered_with_the_nearest(name):
    kind, word, call = NAMES[name]
    with pytest.raises(kind) as caught:
        call()
    assert word in four_parts(caught.value).received
    assert "did you mean" in caught.value.mend


def _torch_step(self, data):
    self.zero_grad()
    self.compute_loss(y=data[1], y_pred=self(data[0])).backward()


STEPS = {
    "make_train_function": (lambda self: None, fit),
    "make_test_function": (lambda self: None, lambda m: m.evaluate(X, Y, verbose=0)),
    "make_predict_function": (lambda self: None, lambda m: m.predict(X, verbose=0)),
    "train_step": (_torch_step, lambda m: m.train_on_batch(X, Y)),
    "test_step": (lambda self, state, data: (state, data), lambda m: m.test_on_batch(X, Y)),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_loop_or_a_step_for_another_backend_is_refused(name):
    function, call = STEPS[name]
    own = type("Own", (lamina.Sequential,), {name: function})
    model = own([lamina.layers.Dense(CLASSES, "softmax", input_shape=(FEATURES,))])
    with pytest.raises(UnsupportedError, match=name) as caught:
        call(compiled(lamina, model))
    four_parts(caught.value)


def test_logs_of_a_step_are_a_dict_of_one_form():
    class Own(lamina.Sequential):
        def train_step(self, data):
            return 3.0

    model = Own([lamina.layers.Dense(CLASSES, "softmax", input_shape=(FEATURES,))])
    with pytest.raises(ArgumentTypeError, match="a dict of logs") as caught:
        fit(compiled(lamina, model))
    four_parts(caught.value)


def test_a_symbolic_call_names_the_shapes_that_were_given():
    with pytest.raises(ShapeError, match=r"\(None, 4\), \(None, 3\)"):
        lamina.layers.Add()([lamina.Input((4,)), lamina.Input((3,))])


def test_a_weight_with_its_name_first_is_refused():
    with pytest.raises(ArgumentError, match="by name"):
        lamina.layers.Layer().add_weight("w", (2, 2))


def test_a_generator_that_is_used_up_ends_the_training():
    def once():
        yield X, Y

    with pytest.warns(UserWarning, match="no more batches"):
        history = compiled(lamina).fit(once(), epochs=3, verbose=0)
    assert history.epoch == [0]
    with pytest.raises(DataError, match="yields nothing"):
        compiled(lamina).fit(iter(()), verbose=0)
