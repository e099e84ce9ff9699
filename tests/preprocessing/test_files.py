"""Pictures of files, one by one and in batches of a folder or a table, against Keras."""

from __future__ import annotations

import builtins
import io

import keras as judge
import numpy as np
import pandas as pd
import pytest
from folder_of_pictures import CLASSES, write_pictures
from keras.src.legacy.preprocessing import image as old

import lamina as keras
from lamina.errors import ArgumentError, ArgumentTypeError, DependencyError, ShapeError
from lamina.preprocessing import image

pytestmark = pytest.mark.filterwarnings("ignore:Please import:DeprecationWarning",
                                        "ignore:'mode' parameter:DeprecationWarning")  # fmt: skip
RNG = np.random.default_rng(6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_pictures(tmp_path_factory.mktemp("pictures"))


# ── one by one ──


LOADS = [
    {}, {"color_mode": "grayscale"}, {"color_mode": "rgba"}, {"target_size": (5, 6)},
    {"target_size": (12, 31), "interpolation": "bilinear"},
    {"target_size": (20, 6), "interpolation": "lanczos", "keep_aspect_ratio": True},
    {"target_size": (6, 20), "interpolation": "box", "keep_aspect_ratio": True},
    {"target_size": (7, 9), "interpolation": "hamming"},
    {"target_size": (9, 7), "interpolation": "bicubic", "color_mode": "grayscale"},
]  # fmt: skip


@pytest.mark.parametrize("given", LOADS)
@pytest.mark.parametrize("name", ["ants/0.png", "ants/1.png", "bees/deep/2.png", "cats/3.bmp"])
def test_a_picture_is_loaded_as_by_keras(name, given, folder):
    path = folder / name
    for source in (path, str(path), lambda: io.BytesIO(path.read_bytes())):
        ours, theirs = (
            m.utils.load_img(source() if callable(source) else source, **given)
            for m in (keras, judge)
        )
        assert ours.mode == theirs.mode
        for data_format in (None, "channels_first", "channels_last"):
            a, b = (
                m.utils.img_to_array(img, data_format)
                for m, img in ((keras, ours), (judge, theirs))
            )
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("shape", [(5, 4, 1), (5, 4, 3), (5, 4, 4)])
@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_an_array_becomes_keras_picture(shape, scale, data_format, tmp_path):
    for high in (200, 1.0, 0.0):
        x = RNG.uniform(0, high, shape)
        x = x if data_format == "channels_last" else x.transpose(2, 0, 1)
        ours, theirs = (m.utils.array_to_img(x, data_format, scale) for m in (keras, judge))
        assert ours.mode == theirs.mode
        np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))
    keras.utils.save_img(tmp_path / "a.png", x, data_format, scale=scale)
    judge.utils.save_img(tmp_path / "b.png", x, data_format, scale=scale)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_other_kinds_of_pictures(tmp_path):
    large = np.full((3, 4, 1), 70000.0)
    assert keras.utils.array_to_img(large, scale=False).mode == "I"
    with pytest.warns(UserWarning, match="no transparency"):
        keras.utils.save_img(tmp_path / "a.JPG", np.ones((4, 4, 4)))
    assert keras.utils.load_img(tmp_path / "a.JPG").size == (4, 4)
    keras.utils.save_img(tmp_path / "b", np.ones((4, 4, 3)), file_format="png")
    assert keras.utils.img_to_array(keras.utils.load_img(tmp_path / "b")).shape == (4, 4, 3)
    np.testing.assert_array_equal(keras.utils.img_to_array(np.ones((2, 3)), "channels_first"),
                                  np.ones((1, 2, 3)))  # fmt: skip


