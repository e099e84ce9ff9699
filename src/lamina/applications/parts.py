"""What all published networks share: their input, their end, and their weights."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from lamina.applications.published import Published, fetch
from lamina.errors import ArgumentError
from lamina.graph.data_format import image_data_format
from lamina.graph.tensor import KerasTensor
from lamina.layers.dense import Dense
from lamina.layers.global_pooling import GlobalAveragePooling2D, GlobalMaxPooling2D
from lamina.layers.input_layer import InputLayer
from lamina.models import Functional
from lamina.utils.source_inputs import get_source_inputs

# Along which axis channels lie.
LAST, FIRST = 3, 1
IMAGENET = 1000  # classes of the published weights


def channel_axis() -> int:
    """The axis of channels in the present format of images."""
    return LAST if image_data_format() == "channels_last" else FIRST


def begin(
    network: str, weights: Any, include_top: bool, classes: int, input_shape: Any,
    input_tensor: Any, default: int, least: int, sized: bool | None = None,
) -> KerasTensor:  # fmt: skip
    """The symbolic input of a network.

    Args:
        default: rows and columns, where none are given.
        least: the fewest rows and columns.
        sized: whether its size must be known; by default with `include_top`.

    Raises: ArgumentError for a shape or for weights that do not go with the network.
    """
    if not (weights in (None, "imagenet") or os.path.exists(weights)):
        raise ArgumentError(
            f"{network}(weights=...)", "takes None, 'imagenet' or the path of a file",
            repr(weights), "give a file that is there",
        )  # fmt: skip
    if weights == "imagenet" and include_top and classes != IMAGENET:
        raise ArgumentError(
            f"{network}(classes=...)", "is 1000 with the top of the published weights",
            repr(classes), "pass include_top=False, or weights=None",
        )  # fmt: skip
    sized = include_top if sized is None else sized
    shape = shape_of_pictures(network, weights, input_shape, default, least, sized)
    if input_tensor is None:
        return InputLayer(shape=shape).output
    if isinstance(input_tensor, KerasTensor):
        return input_tensor
    return InputLayer(input_tensor=input_tensor).output


def shape_of_pictures(
    network: str, weights: Any, given: Any, default: int, least: int, sized: bool
) -> tuple[int | None, ...]:
    """The shape of a network's pictures: what was given, if it goes with the network.

    Raises: ArgumentError.
    """
    last = image_data_format() == "channels_last"
    channels = 3
    if given is not None:
        given = tuple(given)
        if len(given) != 3:
            raise ArgumentError(
                f"{network}(input_shape=...)", "has rows, columns and channels", repr(given),
                f"pass ({default}, {default}, 3)",
            )  # fmt: skip
        channels = given[-1] if last else given[0]
        sizes = given[:2] if last else given[1:]
        if weights == "imagenet" and channels != 3:
            raise ArgumentError(
                f"{network}(input_shape=...)", "has 3 channels with the published weights",
                repr(given), "pass pictures of three colours",
            )  # fmt: skip
        if any(n is not None and n < least for n in sizes):
            raise ArgumentError(
                f"{network}(input_shape=...)", f"has at least {least} rows and columns",
                repr(given), f"pass ({default}, {default}, {channels})",
            )  # fmt: skip
    whole = (default, default, channels) if last else (channels, default, default)
    if weights == "imagenet" and sized and given not in (None, whole):
        raise ArgumentError(
            f"{network}(input_shape=...)", f"is {whole} with the top of the published weights",
            repr(given), "pass include_top=False for another size",
        )  # fmt: skip
    if given is None:
        if sized:
            return whole
        return (None, None, channels) if last else (channels, None, None)
    if sized and None in given:
        raise ArgumentError(
            f"{network}(input_shape=...)", "is known where the network ends in its classes",
            repr(given), "give all sizes, or pass include_top=False",
        )  # fmt: skip
    return given


def end(x: Any, include_top: bool, pooling: Any, classes: int, activation: Any) -> Any:
    """Means over the picture and the classes; or what `pooling` says."""
    if include_top:
        x = GlobalAveragePooling2D(name="avg_pool")(x)
        return Dense(classes, activation=activation, name="predictions")(x)
    return pooled(x, pooling)


def pooled(x: Any, pooling: Any, names: Sequence[str | None] = ("avg_pool", "max_pool")) -> Any:
    """The picture's mean or maximum of each channel; None leaves it.

    Raises: ArgumentError for another word.
    """
    if pooling == "avg":
        return GlobalAveragePooling2D(name=names[0])(x)
    if pooling == "max":
        return GlobalMaxPooling2D(name=names[1])(x)
    if pooling is not None:
        raise ArgumentError(
            "pooling=...", "is None, 'avg' or 'max'", repr(pooling), "leave it out for the picture"
        )
    return x


def finished(
    x: Any, inputs: KerasTensor, name: str | None, weights: Any, published: Published
) -> Functional:
    """The network, with its weights."""
    starts: Any = inputs if inputs.history is None else get_source_inputs(inputs)
    if inputs.history is not None and len(starts) == 1:
        starts = starts[0]
    model = Functional(starts, x, name=name)
    if weights == "imagenet":
        model.load_weights(fetch(published))
    elif weights is not None:
        model.load_weights(weights)
    return model


def correct_padding(x: Any, kernel: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Zeros before and after a convolution by two, so that it sees what "same" would see."""
    first = 1 if image_data_format() == "channels_last" else 2
    sizes = x.shape[first : first + 2]
    more = [1 - n % 2 if n is not None else 1 for n in sizes]
    half = kernel // 2
    return (half - more[0], half), (half - more[1], half)
