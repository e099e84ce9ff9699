"""MobileNetV2: Sandler et al. 2018, arXiv:1801.04381."""

from __future__ import annotations

from typing import Any

from lamina.applications.imagenet_utils import decode_predictions
from lamina.applications.imagenet_utils import preprocess_input as prepared
from lamina.applications.mobilenet import default_size
from lamina.applications.parts import begin, channel_axis, correct_padding, finished, pooled
from lamina.applications.published import Published
from lamina.layers.activation import ReLU
from lamina.layers.batch_normalization import BatchNormalization
from lamina.layers.convolution import Conv2D
from lamina.layers.dense import Dense
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


def _whole(width: float, by: int = 8) -> int:
    """The nearest multiple of 8, not below nine tenths of the width."""
    found = max(by, int(width + by / 2) // by * by)
    return found + by if found < 0.9 * width else found


def _norm(x: Any, name: str) -> Any:
    return BatchNormalization(axis=channel_axis(), epsilon=1e-3, momentum=0.999, name=name)(x)


def _block(x: Any, width: int, alpha: float, stride: int, i: int) -> Any:
    """Channels are made more, convolved each, and made fewer; what came is added."""
    before, channels = x, x.shape[channel_axis()]
    out = _whole(int(width * alpha))
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
    inputs = begin(
        "MobileNetV2", weights, include_top, classes, input_shape, input_tensor, size, 32
    )
    x: Any = Conv2D(
        _whole(32 * alpha), 3, strides=2, padding="same", use_bias=False, name="Conv1"
    )(inputs)  # fmt: skip
    x = ReLU(6.0, name="Conv1_relu")(_norm(x, "bn_Conv1"))
    for i, (width, stride) in enumerate(BLOCKS):
        x = _block(x, width, alpha, stride, i)
    last = _whole(1280 * alpha) if alpha > 1.0 else 1280
    x = Conv2D(last, 1, use_bias=False, name="Conv_1")(x)
    x = ReLU(6.0, name="out_relu")(_norm(x, "Conv_1_bn"))
    if include_top:
        x = GlobalAveragePooling2D()(x)
        x = Dense(classes, activation=classifier_activation, name="predictions")(x)
    else:
        x = pooled(x, pooling, (None, None))
    rows = inputs.shape[1 if channel_axis() == 3 else 2]
    rows = rows if rows is not None else size
    end = "" if include_top else "_no_top"
    file = Published(
        "tensorflow/keras-applications/mobilenet_v2/",
        f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{float(alpha)}_{rows}{end}.h5",
    )
    label = name if name is not None else f"mobilenetv2_{alpha:0.2f}_{rows}"
    return finished(x, inputs, label, weights, file)


def preprocess_input(x: Any, data_format: Any = None) -> Any:
    """Pictures of numbers 0 to 255 as the network takes them: mode "tf"."""
    return prepared(x, data_format, "tf")


__all__ = ["MobileNetV2", "decode_predictions", "preprocess_input"]
