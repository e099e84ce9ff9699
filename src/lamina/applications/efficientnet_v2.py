"""EfficientNetV2: Tan & Le 2021, arXiv:2104.00298. Pictures are of numbers 0 to 255."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from lamina.applications.efficientnet import DROP, conv, ended, excited, joined, norm, start
from lamina.applications.imagenet_utils import decode_predictions
from lamina.applications.imagenet_utils import plain as preprocess_input
from lamina.applications.parts import Wanted, channel_axis, multiple_of_8, titled
from lamina.layers.depthwise_convolution import DepthwiseConv2D
from lamina.layers.preprocessing.normalization import Normalization
from lamina.layers.preprocessing.rescaling import Rescaling
from lamina.models import Functional

MOMENTUM = 0.9
MEANS, DEVIATIONS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's colours


class _Stage(NamedTuple):
    """Blocks one after another; `fused` ones convolve all channels at once and excite none."""

    fused: bool
    repeats: int
    given: int
    out: int
    ratio: int
    stride: int


def _stages(*rows: tuple[bool, int, int, int, int, int]) -> tuple[_Stage, ...]:
    return tuple(_Stage(*row) for row in rows)


BASE = _stages(
    (True, 1, 32, 16, 1, 1), (True, 2, 16, 32, 4, 2), (True, 2, 32, 48, 4, 2),
    (False, 3, 48, 96, 4, 2), (False, 5, 96, 112, 6, 1), (False, 8, 112, 192, 6, 2),
)  # fmt: skip
SMALL = _stages(
    (True, 2, 24, 24, 1, 1), (True, 4, 24, 48, 4, 2), (True, 4, 48, 64, 4, 2),
    (False, 6, 64, 128, 4, 2), (False, 9, 128, 160, 6, 1), (False, 15, 160, 256, 6, 2),
)  # fmt: skip
MEDIUM = _stages(
    (True, 3, 24, 24, 1, 1), (True, 5, 24, 48, 4, 2), (True, 5, 48, 80, 4, 2),
    (False, 7, 80, 160, 4, 2), (False, 14, 160, 176, 6, 1), (False, 18, 176, 304, 6, 2),
    (False, 5, 304, 512, 6, 1),
)  # fmt: skip
LARGE = _stages(
    (True, 4, 32, 32, 1, 1), (True, 7, 32, 64, 4, 2), (True, 7, 64, 96, 4, 2),
    (False, 10, 96, 192, 4, 2), (False, 19, 192, 224, 6, 1), (False, 25, 224, 384, 6, 2),
    (False, 7, 384, 640, 6, 1),
)  # fmt: skip


def _norm(x: Any, name: str, active: str | None = None) -> Any:
    return norm(x, name, active, MOMENTUM)


def _width(width: float) -> int:
    return multiple_of_8(width, most_lost=1.0)


def _fused(x: Any, given: int, out: int, ratio: int, stride: int, name: str) -> Any:
    if ratio == 1:
        x = conv(x, out, f"{name}project_conv", 3, strides=stride)
        return _norm(x, f"{name}project_bn", f"{name}project_activation")
    x = conv(x, given * ratio, f"{name}expand_conv", 3, strides=stride)
    x = _norm(x, f"{name}expand_bn", f"{name}expand_activation")
    return _norm(conv(x, out, f"{name}project_conv"), f"{name}project_bn")


def _each(x: Any, given: int, out: int, ratio: int, stride: int, name: str) -> Any:
    """Channels are made more, convolved each, excited, and made fewer."""
    x = conv(x, given * ratio, f"{name}expand_conv")
    x = _norm(x, f"{name}expand_bn", f"{name}expand_activation")
    x = DepthwiseConv2D(
        3, strides=stride, padding="same", use_bias=False, depthwise_initializer=start(),
        name=f"{name}dwconv2",
    )(x)  # fmt: skip
    x = _norm(x, f"{name}bn", f"{name}activation")
    x = excited(x, given * ratio, max(1, int(given * 0.25)), name)
    return _norm(conv(x, out, f"{name}project_conv"), f"{name}project_bn")


def _blocks(x: Any, stages: tuple[_Stage, ...], wider: float, deeper: float) -> Any:
    done, all_of_them = 0, sum(stage.repeats for stage in stages)  # without `deeper`, as in Keras
    for i, stage in enumerate(stages, 1):
        given, out = _width(stage.given * wider), _width(stage.out * wider)
        stride = stage.stride
        for j in range(math.ceil(deeper * stage.repeats)):
            name, before = f"block{i}{chr(ord('a') + j)}_", x
            make = _fused if stage.fused else _each
            x = make(x, given, out, stage.ratio, stride, name)
            if stride == 1 and given == out:
                x = joined(x, before, DROP * done / all_of_them, name)
            given, stride, done = out, 1, done + 1
    return x


def _rescaled(x: Any, as_first: bool) -> Any:
    """Colours by their means and deviations, as for the first EfficientNet; or -1 to 1."""
    if not as_first or x.shape[channel_axis()] != len(MEANS):
        return Rescaling(1.0 / 128.0, -1.0)(x)
    variances = [deviation**2 for deviation in DEVIATIONS]
    x = Rescaling(1.0 / 255.0)(x)
    return Normalization(axis=channel_axis(), mean=list(MEANS), variance=variances)(x)


def _efficientnet_v2(
    wanted: Wanted, stages: tuple[_Stage, ...], wider: float, deeper: float, rescale: bool
) -> Functional:
    inputs = wanted.begin()
    x: Any = _rescaled(inputs, stages is BASE) if rescale else inputs
    x = conv(x, _width(stages[0].given * wider), "stem_conv", 3, strides=2)
    x = _blocks(_norm(x, "stem_bn", "stem_activation"), stages, wider, deeper)
    x = _norm(conv(x, _width(1280 * wider), "top_conv"), "top_bn", "top_activation")
    return wanted.finished(ended(x, wanted, dropout=0.2), inputs)


def _network(
    word: str, stages: tuple[_Stage, ...], size: int, wider: float = 1.0, deeper: float = 1.0
) -> Callable[..., Functional]:
    called, label = f"EfficientNetV2{word}", f"efficientnetv2-{word.lower()}"

    def made(
        include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
        input_shape: Any = None, pooling: Any = None, classes: int = 1000,
        classifier_activation: Any = "softmax", include_preprocessing: bool = True,
        name: Any = label,
    ) -> Functional:  # fmt: skip
        wanted = Wanted(called, label, size, 32, include_top, weights, input_tensor, input_shape,
                        pooling, classes, classifier_activation, name)  # fmt: skip
        return _efficientnet_v2(wanted, stages, wider, deeper, include_preprocessing)

    return titled(made, called, __name__, size, more=(
        "include_preprocessing: scales pictures of 0 ... 255; without it they are of -1 ... 1."
    ))  # fmt: skip


EfficientNetV2B0 = _network("B0", BASE, 224)
EfficientNetV2B1 = _network("B1", BASE, 240, deeper=1.1)
EfficientNetV2B2 = _network("B2", BASE, 260, 1.1, 1.2)
EfficientNetV2B3 = _network("B3", BASE, 300, 1.2, 1.4)
EfficientNetV2S = _network("S", SMALL, 384)
EfficientNetV2M = _network("M", MEDIUM, 480)
EfficientNetV2L = _network("L", LARGE, 480)

__all__ = ["EfficientNetV2B0", "EfficientNetV2B1", "EfficientNetV2B2", "EfficientNetV2B3",
           "EfficientNetV2L", "EfficientNetV2M", "EfficientNetV2S", "decode_predictions",
           "preprocess_input"]  # fmt: skip
