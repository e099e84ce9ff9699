"""Rows of the layers of sequences, images and volumes."""

from __future__ import annotations

from tests.layers.row import Row, made

_SEQUENCE, _IMAGE, _VOLUME = ((4, 7, 3),), ((4, 7, 6, 3),), ((2, 5, 4, 6, 3),)
_FIRST = {"data_format": "channels_first"}

_GLOBAL = {
    f"Global{kind}Pooling{rank}D{' ' * bool(name)}{name}": Row(
        made(f"Global{kind}Pooling{rank}D", **options), shape
    )
    for kind in ("Max", "Average")
    for rank, shape in ((1, _SEQUENCE), (2, _IMAGE), (3, _VOLUME))
    for name, options in (("", {}), ("kept", {"keepdims": True}), ("first", _FIRST))
}
_BORDERS = {
    "ZeroPadding1D": Row(made("ZeroPadding1D", (1, 2)), _SEQUENCE),
    "ZeroPadding1D first": Row(made("ZeroPadding1D", 2, **_FIRST), _SEQUENCE),
    "ZeroPadding2D": Row(made("ZeroPadding2D", ((1, 2), (0, 3))), _IMAGE),
    "ZeroPadding2D first": Row(made("ZeroPadding2D", (1, 2), **_FIRST), _IMAGE),
    "ZeroPadding3D": Row(made("ZeroPadding3D", ((1, 2), (0, 1), (2, 0))), _VOLUME),
    "ZeroPadding3D first": Row(made("ZeroPadding3D", 1, **_FIRST), _VOLUME),
    "Cropping1D": Row(made("Cropping1D", (1, 3)), _SEQUENCE),
    "Cropping2D": Row(made("Cropping2D", ((1, 2), (0, 3))), _IMAGE),
    "Cropping2D none": Row(made("Cropping2D"), _IMAGE),
    "Cropping2D first": Row(made("Cropping2D", (1, 1), **_FIRST), _IMAGE),
    "Cropping3D": Row(made("Cropping3D", ((1, 2), (0, 1), (2, 1))), _VOLUME),
    "Cropping3D first": Row(made("Cropping3D", 1, **_FIRST), _VOLUME),
}
_EINSUM = {
    "EinsumDense": Row(made("EinsumDense", "ab,bc->ac", 5, bias_axes="c")),
    "EinsumDense heads": Row(
        made("EinsumDense", "abc,cde->abde", (None, 2, 5), "relu", "de"), _SEQUENCE
    ),
    # Two axes of one size: Keras states the shape of the result with these in reverse.
    "EinsumDense left": Row(
        made("EinsumDense", "...x,xy->...y", 5, None, "y", kernel_regularizer="l2"), ((4, 6, 6, 3),)
    ),
    "EinsumDense right": Row(made("EinsumDense", "ab...,bc->ac...", 5, bias_axes="c"), _IMAGE),
    "EinsumDense plain": Row(made("EinsumDense", "abc,cd->abd", (None, 2)), _SEQUENCE),
}
_GROWING = {
    "UpSampling1D": Row(made("UpSampling1D", 3), _SEQUENCE),
    "UpSampling2D": Row(made("UpSampling2D"), _IMAGE),
    "UpSampling2D first": Row(made("UpSampling2D", (2, 3), **_FIRST), _IMAGE),
    "UpSampling2D bilinear": Row(made("UpSampling2D", (2, 3), None, "bilinear"), _IMAGE),
    "UpSampling2D bicubic": Row(made("UpSampling2D", 2, "channels_first", "bicubic"), _IMAGE),
    "UpSampling3D": Row(made("UpSampling3D", (2, 1, 3)), _VOLUME),
    "UpSampling3D first": Row(made("UpSampling3D", **_FIRST), _VOLUME),
}
SPATIAL: dict[str, Row] = {**_GLOBAL, **_BORDERS, **_GROWING, **_EINSUM}
