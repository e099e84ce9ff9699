"""split_dataset: the samples of arrays, or of anything that yields samples, in two parts."""

from __future__ import annotations

from typing import Any

import numpy as np

from lamina.errors import ArgumentError, DataError, UnsupportedError
from lamina.graph.structure import flatten, map_structure
from lamina.preprocessing.batched import BatchedDataset

Size = int | float | None


def split_dataset(
    dataset: Any,
    left_size: Size = None,
    right_size: Size = None,
    shuffle: bool = False,
    seed: int | None = None,
    preferred_backend: str | None = None,
) -> tuple[BatchedDataset, BatchedDataset]:
    """Two data sets of the first and the last samples, each an iterable of single samples;
    `part.batch(32)` gives batches, which `fit` takes.

    Args:
        dataset: an array, a tuple or list of arrays of equal length, or what yields samples.
        left_size, right_size: a share of the samples, or their number; one of them may be None.
        shuffle, seed: whether, and by which stream, the samples are put into another order first.
        preferred_backend: None only.

    Raises: ArgumentError for sizes that do not fit the samples; DataError for arrays of unequal
        length or no samples.
    """
    if preferred_backend is not None:
        raise UnsupportedError(
            "split_dataset(preferred_backend=...)", "gives data sets of lamina's",
            repr(preferred_backend), "leave it out",
        )  # fmt: skip
    arrays = _arrays(dataset)
    count = len(flatten(arrays)[0])
    left, right = _sizes(count, left_size, right_size)
    order = np.random.RandomState(seed).permutation(count) if shuffle else np.arange(count)
    return _part(arrays, order[:left]), _part(arrays, order[count - right :])


def _arrays(dataset: Any) -> Any:
    """The samples as arrays whose first axis counts them, in the structure of a sample."""
    if not isinstance(dataset, list | tuple | np.ndarray):
        samples = list(dataset)
        if not samples:
            raise DataError("split_dataset", "needs samples", "none", "pass some")
        dataset = map_structure(lambda *leaves: np.stack(leaves), *samples)
    elif isinstance(dataset, list | tuple):
        dataset = tuple(np.asarray(part) for part in dataset)
    counts = sorted({len(leaf) for leaf in flatten(dataset)})
    if len(counts) != 1 or counts[0] < 2:
        raise DataError(
            "split_dataset", "needs at least two samples in arrays of one length",
            f"lengths {counts}", "pass arrays whose first axis counts the samples",
        )  # fmt: skip
    return dataset


def _sizes(count: int, left: Size, right: Size) -> tuple[int, int]:
    if left is None and right is None:
        raise ArgumentError(
            "split_dataset", "needs left_size or right_size", "None for both", "pass left_size=0.8"
        )
    first = None if left is None else _size("left_size", left, count)
    last = None if right is None else _size("right_size", right, count)
    first = count - last if first is None and last is not None else first
    last = count - first if last is None and first is not None else last
    assert first is not None
    assert last is not None
    if not 0 < first < count or last <= 0 or first + last > count:
        raise ArgumentError(
            "split_dataset", f"needs two parts of {count} samples, none of them empty",
            f"left_size={left!r}, right_size={right!r}", "choose sizes between",
        )  # fmt: skip
    return first, last


def _size(name: str, size: Any, count: int) -> int:
    if isinstance(size, float) and 0 <= size <= 1:
        return round(size * count)
    if isinstance(size, int | np.integer) and not isinstance(size, bool) and 0 < size < count:
        return int(size)
    raise ArgumentError(
        f"split_dataset({name}=...)", f"needs a share from 0 to 1 or a number below {count}",
        repr(size), "pass 0.8",
    )  # fmt: skip


def _part(arrays: Any, rows: np.ndarray) -> BatchedDataset:
    def make(numbers: np.ndarray) -> Any:
        return map_structure(lambda array: array[rows[numbers]], arrays)

    return BatchedDataset(len(rows), None, make, False, None)
