"""InceptionV3: Szegedy et al. 2015, arXiv:1512.00567."""

from __future__ import annotations

from typing import Any

from lamina.applications.imagenet_utils import decode_predictions, preparing
from lamina.applications.parts import Wanted, channel_axis, network
from lamina.layers.activation import Activation
from lamina.layers.batch_normalization import BatchNormalization
from lamina.layers.convolution import Conv2D
from lamina.layers.merging import Concatenate
from lamina.layers.pooling import AveragePooling2D, MaxPooling2D
from lamina.models import Functional


def _conv(x: Any, width: int, rows: int, columns: int, stride: int = 1, pad: str = "same") -> Any:
    x = Conv2D(width, (rows, columns), strides=stride, padding=pad, use_bias=False)(x)
    x = BatchNormalization(axis=channel_axis(), scale=False)(x)
    return Activation("relu")(x)


def _chain(x: Any, *steps: tuple[int, int, int]) -> Any:
    """Convolutions (width, rows, columns) one after another."""
    for step in steps:
        x = _conv(x, *step)
    return x


def _joined(branches: list[Any], name: str | None = None) -> Any:
    return Concatenate(axis=channel_axis(), name=name)(branches)


def _mean(x: Any) -> Any:
    return AveragePooling2D(3, strides=1, padding="same")(x)


def _square(x: Any, width: int, name: str) -> Any:
    """35 x 35: kernels of 1, 5, and 3 twice."""
    branches = [
        _conv(x, 64, 1, 1),
        _chain(x, (48, 1, 1), (64, 5, 5)),
        _chain(x, (64, 1, 1), (96, 3, 3), (96, 3, 3)),
        _conv(_mean(x), width, 1, 1),
    ]
    return _joined(branches, name)


def _long(x: Any, width: int, name: str) -> Any:
    """17 x 17: kernels of 7 rows and of 7 columns."""
    branches = [
        _conv(x, 192, 1, 1),
        _chain(x, (width, 1, 1), (width, 1, 7), (192, 7, 1)),
        _chain(x, (width, 1, 1), (width, 7, 1), (width, 1, 7), (width, 7, 1), (192, 1, 7)),
        _conv(_mean(x), 192, 1, 1),
    ]
    return _joined(branches, name)


def _split(x: Any) -> list[Any]:
    return [_conv(x, 384, 1, 3), _conv(x, 384, 3, 1)]


def _wide(x: Any, i: int) -> Any:
    """8 x 8: branches that split in two."""
    plain = _conv(x, 320, 1, 1)
    three = _joined(_split(_conv(x, 384, 1, 1)), f"mixed9_{i}")
    double = _joined(_split(_chain(x, (448, 1, 1), (384, 3, 3))))
    pool = _conv(_mean(x), 192, 1, 1)
    return _joined([plain, three, double, pool], f"mixed{9 + i}")


def _inception(wanted: Wanted) -> Functional:
    inputs = wanted.begin()
    x: Any = _conv(inputs, 32, 3, 3, 2, "valid")
    x = _conv(_conv(x, 32, 3, 3, 1, "valid"), 64, 3, 3)
    x = MaxPooling2D(3, strides=2)(x)
    x = _conv(_conv(x, 80, 1, 1, 1, "valid"), 192, 3, 3, 1, "valid")
    x = MaxPooling2D(3, strides=2)(x)
    for i, width in enumerate((32, 64, 64)):
        x = _square(x, width, f"mixed{i}")
    branches = [_conv(x, 384, 3, 3, 2, "valid")]
    branches.append(_conv(_chain(x, (64, 1, 1), (96, 3, 3)), 96, 3, 3, 2, "valid"))
    x = _joined([*branches, MaxPooling2D(3, strides=2)(x)], "mixed3")
    for i, width in enumerate((128, 160, 160, 192), 4):
        x = _long(x, width, f"mixed{i}")
    branches = [_conv(_conv(x, 192, 1, 1), 320, 3, 3, 2, "valid")]
    long = _chain(x, (192, 1, 1), (192, 1, 7), (192, 7, 1))
    branches.append(_conv(long, 192, 3, 3, 2, "valid"))
    x = _joined([*branches, MaxPooling2D(3, strides=2)(x)], "mixed8")
    for i in range(2):
        x = _wide(x, i)
    return wanted.finished(wanted.end(x), inputs)


InceptionV3 = network("InceptionV3", _inception, label="inception_v3", size=299, least=75)
preprocess_input = preparing("tf")


__all__ = ["InceptionV3", "decode_predictions", "preprocess_input"]
