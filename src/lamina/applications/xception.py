"""Xception: Chollet 2016, arXiv:1610.02357."""

from __future__ import annotations

from typing import Any

from lamina.applications.imagenet_utils import decode_predictions, preparing
from lamina.applications.parts import Wanted, channel_axis, network
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


def _xception(wanted: Wanted) -> Functional:
    inputs = wanted.begin()
    x: Any = Conv2D(32, 3, strides=2, use_bias=False, name="block1_conv1")(inputs)
    x = _relu(_norm(x, "block1_conv1_bn"), "block1_conv1_act")
    x = Conv2D(64, 3, use_bias=False, name="block1_conv2")(x)
    x = _relu(_norm(x, "block1_conv2_bn"), "block1_conv2_act")
    for block, width in ((2, 128), (3, 256), (4, 728)):
        x = _narrowing(x, (width, width), block)
    for block in range(5, 13):
        before = x
        for i in range(1, 4):
            name = f"block{block}_sepconv{i}"
            x = _separable(_relu(x, f"{name}_act"), 728, name)
        x = Add()([x, before])
    x = _narrowing(x, (728, 1024), 13)
    for i, width in enumerate((1536, 2048), 1):
        name = f"block14_sepconv{i}"
        x = _relu(_separable(x, width, name), f"{name}_act")
    return wanted.finished(wanted.end(x), inputs)


Xception = network("Xception", _xception, size=299, least=71)
preprocess_input = preparing("tf")


__all__ = ["Xception", "decode_predictions", "preprocess_input"]
