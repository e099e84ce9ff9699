"""Data that come batch by batch: generators, `Sequence`s, loaders, datasets of other libraries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from lamina.data.arrays import Data, read
from lamina.errors import DataError


def comes_in_batches(x: Any) -> bool:
    """Whether `x` yields batches rather than being arrays."""
    if isinstance(x, np.ndarray | list | tuple | dict) or hasattr(x, "__array__"):
        return False
    return hasattr(x, "__next__") or hasattr(x, "__iter__") or hasattr(x, "__getitem__")


class Batches:
    """Yields `Data`, one batch at a time, over and over where the source can start again.

    Attributes:
        count: number of batches of one pass, None if unknown.
    """

    def __init__(self, where: str, source: Any) -> None:
        self.where = where
        self.source = source
        self.count: int | None = _length(source)
        self._running: Iterator[Any] | None = None

    def start(self) -> None:
        """Begins a new pass; a plain generator goes on where it is."""
        if self._running is None or not hasattr(self.source, "__next__"):
            self._running = self._items()

    def next(self) -> Data | None:
        """The next batch, None at the end of the pass."""
        if self._running is None:
            self.start()
        assert self._running is not None
        item = next(self._running, None)
        return None if item is None else self._data(item)

    def end(self) -> None:
        """Tells the source that an epoch is over (Keras' `on_epoch_end` of a Sequence)."""
        hook = getattr(self.source, "on_epoch_end", None)
        if hook is not None:
            hook()

    def _items(self) -> Iterator[Any]:
        indexed = hasattr(self.source, "__getitem__") and hasattr(self.source, "__len__")
        if indexed and not hasattr(self.source, "__iter__"):
            return (self.source[i] for i in range(len(self.source)))
        if (
            indexed
            and not isinstance(self.source, Iterator)
            and hasattr(self.source, "on_epoch_end")
        ):
            return (self.source[i] for i in range(len(self.source)))
        return iter(self.source)

    def _data(self, item: Any) -> Data:
        parts = item if isinstance(item, tuple) else (item,)
        if len(parts) > 3:
            raise DataError(
                self.where, "needs batches of x, (x, y) or (x, y, sample_weight)",
                f"a tuple of {len(parts)}", "yield a tuple of at most three",
            )  # fmt: skip
        return read(self.where, *parts)


def _length(source: Any) -> int | None:
    try:
        return len(source)
    except TypeError:
        return None
