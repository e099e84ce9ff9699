"""Keras' settings, scopes and dtype policies as lamina has them."""

from __future__ import annotations

import logging

import numpy as np
import pytest

import lamina
from lamina import backend, config, dtype_policies, layers, mixed_precision, ops, scopes
from lamina.errors import ArgumentError, UnsupportedError
from lamina.utils import split_dataset


@pytest.fixture(autouse=True)
def _as_before():
    yield
    config.enable_interactive_logging()
    config.set_dtype_policy("float32")
    config.set_epsilon(1e-7)


def test_progress_goes_to_the_log(capsys, caplog):
    model = lamina.Sequential([layers.Dense(1)])
    model.compile("sgd", "mse")
    config.disable_interactive_logging()
    with caplog.at_level(logging.INFO, "lamina"):
        model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=2)
    assert capsys.readouterr().out == ""
    assert "1/1" in caplog.text
    assert "loss" in caplog.text


def test_a_policy_is_the_dtype_of_layers_made_from_now_on():
    config.set_dtype_policy("float64")
    assert layers.Dense(2).dtype == config.dtype_policy().name == "float64"
    assert layers.Dense(2, dtype="float32").dtype_policy == lamina.DTypePolicy("float32")
    policy = dtype_policies.deserialize(dtype_policies.serialize(lamina.DTypePolicy("float64")))
    assert layers.Dense(2, dtype=policy).compute_dtype == "float64"
    mixed_precision.set_global_policy("float32")
    assert mixed_precision.global_policy().variable_dtype == "float32"
    for name in ("mixed_float16", "mixed_bfloat16", "float16", "int8_from_float32"):
        with pytest.raises(UnsupportedError, match="computes in float32"):
            config.set_dtype_policy(name)


def test_epsilon_hints_and_the_backend():
    config.set_epsilon(1e-3)
    assert backend.epsilon() == 1e-3
    config.disable_traceback_filtering()
    assert not config.is_traceback_filtering_enabled()
    config.enable_traceback_filtering()
    config.disable_flash_attention()
    assert not config.is_flash_attention_enabled()
    config.enable_flash_attention()
    assert config.backend() == backend.backend() == "lamina"
    config.set_backend("lamina")
    with pytest.raises(UnsupportedError, match="no backend but lamina"):
        config.set_backend("jax")


def test_dtypes_of_the_backend():
    assert backend.result_type("int32", float) == "float32"
    assert backend.result_type(int, "uint8") == "uint8"
    assert backend.is_int_dtype("uint8")
    assert not backend.is_float_dtype("bool")
    assert backend.is_keras_tensor(lamina.Input((2,)))
    assert not backend.is_keras_tensor(np.ones(2))
    first = backend.get_uid("thing")
    assert backend.get_uid("thing") == first + 1


def test_scopes():
    with scopes.name_scope("outer"), lamina.name_scope("inner"):
        layer = layers.Dense(1, name="last")
        layer(np.ones((1, 2)))
    assert layer.kernel.path == "outer/inner/last/kernel"
    with lamina.device("cpu:0"):
        assert float(ops.add(1.0, 2.0)) == 3.0
    with pytest.raises(UnsupportedError, match="computes on the processor"):
        lamina.device("gpu:0")
    with lamina.RematScope("full"):
        assert lamina.remat(abs) is abs
    with pytest.raises(ArgumentError, match="no such mode"):
        lamina.RematScope("some")


def test_losses_of_a_stateless_scope():
    class Added(layers.Layer):
        def call(self, x):
            self.add_loss(ops.sum(x))
            return x

    with lamina.StatelessScope(collect_losses=True) as scope:
        Added()(np.ones(3, "float32"))
    assert [float(loss) for loss in scope.losses] == [3.0]


def test_an_operation_and_a_function_between_symbols():
    class Twice(lamina.Operation):
        def call(self, x, more=0.0):
            return ops.add(ops.multiply(x, 2.0), more)

    twice = Twice()
    assert float(twice(np.float32(3.0))) == 6.0
    x = lamina.Input((2,))
    assert twice.compute_output_spec(x).shape == (None, 2)
    y = layers.ReLU()(twice(x, more=-3.0))
    function = lamina.Function(x, {"y": y})
    found = function(np.asarray([[1.0, 2.0]], "float32"))
    np.testing.assert_array_equal(found["y"], [[0.0, 1.0]])
    assert [type(o).__name__ for o in function.operations] == ["Twice", "ReLU"]
    assert function.compute_output_shape((None, 2)) == {"y": (None, 2)}
    assert lamina.utils.get_source_inputs(y) == [x]
    model = lamina.Model(x, y)
    np.testing.assert_array_equal(model.predict(np.asarray([[1.0, 2.0]]), verbose=0), [[0, 1]])


def test_a_configuration_of_names():
    made = lamina.utils.Config(rate=0.1)
    made.seed = 7
    made["units"] = 3
    assert (made.rate, made["seed"], made.get("none", 5), len(made)) == (0.1, 7, 5, 3)
    assert made.to_json() == '{"rate": 0.1, "seed": 7, "units": 3}'
    made.freeze()
    for change in (lambda: setattr(made, "x", 1), lambda: made.pop("rate"), made.update):
        with pytest.raises(ArgumentError, match="frozen"):
            change()
    with pytest.raises(AttributeError, match="did you mean rate"):
        _ = made.ratte


def test_splitting_samples():
    x, y = np.arange(10.0), np.arange(10)
    left, right = split_dataset((x, y), left_size=0.7)
    assert [float(a) for a, _ in left] == list(range(7))
    assert [int(b) for _, b in right] == [7, 8, 9]
    left, right = split_dataset(iter(x), right_size=4, shuffle=True, seed=1)
    assert sorted([*map(float, left), *map(float, right)]) == list(range(10))
    assert [batch.shape for batch in left.batch(4)] == [(4,), (2,)]
    for sizes in ({}, {"left_size": 12}, {"left_size": 0.7, "right_size": 0.7}):
        with pytest.raises(ArgumentError):
            split_dataset(x, **sizes)
