"""Orders drawn at random: of a buffer, by a stream that each pass begins anew or goes on with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lamina.random import draw_seed


class Source:
    """Random numbers for the passes of a data set.

    Args:
        seed: by default drawn from the global stream when the first pass begins.
        goes_on: whether passes differ; else each begins with the same numbers.
    """

    def __init__(self, seed: Any, goes_on: bool) -> None:
        self._seed = None if seed is None else int(seed)
        self._goes_on = goes_on
        self._passes = 0

    def generator(self) -> np.random.Generator:
        """The numbers of the pass that begins."""
        if self._seed is None:
            self._seed = draw_seed()
        made = np.random.default_rng([self._seed % 2**64, self._passes if self._goes_on else 0])
        self._passes += 1
        return made

    def numbers(self) -> Callable[[], int]:
        """A function that draws the next whole number of the pass that begins."""
        draw = self.generator()
        return lambda: int(draw.integers(0, 2**32))


def drawn(items: Iterator[Any], size: int, draw: np.random.Generator) -> Iterator[Any]:
    """Each item is drawn from a buffer of the next `size` ones."""
    held = []
    for item in items:
        held.append(item)
        if len(held) == size:
            break
    if len(held) < size:  # all of them
        for place in draw.permutation(len(held)):
            yield held[place]
        return
    for item in items:
        place = int(draw.integers(size))
        yield held[place]
        held[place] = item
    for place in draw.permutation(len(held)):
        yield held[place]
