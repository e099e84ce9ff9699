"""NASNet-A: Zoph et al. 2017, arXiv:1707.07012."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.applications.imagenet_utils import decode_predictions, preparing
from lamina.applications.parts import (
    Wanted,
    channels_last_only,
    correct_padding,
    titled,
)
from lamina.applications.published import Published
from lamina.layers.activation import Activation
from lamina.layers.batch_normalization import BatchNormalization
from lamina.layers.convolution import Conv2D
from lamina.layers.depthwise_convolution import SeparableConv2D
from lamina.layers.global_pooling import GlobalAveragePooling2D
from lamina.layers.merging import Add, Concatenate
from lamina.layers.padding import Cropping2D, ZeroPadding2D
from lamina.layers.pooling import AveragePooling2D, MaxPooling2D
from lamina.models import Functional

# MD5 of the published weights, with the top and without.
DIGESTS = {
    "mobile": ("020fb642bf7360b370c678b08e0adf61", "1ed92395b5b598bdda52abe5c0dbfd63"),
    "large": ("11577c9a518f0070763c2b964a382f17", "d81d89dc07e6e56530c4e77faddd61b5"),
}


def _relu(x: Any, name: str | None = None) -> Any:
    return Activation("relu", name=name)(x)


def _norm(x: Any, name: str) -> Any:
    return BatchNormalization(momentum=0.9997, epsilon=1e-3, name=name)(x)


def _conv(x: Any, width: int, name: str) -> Any:
    return Conv2D(
        width, 1, padding="same", use_bias=False, kernel_initializer="he_normal", name=name
    )(x)  # fmt: skip


def _mean(x: Any, name: str) -> Any:
    return AveragePooling2D(3, strides=1, padding="same", name=name)(x)


def _added(a: Any, b: Any, name: str | None = None) -> Any:
    return Add(name=name)([a, b])


def _separable(x: Any, width: int, kernel: int, place: str, stride: int = 1) -> Any:
    """Twice: relu, a convolution of each channel and one of all, normalisation."""
    name, x = f"separable_conv_1_{place}", _relu(x)
    if stride == 2:
        x = ZeroPadding2D(correct_padding(x, kernel), name=f"separable_conv_1_pad_{place}")(x)
    x = SeparableConv2D(
        width, kernel, strides=stride, padding="valid" if stride == 2 else "same", use_bias=False,
        name=name,
    )(x)  # fmt: skip
    x = _relu(_norm(x, f"separable_conv_1_bn_{place}"))
    name = f"separable_conv_2_{place}"
    x = SeparableConv2D(width, kernel, padding="same", use_bias=False, name=name)(x)
    return _norm(x, f"separable_conv_2_bn_{place}")


def _halved(x: Any, width: int, cell: str) -> Any:
    """Every second point, beside every second one moved by one down and right."""
    x = _relu(x, f"adjust_relu_1_{cell}")
    a = AveragePooling2D(1, strides=2, name=f"adjust_avg_pool_1_{cell}")(x)
    a = _conv(a, width // 2, f"adjust_conv_1_{cell}")
    b = Cropping2D(((1, 0), (1, 0)))(ZeroPadding2D(((0, 1), (0, 1)))(x))
    b = AveragePooling2D(1, strides=2, name=f"adjust_avg_pool_2_{cell}")(b)
    b = _conv(b, width // 2, f"adjust_conv_2_{cell}")
    return _norm(Concatenate()([a, b]), f"adjust_bn_{cell}")


def _adjusted(before: Any, x: Any, width: int, cell: str) -> Any:
    """What the cell before last made, as long and wide as what the last made, in `width` channels.

    Columns tell which it needs; the first cell has only its input.
    """
    if before is None:
        return x
    if before.shape[2] != x.shape[2]:
        return _halved(before, width, cell)
    if before.shape[3] != width:
        y = _conv(_relu(before), width, f"adjust_conv_projection_{cell}")
        return _norm(y, f"adjust_bn_{cell}")
    return before


def _entered(x: Any, before: Any, width: int, kind: str, cell: str) -> tuple[Any, Any]:
    before = _adjusted(before, x, width, cell)
    y = _conv(_relu(x), width, f"{kind}_conv_1_{cell}")
    return _norm(y, f"{kind}_bn_1_{cell}"), before


def _normal(x: Any, before: Any, width: int, cell: str) -> Any:
    """A cell that keeps the picture's size (figure 4, left)."""
    h, p = _entered(x, before, width, "normal", cell)
    left = _separable(h, width, 5, f"normal_left1_{cell}")
    right = _separable(p, width, 3, f"normal_right1_{cell}")
    y1 = _added(left, right, f"normal_add_1_{cell}")
    left = _separable(p, width, 5, f"normal_left2_{cell}")
    right = _separable(p, width, 3, f"normal_right2_{cell}")
    y2 = _added(left, right, f"normal_add_2_{cell}")
    y3 = _added(_mean(h, f"normal_left3_{cell}"), p, f"normal_add_3_{cell}")
    left, right = _mean(p, f"normal_left4_{cell}"), _mean(p, f"normal_right4_{cell}")
    y4 = _added(left, right, f"normal_add_4_{cell}")
    y5 = _added(_separable(h, width, 3, f"normal_left5_{cell}"), h, f"normal_add_5_{cell}")
    return Concatenate(name=f"normal_concat_{cell}")([p, y1, y2, y3, y4, y5])


