"""Every initializer: Keras' values where there is no chance, else the distribution by its moments,
bounds and quantiles; seeds, configurations, names.
"""

from __future__ import annotations

import functools
import inspect
import math
from typing import Any

import keras
import numpy as np
import pytest
from recorded import Answers, flat

from lamina import initializers, random
from lamina.errors import ArgumentError, ShapeError
from lamina.random import distributions

FIXED: list[tuple[str, dict[str, Any], tuple[int, ...]]] = [
    ("Zeros", {}, (3, 2)), ("Ones", {}, (4,)), ("Constant", {"value": 2.5}, (2, 2)),
    ("Constant", {"value": [1.0, 2.0]}, (3, 2)), ("Identity", {}, (3, 3)),
    ("Identity", {"gain": 0.5}, (2, 4)), ("zeros", {}, ()), ("constant", {}, (1,)),
]  # fmt: skip
CHANCE: list[tuple[str, dict[str, Any], tuple[int, ...]]] = [
    ("RandomNormal", {}, (90, 70)), ("RandomNormal", {"mean": 1.0, "stddev": 0.5}, (6000,)),
    ("RandomUniform", {}, (90, 70)), ("RandomUniform", {"minval": 1.0, "maxval": 3.0}, (6000,)),
    ("TruncatedNormal", {"mean": -1.0, "stddev": 2.0}, (90, 70)),
    ("GlorotUniform", {}, (100, 60)), ("GlorotNormal", {}, (100, 60)), ("HeUniform", {}, (80, 80)),
    ("HeNormal", {}, (3, 3, 30, 40)), ("LecunUniform", {}, (5000,)), ("LecunNormal", {}, (70, 90)),
    ("VarianceScaling", {}, (60, 100)),
    ("VarianceScaling", {"scale": 3.0, "mode": "fan_out", "distribution": "uniform"}, (60, 100)),
    ("VarianceScaling", {"mode": "fan_avg", "distribution": "untruncated_normal"}, (60, 100)),
    ("VarianceScaling", {"input_axes": [0], "output_axes": [1, 2]}, (40, 10, 20)),
]  # fmt: skip
IDS = [f"{name}-{i}" for i, (name, _, _) in enumerate(CHANCE)]


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
@pytest.mark.parametrize(("name", "options", "shape"), FIXED)
def test_what_is_fixed_is_that_of_keras(
    name: str, options: dict[str, Any], shape: tuple[int, ...], dtype: str
) -> None:
    if dtype == "int32":
        options = {key: 2 for key in options}
    value = getattr(initializers, name)(**options)(shape, dtype=dtype)
    expected = getattr(keras.initializers, name)(**options)(shape, dtype="float32")
    assert value.dtype == dtype
    np.testing.assert_array_equal(value, np.asarray(expected))


def portrait(sample: Any) -> np.ndarray:
    """Mean, spread, largest size and seven quantiles of a sample."""
    x = np.ravel(np.asarray(sample)).astype("float64")
    points = [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99]
    return flat(x.mean(), x.std(), np.abs(x).max(), np.quantile(x, points))


def keras_portrait(name: str, options: dict[str, Any], shape: tuple[int, ...]) -> np.ndarray:
    """The portrait of what Keras draws."""
    return portrait(getattr(keras.initializers, name)(**options, seed=12)(shape))


ANSWERS = Answers(
    __file__,
    {key: functools.partial(keras_portrait, *case) for key, case in zip(IDS, CHANCE, strict=True)},
)


