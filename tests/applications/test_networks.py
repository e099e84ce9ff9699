"""Published networks: Keras' structure, its predictions on the same weights, its errors."""

from __future__ import annotations

import gzip
import importlib
import json

import keras
import numpy as np
import pytest
from tests.applications.record import FILE, NETWORKS, structure

import lamina
from lamina.applications import imagenet_utils
from lamina.errors import ArgumentError, DownloadError

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
RECORDED = json.loads(gzip.decompress(FILE.read_bytes()))
# Those that take more than five seconds to make, for the numbers that their weights begin with.
LARGE = ("VGG19", "EfficientNetV2L", "ConvNeXtLarge", "ConvNeXtXLarge")
RANDOM = np.random.default_rng(11)


@pytest.mark.parametrize("network", [n for n in NETWORKS if n not in LARGE])
def test_the_structure_is_keras(network):
    assert structure(lamina, network) == RECORDED[network]


SMALL = {
    "mobilenet": ("MobileNet", {"alpha": 0.25, "input_shape": (32, 32, 3)}),
    "mobilenet v2": ("MobileNetV2", {"alpha": 0.35, "input_shape": (32, 33, 3), "pooling": "max",
                                     "include_top": False}),
    "efficientnet": ("EfficientNetB0", {"input_shape": (40, 33, 3), "pooling": "avg",
                                        "include_top": False}),
    "efficientnet v2": ("EfficientNetV2B0", {"input_shape": (40, 33, 3), "pooling": "avg",
                                             "include_top": False}),
    "efficientnet v2 unscaled": ("EfficientNetV2B1", {"input_shape": (32, 32, 1),
                                                      "include_preprocessing": False,
                                                      "include_top": False}),
    "convnext": ("ConvNeXtTiny", {"input_shape": (32, 37, 3)}),
    "convnext body": ("ConvNeXtTiny", {"input_shape": (32, 32, 1), "pooling": "max",
                                       "include_top": False}),
    "mobilenet v3": ("MobileNetV3Large", {"input_shape": (32, 33, 3), "alpha": 0.25}),
    "mobilenet v3 minimalistic": ("MobileNetV3Small", {"input_shape": (33, 32, 3), "alpha": 1.3,
                                                       "minimalistic": True, "dropout_rate": 0.0}),
    "mobilenet v3 body": ("MobileNetV3Small", {"input_shape": (32, 32, 3), "alpha": 0.5,
                                               "include_preprocessing": False,
                                               "include_top": False, "pooling": "avg"}),
    "nasnet": ("NASNetMobile", {"input_shape": (33, 40, 3), "include_top": False,
                                "pooling": "max"}),
    "inception resnet v2": ("InceptionResNetV2", {"input_shape": (75, 76, 3), "pooling": "avg",
                                                  "include_top": False}),
}  # fmt: skip


@pytest.mark.parametrize("name", SMALL)
def test_the_predictions_are_keras(name):
    network, options = SMALL[name]
    options = {"weights": None, **options}
    if options.get("include_top", True):
        options.setdefault("classes", 4)
    ours = getattr(lamina.applications, network)(**options)
    theirs = getattr(keras.applications, network)(**options)
    weights = [RANDOM.normal(size=w.shape).astype("float32") * 0.2 for w in ours.get_weights()]
    weights = [
        np.abs(w) + 0.5 if "variance" in v.path else w
        for v, w in zip(ours.weights, weights, strict=True)
    ]
    for model in (ours, theirs):
        model.set_weights(weights)
    x = RANDOM.uniform(0, 255, (3, *options["input_shape"])).astype("float32") / 50
    wanted = np.asarray(theirs(x, training=False))
    # Fifty layers of sums of some hundred float32 numbers; the largest outputs are some thousand.
    tolerance = 2e-4 * max(1.0, float(np.abs(wanted).max()))
    np.testing.assert_allclose(ours.predict(x, verbose=0), wanted, rtol=2e-4, atol=tolerance)


