"""Layers that change colours: Keras draws, and both change the same pictures by it."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import lamina
from lamina.errors import ArgumentError

X = np.random.default_rng(0).uniform(0, 255, (5, 7, 9, 3)).astype("float32")
X[1, :, :, 2] = 40.0  # a channel of one number
# A handful of float32 operations on numbers up to 255.
TOLERANCE = {"rtol": 1e-4, "atol": 2e-3}
ONES = {"value_range": (0, 1)}
ROWS = {
    "grey": ("RandomGrayscale", (0.6,), {}),
    "hue": ("RandomHue", (0.5,), {}),
    "hue of ones": ("RandomHue", ((0.1, 0.9),), ONES),
    "saturation": ("RandomSaturation", ((0.2, 0.9),), {}),
    "saturation of ones": ("RandomSaturation", (0.4,), ONES),
    "degeneration": ("RandomColorDegeneration", ((0.1, 0.8),), {}),
    "sharpness": ("RandomSharpness", (0.9,), {}),
    "sharpness of ones": ("RandomSharpness", ((0.1, 0.3),), ONES),
    "invert": ("RandomInvert", (0.7,), {}),
    "invert of ones": ("RandomInvert", ((0.4, 0.6),), ONES),
    "posterization": ("RandomPosterization", ((2, 6),), {}),
    "posterization of one": ("RandomPosterization", ((3, 3),), {}),
    "solarization": ("Solarization", (0.3, 0.6), {}),
    "solarization of ones": ("Solarization", ((0.1, 0.4), (0.2, 0.9)), ONES),
    "blur": ("RandomGaussianBlur", (0.7,), {"sigma": (0.3, 1.0)}),
    "blur along one axis more": ("RandomGaussianBlur", (1.0, (3, 5)), {}),
    "erasing": ("RandomErasing", (0.8,), {"fill_value": 7}),
    "erasing with noise": ("RandomErasing", (1.0, (0.1, 0.3)), ONES),
}
FIXED = {
    "contrast": ("AutoContrast", (), {}),
    "contrast of ones": ("AutoContrast", (), ONES),
    "equalization": ("Equalization", (), {}),
    "equalization in few bins": ("Equalization", (), {"bins": 16}),
    "equalization of ones": ("Equalization", ((0, 1),), {}),
}


def as_tuple(value):
    return tuple(value) if isinstance(value, list | tuple) else value


def made(name, rows=ROWS):
    layer, args, options = rows[name]
    options = {"name": "colours", **options}
    if rows is ROWS:
        options["seed"] = 3
    return [getattr(k.layers, layer)(*args, **options) for k in (lamina, keras)]


def pictures(name, rows=ROWS):
    ones = rows[name][2].get("value_range") == (0, 1) or rows[name][1] == ((0, 1),)
    return X / 255 if ones else X


def handed(drawn):
    """What Keras drew, as ours take it."""
    if isinstance(drawn, dict):
        return {k: lamina.ops.convert_to_tensor(np.asarray(v)) for k, v in drawn.items()}
    return lamina.ops.convert_to_tensor(np.asarray(drawn))


@pytest.mark.parametrize("name", ROWS)
def test_the_change_is_keras_for_what_it_drew(name):
    ours, theirs = made(name)
    x = pictures(name)
    drawn = theirs.get_random_transformation(x, training=True, seed=keras.random.SeedGenerator(1))
    wanted = np.asarray(theirs.transform_images(x, drawn, training=True))
    found = np.asarray(ours.transform_images(x, handed(drawn)))
    if "posterization" in name:  # a number near the edge of a level may fall to either side
        assert (np.abs(found - wanted) > 1e-3).mean() < 0.01
    else:
        np.testing.assert_allclose(found, wanted, **TOLERANCE)
    # channels first, against channels last
    layer, args, options = ROWS[name]
    if layer != "RandomErasing":
        first = getattr(lamina.layers, layer)(*args, data_format="channels_first", **options)
        turned = np.asarray(first.transform_images(np.moveaxis(x, -1, 1), handed(drawn)))
        np.testing.assert_allclose(np.moveaxis(turned, 1, -1), found, **TOLERANCE)


@pytest.mark.parametrize("name", FIXED)
def test_what_draws_nothing_is_keras(name):
    ours, theirs = made(name, FIXED)
    x = pictures(name, FIXED)
    wanted = np.asarray(theirs(x, training=True))
    np.testing.assert_allclose(np.asarray(ours(x, training=True)), wanted, **TOLERANCE)
    np.testing.assert_allclose(np.asarray(ours(x)), np.asarray(theirs(x)), **TOLERANCE)
    still = np.asarray(theirs(x, training=False))
    np.testing.assert_allclose(np.asarray(ours(x, training=False)), still, **TOLERANCE)
    first = type(ours)(*FIXED[name][1], data_format="channels_first", **FIXED[name][2])
    turned = np.moveaxis(np.asarray(first(np.moveaxis(x, -1, 1))), 1, -1)
    np.testing.assert_allclose(turned, np.asarray(ours(x)), **TOLERANCE)
    config = {k: as_tuple(v) for k, v in theirs.get_config().items()}
    assert {k: as_tuple(v) for k, v in ours.get_config().items() if k in config} == config


@pytest.mark.parametrize("name", ROWS)
def test_what_is_drawn_changes_pictures_only_while_training(name):
    ours, theirs = made(name)
    x = pictures(name)
    config = {k: as_tuple(v) for k, v in theirs.get_config().items()}
    assert {k: as_tuple(v) for k, v in ours.get_config().items() if k in config} == config
    np.testing.assert_array_equal(np.asarray(ours(x, training=False)), x)
    again = type(ours).from_config(ours.get_config())
    fresh = made(name)[0]
    first = np.asarray(fresh(x))
    np.testing.assert_array_equal(np.asarray(again(x)), first)
    assert not np.array_equal(first, np.asarray(fresh(x)) if "one" not in name else x)
    assert np.asarray(ours(x[0])).shape == x[0].shape
    drawn, theirs_drawn = (k.get_random_transformation(x, seed=keras.random.SeedGenerator(2)
                           if k is theirs else None) for k in (ours, theirs))  # fmt: skip
    if isinstance(drawn, dict):
        assert sorted(drawn) == sorted(theirs_drawn)
    # compiled, as the first layer of a model
    model = lamina.Sequential([lamina.Input((7, 9, 3)), ours, lamina.layers.Flatten(),
                               lamina.layers.Dense(1)])  # fmt: skip
    plain = model.layers[-1](x.reshape(5, -1))
    np.testing.assert_allclose(model.predict(x, verbose=0), plain, rtol=1e-4, atol=1e-3)
    model.compile("sgd", "mse")
    assert np.isfinite(model.fit(x / 255, np.ones((5, 1)), verbose=0).history["loss"]).all()


def test_what_is_drawn_lies_where_keras_draws():
    """Means of 4,000 draws; five standard errors."""
    many = np.zeros((4000, 1, 1, 3), "float32")
    for layer, args in (
        ("RandomHue", (0.5,)), ("RandomSaturation", ((0.2, 0.6),)), ("RandomSharpness", (0.5,)),
        ("RandomColorDegeneration", (0.5,)), ("RandomInvert", (0.3,)),
        ("RandomPosterization", ((2, 7),)), ("Solarization", (0.3, 0.6)),
    ):  # fmt: skip
        ours, theirs = (getattr(k.layers, layer)(*args, seed=1) for k in (lamina, keras))
        a = ours.get_random_transformation(many)
        b = theirs.get_random_transformation(many, seed=keras.random.SeedGenerator(1))
        for key, drawn in a.items():
            x, y = np.asarray(drawn, "float64").ravel(), np.asarray(b[key], "float64").ravel()
            assert abs(x.mean() - y.mean()) < 5 * max(y.std(), 1e-3) / 60, (layer, key)
            assert abs(x.std() - y.std()) < 0.1 * max(y.std(), 1e-3), (layer, key)


def test_jitter_is_its_parts_in_order():
    ours = lamina.layers.RandomColorJitter(
        brightness_factor=0.2, contrast_factor=0.3, saturation_factor=(0.3, 0.7), hue_factor=0.2,
        seed=4,
    )  # fmt: skip
    drawn = ours.get_random_transformation(X)
    expected = X
    for layer, of in zip(ours.changes, drawn, strict=True):
        expected = layer.transform_images(expected, of)
    np.testing.assert_array_equal(ours.transform_images(X, drawn), expected)
    assert [type(layer).__name__ for layer in ours.changes] == [
        "RandomBrightness", "RandomContrast", "RandomSaturation", "RandomHue",
    ]  # fmt: skip
    theirs = keras.layers.RandomColorJitter(
        brightness_factor=0.2, contrast_factor=0.3, saturation_factor=(0.3, 0.7), hue_factor=0.2,
        seed=4, name=ours.name,
    )  # fmt: skip
    config = theirs.get_config()
    assert {k: as_tuple(v) for k, v in ours.get_config().items() if k in config} == {
        k: as_tuple(v) for k, v in config.items()
    }
    first = lamina.layers.RandomColorJitter(hue_factor=0.2, data_format="channels_first")
    assert first(np.moveaxis(X, -1, 1)).shape == (5, 3, 7, 9)


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_what_is_erased_is_a_rectangle_of_one_colour(data_format):
    """Keras on JAX fails at a list of three."""
    last = data_format == "channels_last"
    x = X if last else np.moveaxis(X, -1, 1)
    layer = lamina.layers.RandomErasing(
        (1.0, 1.0), (0.1, 0.5), [10, 20, 300], seed=2, data_format=data_format
    )
    found = np.asarray(layer(x))
    found = found if last else np.moveaxis(found, 1, -1)
    changed = (found != X).any(axis=-1)
    for picture, of in zip(found, changed, strict=True):
        rows, columns = (np.flatnonzero(of.any(axis=axis)) for axis in (1, 0))
        assert of.sum() == len(rows) * len(columns) > 0
        assert (picture[of] == [10, 20, 255]).all()


def test_a_dict_of_a_picture_and_what_belongs_to_it():
    layer = lamina.layers.RandomHue(0.3, seed=1)
    data = {"images": X, "labels": np.arange(5), "bounding_boxes": {"boxes": np.ones((5, 1, 4))},
            "segmentation_masks": X[..., :1]}  # fmt: skip
    found = layer(data)
    assert not np.array_equal(found["images"], X)
    np.testing.assert_array_equal(found["labels"], data["labels"])
    np.testing.assert_array_equal(found["bounding_boxes"]["boxes"], data["bounding_boxes"]["boxes"])
    np.testing.assert_array_equal(found["segmentation_masks"], data["segmentation_masks"])
    with pytest.raises(ArgumentError, match="known format"):
        lamina.layers.RandomRotation(0.2)({"images": X, "bounding_boxes": np.ones((5, 1, 4))})


@pytest.mark.parametrize(("layer", "options", "words"), [
    ("RandomHue", {"factor": 2.0}, "from 0 to 1"),
    ("RandomPosterization", {"factor": 0}, "from 1 to 8"),
    ("RandomGrayscale", {"factor": 1.5}, "from 0 to 1"),
    ("RandomGaussianBlur", {"kernel_size": 4}, "an odd number"),
    ("RandomErasing", {"fill_value": [1, 2]}, "a number, or three"),
    ("Equalization", {"bins": 1}, "from 2 up"),
    ("Solarization", {"addition_factor": (0.5, 0.2, 0.1)}, "two"),
])  # fmt: skip
def test_wrong_arguments_are_refused(layer, options, words):
    with pytest.raises(ArgumentError, match=words):
        getattr(lamina.layers, layer)(**options)