def test_keras_still_answers_as_recorded() -> None:
    ANSWERS.check_live(2, seed=1, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("key", IDS)
def test_distributions_are_those_of_keras(key: str, dtype: str) -> None:
    """Two samples of n each: their means differ by less than 5 standard errors, spreads by 5 %,
    quantiles by 12 % of the spread, and bounded distributions have the same bound.
    """
    name, options, shape = CHANCE[IDS.index(key)]
    sample = getattr(initializers, name)(**options, seed=11)(shape, dtype=dtype)
    assert (sample.dtype, sample.shape) == (dtype, shape)
    ours, theirs = portrait(sample), ANSWERS[key]
    spread = theirs[1]
    assert abs(ours[0] - theirs[0]) < 5 * spread * math.sqrt(2 / math.prod(shape))
    assert abs(ours[1] / spread - 1) < 0.05
    assert np.abs(ours[3:] - theirs[3:]).max() < 0.12 * spread
    if name != "RandomNormal" and options.get("distribution") != "untruncated_normal":
        assert abs(ours[2] / theirs[2] - 1) < 0.02


@pytest.mark.parametrize("shape", [(5, 5), (7, 3), (3, 7), (2, 3, 4), (1, 6)])
def test_orthogonal_rows_or_columns_have_length_gain(shape: tuple[int, ...]) -> None:
    value = np.asarray(initializers.Orthogonal(gain=1.5, seed=3)(shape, dtype="float64"))
    matrix = value.reshape(-1, shape[-1])
    small = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    np.testing.assert_allclose(small @ small.T, 2.25 * np.eye(len(small)), atol=1e-12)


def test_orthogonal_is_uniform_over_rotations() -> None:
    """The mean of a first entry over seeds is 0 and its square 1 / n (Haar measure, n = 3)."""
    first = [float(initializers.Orthogonal(seed=s)((3, 3))[0, 0]) for s in range(400)]
    assert abs(np.mean(first)) < 5 / math.sqrt(3 * 400)
    assert abs(np.mean(np.square(first)) - 1 / 3) < 0.08


@pytest.mark.parametrize("name", sorted({name for name, _, _ in CHANCE} | {"Orthogonal"}))
def test_seeds_decide_the_values(name: str) -> None:
    """As in Keras: a number or none repeats, a generator goes on, two seedless ones differ."""
    make = getattr(initializers, name)
    first, same, third = (np.asarray(make(seed=seed)((5, 4))) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, third)
    seedless, other = make(), make()
    np.testing.assert_array_equal(seedless((5, 4)), seedless((5, 4)))
    assert not np.array_equal(seedless((5, 4)), other((5, 4)))
    going_on = make(seed=random.SeedGenerator(7))
    assert not np.array_equal(going_on((5, 4)), going_on((5, 4)))


def test_the_global_seed_decides_seedless_values() -> None:
    values = []
    for _ in range(2):
        random.set_random_seed(5)
        values.append(np.asarray(initializers.GlorotUniform()((3, 3))))
    np.testing.assert_array_equal(*values)


@pytest.mark.parametrize(("name", "options", "shape"), [*FIXED, *CHANCE])
def test_configuration_is_that_of_keras(
    name: str, options: dict[str, Any], shape: tuple[int, ...]
) -> None:
    ours, theirs = getattr(initializers, name)(**options), getattr(keras.initializers, name)
    config = initializers.serialize(ours)
    expected = keras.initializers.serialize(theirs(**options))
    # Keras leaves the gain of Identity out and so forgets it.
    assert expected["config"].items() <= config["config"].items()
    assert {**config, "config": 0} == {**expected, "config": 0}
    assert initializers.deserialize(config).get_config() == ours.get_config()
    np.testing.assert_array_equal(
        initializers.get({**config, "config": {**config["config"], **_seed(config)}})(shape),
        getattr(initializers, name)(**options, **_seed(config))(shape),
    )


def _seed(config: dict[str, Any]) -> dict[str, int]:
    return {"seed": 3} if "seed" in config["config"] else {}


def test_a_seed_generator_survives_its_configuration() -> None:
    first = initializers.HeNormal(seed=random.SeedGenerator(9))
    again = initializers.deserialize(initializers.serialize(first))
    np.testing.assert_array_equal(again((4, 4)), first((4, 4)))


NAMES = sorted(
    n for n in dir(keras.initializers)
    if not n.startswith("_") and n not in ("get", "serialize", "deserialize")
    and "stft" not in n.lower()
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_signatures_and_names_are_those_of_keras(name: str) -> None:
    ours, theirs = getattr(initializers, name), getattr(keras.initializers, name)
    assert [(k, p.default) for k, p in inspect.signature(ours).parameters.items()] == [
        (k, p.default) for k, p in inspect.signature(theirs).parameters.items()
    ]
    assert isinstance(initializers.get(name), ours)


def test_get_takes_arrays_functions_and_objects() -> None:
    array = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(initializers.get(array)((2, 3), dtype="float32"), array)
    with pytest.raises(ShapeError, match="has shape"):
        initializers.get(array)((3, 2))
    one = initializers.Ones()
    assert initializers.get(one) is one
    assert initializers.get(None) is None
    assert isinstance(initializers.get("normal"), initializers.RandomNormal)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: initializers.VarianceScaling(scale=-1.0), ArgumentError),
        (lambda: initializers.VarianceScaling(mode="fan"), ArgumentError),
        (lambda: initializers.VarianceScaling(distribution="cauchy"), ArgumentError),
        (lambda: initializers.RandomNormal(seed="a"), ArgumentError),
        (lambda: initializers.Orthogonal()((3,)), ShapeError),
        (lambda: initializers.Identity()((3,)), ShapeError),
        (lambda: initializers.get("glorot_unifrom"), ArgumentError),
    ],
)
def test_illegal_arguments_are_refused(call: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        call()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("draw", [random.uniform, random.normal, random.truncated_normal])
def test_what_is_drawn_in_blocks_are_the_bits_of_one_draw(
    draw: Any, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 3 x 41 entries, in blocks of every size that divides them unevenly."""
    whole = np.asarray(draw((3, 41), -1.0, 2.0, dtype=dtype, seed=9))
    for block in (1, 7, 41, 122):
        monkeypatch.setattr(distributions, "BLOCK", block)
        np.testing.assert_array_equal(draw((3, 41), -1.0, 2.0, dtype=dtype, seed=9), whole)
        rows = np.linspace(-1.0, 1.0, 3, dtype=dtype)[:, None]
        scaled = np.asarray(draw((3, 41), rows, 2.0, dtype=dtype, seed=9))
        np.testing.assert_array_equal(scaled[0], whole[0])
