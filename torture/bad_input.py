"""Bad input: what no model can learn from, and arguments outside of what is legal.

What is right: an error of the catalogue, of a type that Keras' users catch, of at most a dozen
lines, before any weight has changed.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from torture.children import Worker
from torture.figures import Figure, Run, counted

SMOKE = 0.25
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(12, 4)).astype("float32")
Y = RANDOM.normal(size=(12, 1)).astype("float32")
C = np.arange(12) % 3
SPARSE, BINARY = "sparse_categorical_crossentropy", "binary_crossentropy"
CATEGORICAL = "categorical_crossentropy"

Act = Callable[[Any, Any], Any]  # (the library, a compiled model) -> anything


def model(k: Any, units: int = 1, loss: str = "mse", activation: Any = None) -> Any:
    """A small compiled model."""
    made = k.Sequential([k.layers.Input((4,)), k.layers.Dense(units, activation=activation)])
    made.compile("sgd", loss)
    return made


MODELS: dict[str, Callable[[Any], Any]] = {
    "": model,
    "three": lambda k: model(k, 3),
    "classes": lambda k: model(k, 3, SPARSE, "softmax"),
    "one-hot": lambda k: model(k, 3, CATEGORICAL, "softmax"),
    "binary": lambda k: model(k, 1, BINARY, "sigmoid"),
    "images": lambda k: _compiled(k, [k.layers.Input((6, 6, 1)), k.layers.Conv2D(2, 3),
                                      k.layers.Flatten(), k.layers.Dense(1)]),
    "words": lambda k: _compiled(k, [k.layers.Input((5,)), k.layers.Embedding(7, 2),
                                     k.layers.Flatten(), k.layers.Dense(1)]),
    "bare": lambda k: k.Sequential([k.layers.Input((4,)), k.layers.Dense(1)]),
    "two": lambda k: _two(k),
}  # fmt: skip


def _compiled(k: Any, layers: list[Any]) -> Any:
    made = k.Sequential(layers)
    made.compile("sgd", "mse")
    return made


def _two(k: Any) -> Any:
    a, b = k.Input((4,), name="a"), k.Input((2,), name="b")
    joined = k.layers.Concatenate()([a, b])
    made = k.Model([a, b], {"p": k.layers.Dense(1, name="p")(joined),
                            "q": k.layers.Dense(2, name="q")(joined)})  # fmt: skip
    made.compile("sgd", {"p": "mse", "q": "mse"})
    return made


def fit(x: Any = X, y: Any = Y, **options: Any) -> Act:
    """Training on these."""
    return lambda k, m: m.fit(x, y, verbose=0, **options) if "verbose" not in options else (
        m.fit(x, y, **options))  # fmt: skip


def compiled(**options: Any) -> Act:
    """Compiling with these, and training."""

    def act(k: Any, m: Any) -> None:
        m.compile(**{"optimizer": "sgd", "loss": "mse", **options})
        m.fit(X, Y, verbose=0)

    return act


def made(make: Callable[[Any], Any]) -> Act:
    """Making something of the library's."""
    return lambda k, m: make(k)


def generator(items: list[Any]) -> Act:
    """Training on what a generator gives."""
    return lambda k, m: m.fit((item for item in items), steps_per_epoch=len(items), epochs=1,
                              verbose=0)  # fmt: skip


def _raising() -> Iterator[Any]:
    yield X[:4], Y[:4]
    raise LookupError("the user's own")


def _objects(*values: Any) -> np.ndarray:
    found = np.empty(len(values), object)
    found[:] = values
    return found


DATES = np.array([datetime.datetime(2020, 1, 1 + i) for i in range(12)], "datetime64[s]")
NAN, INF = np.where(X > 1, np.nan, X), np.where(X > 1, np.inf, X)

