"""Everything as a configuration and back: what has no class of its own, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import lamina as keras
from lamina.errors import ArgumentError, LaminaError, UnsupportedError
from lamina.saving import (
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    serialize_keras_object,
)


class Plain:
    """A class of the user's with a configuration."""

    def __init__(self, n=1):
        self.n = n

    def get_config(self):
        return {"n": self.n}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def own(x):
    return x


@pytest.mark.parametrize(
    ("value", "kind"),
    [(slice(1, None, 2), "__slice__"), (Ellipsis, "__ellipsis__"), (b"abc", "__bytes__"),
     (np.arange(3, dtype="int16"), "__numpy__")],
    ids=["slice", "ellipsis", "bytes", "array"],
)  # fmt: skip
def test_values_come_back(value, kind):
    config = serialize_keras_object(value)
    assert config["class_name"] == kind
    again = deserialize_keras_object(config)
    assert type(again) is type(value)
    assert np.array_equal(again, value) if isinstance(value, np.ndarray) else again == value


def test_structures_come_back():
    value = {"a": [1, 2.5, "x", None, True], "b": {"c": []}}
    assert deserialize_keras_object(serialize_keras_object(value)) == value
    assert serialize_keras_object((1, np.float32(2))) == (1, 2.0)
    tensor = serialize_keras_object(keras.ops.convert_to_tensor([1.0, 2.0]))
    assert np.asarray(deserialize_keras_object(tensor)).tolist() == [1.0, 2.0]
    twin = {"class_name": "__tuple__", "config": {"value": [1, 2]}}
    assert deserialize_keras_object(twin) == (1, 2)


@pytest.mark.parametrize(
    "thing",
    [keras.losses.Huber(0.5), keras.metrics.Precision(0.3), keras.optimizers.Adam(0.01),
     keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.5), keras.initializers.HeNormal(seed=1),
     keras.regularizers.L2(0.1), keras.constraints.MaxNorm(2), keras.layers.Dense(3, name="d"),
     keras.dtype_policies.DTypePolicy("float64")],
    ids=lambda thing: type(thing).__name__,
)  # fmt: skip
def test_objects_come_back(thing):
    config = serialize_keras_object(thing)
    assert config["module"].startswith("keras")
    again = deserialize_keras_object(config)
    assert type(again) is type(thing)
    assert serialize_keras_object(again) == config


def test_functions_and_classes_of_ours_come_back_by_name():
    for function in (keras.activations.relu, keras.losses.mean_squared_error):
        assert deserialize_keras_object(serialize_keras_object(function)) is function
    metric = {"class_name": "function", "config": "binary_accuracy", "module": "builtins"}
    assert deserialize_keras_object(metric) is keras.metrics.binary_accuracy
    assert serialize_keras_object(Plain) == "Plain"


def test_own_classes_are_found_where_they_were_made_known():
    config = serialize_keras_object(Plain(4))
    assert deserialize_keras_object(config).n == 4  # since this process wrote it
    foreign = {**config, "module": "elsewhere", "class_name": "Other"}
    with pytest.raises(ArgumentError, match="found no class"):
        deserialize_keras_object(foreign)
    assert deserialize_keras_object(foreign, {"Other": Plain}).n == 4
    with custom_object_scope({"Other": Plain}):
        assert deserialize_keras_object(foreign).n == 4
    assert deserialize_keras_object(foreign, module_objects={"Other": Plain}).n == 4
    get_custom_objects()["Other"] = Plain
    try:
        assert deserialize_keras_object(foreign).n == 4
    finally:
        del get_custom_objects()["Other"]


def test_registration():
    class Known(Plain):
        pass

    assert register_keras_serializable("here", "Short")(Known) is Known
    assert get_registered_name(Known) == "here>Short"
    assert get_registered_object("here>Short") is Known
    assert get_registered_object("none") is None
    assert get_registered_object("none", module_objects={"none": own}) is own
    assert get_registered_name(own) == "own"
    assert get_registered_name([]) == "[]"
    with pytest.raises(ArgumentError, match="get_config"):
        register_keras_serializable()(type("Bare", (), {}))
    with pytest.raises(LaminaError, match="needs a dictionary"):
        custom_object_scope([Known])


REFUSED = {
    "an object": (lambda: serialize_keras_object(object()), UnsupportedError, "get_config"),
    "an argument": (lambda: deserialize_keras_object({}, nonsense=1), ArgumentError, "nonsense"),
    "a kind": (lambda: deserialize_keras_object({"class_name": "__x__", "config": {}}),
               ArgumentError, "unknown kind"),
    "objects in arrays": (lambda: deserialize_keras_object(
        {"class_name": "__numpy__", "config": {"value": [1], "dtype": "O"}}), ArgumentError,
        "none of numbers"),
    "a name of a kind": (lambda: deserialize_keras_object(
        {"module": "keras.losses", "class_name": "Hubert", "config": {}}), ArgumentError, "Huber"),
    "a layer's name": (lambda: deserialize_keras_object(
        {"module": "keras.layers", "class_name": "Dens", "config": {}}), ArgumentError, "Dense"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name):
    act, error, text = REFUSED[name]
    with pytest.raises(error, match=text):
        act()


def test_the_code_of_lambdas_runs_only_when_it_may():
    config = serialize_keras_object(lambda x: x + 1)
    other = {**config, "config": {**config["config"], "defaults": [2]}}
    with pytest.raises(UnsupportedError):
        deserialize_keras_object(other)
    assert deserialize_keras_object(other, safe_mode=False)(3) == 4
