"""Data sets of folders against Keras', which needs TensorFlow: its answers are recorded."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from folder_of_pictures import CLASSES, write_pictures, write_texts
from recorded import Answers, flat

import lamina as keras
from lamina.errors import ArgumentError, DataError, ShapeError
from lamina.preprocessing import image

SIZE = {"image_size": (10, 8), "batch_size": 5}
PICTURES = {
    f"{kind}/{interpolation}": {**SIZE, **given, "interpolation": interpolation}
    for interpolation in (
        "bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian",
        "mitchellcubic",
    )
    for kind, given in {
        "plain": {}, "large": {"image_size": (13, 17)}, "cropped": {"crop_to_aspect_ratio": True},
        "padded": {"pad_to_aspect_ratio": True, "image_size": (9, 14)},
    }.items()
    # Keras cannot crop for these two.
    if kind == "plain" or interpolation not in ("gaussian", "mitchellcubic")
}  # fmt: skip
PICTURES |= {
    # Pixels at the gaussian's very edge count or not as float32 rounds: here there are none.
    "plain/gaussian": {**SIZE, "image_size": (16, 8), "interpolation": "gaussian"},
    "rgba": {**SIZE, "color_mode": "rgba"},
    "first": {**SIZE, "data_format": "channels_first"},
    "one size": {"image_size": 7, "batch_size": None},
    "binary": {**SIZE, "label_mode": "binary", "class_names": ["cats", "ants"]},
    "categorical": {**SIZE, "label_mode": "categorical"},
    "none": {**SIZE, "label_mode": None},
    "no labels": {**SIZE, "labels": None},
    "listed": {**SIZE, "labels": [3, 1] * 6},
    "training": {**SIZE, "subset": "training", "validation_split": 0.3},
    "validation": {**SIZE, "subset": "validation", "validation_split": 0.3},
}
TEXTS = {
    "texts": {"batch_size": 5},
    "texts, short": {"batch_size": 5, "max_length": 7, "label_mode": "categorical"},
    "texts, single": {"batch_size": None, "label_mode": "binary", "class_names": ["bees", "ants"]},
    "texts, unlabelled": {"batch_size": 4, "labels": None},
}


def batches(dataset):
    """The arrays of all batches of a data set, with texts as bytes."""
    for batch in dataset:
        for part in batch if isinstance(batch, tuple) else (batch,):
            array = np.asarray(part)
            if array.dtype == object or array.dtype.kind == "U":
                texts = [t.encode() if isinstance(t, str) else t for t in array.reshape(-1)]
                array = np.frombuffer(b"\0".join(texts), "uint8")
            yield array


def ask(name):
    """Keras' answer, on a folder of its own."""

    def question():
        import keras as judge

        # Without an order of its own, which no other library can draw.
        with tempfile.TemporaryDirectory() as folder:
            if name in TEXTS:
                make, given = judge.utils.text_dataset_from_directory, TEXTS[name]
                write_texts(Path(folder))
            else:
                make, given = judge.utils.image_dataset_from_directory, PICTURES[name]
                write_pictures(Path(folder))
            return flat(*batches(make(folder, shuffle=False, verbose=False, **given)))

    return question


