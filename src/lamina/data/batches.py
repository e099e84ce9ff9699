"""Data that come batch by batch: generators, `PyDataset`s, loaders, datasets of other libraries."""

from __future__ import annotations

import functools
import itertools
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lamina.data.ahead import Ahead
from lamina.data.arrays import Data, is_sparse, read
from lamina.data.tables import is_table
from lamina.errors import DataError

# Batches that are fetched ahead where the source does not say how many.
DEPTH = 2


def comes_in_batches(x: Any) -> bool:
    """Whether `x` yields batches rather than being arrays."""
    if isinstance(x, np.ndarray | list | tuple | dict) or hasattr(x, "__array__"):
        return False
    if is_table(x) or is_sparse(x) or hasattr(x, "__dlpack__"):
        return False
    return hasattr(x, "__next__") or hasattr(x, "__iter__") or hasattr(x, "__getitem__")


class Batches:
    """Yields `Data`, one batch at a time, over and over where the source can start again.

    The source runs in a background thread, at most one epoch ahead: what callbacks do at the end
    of an epoch is seen by the next. A generator is asked for no more batches than an epoch takes,
    and is left open; an iterator that was made here is closed.

    Args:
        where: the call, for errors.
        source: what yields batches.
        shuffle: whether numbered batches come in another order in each pass.
        stage: what is made of the inputs of a batch first.
        uneven: whether the arrays of a batch may differ in their numbers of rows.

    Attributes:
        count: number of batches of one pass, None if unknown.
    """

    def __init__(
        self,
        where: str,
        source: Any,
        shuffle: bool = False,
        stage: Callable[[Any], Any] | None = None,
        uneven: bool = False,
    ) -> None:
        self.where = where
        self.source = source
        self.shuffle = shuffle
        self._stage = stage
        self._uneven = uneven
        self.is_numbered = _is_numbered(source)
        self.count: int | None = _length(source)
        self._running: Ahead | None = None

    @property
    def is_running(self) -> bool:
        """Whether a pass has begun and was not closed."""
        return self._running is not None

    def start(self) -> None:
        """Begins a new pass; a plain generator goes on where it is."""
        self.close()
        workers = int(getattr(self.source, "workers", 1) or 1) if self.is_numbered else 1
        depth = int(getattr(self.source, "max_queue_size", DEPTH) or DEPTH)
        self._running = Ahead(self._calls(), workers, depth)

    def expect(self, count: int | None) -> None:
        """Says how many batches are going to be taken: so many may be fetched ahead."""
        if self._running is None:
            self.start()
        assert self._running is not None
        # Without a number a pass is read to its end.
        self._running.allow(1 << 60 if count is None else count)

    def next(self) -> Data | None:
        """The next batch, None at the end of the pass."""
        if self._running is None:
            self.start()
        assert self._running is not None
        item = next(self._running, _END)
        return None if item is _END else self._data(item)

    def close(self) -> None:
        """Ends the pass and its thread."""
        running, self._running = self._running, None
        if running is not None:
            running.close()

    def begin_epoch(self) -> None:
        """Tells the source that an epoch begins (Keras' `on_epoch_begin` of a PyDataset)."""
        _call_hook(self.source, "on_epoch_begin")

    def end_epoch(self) -> None:
        """Tells the source that an epoch is over (Keras' `on_epoch_end` of a PyDataset)."""
        _call_hook(self.source, "on_epoch_end")

    def _calls(self) -> Iterator[Callable[[], Any]]:
        if not self.is_numbered:
            return _items(self.source)
        if self.count is None:
            numbers: Iterator[int] = itertools.count()
        else:
            order = list(range(self.count))
            if self.shuffle:
                # Python's own stream, as in Keras: the same seed gives the same order.
                random.shuffle(order)
            numbers = iter(order)
        return (functools.partial(self.source.__getitem__, i) for i in numbers)

    def _data(self, item: Any) -> Data:
        # Loaders yield lists, and mean what tuples do.
        parts = tuple(item) if isinstance(item, tuple | list) else (item,)
        if len(parts) > 3:
            raise DataError(
                self.where, "needs batches of x, (x, y) or (x, y, sample_weight)",
                f"a tuple of {len(parts)}", "yield a tuple of at most three",
            )  # fmt: skip
        first = parts[0] if self._stage is None else self._stage(parts[0])
        y, sample_weight = (*parts[1:], None, None)[:2]
        return read(self.where, first, y, sample_weight, self._uneven)


_END = object()


def _items(source: Any) -> Iterator[Callable[[], Any]]:
    """The items of an iterable; its iterator is closed at the end unless it is the source."""
    iterator = iter(source)
    try:
        for item in iterator:
            yield functools.partial(_itself, item)
            del item
    finally:
        if iterator is not source and hasattr(iterator, "close"):
            iterator.close()


def _itself(item: Any) -> Any:
    return item


def _is_numbered(source: Any) -> bool:
    """Whether the batches are `source[0]`, `source[1]` ...: Keras' PyDataset, and its like."""
    if not hasattr(source, "__getitem__"):
        return False
    counted = hasattr(source, "__len__") or hasattr(source, "num_batches")
    iterates = hasattr(source, "__iter__") or hasattr(source, "__next__")
    return counted and (hasattr(source, "on_epoch_end") or not iterates)


def _call_hook(source: Any, name: str) -> None:
    hook = getattr(source, name, None)
    if hook is not None:
        hook()


def _length(source: Any) -> int | None:
    if hasattr(source, "num_batches") and hasattr(source, "__getitem__"):
        found: int | None = source.num_batches
        return found
    try:
        return len(source)
    except TypeError:
        return None
