"""Texts and files in the forms of Keras 1 and 2, written here by hand."""

from __future__ import annotations

import json
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

import lamina as keras
from lamina.errors import LaminaError
from lamina.saving.legacy_h5.older_weights import fitted

RANDOM = np.random.default_rng(5)
TENSORFLOW, THEANO = (SimpleNamespace(attrs={"backend": b}) for b in (b"tensorflow", "theano"))


def built(layer, shape):
    layer.build(shape)
    return layer


def per_gate(order, inputs, units):
    """W, U, b of each gate of Keras 1, in its order, and by gate."""
    shapes = ((inputs, units), (units, units), (units,))
    gates = {g: [RANDOM.normal(size=s).astype("float32") for s in shapes] for g in order}
    return [array for gate in order for array in gates[gate]], gates


@pytest.mark.parametrize(
    ("layer", "order", "now"),
    [(keras.layers.LSTM(3), "icfo", "ifco"),
     (keras.layers.GRU(3, reset_after=False), "zrh", "zrh")],
    ids=["LSTM", "GRU"],
)  # fmt: skip
def test_gates_of_keras_1_stand_side_by_side(layer, order, now):
    arrays, gates = per_gate(order, 2, 3)
    found = fitted(built(layer, (None, 5, 2)), arrays, TENSORFLOW)
    for part in range(3):
        want = np.concatenate([gates[g][part] for g in now], axis=-1)
        np.testing.assert_array_equal(found[part], want)


def test_biases_of_cudnn_are_two_rows():
    layer = built(keras.layers.GRU(2), (None, 4, 3))
    kernel, recurrent = np.ones((3, 6), "f4"), np.ones((2, 6), "f4")
    found = fitted(layer, [kernel, recurrent, np.arange(12.0)], TENSORFLOW)
    np.testing.assert_array_equal(found[2], np.arange(12.0).reshape(2, 6))


def test_kernels_have_todays_axes():
    conv = built(keras.layers.Conv2D(5, (2, 3)), (None, 8, 8, 4))
    kernel = RANDOM.normal(size=(5, 4, 2, 3))
    found = fitted(conv, [kernel, np.zeros(5)], TENSORFLOW)
    np.testing.assert_array_equal(found[0], kernel.transpose(2, 3, 1, 0))
    turned = fitted(conv, [kernel, np.zeros(5)], THEANO)
    np.testing.assert_array_equal(turned[0], kernel.transpose(2, 3, 1, 0)[::-1, ::-1])
    flat = built(keras.layers.Conv1D(5, 3), (None, 8, 4))
    kernel = RANDOM.normal(size=(3, 1, 4, 5))
    found = fitted(flat, [kernel, np.zeros(5)], TENSORFLOW)
    np.testing.assert_array_equal(found[0], kernel[:, 0])
    same = fitted(flat, [kernel[:, 0], np.zeros(5)], TENSORFLOW)
    np.testing.assert_array_equal(same[0], kernel[:, 0])


def layer(kind, name, inbound, **config):
    return {"class_name": kind, "name": name, "config": {"name": name, **config},
            "inbound_nodes": inbound}  # fmt: skip


GRAPH = {
    "class_name": "Model",
    "config": {
        "name": "old",
        "layers": [
            layer("InputLayer", "i", [], batch_input_shape=[None, 3], dtype="float32"),
            layer("Dense", "d", [[["i", 0, 0, {}]], [["d", 0, 0, {}]]], units=3, activation="tanh"),
            layer("Sequential", "s", [[["d", 1, 0, {}]]], layers=[
                {"class_name": "Dense", "config": {"name": "inner", "units": 3,
                                                   "batch_input_shape": [None, 3]}}]),
            layer("Add", "a", [[["d", 0, 0, {}], ["s", 1, 0, {}]]]),
        ],
        "input_layers": [["i", 0, 0]],
        "output_layers": [["a", 0, 0], ["d", 1, 0]],
    },
}  # fmt: skip


