"""ConvNeXt: Liu et al. 2022, arXiv:2201.03545. Pictures are of numbers 0 to 255."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.applications.imagenet_utils import decode_predictions
from lamina.applications.imagenet_utils import plain as preprocess_input
from lamina.applications.parts import Wanted, channels_last_only, titled
from lamina.initializers import Constant
from lamina.layers.activation import Activation
from lamina.layers.base import Layer
from lamina.layers.convolution import Conv2D
from lamina.layers.dense import Dense
from lamina.layers.global_pooling import GlobalAveragePooling2D
from lamina.layers.normalization import LayerNormalization
from lamina.layers.preprocessing.normalization import Normalization
from lamina.models import Functional, Sequential

# Means and deviations of ImageNet's colours.
MEANS, DEVIATIONS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
SCALE = 1e-6  # of each block, to begin with
# Of each network: the blocks of its stages, and their channels.
SIZES = {
    "tiny": ((3, 3, 9, 3), (96, 192, 384, 768)),
    "small": ((3, 3, 27, 3), (96, 192, 384, 768)),
    "base": ((3, 3, 27, 3), (128, 256, 512, 1024)),
    "large": ((3, 3, 27, 3), (192, 384, 768, 1536)),
    "xlarge": ((3, 3, 27, 3), (256, 512, 1024, 2048)),
}


class LayerScale(Layer):
    """Each channel times a weight of its own: y = gamma x (Touvron et al. 2021, arXiv:2103.17239).

    Args:
        init_values: what the weights begin with.
        projection_dim: the channels.

    Shapes: x (B, ..., channels) -> y (B, ..., channels); gamma (channels,).
    """

    def __init__(self, init_values: float, projection_dim: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.init_values = init_values
        self.projection_dim = projection_dim

    def build(self, input_shape: Any) -> None:
        """Adds gamma."""
        self.gamma = self.add_weight(
            shape=(self.projection_dim,), initializer=Constant(self.init_values), name="gamma"
        )

    def call(self, x: Any) -> Any:
        """The product."""
        return x * self.gamma

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        mine = {"init_values": self.init_values, "projection_dim": self.projection_dim}
        return {**super().get_config(), **mine}


def _norm(name: str | None = None) -> LayerNormalization:
    return LayerNormalization(epsilon=1e-6, name=name)


def _block(x: Any, width: int, name: str) -> Any:
    """A convolution of each channel and two layers of all, added to what came."""
    y = Conv2D(width, 7, padding="same", groups=width, name=f"{name}_depthwise_conv")(x)
    y = _norm(f"{name}_layernorm")(y)
    y = Dense(4 * width, name=f"{name}_pointwise_conv_1")(y)
    y = Activation("gelu", name=f"{name}_gelu")(y)
    y = Dense(width, name=f"{name}_pointwise_conv_2")(y)
    y = LayerScale(SCALE, width, name=f"{name}_layer_scale")(y)
    return x + Activation("linear", name=f"{name}_identity")(y)


def _smaller(widths: tuple[int, ...], name: str) -> list[Sequential]:
    """What stands before each stage, and makes the picture a quarter or half as long and wide."""
    stem = [Conv2D(widths[0], 4, strides=4, name=f"{name}_stem_conv"),
            _norm(f"{name}_stem_layernorm")]  # fmt: skip
    found = [Sequential(stem, name=f"{name}_stem")]
    for i, width in enumerate(widths[1:]):
        between = [_norm(f"{name}_downsampling_layernorm_{i}"),
                   Conv2D(width, 2, strides=2, name=f"{name}_downsampling_conv_{i}")]  # fmt: skip
        found.append(Sequential(between, name=f"{name}_downsampling_block_{i}"))
    return found


def _convnext(
    wanted: Wanted, depths: tuple[int, ...], widths: tuple[int, ...], rescale: bool
) -> Functional:
    channels_last_only(wanted.network)
    inputs, name = wanted.begin(), wanted.name or wanted.label
    x: Any = inputs
    if rescale and x.shape[-1] == len(MEANS):
        x = Normalization(
            mean=[255 * mean for mean in MEANS],
            variance=[(255 * deviation) ** 2 for deviation in DEVIATIONS],
            name=f"{name}_prestem_normalization",
        )(x)
    befores = _smaller(widths, name)
    for stage, (depth, width) in enumerate(zip(depths, widths, strict=True)):
        x = befores[stage](x)
        for i in range(depth):
            x = _block(x, width, f"{name}_stage_{stage}_block_{i}")
    if wanted.include_top:
        x = GlobalAveragePooling2D(name=f"{name}_head_gap")(x)
        x = wanted.classified(_norm(f"{name}_head_layernorm")(x), name=f"{name}_head_dense")
    else:
        x = _norm()(wanted.pooled(x, (None, None)))
    return wanted.finished(x, inputs)


def _network(called: str) -> Callable[..., Functional]:
    word = called.removeprefix("ConvNeXt").lower()
    label, parts = f"convnext_{word}", SIZES[word]

    def made(
        include_top: bool = True, include_preprocessing: bool = True, weights: Any = "imagenet",
        input_tensor: Any = None, input_shape: Any = None, pooling: Any = None,
        classes: int = 1000, classifier_activation: Any = "softmax", name: str = label,
    ) -> Functional:  # fmt: skip
        wanted = Wanted(called, label, 224, 32, include_top, weights, input_tensor, input_shape,
                        pooling, classes, classifier_activation, name)  # fmt: skip
        return _convnext(wanted, *parts, include_preprocessing)

    return titled(made, called, __name__, 224, more=(
        "include_preprocessing: normalises pictures of 0 ... 255 by ImageNet's colours."
    ))  # fmt: skip


ConvNeXtTiny, ConvNeXtSmall = _network("ConvNeXtTiny"), _network("ConvNeXtSmall")
ConvNeXtBase, ConvNeXtLarge = _network("ConvNeXtBase"), _network("ConvNeXtLarge")
ConvNeXtXLarge = _network("ConvNeXtXLarge")

__all__ = ["ConvNeXtBase", "ConvNeXtLarge", "ConvNeXtSmall", "ConvNeXtTiny", "ConvNeXtXLarge",
           "LayerScale", "decode_predictions", "preprocess_input"]  # fmt: skip
