"""Every schedule against real Keras: rates at many steps, eager and traced; configurations."""

from __future__ import annotations

import inspect
from typing import Any

import keras
import numpy as np
import pytest
from one_step import run_step

from lamina.errors import ArgumentError
from lamina.optimizers import SGD, schedules

CASES: list[tuple[str, dict[str, Any]]] = [
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.8}),
    ("ExponentialDecay", {
        "initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.8, "staircase": True,
    }),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.5}),
    ("InverseTimeDecay", {
        "initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.5, "staircase": True,
    }),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 9}),
    ("PolynomialDecay", {
        "initial_learning_rate": 0.1, "decay_steps": 9, "power": 2.0, "cycle": True,
        "end_learning_rate": 0.01,
    }),
    ("PiecewiseConstantDecay", {"boundaries": [3, 8], "values": [1.0, 0.5, 0.1]}),
    ("PiecewiseConstantDecay", {"boundaries": [4], "values": [0.2, 0.1]}),
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 11, "alpha": 0.1}),
    ("CosineDecay", {
        "initial_learning_rate": 0.01, "decay_steps": 8, "warmup_target": 0.1, "warmup_steps": 4,
    }),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 3}),
    ("CosineDecayRestarts", {
        "initial_learning_rate": 0.1, "first_decay_steps": 5, "t_mul": 1.0, "m_mul": 0.7,
        "alpha": 0.05,
    }),
]  # fmt: skip
IDS = [f"{name}-{i}" for i, (name, _) in enumerate(CASES)]
# Steps at which the floor of a float32 logarithm may fall on either side are left out (3 * 2 + 3).
STEPS = [0, 1, 2, 4, 5, 7, 8, 10, 12, 13, 17, 30, 100]


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_rates_are_those_of_keras(name: str, options: dict[str, Any]) -> None:
    ours = getattr(schedules, name)(**options)
    theirs = getattr(keras.optimizers.schedules, name)(**options)
    for step in STEPS:
        expected = float(theirs(step))
        np.testing.assert_allclose(float(ours(step)), expected, rtol=3e-6, atol=1e-8)
        (traced,) = run_step(lambda s: ours(s[0]), [np.asarray([step], "int32")])
        np.testing.assert_allclose(traced, expected, rtol=3e-6, atol=1e-8)


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_configuration_is_that_of_keras(name: str, options: dict[str, Any]) -> None:
    ours = getattr(schedules, name)(**options)
    theirs = getattr(keras.optimizers.schedules, name)(**options)
    config = schedules.serialize(ours)
    assert config == keras.optimizers.schedules.serialize(theirs)
    assert schedules.deserialize(config).get_config() == ours.get_config()
    whole = SGD(ours, name="s")
    assert SGD.from_config(whole.get_config()).get_config() == whole.get_config()


@pytest.mark.parametrize("name", sorted({name for name, _ in CASES}))
def test_signatures_are_those_of_keras(name: str) -> None:
    ours = inspect.signature(getattr(schedules, name)).parameters
    theirs = inspect.signature(getattr(keras.optimizers.schedules, name)).parameters
    assert [(k, p.default) for k, p in ours.items()] == [(k, p.default) for k, p in theirs.items()]


@pytest.mark.parametrize(
    "make",
    [
        lambda: schedules.ExponentialDecay(0.1, 0, 0.5),
        lambda: schedules.PiecewiseConstantDecay([1], [0.1]),
        lambda: schedules.CosineDecayRestarts(0.1, 5, t_mul=0),
    ],
)
def test_illegal_arguments_are_refused(make: Any) -> None:
    with pytest.raises(ArgumentError, match="needs"):
        make()
