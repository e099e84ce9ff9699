"""Rows of the layers that slide a kernel over sequences, images and volumes."""

from __future__ import annotations

from tests.layers.row import Row, made

_SEQUENCE, _IMAGE, _VOLUME = ((4, 9, 3),), ((4, 7, 9, 3),), ((2, 5, 4, 6, 3),)
_FIRST = {"data_format": "channels_first"}
_SAME, _TWICE = {"padding": "same"}, {"padding": "same", "strides": 2}

_PLAIN = {
    "Conv1D": Row(made("Conv1D", 5, 3, kernel_regularizer="l2", bias_regularizer="l2"), _SEQUENCE),
    "Conv1D causal": Row(made("Conv1D", 5, 3, padding="causal", dilation_rate=2), _SEQUENCE),
    "Conv1D causal strides": Row(made("Conv1D", 5, 4, 2, "causal"), _SEQUENCE),
    "Conv1D same": Row(made("Conv1D", 5, 4, 3, "same", activation="relu"), _SEQUENCE),
    "Conv1D first": Row(made("Conv1D", 2, 3, padding="causal", **_FIRST), ((4, 3, 9),)),
    "Conv2D": Row(made("Conv2D", 5, 3, activation="tanh"), _IMAGE),
    "Conv2D one": Row(made("Conv2D", 5, 1, use_bias=False), ((1, 1, 1, 3),)),
    "Conv2D same": Row(made("Conv2D", 5, (3, 2), **_SAME, bias_initializer="ones"), _IMAGE),
    "Conv2D strides": Row(made("Conv2D", 5, (2, 3), (3, 2), activity_regularizer="l2"), _IMAGE),
    "Conv2D strides same": Row(made("Conv2D", 5, (4, 3), (2, 3), "SAME"), _IMAGE),
    "Conv2D dilated": Row(made("Conv2D", 5, 3, **_SAME, dilation_rate=(2, 3)), _IMAGE),
    "Conv2D groups": Row(made("Conv2D", 4, 3, groups=2, **_SAME), ((4, 5, 6, 6),)),
    "Conv2D depthwise groups": Row(made("Conv2D", 6, 3, groups=3, strides=2), _IMAGE),
    "Conv2D first": Row(made("Conv2D", 5, 3, **_FIRST, **_TWICE), ((4, 3, 7, 6),)),
    "Conv2D first groups": Row(made("Conv2D", 4, 3, groups=2, **_FIRST), ((4, 4, 5, 6),)),
    "Conv3D": Row(made("Conv3D", 2, (2, 3, 2)), _VOLUME),
    "Conv3D same": Row(made("Conv3D", 2, 3, **_TWICE, kernel_constraint="unit_norm"), _VOLUME),
    "Conv3D first": Row(made("Conv3D", 2, 2, **_FIRST), ((2, 3, 5, 4, 6),)),
}
_BY_CHANNEL = {
    "DepthwiseConv1D": Row(made("DepthwiseConv1D", 3, depth_multiplier=2), _SEQUENCE),
    "DepthwiseConv1D same": Row(made("DepthwiseConv1D", 4, **_TWICE), _SEQUENCE),
    "DepthwiseConv2D": Row(made("DepthwiseConv2D", (2, 3), activation="relu"), _IMAGE),
    "DepthwiseConv2D same": Row(made("DepthwiseConv2D", 3, 2, "same", 2, use_bias=False), _IMAGE),
    "DepthwiseConv2D dilated": Row(made("DepthwiseConv2D", 3, dilation_rate=2), _IMAGE),
    "DepthwiseConv2D first": Row(
        made("DepthwiseConv2D", 3, depth_multiplier=2, **_FIRST, depthwise_regularizer="l2"),
        ((4, 3, 7, 6),),
    ),
    "SeparableConv1D": Row(made("SeparableConv1D", 5, 3, depth_multiplier=2), _SEQUENCE),
    "SeparableConv1D same": Row(made("SeparableConv1D", 5, 4, 2, "same"), _SEQUENCE),
    "SeparableConv2D": Row(made("SeparableConv2D", 5, (2, 3), activation="relu"), _IMAGE),
    "SeparableConv2D same": Row(made("SeparableConv2D", 4, 3, **_TWICE, use_bias=False), _IMAGE),
    "SeparableConv2D first": Row(
        made("SeparableConv2D", 4, 3, dilation_rate=2, **_FIRST, pointwise_regularizer="l2"),
        ((4, 3, 7, 6),),
    ),
}
_TRANSPOSED = {
    "Conv1DTranspose": Row(made("Conv1DTranspose", 5, 3), _SEQUENCE),
    "Conv1DTranspose strides": Row(made("Conv1DTranspose", 5, 2, 3), _SEQUENCE),
    "Conv1DTranspose more": Row(made("Conv1DTranspose", 5, 4, 3, output_padding=1), _SEQUENCE),
    "Conv2DTranspose": Row(made("Conv2DTranspose", 5, (2, 3), activation="relu"), _IMAGE),
    "Conv2DTranspose same": Row(made("Conv2DTranspose", 5, 3, **_TWICE), _IMAGE),
    "Conv2DTranspose more": Row(
        made("Conv2DTranspose", 5, 3, (2, 3), "same", (1, 0), kernel_regularizer="l2"), _IMAGE
    ),
    "Conv2DTranspose dilated": Row(made("Conv2DTranspose", 2, 3, dilation_rate=2), _IMAGE),
    "Conv2DTranspose first": Row(
        made("Conv2DTranspose", 5, 3, **_TWICE, **_FIRST, use_bias=False), ((4, 3, 4, 5),)
    ),
    "Conv3DTranspose": Row(made("Conv3DTranspose", 2, 2, (1, 2, 2)), ((2, 3, 2, 4, 3),)),
    "Conv3DTranspose first": Row(
        made("Conv3DTranspose", 2, 3, 2, "same", "channels_first", 1), ((2, 3, 3, 2, 4),)
    ),
}
CONVOLVING: dict[str, Row] = {**_PLAIN, **_BY_CHANNEL, **_TRANSPOSED}
