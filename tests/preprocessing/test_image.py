"""Pictures changed at random and by hand, against Keras: the same seeds give the same pictures."""

from __future__ import annotations

import keras as judge
import numpy as np
import pytest
from keras.src.legacy.preprocessing import image as old
from PIL import Image

import lamina as keras
from lamina.errors import ArgumentError, DataError, ShapeError, StateError, UnsupportedError
from lamina.preprocessing import image

# SciPy, under Keras, tells of a name that it is going to remove.
pytestmark = pytest.mark.filterwarnings("ignore:Please import:DeprecationWarning")
RNG = np.random.default_rng(12)
# Splines of Keras' are SciPy's: the same in float64, then float32 of values up to 255.
TOLERANCE = {"rtol": 1e-6, "atol": 1e-4}


def pictures(count, height=9, width=13, channels=3, first=False):
    shape = (channels, height, width) if first else (height, width, channels)
    return RNG.uniform(0, 255, (count, *shape)).astype("float32")


MOVES = [
    {"theta": 33}, {"tx": 2, "ty": -3.5}, {"shear": 20}, {"zx": 0.7, "zy": 1.4},
    {"theta": -120, "tx": 1.25, "shear": -15, "zx": 1.3}, {},
]  # fmt: skip


@pytest.mark.parametrize("mode", ["constant", "nearest", "reflect", "wrap"])
@pytest.mark.parametrize("order", range(6))
def test_an_affine_transform_is_keras(mode, order):
    """SciPy cuts short what it takes from beyond the edge: it shows in small pictures, and 12
    pixels outside of others, in orders from 2.
    """
    atol = 2e-2 if order > 3 and mode == "nearest" else 1e-4
    for i, moves in enumerate(MOVES):
        for dtype in ("float32", "float64", "uint8", "int16"):
            x = pictures(1, 21, 17 + i, 2)[0].astype(dtype)
            for axes in ((0, 1, 2), (1, 2, 0), (1, 0, 2)):
                given = dict(zip(("row_axis", "col_axis", "channel_axis"), axes, strict=True))
                y = x.transpose(2, 0, 1) if axes == (1, 2, 0) else x
                given |= {**moves, "fill_mode": mode, "cval": 7.0, "order": order}
                ours, theirs = (m.apply_affine_transform(y, **given) for m in (image, old))
                assert ours.dtype == theirs.dtype
                apart = np.abs(ours.astype("float64") - theirs)
                # A whole number may be rounded the other way.
                assert apart.max() <= (1 if dtype in ("uint8", "int16") else atol)
                assert np.mean(apart > atol) < 1e-2


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 7, 3), (2, 2, 1), (5, 1, 2)])
@pytest.mark.parametrize("mode", ["constant", "nearest", "reflect", "wrap"])
def test_the_smallest_pictures_too(shape, mode):
    x = RNG.uniform(0, 9, shape)
    given = {"theta": 40, "tx": 0.5, "fill_mode": mode, "row_axis": 0, "col_axis": 1,
             "channel_axis": 2}  # fmt: skip
    np.testing.assert_allclose(
        image.apply_affine_transform(x, **given), old.apply_affine_transform(x, **given), atol=1e-12
    )


