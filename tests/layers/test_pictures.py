"""Layers of pictures against Keras': in another size, and changed as it has drawn."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import lamina
from lamina.errors import ArgumentError, ShapeError

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
RANDOM = np.random.default_rng(0)
X = RANDOM.uniform(0, 255, (4, 7, 9, 3)).astype("float32")
TOLERANCE = {"rtol": 1e-5, "atol": 1e-3}  # weighted sums of four float32 numbers below 256
SIZES = [
    ("Resizing", {"height": 5, "width": 4}),
    ("Resizing", {"height": 12, "width": 5, "interpolation": "nearest"}),
    ("Resizing", {"height": 5, "width": 9, "crop_to_aspect_ratio": True}),
    ("Resizing", {"height": 9, "width": 5, "pad_to_aspect_ratio": True, "fill_value": 3.0}),
    ("CenterCrop", {"height": 3, "width": 4}),
    ("CenterCrop", {"height": 10, "width": 5}),
]


@pytest.mark.parametrize(("name", "options"), SIZES)
@pytest.mark.parametrize("dtype", ["float32", "uint8"])
def test_another_size(name, options, dtype):
    x = X.astype(dtype)
    options = {**options, "name": "size"}
    ours, theirs = (getattr(k.layers, name)(**options) for k in (lamina, keras))
    wanted = np.asarray(theirs(x))
    # Whole numbers are rounded, and halves may fall to either side.
    tolerance = {"atol": 1} if dtype == "uint8" else TOLERANCE
    np.testing.assert_allclose(np.asarray(ours(x)), wanted, **tolerance)
    np.testing.assert_allclose(np.asarray(ours(x[0])), wanted[0], **tolerance)
    assert ours.compute_output_shape((None, 7, 9, 3)) == (None, *wanted.shape[1:])
    assert ours.get_config() == theirs.get_config()
    start = lamina.layers.Input((7, 9, 3), dtype=dtype if name == "Resizing" else "float32")
    model = lamina.Sequential([start, type(ours)(**options)])
    np.testing.assert_allclose(model.predict(x, verbose=0), wanted, **tolerance)


def turned(drawn):
    return {"angle": np.asarray(drawn["angle"]) * np.pi / 180}


def moved(drawn):
    translations = np.asarray(drawn["translations"])
    return {"right": translations[:, 0] / 9, "down": translations[:, 1] / 7}


def zoomed(drawn):
    return {name: np.asarray(drawn[name])[:, 0] for name in ("height_zoom", "width_zoom")}


def same(drawn):
    return {name: np.asarray(value) for name, value in drawn.items() if name != "input_shape"}


CHANGES = {
    **{f"rotation {mode}": ("RandomRotation", (0.2,), {"fill_mode": mode}, turned)
       for mode in ("reflect", "constant", "nearest", "wrap")},
    "rotation nearest": ("RandomRotation", ((-0.3, 0.1),), {"interpolation": "nearest",
                                                            "fill_mode": "nearest"}, turned),
    "translation": ("RandomTranslation", (0.3, (-0.1, 0.2)), {}, moved),
    "zoom": ("RandomZoom", (0.3,), {}, zoomed),
    "zoom both": ("RandomZoom", ((-0.2, 0.1), 0.3), {"fill_mode": "constant"}, zoomed),
    "flip": ("RandomFlip", (), {}, same),
    "flip sideways": ("RandomFlip", ("horizontal",), {}, same),
    "contrast": ("RandomContrast", (0.4,), {}, same),
    "contrast both": ("RandomContrast", ((0.2, 0.9),), {"value_range": (0, 200)}, same),
    "brightness": ("RandomBrightness", (0.4,), {}, same),
    "brightness of ones": ("RandomBrightness", ((-0.5, 0.1),), {"value_range": (0, 1)}, same),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_the_change_is_keras_for_what_it_drew(name):
    layer, args, options, read = CHANGES[name]
    options = {**options, "name": "changing"}
    ours, theirs = (getattr(k.layers, layer)(*args, seed=3, **options) for k in (lamina, keras))
    drawn = theirs.get_random_transformation(X, training=True, seed=1)
    wanted = np.asarray(theirs.transform_images(X, drawn, training=True))
    given = {k: lamina.ops.convert_to_tensor(v) for k, v in read(drawn).items()}
    np.testing.assert_allclose(np.asarray(ours.transform_images(X, given)), wanted, **TOLERANCE)
    config = theirs.get_config()
    assert {k: as_tuple(v) for k, v in ours.get_config().items()} == {
        k: as_tuple(v) for k, v in config.items()
    }
    np.testing.assert_array_equal(np.asarray(ours(X, training=False)), X)
    again = type(ours).from_config(ours.get_config())
    np.testing.assert_array_equal(np.asarray(again(X)), np.asarray(type(ours)(
        *args, seed=3, **options)(X)))  # fmt: skip


def as_tuple(value):
    return tuple(value) if isinstance(value, list) else value


@pytest.mark.parametrize("name", CHANGES)
def test_pictures_change_while_a_network_learns_and_not_after(name):
    layer, args, options, _ = CHANGES[name]
    made = getattr(lamina.layers, layer)(*args, seed=3, **options)
    model = lamina.Sequential([lamina.layers.Input((7, 9, 3)), made, lamina.layers.Flatten(),
                               lamina.layers.Dense(1)])  # fmt: skip
    model.compile("sgd", "mse")
    low = options.get("value_range", (0, 255))[1]
    x = X / 255 * low
    np.testing.assert_array_equal(
        model.predict(x, verbose=0), lamina.Sequential(model.layers[1:]).predict(x, verbose=0)
    )
    drawn = {np.asarray(made(x)).tobytes() for _ in range(8)}
    assert len(drawn) > 1
    assert np.isfinite(
        model.fit(x / low, np.zeros((4, 1)), epochs=2, verbose=0).history["loss"]
    ).all()


def test_random_parts():
    layer = lamina.layers.RandomCrop(3, 4, seed=1)
    found = [np.asarray(layer(X)) for _ in range(20)]
    windows = {X[:, i : i + 3, j : j + 4].tobytes() for i in range(5) for j in range(6)}
    assert {part.tobytes() for part in found} <= windows
    assert len({part.tobytes() for part in found}) > 5
    np.testing.assert_array_equal(np.asarray(layer(X, training=False)), X[:, 2:5, 2:6])
    assert np.asarray(lamina.layers.RandomCrop(10, 5)(X)).shape == (4, 10, 5, 3)


def test_channels_first():
    turned_first = lamina.layers.RandomRotation(0.2, seed=5, data_format="channels_first")
    turned_last = lamina.layers.RandomRotation(0.2, seed=5)
    found = np.asarray(turned_first(np.moveaxis(X, -1, 1)))
    np.testing.assert_allclose(np.moveaxis(found, 1, -1), np.asarray(turned_last(X)), **TOLERANCE)


BAD = [
    lambda k: k.Resizing(0, 3), lambda k: k.CenterCrop(2.5, 3), lambda k: k.RandomFlip("sideways"),
    lambda k: k.RandomRotation("much"), lambda k: k.RandomRotation((0.3, 5.0)),
    lambda k: k.RandomZoom(3.0), lambda k: k.RandomContrast(1.5),
    lambda k: k.RandomTranslation(0.1, 0.1, fill_mode="none"),
]  # fmt: skip


@pytest.mark.parametrize("make", BAD, ids=range(len(BAD)))
def test_bad_arguments_are_refused(make):
    with pytest.raises(ArgumentError):
        make(lamina.layers)


def test_what_is_no_picture():
    with pytest.raises(ShapeError, match="takes a picture of three axes"):
        lamina.layers.RandomFlip()(np.zeros((3, 4)))
