"""Programs that are had without tracing: equal models only, and never where a user's code runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.layers.layers import ROWS

import lamina as keras
from lamina import config, naming, ops
from lamina.engines.native import code
from lamina.errors import StateError
from lamina.graph import tensor
from lamina.graph.digest import digest
from lamina.layers.dense import Dense
from lamina.models import programs, recall
from lamina.models.likeness import likeness

X = np.random.default_rng(1).normal(size=(23, 3)).astype("float32")
Y = np.arange(23) % 2


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of the test's own, for the native engine."""
    for name, value in {"CACHE": "1", "CACHE_DIR": str(tmp_path), "ENGINE": "native"}.items():
        monkeypatch.setenv(f"LAMINA_{name}", value)
    for name in ("GUARD", "VERIFY"):
        monkeypatch.delenv(f"LAMINA_{name}", raising=False)
    _another_process()
    yield tmp_path
    _another_process()
    keras.config.set_floatx("float32")


def _another_process() -> None:
    """Nothing is known any more, and names are given from the first again."""
    code.forget()
    recall._seen.clear()
    naming.reset_names()
    tensor._count = 0


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one for each program that is traced."""
    found: list[int] = []
    build = programs.build_program

    def counted(*args: Any) -> Any:
        found.append(1)
        return build(*args)

    monkeypatch.setattr(programs, "build_program", counted)
    return found


def _net(activation: Any = "relu", **options: Any) -> list[Any]:
    return [
        keras.layers.Input((3,)), keras.layers.Dense(5, activation=activation, **options),
        keras.layers.Dropout(0.25, seed=7), keras.layers.Dense(2, activation="softmax"),
    ]  # fmt: skip


def _model(
    layers: Callable[[], list[Any]] = _net,
    optimizer: Callable[[], Any] = keras.optimizers.Adam,
    loss: Any = "sparse_categorical_crossentropy",
    metrics: Callable[[], list[Any]] = lambda: ["accuracy"],
) -> keras.Sequential:
    keras.utils.set_random_seed(3)
    model = keras.Sequential(layers())
    model.compile(optimizer(), loss, metrics=metrics())
    return model


def _fitted(model: keras.Model, **options: Any) -> list[np.ndarray]:
    model.fit(X, Y, batch_size=5, epochs=2, verbose=0, **options)
    return [*model.get_weights(), *model.optimizer.variables]


# ── recalled ──


@pytest.mark.parametrize(
    "options", [{}, {"validation_data": (X[:9], Y[:9])}], ids=["", "validated"]
)
@pytest.mark.parametrize("verify", ["0", "1"])
def test_a_recalled_program_does_the_same(
    options: dict[str, Any], verify: str, traced: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAMINA_VERIFY", verify)
    want = _fitted(_model(), **options)
    assert len(traced) == 1
    _another_process()
    got = _fitted(_model(), **options)
    assert len(traced) == (1 if verify == "0" else 2)
    for a, b in zip(want, got, strict=True):
        np.testing.assert_array_equal(a, b)


def test_it_is_traced_when_somebody_asks_for_its_graph(traced: list[int]) -> None:
    _fitted(first := _model())
    _another_process()
    _fitted(second := _model())
    assert len(traced) == 1
    ours, theirs = (m.explain().steps("train")[0].kernels for m in (first, second))
    assert ours == theirs
    assert len(traced) == 2


def test_a_model_that_has_changed_says_so() -> None:
    _fitted(_model())
    _another_process()
    _fitted(model := _model())
    model.layers[0].activation = ops.tanh
    with pytest.raises(StateError, match="has changed since it was compiled"):
        model.explain()


@pytest.mark.parametrize(
    "damage",
    [
        lambda o: {**o, "variables": [10_000] * len(o["variables"])},
        lambda o: {**o, "phases": {}},
        lambda o: [],
        lambda o: {**o, "written": ["0"]},
    ],
    ids=["variables", "phases", "form", "written"],
)
def test_a_damaged_outline_changes_no_result(
    damage: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    want = _fitted(_model())
    _another_process()
    memory = recall.memory_of("native")
    assert memory is not None
    load = type(memory).load

    def damaged(self: Any, *parts: object) -> bytes | None:
        found = load(self, *parts)
        return None if found is None else json.dumps(damage(json.loads(found))).encode()

    monkeypatch.setattr(type(memory), "load", damaged)
    for a, b in zip(want, _fitted(_model()), strict=True):
        np.testing.assert_array_equal(a, b)


def test_models_that_differ_in_names_leave_one_outline(folder: Path, traced: list[int]) -> None:
    _fitted(_model())
    entries = len(list(folder.iterdir()))
    _fitted(_model())
    assert len(traced) == 2
    assert len(list(folder.iterdir())) == entries


# ── likeness ──


def _like(model: keras.Model) -> str | None:
    found = likeness(model)
    return None if found is None else found[0]


def _changed(change: Callable[[keras.Sequential], object]) -> Callable[[], keras.Sequential]:
    def make() -> keras.Sequential:
        change(model := _model())
        return model

    return make


adam = keras.optimizers.Adam
OTHERS: dict[str, Callable[[], keras.Sequential]] = {
    "an activation": lambda: _model(lambda: _net("tanh")),
    "a regularizer": lambda: _model(lambda: _net(kernel_regularizer="l2")),
    "its strength": lambda: _model(lambda: _net(kernel_regularizer=keras.regularizers.L2(0.3))),
    "a constraint": lambda: _model(lambda: _net(kernel_constraint="non_neg")),
    "no bias": lambda: _model(lambda: _net(use_bias=False)),
    "another optimizer": lambda: _model(optimizer=keras.optimizers.Nadam),
    "its decay": lambda: _model(optimizer=lambda: adam(beta_1=0.8)),
    "its epsilon": lambda: _model(optimizer=lambda: adam(epsilon=1e-3)),
    "clipping": lambda: _model(optimizer=lambda: adam(clipnorm=1.0)),
    "averages": lambda: _model(optimizer=lambda: adam(use_ema=True)),
    "a schedule": lambda: _model(
        optimizer=lambda: adam(keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5))
    ),
    "another loss": lambda: _model(loss=keras.losses.SparseCategoricalCrossentropy(True)),
    "no metric": lambda: _model(metrics=list),
    "another metric": lambda: _model(metrics=lambda: [keras.metrics.MeanSquaredError()]),
    "a frozen layer": _changed(lambda m: setattr(m.layers[0], "trainable", False)),
    "a rate of dropout": _changed(lambda m: setattr(m.layers[1], "rate", 0.5)),
    "an attribute set later": _changed(lambda m: setattr(m.layers[0], "activation", ops.tanh)),
}  # fmt: skip


def test_equal_models_are_alike() -> None:
    first = _like(_model())
    _another_process()
    assert first is not None
    assert _like(_model()) == first


@pytest.mark.parametrize("name", OTHERS)
def test_whatever_changes_a_step_makes_models_unlike(name: str) -> None:
    first = _like(_model())
    _another_process()
    assert _like(OTHERS[name]()) != first


def test_the_default_float_counts() -> None:
    model = _model()
    first = _like(model)
    config.set_floatx("float64")
    assert _like(model) != first


def _digest(model: keras.Model, x: Any, y: np.ndarray) -> bytes | None:
    """Of the training program of a model, traced."""
    model.fit(x, y, batch_size=2, verbose=0)
    return digest(model._programs.runners[0].program)


# One row a layer; a cell is no layer of a model by itself, a user's function is never recalled.
FIRST = {n.split()[0]: r for n, r in reversed(ROWS.items()) if not r.cell and not r.own}
OPTIMIZERS = ("SGD", "RMSprop", "Adagrad", "Adadelta", "Adafactor", "Ftrl", "Lamb", "Lion")


@pytest.mark.filterwarnings("ignore:.*was given an input with a mask")
@pytest.mark.parametrize("name", FIRST)
def test_layers_that_are_alike_are_traced_to_equal_programs(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAMINA_ENGINE", "reference")
    row, found = FIRST[name], set()
    for seed in (3, 4):
        _another_process()
        keras.utils.set_random_seed(seed)
        inputs = [keras.layers.Input(shape[1:]) for shape in row.shapes]
        made = row.build(keras)(*row.arguments(inputs if len(inputs) > 1 else inputs[0]))
        flat = keras.layers.Flatten()(made[0] if isinstance(made, list | tuple) else made)
        model = keras.Model(inputs, keras.layers.Dense(1)(flat))
        model.compile("sgd", "mse")
        assert likeness(model) is not None
        traced = _digest(model, row.inputs(), np.zeros((row.shapes[0][0], 1), "float32"))
        found.add((_like(model), traced))
    assert len({traced for _, traced in found}) <= len({like for like, _ in found})


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_that_are_alike_are_traced_to_equal_programs(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAMINA_ENGINE", "reference")
    found = set()
    for _ in range(2):
        _another_process()
        model = _model(optimizer=getattr(keras.optimizers, name))
        found.add((_digest(model, X, Y), _like(model)))
    assert len(found) == 1
    assert None not in next(iter(found))


class _Own(keras.layers.Layer):
    def call(self, x: Any) -> Any:
        return x * 2.0


class _OwnAdam(keras.optimizers.Adam):
    pass


def _own(x: Any) -> Any:
    return ops.tanh(x)


def _own_call(x: Any, training: bool | None = None) -> Any:
    return ops.tanh(x)[:, :1] + np.zeros(5, "float32")


def _own_loss(y: Any, p: Any) -> Any:
    return ops.mean(ops.square(p), axis=-1)


USERS: dict[str, Callable[[], keras.Sequential]] = {
    "a layer": lambda: _model(lambda: [*_net(), _Own()]),
    "an activation": lambda: _model(lambda: _net(_own)),
    "a lambda": lambda: _model(lambda: _net(lambda x: x)),
    "an optimizer": lambda: _model(optimizer=_OwnAdam),
    "a loss": lambda: _model(loss=_own_loss),
    "a metric": lambda: _model(metrics=lambda: [_own_loss]),
    "a rate": lambda: _model(optimizer=lambda: adam(lambda: 0.1)),
    "a call of one layer": _changed(lambda m: setattr(m.layers[0], "call", _own_call)),
}


@pytest.mark.parametrize("name", USERS)
def test_code_of_a_user_is_always_traced(name: str, traced: list[int]) -> None:
    for count in (1, 2):
        _fitted(USERS[name]())
        assert len(traced) == count
        _another_process()


def test_what_is_set_on_a_class_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    model = _model()
    first = _like(model)
    monkeypatch.setattr(Dense, "something", 5, raising=False)
    assert _like(model) not in (None, first)


def test_a_class_that_somebody_patched_is_always_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _like(_model()) is not None
    monkeypatch.setattr(Dense, "call", lambda self, x: x)
    assert _like(_model()) is None
