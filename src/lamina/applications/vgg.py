"""VGG16 and VGG19: Simonyan & Zisserman 2014, arXiv:1409.1556."""

from __future__ import annotations

from typing import Any

from lamina.applications.parts import Wanted, network
from lamina.layers.convolution import Conv2D
from lamina.layers.dense import Dense
from lamina.layers.pooling import MaxPooling2D
from lamina.layers.reshaping import Flatten
from lamina.models import Functional

WIDTHS = (64, 128, 256, 512, 512)


def _vgg(wanted: Wanted, depths: tuple[int, ...]) -> Functional:
    inputs = wanted.begin()
    x: Any = inputs
    for block, (width, depth) in enumerate(zip(WIDTHS, depths, strict=True), 1):
        for i in range(1, depth + 1):
            x = Conv2D(width, 3, padding="same", activation="relu", name=f"block{block}_conv{i}")(x)
        x = MaxPooling2D(2, 2, name=f"block{block}_pool")(x)
    if wanted.include_top:
        x = Flatten(name="flatten")(x)
        x = Dense(4096, activation="relu", name="fc1")(x)
        x = Dense(4096, activation="relu", name="fc2")(x)
        x = wanted.classified(x)
    else:
        x = wanted.pooled(x, (None, None))
    return wanted.finished(x, inputs)


VGG16 = network("VGG16", _vgg, (2, 2, 3, 3, 3))
VGG19 = network("VGG19", _vgg, (2, 2, 4, 4, 4))
