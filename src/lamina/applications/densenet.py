"""DenseNet: Huang et al. 2016, arXiv:1608.06993."""

from __future__ import annotations

from typing import Any

from lamina.applications.imagenet_utils import decode_predictions, preparing
from lamina.applications.parts import Wanted, channel_axis, network
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


def _densenet(wanted: Wanted, depths: tuple[int, ...]) -> Functional:
    inputs = wanted.begin()
    x: Any = ZeroPadding2D(((3, 3), (3, 3)))(inputs)
    x = Conv2D(64, 7, strides=2, use_bias=False, name="conv1_conv")(x)
    x = _norm(x, "conv1_bn", "conv1_relu")
    x = ZeroPadding2D(((1, 1), (1, 1)))(x)
    x = MaxPooling2D(3, strides=2, name="pool1")(x)
    for stack, depth in enumerate(depths, 2):
        x = _dense_block(x, depth, f"conv{stack}")
        if stack < 5:
            x = _transition(x, f"pool{stack}")
    return wanted.finished(wanted.end(_norm(x, "bn", "relu")), inputs)


DenseNet121 = network("DenseNet121", _densenet, (6, 12, 24, 16))
DenseNet169 = network("DenseNet169", _densenet, (6, 12, 32, 32))
DenseNet201 = network("DenseNet201", _densenet, (6, 12, 48, 32))
preprocess_input = preparing("torch")


__all__ = ["DenseNet121", "DenseNet169", "DenseNet201", "decode_predictions", "preprocess_input"]
