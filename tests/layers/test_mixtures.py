"""Layers that mix and warp pictures: Keras draws, and both change the same pictures by it."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import lamina

X = np.random.default_rng(0).uniform(0, 255, (6, 8, 10, 3)).astype("float32")
LABELS = np.eye(4, dtype="float32")[[0, 1, 2, 3, 0, 1]]
# A handful of float32 operations on numbers up to 255; coordinates are moved by 1e-5 of a pixel.
TOLERANCE = {"rtol": 1e-4, "atol": 1e-2}
ROWS = {
    "mix up": ("MixUp", (0.4,), {}),
    "cut mix": ("CutMix", (0.8,), {}),
    "shear": ("RandomShear", (0.3, 0.2), {}),
    "shear of constants": ("RandomShear", ((0.1, 0.4),), {"fill_mode": "constant",
                                                          "fill_value": 9.0}),
    "perspective": ("RandomPerspective", (0.8, 0.4), {}),
    "perspective nearest": ("RandomPerspective", ((1.0, 1.0), 0.3), {"interpolation": "nearest"}),
}  # fmt: skip


def as_tuple(value):
    return tuple(value) if isinstance(value, list | tuple) else value


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64")  # Keras' MixUp on JAX
@pytest.mark.parametrize("name", ROWS)
def test_the_change_is_keras_for_what_it_drew(name):
    layer, args, options = ROWS[name]
    options = {**options, "name": "mixing", "seed": 3}
    ours, theirs = (getattr(k.layers, layer)(*args, **options) for k in (lamina, keras))
    drawn = theirs.get_random_transformation(X, training=True, seed=keras.random.SeedGenerator(1))
    given = {k: lamina.ops.convert_to_tensor(np.asarray(v)) for k, v in drawn.items()
             if k != "input_shape"}  # fmt: skip
    wanted = np.asarray(theirs.transform_images(X, drawn, training=True))
    found = np.asarray(ours.transform_images(X, given))
    close = np.isclose(found, wanted, **TOLERANCE)
    assert close.mean() > (0.99 if "nearest" in name else 0.999999)
    if hasattr(ours, "_mixed"):
        labels = np.asarray(theirs.transform_labels(LABELS, drawn, training=True))
        np.testing.assert_allclose(ours.transform_labels(LABELS, given), labels, rtol=1e-5)
    config = {k: as_tuple(v) for k, v in theirs.get_config().items()}
    assert {k: as_tuple(v) for k, v in ours.get_config().items() if k in config} == config
    np.testing.assert_array_equal(np.asarray(ours(X, training=False)), X)
    again = type(ours).from_config(ours.get_config())
    fresh = type(ours)(*args, **options)
    np.testing.assert_array_equal(np.asarray(again(X)), np.asarray(fresh(X)))
    own = ours.get_random_transformation(X)
    own.pop("input_shape", None)
    assert {k: v.shape for k, v in own.items()} == {k: v.shape for k, v in given.items()}
    first = type(ours)(*args, **{**options, "data_format": "channels_first"})
    masks = {"batch_masks": np.moveaxis(np.asarray(given["batch_masks"]), -1, 1)} if (
        "batch_masks" in given) else {}  # fmt: skip
    turned = first.transform_images(np.moveaxis(X, -1, 1), {**given, **masks})
    np.testing.assert_allclose(np.moveaxis(np.asarray(turned), 1, -1), found, **TOLERANCE)


@pytest.mark.parametrize("name", ["mix up", "cut mix"])
def test_labels_tell_what_is_in_a_picture(name):
    """A picture of class k is k everywhere: its mean is the mean of its labels."""
    layer, args, _ = ROWS[name]
    classes = np.arange(6.0)
    x = np.ones((6, 40, 50, 1), "float32") * classes.reshape(-1, 1, 1, 1)
    mixing = getattr(lamina.layers, layer)(*args, seed=5)
    found = mixing({"images": x, "labels": np.eye(6, dtype="float32")})
    means = np.asarray(found["images"]).mean(axis=(1, 2, 3))
    # Rectangles begin and end at whole pixels of 40 and 50.
    np.testing.assert_allclose(means, np.asarray(found["labels"]) @ classes, atol=0.3)
    assert not np.allclose(found["labels"], np.eye(6))


@pytest.mark.parametrize("name", ROWS)
def test_they_train_compiled(name):
    layer, args, options = ROWS[name]
    model = lamina.Sequential([
        lamina.Input((8, 10, 3)), getattr(lamina.layers, layer)(*args, **options),
        lamina.layers.Flatten(), lamina.layers.Dense(1),
    ])  # fmt: skip
    model.compile("sgd", "mse")
    loss = model.fit(X / 255, np.ones((6, 1)), batch_size=4, verbose=0).history["loss"]
    assert np.isfinite(loss).all()