ANSWERS = Answers(__file__, {name: ask(name) for name in (*PICTURES, *TEXTS)})


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return write_pictures(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    return write_texts(tmp_path_factory.mktemp("texts"))


@pytest.mark.parametrize("name", [*PICTURES, *TEXTS])
def test_a_folder_becomes_the_batches_of_keras(name, pictures, texts):
    if name in TEXTS:
        dataset = keras.utils.text_dataset_from_directory(texts, shuffle=False, **TEXTS[name])
    else:
        dataset = keras.utils.image_dataset_from_directory(
            pictures, shuffle=False, **PICTURES[name]
        )
    found = flat(*batches(dataset))
    # TensorFlow takes bicubic weights from a table of 1,024 steps, and computes the others in
    # float32, values up to 255.
    atol = 0.3 if "bicubic" in name else 2e-3
    np.testing.assert_allclose(found, ANSWERS[name], rtol=1e-5, atol=atol)


def test_batches_have_the_shapes_and_types_that_keras_documents(pictures):
    make = keras.preprocessing.image_dataset_from_directory
    cases = [
        ("int", (5,), "int32"), ("categorical", (5, 3), "float32"), ("binary", (5, 1), "float32"),
    ]  # fmt: skip
    for mode, shape, dtype in cases:
        names = ["ants", "bees"] if mode == "binary" else None
        dataset = make(pictures, label_mode=mode, class_names=names, **SIZE)
        x, y = next(iter(dataset))
        assert (x.shape, x.dtype, y.shape, y.dtype) == ((5, 10, 8, 3), "float32", shape, dtype)
        assert dataset.class_names == (names or sorted(CLASSES))
        assert len(dataset) == len(list(dataset))
        assert len(dataset.file_paths) == sum(len(y) for _, y in dataset)
    grey = make(pictures, color_mode="grayscale", labels=None, **SIZE)
    assert next(iter(grey)).shape == (5, 10, 8, 1)
    assert grey.class_names is None


def test_labels_may_be_an_array(pictures):
    make = keras.utils.image_dataset_from_directory
    for mode, labels in (("int", [7, -2]), ("binary", [1, 0]), ("categorical", [1, 0])):
        given = {"label_mode": mode, "shuffle": False, **SIZE}
        pairs = (make(pictures, kind(labels * 6), **given) for kind in (list, np.array))
        for (_, one), (_, two) in zip(*pairs, strict=True):
            np.testing.assert_array_equal(one, two)


def test_parts_are_those_of_keras_for_the_same_seed(pictures, capsys):
    """The order is NumPy's: it settles which files are in which part, whatever the backend."""
    from keras.src.utils import dataset_utils

    given = {"validation_split": 0.3, "seed": 11, **SIZE}
    make = keras.utils.image_dataset_from_directory
    training, validation = make(pictures, subset="both", **given)
    told = capsys.readouterr().out.splitlines()
    assert told == ["Found 12 files belonging to 3 classes.", "Using 9 files for training.",
                    "Using 3 files for validation."]  # fmt: skip
    paths, labels, names = dataset_utils.index_directory(
        str(pictures), "inferred", (".bmp", ".png"), seed=11, verbose=False
    )
    assert [str(p) for p in training.file_paths] == paths[:9]
    assert [str(p) for p in validation.file_paths] == paths[9:]
    assert training.class_names == names
    np.testing.assert_array_equal(np.concatenate([y for _, y in validation]), labels[9:])
    for name, part in (("training", training), ("validation", validation)):
        alone = make(pictures, subset=name, verbose=False, **given)
        assert alone.file_paths == part.file_paths
    assert capsys.readouterr().out == ""
    orders = [np.concatenate([y for _, y in training]).tolist() for _ in range(4)]
    assert len({tuple(order) for order in orders}) > 1
    assert {tuple(sorted(order)) for order in orders} == {tuple(sorted(labels[:9]))}


def test_links_are_followed_when_it_is_asked_for(pictures, tmp_path):
    (tmp_path / "ants").mkdir()
    (tmp_path / "ants" / "more").symlink_to(pictures / "bees", target_is_directory=True)
    keras.utils.save_img(tmp_path / "ants" / "a.png", np.ones((3, 3, 3)))
    counts = [
        len(keras.utils.image_dataset_from_directory(tmp_path, follow_links=follow).file_paths)
        for follow in (False, True)
    ]
    assert counts == [1, 4]


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [({"labels": 5}, ArgumentError, "labels"), ({"labels": [1, 2]}, ArgumentError, "2 for 12"),
     ({"labels": [1] * 12, "class_names": ["a"]}, ArgumentError, "labels='inferred' only"),
     ({"label_mode": "float"}, ArgumentError, "label_mode"),
     ({"label_mode": "binary"}, ArgumentError, "two classes"),
     ({"class_names": ["ants", "cows"]}, ArgumentError, "names of the folders"),
     ({"color_mode": "hsv"}, ArgumentError, "color_mode"),
     *(({"image_size": size}, ArgumentError, "image_size of 2 whole numbers from 1 up")
       for size in ((3, 3, 3), 0, (4, -1), (4, 2.5), "ab", None)),
     *(({"labels": [0, 2] * 6, "label_mode": mode}, ArgumentError, "classes from 0 to 1")
       for mode in ("categorical", "binary")),
     ({"labels": [1, 2] * 6, "label_mode": "binary"}, ArgumentError, "classes from 0 to 1"),
     ({"labels": [-1, 0] * 6, "label_mode": "categorical"}, ArgumentError, "from 0 to 1"),
     *(({"labels": labels}, ArgumentError, "needs whole numbers")
       for labels in ([0.5, 1] * 6, np.ones(12), ["a", "b"] * 6, [1 << 31] * 12, [[1], [1, 2]],
                      np.ones((12, 1), int), [None] * 12)),
     ({"labels": np.ones(3, int)}, ArgumentError, "3 for 12"),
     ({"labels": np.ones(12, int), "class_names": ["a"]}, ArgumentError, "labels='inferred' only"),
     *(({"batch_size": size}, ArgumentError, "batch_size") for size in (0, -3, 2.0, True)),
     ({"interpolation": "sinc"}, ArgumentError, "interpolation"),
     ({"format": "torch"}, ArgumentError, "format"),
     ({"validation_split": 0.2}, ArgumentError, "goes with subset"),
     ({"subset": "both"}, ArgumentError, "goes with subset"),
     ({"validation_split": 2, "subset": "both"}, ArgumentError, "between 0 and 1"),
     ({"validation_split": 0.2, "subset": "some"}, ArgumentError, "subset"),
     ({"validation_split": 0.2, "subset": "training"}, ArgumentError, "seed"),
     ({"validation_split": 0.01, "subset": "both", "seed": 1}, DataError, "needs files"),
     ({"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True}, ArgumentError, "either")],
)  # fmt: skip
def test_errors_say_what_is_wrong(given, error, match, pictures):
    with pytest.raises(error, match=match):
        keras.utils.image_dataset_from_directory(pictures, **given)


def test_a_folder_without_files_is_named(tmp_path):
    for make in (keras.utils.image_dataset_from_directory, keras.utils.text_dataset_from_directory):
        with pytest.raises(DataError, match="needs files that end in"):
            make(tmp_path)


@pytest.mark.parametrize("shape", [(9, 13, 3), (2, 30, 5, 1)])
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_smart_resize_is_keras(shape, interpolation):
    import keras as judge

    x = np.random.default_rng(2).uniform(0, 255, shape).astype("float32")
    ours = image.smart_resize(x, (11, 6), interpolation)
    theirs = judge.preprocessing.image.smart_resize(x, (11, 6), interpolation)
    # float32, values up to 255.
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-3)
    turned = image.smart_resize(np.moveaxis(x, -1, -3), (11, 6), interpolation, "channels_first")
    np.testing.assert_array_equal(np.moveaxis(turned, -3, -1), ours)
    with pytest.raises(ShapeError, match="a picture or a batch"):
        image.smart_resize(x[..., 0, 0], (5, 5))
    for size in ((0, 5), (5, -2), (5, 2.5)):
        with pytest.raises(ArgumentError, match="size of 2 whole numbers from 1 up"):
            image.smart_resize(x, size)


def test_a_model_learns_from_a_folder_in_the_order_of_the_data_set(pictures):
    dataset = keras.utils.image_dataset_from_directory(pictures, seed=4, **SIZE)
    model = keras.Sequential([
        keras.Input((10, 8, 3)), keras.layers.Flatten(),
        keras.layers.Dense(3, "softmax", kernel_initializer="zeros"),
    ])  # fmt: skip
    model.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy")
    history = model.fit(dataset, epochs=20, verbose=0, validation_data=dataset).history
    assert history["val_loss"][-1] < history["val_loss"][0] / 2
    plain = keras.utils.image_dataset_from_directory(pictures, shuffle=False, labels=None, **SIZE)
    predicted = model.predict(plain, verbose=0)
    np.testing.assert_allclose(predicted[:5], model.predict(next(iter(plain)), verbose=0), 1e-5)


def test_it_is_a_data_set_like_any_other(pictures):
    dataset = keras.utils.image_dataset_from_directory(pictures, shuffle=False, **SIZE)
    halves = dataset.map(lambda x, y: (x / 2, y)).cache().shuffle(4).prefetch(1)
    assert len(halves) == len(dataset)
    total = sum(float(np.asarray(x).sum()) for x, _ in dataset)
    # Sums of some thousand float32 numbers, in another order.
    assert sum(float(np.asarray(x).sum()) for x, _ in halves) == pytest.approx(total / 2, rel=1e-4)
    assert next(iter(dataset.unbatch().take(1)))[0].shape == (10, 8, 3)