RANDOM = [
    ("random_rotation", (30,), {}), ("random_shift", (0.2, 0.3), {}), ("random_shear", (25,), {}),
    ("random_zoom", ((0.5, 1.5),), {}), ("random_zoom", ((1, 1),), {}),
    ("random_channel_shift", (60.0,), {}), ("random_brightness", ((0.2, 1.9),), {}),
    ("random_brightness", ((0.2, 1.9),), {"scale": False}),
    ("random_rotation", (30,), {"fill_mode": "constant", "cval": 3.0, "interpolation_order": 3}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args", "given"), RANDOM)
def test_random_changes_are_those_of_keras(name, args, given):
    x = pictures(1, 16, 14)[0]
    axes = {"row_axis": 0, "col_axis": 1, "channel_axis": 2}
    axes = {} if name == "random_brightness" else axes
    axes = {"channel_axis": 2} if name == "random_channel_shift" else axes
    for seed in range(4):
        found = []
        for module in (image, old):
            np.random.seed(seed)
            found.append(getattr(module, name)(x, *args, **axes, **given))
            found.append(np.random.random())
        np.testing.assert_allclose(found[0], found[2], **TOLERANCE)
        assert found[1] == found[3], "as much was drawn"


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize(("low", "high"), [(0, 255), (-30, 90), (0, 700), (20, 20)])
@pytest.mark.parametrize("scale", [True, False])
def test_brightness_is_pillows_without_pillow(channels, low, high, scale):
    """In whole grey levels, cut off: where they are scaled back, in float32."""
    x = RNG.uniform(low, high, (6, 5, channels)).astype("float32")
    for factor in (0.0, 0.3, 1.0, 1.7, 9.0):
        ours, theirs = (m.apply_brightness_shift(x, factor, scale) for m in (image, old))
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-3)
        first = image.apply_brightness_shift(x.transpose(2, 0, 1), factor, scale, channel_axis=0)
        np.testing.assert_array_equal(first.transpose(1, 2, 0), ours)


GENERATORS = [
    {"rotation_range": 40}, {"width_shift_range": 0.3}, {"height_shift_range": 0.3},
    {"width_shift_range": 4, "height_shift_range": 3}, {"width_shift_range": 2.0},
    {"width_shift_range": [-3, 1, 2], "height_shift_range": [0.1, 0.25]},
    {"height_shift_range": 1.0}, {"shear_range": 30}, {"zoom_range": 0.4},
    {"zoom_range": (0.5, 0.9)}, {"zoom_range": [1, 1]}, {"channel_shift_range": 50.0},
    {"horizontal_flip": True}, {"vertical_flip": True, "horizontal_flip": True},
    {"brightness_range": (0.3, 1.6)}, {"fill_mode": "constant", "cval": 9.0, "zoom_range": 0.5},
    {"fill_mode": "reflect", "rotation_range": 90}, {"fill_mode": "wrap", "shear_range": 40},
    {"interpolation_order": 0, "rotation_range": 20}, {"interpolation_order": 3, "zoom_range": 0.3},
    {"rescale": 1 / 255}, {"preprocessing_function": lambda x: 255 - x, "rescale": 0.5},
    {"samplewise_center": True}, {"samplewise_std_normalization": True, "samplewise_center": True},
    {"featurewise_center": True, "rescale": 1 / 255},
    {"featurewise_center": True, "featurewise_std_normalization": True},
    {"zca_whitening": True, "featurewise_center": True, "zca_epsilon": 1e-2, "rescale": 1 / 255},
    {"dtype": "float64", "rotation_range": 15, "rescale": 0.01},
    {"rotation_range": 20, "width_shift_range": 0.2, "height_shift_range": 0.1, "shear_range": 10,
     "zoom_range": 0.2, "channel_shift_range": 20.0, "horizontal_flip": True, "rescale": 1 / 255,
     "brightness_range": [0.5, 1.5], "featurewise_center": True, "fill_mode": "reflect"},
]  # fmt: skip


@pytest.mark.parametrize("given", GENERATORS)
def test_a_generator_yields_the_pictures_of_keras(given):
    """Three epochs by `next`, and batches by number, with the last one partial."""
    x, y, w = pictures(11, 17, 15), np.arange(11), np.linspace(0, 1, 11)
    found = []
    for module in (image, old):
        generator = module.ImageDataGenerator(**given)
        generator.fit(x, augment=True, rounds=2, seed=4)
        flow = generator.flow(x, y, batch_size=4, seed=3, sample_weight=w)
        batches = [next(flow) for _ in range(9)] + [flow[i] for i in (2, 0)]
        flow.on_epoch_end()
        batches += [flow[1]]
        plain = generator.flow(x, batch_size=5, shuffle=False, seed=1)
        found.append(([part for batch in batches for part in batch] + [next(plain)], generator))
    (ours, mine), (theirs, other) = found
    for part, expected in zip(ours, theirs, strict=True):
        assert part.dtype == expected.dtype
        # ZCA sums some 800 products in float32.
        atol = 2e-3 if "zca_whitening" in given else 1e-4
        np.testing.assert_allclose(part, expected, rtol=1e-5, atol=atol)
    for name in ("mean", "std"):
        if getattr(other, name) is not None:
            np.testing.assert_allclose(getattr(mine, name), getattr(other, name), rtol=1e-5)


def test_channels_first_are_the_same_pictures():
    given = {"rotation_range": 30, "channel_shift_range": 9.0, "horizontal_flip": True,
             "brightness_range": (0.5, 1.5), "featurewise_center": True}  # fmt: skip
    x = pictures(5)
    last = image.ImageDataGenerator(**given)
    first = image.ImageDataGenerator(**given, data_format="channels_first")
    turned = x.transpose(0, 3, 1, 2)
    last.fit(x)
    first.fit(turned)
    ours = next(first.flow(turned, seed=2)).transpose(0, 2, 3, 1)
    np.testing.assert_allclose(ours, next(last.flow(x, seed=2)), rtol=1e-5, atol=1e-3)
    del given["brightness_range"]  # Keras has it for channels that come last only
    theirs = old.ImageDataGenerator(**given, data_format="channels_first")
    ours = image.ImageDataGenerator(**given, data_format="channels_first")
    for generator in (ours, theirs):
        generator.fit(turned)
    np.testing.assert_allclose(
        next(ours.flow(turned, seed=2)), next(theirs.flow(turned, seed=2)), **TOLERANCE
    )


def test_one_picture_can_be_changed_by_hand():
    x = pictures(1)[0]
    given = {"rotation_range": 30, "brightness_range": (0.5, 1.5), "vertical_flip": True}
    ours, theirs = (m.ImageDataGenerator(**given) for m in (image, old))
    np.testing.assert_allclose(
        ours.random_transform(x, seed=5), theirs.random_transform(x, seed=5), **TOLERANCE
    )
    drawn = ours.get_random_transform(x.shape, seed=6)
    assert drawn == theirs.get_random_transform(x.shape, seed=6)
    for parameters in (drawn, {"theta": 10}, {"flip_horizontal": True}, {"brightness": 1.3}, {}):
        np.testing.assert_allclose(
            ours.apply_transform(x, parameters), theirs.apply_transform(x, parameters), **TOLERANCE
        )
    whole = ours.standardize(np.arange(12, dtype="uint8").reshape(2, 2, 3))
    np.testing.assert_array_equal(whole.ravel(), range(12))


@pytest.mark.parametrize("subset", ["training", "validation"])
def test_subsets_and_arrays_that_go_along_are_those_of_keras(subset):
    x, y = pictures(10), np.array([0, 1] * 5)
    others = [np.arange(10), np.arange(20).reshape(10, 2)]
    for pair in ((x, others), (x, others[0]), x):
        found = []
        for module in (image, old):
            generator = module.ImageDataGenerator(validation_split=0.4, horizontal_flip=True)
            flow = generator.flow(pair, y, batch_size=4, seed=1, subset=subset)
            assert flow.n == (4 if subset == "validation" else 6)
            found.append([next(flow) for _ in range(3)])
        for (a, labels), (b, expected) in zip(*found, strict=True):
            np.testing.assert_array_equal(labels, expected)
            for part, judged in zip(*([p] if isinstance(p, np.ndarray) else p for p in (a, b)),
                                    strict=True):  # fmt: skip
                np.testing.assert_array_equal(part, judged)


def test_changed_pictures_are_written_down(tmp_path):
    x = pictures(3)
    flow = image.ImageDataGenerator().flow(
        x, shuffle=False, save_to_dir=tmp_path, save_prefix="see", save_format="png"
    )
    next(flow)
    files = sorted(tmp_path.iterdir())
    assert [f.name.split("_")[:2] for f in files] == [["see", str(i)] for i in range(3)]
    with Image.open(files[1]) as saved:
        expected = judge.utils.array_to_img(x[1])
        np.testing.assert_array_equal(np.asarray(saved), np.asarray(expected))


@pytest.mark.parametrize(
    ("given", "text"),
    [({"zca_whitening": True}, "featurewise_center=True"),
     ({"zca_whitening": True, "featurewise_center": True, "featurewise_std_normalization": True},
      "featurewise_std_normalization=False"),
     ({"featurewise_std_normalization": True}, "featurewise_center=True"),
     ({"samplewise_std_normalization": True}, "samplewise_center=True")],
)  # fmt: skip
def test_what_settings_imply_is_said(given, text):
    with pytest.warns(UserWarning, match=text):
        image.ImageDataGenerator(**given)


def test_what_was_not_fitted_is_said():
    generator = image.ImageDataGenerator(featurewise_center=True)
    with pytest.warns(UserWarning, match="changes nothing before fit"):
        next(generator.flow(pictures(2)))
    with pytest.warns(UserWarning, match="2 channels"):
        image.ImageDataGenerator().flow(pictures(2, channels=2))


G = image.ImageDataGenerator
ERRORS = [
    (lambda: G(zoom_range=(1, 2, 3)), ArgumentError, "zoom_range"),
    (lambda: G(brightness_range=3), ArgumentError, "brightness_range"),
    (lambda: G(validation_split=1.5), ArgumentError, "validation_split"),
    (lambda: G(data_format="last"), ArgumentError, "data_format"),
    (lambda: G().flow(np.zeros((3, 4, 4))), ShapeError, "a batch of pictures"),
    (lambda: G().fit(np.zeros((3, 4, 4))), ShapeError, "a batch of pictures"),
    (lambda: G().fit(np.zeros((0, 4, 4, 3))), StateError, "needs pictures"),
    (lambda: G().flow(np.zeros((3, 4, 4, 1)), [1, 2]), DataError, "as many rows"),
    (lambda: G().flow((np.zeros((3, 4, 4, 1)), [1, 2])), DataError, r"x\[1\]\[0\] with 2"),
    (lambda: G().flow(np.zeros((3, 4, 4, 1)), subset="test"), ArgumentError, "subset"),
    (lambda: G(validation_split=0.5).flow(np.zeros((4, 2, 2, 1)), [0, 0, 1, 1], subset="training"),
     DataError, "the same classes"),
    (lambda: G().flow(np.zeros((3, 4, 4, 1)))[1], ArgumentError, "has 1 batches"),
    *((lambda n=n: image.Iterator(3, n, 0, 1), ArgumentError, "from 1 up") for n in (0, -2, 1.5)),
    *((lambda i=i: image.Iterator(3, 2, False, None)[i], ArgumentError, "has 2 batches")
      for i in (-1, -3, 2)),
    (lambda: next(image.Iterator(3, 2, False, None)), UnsupportedError, "define _get_batches"),
    (lambda: G(fill_mode="edge", rotation_range=9).random_transform(np.ones((3, 3, 1))),
     ArgumentError, "fill_mode"),
    (lambda: image.apply_affine_transform(np.ones((3, 3))), ShapeError, "one picture"),
    (lambda: image.apply_affine_transform(np.ones((3, 3, 3)), row_axis=0), ShapeError, "axes"),
    (lambda: image.random_zoom(np.ones((3, 3, 3)), 2), ArgumentError, "two numbers"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "match"), ERRORS)
def test_errors_say_what_is_wrong(call, error, match):
    with pytest.raises(error, match=match):
        call()


def net(module, shape):
    layers = module.layers
    model = module.Sequential([module.Input(shape), layers.Flatten(), layers.Dense(1)])
    model.compile(module.optimizers.SGD(0.01), "mse")
    model.set_weights([np.full((int(np.prod(shape)), 1), 0.01), np.zeros(1)])
    return model


def test_a_model_learns_from_a_flow_as_in_keras():
    """By numbered batches. Keras looks at the first batch once more, so that what is drawn differs:
    here nothing is.
    """
    x, y = pictures(10, 4, 5) / 255, np.arange(10.0)
    found = []
    for module, source in ((keras, image), (judge, old)):
        module.utils.set_random_seed(7)
        flow = source.ImageDataGenerator(samplewise_center=True, rescale=2).flow(
            x, y, batch_size=4, shuffle=False
        )
        model = net(module, (4, 5, 3))
        history = model.fit(flow, epochs=3, verbose=0, shuffle=False).history["loss"]
        plain = source.ImageDataGenerator().flow(x, y, batch_size=4, shuffle=False)
        measured = model.evaluate(plain, verbose=0)
        found.append((history, measured, model.predict(plain, verbose=0)))
    # Some ten steps of SGD in float32, sums in another order.
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4)
