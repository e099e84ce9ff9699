"""VGG16 and VGG19: Simonyan & Zisserman 2014, arXiv:1409.1556."""

from __future__ import annotations

from typing import Any

from lamina.applications.parts import begin, finished, pooled
from lamina.applications.published import published
from lamina.layers.convolution import Conv2D
from lamina.layers.dense import Dense
from lamina.layers.pooling import MaxPooling2D
from lamina.layers.reshaping import Flatten
from lamina.models import Functional

WIDTHS = (64, 128, 256, 512, 512)


def _vgg(
    network: str, depths: tuple[int, ...], include_top: bool, weights: Any, input_tensor: Any,
    input_shape: Any, pooling: Any, classes: int, classifier_activation: Any, name: Any,
) -> Functional:  # fmt: skip
    inputs = begin(network, weights, include_top, classes, input_shape, input_tensor, 224, 32)
    x: Any = inputs
    for block, (width, depth) in enumerate(zip(WIDTHS, depths, strict=True), 1):
        for i in range(1, depth + 1):
            x = Conv2D(width, 3, padding="same", activation="relu", name=f"block{block}_conv{i}")(x)
        x = MaxPooling2D(2, 2, name=f"block{block}_pool")(x)
    if include_top:
        x = Flatten(name="flatten")(x)
        x = Dense(4096, activation="relu", name="fc1")(x)
        x = Dense(4096, activation="relu", name="fc2")(x)
        x = Dense(classes, activation=classifier_activation, name="predictions")(x)
    else:
        x = pooled(x, pooling, (None, None))
    return finished(x, inputs, name, weights, published(network.lower(), include_top))


def VGG16(  # noqa: N802 - Keras' name
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    input_shape: Any = None, pooling: Any = None, classes: int = 1000,
    classifier_activation: Any = "softmax", name: str = "vgg16",
) -> Functional:  # fmt: skip
    """VGG16, for pictures of 224 x 224, or at least 32 x 32 without its top.

    Args:
        include_top: with the layers that end in classes.
        weights: None, "imagenet" (published ones, downloaded once), or the path of a file.
        input_tensor: a symbolic input. input_shape: of a picture.
        pooling: without the top: None, "avg" or "max" over the picture.
        classes, classifier_activation: of the last layer.

    Raises: ArgumentError for arguments that do not go together; DownloadError.
    """
    return _vgg("VGG16", (2, 2, 3, 3, 3), include_top, weights, input_tensor, input_shape, pooling,
                classes, classifier_activation, name)  # fmt: skip


def VGG19(  # noqa: N802 - Keras' name
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    input_shape: Any = None, pooling: Any = None, classes: int = 1000,
    classifier_activation: Any = "softmax", name: str = "vgg19",
) -> Functional:  # fmt: skip
    """VGG19; arguments as VGG16's."""
    return _vgg("VGG19", (2, 2, 4, 4, 4), include_top, weights, input_tensor, input_shape, pooling,
                classes, classifier_activation, name)  # fmt: skip
