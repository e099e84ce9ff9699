"""Xception: Chollet 2016, arXiv:1610.02357."""

from __future__ import annotations

from typing import Any

from lamina.applications.imagenet_utils import decode_predictions
from lamina.applications.imagenet_utils import preprocess_input as prepared
from lamina.applications.parts import begin, channel_axis, end, finished
from lamina.applications.published import published
from lamina.layers.activation import Activation
from lamina.layers.batch_normalization import BatchNormalization
from lamina.layers.convolution import Conv2D
from lamina.layers.depthwise_convolution import SeparableConv2D
from lamina.layers.merging import Add
from lamina.layers.pooling import MaxPooling2D
from lamina.models import Functional


def _norm(x: Any, name: str | None = None) -> Any:
    return BatchNormalization(axis=channel_axis(), name=name)(x)


def _separable(x: Any, width: int, name: str) -> Any:
    x = SeparableConv2D(width, 3, padding="same", use_bias=False, name=name)(x)
    return _norm(x, f"{name}_bn")


def _relu(x: Any, name: str) -> Any:
    return Activation("relu", name=name)(x)


def _narrowing(x: Any, widths: tuple[int, int], block: int) -> Any:
    """A block that halves the picture, beside a convolution that does so too."""
    beside = _norm(Conv2D(widths[1], 1, strides=2, padding="same", use_bias=False)(x))
    for i, width in enumerate(widths, 1):
        name = f"block{block}_sepconv{i}"
        if block > 2 or i > 1:
            x = _relu(x, f"{name}_act")
        x = _separable(x, width, name)
    x = MaxPooling2D(3, strides=2, padding="same", name=f"block{block}_pool")(x)
    return Add()([x, beside])


def Xception(  # noqa: N802 - Keras' name
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    input_shape: Any = None, pooling: Any = None, classes: int = 1000,
    classifier_activation: Any = "softmax", name: str = "xception",
) -> Functional:  # fmt: skip
    """Xception, for pictures of 299 x 299, or at least 71 x 71 without its top.

    Args:
        include_top: with the layer that ends in classes.
        weights: None, "imagenet" (published ones, downloaded once), or the path of a file.
        input_tensor: a symbolic input. input_shape: of a picture.
        pooling: without the top: None, "avg" or "max" over the picture.
        classes, classifier_activation: of the last layer.

    Raises: ArgumentError for arguments that do not go together; DownloadError.
    """
    inputs = begin("Xception", weights, include_top, classes, input_shape, input_tensor, 299, 71)
    x: Any = Conv2D(32, 3, strides=2, use_bias=False, name="block1_conv1")(inputs)
    x = _relu(_norm(x, "block1_conv1_bn"), "block1_conv1_act")
    x = Conv2D(64, 3, use_bias=False, name="block1_conv2")(x)
    x = _relu(_norm(x, "block1_conv2_bn"), "block1_conv2_act")
    for block, width in ((2, 128), (3, 256), (4, 728)):
        x = _narrowing(x, (width, width), block)
    for block in range(5, 13):
        before = x
        for i in range(1, 4):
            name_ = f"block{block}_sepconv{i}"
            x = _separable(_relu(x, f"{name_}_act"), 728, name_)
        x = Add()([x, before])
    x = _narrowing(x, (728, 1024), 13)
    for i, width in enumerate((1536, 2048), 1):
        name_ = f"block14_sepconv{i}"
        x = _relu(_separable(x, width, name_), f"{name_}_act")
    x = end(x, include_top, pooling, classes, classifier_activation)
    return finished(x, inputs, name, weights, published("xception", include_top))


def preprocess_input(x: Any, data_format: Any = None) -> Any:
    """Pictures of numbers 0 to 255 as the network takes them: mode "tf"."""
    return prepared(x, data_format, "tf")


__all__ = ["Xception", "decode_predictions", "preprocess_input"]
