"""What a row of the contract of all layers is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Row:
    """A layer: `build(k)` makes it from real Keras or lamina; `shapes` are those of its inputs.

    Attributes:
        call: further arguments of the call.
        below: the inputs are whole numbers below this, if not 0.
        cell: the layer is called with the first input and a list of the others.
        spread: the layer is called with each input as an argument of its own.
        scale: what the inputs are multiplied by.
        own: a function of the user's is in it, which a configuration tells by where it stands.
        loose: times the tolerance of others, where Keras' constants are less exact than ours.
    """

    build: Callable[[Any], Any]
    shapes: tuple[tuple[int, ...], ...] = ((4, 3),)
    call: dict[str, Any] = field(default_factory=dict)
    below: int = 0
    cell: bool = False
    spread: bool = False
    scale: float = 1.0
    own: bool = False
    loose: float = 1.0

    def inputs(self) -> Any:
        """Standard normal inputs, or whole numbers: an array, or a list of them."""
        stream = np.random.default_rng(7)
        if self.below:
            arrays = [stream.integers(0, self.below, shape, "int32") for shape in self.shapes]
        else:
            drawn = [self.scale * stream.normal(size=shape) for shape in self.shapes]
            arrays = [array.astype("float32") for array in drawn]
        return arrays[0] if len(arrays) == 1 else arrays

    def arguments(self, given: Any) -> tuple[Any, ...]:
        """The inputs as the layer is called with them."""
        if self.spread:
            return tuple(given)
        return (given[0], list(given[1:])) if self.cell else (given,)


def made(layer: str, *args: Any, **kwargs: Any) -> Callable[[Any], Any]:
    """A layer by its name and arguments."""
    return lambda k: getattr(k.layers, layer)(*args, **kwargs)


def own(build: Callable[[Any], Any], *shapes: tuple[int, ...]) -> Row:
    """A row of a layer with a function of the user's."""
    return Row(build, shapes or ((4, 3),), own=True)
