"""BatchedDataset: samples that are read when they are needed, in batches, pass after pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lamina.errors import ArgumentError

# Makes the batch of samples with these numbers: x, or (x, y).
Make = Callable[[np.ndarray], Any]


def check_batch_size(where: str, size: Any) -> None:
    """Raises: ArgumentError for anything but a whole number from 1 up."""
    if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < 1:
        raise ArgumentError(
            f"{where}(batch_size=...)", "needs a whole number from 1 up", repr(size), "pass 32"
        )


class BatchedDataset:
    """An iterable of batches, of which `fit`, `evaluate` and `predict` take one pass an epoch.

    It stands where Keras has a `tf.data.Dataset`; its batches are NumPy arrays. With `shuffle` each
    pass has another order, of all samples (Keras shuffles within a window of some batches).

    Args:
        count: how many samples there are.
        batch_size: None yields single samples.
        make: makes a batch of the samples with these numbers.
        shuffle, seed: whether, and by which stream, orders are drawn.

    Raises: ArgumentError for another batch_size.

    Attributes:
        class_names: the classes in the order of their numbers, None without labels.
        file_paths: the files, in the order of the first reading; None without files.
    """

    class_names: list[str] | None = None
    file_paths: list[str] | None = None

    def __init__(
        self, count: int, batch_size: int | None, make: Make, shuffle: bool, seed: int | None
    ) -> None:
        if batch_size is not None:
            check_batch_size("BatchedDataset", batch_size)
        self.count, self.batch_size, self.shuffle = count, batch_size, shuffle
        self._make, self._seed = make, seed
        self._random = np.random.RandomState(seed)

    def __len__(self) -> int:
        """How many batches a pass has."""
        return -(-self.count // (self.batch_size or 1))

    def batch(self, batch_size: int) -> BatchedDataset:
        """The same samples in batches of this size."""
        return BatchedDataset(self.count, batch_size, self._make, self.shuffle, self._seed)

    def __iter__(self) -> Iterator[Any]:
        order = self._random.permutation(self.count) if self.shuffle else np.arange(self.count)
        size = self.batch_size or 1
        for start in range(0, self.count, size):
            batch = self._make(order[start : start + size])
            yield batch if self.batch_size else _single(batch)


def _single(batch: Any) -> Any:
    return tuple(part[0] for part in batch) if isinstance(batch, tuple) else batch[0]
