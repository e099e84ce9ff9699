"""Training cases of layers for sequences, images and volumes, and of those that normalise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from tests.oracle.case import ROWS, Case, random, targets

Build = Callable[[Any], Any]


def _pictures(*shape: int, seed: int = 3) -> np.ndarray:
    return random(seed).normal(size=(ROWS, *shape)).astype("float32")


def _classified(x: np.ndarray, layers: Build, floatx: str = "float32", **fit: Any) -> Case:
    """These layers, whose outputs are flattened and told apart, trained by Adam."""

    def build(k: Any) -> Any:
        model = k.Sequential([k.layers.Input(x.shape[1:]), *layers(k.layers)])
        model.add(k.layers.Flatten())
        model.add(k.layers.Dense(3, activation="softmax"))
        loss = "sparse_categorical_crossentropy"
        model.compile(k.optimizers.Adam(0.01), loss, metrics=["accuracy"])
        return model

    kind = floatx if x.dtype.kind == "f" else x.dtype.name
    return Case(build, x.astype(kind), targets("classes"), {"epochs": 2, **fit}, floatx)


def _redrawn(x: np.ndarray, layers: Build) -> Case:
    """These layers, trained to give their inputs again."""

    def build(k: Any) -> Any:
        model = k.Sequential([k.layers.Input(x.shape[1:]), *layers(k.layers)])
        model.compile(k.optimizers.SGD(0.05, momentum=0.9), "mse", metrics=["mae"])
        return model

    return Case(build, x, x, {"epochs": 2})


_LINE, _PICTURE, _VOLUME = _pictures(9, 3), _pictures(7, 6, 2), _pictures(5, 4, 6, 2)
_FIRST = {"data_format": "channels_first"}


def _network(layers: Any) -> list[Any]:
    return [
        layers.Conv2D(4, 3, activation="relu", padding="same"),
        layers.MaxPooling2D(2),
        layers.Conv2D(5, (2, 3), activation="tanh", kernel_regularizer="l2"),
    ]


IMAGES: dict[str, Case] = {
    "network": _classified(_PICTURE, _network),
    "network, batch 1": _classified(_PICTURE, _network, batch_size=1, epochs=1),
    "network, weighted": _classified(
        _PICTURE, _network, sample_weight=random(5).random(ROWS).astype("float32"),
        validation_split=0.25,
    ),
    "channels first": _classified(
        _pictures(2, 7, 6),
        lambda layers: [
            layers.Conv2D(4, 3, activation="relu", **_FIRST), layers.AveragePooling2D(2, **_FIRST),
            layers.Conv2D(4, 2, groups=2, padding="same", **_FIRST),
            layers.GlobalMaxPooling2D(**_FIRST),
        ],
    ),
    "line": _classified(
        _LINE,
        lambda layers: [
            layers.Conv1D(4, 3, padding="causal", dilation_rate=2, activation="relu"),
            layers.MaxPooling1D(2, 1, "same"), layers.Conv1D(5, 2, strides=2),
            layers.GlobalAveragePooling1D(),
        ],
    ),
    "volume": _classified(
        _VOLUME,
        lambda layers: [
            layers.Conv3D(3, 2, strides=(2, 1, 2), padding="same", activation="elu"),
            layers.AveragePooling3D((1, 2, 2), padding="same"), layers.Conv3D(2, (2, 1, 1)),
            layers.GlobalAveragePooling3D(keepdims=True),
        ],
    ),
    "by channel": _classified(
        _PICTURE,
        lambda layers: [
            layers.DepthwiseConv2D(3, depth_multiplier=2, activation="relu"),
            layers.SeparableConv2D(4, 3, padding="same", depthwise_regularizer="l2"),
            layers.PReLU(shared_axes=[1, 2]), layers.AdaptiveAveragePooling2D((2, 3)),
        ],
    ),
    "adaptive": _classified(
        _LINE,
        lambda layers: [
            layers.SeparableConv1D(4, 3, activation="relu"), layers.AdaptiveMaxPooling1D(3),
            layers.DepthwiseConv1D(2), layers.Permute((2, 1)), layers.LeakyReLU(),
        ],
    ),
    "redrawn": _redrawn(
        _PICTURE,
        lambda layers: [
            layers.ZeroPadding2D(((0, 1), (1, 1))), layers.Conv2D(4, 3, strides=2, padding="same"),
            layers.ReLU(max_value=2.0, negative_slope=0.1), layers.UpSampling2D(2),
            layers.Conv2DTranspose(2, 3, padding="same"), layers.Cropping2D(((0, 1), (1, 1))),
        ],
    ),
    "redrawn by strides": _redrawn(
        _pictures(8, 3),
        lambda layers: [
            layers.Conv1D(4, 2, strides=2, activation="tanh"),
            layers.Conv1DTranspose(3, 4, strides=2, padding="same", kernel_constraint="max_norm"),
        ],
    ),
    "einsum": _classified(
        _LINE,
        lambda layers: [
            layers.EinsumDense("abc,cde->abde", (9, 2, 3), "relu", "de"),
            layers.EinsumDense("...xy,xyz->...z", 4, bias_axes="z"),
            layers.ActivityRegularization(l2=0.01), layers.Flatten(), layers.RepeatVector(2),
        ],
    ),
}  # fmt: skip


def _normal(name: str, x: np.ndarray = _PICTURE, **options: Any) -> Case:
    """A convolution, a normalisation, its activation. A bias before it would change nothing: its
    gradient is what rounding leaves, which Adam makes large.
    """
    fit = options.pop("fit", {})

    def layers(layers: Any) -> list[Any]:
        plain = {"use_bias": False}
        first = layers.Conv2D(4, 3, **plain) if x.ndim == 4 else layers.Dense(4, **plain)
        return [first, getattr(layers, name)(**options), layers.Activation("relu")]

    return _classified(x, layers, **fit)


def _frozen(layers: Any) -> list[Any]:
    frozen = layers.BatchNormalization(name="frozen")
    frozen.trainable = False
    return [layers.Dense(4, use_bias=False), frozen, layers.BatchNormalization(momentum=0.5)]


def _masked() -> Case:
    """Statistics and means of those steps that are words, of sentences of numbers."""
    words = np.where(random(4).random((ROWS, 6)) < 0.6, random(6).integers(1, 9, (ROWS, 6)), 0)
    words[:, 2] = 3  # none is empty, of which Keras' mean is NaN

    def layers(layers: Any) -> list[Any]:
        return [
            layers.Embedding(9, 4, mask_zero=True), layers.BatchNormalization(momentum=0.7),
            layers.GlobalAveragePooling1D(),
        ]  # fmt: skip

    return _classified(words.astype("int32"), layers)


_FLAT = _pictures(5)
_HELD = (_pictures(5, seed=8)[:11], targets("classes", rows=11))
NORMALIZED: dict[str, Case] = {
    "batch": _normal("BatchNormalization", _FLAT, fit={"validation_data": _HELD}),
    "batch of pictures": _normal("BatchNormalization", momentum=0.6, epsilon=0.1),
    "batch along another axis": _normal("BatchNormalization", axis=2, scale=False),
    "batch, one row left": _normal("BatchNormalization", _FLAT, fit={"batch_size": 11}),
    "batch renormalised": _normal(
        "BatchNormalization", _FLAT, renorm=True, momentum=0.8, renorm_momentum=0.7,
        renorm_clipping={"rmin": 0.6, "rmax": 1.5, "dmax": 0.3},
    ),
    "batch, kept": _normal(
        "BatchNormalization", gamma_regularizer="l2", beta_regularizer="l2",
        gamma_constraint="non_neg", moving_mean_initializer="ones",
    ),
    "batch, masked": _masked(),
    "frozen": _classified(_FLAT, _frozen),
    "layer": _normal("LayerNormalization"),
    "layer, two axes": _normal("LayerNormalization", axis=[1, 3], epsilon=0.01),
    "root mean square": _normal("RMSNormalization", _FLAT),
    "group": _normal("GroupNormalization", groups=2),
    "instance": _normal("GroupNormalization", groups=-1, center=False),
    "unit": _normal("UnitNormalization", _FLAT),
}  # fmt: skip
# No normalisation: the reciprocal roots of JAX's float64 are right to 1e-7 only.
PICTURES_FLOAT64 = _classified(
    _PICTURE,
    lambda layers: [
        layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D(2, 1), layers.Conv2D(5, 2),
        layers.AveragePooling2D(2, padding="same"),
    ],
    "float64",
)  # fmt: skip