# name -> (which model, what is done)
BAD: dict[str, tuple[str, Act]] = {
    # targets
    **{f"targets of shape {y.shape[1:]}": ("", fit(y=y)) for y in (
        np.ones((12, 3)), np.ones((12, 0)), np.ones((12, 1, 1, 1)), np.ones((12, 2, 1)))},
    "one column for three units": ("three", fit()),
    "flat targets for three units": ("three", fit(y=Y[:, 0])),
    "no targets": ("", fit(y=None)),
    "a scalar target": ("", fit(y=np.float32(1))),
    "text targets": ("", fit(y=np.array(["a", "b"] * 6))),
    "target names": ("classes", fit(y=np.array(["a", "b", "c"] * 4))),
    "dates as targets": ("", fit(y=DATES)),
    "None in targets": ("", fit(y=_objects(*([1.0] * 11), None))),
    "complex targets": ("", fit(y=Y * 1j)),
    "NaN in targets": ("", fit(y=np.where(Y > 0, np.nan, Y))),
    "infinity in targets": ("", fit(y=np.where(Y > 0, np.inf, Y))),
    "one-hot in sparse": ("classes", fit(y=np.eye(3)[C])),
    "sparse in one-hot": ("one-hot", fit(y=C)),
    "a column in one-hot": ("one-hot", fit(y=C[:, None])),
    "fractions as labels": ("classes", fit(y=C + 0.5)),
    "labels from 1": ("classes", fit(y=C + 1)),
    "labels from -1": ("classes", fit(y=C - 1)),
    "huge labels": ("classes", fit(y=np.full(12, 2**40))),
    "NaN labels": ("classes", fit(y=np.where(C > 1, np.nan, C))),
    "targets 0 to 2 in binary": ("binary", fit(y=C)),
    "targets -1 and 1 in binary": ("binary", fit(y=np.sign(Y))),
    "targets in percent": ("binary", fit(y=np.abs(Y) * 100)),
    "labels out of range in evaluate": ("classes", lambda k, m: m.evaluate(X, C + 5, verbose=0)),
    "labels out of range in validation": ("classes", fit(y=C, validation_data=(X, C + 5))),
    # inputs
    **{f"inputs of shape {x.shape}": ("", fit(x=x)) for x in (
        np.ones((12, 3)), np.ones((12, 5)), np.ones((12,)), np.ones((12, 4, 2)), np.ones((0, 4)),
        np.ones((12, 0)), np.ones(()))},
    "images without channels of another size": ("images", fit(x=np.ones((12, 5, 6, 1)))),
    "images with three channels": ("images", fit(x=np.ones((12, 6, 6, 3)))),
    "fewer rows of targets": ("", fit(y=Y[:11])),
    "more rows of targets": ("", fit(y=np.concatenate([Y, Y]))),
    "no rows": ("", fit(x=X[:0], y=Y[:0])),
    "NaN": ("", fit(x=NAN)),
    "infinity": ("", fit(x=INF)),
    "too large for float32": ("", fit(x=X.astype("f8") * 1e300)),
    "texts": ("", fit(x=X.astype("U8"))),
    "bytes": ("", fit(x=X.astype("S8"))),
    "objects": ("", fit(x=_objects(*([{}] * 12)))),
    "dates": ("", fit(x=np.stack([DATES] * 4, 1))),
    "complex": ("", fit(x=X * 1j)),
    "ragged lists": ("", fit(x=[[1.0] * (2 + i % 3) for i in range(12)])),
    "ragged objects": ("", fit(x=_objects(*[np.ones(2 + i % 3) for i in range(12)]))),
    "None among numbers": ("", fit(x=[[1, 2, 3, None]] * 12)),
    "masked": ("", fit(x=np.ma.masked_greater(X, 1))),
    "records": ("", fit(x=np.zeros(12, [("a", "f4"), ("b", "f4")]))),
    "a dictionary with another name": ("two", fit(
        x={"a": X, "z": X[:, :2]}, y={"p": Y, "q": X[:, :2]})),
    "one of two inputs": ("two", fit(x=[X], y={"p": Y, "q": X[:, :2]})),
    "three of two inputs": ("two", fit(x=[X, X[:, :2], X], y={"p": Y, "q": X[:, :2]})),
    "inputs exchanged": ("two", fit(x=[X[:, :2], X], y={"p": Y, "q": X[:, :2]})),
    "inputs of unequal length": ("two", fit(x=[X, X[:9, :2]], y={"p": Y, "q": X[:, :2]})),
    "a target with another name": ("two", fit(x=[X, X[:, :2]], y={"p": Y, "r": X[:, :2]})),
    "words beyond the table": ("words", fit(x=np.full((12, 5), 7))),
    "words below zero": ("words", fit(x=np.full((12, 5), -1))),
    "a set": ("", fit(x={1, 2, 3})),
    "a function": ("", fit(x=len)),
    "a number": ("", fit(x=5)),
    "a text as data": ("", fit(x="data.csv")),
    "predict on another width": ("", lambda k, m: m.predict(np.ones((3, 7)), verbose=0)),
    "predict on texts": ("", lambda k, m: m.predict(X.astype("U8"), verbose=0)),
    "predict on nothing": ("", lambda k, m: m.predict(None, verbose=0)),
    "predict on no rows of another width": ("", lambda k, m: m.predict(
        np.ones((0, 9)), verbose=0)),
    "train_on_batch of unequal length": ("", lambda k, m: m.train_on_batch(X, Y[:5])),
    "train_on_batch of another width": ("", lambda k, m: m.train_on_batch(X[:, :3], Y)),
    "called on another width": ("", lambda k, m: m(np.ones((3, 7), "f4"))),
    # weights
    "too few sample weights": ("", fit(sample_weight=np.ones(5))),
    "NaN in sample weights": ("", fit(sample_weight=np.full(12, np.nan))),
    "infinity in sample weights": ("", fit(sample_weight=np.full(12, np.inf))),
    "texts as sample weights": ("", fit(sample_weight=np.array(["a"] * 12))),
    "sample weights of another shape": ("", fit(sample_weight=np.ones((12, 3)))),
    "a class weight that is NaN": ("classes", fit(y=C, class_weight={0: np.nan})),
    "a class weight that is a text": ("classes", fit(y=C, class_weight={0: "heavy"})),
    "class weights as a text": ("classes", fit(y=C, class_weight="balanced")),
    "class and sample weights": ("classes", fit(
        y=C, class_weight={0: 1.0}, sample_weight=np.ones(12))),
    # arguments of fit
    **{f"batch_size={v!r}": ("", fit(batch_size=v)) for v in (0, -1, 1.5, "32", [8])},
    **{f"epochs={v!r}": ("", fit(epochs=v)) for v in (-1, 1.5, "2", None, [3])},
    **{f"initial_epoch={v!r}": ("", fit(initial_epoch=v)) for v in (-1, 0.5, "1")},
    **{f"validation_split={v!r}": ("", fit(validation_split=v)) for v in (
        1.0, 1.5, -0.1, "0.2", float("nan"), 0.999999)},
    **{f"steps_per_epoch={v!r}": ("", fit(steps_per_epoch=v)) for v in (-1, 1.5, "3")},
    **{f"validation_freq={v!r}": ("", fit(validation_data=(X, Y), validation_freq=v)) for v in (
        0, -1, "2", 1.5)},
    **{f"shuffle={v!r}": ("", fit(shuffle=v)) for v in ("maybe", 2.5, [True])},
    **{f"verbose={v!r}": ("", fit(verbose=v)) for v in ("loud", 7, -1)},
    **{f"validation_data={v!r:.20}": ("", fit(validation_data=v)) for v in (
        5, "x", (X,), (X, Y, Y, Y), (X[:, :3], Y), (X, Y[:5]))},
    **{f"callbacks={v!r:.20}": ("", fit(callbacks=v)) for v in (5, ["EarlyStopping"], [len])},
    "an unknown argument": ("", lambda k, m: m.fit(X, Y, nepochs=3)),
    "not compiled": ("bare", fit()),
    "not compiled, evaluate": ("bare", lambda k, m: m.evaluate(X, Y)),
    # generators
    "a generator that raises": ("", lambda k, m: m.fit(_raising(), steps_per_epoch=3, verbose=0)),
    "a generator of other shapes": ("", generator([(X[:4], Y[:4]), (X[:4, :3], Y[:4])])),
    "a generator of unequal lengths": ("", generator([(X[:4], Y[:3])])),
    "a generator of NaN": ("", generator([(NAN, Y)])),
    "a generator of texts": ("", generator([("a", "b")])),
    "a generator of None": ("", generator([None])),
    "a generator of nothing": ("", lambda k, m: m.fit(iter(()), verbose=0)),
    "a generator of four": ("", generator([(X, Y, Y[:, 0], Y)])),
    "a generator of labels out of range": ("classes", generator([(X, C + 1)])),
    # compile
    **{f"loss={v!r}": ("", compiled(loss=v)) for v in ("mse_", "nonsense", 5, ["mse", "mse"],
                                                       {"z": "mse"})},
    **{f"optimizer={v!r}": ("", compiled(optimizer=v)) for v in ("adamm", 5, [], "")},
    **{f"metrics={v!r}": ("", compiled(metrics=v)) for v in ("accurracy", ["accurracy"], [5], 5,
                                                             {"z": ["mae"]})},
    **{f"loss_weights={v!r}": ("", compiled(loss_weights=v)) for v in (
        "a", [1.0, 2.0], {"z": 1.0}, [float("nan")])},
    **{f"learning_rate={v!r}": ("", made(lambda k, v=v: k.optimizers.SGD(v))) for v in (
        float("nan"), "fast", float("inf"), [0.1])},
    "momentum=2": ("", made(lambda k: k.optimizers.SGD(0.1, momentum=2.0))),
    "beta_1=1.5": ("", lambda k, m: m.compile(k.optimizers.Adam(beta_1=1.5), "mse")),
    "clipnorm=-1": ("", made(lambda k: k.optimizers.Adam(clipnorm=-1.0))),
    "two clips": ("", made(lambda k: k.optimizers.Adam(clipnorm=1.0, clipvalue=1.0))),
    # layers
    **{f"Dense({v!r})": ("", made(lambda k, v=v: k.layers.Dense(v))) for v in (
        0, -3, 2.5, "8", None, [4])},
    "Dense(activation='rellu')": ("", made(lambda k: k.layers.Dense(3, activation="rellu"))),
    "Dense(unit=3)": ("", made(lambda k: k.layers.Dense(unit=3))),
    "Dense(kernel_initializer='glorot')": ("", made(
        lambda k: k.layers.Dense(3, kernel_initializer="glorot"))),
    **{f"Dropout({v!r})": ("", made(lambda k, v=v: k.layers.Dropout(v))) for v in (
        1.5, -0.1, "half", float("nan"))},
    **{f"Conv2D{v!r}": ("", made(lambda k, v=v: k.layers.Conv2D(*v))) for v in (
        (0, 3), (4, 0), (4, (3, 3, 3)), (4, "3"), (-1, 3))},
    "Conv2D(padding='sam')": ("", made(lambda k: k.layers.Conv2D(4, 3, padding="sam"))),
    "Conv2D(strides and dilation)": ("", made(
        lambda k: k.layers.Conv2D(4, 3, strides=2, dilation_rate=2))),
    "a kernel larger than the picture": ("", made(lambda k: k.Sequential(
        [k.layers.Input((4, 4, 1)), k.layers.Conv2D(2, 7)]))),
    "MaxPooling2D(0)": ("", made(lambda k: k.layers.MaxPooling2D(0))),
    "Embedding(0, 4)": ("", made(lambda k: k.layers.Embedding(0, 4))),
    "LSTM('8')": ("", made(lambda k: k.layers.LSTM("8"))),
    "Reshape that does not fit": ("", made(lambda k: k.Sequential(
        [k.layers.Input((4,)), k.layers.Reshape((3,))]))),
    "Add of other shapes": ("", made(lambda k: k.layers.Add()(
        [k.Input((4,)), k.Input((3,))]))),
    "Concatenate of other shapes": ("", made(lambda k: k.layers.Concatenate(axis=1)(
        [k.Input((4, 2)), k.Input((4, 3))]))),
    "a layer that is none": ("", made(lambda k: k.Sequential([5]))),
    "a class in the place of a layer": ("", made(lambda k: k.Sequential([k.layers.Dense]))),
    "two layers of one name": ("", made(lambda k: k.Sequential(
        [k.layers.Dense(1, name="a"), k.layers.Dense(1, name="a")]))),
    "an input of texts": ("", made(lambda k: k.Input("4"))),
    "an input of negative size": ("", made(lambda k: k.Input((-4,)))),
    "weights of another shape": ("", lambda k, m: m.set_weights([np.ones((3, 1)), np.ones(1)])),
    "weights too few": ("", lambda k, m: m.set_weights([np.ones((4, 1))])),
    "weights of texts": ("", lambda k, m: m.set_weights([np.full((4, 1), "a"), np.ones(1)])),
    "a Model of no tensors": ("", made(lambda k: k.Model(5, 6))),
    "an unconnected graph": ("", made(lambda k: k.Model(k.Input((4,)), k.Input((4,)) * 2.0))),
    "to_categorical of too few": ("", made(lambda k: k.utils.to_categorical([0, 5], 3))),
}  # fmt: skip