def test_without_pillow_an_error_says_what_to_install(folder, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.split(".")[0] == "PIL":
            raise ImportError("No module named 'PIL'")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    for call in (lambda: keras.utils.load_img(folder / "ants/0.png"),
                 lambda: keras.utils.array_to_img(np.ones((2, 2, 1))),
                 lambda: keras.utils.image_dataset_from_directory(folder)):  # fmt: skip
        with pytest.raises(DependencyError) as caught:
            call()
        assert "needs Pillow" in caught.value.what
        assert "lamina[images]" in caught.value.mend
    # Brightness, and all other changes, need none.
    image.ImageDataGenerator(brightness_range=(0.5, 2)).random_transform(np.ones((3, 3, 3)))


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [(lambda f: keras.utils.load_img(f, color_mode="hsv"), ArgumentError, "color_mode"),
     (lambda f: keras.utils.load_img(f, target_size=(3, 3), interpolation="x"), ArgumentError,
      "interpolation"),
     (lambda f: keras.utils.load_img(5), ArgumentTypeError, "a path or a BytesIO"),
     (lambda f: keras.utils.array_to_img(np.ones((3, 3))), ShapeError, "one picture"),
     (lambda f: keras.utils.array_to_img(np.ones((3, 3, 2))), ShapeError, "1, 3 or 4 channels"),
     (lambda f: keras.utils.img_to_array(np.ones((1, 3, 3, 2))), ShapeError, "one picture")],
)  # fmt: skip
def test_errors_say_what_is_wrong(call, error, match, folder):
    with pytest.raises(error, match=match):
        call(folder / "ants/0.png")


# ── of a folder ──


FLOWS = [
    {}, {"class_mode": "sparse"}, {"class_mode": None}, {"class_mode": "input"},
    {"class_mode": "binary", "classes": ["cats", "ants"]}, {"color_mode": "grayscale"},
    {"color_mode": "rgba", "interpolation": "bilinear", "keep_aspect_ratio": True},
    {"subset": "training"}, {"subset": "validation", "class_mode": "sparse"},
    {"shuffle": False, "batch_size": 5},
]  # fmt: skip


def same_batches(ours, theirs, count):
    for _ in range(count):
        found = [next(flow) for flow in (ours, theirs)]
        a, b = (batch if isinstance(batch, tuple) else (batch,) for batch in found)
        for part, expected in zip(a, b, strict=True):
            assert np.asarray(part).dtype == np.asarray(expected).dtype
            np.testing.assert_allclose(part, expected, rtol=1e-6, atol=1e-4)


