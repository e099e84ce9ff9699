"""BatchedDataset: samples that are read when they are needed, in batches, pass after pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lamina.data.pipeline import Dataset, size_of
from lamina.errors import ArgumentError

# Makes the batch of samples with these numbers: x, or (x, y).
Make = Callable[[np.ndarray], Any]


def check_batch_size(where: str, size: Any) -> None:
    """Raises: ArgumentError for anything but a whole number from 1 up."""
    if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < 1:
        raise ArgumentError(
            f"{where}(batch_size=...)", "needs a whole number from 1 up", repr(size), "pass 32"
        )


class BatchedDataset(Dataset):
    """Batches of samples that are read when they are needed: a `Dataset` like any other.

    With `shuffle` each pass has another order, of all samples (Keras shuffles within a window of
    some batches).

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
        super().__init__(self._pass, -(-count // (batch_size or 1)), batch_size is not None)
        self.batch_size = batch_size
        self._samples, self._read = count, make
        self._is_shuffled, self._seed = shuffle, seed
        self._random = np.random.RandomState(seed)

    def batch(
        self,
        batch_size: Any,
        drop_remainder: Any = False,
        num_parallel_calls: Any = None,
        deterministic: Any = None,
        name: Any = None,
    ) -> Dataset:
        """Batches of so many elements; of single samples each is read whole."""
        if self.batch_size is not None or drop_remainder:
            return super().batch(batch_size, drop_remainder)
        size = size_of("Dataset.batch", "batch_size", batch_size)
        return BatchedDataset(self._samples, size, self._read, self._is_shuffled, self._seed)

    def _pass(self) -> Iterator[Any]:
        samples = self._samples
        order = self._random.permutation(samples) if self._is_shuffled else np.arange(samples)
        size = self.batch_size or 1
        for start in range(0, samples, size):
            batch = self._read(order[start : start + size])
            yield batch if self.batch_size else _single(batch)


def _single(batch: Any) -> Any:
    return tuple(part[0] for part in batch) if isinstance(batch, tuple) else batch[0]