def _reduction(x: Any, before: Any, width: int, cell: str) -> Any:
    """A cell that halves the picture (figure 4, right)."""
    h, p = _entered(x, before, width, "reduction", cell)
    padded = ZeroPadding2D(correct_padding(h, 3), name=f"reduction_pad_1_{cell}")(h)
    left = _separable(h, width, 5, f"reduction_left1_{cell}", 2)
    right = _separable(p, width, 7, f"reduction_right1_{cell}", 2)
    y1 = _added(left, right, f"reduction_add_1_{cell}")
    left = MaxPooling2D(3, strides=2, name=f"reduction_left2_{cell}")(padded)
    right = _separable(p, width, 7, f"reduction_right2_{cell}", 2)
    y2 = _added(left, right, f"reduction_add_2_{cell}")
    left = AveragePooling2D(3, strides=2, name=f"reduction_left3_{cell}")(padded)
    right = _separable(p, width, 5, f"reduction_right3_{cell}", 2)
    y3 = _added(left, right, f"reduction_add3_{cell}")
    y4 = _added(y2, _mean(y1, f"reduction_left4_{cell}"))
    left = _separable(y1, width, 3, f"reduction_left4_{cell}")
    right = MaxPooling2D(3, strides=2, name=f"reduction_right5_{cell}")(padded)
    y5 = _added(left, right, f"reduction_add4_{cell}")
    return Concatenate(name=f"reduction_concat_{cell}")([y2, y3, y4, y5])


def _nasnet(
    wanted: Wanted, file: Published, width: int, repeats: int, stem: int, skips: bool
) -> Functional:
    """Three stacks of normal cells, each twice as wide; each cell sees the two before it.

    Args:
        width: channels of the last cell's branches, 4 times those of the first stack.
        skips: whether the cell after a reduction sees that which came before it.
    """
    channels_last_only(wanted.network)
    inputs = wanted.begin()
    x: Any = Conv2D(
        stem, 3, strides=2, use_bias=False, kernel_initializer="he_normal", name="stem_conv1"
    )(inputs)  # fmt: skip
    x, before = _norm(x, "stem_bn1"), None
    for i, part in enumerate((16, 8), 1):
        x, before = _reduction(x, before, width // part, f"stem_{i}"), x
    for stack, part in enumerate((4, 2, 1)):
        if stack:
            last, x = x, _reduction(x, before, width // part, f"reduce_{stack * repeats}")
            before = before if skips else last
        for i in range(repeats):
            cell = stack * repeats + i + (stack > 0)
            x, before = _normal(x, before, width // part, str(cell)), x
    x = _relu(x)
    if wanted.include_top:
        x = wanted.classified(GlobalAveragePooling2D()(x))
    else:
        x = wanted.pooled(x, (None, None))
    return wanted.finished(x, inputs, file)


def _network(
    word: str, size: int, width: int, repeats: int, stem: int, skips: bool
) -> Callable[..., Functional]:
    called, label = f"NASNet{word.title()}", f"nasnet_{word}"

    def made(
        input_shape: Any = None, include_top: bool = True, weights: Any = "imagenet",
        input_tensor: Any = None, pooling: Any = None, classes: int = 1000,
        classifier_activation: Any = "softmax", name: Any = label,
    ) -> Functional:  # fmt: skip
        shape = (size, size, 3) if input_shape is None else input_shape
        wanted = Wanted(called, label, size, 32, include_top, weights, input_tensor, shape,
                        pooling, classes, classifier_activation, name)  # fmt: skip
        whole, without = DIGESTS[word]
        end, digest = ("", whole) if include_top else ("-no-top", without)
        file = Published("tensorflow/keras-applications/nasnet/", f"NASNet-{word}{end}.h5", digest,
                         f"{label}{end.replace('-', '_')}.h5")  # fmt: skip
        return _nasnet(wanted, file, width, repeats, stem, skips)

    return titled(made, called, __name__, size)


NASNetMobile = _network("mobile", 224, 1056 // 6, 4, 32, skips=False)
NASNetLarge = _network("large", 331, 4032 // 6, 6, 96, skips=True)
preprocess_input = preparing("tf")

__all__ = ["NASNetLarge", "NASNetMobile", "decode_predictions", "preprocess_input"]
