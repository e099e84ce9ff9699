"""What a file may ask for, and what it may not name: each of these once came through, or hung."""

from __future__ import annotations

import io
import json
import zipfile

import h5py
import numpy as np
import pytest

import lamina as keras
from lamina.compat.small_utils import model_from_yaml
from lamina.errors import FileError, LaminaError, UnsupportedError, nearest
from lamina.saving.archive import Archive
from lamina.saving.json_text import read_json
from lamina.saving.limits import Limits

DENSE = {
    "module": "keras.layers", "class_name": "Dense", "config": {"units": 2},
    "registered_name": None,
}  # fmt: skip


def sequential(*layers, **more):
    config = {"name": "s", "layers": list(layers)}
    return json.dumps({"module": "keras", "class_name": "Sequential", "config": config, **more})


@pytest.mark.parametrize("kind", ["StringLookup", "IntegerLookup", "TextVectorization"])
def test_a_file_opens_no_vocabulary(kind, tmp_path):
    (tmp_path / "secret").write_text("1\n2\n", "utf-8")
    config = {"name": "x", "vocabulary": str(tmp_path / "secret")}
    layer = {**DENSE, "class_name": kind, "config": config}
    with pytest.raises(UnsupportedError, match="that a model's file names"):
        keras.models.model_from_json(sequential(layer))
    made = getattr(keras.layers, kind)(vocabulary=str(tmp_path / "secret"))
    assert made.vocabulary_size() >= 3


@pytest.mark.parametrize(
    "text",
    ['"\\' * 100_000, '["' + '\\"' * 100_000, '{"' + "x" * 1_000_000, "[" * 1_000_000,
     '{"a": ' * 500_000],
    ids=["open strings", "escapes", "a long key", "brackets", "dictionaries"],
)  # fmt: skip
def test_a_text_is_measured_in_one_walk(text):
    # A walk that begins again at each quote takes minutes for these.
    with pytest.raises(FileError):
        read_json(text, "a text")


def test_depth_counts_brackets_outside_of_strings():
    assert read_json('["[[[[", {"a]": [1]}]', "a text", Limits(depth=3))
    with pytest.raises(FileError, match="nested too deeply"):
        read_json('["[[[[", {"a]": [1]}]', "a text", Limits(depth=2))
    with pytest.raises(FileError, match="lists and dictionaries"):
        read_json("[[], {}, []]", "a text", Limits(containers=3))


def test_layers_are_counted_before_the_first_is_made():
    text = sequential(*[{**DENSE, "config": {"units": "none"}}] * 50)
    with pytest.raises(FileError, match="too many layers"):
        read_json(text, "a text", Limits(layers=49))
    assert read_json(text, "a text", Limits(layers=50))


@pytest.mark.parametrize(
    "text",
    [sequential().replace("[]", "{}"), '{"module": "keras", "class_name": "Sequential", '
     '"config": []}', sequential({**DENSE, "config": []}), sequential(5)],
    ids=["a dictionary of layers", "a list", "a layer's list", "a number"],
)  # fmt: skip
def test_what_is_no_configuration_is_refused(text):
    with pytest.raises(LaminaError, match="needs a"):
        keras.models.model_from_json(text)


@pytest.mark.parametrize("what", [{"loss": 5}, {"metrics": ["exec"]}, {"metrics": [5]},
                                  {"weighted_metrics": ["nonsense"]}], ids=str)  # fmt: skip
def test_what_can_be_no_loss_or_metric_is_refused_by_compile(what):
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1)])
    with pytest.raises(LaminaError, match=r"loss|metric"):
        model.compile("sgd", **{"loss": "mse", **what})
    assert not model.compiled


YAML = {
    "brackets": "[" * 50_000,
    "dashes": "- " * 3_000 + "x",
    "size": "a: " + "x" * (1 << 20),
    "aliases": "a: &a [x]\nb: [*a, *a]",
    "date": "class_name: 2001-99-99\nconfig: {}",
}


@pytest.mark.parametrize("name", YAML)
def test_yaml_within_limits(name):
    pytest.importorskip("yaml")
    with pytest.raises(FileError):
        model_from_yaml(YAML[name])


@pytest.mark.parametrize("mode", [0o060644, 0o010644, 0o020644, 0o120777], ids=oct)
def test_a_member_is_a_file_or_a_folder(mode):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        info = zipfile.ZipInfo("x")
        info.external_attr = mode << 16
        archive.writestr(info, "")
    with pytest.raises(FileError, match="link or a device"):
        Archive(content, "x")


def test_members_end_before_the_directory():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("x", b"hello")
    data = bytearray(content.getvalue())
    at = data.index(b"PK\1\2")
    data[at + 20 : at + 24] = (1 << 30).to_bytes(4, "little")
    with pytest.raises(FileError, match="reach beyond"):
        Archive(io.BytesIO(data), "x")


def test_a_long_word_is_like_none():
    assert nearest("dense" + "x" * 1_000_000, ["Dense", "Conv2D"]) == ["Dense"]


@pytest.mark.parametrize("name", ["m.keras", "m.h5", "m.weights.h5"])
def test_bounds_can_be_changed(name, tmp_path):
    path = tmp_path / name
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(2)])
    few, many = Limits(bytes=10), Limits(bytes=1 << 30)
    if name.endswith("weights.h5"):
        model.save_weights(path)
    else:
        model.save(path)
        with pytest.raises(FileError, match=r"too much|more data"):
            keras.models.load_model(path, limits=few)
        assert keras.models.load_model(path, limits=many).count_params() == 10
    with pytest.raises(FileError, match=r"too much|more data"):
        model.load_weights(path, limits=few)
    model.load_weights(path, limits=many)


def changed_array(tmp_path, content):
    """A model, and a file of its weights in which the kernel is another."""
    path = tmp_path / "m.weights.h5"
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3, name="dense")])
    model.save_weights(path)
    with h5py.File(path, "r+") as file:
        del file["layers/dense/vars/0"]
        if content is None:
            file.create_group("layers/dense/vars/0")
        else:
            file["layers/dense/vars/0"] = content
    return model, path


def test_a_group_is_no_array(tmp_path):
    model, path = changed_array(tmp_path, None)
    with pytest.raises(FileError, match="is no array"):
        model.load_weights(path)


def test_weights_of_float16_are_read(tmp_path):
    values = np.arange(12, dtype="float16").reshape(4, 3) / 7
    model, path = changed_array(tmp_path, values)
    model.load_weights(path)
    np.testing.assert_array_equal(model.get_weights()[0], values.astype("float32"))


def test_numbers_that_become_infinite_are_reported(tmp_path):
    model, path = changed_array(tmp_path, np.full((4, 3), 1e300))
    with pytest.warns(UserWarning, match="NaN or infinity in 1 of its weights"):
        model.load_weights(path)


def test_names_are_utf_8(tmp_path):
    path = tmp_path / "m.h5"
    keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3)]).save(path)
    with h5py.File(path, "r+") as file:
        file["model_weights"].attrs["layer_names"] = np.array([b"\xff"])
    with pytest.raises(FileError, match="no UTF-8"):
        keras.models.load_model(path)


@pytest.mark.parametrize("text", ['["\\ud800"]', '["\\uD83D x"]', '{"\\udc00": 1}'])
def test_half_a_pair_is_no_text(text):
    with pytest.raises(FileError, match="is no JSON"):
        read_json(text, "a text")
    assert read_json('["\\ud83d\\ude00"]', "a text") == ["😀"]
