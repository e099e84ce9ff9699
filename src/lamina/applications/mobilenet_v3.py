"""MobileNetV3: Howard et al. 2019, arXiv:1905.02244. Pictures are of numbers 0 to 255."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lamina.applications.imagenet_utils import decode_predictions
from lamina.applications.imagenet_utils import plain as preprocess_input
from lamina.applications.parts import (
    Wanted,
    channel_axis,
    correct_padding,
    multiple_of_8,
    titled,
)
from lamina.applications.published import Published
from lamina.errors import ArgumentError
from lamina.layers.activation import Activation, ReLU
from lamina.layers.batch_normalization import BatchNormalization
from lamina.layers.convolution import Conv2D
from lamina.layers.depthwise_convolution import DepthwiseConv2D
from lamina.layers.dropout import Dropout
from lamina.layers.global_pooling import GlobalAveragePooling2D
from lamina.layers.merging import Add, Multiply
from lamina.layers.padding import ZeroPadding2D
from lamina.layers.preprocessing.rescaling import Rescaling
from lamina.layers.reshaping import Flatten
from lamina.models import Functional

# Of each block: how many times channels are made more, channels out, whether its kernel is of 5
# rows, stride, whether channels are excited, whether it has the later blocks' activation.
SMALL = (
    (1, 16, 0, 2, 1, 0), (72 / 16, 24, 0, 2, 0, 0), (88 / 24, 24, 0, 1, 0, 0), (4, 40, 1, 2, 1, 1),
    (6, 40, 1, 1, 1, 1), (6, 40, 1, 1, 1, 1), (3, 48, 1, 1, 1, 1), (3, 48, 1, 1, 1, 1),
    (6, 96, 1, 2, 1, 1), (6, 96, 1, 1, 1, 1), (6, 96, 1, 1, 1, 1),
)  # fmt: skip
LARGE = (
    (1, 16, 0, 1, 0, 0), (4, 24, 0, 2, 0, 0), (3, 24, 0, 1, 0, 0), (3, 40, 1, 2, 1, 0),
    (3, 40, 1, 1, 1, 0), (3, 40, 1, 1, 1, 0), (6, 80, 0, 2, 0, 1), (2.5, 80, 0, 1, 0, 1),
    (2.3, 80, 0, 1, 0, 1), (2.3, 80, 0, 1, 0, 1), (6, 112, 0, 1, 1, 1), (6, 112, 0, 1, 1, 1),
    (6, 160, 1, 2, 1, 1), (6, 160, 1, 1, 1, 1), (6, 160, 1, 1, 1, 1),
)  # fmt: skip
# MD5 of the published weights, with the top and without.
DIGESTS = {
    "large_224_0.75": ("765b44a33ad4005b3ac83185abf1d0eb", "40af19a13ebea4e2ee0c676887f69a2e"),
    "large_224_1.0": ("59e551e166be033d707958cf9e29a6a7", "07fb09a5933dd0c8eaafa16978110389"),
    "large_minimalistic_224_1.0": (
        "675e7b876c45c57e9e63e6d90a36599c", "ec5221f64a2f6d1ef965a614bdae7973"
    ),
    "small_224_0.75": ("cb65d4e5be93758266aa0a7f2c6708b7", "ebdb5cc8e0b497cd13a7c275d475c819"),
    "small_224_1.0": ("8768d4c2e7dee89b9d02b2d03d65d862", "d3e8ec802a04aa4fc771ee12a9a9b836"),
    "small_minimalistic_224_1.0": (
        "99cd97fb2fcdad2bf028eb838de69e37", "cde8136e733e811080d9fcd8a252f7e4"
    ),
}  # fmt: skip


@dataclass(frozen=True)
class _Size:
    """A network of the family: its blocks, and the channels before its classes."""

    word: str
    blocks: tuple[tuple[float, int, int, int, int, int], ...]
    last: int

    def weights(self, alpha: float, minimalistic: bool, include_top: bool) -> Published:
        """The file of its published weights.

        Raises: ArgumentError for a width that has none.
        """
        kind = f"{self.word}{'_minimalistic' if minimalistic else ''}_224_{float(alpha)}"
        if kind not in DIGESTS:
            raise ArgumentError(
                f"MobileNetV3{self.word.title()}(alpha=...)",
                "is 0.75 or 1.0 with the published weights, and 1.0 if minimalistic",
                repr(alpha), "pass alpha=1.0, or weights=None",
            )  # fmt: skip
        whole, without = DIGESTS[kind]
        end = "" if include_top else "_no_top_v2"
        return Published(
            "tensorflow/keras-applications/mobilenet_v3/",
            f"weights_mobilenet_v3_{kind}_float{end}.h5", whole if include_top else without,
        )  # fmt: skip


def _relu(x: Any) -> Any:
    return ReLU()(x)


def _hard_swish(x: Any) -> Any:
    return Activation("hard_swish")(x)


def _norm(x: Any, name: str) -> Any:
    return BatchNormalization(axis=channel_axis(), epsilon=1e-3, momentum=0.999, name=name)(x)


def _conv(x: Any, width: int, name: str, use_bias: bool = False) -> Any:
    return Conv2D(width, 1, padding="same", use_bias=use_bias, name=name)(x)


def _excited(x: Any, channels: int, name: str) -> Any:
    """Each channel times what a small network makes of the means of all."""
    name = f"{name}squeeze_excite_"
    y = GlobalAveragePooling2D(keepdims=True, name=f"{name}avg_pool")(x)
    y = _conv(y, multiple_of_8(channels * 0.25), f"{name}conv", True)
    y = _conv(ReLU(name=f"{name}relu")(y), channels, f"{name}conv_1", True)
    return Multiply(name=f"{name}mul")([x, ReLU(6.0)(y + 3.0) * (1.0 / 6.0)])


def _block(
    x: Any, ratio: float, out: int, kernel: int, stride: int, excite: bool,
    activation: Callable[[Any], Any], i: int,
) -> Any:  # fmt: skip
    """Channels are made more, convolved each, and made fewer; what came is added."""
    before, given = x, x.shape[channel_axis()]
    channels = multiple_of_8(given * ratio)
    name = f"expanded_conv_{i}_" if i else "expanded_conv_"
    if i:
        x = activation(_norm(_conv(x, channels, f"{name}expand"), f"{name}expand_bn"))
    if stride == 2:
        x = ZeroPadding2D(correct_padding(x, kernel), name=f"{name}depthwise_pad")(x)
    x = DepthwiseConv2D(
        kernel, strides=stride, padding="same" if stride == 1 else "valid", use_bias=False,
        name=f"{name}depthwise",
    )(x)  # fmt: skip
    x = activation(_norm(x, f"{name}depthwise_bn"))
    if excite:
        x = _excited(x, channels, name)
    x = _norm(_conv(x, out, f"{name}project"), f"{name}project_bn")
    return Add(name=f"{name}add")([before, x]) if stride == 1 and given == out else x


def _mobilenet_v3(
    wanted: Wanted, size: _Size, alpha: float, minimalistic: bool, dropout: float, rescale: bool
) -> Functional:
    published = wanted.weights == "imagenet"
    file = size.weights(alpha, minimalistic, wanted.include_top) if published else None
    later = _relu if minimalistic else _hard_swish
    inputs = wanted.begin(sized=False)
    x: Any = Rescaling(1.0 / 127.5, -1.0)(inputs) if rescale else inputs
    x = Conv2D(16, 3, strides=2, padding="same", use_bias=False, name="conv")(x)
    x = later(_norm(x, "conv_bn"))
    for i, (ratio, out, large, stride, excite, is_later) in enumerate(size.blocks):
        kernel = 5 if large and not minimalistic else 3
        x = _block(x, ratio, multiple_of_8(out * alpha), kernel, stride,
                   bool(excite) and not minimalistic, later if is_later else _relu, i)  # fmt: skip
    x = _conv(x, multiple_of_8(x.shape[channel_axis()] * 6), "conv_1")
    x = later(_norm(x, "conv_1_bn"))
    if wanted.include_top:
        x = GlobalAveragePooling2D(keepdims=True)(x)
        x = later(_conv(x, multiple_of_8(size.last * max(alpha, 1.0)), "conv_2", True))
        if dropout > 0:
            x = Dropout(dropout)(x)
        x = Flatten()(_conv(x, wanted.classes, "logits", True))
        x = Activation(wanted.activation, name="predictions")(x)
    else:
        x = wanted.pooled(x)
    return wanted.finished(x, inputs, file)


def _network(size: _Size) -> Callable[..., Functional]:
    called = f"MobileNetV3{size.word.title()}"

    def made(
        input_shape: Any = None, alpha: float = 1.0, minimalistic: bool = False,
        include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
        classes: int = 1000, pooling: Any = None, dropout_rate: float = 0.2,
        classifier_activation: Any = "softmax", include_preprocessing: bool = True,
        name: Any = called,
    ) -> Functional:  # fmt: skip
        wanted = Wanted(called, "", 224, 32, include_top, weights, input_tensor, input_shape,
                        pooling, classes, classifier_activation, name)  # fmt: skip
        return _mobilenet_v3(
            wanted, size, alpha, minimalistic, dropout_rate, include_preprocessing
        )  # fmt: skip

    return titled(made, called, __name__, 224, more=(
        "alpha: multiplies the widths. minimalistic: without excitation, kernels of 5 rows and "
        "hard swish.\n        dropout_rate: before the classes. include_preprocessing: brings "
        "pictures from 0 ... 255 to -1 ... 1."
    ))  # fmt: skip


MobileNetV3Small = _network(_Size("small", SMALL, 1024))
MobileNetV3Large = _network(_Size("large", LARGE, 1280))

__all__ = ["MobileNetV3Large", "MobileNetV3Small", "decode_predictions", "preprocess_input"]
