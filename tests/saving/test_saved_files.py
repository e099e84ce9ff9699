"""What the functions that save and load take, in each format."""

from __future__ import annotations

import io
import json
import warnings

import h5py
import numpy as np
import pytest

import lamina as keras
from lamina.errors import ArgumentError, FileError, LaminaError, UnsupportedError
from lamina.saving import atomic, limits
from lamina.saving.archive import Archive

X = np.random.default_rng(3).normal(size=(9, 4)).astype("float32")


def model(units=3, **options):
    made = keras.Sequential(
        [keras.layers.Input((4,)), keras.layers.Dense(units, name="a"),
         keras.layers.Dense(1, name="b")]
    )  # fmt: skip
    if options:
        made.compile(**options)
        made.fit(X, X[:, :1], verbose=0)
    return made


def assert_equal(one, other):
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
def test_without_the_optimizer(name, tmp_path):
    made = model(optimizer="adam", loss="mse")
    made.save(tmp_path / name, include_optimizer=False)
    assert made.compiled
    assert made.optimizer is not None
    assert not keras.models.load_model(tmp_path / name).compiled
    made.save(tmp_path / name)
    assert keras.models.load_model(tmp_path / name).compiled
    assert not keras.models.load_model(tmp_path / name, compile=False).compiled


def test_open_files(tmp_path):
    made, content = model(), io.BytesIO()
    made.save(content)
    content.seek(0)
    assert_equal(keras.models.load_model(content), made)
    made.save(tmp_path / "m.h5")
    with open(tmp_path / "m.h5", "rb") as file:
        assert_equal(keras.models.load_model(file), made)


def test_an_existing_file_is_asked_about(tmp_path, monkeypatch):
    path = tmp_path / "m.keras"
    path.write_bytes(b"old")
    answers = iter(["n", "y"])
    monkeypatch.setattr("builtins.input", lambda text: next(answers))
    for save in (model().save, lambda p, overwrite: None):
        save(path, overwrite=False)
    assert path.read_bytes() == b"old"
    model().save(path, overwrite=False)
    assert path.read_bytes()[:2] == b"PK"

    def nobody(text):
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    with pytest.raises(ArgumentError, match="finds a file of this name"):
        model().save_weights(path, overwrite=False)
    monkeypatch.setattr("builtins.input", lambda text: "no")
    before = path.read_bytes()
    model().save_weights(path, overwrite=False)
    assert path.read_bytes() == before


def test_names_without_an_ending_make_their_folder(tmp_path, monkeypatch):
    made = model()
    made.save(tmp_path / "deep" / "er" / "m")
    assert_equal(keras.models.load_model(tmp_path / "deep" / "er" / "m"), made)
    monkeypatch.setenv("HOME", str(tmp_path))
    made.save("~/home.keras")
    assert (tmp_path / "home.keras").exists()


REFUSED = {
    "a folder": (lambda p: model().save(p / "m", zipped=False), UnsupportedError, "no folder"),
    "hints": (lambda p: model().save(p / "m.keras", nonsense=1), LaminaError, "nonsense"),
    "no path": (lambda p: model().save(5), LaminaError, "needs the path"),
    "an empty path": (lambda p: model().save(""), LaminaError, "needs the path"),
    "shards": (lambda p: model().save_weights(p / "m.weights.h5", max_shard_size=1),
               UnsupportedError, "one file"),
    "no text": (lambda p: keras.models.model_from_json(5), LaminaError, "needs a text"),
    "no model": (lambda p: keras.models.model_from_json("[1]"), FileError, "describes no model"),
    "weights that are none": (lambda p: (
        (p / "w").write_bytes(b"hello world"), model().load_weights(p / "w")), FileError,
        "no weights"),
    "weights as a model": (lambda p: (
        model().save_weights(p / "w.h5"), keras.models.load_model(p / "w.h5")), FileError,
        "holds weights, but no model"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name, tmp_path):
    act, error, text = REFUSED[name]
    with pytest.raises(error, match=text):
        act(tmp_path)


@pytest.mark.parametrize("kind", ["w.h5", "w.weights.h5"])
def test_weights_of_another_model(kind, tmp_path):
    model(3).save_weights(tmp_path / kind)
    other = model(5)
    before = other.get_weights()
    with pytest.raises(LaminaError, match="shape"):
        other.load_weights(tmp_path / kind)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        other.load_weights(tmp_path / kind, skip_mismatch=True)
    assert sum("left out" in str(w.message) for w in said) == 2
    for a, b in zip(before[:3], other.get_weights()[:3], strict=True):
        np.testing.assert_array_equal(a, b)
    shallow = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1)])
    with pytest.raises(LaminaError):
        shallow.load_weights(tmp_path / kind)


