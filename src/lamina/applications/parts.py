"""What all published networks share: their arguments, their input, their end, and their weights."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lamina import activations
from lamina.applications.published import Published, fetch, published
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

_ABOUT = """{network}, for pictures of {size} x {size}; without its top at least {least} x {least}.

    Args:
        include_top: with the layers that end in classes.
        weights: None, "imagenet" (published ones, downloaded once), or the path of a file.
        input_tensor: a symbolic input. input_shape: of a picture.
        pooling: without the top: None, "avg" or "max" over the picture.
        classes, classifier_activation: of the last layer.
        {more}name: of the model.

    Raises: ArgumentError for arguments that do not go together; DownloadError.
    """


@dataclass(frozen=True)
class Wanted:
    """What a caller wants of a network: the arguments that all of them take, in Keras' order.

    Attributes:
        network: the name of its function. label: that of its published weights.
        size: rows and columns of a picture, where none are given. least: the fewest.
    """

    network: str
    label: str
    size: int = 224
    least: int = 32
    include_top: bool = True
    weights: Any = "imagenet"
    input_tensor: Any = None
    input_shape: Any = None
    pooling: Any = None
    classes: int = IMAGENET
    activation: Any = "softmax"
    name: Any = None

    def begin(self, sized: bool | None = None) -> KerasTensor:
        """The symbolic input.

        Args:
            sized: whether its size must be known; by default with the top.

        Raises: ArgumentError for a shape or for weights that do not go with the network.
        """
        self._check()
        sized = self.include_top if sized is None else sized
        shape = shape_of_pictures(
            self.network, self.weights, self.input_shape, self.size, self.least, sized
        )
        if self.input_tensor is None:
            return InputLayer(shape=shape).output
        if isinstance(self.input_tensor, KerasTensor):
            return self.input_tensor
        return InputLayer(input_tensor=self.input_tensor).output

    def _check(self) -> None:
        if not (self.weights in (None, "imagenet") or os.path.exists(self.weights)):
            raise ArgumentError(
                f"{self.network}(weights=...)", "takes None, 'imagenet' or the path of a file",
                repr(self.weights), "give a file that is there",
            )  # fmt: skip
        if self.weights != "imagenet" or not self.include_top:
            return
        if self.classes != IMAGENET:
            raise ArgumentError(
                f"{self.network}(classes=...)", "is 1000 with the top of the published weights",
                repr(self.classes), "pass include_top=False, or weights=None",
            )  # fmt: skip
        if activations.get(self.activation) not in map(activations.get, (None, "softmax")):
            raise ArgumentError(
                f"{self.network}(classifier_activation=...)",
                "is None or 'softmax' with the top of the published weights",
                repr(self.activation), "leave it out, or pass include_top=False",
            )  # fmt: skip

    def end(self, x: Any) -> Any:
        """Means over the picture and the classes; or what `pooling` says."""
        if self.include_top:
            return self.classified(GlobalAveragePooling2D(name="avg_pool")(x))
        return self.pooled(x)

    def classified(self, x: Any, **options: Any) -> Any:
        """The classes of what is known of each picture."""
        last = {"name": "predictions", **options}
        return Dense(self.classes, activation=self.activation, **last)(x)

    def pooled(self, x: Any, names: Sequence[str | None] = ("avg_pool", "max_pool")) -> Any:
        """The picture's mean or maximum of each channel; None leaves it.

        Raises: ArgumentError for another word.
        """
        if self.pooling == "avg":
            return GlobalAveragePooling2D(name=names[0])(x)
        if self.pooling == "max":
            return GlobalMaxPooling2D(name=names[1])(x)
        if self.pooling is not None:
            raise ArgumentError(
                f"{self.network}(pooling=...)", "is None, 'avg' or 'max'", repr(self.pooling),
                "leave it out for the picture",
            )  # fmt: skip
        return x

    def finished(self, x: Any, inputs: KerasTensor, file: Published | None = None) -> Functional:
        """The network, with its weights: those of `file` if published ones are wanted."""
        starts: Any = inputs if inputs.history is None else get_source_inputs(inputs)
        if inputs.history is not None and len(starts) == 1:
            starts = starts[0]
        model = Functional(starts, x, name=self.name)
        if self.weights == "imagenet":
            model.load_weights(fetch(file or published(self.label, self.include_top)))
        elif self.weights is not None:
            model.load_weights(self.weights)
        return model


def network(
    called: str, build: Callable[..., Functional], *parts: Any,
    label: str = "", size: int = 224, least: int = 32,
) -> Callable[..., Functional]:  # fmt: skip
    """The function that makes a network, with the arguments that most of them take.

    Args:
        called: its name. label: of the model and of its weights, by default the name in small.
        build: what makes it of the `Wanted` and of `parts`.
        size, least: as `Wanted` has them.
    """
    label = label or called.lower()

    def made(
        include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
        input_shape: Any = None, pooling: Any = None, classes: int = IMAGENET,
        classifier_activation: Any = "softmax", name: Any = label,
    ) -> Functional:  # fmt: skip
        wanted = Wanted(called, label, size, least, include_top, weights, input_tensor,
                        input_shape, pooling, classes, classifier_activation, name)  # fmt: skip
        return build(wanted, *parts)

    return titled(made, called, build.__module__, size, least)


def titled(
    made: Callable[..., Functional], called: str, module: str, size: int, least: int = 32,
    more: str = "",
) -> Callable[..., Functional]:  # fmt: skip
    """A function that makes a network, under its own name and with its text.

    Args:
        more: a line about arguments that not all networks have.
    """
    made.__name__ = made.__qualname__ = called
    made.__module__ = module
    more = f"{more}\n        " if more else ""
    made.__doc__ = _ABOUT.format(network=called, size=size, least=least, more=more)
    return made


def channel_axis() -> int:
    """The axis of channels in the present format of images."""
    return LAST if image_data_format() == "channels_last" else FIRST


def channels_last_only(network: str) -> None:
    """Raises: ArgumentError where pictures have their channels first."""
    if image_data_format() != "channels_last":
        raise ArgumentError(
            network, "takes pictures whose channels are last", repr(image_data_format()),
            "call keras.config.set_image_data_format('channels_last')",
        )  # fmt: skip


def multiple_of_8(width: float, most_lost: float = 0.1) -> int:
    """The nearest multiple of 8, at least 8, not below the width by more than a part of it."""
    found = max(8, int(width + 4) // 8 * 8)
    return found + 8 if found < (1 - most_lost) * width else found


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


def correct_padding(x: Any, kernel: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Zeros before and after a convolution by two, so that it sees what "same" would see."""
    first = 1 if image_data_format() == "channels_last" else 2
    sizes = x.shape[first : first + 2]
    more = [1 - n % 2 if n is not None else 1 for n in sizes]
    half = kernel // 2
    return (half - more[0], half), (half - more[1], half)
