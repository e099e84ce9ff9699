"""ResNet V2: networks of 50, 101 and 152 layers."""

from __future__ import annotations

from typing import Any

from lamina.applications.imagenet_utils import decode_predictions
from lamina.applications.imagenet_utils import preprocess_input as prepared
from lamina.applications.residual import resnet
from lamina.models import Functional


def ResNet50V2(  # noqa: N802 - Keras' name
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    input_shape: Any = None, pooling: Any = None, classes: int = 1000,
    classifier_activation: Any = "softmax", name: str = "resnet50v2",
) -> Functional:  # fmt: skip
    """ResNet50V2, for pictures of 224 x 224, or at least 32 x 32 without its top.

    Args:
        include_top: with the layer that ends in classes.
        weights: None, "imagenet" (published ones, downloaded once), or the path of a file.
        input_tensor: a symbolic input. input_shape: of a picture.
        pooling: without the top: None, "avg" or "max" over the picture.
        classes, classifier_activation: of the last layer.

    Raises: ArgumentError for arguments that do not go together; DownloadError.
    """
    return resnet("ResNet50V2", (3, 4, 6, 3), True, include_top, weights, input_tensor,
                  input_shape, pooling, classes, classifier_activation, name)  # fmt: skip


def ResNet101V2(  # noqa: N802 - Keras' name
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    input_shape: Any = None, pooling: Any = None, classes: int = 1000,
    classifier_activation: Any = "softmax", name: str = "resnet101v2",
) -> Functional:  # fmt: skip
    """ResNet101V2; arguments as ResNet50V2's."""
    return resnet("ResNet101V2", (3, 4, 23, 3), True, include_top, weights, input_tensor,
                  input_shape, pooling, classes, classifier_activation, name)  # fmt: skip


def ResNet152V2(  # noqa: N802 - Keras' name
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    input_shape: Any = None, pooling: Any = None, classes: int = 1000,
    classifier_activation: Any = "softmax", name: str = "resnet152v2",
) -> Functional:  # fmt: skip
    """ResNet152V2; arguments as ResNet50V2's."""
    return resnet("ResNet152V2", (3, 8, 36, 3), True, include_top, weights, input_tensor,
                  input_shape, pooling, classes, classifier_activation, name)  # fmt: skip


def preprocess_input(x: Any, data_format: Any = None) -> Any:
    """Pictures of numbers 0 to 255 as these networks take them: mode "tf"."""
    return prepared(x, data_format, "tf")


__all__ = ["ResNet50V2", "ResNet101V2", "ResNet152V2", "decode_predictions", "preprocess_input"]