@pytest.mark.parametrize("mode", imagenet_utils.MODES)
@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_pictures_are_prepared_as_by_keras(mode, layout, dtype):
    shape = (2, 4, 5, 3) if layout == "channels_last" else (2, 3, 4, 5)
    x = RANDOM.integers(0, 256, shape).astype(dtype)
    wanted = keras.applications.imagenet_utils.preprocess_input(x.copy(), layout, mode)
    found = imagenet_utils.preprocess_input(x, layout, mode)
    assert found.dtype == wanted.dtype
    # Two roundings of float32 numbers below 256.
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-4)
    traced = imagenet_utils.preprocess_input(lamina.ops.convert_to_tensor(x), layout, mode)
    np.testing.assert_allclose(np.asarray(traced), wanted, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize(
    "module",
    [
        "vgg16",
        "resnet",
        "resnet_v2",
        "densenet",
        "efficientnet",
        "mobilenet",
        "mobilenet_v2",
        "xception",
        "inception_v3",
        "efficientnet_v2",
        "convnext",
        "mobilenet_v3",
        "nasnet",
        "inception_resnet_v2",
    ],
)
def test_each_network_has_its_own_pictures(module):
    x = RANDOM.uniform(0, 255, (1, 3, 3, 3)).astype("float32")
    ours, theirs = (importlib.import_module(f"{k}.applications.{module}")
                    for k in ("lamina", "keras"))  # fmt: skip
    np.testing.assert_allclose(
        ours.preprocess_input(x), theirs.preprocess_input(x.copy()), rtol=1e-5, atol=1e-4
    )


def test_weights_of_a_file(tmp_path):
    options = {"alpha": 0.25, "input_shape": (32, 32, 3), "include_top": False}
    first = lamina.applications.MobileNet(weights=None, **options)
    first.save_weights(tmp_path / "w.h5")
    again = lamina.applications.MobileNet(weights=str(tmp_path / "w.h5"), **options)
    for a, b in zip(first.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_published_weights_need_a_network(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr("urllib.request.OpenerDirector.open", _no_network)
    with pytest.raises(DownloadError, match="vgg16_weights_tf_dim_ordering_tf_kernels_notop"):
        lamina.applications.VGG16(include_top=False, input_shape=(32, 32, 3))


def _no_network(*args, **kwargs):
    raise OSError("no network")


def test_an_input_of_ones_own():
    start = lamina.Input((40, 40, 3))
    base = lamina.applications.MobileNet(
        weights=None, include_top=False, alpha=0.25, input_tensor=start * 2.0, pooling="avg"
    )
    assert base.input is start
    assert base.output_shape == (None, 256)


BAD = {
    "weights": {"weights": "nowhere.h5"},
    "classes": {"classes": 3},
    "rank": {"weights": None, "input_shape": (32, 32)},
    "small": {"weights": None, "input_shape": (16, 16, 3)},
    "open": {"weights": None, "input_shape": (None, None, 3)},
    "size": {"input_shape": (64, 64, 3)},
    "channels": {"include_top": False, "input_shape": (64, 64, 1)},
    "pooling": {"weights": None, "include_top": False, "pooling": "mean"},
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_go_together_is_refused(name):
    with pytest.raises(ArgumentError):
        lamina.applications.ResNet50(**BAD[name])


def test_classes_by_name(tmp_path, monkeypatch):
    names = {str(i): [f"n{i:08d}", f"thing {i}"] for i in range(1000)}
    path = tmp_path / "index.json"
    path.write_text(json.dumps(names), "utf-8")
    monkeypatch.setattr("lamina.applications.published.class_index", lambda: str(path))
    imagenet_utils._names.cache_clear()
    values = np.zeros((2, 1000))
    values[0, 7], values[0, 3], values[1, 999] = 0.6, 0.4, 1.0
    found = imagenet_utils.decode_predictions(values, top=2)
    imagenet_utils._names.cache_clear()
    assert found[0] == [("n00000007", "thing 7", 0.6), ("n00000003", "thing 3", 0.4)]
    assert found[1][0] == ("n00000999", "thing 999", 1.0)
    with pytest.raises(ArgumentError, match="1000 classes"):
        imagenet_utils.decode_predictions(np.zeros((2, 10)))
