"""Every optimizer against real Keras: steps on random gradients, eager and traced; state; names."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import pytest
from one_step import run_step
from recorded import Answers, flat

import lamina
from lamina import constraints, ops, optimizers
from lamina.errors import (
    ArgumentError,
    ArgumentTypeError,
    DataError,
    MissingNameError,
    NotBuiltError,
    ShapeError,
)
from lamina.graph.trace import Trace
from lamina.graph.variable import Variable

# Keras' own Variable.numpy() is behind NumPy 2's protocol, and says so.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

# float32 on both sides, the same formulas in maybe other orders, seven steps one after another.
CLOSE = {"rtol": 2e-5, "atol": 2e-6}
STEPS = 7
SHAPES = {"kernel": (3, 5), "bias": (5,), "odd": (2, 1, 7)}


@dataclass(frozen=True)
class Case:
    """An optimizer's class and arguments."""

    name: str
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """How pytest calls it."""
        return "-".join([self.name, *self.options])


CASES = [
    Case("SGD"),
    Case("SGD", {"momentum": 0.9}),
    Case("SGD", {"momentum": 0.7, "nesterov": True}),
    Case("RMSprop"),
    Case("RMSprop", {"momentum": 0.8, "rho": 0.7}),
    Case("RMSprop", {"centered": True, "epsilon": 1e-3}),
    Case("Adam"),
    Case("Adam", {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3}),
    Case("Adam", {"amsgrad": True}),
    Case("AdamW"),
    Case("AdamW", {"weight_decay": 0.2, "amsgrad": True}),
    Case("Adagrad"),
    Case("Adagrad", {"initial_accumulator_value": 0.5, "epsilon": 1e-2}),
    Case("Adadelta", {"learning_rate": 1.0}),
    Case("Adamax"),
    Case("Nadam"),
    Case("Ftrl", {"learning_rate": 0.1}),
    Case("Ftrl", {
        "learning_rate": 0.1, "l1_regularization_strength": 0.01, "beta": 0.2,
        "l2_regularization_strength": 0.1, "l2_shrinkage_regularization_strength": 0.1,
        "learning_rate_power": -0.4,
    }),
    Case("Lion"),
    Case("Muon"),
    Case("Muon", {"rms_rate": None, "nesterov": False, "exclude_layers": ["bias"]}),
    Case("Muon", {"exclude_layers": ["kern"], "adam_lr_ratio": 0.5, "weight_decay": None}),
    Case("ScheduleFreeAdamW"),
    Case("ScheduleFreeAdamW", {"warmup_steps": 4, "weight_decay": 0.1}),
    Case("Lamb"),
    Case("Adafactor"),
    Case("Adafactor", {"relative_step": False, "clip_threshold": 0.5}),
]  # fmt: skip
SHARED = [
    Case("Adam", {"weight_decay": 0.1}),
    Case("SGD", {"clipnorm": 0.7, "momentum": 0.5}),
    Case("SGD", {"clipvalue": 0.2}),
    Case("Adam", {"global_clipnorm": 0.9}),
    Case("Adam", {"use_ema": True}),
    Case("SGD", {"use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 3}),
    Case("Adam", {"loss_scale_factor": 8.0}),
    Case("Adam", {"gradient_accumulation_steps": 3}),
    Case("Nadam", {"gradient_accumulation_steps": 2}),
    Case("SGD", {
        "gradient_accumulation_steps": 2, "use_ema": True, "ema_overwrite_frequency": 2,
        "weight_decay": 0.05, "momentum": 0.9, "clipnorm": 1.0,
    }),
]  # fmt: skip


def weights(kind: Any, dtype: str = "float32") -> list[Any]:
    """Weights of lamina's or Keras' Variable, the same each time."""
    rng = np.random.default_rng(1)
    return [kind(rng.normal(size=shape).astype(dtype), name=name) for name, shape in SHAPES.items()]


def gradients(step: int, dtype: str = "float32") -> list[np.ndarray]:
    """The gradients of a step; one entry is exactly zero."""
    rng = np.random.default_rng(100 + step)
    found = [rng.normal(size=shape).astype(dtype) for shape in SHAPES.values()]
    found[1][2] = 0.0
    return found


def values(variables: Sequence[Any]) -> list[np.ndarray]:
    """The values of variables of either library."""
    return [np.asarray(v.numpy() if isinstance(v, Variable) else v.value) for v in variables]


def pair(case: Case) -> tuple[Any, Any]:
    """The optimizer of lamina's and Keras' own."""
    return (
        getattr(optimizers, case.name)(**case.options),
        getattr(keras.optimizers, case.name)(**case.options),
    )


def history(optimizer: Any, variables: Sequence[Any], step: Any) -> np.ndarray:
    """Weights and state after each step and at the end, all numbers one after another."""
    found = []
    optimizer.build(variables)
    for i in range(STEPS):
        step(optimizer, i, variables)
        found += values([*variables, *optimizer.variables])
    optimizer.finalize_variable_values(variables)
    return flat(*found, *values(variables))


def eagerly(optimizer: Any, i: int, variables: Sequence[Any]) -> None:
    """One step of lamina's."""
    optimizer.apply(gradients(i), variables)


def traced(optimizer: Any, i: int, variables: Sequence[Any]) -> None:
    """One step as a graph; the last one on both engines."""
    last = i == STEPS - 1
    run_step(lambda *grads: optimizer.apply(grads) or (), gradients(i), native=last)


def in_keras(optimizer: Any, i: int, variables: Sequence[Any]) -> None:
    """One step of Keras'."""
    optimizer.apply([keras.ops.convert_to_tensor(g) for g in gradients(i)], variables)


def keras_history(case: Case) -> np.ndarray:
    """What Keras' optimizer goes through."""
    return history(pair(case)[1], weights(keras.Variable), in_keras)


ANSWERS = Answers(
    __file__, {case.id: functools.partial(keras_history, case) for case in CASES + SHARED}
)


def test_keras_still_answers_as_recorded() -> None:
    ANSWERS.check_live(2, seed=3, **CLOSE)


@pytest.mark.parametrize("case", CASES + SHARED, ids=lambda c: c.id)
def test_eager_and_traced_steps_are_those_of_keras(case: Case) -> None:
    for step in (eagerly, traced):
        optimizer = getattr(optimizers, case.name)(**case.options)
        found = history(optimizer, weights(Variable), step)
        np.testing.assert_allclose(found, ANSWERS[case.id], **CLOSE)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.id)
def test_float64_is_whole(case: Case) -> None:
    """In float64 all state is float64 and lies as near the float32 run as that is exact."""
    ours, _ = pair(case)
    single, _ = pair(case)
    w, v = weights(Variable, "float64"), weights(Variable)
    for step in range(3):
        ours.apply(gradients(step, "float64"), w)
        single.apply(gradients(step), v)
    moments = [x for x in ours.variables[2:] if x.dtype != "int32"]
    assert {x.dtype for x in [*w, *moments]} == {"float64"}
    for a, b in zip(values(w), values(v), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("case", CASES + SHARED, ids=lambda c: c.id)
def test_variables_have_keras_names_and_order(case: Case) -> None:
    ours, theirs = pair(Case(case.name, {**case.options, "name": "opt"}))
    ours.build(weights(Variable))
    theirs.build(weights(keras.Variable))
    found = [(v.path, v.shape, v.dtype) for v in ours.variables]
    # Keras makes a few scalars outside its scope: some without a name ("variable_7").
    paths = [re.sub(r"^variable(_\d+)?$", "opt/u_product", v.path) for v in theirs.variables]
    paths = ["opt/bias" if path == "bias" else path for path in paths]
    assert found == [
        (path, tuple(v.shape), v.dtype) for path, v in zip(paths, theirs.variables, strict=True)
    ]


@pytest.mark.parametrize("case", CASES + SHARED, ids=lambda c: c.id)
def test_configuration_is_that_of_keras(case: Case) -> None:
    ours, theirs = pair(Case(case.name, {**case.options, "name": "mine"}))
    assert optimizers.serialize(ours) == keras.optimizers.serialize(theirs)
    again = optimizers.deserialize(optimizers.serialize(ours))
    assert again.get_config() == ours.get_config()


@pytest.mark.parametrize("name", sorted({c.name for c in CASES}))
def test_signatures_are_those_of_keras(name: str) -> None:
    ours = inspect.signature(getattr(optimizers, name)).parameters
    theirs = dict(inspect.signature(getattr(keras.optimizers, name)).parameters)
    theirs.pop("kwargs")
    found = [(k, p.default) for k, p in ours.items() if k != "unknown"]
    assert found == [(k, p.default) for k, p in theirs.items()]


def test_a_subclass_has_its_own_signature() -> None:
    class Mine(optimizers.Adam):
        def __init__(self, rate: float, **options: Any) -> None:
            super().__init__(learning_rate=rate, **options)

    assert list(inspect.signature(Mine).parameters) == ["rate", "options"]
    assert Mine(0.5, clipnorm=1.0).clipnorm == 1.0


def test_a_rule_of_ones_own_traces_with_what_is_shared() -> None:
    """w <- w - r sign(g), clipped and decayed, against the same written by hand."""

    class Sign(optimizers.Optimizer):
        def build(self, variables: Sequence[Variable]) -> None:
            super().build(variables)
            self.counts = self.add_optimizer_variables(variables, "count")

        def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
            count = self.counts[self._get_variable_index(variable)]
            self.assign_add(count, 1.0)
            self.assign_sub(variable, ops.cast(learning_rate, variable.dtype) * ops.sign(gradient))

    rule = Sign(learning_rate=0.5, weight_decay=0.1, gradient_accumulation_steps=2)
    w = Variable(np.asarray([1.0, -2.0], "float32"), name="w")
    rule.build([w])
    for g in ([1.0, -9.0], [-3.0, 1.0], [2.0, 2.0]):
        run_step(lambda g: rule.apply([g]) or (), [np.asarray(g, "float32")], native=True)
    decayed = np.asarray([1.0, -2.0]) * (1 - 0.1 * 0.5)
    np.testing.assert_allclose(w.numpy(), decayed - 0.5 * np.sign([-1.0, -4.0]), rtol=1e-6)
    assert [v.path for v in rule.variables[2:]] == [
        f"{rule.name}/w_gradient_accumulator", f"{rule.name}/w_count",
    ]  # fmt: skip
    np.testing.assert_allclose(rule.counts[0].numpy(), 1.0)


def test_positional_arguments_reach_the_base() -> None:
    sgd = optimizers.SGD(0.1, 0.9, True, 0.01, None, 0.5)
    assert (sgd.momentum, sgd.nesterov, sgd.weight_decay, sgd.clipvalue) == (0.9, True, 0.01, 0.5)
    adamw = optimizers.AdamW(0.1, 0.02, 0.8, 0.9, 1e-5, True, 1.5)
    assert (adamw.weight_decay, adamw.beta_1, adamw.amsgrad, adamw.clipnorm) == (
        0.02, 0.8, True, 1.5,
    )  # fmt: skip


def test_the_learning_rate_can_be_set_and_is_state_of_a_trace() -> None:
    sgd = optimizers.SGD(0.5)
    (w,) = [Variable(np.ones(3, "float32"), name="w")]
    sgd.build([w])
    with Trace() as trace:
        sgd.apply([np.ones(3, "float32")])
    assert sgd._learning_rate in trace.reads
    sgd.learning_rate = 0.25
    run_step(lambda g: sgd.apply([g]) or (), [np.ones(3, "float32")])
    np.testing.assert_allclose(w.numpy(), 0.75)
    assert float(sgd.learning_rate) == 0.25
    sgd.learning_rate = optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    assert [v.name for v in sgd.variables] == ["iteration"]
    with pytest.raises(ArgumentError, match="is given by a schedule"):
        sgd.learning_rate = 0.1


def test_a_function_gives_the_learning_rate() -> None:
    rates = iter([0.5, 0.25])
    sgd = optimizers.SGD(lambda: next(rates))
    w = Variable(np.ones(2, "float32"), name="w")
    sgd.apply([np.ones(2)], [w])
    sgd.apply([np.ones(2)], [w])
    np.testing.assert_allclose(w.numpy(), 0.25)


def test_weight_decay_spares_what_is_excluded() -> None:
    for libs in ((optimizers, Variable), (keras.optimizers, keras.Variable)):
        sgd = libs[0].SGD(0.1, weight_decay=0.5)
        w = weights(libs[1])
        sgd.exclude_from_weight_decay(var_list=[w[0]], var_names=["bia"])
        before = values(w)
        sgd.apply([np.zeros(x.shape, "float32") for x in before], w)
        after = values(w)
        np.testing.assert_array_equal(after[0], before[0])
        np.testing.assert_array_equal(after[1], before[1])
        np.testing.assert_allclose(after[2], before[2] * 0.95, rtol=1e-6)


def test_constraints_hold_after_each_step() -> None:
    w = Variable(np.ones((3, 2), "float32"), name="w", constraint=constraints.NonNeg())
    optimizers.SGD(1.0).apply([np.asarray([[2.0, 0.5]] * 3)], [w])
    np.testing.assert_allclose(w.numpy(), [[0.0, 0.5]] * 3)


def test_a_missing_gradient_leaves_its_variable_and_warns() -> None:
    w = weights(Variable)
    before = w[1].numpy()
    adam = optimizers.Adam()
    with pytest.warns(UserWarning, match=r"does not depend on the variables \['bias'\]"):
        adam.apply([gradients(0)[0], None, gradients(0)[2]], w)
    np.testing.assert_array_equal(w[1].numpy(), before)
    with pytest.raises(DataError, match="no gradient for any variable"):
        adam.apply([None, None, None], w)


def test_stateless_apply_changes_nothing_but_says_what_would() -> None:
    adam, twin = optimizers.Adam(0.1), optimizers.Adam(0.1)
    w, v = weights(Variable), weights(Variable)
    adam.build(w)
    before = values([*w, *adam.variables])
    new, state = adam.stateless_apply(values(adam.variables), gradients(0), values(w))
    for a, b in zip(values([*w, *adam.variables]), before, strict=True):
        np.testing.assert_array_equal(a, b)
    twin.apply(gradients(0), v)
    for a, b in zip([*new, *state], values([*v, *twin.variables]), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def test_weights_of_the_optimizer_can_be_set() -> None:
    adam, other = optimizers.Adam(0.1), optimizers.Adam(0.2)
    w = weights(Variable)
    adam.apply(gradients(0), w)
    other.build(w)
    other.set_weights(values(adam.variables))
    for a, b in zip(values(other.variables), values(adam.variables), strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(ShapeError, match="needs 8 values"):
        other.set_weights([1.0])


@pytest.mark.parametrize("name", ["adam", "RMSPROP", "Sgd", "adamw", "Ftrl"])
def test_get_finds_names_in_any_case(name: str) -> None:
    assert type(optimizers.get(name)).__name__ == type(keras.optimizers.get(name)).__name__


ERRORS = [
    (lambda: optimizers.get("adamm"), ArgumentError, "did you mean 'adam'"),
    (lambda: optimizers.RMSProp, MissingNameError, "did you mean RMSprop"),
    (lambda: optimizers.get(3), ArgumentTypeError, "needs an optimizer: its name"),
    (lambda: optimizers.Adam(learning_rte=0.1), ArgumentError, "did you mean 'learning_rate'"),
    (lambda: optimizers.Adam("fast"), ArgumentError, "needs a number, a LearningRateSchedule"),
    (lambda: optimizers.SGD(momentum=2.0), ArgumentError, "from 0 to 1"),
    (lambda: optimizers.SGD(clipnorm=1.0, clipvalue=1.0), ArgumentError, "takes only one of"),
    (lambda: optimizers.SGD(gradient_accumulation_steps=1), ArgumentError, "from 2 up"),
    (lambda: optimizers.SGD(use_ema=True, ema_momentum=1.5), ArgumentError, "from 0 to 1"),
    (lambda: optimizers.SGD(use_ema=True, ema_overwrite_frequency=0), ArgumentError, "from 1 up"),
    (lambda: optimizers.Lion(beta_1=0), ArgumentError, "above 0"),
    (lambda: optimizers.Ftrl(learning_rate_power=1.0), ArgumentError, "up to 0"),
    (lambda: optimizers.AdamW(weight_decay=None), ArgumentError, "use Adam"),
    (lambda: optimizers.SGD().apply([np.ones(2)]), NotBuiltError, "does not know the variables"),
    (lambda: optimizers.SGD().apply([1.0, 2.0], weights(Variable)), ShapeError, "one gradient"),
]


@pytest.mark.parametrize(("call", "error", "words"), ERRORS)
def test_errors_say_what_is_wrong(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


def test_other_variables_share_its_rate_and_its_count_of_steps() -> None:
    """Adam's formula, t counting the steps of both sets, as optimizers of Keras 2 counted."""
    adam = optimizers.Adam(0.1)
    sets = [Variable(np.full(3, float(k), "float32")) for k in (1, 2)]
    rows = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
    moments = [np.zeros((2, 3)), np.zeros((2, 3))]
    expected = [np.array(v.numpy(), "float64") for v in sets]
    for t, g in enumerate(rows, 1):
        which = (0, 1, 1, 0, 1, 0)[t - 1]
        if t == 4:
            adam.learning_rate = 0.05
        adam.apply_gradients([(g, sets[which])])
        m, v = moments[which]
        m += 0.1 * (g - m)
        v += 0.001 * (np.square(g) - v)
        rate = (0.1 if t < 4 else 0.05) * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        expected[which] -= rate * m / (np.sqrt(v) + 1e-7)
    assert int(adam.iterations.numpy()) == 6
    for variable, value in zip(sets, expected, strict=True):
        # float32 beside float64 over three steps
        np.testing.assert_allclose(variable.numpy(), value, rtol=1e-4, atol=1e-5)


def test_one_optimizer_trains_two_models() -> None:
    """Each as its own would, for a rule without a count of steps."""
    x = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")
    y = x.sum(axis=1, keepdims=True)

    def trained(shared: bool) -> list[np.ndarray]:
        given = [optimizers.SGD(0.1, momentum=0.9) for _ in range(2)]
        models = [lamina.Sequential([lamina.Input((3,)), lamina.layers.Dense(1)]) for _ in range(2)]
        for k, model in enumerate(models):
            model.set_weights([np.full((3, 1), 0.1 * k), np.zeros(1)])
            model.compile(given[0 if shared else k], "mse")
        for model in (*models, models[0]):
            model.fit(x, y, batch_size=8, shuffle=False, verbose=0)
            model.train_on_batch(x, y)
        return [w for model in models for w in model.get_weights()]

    for a, b in zip(trained(True), trained(False), strict=True):
        np.testing.assert_array_equal(a, b)
