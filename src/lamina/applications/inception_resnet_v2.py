"""InceptionResNetV2: Szegedy et al. 2016, arXiv:1602.07261."""

from __future__ import annotations

from typing import Any

from lamina.applications.imagenet_utils import decode_predictions, preparing
from lamina.applications.parts import Wanted, channel_axis, network
from lamina.layers.activation import Activation
from lamina.layers.base import Layer
from lamina.layers.batch_normalization import BatchNormalization
from lamina.layers.convolution import Conv2D
from lamina.layers.global_pooling import GlobalAveragePooling2D
from lamina.layers.merging import Concatenate
from lamina.layers.pooling import AveragePooling2D, MaxPooling2D
from lamina.models import Functional

# A convolution: channels, rows and columns of its kernel, stride.
Step = tuple[int, int, int, int]
# Of each kind of block: its branches, each of convolutions one after another.
BLOCKS: dict[str, tuple[tuple[Step, ...], ...]] = {
    "block35": (
        ((32, 1, 1, 1),),
        ((32, 1, 1, 1), (32, 3, 3, 1)),
        ((32, 1, 1, 1), (48, 3, 3, 1), (64, 3, 3, 1)),
    ),
    "block17": (((192, 1, 1, 1),), ((128, 1, 1, 1), (160, 1, 7, 1), (192, 7, 1, 1))),
    "block8": (((192, 1, 1, 1),), ((192, 1, 1, 1), (224, 1, 3, 1), (256, 3, 1, 1))),
}
# Branches that begin the network's parts; strides of 2 halve the picture.
MIXED_5B = (((96, 1, 1, 1),), ((48, 1, 1, 1), (64, 5, 5, 1)),
            ((64, 1, 1, 1), (96, 3, 3, 1), (96, 3, 3, 1)))  # fmt: skip
MIXED_6A = (((384, 3, 3, 2),), ((256, 1, 1, 1), (256, 3, 3, 1), (384, 3, 3, 2)))
MIXED_7A = (((256, 1, 1, 1), (384, 3, 3, 2)), ((256, 1, 1, 1), (288, 3, 3, 2)),
            ((256, 1, 1, 1), (288, 3, 3, 1), (320, 3, 3, 2)))  # fmt: skip


class CustomScaleLayer(Layer):
    """The sum of two tensors, the second times a number: y = a + scale b.

    Args:
        scale: the number.

    Shapes: [a, b], both (B, ...) -> y (B, ...).
    """

    def __init__(self, scale: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, inputs: Any) -> Any:
        """The sum."""
        return inputs[0] + inputs[1] * self.scale

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {**super().get_config(), "scale": self.scale}


def _conv(x: Any, step: Step, pad: str = "same", name: str | None = None) -> Any:
    width, rows, columns, stride = step
    x = Conv2D(width, (rows, columns), strides=stride, padding=pad, use_bias=False, name=name)(x)
    x = BatchNormalization(axis=channel_axis(), scale=False, name=name and f"{name}_bn")(x)
    return Activation("relu", name=name and f"{name}_ac")(x)


def _branches(x: Any, branches: tuple[tuple[Step, ...], ...]) -> list[Any]:
    """What each row of convolutions makes of the same input; halving ones see only the inside."""
    found = []
    for steps in branches:
        y = x
        for step in steps:
            y = _conv(y, step, "valid" if step[3] == 2 else "same")
        found.append(y)
    return found


def _joined(branches: list[Any], name: str) -> Any:
    return Concatenate(axis=channel_axis(), name=name)(branches)


def _block(x: Any, kind: str, i: int, scale: float, active: bool = True) -> Any:
    """Branches beside what came, which is added to."""
    name = f"{kind}_{i}"
    mixed = _joined(_branches(x, BLOCKS[kind]), f"{name}_mixed")
    up = Conv2D(x.shape[channel_axis()], 1, padding="same", name=f"{name}_conv")(mixed)
    x = CustomScaleLayer(scale)([x, up])
    return Activation("relu", name=f"{name}_ac")(x) if active else x


def _inception_resnet(wanted: Wanted) -> Functional:
    inputs = wanted.begin()
    x: Any = _conv(inputs, (32, 3, 3, 2), "valid")
    x = _conv(_conv(x, (32, 3, 3, 1), "valid"), (64, 3, 3, 1))
    x = MaxPooling2D(3, strides=2)(x)
    x = _conv(_conv(x, (80, 1, 1, 1), "valid"), (192, 3, 3, 1), "valid")
    x = MaxPooling2D(3, strides=2)(x)
    branches = _branches(x, MIXED_5B)
    mean = AveragePooling2D(3, strides=1, padding="same")(x)
    x = _joined([*branches, _conv(mean, (64, 1, 1, 1))], "mixed_5b")
    for i in range(1, 11):
        x = _block(x, "block35", i, 0.17)
    x = _joined([*_branches(x, MIXED_6A), MaxPooling2D(3, strides=2)(x)], "mixed_6a")
    for i in range(1, 21):
        x = _block(x, "block17", i, 0.1)
    x = _joined([*_branches(x, MIXED_7A), MaxPooling2D(3, strides=2)(x)], "mixed_7a")
    for i in range(1, 10):
        x = _block(x, "block8", i, 0.2)
    x = _conv(_block(x, "block8", 10, 1.0, active=False), (1536, 1, 1, 1), name="conv_7b")
    if wanted.include_top:
        x = wanted.classified(GlobalAveragePooling2D(name="avg_pool")(x))
    else:
        x = wanted.pooled(x, (None, None))
    return wanted.finished(x, inputs)


InceptionResNetV2 = network(
    "InceptionResNetV2", _inception_resnet, label="inception_resnet_v2", size=299, least=75
)
preprocess_input = preparing("tf")

__all__ = ["CustomScaleLayer", "InceptionResNetV2", "decode_predictions", "preprocess_input"]
