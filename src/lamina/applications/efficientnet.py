"""EfficientNet B0 to B7: Tan & Le 2019, arXiv:1905.11946."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from lamina.applications.imagenet_utils import decode_predictions
from lamina.applications.imagenet_utils import plain as preprocess_input
from lamina.applications.parts import (
    Wanted,
    channel_axis,
    correct_padding,
    multiple_of_8,
    network,
)
from lamina.initializers import VarianceScaling
from lamina.layers.activation import Activation
from lamina.layers.batch_normalization import BatchNormalization
from lamina.layers.convolution import Conv2D
from lamina.layers.depthwise_convolution import DepthwiseConv2D
from lamina.layers.dropout import Dropout
from lamina.layers.global_pooling import GlobalAveragePooling2D
from lamina.layers.merging import Add, Multiply
from lamina.layers.padding import ZeroPadding2D
from lamina.layers.preprocessing.normalization import Normalization
from lamina.layers.preprocessing.rescaling import Rescaling
from lamina.layers.reshaping import Reshape
from lamina.models import Functional

# Of each stage: kernel, repeats, channels in and out, how many times they are made more, stride.
STAGES = (
    (3, 1, 32, 16, 1, 1), (3, 2, 16, 24, 6, 2), (5, 2, 24, 40, 6, 2), (3, 3, 40, 80, 6, 2),
    (5, 3, 80, 112, 6, 1), (5, 4, 112, 192, 6, 2), (3, 1, 192, 320, 6, 1),
)  # fmt: skip
# Of each network: factors of width and depth, rows of a picture, dropout before the classes.
SCALES = {
    "B0": (1.0, 1.0, 224, 0.2), "B1": (1.0, 1.1, 240, 0.2), "B2": (1.1, 1.2, 260, 0.3),
    "B3": (1.2, 1.4, 300, 0.3), "B4": (1.4, 1.8, 380, 0.4), "B5": (1.6, 2.2, 456, 0.4),
    "B6": (1.8, 2.6, 528, 0.5), "B7": (2.0, 3.1, 600, 0.5),
}  # fmt: skip
DROP = 0.2  # of the last block's rows; less in earlier ones
# Deviations of ImageNet's colours, by whose roots the published weights expect pictures divided.
DEVIATIONS = (0.229, 0.224, 0.225)


def start() -> VarianceScaling:
    """How kernels of convolutions begin."""
    return VarianceScaling(2.0, "fan_out", "truncated_normal")


def conv(x: Any, width: int, name: str, kernel: int = 1, **options: Any) -> Any:
    """A convolution, unless said otherwise without a bias."""
    options = {"use_bias": False, "padding": "same", **options}
    return Conv2D(width, kernel, kernel_initializer=start(), name=name, **options)(x)


def norm(x: Any, name: str, active: str | None = None, momentum: float = 0.99) -> Any:
    """Batch normalisation, and a swish where it has a name."""
    x = BatchNormalization(axis=channel_axis(), momentum=momentum, name=name)(x)
    return x if active is None else Activation("swish", name=active)(x)


def excited(x: Any, channels: int, few: int, name: str) -> Any:
    """Each channel times what a small network makes of the means of all."""
    y = GlobalAveragePooling2D(name=f"{name}se_squeeze")(x)
    shape = (1, 1, channels) if channel_axis() == 3 else (channels, 1, 1)
    y = Reshape(shape, name=f"{name}se_reshape")(y)
    y = conv(y, few, f"{name}se_reduce", activation="swish", use_bias=True)
    y = conv(y, channels, f"{name}se_expand", activation="sigmoid", use_bias=True)
    return Multiply(name=f"{name}se_excite")([x, y])


def _block(
    x: Any, kernel: int, given: int, out: int, ratio: int, stride: int, drop: float, name: str
) -> Any:
    before, channels = x, given * ratio
    if ratio != 1:
        x = conv(x, channels, f"{name}expand_conv")
        x = norm(x, f"{name}expand_bn", f"{name}expand_activation")
    if stride == 2:
        x = ZeroPadding2D(correct_padding(x, kernel), name=f"{name}dwconv_pad")(x)
    x = DepthwiseConv2D(
        kernel, strides=stride, padding="valid" if stride == 2 else "same", use_bias=False,
        depthwise_initializer=start(), name=f"{name}dwconv",
    )(x)  # fmt: skip
    x = norm(x, f"{name}bn", f"{name}activation")
    x = excited(x, channels, max(1, int(given * 0.25)), name)
    x = norm(conv(x, out, f"{name}project_conv"), f"{name}project_bn")
    return joined(x, before, drop, name) if stride == 1 and given == out else x


def joined(x: Any, before: Any, drop: float, name: str) -> Any:
    """A block and what came before it; in training some rows skip the block."""
    if drop > 0:
        x = Dropout(drop, noise_shape=(None, 1, 1, 1), name=f"{name}drop")(x)
    return Add(name=f"{name}add")([x, before])


def ended(x: Any, wanted: Wanted, dropout: float) -> Any:
    """The classes, after a dropout; or what `pooling` says."""
    if not wanted.include_top:
        return wanted.pooled(x)
    x = GlobalAveragePooling2D(name="avg_pool")(x)
    x = Dropout(dropout, name="top_dropout")(x)
    first = VarianceScaling(1.0 / 3.0, "fan_out", "uniform")
    return wanted.classified(x, kernel_initializer=first)


def _stages(x: Any, wider: float, deeper: float) -> Any:
    repeats = [math.ceil(deeper * stage[1]) for stage in STAGES]
    done = 0
    for i, (kernel, _, given, out, ratio, stride) in enumerate(STAGES):
        given, out = multiple_of_8(given * wider), multiple_of_8(out * wider)
        for j in range(repeats[i]):
            drop = DROP * done / float(sum(repeats))
            name = f"block{i + 1}{chr(ord('a') + j)}_"
            first = j == 0
            x = _block(x, kernel, given if first else out, out, ratio, stride if first else 1,
                       drop, name)  # fmt: skip
            done += 1
    return x


def _efficientnet(wanted: Wanted, wider: float, deeper: float, dropout: float) -> Functional:
    inputs = wanted.begin()
    x: Any = Normalization(axis=channel_axis())(Rescaling(1.0 / 255.0)(inputs))
    if wanted.weights == "imagenet":
        x = Rescaling([1.0 / math.sqrt(deviation) for deviation in DEVIATIONS])(x)
    x = ZeroPadding2D(correct_padding(x, 3), name="stem_conv_pad")(x)
    x = Conv2D(
        multiple_of_8(32 * wider), 3, strides=2, padding="valid", use_bias=False,
        kernel_initializer=start(), name="stem_conv",
    )(x)  # fmt: skip
    x = _stages(norm(x, "stem_bn", "stem_activation"), wider, deeper)
    x = norm(conv(x, multiple_of_8(1280 * wider), "top_conv"), "top_bn", "top_activation")
    return wanted.finished(ended(x, wanted, dropout), inputs)


def _network(letter: str) -> Callable[..., Functional]:
    wider, deeper, size, dropout = SCALES[letter]
    return network(f"EfficientNet{letter}", _efficientnet, wider, deeper, dropout, size=size)


EfficientNetB0, EfficientNetB1, EfficientNetB2 = (_network(f"B{i}") for i in range(3))
EfficientNetB3, EfficientNetB4, EfficientNetB5 = (_network(f"B{i}") for i in range(3, 6))
EfficientNetB6, EfficientNetB7 = (_network(f"B{i}") for i in range(6, 8))

__all__ = ["EfficientNetB0", "EfficientNetB1", "EfficientNetB2", "EfficientNetB3",
           "EfficientNetB4", "EfficientNetB5", "EfficientNetB6", "EfficientNetB7",
           "decode_predictions", "preprocess_input"]  # fmt: skip