class Noted(keras.layers.Layer):
    """A layer with an asset and a store of its own."""

    def __init__(self, text="", **options):
        super().__init__(**options)
        self.text = text

    def call(self, x):
        return x

    def save_assets(self, folder):
        with open(f"{folder}/note.txt", "w", encoding="utf-8") as file:
            file.write(self.text)

    def load_assets(self, folder):
        with open(f"{folder}/note.txt", encoding="utf-8") as file:
            self.text = file.read()

    def save_own_variables(self, store):
        store["length"] = len(self.text)

    def load_own_variables(self, store):
        self.length = int(np.asarray(store["length"]))


def test_assets_and_own_stores(tmp_path):
    made = keras.Sequential([keras.layers.Input((4,)), Noted("hello"), keras.layers.Dense(1)])
    made.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras", {"Noted": Noted})
    noted = again.layers[0]
    assert (noted.text, noted.length) == ("hello", 5)
    with h5py.File(tmp_path / "w.weights.h5", "w") as file:
        file["x"] = 1
    with pytest.raises((LaminaError, KeyError)):
        again.load_weights(tmp_path / "w.weights.h5")


def test_devices_are_written_to_directly(tmp_path):
    with atomic.replacing("/dev/null") as file:
        file.write(b"x")


def test_free_memory_bounds_what_is_read(monkeypatch):
    monkeypatch.setattr(limits, "_free_memory", lambda: 1000)
    assert limits.Limits().most_bytes() == 500
    monkeypatch.undo()
    monkeypatch.setattr(limits.Path, "read_text", lambda *a: "nothing of use")
    assert limits._free_memory() == 16 * limits.GIB

    def fail(*arguments):
        raise OSError

    monkeypatch.setattr(limits.Path, "read_text", fail)
    assert limits.Limits().most_bytes() == 8 * limits.GIB


def test_an_archive_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        Archive(str(tmp_path / "none.zip"), "none.zip")


def test_many_names_are_written_in_pieces(tmp_path):
    # HDF5 holds at most 64 KB in an attribute.
    layers = [keras.layers.Dense(1, name=f"layer_{i}_{'x' * 500}") for i in range(150)]
    made = keras.Sequential([keras.layers.Input((1,)), *layers])
    made.save_weights(tmp_path / "w.h5")
    with h5py.File(tmp_path / "w.h5") as file:
        assert "layer_names0" in file.attrs
    values = [np.full(w.shape, i, "float32") for i, w in enumerate(made.get_weights())]
    made.set_weights(values)
    made.load_weights(tmp_path / "w.h5", by_name=True)
    assert any((a != b).any() for a, b in zip(values, made.get_weights(), strict=True))


ENTRIES = {"a number": 5, "numbers": [5], "lists": [[]],
           "a truth value": [{"class_name": "Dense", "config": True}]}  # fmt: skip


@pytest.mark.parametrize("name", ENTRIES)
@pytest.mark.parametrize("kind", ["Model", "Sequential"])
def test_texts_of_older_keras_are_guarded_too(kind, name):
    inner = {"layers": ENTRIES[name], "input_layers": [None], "output_layers": [None]}
    with pytest.raises(LaminaError):
        keras.models.model_from_json(json.dumps({"class_name": kind, "config": inner}))