@pytest.mark.parametrize("given", FLOWS)
def test_a_folder_flows_as_in_keras(given, folder, capsys):
    given = {"target_size": (6, 8), "batch_size": 4, "seed": 9, **given}
    flows = []
    for module in (image, old):
        generator = module.ImageDataGenerator(
            rotation_range=20, horizontal_flip=True, rescale=1 / 255, validation_split=0.4
        )
        flows.append(generator.flow_from_directory(folder, **given))
    ours, theirs = flows
    assert capsys.readouterr().out.splitlines()[0].startswith(f"Found {theirs.samples} images")
    for name in ("filenames", "samples", "num_classes", "class_indices", "image_shape", "n"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert list(ours.filepaths) == list(theirs.filepaths)
    np.testing.assert_array_equal(ours.classes, theirs.classes)
    same_batches(ours, theirs, 7)


def test_channels_first_of_a_folder(folder):
    flows = [
        m.ImageDataGenerator(data_format="channels_first", zoom_range=0.3).flow_from_directory(
            folder, target_size=(6, 8), seed=1
        )
        for m in (image, old)
    ]
    same_batches(*flows, 2)


# ── of a table ──


def table(folder):
    names = [str(p.relative_to(folder)) for p in sorted(folder.rglob("*.*")) if p.suffix != ".md"]
    rows = [n for n in names if "/" in n] + ["ants/none.png"]
    frame = pd.DataFrame({"filename": rows, "class": [n.split("/")[0] for n in rows]})
    frame["size"] = np.arange(len(rows)) / 7
    frame["left"] = np.arange(len(rows)) % 3
    frame["two"] = [[c, "small"] if i % 2 else [c] for i, c in enumerate(frame["class"])]
    return frame


TABLES = [
    {}, {"class_mode": "sparse", "weight_col": "size"}, {"class_mode": None},
    {"class_mode": "input"}, {"class_mode": "raw", "y_col": "size"},
    {"class_mode": "raw", "y_col": ["size", "left"]},
    {"class_mode": "multi_output", "y_col": ["size", "left"]},
    {"class_mode": "binary", "classes": ["cats", "bees"]}, {"y_col": "two"},
    {"y_col": "two", "classes": ["small", "ants"]}, {"subset": "training"},
    {"subset": "validation", "class_mode": "raw", "y_col": "left"}, {"shuffle": False},
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:Found 1 invalid")
@pytest.mark.parametrize("given", TABLES)
def test_a_table_flows_as_in_keras(given, folder, capsys):
    given = {"target_size": (6, 8), "batch_size": 4, "seed": 2, **given}
    frame, flows, told = table(folder), [], []
    for module in (image, old):
        generator = module.ImageDataGenerator(vertical_flip=True, validation_split=0.3)
        if module is image:
            with pytest.warns(UserWarning, match="1 names in column 'filename'"):
                flows.append(generator.flow_from_dataframe(frame, folder, **given))
        else:
            flows.append(generator.flow_from_dataframe(frame, str(folder), **given))
        told.append(capsys.readouterr().out)
    ours, theirs = flows
    assert told[0] == told[1]
    assert ours.filenames == theirs.filenames
    assert getattr(ours, "class_indices", None) == getattr(theirs, "class_indices", None)
    if given.get("class_mode") != "multi_output":
        same_batches(ours, theirs, 4)
        return
    for _ in range(3):
        (x, y), (x_expected, y_expected) = next(ours), next(theirs)
        for part, expected in zip([x, *y], [x_expected, *y_expected], strict=True):
            np.testing.assert_array_equal(part, expected)


def test_a_table_may_be_a_dict_of_columns(folder):
    frame = table(folder)[:-1]
    given = {"directory": folder, "target_size": (5, 5), "shuffle": False, "class_mode": "sparse"}
    generator = image.ImageDataGenerator()
    of_dict = generator.flow_from_dataframe(frame.to_dict("list"), **given)
    for part, expected in zip(
        next(of_dict), next(generator.flow_from_dataframe(frame, **given)), strict=True
    ):
        np.testing.assert_array_equal(part, expected)


@pytest.mark.filterwarnings("ignore:1 names in column")
@pytest.mark.parametrize(
    ("given", "error", "match"),
    [({"class_mode": "other"}, ArgumentError, "class_mode"),
     ({"class_mode": "sparse", "y_col": "left"}, ArgumentTypeError, "needs texts"),
     ({"class_mode": "binary"}, ArgumentError, "two classes"),
     ({"class_mode": "multi_output", "y_col": "left"}, ArgumentTypeError, "a list of columns"),
     ({"x_col": "left"}, ArgumentTypeError, "a column of file names"),
     ({"weight_col": "class"}, ArgumentTypeError, "a column of numbers"),
     ({"color_mode": "hsv"}, ArgumentError, "color_mode"),
     ({"subset": "test"}, ArgumentError, "subset")],
)  # fmt: skip
def test_errors_of_a_table_say_what_is_wrong(given, error, match, folder):
    with pytest.raises(error, match=match):
        image.ImageDataGenerator().flow_from_dataframe(table(folder), folder, **given)


def test_a_model_learns_from_a_folder(folder):
    flow = image.ImageDataGenerator(rescale=1 / 255).flow_from_directory(
        folder, target_size=(6, 8), batch_size=5, seed=1
    )
    model = keras.Sequential([
        keras.Input((6, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(3, "softmax")
    ])  # fmt: skip
    model.compile(keras.optimizers.Adam(0.01), "categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(flow, epochs=30, verbose=0, validation_data=flow).history
    assert history["loss"][-1] < history["loss"][0] / 2
    assert model.predict(flow, verbose=0).shape == (sum(CLASSES.values()), 3)
