"""DenseNet: Huang et al. 2016, arXiv:1608.06993."""

from __future__ import annotations

from typing import Any

from lamina.applications.imagenet_utils import decode_predictions
from lamina.applications.imagenet_utils import preprocess_input as prepared
from lamina.applications.parts import begin, channel_axis, end, finished
from lamina.applications.published import published
from lamina.layers.activation import Activation
from lamina.layers.batch_normalization import BatchNormalization
from lamina.layers.convolution import Conv2D
from lamina.layers.merging import Concatenate
from lamina.layers.padding import ZeroPadding2D
from lamina.layers.pooling import AveragePooling2D, MaxPooling2D
from lamina.models import Functional

GROWTH = 32


def _norm(x: Any, name: str, relu: str) -> Any:
    x = BatchNormalization(axis=channel_axis(), epsilon=1.001e-5, name=name)(x)
    return Activation("relu", name=relu)(x)


def _dense_block(x: Any, depth: int, name: str) -> Any:
    """Layers that each see all that came before."""
    for i in range(1, depth + 1):
        layer = f"{name}_block{i}"
        y = _norm(x, f"{layer}_0_bn", f"{layer}_0_relu")
        y = Conv2D(4 * GROWTH, 1, use_bias=False, name=f"{layer}_1_conv")(y)
        y = _norm(y, f"{layer}_1_bn", f"{layer}_1_relu")
        y = Conv2D(GROWTH, 3, padding="same", use_bias=False, name=f"{layer}_2_conv")(y)
        x = Concatenate(axis=channel_axis(), name=f"{layer}_concat")([x, y])
    return x


def _transition(x: Any, name: str) -> Any:
    """Half the channels and a quarter of the picture."""
    x = _norm(x, f"{name}_bn", f"{name}_relu")
    width = x.shape[channel_axis()] // 2
    x = Conv2D(width, 1, use_bias=False, name=f"{name}_conv")(x)
    return AveragePooling2D(2, strides=2, name=f"{name}_pool")(x)


def _densenet(
    network: str, depths: tuple[int, ...], include_top: bool, weights: Any, input_tensor: Any,
    input_shape: Any, pooling: Any, classes: int, activation: Any, name: Any,
) -> Functional:  # fmt: skip
    inputs = begin(network, weights, include_top, classes, input_shape, input_tensor, 224, 32)
    x: Any = ZeroPadding2D(((3, 3), (3, 3)))(inputs)
    x = Conv2D(64, 7, strides=2, use_bias=False, name="conv1_conv")(x)
    x = _norm(x, "conv1_bn", "conv1_relu")
    x = ZeroPadding2D(((1, 1), (1, 1)))(x)
    x = MaxPooling2D(3, strides=2, name="pool1")(x)
    for stack, depth in enumerate(depths, 2):
        x = _dense_block(x, depth, f"conv{stack}")
        if stack < 5:
            x = _transition(x, f"pool{stack}")
    x = end(_norm(x, "bn", "relu"), include_top, pooling, classes, activation)
    return finished(x, inputs, name, weights, published(network.lower(), include_top))


def DenseNet121(  # noqa: N802 - Keras' name
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    input_shape: Any = None, pooling: Any = None, classes: int = 1000,
    classifier_activation: Any = "softmax", name: str = "densenet121",
) -> Functional:  # fmt: skip
    """DenseNet121, for pictures of 224 x 224, or at least 32 x 32 without its top.

    Args:
        include_top: with the layer that ends in classes.
        weights: None, "imagenet" (published ones, downloaded once), or the path of a file.
        input_tensor: a symbolic input. input_shape: of a picture.
        pooling: without the top: None, "avg" or "max" over the picture.
        classes, classifier_activation: of the last layer.

    Raises: ArgumentError for arguments that do not go together; DownloadError.
    """
    return _densenet("DenseNet121", (6, 12, 24, 16), include_top, weights, input_tensor,
                     input_shape, pooling, classes, classifier_activation, name)  # fmt: skip


def DenseNet169(  # noqa: N802 - Keras' name
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    input_shape: Any = None, pooling: Any = None, classes: int = 1000,
    classifier_activation: Any = "softmax", name: str = "densenet169",
) -> Functional:  # fmt: skip
    """DenseNet169; arguments as DenseNet121's."""
    return _densenet("DenseNet169", (6, 12, 32, 32), include_top, weights, input_tensor,
                     input_shape, pooling, classes, classifier_activation, name)  # fmt: skip


def DenseNet201(  # noqa: N802 - Keras' name
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    input_shape: Any = None, pooling: Any = None, classes: int = 1000,
    classifier_activation: Any = "softmax", name: str = "densenet201",
) -> Functional:  # fmt: skip
    """DenseNet201; arguments as DenseNet121's."""
    return _densenet("DenseNet201", (6, 12, 48, 32), include_top, weights, input_tensor,
                     input_shape, pooling, classes, classifier_activation, name)  # fmt: skip


def preprocess_input(x: Any, data_format: Any = None) -> Any:
    """Pictures of numbers 0 to 255 as these networks take them: mode "torch"."""
    return prepared(x, data_format, "torch")


__all__ = ["DenseNet121", "DenseNet169", "DenseNet201", "decode_predictions", "preprocess_input"]
