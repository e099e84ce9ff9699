"""Records the structure of Keras' published networks: layers, shapes, numbers of weights.

python -m tests.applications.record
"""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

FILE = Path(__file__).with_name("structure.json.gz")
NETWORKS = (
    "VGG16", "VGG19", "ResNet50", "ResNet101", "ResNet152", "ResNet50V2", "ResNet101V2",
    "ResNet152V2", "InceptionV3", "Xception", "MobileNet", "MobileNetV2", "DenseNet121",
    "DenseNet169", "DenseNet201", "EfficientNetB0", "EfficientNetB1", "EfficientNetB2",
    "EfficientNetB3", "EfficientNetB4", "EfficientNetB5", "EfficientNetB6", "EfficientNetB7",
    "EfficientNetV2B0", "EfficientNetV2B1", "EfficientNetV2B2", "EfficientNetV2B3",
    "EfficientNetV2S", "EfficientNetV2M", "EfficientNetV2L", "ConvNeXtTiny", "ConvNeXtSmall",
    "ConvNeXtBase", "ConvNeXtLarge", "ConvNeXtXLarge", "MobileNetV3Small", "MobileNetV3Large",
    "NASNetMobile", "NASNetLarge", "InceptionResNetV2",
)  # fmt: skip


def structure(k, network):
    """[name, class, shape, weights] of each layer, names counted from the first of a process."""
    k.utils.clear_session()
    model = getattr(k.applications, network)(weights=None)
    shapes = [str([*x.output.shape]) for x in model.layers]
    rows = zip(model.layers, shapes, strict=True)
    return [[x.name, type(x).__name__, shape, x.count_params()] for x, shape in rows]


def main():
    os.environ["KERAS_BACKEND"] = "jax"
    import keras

    found = {network: structure(keras, network) for network in NETWORKS}
    with gzip.GzipFile(FILE, "wb", mtime=0) as file:
        file.write(json.dumps(found).encode())


if __name__ == "__main__":
    main()