def test_a_graph_of_keras_2():
    model = keras.models.model_from_json(json.dumps(GRAPH))
    w, b, v, c = (RANDOM.normal(size=w.shape) for w in model.get_weights())
    model.set_weights([w, b, v, c])
    x = RANDOM.normal(size=(4, 3)).astype("float32")
    first = np.tanh(x @ w + b)
    second = np.tanh(first @ w + b)
    want = first + second @ v + c, second
    # Rounding of float32 in three products of three terms.
    for a, y in zip(model.predict(x, verbose=0), want, strict=True):
        np.testing.assert_allclose(a, y, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("place", [["z", 0, 0, {}], ["a", 0, 0, {}], ["d", 7, 0, {}], ["i", 0, 3]])
def test_circles_and_places_that_are_not_there(place):
    text = json.dumps(GRAPH).replace('[["i", 0, 0, {}]]', json.dumps([place]))
    with pytest.raises(LaminaError):
        keras.models.model_from_json(text)


def test_a_list_of_layers_and_wrappers_of_keras_1():
    entries = [
        {"class_name": "TimeDistributed", "config": {
            "name": "t", "batch_input_shape": [None, 4, 3],
            "layer": {"class_name": "Dense", "config": {
                "name": "d", "output_dim": 2, "activation": "linear"}}}},
        {"class_name": "CuDNNLSTM", "config": {"name": "l", "units": 3}},
        {"class_name": "Dense", "config": {"name": "e", "output_dim": 1, "init": "glorot_uniform",
                                           "dtype": {"class_name": "DTypePolicy", "config": {
                                               "name": "float32"}}}},
    ]  # fmt: skip
    model = keras.models.model_from_json(json.dumps({"class_name": "Sequential",
                                                     "config": entries}))  # fmt: skip
    assert model.input_shape == (None, 4, 3)
    assert [w.shape for w in model.get_weights()] == [
        (3, 2), (2,), (2, 12), (3, 12), (12,), (3, 1), (1,)]  # fmt: skip


def trained(optimizer):
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(3, name="a")])
    model.compile(optimizer, "mse")
    x = RANDOM.normal(size=(9, 2))
    model.fit(x, RANDOM.normal(size=(9, 3)), verbose=0)
    return model


def test_moments_of_keras_2_stand_by_kind(tmp_path):
    model, path = trained("adam"), tmp_path / "m.h5"
    model.save(path)
    by_name = {v.path: v.numpy() for v in model.optimizer.variables}
    kinds = ("iteration", "momentum", "velocity")
    names = [n for kind in kinds for n in by_name if kind in n]
    assert len(names) == 5
    with h5py.File(path, "r+") as file:
        del file["optimizer_weights"]
        group = file.create_group("optimizer_weights")
        for i, name in enumerate(names):
            group[f"w{i}"] = by_name[name]
        group.attrs["weight_names"] = [f"w{i}".encode() for i in range(5)]
        config = json.loads(file.attrs["training_config"])
        inner = config["optimizer_config"]["config"]
        inner["lr"] = inner.pop("learning_rate")
        config["sample_weight_mode"] = "temporal"
        file.attrs["training_config"] = json.dumps(config)
    again = keras.models.load_model(path)
    for name, variable in zip(by_name, again.optimizer.variables, strict=True):
        np.testing.assert_array_equal(variable.numpy(), by_name[name])


def test_a_state_that_does_not_fit_is_left_out(tmp_path):
    model, path = trained("adam"), tmp_path / "m.h5"
    model.save(path)
    with h5py.File(path, "r+") as file:
        group = file["optimizer_weights"]
        group.attrs["weight_names"] = group.attrs["weight_names"][1:2]
    assert int(keras.models.load_model(path).optimizer.iterations.numpy()) == 0


class Own(keras.Sequential):
    def compile(self, optimizer="sgd", **options):
        super().compile(optimizer, "mse")


def test_a_compile_of_ones_own_is_left_to_its_author(tmp_path):
    model = Own([keras.layers.Input((2,)), keras.layers.Dense(1)])
    model.compile()
    model.save(tmp_path / "m.keras")
    with pytest.warns(UserWarning, match="`compile` of its own"):
        again = keras.models.load_model(tmp_path / "m.keras", {"Own": Own})
    assert not again.compiled
