"""MobileNetV2: Sandler et al. 2018, arXiv:1801.04381."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lamina.applications.imagenet_utils import decode_predictions, preparing
from lamina.applications.mobilenet import default_size, rows_of
from lamina.applications.parts import Wanted, channel_axis, correct_padding, multiple_of_8
from lamina.applications.published import Published
from lamina.layers.activation import ReLU
from lamina.layers.batch_normalization import BatchNormalization
from lamina.layers.convolution import Conv2D
from lamina.layers.depthwise_convolution import DepthwiseConv2D
from lamina.layers.global_pooling import GlobalAveragePooling2D
from lamina.layers.merging import Add
from lamina.layers.padding import ZeroPadding2D
from lamina.models import Functional

# (width, stride) of each block.
BLOCKS = (
    (16, 1), (24, 2), (24, 1), (32, 2), (32, 1), (32, 1), (64, 2), (64, 1), (64, 1), (64, 1),
    (96, 1), (96, 1), (96, 1), (160, 2), (160, 1), (160, 1), (320, 1),
)  # fmt: skip
ALPHAS = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)


def _norm(x: Any, name: str) -> Any:
    return BatchNormalization(axis=channel_axis(), epsilon=1e-3, momentum=0.999, name=name)(x)


def _block(x: Any, width: int, alpha: float, stride: int, i: int) -> Any:
    """Channels are made more, convolved each, and made fewer; what came is added."""
    before, channels = x, x.shape[channel_axis()]
    out = multiple_of_8(int(width * alpha))
    name = f"block_{i}_" if i else "expanded_conv_"
    if i:
        x = Conv2D(6 * channels, 1, padding="same", use_bias=False, name=f"{name}expand")(x)
        x = ReLU(6.0, name=f"{name}expand_relu")(_norm(x, f"{name}expand_BN"))
    if stride == 2:
        x = ZeroPadding2D(correct_padding(x, 3), name=f"{name}pad")(x)
    x = DepthwiseConv2D(
        3, strides=stride, use_bias=False, padding="same" if stride == 1 else "valid",
        name=f"{name}depthwise",
    )(x)  # fmt: skip
    x = ReLU(6.0, name=f"{name}depthwise_relu")(_norm(x, f"{name}depthwise_BN"))
    x = Conv2D(out, 1, padding="same", use_bias=False, name=f"{name}project")(x)
    x = _norm(x, f"{name}project_BN")
    return Add(name=f"{name}add")([before, x]) if channels == out and stride == 1 else x


def MobileNetV2(  # noqa: N802 - Keras' name
    input_shape: Any = None, alpha: float = 1.0, include_top: bool = True,
    weights: Any = "imagenet", input_tensor: Any = None, pooling: Any = None, classes: int = 1000,
    classifier_activation: Any = "softmax", name: Any = None,
) -> Functional:  # fmt: skip
    """MobileNetV2; arguments as MobileNet's, without a dropout."""
    size = default_size("MobileNetV2", input_shape, weights, alpha, ALPHAS)
    wanted = Wanted("MobileNetV2", "mobilenet_v2", size, 32, include_top, weights, input_tensor,
                    input_shape, pooling, classes, classifier_activation, name)  # fmt: skip
    inputs = wanted.begin()
    x: Any = Conv2D(
        multiple_of_8(32 * alpha), 3, strides=2, padding="same", use_bias=False, name="Conv1"
    )(inputs)  # fmt: skip
    x = ReLU(6.0, name="Conv1_relu")(_norm(x, "bn_Conv1"))
    for i, (width, stride) in enumerate(BLOCKS):
        x = _block(x, width, alpha, stride, i)
    last = multiple_of_8(1280 * alpha) if alpha > 1.0 else 1280
    x = Conv2D(last, 1, use_bias=False, name="Conv_1")(x)
    x = ReLU(6.0, name="out_relu")(_norm(x, "Conv_1_bn"))
    if include_top:
        x = wanted.classified(GlobalAveragePooling2D()(x))
    else:
        x = wanted.pooled(x, (None, None))
    rows = rows_of(inputs, size)
    end = "" if include_top else "_no_top"
    file = Published(
        "tensorflow/keras-applications/mobilenet_v2/",
        f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{float(alpha)}_{rows}{end}.h5",
    )
    named = replace(wanted, name=name or f"mobilenetv2_{alpha:0.2f}_{rows}")
    return named.finished(x, inputs, file)


preprocess_input = preparing("tf")


__all__ = ["MobileNetV2", "decode_predictions", "preprocess_input"]
