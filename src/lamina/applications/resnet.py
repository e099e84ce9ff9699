"""ResNet: networks of 50, 101 and 152 layers."""

from __future__ import annotations

from lamina.applications.imagenet_utils import decode_predictions, preparing
from lamina.applications.parts import network
from lamina.applications.residual import resnet

ResNet50 = network("ResNet50", resnet, (3, 4, 6, 3))
ResNet101 = network("ResNet101", resnet, (3, 4, 23, 3))
ResNet152 = network("ResNet152", resnet, (3, 8, 36, 3))
preprocess_input = preparing("caffe")

__all__ = ["ResNet50", "ResNet101", "ResNet152", "decode_predictions", "preprocess_input"]
