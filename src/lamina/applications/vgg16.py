"""VGG16, and pictures as it takes them."""

from __future__ import annotations

from typing import Any

from lamina.applications.imagenet_utils import decode_predictions
from lamina.applications.imagenet_utils import preprocess_input as prepared
from lamina.applications.vgg import VGG16


def preprocess_input(x: Any, data_format: Any = None) -> Any:
    """Pictures of numbers 0 to 255 as the network takes them: mode "caffe"."""
    return prepared(x, data_format, "caffe")


__all__ = ["VGG16", "decode_predictions", "preprocess_input"]
