"""Reading data in older Keras' ways: `HDF5Matrix`, and enqueuers of generators and sequences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np


class HDF5Matrix:
    """Rows of a data set in an HDF5 file, as data for `fit`, `evaluate` and `predict`.

    Args:
        datapath: the file. dataset: the name in it.
        start, end: the first row, and the one behind the last.
        normalizer: applied to what is read.
    """

    def __init__(
        self,
        datapath: Any,
        dataset: str,
        start: int = 0,
        end: int | None = None,
        normalizer: Callable[[Any], Any] | None = None,
    ) -> None:
        import h5py

        self.data = h5py.File(datapath, "r")[dataset]
        self.start, self.end = start, self.data.shape[0] if end is None else end
        self.normalizer = normalizer

    def __len__(self) -> int:
        return int(self.end - self.start)

    def __getitem__(self, key: Any) -> np.ndarray:
        rows = np.arange(self.start, self.end)[key]
        # h5py reads rows in rising order, each once.
        found, back = np.unique(np.atleast_1d(rows), return_inverse=True)
        values = self.data[found][back]
        values = values if np.ndim(rows) else values[0]
        return values if self.normalizer is None else self.normalizer(values)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self[:], dtype)

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows, and the shape of one."""
        return (len(self), *self[0].shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """That of the rows."""
        return np.asarray(self[0]).dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of entries."""
        return int(np.prod(self.shape))


class GeneratorEnqueuer:
    """What a generator yields, as it yields it: `get` after `start`."""

    def __init__(self, generator: Any, use_multiprocessing: bool = False, **hints: Any) -> None:
        self._source, self._runs = generator, False

    def start(self, workers: int = 1, max_queue_size: int = 10) -> None:
        """Begins."""
        self._runs = True

    def is_running(self) -> bool:
        """Whether it began and was not stopped."""
        return self._runs

    def stop(self, timeout: Any = None) -> None:
        """Ends."""
        self._runs = False

    def get(self) -> Iterator[Any]:
        """The elements, until it is stopped."""
        for element in self._elements():
            if not self._runs:
                return
            yield element

    def _elements(self) -> Iterator[Any]:
        yield from self._source


class OrderedEnqueuer(GeneratorEnqueuer):
    """The batches of a `Sequence`, pass after pass; `shuffle` draws an order for each."""

    def __init__(
        self, sequence: Any, use_multiprocessing: bool = False, shuffle: bool = False
    ) -> None:
        super().__init__(sequence, use_multiprocessing)
        self.shuffle = shuffle

    def _elements(self) -> Iterator[Any]:
        while True:
            order = np.arange(len(self._source))
            if self.shuffle:
                np.random.shuffle(order)
            for place in order:
                yield self._source[int(place)]
            if hasattr(self._source, "on_epoch_end"):
                self._source.on_epoch_end()