def try_bad(keras: Any, name: str) -> dict[str, Any]:
    """What becomes of one: in the worker."""
    which, act = BAD[name]
    made_ = MODELS[which](keras)
    before = [np.array(w) for w in made_.get_weights()]
    error: Exception | None = None
    try:
        act(keras, made_)
    except Exception as raised:
        error = raised
    changed = any(not np.array_equal(a, np.array(b), equal_nan=True)
                  for a, b in zip(before, made_.get_weights(), strict=True))  # fmt: skip
    if error is None:
        return {"trouble": "accepted in silence", "kind": "silent"}
    own = isinstance(error, LookupError) and "user's own" in str(error)
    if changed and not name.startswith("a generator"):
        return {"trouble": f"changed weights: {type(error).__name__}", "kind": "changed"}
    text = str(error)
    # Errors that name an internal, an operator of a library or nothing at all help nobody.
    cryptic = not isinstance(error, ValueError | TypeError | OSError | RuntimeError) or not text
    if keras.__name__ == "lamina":
        from lamina.errors import LaminaError

        plain = isinstance(error, TypeError) and "argument" in text  # Python's own, of a call
        cryptic = not isinstance(error, LaminaError) and not plain
    if cryptic and not own:
        return {"trouble": f"{type(error).__name__}: {text:.100}", "kind": "cryptic"}
    if len(text.splitlines()) > 12:
        return {"trouble": f"{len(text.splitlines())} lines", "kind": "long"}
    return {"trouble": None, "kind": "good"}


def run(run: Run) -> Iterator[Figure]:
    """Counts of errors."""
    names = list(BAD)[:: max(1, int(1 / run.part))]
    outcomes, silent = [], []
    with Worker(run.library, run.folder, patience=60) as worker:
        for name in names:
            told = worker.ask("torture.bad_input", "try_bad", name=name)
            found = told["returned"] or {"trouble": f"{told['raised']} {told['text']:.100}",
                                         "kind": "crash"}  # fmt: skip
            outcomes.append((name, found["trouble"]))
            silent.append((name, found["trouble"] if found["kind"] == "silent" else None))
    yield counted("bad inputs refused with a good error, before anything changed", outcomes)
    yield counted("bad inputs that were not accepted in silence", silent)
