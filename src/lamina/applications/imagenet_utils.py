"""Pictures as published networks take them, and ImageNet's classes by name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from lamina import ops
from lamina.errors import ArgumentError
from lamina.graph.data_format import image_data_format
from lamina.graph.dtypes import floatx, is_float
from lamina.graph.tensor import Tensor

MODES = ("caffe", "tf", "torch")
# Means of ImageNet's pictures: blue, green, red; and for "torch" means and deviations of 0 to 1.
_CAFFE = (103.939, 116.779, 123.68)
_TORCH = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def preprocess_input(x: Any, data_format: str | None = None, mode: str = "caffe") -> Any:
    """Pictures (rows, columns, 3) or a batch of them, numbers 0 to 255, as a network takes them.

    Args:
        data_format: "channels_last" or "channels_first", default the present setting.
        mode: "caffe": blue, green, red, less their means on ImageNet; "tf": -1 to 1; "torch": 0 to
            1, less the means, divided by the deviations.

    Raises: ArgumentError for another mode or format.
    """
    if mode not in MODES:
        raise ArgumentError(
            "preprocess_input(mode=...)", f"is one of {', '.join(MODES)}", repr(mode),
            "leave it out for 'caffe'",
        )  # fmt: skip
    layout = image_data_format() if data_format is None else data_format
    if layout not in ("channels_last", "channels_first"):
        raise ArgumentError(
            "preprocess_input(data_format=...)", "is 'channels_last' or 'channels_first'",
            repr(data_format), "leave it out",
        )  # fmt: skip
    if isinstance(x, Tensor):
        x = x if is_float(x.dtype) else ops.cast(x, floatx())
        return _prepared(x, layout, mode, ops.flip)
    x = np.asarray(x)
    if not np.issubdtype(x.dtype, np.floating):
        x = x.astype(floatx())
    return _prepared(x, layout, mode, np.flip)


def _prepared(x: Any, layout: str, mode: str, flip: Any) -> Any:
    if mode == "tf":
        return x / 127.5 - 1.0
    axis = -1 if layout == "channels_last" else len(x.shape) - 3
    shape = (3,) if axis == -1 else (3, 1, 1)

    def along(values: Any) -> Any:
        return np.reshape(values, shape).astype(str(x.dtype))

    if mode == "torch":
        mean, deviation = _TORCH
        return (x / 255.0 - along(mean)) / along(deviation)
    return flip(x, axis) - along(_CAFFE)


@functools.cache
def _names() -> dict[str, Any]:
    import json

    from lamina.applications.published import class_index

    with open(class_index(), encoding="utf-8") as file:
        found: dict[str, Any] = json.load(file)
    return found


def decode_predictions(preds: Any, top: int = 5) -> list[list[tuple[str, str, float]]]:
    """For each row of predictions (rows, 1000) the `top` classes: (WordNet's id, name, value).

    The names come from the cache or the network.

    Raises: ArgumentError for another shape; DownloadError without names.
    """
    values = np.asarray(preds)
    if values.ndim != 2 or values.shape[1] != 1000:
        raise ArgumentError(
            "decode_predictions", "needs predictions of the 1000 classes of ImageNet, (rows, 1000)",
            f"shape {values.shape}", "pass what a network with include_top=True predicted",
        )  # fmt: skip
    names = _names()
    best = values.argsort(axis=1)[:, ::-1][:, :top]
    return [[(*names[str(i)], row[i]) for i in places]
            for row, places in zip(values, best, strict=True)]  # fmt: skip


def preparing(mode: str) -> Callable[..., Any]:
    """The `preprocess_input` of networks that take pictures in one mode."""

    def prepared(x: Any, data_format: str | None = None) -> Any:
        return preprocess_input(x, data_format, mode)

    prepared.__name__ = prepared.__qualname__ = "preprocess_input"
    prepared.__doc__ = f'Pictures of numbers 0 to 255 as the network takes them: mode "{mode}".'
    return prepared


def plain(x: Any, data_format: str | None = None) -> Any:
    """Pictures as they are: networks that begin by scaling them take these."""
    return x
