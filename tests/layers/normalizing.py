"""Rows of the layers that normalise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.layers.row import Row, made

_SEQUENCE, _IMAGE = ((4, 3, 6),), ((4, 2, 3, 6),)
_TRAINING = {"training": True}
_CLIPPED = {"rmin": 0.5, "rmax": 1.5, "dmax": 0.2}


def _spectral(layer: str, *args: Any, times: int = 1, **kwargs: Any) -> Callable[[Any], Any]:
    """SpectralNormalization of a layer."""
    inside = made(layer, *args, **kwargs)
    return lambda k: k.layers.SpectralNormalization(inside(k), times)


NORMALIZING: dict[str, Row] = {
    "BatchNormalization": Row(made("BatchNormalization")),
    "BatchNormalization image": Row(made("BatchNormalization", momentum=0.9), _IMAGE),
    "BatchNormalization first": Row(made("BatchNormalization", axis=1, epsilon=0.1), _IMAGE),
    "BatchNormalization plain": Row(made("BatchNormalization", center=False, scale=False)),
    "BatchNormalization kept": Row(
        made(
            "BatchNormalization", beta_regularizer="l2", gamma_regularizer="l2",
            beta_constraint="non_neg", gamma_constraint="unit_norm",
            moving_mean_initializer="ones", moving_variance_initializer="zeros",
        )
    ),
    "BatchNormalization training": Row(made("BatchNormalization"), _SEQUENCE, _TRAINING),
    "BatchNormalization renorm": Row(
        made("BatchNormalization", renorm=True, renorm_clipping=_CLIPPED), _SEQUENCE, _TRAINING
    ),
    "BatchNormalization renorm open": Row(
        made("BatchNormalization", renorm=True, scale=False, center=False), call=_TRAINING
    ),
    "LayerNormalization": Row(made("LayerNormalization"), _SEQUENCE),
    "LayerNormalization axes": Row(made("LayerNormalization", axis=(2, 1), epsilon=0.1), _IMAGE),
    "LayerNormalization first": Row(made("LayerNormalization", axis=1, center=False), _IMAGE),
    "LayerNormalization plain": Row(made("LayerNormalization", scale=False), _SEQUENCE),
    "RMSNormalization": Row(made("RMSNormalization"), _SEQUENCE),
    "RMSNormalization axes": Row(made("RMSNormalization", axis=[1, 2], epsilon=0.1), _SEQUENCE),
    "GroupNormalization": Row(made("GroupNormalization", 3), _IMAGE),
    "GroupNormalization one": Row(made("GroupNormalization", 1, scale=False), _SEQUENCE),
    "GroupNormalization each": Row(made("GroupNormalization", -1, center=False), _SEQUENCE),
    "GroupNormalization first": Row(made("GroupNormalization", 3, axis=1), ((4, 6, 5, 2),)),
    "GroupNormalization middle": Row(made("GroupNormalization", 2, axis=-2), ((4, 3, 6, 2),)),
    "SpectralNormalization": Row(_spectral("Dense", 5), ((4, 3),), _TRAINING),
    "SpectralNormalization more": Row(
        _spectral("Conv2D", 5, 2, times=3, kernel_regularizer="l2"), _IMAGE, _TRAINING
    ),
    "SpectralNormalization predicting": Row(
        _spectral("Dense", 5, kernel_constraint="non_neg"), ((4, 3),)
    ),
    "UnitNormalization": Row(made("UnitNormalization"), _SEQUENCE),
    "UnitNormalization axes": Row(made("UnitNormalization", axis=(1, 2)), _SEQUENCE),
}  # fmt: skip
