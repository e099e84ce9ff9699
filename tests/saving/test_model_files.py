"""Models and weights in files: what comes back, own classes, and what is refused."""

from __future__ import annotations

import copy
import io
import json
import os
import pickle
import warnings
import zipfile

import h5py
import numpy as np
import pytest

import lamina as keras
from lamina import ops
from lamina.errors import ArgumentError, FileError, LaminaError, ShapeError, UnsupportedError
from lamina.models import graph_config
from lamina.saving.archive import Archive
from lamina.saving.atomic import replacing
from lamina.saving.json_text import read_json
from lamina.saving.limits import Limits

RANDOM = np.random.default_rng(5)
X = RANDOM.normal(size=(12, 4)).astype("float32")
Y = RANDOM.normal(size=(12, 1)).astype("float32")
NAMES = ("m.keras", "m.h5", "m.hdf5", "m", "folder/deep/m", "m.model", "m.tf")


def trained(**options):
    model = keras.Sequential(
        [keras.layers.Dense(3, activation="tanh"), keras.layers.Dropout(0.2), keras.layers.Dense(1)]
    )
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"], **options)
    model.fit(X, Y, batch_size=5, epochs=2, verbose=0)
    return model


@pytest.mark.parametrize("name", NAMES)
def test_a_model_goes_on_as_if_it_had_not_been_saved(name, tmp_path):
    model = trained()
    model.save(str(tmp_path / name))
    again = keras.models.load_model(tmp_path / name)
    for a, b in zip(model.optimizer.variables, again.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    for one in (model, again):
        one.layers[1].rate = 0.0  # states of seeds are in checkpoints, not in models
        one.compile(one.optimizer, "mse", metrics=["mae"])
        one.history = one.fit(X, Y, batch_size=5, epochs=2, shuffle=False, verbose=0)
    assert model.history.history == again.history.history
    for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert [p.name for p in (tmp_path / name).parent.iterdir()] == [(tmp_path / name).name]


@pytest.mark.parametrize("name", ["w.weights.h5", "w.h5", "w", "w.keras.weights.h5", "w.ckpt"])
def test_weights_come_back(name, tmp_path):
    model, other = trained(), trained()
    model.save_weights(tmp_path / name)
    other.load_weights(tmp_path / name)
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    model.save(tmp_path / "whole.keras")
    trained().load_weights(tmp_path / "whole.keras")


def test_weights_that_do_not_fit_change_nothing(tmp_path):
    trained().save_weights(tmp_path / "w.weights.h5")
    other = keras.Sequential(
        [keras.layers.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2)]
    )
    other.compile("adam", "mse")
    before = other.get_weights()
    with pytest.raises(ShapeError, match="has a weight 'kernel' of shape"):
        other.load_weights(tmp_path / "w.weights.h5")
    for a, b in zip(before, other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        other.load_weights(tmp_path / "w.weights.h5", skip_mismatch=True)
    assert any("left out" in str(w.message) for w in said)
    assert np.abs(other.get_weights()[0] - before[0]).max() > 0
    np.testing.assert_array_equal(other.get_weights()[2], before[2])


def test_layers_are_matched_by_name(tmp_path):
    kept = keras.layers.Dense(3, name="kept")
    keras.Sequential([keras.layers.Input((4,)), kept, keras.layers.Dense(1)]).save_weights(
        tmp_path / "w.h5"
    )
    new = keras.layers.Dense(3, name="kept")
    other = keras.Sequential([keras.layers.Input((4,)), new, keras.layers.Dense(7, name="new")])
    other.load_weights(tmp_path / "w.h5", by_name=True)
    np.testing.assert_array_equal(new.get_weights()[0], kept.get_weights()[0])


# ── own classes ──


@keras.saving.register_keras_serializable("mine")
class Registered(keras.layers.Layer):
    def __init__(self, units, activation="relu", **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.inner = keras.layers.Dense(units, activation=activation)

    def call(self, x):
        return self.inner(x)


class Own(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.first = Registered(units)
        self.blocks = [keras.layers.Dense(2), {"a": keras.layers.Dense(1)}]

    def call(self, x):
        return self.blocks[1]["a"](self.blocks[0](self.first(x)))


def own_loss(y_true, y_pred):
    return ops.mean(ops.square(y_true - y_pred), axis=-1)


@pytest.mark.parametrize("copied", ["file", "pickle", "deepcopy"])
def test_own_classes(copied, tmp_path):
    model = Own(3)
    model.compile("rmsprop", own_loss, metrics=[own_loss])
    model.fit(X, Y, verbose=0)
    if copied == "file":
        model.save(tmp_path / "m.keras")
        again = keras.models.load_model(tmp_path / "m.keras", {"Own": Own, "own_loss": own_loss})
    else:
        again = pickle.loads(pickle.dumps(model)) if copied == "pickle" else copy.deepcopy(model)
    assert isinstance(again, Own)
    np.testing.assert_array_equal(model.predict(X, verbose=0), again.predict(X, verbose=0))
    assert int(again.optimizer.iterations.numpy()) == 1
    again.fit(X, Y, verbose=0)


IN_ANOTHER_PROCESS = """
import sys, lamina as keras
try:
    print(keras.models.load_model(sys.argv[1], safe_mode=sys.argv[2] == "safe").name)
except Exception as error:
    print(type(error).__name__, error)
"""


def loaded_elsewhere(path, mode):
    import subprocess
    import sys

    ran = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS, str(path), mode], capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return ran.stdout


def test_code_in_a_file_runs_only_where_it_is_allowed(tmp_path):
    model = keras.Sequential(
        [keras.layers.Input((4,)), keras.layers.Lambda(lambda x: ops.tanh(x) * 2)], name="doubling"
    )
    model.save(tmp_path / "m.keras")
    np.testing.assert_array_equal(
        keras.models.load_model(tmp_path / "m.keras").predict(X, verbose=0),
        model.predict(X, verbose=0),
    )
    assert "UnsupportedError" in loaded_elsewhere(tmp_path / "m.keras", "safe")
    assert loaded_elsewhere(tmp_path / "m.keras", "unsafe") == "doubling\n"
    own = Own(2)
    own.build((None, 4))
    own.save(tmp_path / "o.keras")
    assert "custom_objects={'Own': the class}" in loaded_elsewhere(tmp_path / "o.keras", "unsafe")


def test_json():
    model = trained()
    again = keras.models.model_from_json(model.to_json())
    assert again.get_config() == model.get_config()
    assert again.optimizer.get_config() == model.optimizer.get_config()


def test_clones():
    i = keras.Input((4,))
    shared = keras.layers.Dense(4, activation="relu")
    model = keras.Model(i, keras.layers.Dense(2)(shared(shared(i)) * 2.0))
    clone = keras.models.clone_model(model)
    assert [x.name for x in clone.layers] == [x.name for x in model.layers]
    clone.set_weights(model.get_weights())
    np.testing.assert_array_equal(clone.predict(X, verbose=0), model.predict(X, verbose=0))
    linear = keras.models.clone_model(
        model, clone_function=lambda x: type(x).from_config({**x.get_config(), "use_bias": False})
    )
    assert len(linear.weights) == 2


# ── what is refused ──


def members_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def written(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def changed_config(change):
    def make(members):
        config = json.loads(members["config.json"])
        change(config)
        return {**members, "config.json": json.dumps(config)}

    return make


def _units(config):
    config["config"]["layers"][0]["config"]["units"] = 10**9
    config["config"]["layers"][0].pop("build_config", None)


def _module(config):
    config["config"]["layers"][0] |= {"module": "os", "class_name": "system", "config": "true"}


def _function(config):
    config["config"]["layers"][0]["config"]["activation"] = {
        "module": "builtins", "class_name": "function", "config": "exec",
        "registered_name": "exec",
    }  # fmt: skip


HOSTILE = {
    "no config": (lambda m: {k: v for k, v in m.items() if k != "config.json"}, "has no member"),
    "no weights": (lambda m: {k: v for k, v in m.items() if not k.endswith("h5")}, "has no model"),
    "list": (lambda m: {**m, "config.json": "[]"}, "describes no model"),
    "number": (lambda m: {**m, "config.json": "3"}, "describes no model"),
    "nan": (lambda m: {**m, "config.json": '{"a": NaN}'}, "is no JSON"),
    "twice": (lambda m: {**m, "config.json": '{"a": 1, "a": 2}'}, "comes twice"),
    "deep": (lambda m: {**m, "config.json": "[" * 5000 + "]" * 5000}, "nested too deeply"),
    "utf-16": (lambda m: {**m, "config.json": '{"a": 1}'.encode("utf-16")}, "UTF-8"),
    "traversal": (lambda m: {**m, "../x": "1"}, "leads elsewhere"),
    "absolute": (lambda m: {**m, "/etc/x": "1"}, "leads elsewhere"),
    "huge": (changed_config(_units), "describes weights that are not in it"),
    "module": (changed_config(_module), "found no class|makes no model"),
    "function": (changed_config(_function), "exec"),
    "empty weights": (lambda m: {**m, "model.weights.h5": b""}, "is no HDF5 file"),
    "cut weights": (
        lambda m: {**m, "model.weights.h5": m["model.weights.h5"][:900]}, "damaged|has"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_files_are_refused(name, tmp_path):
    trained().save(tmp_path / "m.keras")
    make, message = HOSTILE[name]
    path = written(tmp_path / "bad.keras", make(members_of(tmp_path / "m.keras")))
    with pytest.raises(LaminaError, match=message):
        keras.models.load_model(path)


def test_a_circle_of_layers_is_refused():
    i = keras.Input((4,), name="i")
    model = keras.Model(i, keras.layers.Dense(2, name="b")(keras.layers.Dense(4, name="a")(i)))
    text = model.to_json().replace('"keras_history": ["i", 0, 0]', '"keras_history": ["b", 0, 0]')
    with pytest.raises(ArgumentError, match="wait for each other"):
        keras.models.model_from_json(text)
    text = model.to_json().replace('"keras_history": ["i", 0, 0]', '"keras_history": ["c", 0, 0]')
    with pytest.raises(ArgumentError, match="wait for each other"):
        keras.models.model_from_json(text)


def test_outputs_of_no_layer_are_refused_before_any_is_called():
    i = keras.Input((4,), name="i")
    model = keras.Model(i, keras.layers.Reshape((2, 2), name="a")(i))
    config = json.loads(model.to_json())
    config["config"]["layers"][1]["config"]["target_shape"] = [3]
    with pytest.raises(ShapeError, match="cannot make rows"):
        keras.models.model_from_json(json.dumps(config))
    config["config"]["output_layers"] = ["gone", 0, 0]
    with pytest.raises(ArgumentError, match="names an output that is not there"):
        keras.models.model_from_json(json.dumps(config))


@pytest.mark.parametrize("step", [1, -1], ids=["in order", "the last first"])
def test_what_a_chain_of_layers_needs_is_looked_at_once(step, monkeypatch):
    """Each round of looking through all that waits made 10,000 layers take minutes."""
    looked = []
    histories = graph_config._histories

    def noted(value, where):
        looked.extend(["a call"] if "args" in value else [])
        return histories(value, where)

    monkeypatch.setattr(graph_config, "_histories", noted)
    x = i = keras.Input((4,), name="i")
    for n in range(40):
        x = keras.layers.Activation("relu", name=f"l{n}")(x)
    config = json.loads(keras.Model(i, x).to_json())
    config["config"]["layers"] = config["config"]["layers"][::step]
    model = keras.models.model_from_json(json.dumps(config))
    assert len(looked) == 40
    assert [layer.name for layer in model.layers[1:]] == [f"l{n}" for n in range(40)]


def test_archives_within_limits(tmp_path):
    plain = written(tmp_path / "a.zip", {"a": b"x" * 1000, "b": b"y"})
    with Archive(str(plain), "a.zip") as archive:
        assert archive.read("a") == b"x" * 1000
        with pytest.raises(FileError, match="too large"):
            archive.read("a", 10)
    with pytest.raises(FileError, match="too many members"):
        Archive(str(plain), "a.zip", Limits(members=1))
    with pytest.raises(FileError, match="unpacks to too much"):
        Archive(str(plain), "a.zip", Limits(bytes=500))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(100 << 20))
    with pytest.raises(FileError, match="grows beyond measure"):
        Archive(content, "bomb")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(content, "a") as archive:
            archive.writestr("zeros", b"")
    with pytest.raises(FileError, match=r"two members|grows"):
        Archive(content, "double")
    with zipfile.ZipFile(content, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(FileError, match="is a link"):
        Archive(content, "link")
    damaged = bytearray(plain.read_bytes())
    damaged[50] ^= 1
    with (
        Archive(io.BytesIO(damaged), "damaged") as archive,
        pytest.raises(FileError, match="damaged a"),
    ):
        archive.read("a")


def test_texts_within_limits():
    assert read_json('{"a": [1, "[[["]}', "text") == {"a": [1, "[[["]}
    for text, limits in (("[[1]]", Limits(depth=1)), ("[1, 2, 3]", Limits(values=2)),
                         ("[1]", Limits(config_bytes=2))):  # fmt: skip
        with pytest.raises(FileError):
            read_json(text, "text", limits)


def test_a_flipped_bit_is_found(tmp_path):
    model = trained()
    model.save_weights(tmp_path / "w.weights.h5")
    with h5py.File(tmp_path / "w.weights.h5", "r+") as file:
        array = file["layers/dense/vars/0"]
        array[0, 0] = np.nextafter(array[0, 0], 9, dtype="float32")
    with pytest.raises(FileError, match="another SHA-256"):
        model.load_weights(tmp_path / "w.weights.h5")


def test_nan_is_reported(tmp_path):
    model = trained()
    model.set_weights([np.full_like(w, np.nan) for w in model.get_weights()])
    model.save_weights(tmp_path / "w.weights.h5")
    with pytest.warns(UserWarning, match="NaN or infinity in 4 of its weights"):
        model.load_weights(tmp_path / "w.weights.h5")


def test_other_things(tmp_path):
    (tmp_path / "x.keras").write_bytes(b"hello")
    with pytest.raises(FileError, match="no model of Keras"):
        keras.models.load_model(tmp_path / "x.keras")
    with pytest.raises(FileNotFoundError):
        keras.models.load_model(tmp_path / "none.keras")
    with pytest.raises(UnsupportedError, match="no folder"):
        keras.models.load_model(tmp_path)
    with pytest.raises(LaminaError, match="has no weights yet"):
        keras.Sequential([keras.layers.Dense(1)]).save(tmp_path / "m.keras")


# ── nothing lost ──


def test_what_fails_leaves_what_was_there(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail():
        with replacing(path) as file:
            file.write(b"new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]
    with replacing(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["file"]


def test_links_and_modes_stay(tmp_path):
    path, link = tmp_path / "file", tmp_path / "link"
    path.write_bytes(b"old")
    path.chmod(0o640)
    link.symlink_to(path)
    with replacing(link) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    with pytest.raises(FileError, match="is a folder"), replacing(tmp_path):
        pass


KILLED = """
import os, sys, numpy as np, lamina as keras
model = keras.Sequential([keras.layers.Input((400,)), keras.layers.Dense(400)])
print("ready", flush=True)
for i in range(10_000):
    model.set_weights([np.full((400, 400), i, "float32"), np.full(400, i, "float32")])
    model.save(sys.argv[1])
"""


def test_a_killed_save_leaves_a_whole_file(tmp_path):
    import signal
    import subprocess
    import sys
    import time

    path = tmp_path / "m.keras"
    for wait in (0.05, 0.13, 0.31):
        child = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE)
        child.stdout.readline()
        while not path.exists():
            time.sleep(0.01)
        time.sleep(wait)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        kernel, bias = keras.models.load_model(path).get_weights()
        assert len({*kernel.ravel().tolist(), *bias.tolist()}) == 1
