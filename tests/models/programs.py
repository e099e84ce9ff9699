"""Programs written once for `k`, real Keras or lamina: each returns what is compared.

They cover what a training case of tests/oracle does not: what is called when, what is returned by
the single-batch calls, how epochs and passes meet, what a program changes while it trains.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Program = Callable[[Any], Any]
PROGRAMS: dict[str, Program] = {}

ROWS, FEATURES, CLASSES = 20, 4, 3
_stream = np.random.default_rng(0)
X = _stream.normal(size=(ROWS, FEATURES)).astype("float32")
Y = _stream.integers(0, CLASSES, ROWS)
HELD = (X[:7], Y[:7])
SPARSE = "sparse_categorical_crossentropy"


def program(function: Program) -> Program:
    """Puts a program into the table under its name."""
    PROGRAMS[function.__name__] = function
    return function


def start(model: Any) -> Any:
    """The model from the same weights everywhere."""
    stream = np.random.default_rng(1)
    model.set_weights([stream.normal(size=w.shape) * 0.5 for w in model.get_weights()])
    return model


def stack(k: Any) -> Any:
    """4-5-3, not compiled."""
    layers = [k.layers.Dense(5, activation="tanh"), k.layers.Dense(CLASSES, activation="softmax")]
    return start(k.Sequential([k.layers.Input((FEATURES,)), *layers]))


def compiled(k: Any, model: Any = None, **given: Any) -> Any:
    """A model compiled with SGD, the cross-entropy and accuracy unless `given` says otherwise."""
    model = model or stack(k)
    model.compile(**{"optimizer": "sgd", "loss": SPARSE, "metrics": ["accuracy"], **given})
    return model


def fit(model: Any, **given: Any) -> Any:
    """The history of two epochs in batches of 6 (the last has 2)."""
    options = {"batch_size": 6, "epochs": 2, "shuffle": False, "verbose": 0, **given}
    return model.fit(X, Y, **options).history


def batches(times: int = 1) -> Any:
    """A generator of 4 batches of 5 rows, over and over."""
    for i in range(4 * times):
        rows = slice(i % 4 * 5, i % 4 * 5 + 5)
        yield X[rows], Y[rows]


# ── single batches ──


@program
def on_batch(k: Any) -> Any:
    model = compiled(k, weighted_metrics=["accuracy"])
    return [
        model.train_on_batch(X, Y),
        model.train_on_batch(X[:3], Y[:3], return_dict=True),
        model.train_on_batch(X, Y, np.arange(20.0)),
        model.train_on_batch(X, Y, class_weight={0: 3.0}),
        model.test_on_batch(X, Y),
        model.test_on_batch(X[:5], Y[:5], np.arange(5.0), return_dict=True),
        model.predict_on_batch(X[:2]),
        model.get_weights(),
    ]


@program
def on_batch_loss_alone(k: Any) -> Any:
    model = compiled(k, metrics=None)
    return [model.train_on_batch(X, Y), model.train_on_batch(X, Y), model.test_on_batch(X, Y)]


# ── epochs, passes, steps ──


def _steps(steps: int, **given: Any) -> Program:
    return lambda k: fit(compiled(k), steps_per_epoch=steps, epochs=6, **given)


PROGRAMS |= {f"steps_{n}_of_4": _steps(n) for n in (0, 1, 2, 3, 4, 6)}
PROGRAMS |= {
    "steps_3_of_4_validated": _steps(3, validation_data=HELD, validation_freq=2),
    "validation_steps_0": lambda k: fit(compiled(k), validation_data=HELD, validation_steps=0),
    "evaluate_steps": lambda k: [
        compiled(k).evaluate(X, Y, batch_size=6, steps=n, verbose=0) for n in (0, 2, 9)
    ],
    "predict_steps": lambda k: [
        compiled(k).predict(X, batch_size=6, steps=n, verbose=0) for n in (0, 2, 9)
    ],
}


def sequence(k: Any) -> Any:
    """A data set of 4 batches of 5 rows that can be asked for each."""

    class Data(getattr(k.utils, "PyDataset", object)):
        def __len__(self):
            return 4

        def __getitem__(self, i):
            return X[i * 5 : i * 5 + 5], Y[i * 5 : i * 5 + 5]

    return Data()


@program
def sequence_in_steps(k: Any) -> Any:
    model = compiled(k)
    return [
        model.fit(sequence(k), steps_per_epoch=n, epochs=4, shuffle=False, verbose=0).history
        for n in (2, 3, 6)
    ]


@program
def generator_in_steps(k: Any) -> Any:
    source = batches(9)
    return compiled(k).fit(source, steps_per_epoch=3, epochs=4, verbose=0).history


# ── metrics start anew each epoch ──


@program
def validation_in_batches(k: Any) -> Any:
    return fit(compiled(k), validation_data=sequence(k), validation_freq=2, epochs=5)


@program
def every_hook(k: Any) -> Any:
    log: list[Any] = []
    begin_end = ("train", "epoch", "train_batch", "test", "test_batch")
    names = [f"on_{what}_{when}" for what in begin_end for when in ("begin", "end")]

    def hook(name: str) -> Any:
        def called(self: Any, *args: Any, logs: Any = None) -> None:
            given = [a if isinstance(a, int) else sorted(a.items()) for a in args]
            log.append([name, *given, sorted((logs or {}).items())])

        return called

    spy = type("Spy", (k.callbacks.Callback,), {name: hook(name) for name in names})
    fit(compiled(k), validation_data=HELD, callbacks=[spy()])
    compiled(k).evaluate(X, Y, batch_size=7, verbose=0, callbacks=[spy()])
    return log


@program
def evaluating_between_epochs(k: Any) -> Any:
    found: list[Any] = []

    class Evaluate(k.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            found.append(self.model.evaluate(*HELD, verbose=0))
            found.append(self.model.predict(X, verbose=0))

    return [fit(compiled(k, optimizer="adam"), callbacks=[Evaluate()], epochs=3), found]


# ── own functions and classes ──


@program
def names_of_own_metrics(k: Any) -> Any:
    def LargestOutput(y, p):  # noqa: N802
        return k.ops.max(p, axis=-1)

    return fit(compiled(k, metrics=[LargestOutput, lambda y, p: k.ops.min(p, axis=-1)]))


@program
def own_compute_metrics(k: Any) -> Any:
    class Measured(k.Sequential):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.largest = k.metrics.Mean(name="largest")

        def compute_metrics(self, x, y, y_pred, sample_weight=None):
            super().compute_metrics(x, y, y_pred, sample_weight)
            self.largest.update_state(k.ops.max(y_pred, axis=-1))
            return self.get_metrics_result()

    model = Measured([k.layers.Input((4,)), k.layers.Dense(3, activation="softmax")])
    return fit(compiled(k, start(model)), validation_split=0.3)


@program
def weights_added_in_order(k: Any) -> Any:
    class Scale(k.layers.Layer):
        def build(self, shape):
            self.scale = self.add_weight((shape[-1],), "ones", name="scale")

        def call(self, x):
            return x * self.scale

    model = k.Sequential([k.layers.Input((4,)), Scale()])
    return [[w.name for w in model.weights], model.get_weights()]


# ── names ──


@program
def paths_of_weights_built_late(k: Any) -> Any:
    called, fitted, built = (
        k.Sequential([k.layers.Dense(3, name="a"), k.layers.Dense(3, name="b")], name=name)
        for name in ("called", "fitted", "built")
    )
    called(X)
    fit(compiled(k, fitted))
    built.build((None, 4))
    return [[w.path for w in model.weights] for model in (called, fitted, built)]


@program
def paths_of_weights_of_nested_models(k: Any) -> Any:
    inner = k.Sequential([k.layers.Dense(3, name="x")], name="inner")
    outer = k.Sequential([k.layers.Input((4,)), inner, k.layers.Dense(2, name="y")], name="outer")
    return [w.path for w in outer.weights]


@program
def a_model_from_the_middle_of_another(k: Any) -> Any:
    """Inputs that were computed from others: the model begins there, with an input of its own."""
    x = k.Input((FEATURES,))
    first = k.layers.Dense(5, activation="tanh")(x)
    both = k.ops.concatenate([first, first], axis=-1)
    whole = k.Model(x, k.layers.Dense(CLASSES, activation="softmax")(both))
    start(whole)
    upper = k.Model(both, whole.output)
    again = k.Model.from_config(upper.get_config())
    again.set_weights(upper.get_weights())
    z = np.concatenate([X, X, X[:, :2]], axis=1)
    compiled(k, upper)
    return {
        "kinds": [type(layer).__name__ for layer in upper.layers],
        "shapes": [tuple(w.shape) for w in upper.weights],
        "begins anew": upper.inputs[0] is both,
        "ends anew": upper.outputs[0] is whole.outputs[0],
        "predicted": [upper.predict(z, verbose=0), again.predict(z, verbose=0)],
        "history": upper.fit(z, Y, batch_size=6, epochs=2, shuffle=False, verbose=0).history,
        "whole": whole.predict(X, verbose=0),
    }


@program
def a_model_of_two_arguments(k: Any) -> Any:
    """A subclassed model whose `call` takes more than one, by place or by name, nested or not."""

    class Two(k.Model):
        def __init__(self) -> None:
            super().__init__()
            self.table = k.layers.Embedding(CLASSES, 3)
            self.dense = k.layers.Dense(2)

        def call(self, numbers, state, scale=None):
            first, second = state
            y = self.dense(k.ops.concatenate([self.table(numbers), first, second], axis=-1))
            return y if scale is None else y * scale

    found = []
    for scale in (None, np.full((ROWS, 1), 2.0, "float32")):
        model = Two()
        arguments = {} if scale is None else {"scale": scale}
        model(Y, [X, X], **arguments)
        start(model)
        shapes = [tuple(w.shape) for w in model.weights]
        found.append([shapes, np.asarray(model(Y, [X, X], **arguments))])
    return found
