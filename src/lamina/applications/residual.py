"""ResNet: He et al. 2015, arXiv:1512.03385, and 2016, arXiv:1603.05027 (V2)."""

from __future__ import annotations

from typing import Any

from lamina.applications.parts import Wanted, channel_axis
from lamina.graph.tensor import KerasTensor
from lamina.layers.activation import Activation
from lamina.layers.batch_normalization import BatchNormalization
from lamina.layers.convolution import Conv2D
from lamina.layers.merging import Add
from lamina.layers.padding import ZeroPadding2D
from lamina.layers.pooling import MaxPooling2D
from lamina.models import Functional

WIDTHS = (64, 128, 256, 512)
EPSILON = 1.001e-5


def _norm(x: Any, name: str) -> Any:
    return BatchNormalization(axis=channel_axis(), epsilon=EPSILON, name=name)(x)


def _relu(x: Any, name: str) -> Any:
    return Activation("relu", name=name)(x)


def _block(x: Any, width: int, stride: int, widen: bool, name: str) -> Any:
    """Three convolutions beside what came, which a convolution widens at a stack's begin."""
    before = x
    if widen:
        before = Conv2D(4 * width, 1, strides=stride, name=f"{name}_0_conv")(x)
        before = _norm(before, f"{name}_0_bn")
    x = Conv2D(width, 1, strides=stride, name=f"{name}_1_conv")(x)
    x = _relu(_norm(x, f"{name}_1_bn"), f"{name}_1_relu")
    x = Conv2D(width, 3, padding="same", name=f"{name}_2_conv")(x)
    x = _relu(_norm(x, f"{name}_2_bn"), f"{name}_2_relu")
    x = _norm(Conv2D(4 * width, 1, name=f"{name}_3_conv")(x), f"{name}_3_bn")
    return _relu(Add(name=f"{name}_add")([before, x]), f"{name}_out")


def _block_v2(x: Any, width: int, stride: int, widen: bool, name: str) -> Any:
    """The same with normalisation first."""
    before_all = _relu(_norm(x, f"{name}_preact_bn"), f"{name}_preact_relu")
    if widen:
        before = Conv2D(4 * width, 1, strides=stride, name=f"{name}_0_conv")(before_all)
    else:
        before = MaxPooling2D(1, strides=stride)(x) if stride > 1 else x
    x = Conv2D(width, 1, strides=1, use_bias=False, name=f"{name}_1_conv")(before_all)
    x = _relu(_norm(x, f"{name}_1_bn"), f"{name}_1_relu")
    x = ZeroPadding2D(((1, 1), (1, 1)), name=f"{name}_2_pad")(x)
    x = Conv2D(width, 3, strides=stride, use_bias=False, name=f"{name}_2_conv")(x)
    x = _relu(_norm(x, f"{name}_2_bn"), f"{name}_2_relu")
    x = Conv2D(4 * width, 1, name=f"{name}_3_conv")(x)
    return Add(name=f"{name}_out")([before, x])


def _begun(wanted: Wanted, second: bool) -> tuple[KerasTensor, Any]:
    """The input, and the picture a quarter as long and wide."""
    inputs = wanted.begin()
    x: Any = ZeroPadding2D(((3, 3), (3, 3)), name="conv1_pad")(inputs)
    x = Conv2D(64, 7, strides=2, name="conv1_conv")(x)
    if not second:
        x = _relu(_norm(x, "conv1_bn"), "conv1_relu")
    x = ZeroPadding2D(((1, 1), (1, 1)), name="pool1_pad")(x)
    return inputs, MaxPooling2D(3, strides=2, name="pool1_pool")(x)


def resnet(wanted: Wanted, depths: tuple[int, ...]) -> Functional:
    """A network of residual blocks; the first block of a stack halves the picture."""
    inputs, x = _begun(wanted, second=False)
    for stack, (width, depth) in enumerate(zip(WIDTHS, depths, strict=True), 2):
        for i in range(1, depth + 1):
            stride = 2 if i == 1 and stack > 2 else 1
            x = _block(x, width, stride, i == 1, f"conv{stack}_block{i}")
    return wanted.finished(wanted.end(x), inputs)


def resnet_v2(wanted: Wanted, depths: tuple[int, ...]) -> Functional:
    """The same of version 2; the last block of a stack halves the picture."""
    inputs, x = _begun(wanted, second=True)
    for stack, (width, depth) in enumerate(zip(WIDTHS, depths, strict=True), 2):
        for i in range(1, depth + 1):
            stride = 2 if i == depth and stack < 5 else 1
            x = _block_v2(x, width, stride, i == 1, f"conv{stack}_block{i}")
    x = _relu(_norm(x, "post_bn"), "post_relu")
    return wanted.finished(wanted.end(x), inputs)
