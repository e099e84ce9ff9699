"""VGG19, and pictures as it takes them."""

from __future__ import annotations

from lamina.applications.imagenet_utils import decode_predictions, preparing
from lamina.applications.vgg import VGG19

preprocess_input = preparing("caffe")

__all__ = ["VGG19", "decode_predictions", "preprocess_input"]
