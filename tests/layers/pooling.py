"""Rows of the layers that pool over windows."""

from __future__ import annotations

from tests.layers.row import Row, made

_SEQUENCE, _IMAGE, _VOLUME = ((4, 9, 3),), ((4, 7, 6, 3),), ((2, 5, 4, 6, 3),)
_FIRST = {"data_format": "channels_first"}
_SHAPES = ((1, _SEQUENCE), (2, _IMAGE), (3, _VOLUME))
_WINDOWS = {
    "": {"pool_size": 2},
    " same": {"pool_size": 3, "strides": 2, "padding": "same"},
    " overlapping": {"pool_size": 3, "strides": 1},
    " gaps": {"pool_size": 1, "strides": 3, "padding": "same"},
    " first": {"pool_size": 2, **_FIRST},
}
_FIXED = {
    f"{kind}Pooling{rank}D{name}": Row(made(f"{kind}Pooling{rank}D", **options), shape)
    for kind in ("Max", "Average")
    for rank, shape in _SHAPES
    for name, options in _WINDOWS.items()
}
_ADAPTIVE = {
    f"Adaptive{kind}Pooling{rank}D{name}": Row(
        made(f"Adaptive{kind}Pooling{rank}D", **options), shape
    )
    for kind in ("Max", "Average")
    for rank, shape in _SHAPES
    for name, options in (
        ("", {"output_size": 3}),
        (" one", {"output_size": 1}),
        (" first", {"output_size": 2, **_FIRST}),
    )
}
_MIXED = {
    "MaxPooling2D default": Row(made("MaxPooling2D"), _IMAGE),
    "MaxPooling2D mixed": Row(made("MaxPooling2D", (2, 3), (1, 2), "same"), _IMAGE),
    "AveragePooling2D mixed": Row(made("AveragePooling2D", (3, 2), (2, 1), "same"), _IMAGE),
    "AdaptiveMaxPooling2D mixed": Row(made("AdaptiveMaxPooling2D", (3, 4)), _IMAGE),
}
POOLING: dict[str, Row] = {**_FIXED, **_ADAPTIVE, **_MIXED}
