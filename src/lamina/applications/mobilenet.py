"""MobileNet: Howard et al. 2017, arXiv:1704.04861."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lamina.applications.imagenet_utils import decode_predictions, preparing
from lamina.applications.parts import Wanted, channel_axis
from lamina.applications.published import Published
from lamina.errors import ArgumentError
from lamina.graph.tensor import KerasTensor
from lamina.layers.activation import Activation, ReLU
from lamina.layers.batch_normalization import BatchNormalization
from lamina.layers.convolution import Conv2D
from lamina.layers.depthwise_convolution import DepthwiseConv2D
from lamina.layers.dropout import Dropout
from lamina.layers.global_pooling import GlobalAveragePooling2D
from lamina.layers.padding import ZeroPadding2D
from lamina.layers.reshaping import Reshape
from lamina.models import Functional

# (width, stride) of each block of a convolution of each channel, and one of all channels.
BLOCKS = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1),
    (512, 1), (512, 1), (1024, 2), (1024, 1),
)  # fmt: skip
ALPHAS = {1.0: "1_0", 0.75: "7_5", 0.5: "5_0", 0.25: "2_5"}
SIZES = (128, 160, 192, 224)


def _norm(x: Any, name: str) -> Any:
    x = BatchNormalization(axis=channel_axis(), name=f"{name}_bn")(x)
    return ReLU(6.0, name=f"{name}_relu")(x)


def _block(x: Any, width: int, alpha: float, deep: int, stride: int, i: int) -> Any:
    if stride > 1:
        x = ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{i}")(x)
    x = DepthwiseConv2D(
        3, padding="same" if stride == 1 else "valid", depth_multiplier=deep, strides=stride,
        use_bias=False, name=f"conv_dw_{i}",
    )(x)  # fmt: skip
    x = _norm(x, f"conv_dw_{i}")
    x = Conv2D(int(width * alpha), 1, padding="same", use_bias=False, name=f"conv_pw_{i}")(x)
    return _norm(x, f"conv_pw_{i}")


def default_size(network: str, input_shape: Any, weights: Any, alpha: float, alphas: Any) -> int:
    """Rows of a picture: those given, if there are published weights for them, else 224.

    Raises: ArgumentError for a width without published weights.
    """
    if weights == "imagenet" and float(alpha) not in alphas:
        raise ArgumentError(
            f"{network}(alpha=...)", f"is one of {sorted(alphas)} with the published weights",
            repr(alpha), "pass alpha=1.0",
        )  # fmt: skip
    if input_shape is None or len(input_shape) != 3:
        return 224
    rows, columns = (input_shape[i] for i in ((0, 1) if channel_axis() == 3 else (1, 2)))
    return rows if rows == columns and rows in SIZES else 224


def rows_of(inputs: KerasTensor, size: int) -> int:
    """Rows of an input; the `size` of the network where they are open."""
    rows: int | None = inputs.shape[1 if channel_axis() == 3 else 2]
    return size if rows is None else rows


def MobileNet(  # noqa: N802 - Keras' name
    input_shape: Any = None, alpha: float = 1.0, depth_multiplier: int = 1, dropout: float = 1e-3,
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    pooling: Any = None, classes: int = 1000, classifier_activation: Any = "softmax",
    name: Any = None,
) -> Functional:  # fmt: skip
    """MobileNet, for pictures of 128, 160, 192 or 224 rows, or at least 32 without its top.

    Args:
        input_shape: of a picture.
        alpha: multiplies the widths. depth_multiplier: the kernels of each channel.
        dropout: before the classes.
        include_top: with the layers that end in classes.
        weights: None, "imagenet" (published ones, downloaded once), or the path of a file.
        input_tensor: a symbolic input.
        pooling: without the top: None, "avg" or "max" over the picture.
        classes, classifier_activation: of the last layer.
        name: default "mobilenet_1.00_224", by alpha and rows.

    Raises: ArgumentError for arguments that do not go together; DownloadError.
    """
    size = default_size("MobileNet", input_shape, weights, alpha, ALPHAS)
    wanted = Wanted("MobileNet", "mobilenet", size, 32, include_top, weights, input_tensor,
                    input_shape, pooling, classes, classifier_activation, name)  # fmt: skip
    inputs = wanted.begin()
    x: Any = Conv2D(
        int(32 * alpha), 3, padding="same", use_bias=False, strides=2, name="conv1"
    )(inputs)  # fmt: skip
    x = _norm(x, "conv1")
    for i, (width, stride) in enumerate(BLOCKS, 1):
        x = _block(x, width, alpha, depth_multiplier, stride, i)
    if include_top:
        x = GlobalAveragePooling2D(keepdims=True)(x)
        x = Dropout(dropout, name="dropout")(x)
        x = Conv2D(classes, 1, padding="same", name="conv_preds")(x)
        x = Reshape((classes,), name="reshape_2")(x)
        x = Activation(classifier_activation, name="predictions")(x)
    else:
        x = wanted.pooled(x, (None, None))
    end = "tf" if include_top else "tf_no_top"
    file = Published(
        "tensorflow/keras-applications/mobilenet/",
        f"mobilenet_{ALPHAS.get(float(alpha))}_{size}_{end}.h5",
    )
    named = replace(wanted, name=name or f"mobilenet_{alpha:0.2f}_{rows_of(inputs, size)}")
    return named.finished(x, inputs, file)


preprocess_input = preparing("tf")


__all__ = ["MobileNet", "decode_predictions", "preprocess_input"]
