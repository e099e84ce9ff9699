"""What a row of the contract of all layers is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Row:
    """A layer: `build(k)` makes it from real Keras or lamina; `shapes` are those of its inputs."""

    build: Callable[[Any], Any]
    shapes: tuple[tuple[int, ...], ...] = ((4, 3),)
    call: dict[str, Any] = field(default_factory=dict)

    def inputs(self) -> Any:
        """Standard normal inputs: an array, or a list of them."""
        stream = np.random.default_rng(7)
        arrays = [stream.normal(size=shape).astype("float32") for shape in self.shapes]
        return arrays[0] if len(arrays) == 1 else arrays


def made(layer: str, *args: Any, **kwargs: Any) -> Callable[[Any], Any]:
    """A layer by its name and arguments."""
    return lambda k: getattr(k.layers, layer)(*args, **kwargs)
