"""ResNet V2: networks of 50, 101 and 152 layers."""

from __future__ import annotations

from lamina.applications.imagenet_utils import decode_predictions, preparing
from lamina.applications.parts import network
from lamina.applications.residual import resnet_v2

ResNet50V2 = network("ResNet50V2", resnet_v2, (3, 4, 6, 3))
ResNet101V2 = network("ResNet101V2", resnet_v2, (3, 4, 23, 3))
ResNet152V2 = network("ResNet152V2", resnet_v2, (3, 8, 36, 3))
preprocess_input = preparing("tf")

__all__ = ["ResNet50V2", "ResNet101V2", "ResNet152V2", "decode_predictions", "preprocess_input"]
